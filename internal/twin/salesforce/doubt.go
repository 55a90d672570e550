package salesforce

import "github.com/planwright/planwright/internal/twin/wire"

// Names of the doubts, see Doubts.
const (
	doubtAbsentChildren      = "absent-children-empty"
	doubtTextNumbers         = "text-numbers-refused"
	doubtEmptyText           = "empty-text-kept"
	doubtTextLength          = "text-length-in-characters"
	doubtIdleSave            = "idle-save-unstamped"
	doubtReuse               = "reused-refresh-alone"
	doubtFarExpiry           = "far-assertion-refused"
	doubtIdentity            = "identity-unauthorised"
	doubtAppUsage            = "app-usage-told"
	doubtPatchDate           = "dated-update"
	doubtIdleCursors         = "idle-cursors-close"
	doubtManyCursors         = "cursors-unbounded"
	doubtLocatorStatus       = "locator-not-found"
	doubtRepeatedKey         = "repeated-key-accepted"
	doubtRollUpMovesStamps   = "line-leaves-stamps-of-opportunity"
	doubtMergeMovesStamps    = "merge-moves-stamps-of-children"
	doubtCreationInHistory   = "history-without-creation"
	doubtAllowSaveBeatsBlock = "allow-save-beats-block"
	doubtLockedRow500        = "locked-row-500"
	doubtMaintenance503      = "maintenance-503"
	doubtLineRounding        = "line-half-even"
	doubtPowerOf10           = "large-numbers-with-power-of-ten"
	doubtUnordered           = "unordered-rows-newest-first"
	doubtLivePages           = "later-pages-live"
	doubtFraction            = "fractions-of-seconds-refused"
	doubtNameParents         = "parents-of-several-kinds-by-type"
	doubtHiddenWrite         = "hidden-field-named-as-closed"
	doubtAccess403           = "lack-of-rights-403"
	doubtRetryAfter          = "overload-tells-when-to-retry"
)

// Doubts lists what this twin does because it is believed of the vendor, not known.
func Doubts() []wire.Doubt {
	return []wire.Doubt{
		{
			Name:      doubtAbsentChildren,
			Believed:  "A child query that finds nothing is null.",
			Otherwise: "A child query that finds nothing is a result without records.",
		},
		{
			Name:      doubtTextNumbers,
			Believed:  "A number in a body may be written as a text.",
			Otherwise: "A number written as a text is of the wrong type.",
		},
		{
			Name:      doubtEmptyText,
			Believed:  "An empty text is stored as null.",
			Otherwise: "An empty text is stored as it is.",
		},
		{
			Name:      doubtTextLength,
			Believed:  "The length of a text counts UTF-16 units, an emoji two.",
			Otherwise: "The length of a text counts characters.",
		},
		{
			Name:      doubtIdleSave,
			Believed:  "A save that changes nothing moves the stamps.",
			Otherwise: "A save that changes nothing leaves the stamps.",
		},
		{
			Name:      doubtReuse,
			Believed:  "A rotated refresh token that comes back ends the whole consent: the newest refresh token and its sessions, too.",
			Otherwise: "A rotated refresh token that comes back is refused, and nothing else happens.",
		},
		{
			Name:      doubtFarExpiry,
			Believed:  "An assertion may expire as far ahead as it likes.",
			Otherwise: "An assertion that expires more than five minutes ahead is refused.",
		},
		{
			Name:      doubtIdentity,
			Believed:  "Identity calls answer a dead token with 403 and the bare text Bad_OAuth_Token.",
			Otherwise: "Identity calls answer a dead token with 401 and INVALID_SESSION_ID, as the REST API does.",
		},
		{
			Name:      doubtAppUsage,
			Believed:  "The usage header tells the org's calls only.",
			Otherwise: "The usage header also tells the calls of the app.",
		},
		{
			Name:      doubtPatchDate,
			Believed:  "An update pays no heed to If-Unmodified-Since.",
			Otherwise: "An update of a record that was modified since If-Unmodified-Since is refused with 412.",
		},
		{
			Name:      doubtIdleCursors,
			Believed:  "The rest of a query can be fetched for two days, however long nobody asks.",
			Otherwise: "The rest of a query is gone when nobody asked for 15 minutes.",
		},
		{
			Name:      doubtManyCursors,
			Believed:  "A user has ten unfinished queries at most; one more ends the oldest.",
			Otherwise: "A user may have any number of unfinished queries.",
		},
		{
			Name:      doubtLocatorStatus,
			Believed:  "A page of a query that is gone is refused with status 400.",
			Otherwise: "A page of a query that is gone is refused with status 404.",
		},
		{
			Name:      doubtRepeatedKey,
			Believed:  "Of two records with one external id in one call, the second is refused.",
			Otherwise: "Of two records with one external id in one call, the second changes the first.",
		},
		{
			Name:      doubtRollUpMovesStamps,
			Believed:  "A change of a line moves the stamps of its opportunity, whose amount it changes.",
			Otherwise: "A change of a line changes the amount of its opportunity and leaves the stamps.",
		},
		{
			Name:      doubtMergeMovesStamps,
			Believed:  "A merge gives the losers' children to the master without moving their stamps.",
			Otherwise: "A merge moves the SystemModstamp of the losers' children.",
		},
		{
			Name:      doubtCreationInHistory,
			Believed:  "The creation of an opportunity is the first row of its history.",
			Otherwise: "The first row of an opportunity's history is its first change.",
		},
		{
			Name:      doubtAllowSaveBeatsBlock,
			Believed:  "A duplicate rule that blocks cannot be passed by a header.",
			Otherwise: "The header that allows a save passes a duplicate rule that blocks, too.",
		},
		{
			Name:      doubtLockedRow500,
			Believed:  "A row that another transaction holds is a refusal with status 400.",
			Otherwise: "A row that another transaction holds is a refusal with status 500.",
		},
		{
			Name:      doubtMaintenance503,
			Believed:  "A write during maintenance is refused with status 400.",
			Otherwise: "A write during maintenance is refused with status 503.",
		},
		{
			Name:      doubtLineRounding,
			Believed:  "A line's money is rounded half up.",
			Otherwise: "A line's money is rounded half to even.",
		},
		{
			Name:      doubtPowerOf10,
			Believed:  "A large number is written out.",
			Otherwise: "A number from 10,000,000 on is written with a power of ten: 1.25E7.",
		},
		{
			Name:      doubtUnordered,
			Believed:  "Rows for whose order a query does not ask come in the order they were made.",
			Otherwise: "Rows for whose order a query does not ask come newest first.",
		},
		{
			Name:      doubtLivePages,
			Believed:  "The rows of later pages are as they were when the query was made.",
			Otherwise: "The rows of later pages are as they are when the page is fetched, and deleted ones are left out.",
		},
		{
			Name:      doubtFraction,
			Believed:  "An instant in a query may have a fraction of a second.",
			Otherwise: "An instant in a query that has a fraction of a second is refused.",
		},
		{
			Name:      doubtNameParents,
			Believed:  "The attributes of a parent that may be of several objects say that its type is Name.",
			Otherwise: "The attributes of a parent that may be of several objects say which object it is of.",
		},
		{
			Name:      doubtHiddenWrite,
			Believed:  "A write of a field that the caller may not see is refused as of no field: INVALID_FIELD.",
			Otherwise: "A write of a field that the caller may not see is refused as of a closed one: INVALID_FIELD_FOR_INSERT_UPDATE.",
		},
		{
			Name:      doubtAccess403,
			Believed:  "A save for which the caller lacks rights is refused with status 400.",
			Otherwise: "A save for which the caller lacks rights is refused with status 403.",
		},
		{
			Name:      doubtRetryAfter,
			Believed:  "No refusal says when to come back.",
			Otherwise: "A refusal for too many calls, or with status 503, says in Retry-After when to come back.",
		},
	}
}

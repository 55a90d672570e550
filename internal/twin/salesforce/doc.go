// Package salesforce is a stateful stand-in for one Salesforce org: the part of the
// REST API that an invoicing workflow meets, over an http.Handler, with the vendor's
// wire format, rules and refusals.
//
// It answers
//
//   - /services/oauth2/token (client credentials, JWT bearer, authorization code with PKCE,
//     refresh), authorize, revoke, introspect, userinfo, and the identity address;
//   - GET /services/data, /services/data/vXX.0, /sobjects, /sobjects/X, describe, /limits;
//   - GET /sobjects/X/updated and /deleted;
//   - POST /sobjects/X, and GET, PATCH and DELETE of /sobjects/X/{id};
//   - GET, PATCH and DELETE by external id;
//   - /composite/sobjects, /composite, /composite/batch, /composite/tree and /composite/graph;
//   - GET /query and /queryAll with a large subset of SOQL, in pages.
//
// The subset of SOQL: fields and paths over five parents, aliases, FIELDS(), COUNT() and the
// aggregate functions with GROUP BY and HAVING, child queries (five levels from version
// 58, else two), WHERE with = != <> < <= > >= LIKE, IN, NOT IN, INCLUDES, EXCLUDES, semi-
// and anti-joins, AND, OR, NOT and parentheses, date literals, ORDER BY with NULLS FIRST or
// LAST, LIMIT, OFFSET, FOR VIEW, REFERENCE and UPDATE. TYPEOF, USING SCOPE, WITH and
// functions of dates, labels and currencies are refused as MALFORMED_QUERY.
//
// What makes it more than a table of rows: the stage of an opportunity decides whether
// it is won; its Amount is the sum of its lines and writes to it are then ignored; a
// line works out its total from quantity, price and discount; stamps have second
// precision, so ties are normal; tokens expire without notice; the daily allocation
// runs out; ids are accepted in 15 and 18 characters; a save that takes long appears
// behind what pollers have seen. Answers beyond what the vendor
// documents follow what is believed of it; their texts are not to be relied on.
//
// Records live as the vendor's do: changes of a deal are rows of its history, deleted
// records lie in a bin for 15 days and come back with what went along, merged accounts
// leave a loser that names its master. Beside records a world holds what the org's admins
// decide: CustomObject, CustomField, ValidationRule, DuplicateRule, PicklistValues,
// ObjectPermissions, RecordLock; see where each is declared. Records of RecordType and
// CurrencyType make an org with record types and with several currencies.
//
// Numbers are exact throughout: they enter as json.Number and are computed with
// package decimal. A currency value is shown with a point, 1500.0, as the vendor does.
package salesforce

package eval

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/salesforce"
)

var (
	mailShape = regexp.MustCompile(`[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)
	guidShape = regexp.MustCompile(`^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	dayShape  = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$`)
	alnum     = regexp.MustCompile(`[\p{L}\p{N}]+`)
)

// codes are members whose texts are codes, numbers of documents and states: what a case is
// about. The text of any other member is replaced unless it is made of ids, dates, amounts
// and words of the plan.
var codes = []string{
	"Code", "ItemCode", "AccountCode", "TaxType", "ProductCode", "CurrencyCode", "CurrencyIsoCode", "InvoiceNumber", "CreditNoteNumber",
	"Xero_Invoice_Number__c", "Status", "Type", "StageName", "LineAmountTypes", "ContactStatus",
}

// families are what the stand-in's products may belong to.
var families = []string{"Software", "Services", "Hardware", "Training"}

// standins replaces texts that are somebody's. The same text, in whatever case and spacing,
// has the same stand-in, so that what was equal at a vendor is equal in the case.
type standins struct {
	words   map[string]bool   // of the plan
	known   map[string]bool   // codes and ids that stay
	amounts []decimal.Decimal // that the run's answers hold
	put     map[string]string // stand-ins by folded text
	said    map[string]bool   // texts as they were said
	count   map[string]int
}

func newStandins(plan string) *standins {
	s := &standins{words: map[string]bool{}, known: map[string]bool{}, put: map[string]string{}, said: map[string]bool{}, count: map[string]int{}}
	for _, w := range alnum.FindAllString(mailShape.ReplaceAllString(plan, ""), -1) {
		s.words[w] = true
	}
	return s
}

func folded(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

// learn notes the codes and amounts of a recorded value before anything is replaced.
func (s *standins) learn(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, m := range v {
			if text, ok := m.(string); ok && slices.Contains(codes, k) && !strings.ContainsAny(text, " @") {
				s.known[text] = true
			}
			s.learn(m)
		}
	case []any:
		for _, m := range v {
			s.learn(m)
		}
	case json.Number:
		if d, err := decimal.Parse(v.String()); err == nil {
			s.amounts = append(s.amounts, d)
		}
	}
}

// tree returns a copy of a value with every text of somebody's replaced; object is whose
// members they are.
func (s *standins) tree(object, member string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if member != "" {
			object = member // "Contact", "Product2", "Owner"
		}
		out := make(map[string]any, len(v))
		for k, m := range v {
			out[k] = s.tree(object, k, m)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = s.tree(object, member, v[i])
		}
		return out
	case string:
		return s.text(object, member, v)
	}
	return v
}

// text returns what stands for one text.
func (s *standins) text(object, member, text string) string {
	if strings.TrimSpace(text) == "" || s.plain(text) {
		return text
	}
	if old, ok := s.put[folded(text)]; ok {
		s.said[text] = true
		return old
	}
	lower := strings.ToLower(member)
	switch {
	case mailShape.FindString(text) == text:
		return s.stand(text, "mail", "mail%d@example.com")
	case strings.Contains(lower, "phone"), strings.Contains(lower, "mobile"), lower == "fax":
		return s.stand(text, "phone", "+00 00 %04d")
	case slices.Contains([]string{"FirstName", "LastName", "Username", "Alias"}, member), member == "Name" && personal(object):
		return s.stand(text, "person", "Person %d")
	case member == "Name" && slices.Contains([]string{"Account", "Contact", "Contacts", "Accounts"}, object):
		return s.stand(text, "company", "Company %d")
	case member == "Family":
		return s.family(text)
	case s.known[text], slices.Contains(codes, member) && !strings.Contains(text, "@"):
		return text
	}
	if made, ok := s.composed(text); ok {
		return made
	}
	return s.stand(text, "text", "Text %d")
}

func personal(object string) bool {
	return slices.Contains([]string{"Owner", "User", "CreatedBy", "LastModifiedBy"}, object)
}

func (s *standins) family(text string) string {
	if slices.Contains(families, text) {
		s.known[text] = true
		return text
	}
	free := slices.DeleteFunc(slices.Clone(families), func(f string) bool { return s.count["family "+f] > 0 || s.known[f] })
	if len(free) == 0 {
		return s.stand(text, "text", "Text %d") // which the stand-in vendor refuses, and says so
	}
	s.count["family "+free[0]]++
	s.put[folded(text)], s.said[text] = free[0], true
	return free[0]
}

func (s *standins) stand(text, kind, form string) string {
	s.count[kind]++
	to := fmt.Sprintf(form, s.count[kind])
	s.put[folded(text)], s.said[text] = to, true
	return to
}

// plain reports whether a text is an id or a point in time.
func (s *standins) plain(text string) bool {
	if guidShape.MatchString(text) || dayShape.MatchString(text) {
		return true
	}
	long, ok := salesforce.LongID(text)
	return ok && len(text) == 18 && long == text
}

// composed keeps a text that a plan put together of its own words, ids, dates, amounts of
// the run and texts that have stand-ins.
func (s *standins) composed(text string) (string, bool) {
	const mark = "\x00"
	var found []string
	for _, one := range s.longest() {
		if strings.Contains(text, one) {
			text = strings.ReplaceAll(text, one, fmt.Sprintf("%s%d%s", mark, len(found), mark))
			found = append(found, s.put[folded(one)])
		}
	}
	for token := range strings.FieldsSeq(text) {
		if !s.ours(token) {
			return "", false
		}
	}
	for i, to := range found {
		text = strings.ReplaceAll(text, fmt.Sprintf("%s%d%s", mark, i, mark), to)
	}
	return text, true
}

func (s *standins) ours(token string) bool {
	token = strings.Trim(token, `.,;:()"'`)
	if s.known[token] || s.plain(token) {
		return true
	}
	if d, err := decimal.Parse(token); err == nil {
		return len(token) <= 3 || slices.ContainsFunc(s.amounts, d.Equal)
	}
	for part := range strings.SplitSeq(token, "\x00") {
		for _, w := range alnum.FindAllString(part, -1) {
			if _, err := decimal.Parse(w); !s.words[w] && (err != nil || len(w) > 3) {
				return false
			}
		}
	}
	return true
}

// longest lists the texts that have stand-ins, the longest first.
func (s *standins) longest() []string {
	var out []string
	for text := range s.said {
		if len(text) > 2 {
			out = append(out, text)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
	return out
}

// prose replaces, within a longer text, mail addresses and texts that have stand-ins.
func (s *standins) prose(text string) string {
	for _, one := range s.longest() {
		text = bounded(one).ReplaceAllString(text, "${1}"+s.put[folded(one)]+"${2}")
	}
	return mailShape.ReplaceAllStringFunc(text, func(m string) string {
		if strings.HasSuffix(m, "@example.com") && strings.HasPrefix(m, "mail") {
			return m
		}
		return s.text("", "", m)
	})
}

// bounded finds a text where it stands by itself.
func bounded(text string) *regexp.Regexp {
	return regexp.MustCompile(`(^|[^\p{L}\p{N}])` + regexp.QuoteMeta(text) + `($|[^\p{L}\p{N}])`)
}

// left names a text that has a stand-in and is in the data all the same.
func (s *standins) left(data string) (standin string, found bool) {
	for _, one := range s.longest() {
		if one != s.put[folded(one)] && bounded(one).MatchString(data) {
			return s.put[folded(one)], true
		}
	}
	return "", false
}

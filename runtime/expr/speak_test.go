package expr_test

import (
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/expr"
)

func TestWords(t *testing.T) {
	for src, want := range map[string]string{
		"opportunity.IsWon":                                               "the opportunity's IsWon",
		"opportunity.Id":                                                  "the opportunity's Id",
		"string(account.Id)":                                              "the account's Id",
		"'SF-' + string(opportunity.Id)":                                  "“SF-” followed by the opportunity's Id",
		"opportunity.CloseDate.addDays(1)":                                "the opportunity's CloseDate plus 1 day",
		"o.CloseDate.addDays(-30)":                                        "the o's CloseDate minus 30 days",
		"order.PlacedAt.date('Asia/Tokyo')":                               "the order's PlacedAt as a date in Asia/Tokyo",
		"customer.Name.truncate(60)":                                      "the customer's Name, cut to 60 characters",
		"customer.?Email":                                                 "the customer's Email, if there is one",
		"line.?Description.orValue(line.Product2.Name)":                   "the line's Description (else the line's Product2.Name)",
		"product(line.Product2Id).Code":                                   "Code of the product row for the line's Product2Id",
		"product(line.Id).SalesDetails.AccountCode":                       "SalesDetails.AccountCode of the product row for the line's Id",
		`tax(account.?BillingCountry.orValue(""), line.Family).TaxType`:   "TaxType of the tax row for the account's BillingCountry (else empty) and the line's Family",
		"has(opportunity.AccountId)":                                      "the opportunity has a value in AccountId",
		"!has(opportunity.AccountId)":                                     "the opportunity has no value in AccountId",
		"a.S in ['x', 'y'] && a.N.startsWith('SF-') || a.N.endsWith('Z')": "(the a's S is one of “x”, “y” and the a's N starts with “SF-”) or the a's N ends with “Z”",
		"lines.size() > 0":                                                "the number of lines is more than 0",
		"order.Paid && order.Total > 0":                                   "the order's Paid is true and the order's Total is more than 0",
		"a.X == 'y' || a.Z != 3":                                          "the a's X is “y” or the a's Z is not 3",
		"a.IsX && (a.B >= 1 || a.C <= 2 || a.D < 3)":                      "the a's IsX is true and (the a's B is at least 1 or the a's C is at most 2 or the a's D is less than 3)",
		"a.IsX || a.IsY && a.IsZ":                                         "the a's IsX is true or (the a's IsY is true and the a's IsZ is true)",
		"order.Country == 'GB' ? 'GBP' : 'EUR'":                           "“GBP” if the order's Country is “GB”, else “EUR”",
		"invoice.SubTotal == lines.map(l, l.T).sum()":                     "the invoice's SubTotal is the sum of T over the lines",
		"lines.map(l, l.Quantity * l.Price).sum()":                        "the sum of (its Quantity times its Price) over the lines",
		"lines.filter(l, l.Quantity > 0)":                                 "the lines for which its Quantity is more than 0",
		"lines.filter(l, l.IsNew).size() > 0":                             "the number of (the lines for which its IsNew is true) is more than 0",
		"lines.map(l, l.P).max()":                                         "the greatest P over the lines, if there is one",
		"lines.groupBy(l, l.Family)":                                      "the lines grouped by its Family",
		"lines.sortBy(l, l.Q * l.P).size() > 1":                           "the number of (the lines in order of (its Q times its P)) is more than 1",
		"a.Labels.distinct().size()":                                      "the number of (the a's Labels without repeats)",
		"a.Name.contains('Ltd')":                                          "the a's Name contains “Ltd”",
		"instant(a.Day.startOfMonth(), 'UTC')":                            "the beginning of the first day of the month of the a's Day in UTC",
		"lines.exists(l, l.Q == 0)":                                       "for at least one of the lines: its Q is 0",
		`lines.all(l, (l.Q * l.P * (100 - l.?D.orValue(0)) * dec("0.01")).cents() == l.T)`: "for every one of the lines: ((its Q times its P times (100 minus its D (else 0)) times 0.01) rounded to cents) is its T",
	} {
		if got := expr.Words(src); got != want {
			t.Errorf("%s:\n got %q\nwant %q", src, got, want)
		}
	}
}

func TestCondition(t *testing.T) {
	for src, want := range map[string]string{
		"opportunity.IsWon":       "the opportunity's IsWon is true",
		"o.IsWon && !o.IsDeleted": "the o's IsWon is true and not (the o's IsDeleted is true)",
		"label != 'skip'":         "the label is not “skip”",
		"a.X.matches('x')":        "",
	} {
		if got := expr.Condition(src); got != want {
			t.Errorf("%s:\n got %q\nwant %q", src, got, want)
		}
	}
}

// TestWordsAbstain holds what has no exact words to none at all: half a sentence would be read
// as the whole.
func TestWordsAbstain(t *testing.T) {
	for _, src := range []string{
		"a.B + a.C",                              // numbers, texts or lists
		"lines.map(l, l.X)",                      // only its sum has words
		"lines.map(l, l.IsX, l.X).sum()",         // a condition besides
		"a.filter(l, l.b.exists(m, m.x == l.x))", // "it" would be two things
		"lower(a.X)", "a.X.matches('x')", "[1]",  // no words of ours
		"a.X[0]", "{'a': 1}", "a.", // not even an expression
		"a.X == [1]", "a.X in []", "a.X in b.Y", "a.?X.orValue()", "a.X.addDays()", "a.X.truncate()",
		strings.Repeat("a.X + ", 2000) + "a.X",
	} {
		if got := expr.Words(src); got != "" {
			t.Errorf("%.40s: got %q, want nothing", src, got)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add("a.filter(l, l.Q > 0).map(l, l.X).sum() == has(a.B) ? string(x(1).C.D) : -a.?E.orValue('')")
	f.Add("a.all(l, l) || !b.?c.exists(x, x.y.addDays(x))")
	f.Fuzz(func(_ *testing.T, src string) {
		expr.Words(src) // must not panic
	})
}

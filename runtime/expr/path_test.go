package expr_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPathsAsTheLibrary holds plain paths to what the library makes of the same path when
// it stands in a choice, for data of every shape.
func TestPathsAsTheLibrary(t *testing.T) {
	paths := []string{
		"opportunity", "lines", "opportunity.Name", "opportunity.CloseDate", "opportunity.LastModifiedDate", "opportunity.IsWon", "opportunity.Fiscal",
		"opportunity.?Amount", "opportunity.?Probability", "opportunity.?Tags", "opportunity.?Account", "opportunity.?Account.Name",
		"opportunity.?Account.?BillingCountry", "opportunity.?Account.Parent.Parent.Name", "opportunity.?Account.?Parent.?Parent.Id",
		"opportunity.Account.Name", "opportunity.Account.Parent.Name", "opportunity.Account.?Parent.Name", "invoice.SubTotal", "opportunity.?`in`",
	}
	data := map[string]string{
		"complete":           worldJSON,
		"nothing optional":   `{"opportunity": {"Name": "a", "CloseDate": "2026-01-31"}, "lines": [], "invoice": {}}`,
		"no variables":       `{}`,
		"other shapes":       `{"opportunity": {"Name": 1, "CloseDate": "x", "Amount": "1", "Probability": 1.5, "Tags": [1], "Account": 3, "in": {}}, "lines": [{}, null], "invoice": {"SubTotal": true}}`,
		"other shapes below": `{"opportunity": {"Tags": ["a", null], "Account": {"Name": 1, "Parent": []}, "LastModifiedDate": "2026-01-31"}, "lines": 1, "invoice": []}`,
		"spelled otherwise":  `{"opportunity": {"Amount": 1.50e1, "Probability": 2.0, "LastModifiedDate": "2026-03-28T23:30:00.100+01:00", "Fiscal": [1], "Account": {"Parent": {"Parent": {"Name": "x"}}}}, "lines": [], "invoice": {"SubTotal": 0e3}}`,
	}
	e := env().Promise("opportunity.Account", "opportunity.Account.Parent")
	for _, path := range paths {
		plain, chosen := compile(t, e, path), compile(t, e, "true ? "+path+" : "+path)
		for name, text := range data {
			vars := tree(t, text)
			v, present, err := plain.Eval(vars, nil)
			w, wPresent, wErr := chosen.Eval(vars, nil)
			if diff := cmp.Diff(w, v); diff != "" || present != wPresent || fmt.Sprint(err) != fmt.Sprint(wErr) {
				t.Errorf("%s of %s: %v %v; the library: %v %v; (-library +path)\n%s", path, name, present, err, wPresent, wErr, diff)
			}
		}
		if diff := cmp.Diff(chosen.Type().String(), plain.Type().String()); diff != "" {
			t.Errorf("type of %s (-library +path)\n%s", path, diff)
		}
		if diff := cmp.Diff(chosen.Reads(), plain.Reads()); diff != "" {
			t.Errorf("reads of %s (-library +path)\n%s", path, diff)
		}
	}
}

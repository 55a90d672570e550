package specs_test

import (
	"testing"

	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// TestEveryFilterIsKnown holds that no operation takes a filter as plain text: a plan could
// then put values into it unescaped.
func TestEveryFilterIsKnown(t *testing.T) {
	cat, found := catalog.Open("", specs.Embedded())
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, op := range cat.Operations("xero") {
		if _, takes := op.Param("where"); takes {
			n++
			if op.Filter == nil || op.Filter.Param != "where" || op.Filter.Language != catalog.FilterXero {
				t.Errorf("%s takes a where that nothing writes: %+v", op.Name(), op.Filter)
			}
		}
	}
	if n < 5 {
		t.Errorf("only %d lists take a where", n)
	}
}

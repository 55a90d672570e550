package dryrun

import (
	"encoding/json"
	"fmt"

	"github.com/planwright/planwright/internal/decimal"
)

// number reads a JSON number, or its text, exactly; nil for what is none.
func number(v any) *decimal.Decimal {
	if v == nil {
		return nil
	}
	d, err := decimal.Parse(fmt.Sprint(v))
	if err != nil {
		return nil
	}
	return &d
}

func jsonNumber(d decimal.Decimal) json.Number { return json.Number(d.String()) }

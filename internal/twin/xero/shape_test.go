package xero

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestShapesAreWhole reads the tables as they are written: no collection is without
// its shape, no kind is misspelt, and no member refers to a shape that comes later.
func TestShapesAreWhole(t *testing.T) {
	all := reflect.ValueOf(*newShapes())
	for i := range all.NumField() {
		if all.Field(i).IsNil() {
			t.Errorf("no shape for %s", all.Type().Field(i).Name)
		}
	}
	plain := []kind{
		kindText, kindID, kindBool, kindDate, kindDay, kindInstant, kindCreated, kindStamp,
		kindMoney, kindUnit, kindQty, kindPercent, kindRate, kindNum,
	}
	known := []string{"any"}
	for line := range strings.Lines(contactShapes + useShapes + invoiceShapes + moneyShapes + ledgerShapes + organisationShapes + historyShapes) {
		word := strings.Fields(line)
		if len(word) < 2 {
			known = append(known, word...)
			continue
		}
		k, _, _ := strings.Cut(word[1], ":")
		of := strings.Trim(k, "{}[]")
		if of == k && !slices.Contains(plain, kind(k)) {
			t.Errorf("%s: no kind %s", word[0], k)
		}
		if of != k && !slices.Contains(known, of) {
			t.Errorf("%s: no shape %s by then", word[0], of)
		}
	}
}

func TestAddShapes(t *testing.T) {
	of := map[string]*shape{}
	addShapes(of, "\nPart\n\tCode text:10\n\nWhole\n\tParts [Part] !\n\tRest {any}\n")
	part, whole := of["Part"], of["Whole"]
	if part == nil || whole == nil || len(of) != 2 {
		t.Fatalf("shapes: %v", of)
	}
	for _, tc := range []struct {
		in   *shape
		want field
	}{
		{part, field{name: "Code", kind: kindText, max: 10}},
		{whole, field{name: "Parts", kind: kindList, of: part, closed: true}},
		{whole, field{name: "Rest", kind: kindObject}},
	} {
		if got, ok := tc.in.field(tc.want.name); !ok || got != tc.want {
			t.Errorf("%s: %+v, want %+v", tc.want.name, got, tc.want)
		}
	}
}

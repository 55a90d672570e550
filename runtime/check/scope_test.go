package check

import (
	"testing"

	"github.com/planwright/planwright/specs/schema"

	"github.com/google/go-cmp/cmp"
)

func TestIdentifiers(t *testing.T) {
	for _, tt := range []struct {
		text        string
		names, call []string
	}{
		{"order.Id", []string{"order"}, nil},
		{"order . Id + a.?b.c", []string{"order", "a"}, nil},
		{"a.?b.orValue(c)", []string{"a", "c"}, nil},
		{`'order.Id' + "party"`, nil, nil},
		{`'it\'s' + name`, []string{"name"}, nil},
		{"lines.map(l, l.Total * rate).sum()", []string{"lines", "rate"}, nil},
		{"lines.exists(l, l.A == l.B) && lines.size() > 0", []string{"lines"}, nil},
		{"item(line.ProductId).Code", []string{"line"}, []string{"item"}},
		{"has(order.Note) ? string(order.Id) : other(x)", []string{"order", "x"}, []string{"has", "string", "other"}},
		{"list[index]", []string{"list", "index"}, nil},
		{"1 + 2", nil, nil},
	} {
		if diff := cmp.Diff(tt.names, identifiers(tt.text)); diff != "" {
			t.Errorf("identifiers(%s) (-want +got):\n%s", tt.text, diff)
		}
		if diff := cmp.Diff(tt.call, calls(tt.text)); diff != "" {
			t.Errorf("calls(%s) (-want +got):\n%s", tt.text, diff)
		}
	}
}

func TestRelation(t *testing.T) {
	for field, want := range map[string]string{"Product2Id": "Product2", "Contract__c": "Contract__r", "Name": "", "Id": ""} {
		if got := relation(schema.Field{Name: field}); got != want {
			t.Errorf("relation(%s) = %q, want %q", field, got, want)
		}
	}
}

func TestLimitNames(t *testing.T) {
	for object, want := range map[string]string{"xero.Invoice": "invoice", "xero.CreditNote": "credit_note", "salesforce.task": "task"} {
		noun, perDay, each := LimitNames(object)
		if noun != want || perDay != want+"s_per_day" || each != "amount_per_"+want {
			t.Errorf("LimitNames(%s) = %q, %q, %q, want those of %q", object, noun, perDay, each, want)
		}
	}
}

func TestResolves(t *testing.T) {
	tree := map[string]any{"a/b": []any{map[string]any{"c~": nil}}}
	for pointer, want := range map[string]bool{"": true, "/a~1b": true, "/a~1b/0/c~0": true, "/a~1b/1": false, "/a~1b/x": false, "/a~1b/0/c~0/d": false, "a": false} {
		if got := resolves(tree, pointer); got != want {
			t.Errorf("resolves(%q) = %v, want %v", pointer, got, want)
		}
	}
}

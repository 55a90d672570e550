package pubsub_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hamba/avro/v2"

	"github.com/planwright/planwright/runtime/pubsub"
)

// headerType is the form of a change event's header as the vendor publishes it.
const headerType = `{"type": "record", "name": "ChangeEventHeader", "fields": [
	{"name": "entityName", "type": "string"}, {"name": "recordIds", "type": {"type": "array", "items": "string"}},
	{"name": "changeType", "type": {"type": "enum", "name": "ChangeType", "symbols":
		["CREATE", "UPDATE", "DELETE", "UNDELETE", "GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "GAP_UNDELETE", "GAP_OVERFLOW", "ARCHIVE"]}},
	{"name": "changeOrigin", "type": "string"}, {"name": "transactionKey", "type": "string"}, {"name": "sequenceNumber", "type": "int"},
	{"name": "commitTimestamp", "type": "long"}, {"name": "commitNumber", "type": "long"}, {"name": "commitUser", "type": "string"},
	{"name": "nulledFields", "type": {"type": "array", "items": "string"}},
	{"name": "diffFields", "type": {"type": "array", "items": "string"}},
	{"name": "changedFields", "type": {"type": "array", "items": "string"}}]}`

// The fields behind the header, which is field 0: 1 is hidden from the user, 2 is a union of
// three branches, 3 and 4 are one and the same compound.
const (
	secretField = `{"name": "Secret__c", "type": ["null", "string"]}`
	nameField   = `{"name": "Name", "type": ["null", "string", {"type": "record", "name": "PersonName", "fields": [
		{"name": "Salutation", "type": ["null", "string"]}, {"name": "FirstName", "type": ["null", "string"]}, {"name": "LastName", "type": ["null", "string"]}]}]}`
	billingField = `{"name": "BillingAddress", "type": ["null", {"type": "record", "name": "Address", "fields": [
		{"name": "Street", "type": ["null", "string"]}, {"name": "City", "type": ["null", "string"]}, {"name": "Latitude", "type": ["null", "double"]}]}]}`
	shippingField = `{"name": "ShippingAddress", "type": ["null", "Address"]}`
	amountField   = `{"name": "Amount", "type": ["null", "double"]}`
	textField     = `{"name": "Description", "type": ["null", "string"]}`
)

func schemaOf(fields ...string) string {
	return `{"type": "record", "name": "OpportunityChangeEvent", "namespace": "com.sforce.eventbus", "fields": [{"name": "ChangeEventHeader", "type": ` +
		headerType + `}` + strings.Join(append([]string{""}, fields...), ",") + `]}`
}

var usual = schemaOf(secretField, nameField, billingField, shippingField, amountField, textField)

// head is a header as the vendor writes it, with some members changed.
func head(change map[string]any) map[string]any {
	h := map[string]any{
		"entityName": "Opportunity", "recordIds": []string{"0065g00000000AbAAI"}, "changeType": "UPDATE", "changeOrigin": "com/salesforce/api/rest/67.0;client=planwright",
		"transactionKey": "0001", "sequenceNumber": 3, "commitTimestamp": int64(1_790_000_000_123), "commitNumber": int64(1<<53 + 1), "commitUser": "0055g00000000UuAAI",
		"nulledFields": []string{}, "diffFields": []string{}, "changedFields": []string{},
	}
	maps.Copy(h, change)
	return h
}

// event writes an event under a schema, with the vendor's own rules of Avro.
func event(t testing.TB, schema string, h, values map[string]any) []byte {
	t.Helper()
	s, err := avro.ParseWithCache(schema, "", &avro.SchemaCache{})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{"ChangeEventHeader": h}
	for _, f := range s.(*avro.RecordSchema).Fields()[1:] {
		all[f.Name()] = nil
	}
	maps.Copy(all, values)
	data, err := avro.Marshal(s, all)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parsed(t testing.TB, schema string) *pubsub.Schema {
	t.Helper()
	s, err := pubsub.ParseSchema(schema)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDecode(t *testing.T) {
	got, err := parsed(t, usual).Decode(event(t, usual, head(nil), nil))
	want := pubsub.Change{
		Object: "Opportunity", IDs: []string{"0065g00000000AbAAI"}, Kind: pubsub.Update, Origin: "com/salesforce/api/rest/67.0;client=planwright",
		Transaction: "0001", Sequence: 3, Committed: 1_790_000_000_123, Number: 9_007_199_254_740_993, User: "0055g00000000UuAAI",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestKinds(t *testing.T) {
	none, two := []string{}, []string{"006A", "006B"}
	for kind, tt := range map[string]struct {
		ids  []string
		want pubsub.Kind // empty is unreadable
		gap  bool
	}{
		"CREATE":       {two, pubsub.Create, false},
		"UPDATE":       {two, pubsub.Update, false},
		"DELETE":       {two, pubsub.Delete, false},
		"UNDELETE":     {two, pubsub.Undelete, false},
		"GAP_CREATE":   {two, pubsub.Create, true},
		"GAP_UPDATE":   {two, pubsub.Update, true},
		"GAP_DELETE":   {two, pubsub.Delete, true},
		"GAP_UNDELETE": {two, pubsub.Undelete, true},
		"GAP_OVERFLOW": {none, pubsub.Overflow, false},
		"ARCHIVE":      {two, "", false}, // one that comes to the vendor's mind tomorrow
	} {
		c, err := parsed(t, usual).Decode(event(t, usual, head(map[string]any{"changeType": kind, "recordIds": tt.ids}), nil))
		switch {
		case tt.want == "":
			if !errors.Is(err, pubsub.ErrUnreadable) {
				t.Errorf("%s: %+v, %v", kind, c, err)
			}
		case err != nil || c.Kind != tt.want || c.Gap != tt.gap || !slices.Equal(c.IDs, tt.ids):
			t.Errorf("%s: %+v, %v", kind, c, err)
		}
	}
	for name, ids := range map[string][]string{"none": none, "empty": {"006A", ""}, "no id": {"006A' OR Id != '"}, "long": {strings.Repeat("0", 65)}} {
		if c, err := parsed(t, usual).Decode(event(t, usual, head(map[string]any{"recordIds": ids}), nil)); !errors.Is(err, pubsub.ErrUnreadable) {
			t.Errorf("ids %s: %+v, %v", name, c, err)
		}
	}
}

// TestBitmaps: the names of fields, and what is not a bitmap of them. Whether they can be read
// or not, the records are told.
func TestBitmaps(t *testing.T) {
	tests := map[string]struct {
		bitmaps []string
		want    []string
		unread  string
	}{
		"none":                            {nil, nil, ""},
		"the lowest bit is the header":    {[]string{"0x1"}, []string{"ChangeEventHeader"}, ""},
		"flat":                            {[]string{"0x60"}, []string{"Amount", "Description"}, ""},
		"zeros before it":                 {[]string{"0x00000020"}, []string{"Amount"}, ""},
		"lower case":                      {[]string{"0x7e"}, []string{"Secret__c", "Name", "BillingAddress", "ShippingAddress", "Amount", "Description"}, ""},
		"no bit":                          {[]string{"0x0"}, nil, ""},
		"nested":                          {[]string{"3-0x2"}, []string{"BillingAddress.City"}, ""},
		"nested behind flat":              {[]string{"0x20", "3-0x1"}, []string{"Amount", "BillingAddress.Street"}, ""},
		"two nested, of one form":         {[]string{"3-0x1", "4-0x6"}, []string{"BillingAddress.Street", "ShippingAddress.City", "ShippingAddress.Latitude"}, ""},
		"a union of three":                {[]string{"2-0x5"}, []string{"Name.Salutation", "Name.LastName"}, ""},
		"all that is nested":              {[]string{"2-0x7", "4-0x3"}, []string{"Name", "ShippingAddress.Street", "ShippingAddress.City"}, ""},
		"nested without a bit":            {[]string{"3-0x0"}, nil, ""},
		"two flat":                        {[]string{"0x20", "0x40"}, nil, "behind the first"},
		"flat behind nested":              {[]string{"3-0x1", "0x20"}, nil, "behind the first"},
		"a bit beyond the fields":         {[]string{"0x80"}, nil, "not a bitmap"},
		"a nested bit beyond them":        {[]string{"3-0x8"}, nil, "not a bitmap"},
		"a field beyond the record":       {[]string{"7-0x1"}, nil, "names no field"},
		"a field far beyond it":           {[]string{"99999999999999999999-0x1"}, nil, "names no field"},
		"a field that is not compound":    {[]string{"5-0x1"}, nil, "is no record"},
		"a field below none":              {[]string{"-1-0x1"}, nil, "names no field"},
		"not hexadecimal":                 {[]string{"0xZZ"}, nil, "not a bitmap"},
		"signed":                          {[]string{"0x+1"}, nil, "not a bitmap"},
		"of a signed field":               {[]string{"+3-0x1"}, nil, "names no field"},
		"spaced":                          {[]string{"0x_1"}, nil, "not a bitmap"},
		"without a mark":                  {[]string{"20"}, nil, "not a bitmap"},
		"empty":                           {[]string{""}, nil, "not a bitmap"},
		"nothing behind the mark":         {[]string{"0x"}, nil, "not a bitmap"},
		"a name, as older protocols send": {[]string{"Amount"}, nil, "not a bitmap"},
		"very long":                       {[]string{"0x" + strings.Repeat("F", 100_000)}, nil, "not a bitmap"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, list := range []string{"changedFields", "nulledFields", "diffFields"} {
				c, err := parsed(t, usual).Decode(event(t, usual, head(map[string]any{list: append([]string{}, tt.bitmaps...)}), nil))
				if err != nil {
					t.Fatal(err)
				}
				got := map[string][]string{"changedFields": c.Changed, "nulledFields": c.Nulled, "diffFields": c.Diff}
				if diff := cmp.Diff(map[string][]string{list: tt.want}, got, cmpopts.EquateEmpty(), cmpopts.IgnoreMapEntries(func(k string, v []string) bool { return k != list && len(v) == 0 })); diff != "" {
					t.Errorf("%s (-want +got):\n%s", list, diff)
				}
				if (c.Unread == nil) != (tt.unread == "") || c.Unread != nil && !strings.Contains(c.Unread.Error(), tt.unread) {
					t.Errorf("%s: unread %v, want %q", list, c.Unread, tt.unread)
				}
				if len(c.IDs) != 1 || c.Object != "Opportunity" {
					t.Errorf("%s: %+v", list, c)
				}
			}
		})
	}
}

// TestManyFields: an object has hundreds of fields, more than a machine word has bits.
func TestManyFields(t *testing.T) {
	var fields []string
	for i := range 800 {
		fields = append(fields, fmt.Sprintf(`{"name": "F%d__c", "type": ["null", "boolean"]}`, i+1))
	}
	schema := schemaOf(fields...)
	c, err := parsed(t, schema).Decode(event(t, schema, head(map[string]any{"changedFields": []string{"0x1" + strings.Repeat("0", 199) + "4"}}), nil))
	if diff := cmp.Diff([]string{"F2__c", "F800__c"}, c.Changed); diff != "" || err != nil || c.Unread != nil {
		t.Errorf("%v, %v (-want +got):\n%s", err, c.Unread, diff)
	}
}

// TestSchemaChanges: an event is read under the schema it names. The same bits mean other
// fields before and after one was added.
func TestSchemaChanges(t *testing.T) {
	for name, tt := range map[string]struct {
		schema string
		want   []string
	}{
		"before":            {schemaOf(amountField, textField), []string{"Amount"}},
		"one was added":     {schemaOf(secretField, amountField, textField), []string{"Secret__c"}},
		"one was taken":     {schemaOf(textField), []string{"Description"}},
		"its type changed":  {schemaOf(`{"name": "Amount", "type": ["null", "string"]}`, textField), []string{"Amount"}},
		"it became a group": {schemaOf(billingField, shippingField), []string{"BillingAddress"}},
	} {
		c, err := parsed(t, tt.schema).Decode(event(t, tt.schema, head(map[string]any{"changedFields": []string{"0x2"}}), nil))
		if diff := cmp.Diff(tt.want, c.Changed); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// TestHidden: a field that the user may not see is in the schema, and nothing tells of it.
func TestHidden(t *testing.T) {
	c, err := parsed(t, usual).Decode(event(t, usual, head(map[string]any{"changedFields": []string{"0x20"}, "nulledFields": []string{"0x20"}}), nil))
	if err != nil || slices.Contains(append(c.Changed, c.Nulled...), "Secret__c") || len(c.Changed) != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestValuesAreNotRead: what is behind the header, in whatever state, is in nobody's way.
func TestValuesAreNotRead(t *testing.T) {
	whole := event(t, usual, head(nil), map[string]any{"Amount": map[string]any{"double": 12.5}})
	front := len(event(t, schemaOf(), head(nil), nil))
	for name, payload := range map[string][]byte{
		"nothing":                  whole[:front],
		"half":                     whole[:front+3],
		"a branch that is unknown": append(bytes.Clone(whole[:front]), 0x12),
		"a text without an end":    append(bytes.Clone(whole[:front]), 0x02, 0xfe, 0xff, 0xff, 0xff, 0x0f),
	} {
		if c, err := parsed(t, usual).Decode(payload); err != nil || len(c.IDs) != 1 {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	for n := range front {
		if c, err := parsed(t, usual).Decode(whole[:n]); !errors.Is(err, pubsub.ErrUnreadable) {
			t.Fatalf("the first %d bytes of the header: %+v, %v", n, c, err)
		}
	}
}

// TestLargeEvents: an event has a megabyte at most, of values or of ids.
func TestLargeEvents(t *testing.T) {
	text := func(n int) map[string]any {
		return map[string]any{"Description": map[string]any{"string": strings.Repeat("é", n/2)}}
	}
	if c, err := parsed(t, usual).Decode(event(t, usual, head(nil), text(1_000_000))); err != nil || len(c.IDs) != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := parsed(t, usual).Decode(event(t, usual, head(nil), text(1<<20))); !errors.Is(err, pubsub.ErrUnreadable) {
		t.Error(err)
	}
	ids := make([]string, 52_000)
	for i := range ids {
		ids[i] = fmt.Sprintf("0065g%013d", i)
	}
	c, err := parsed(t, usual).Decode(event(t, usual, head(map[string]any{"recordIds": ids}), nil))
	if diff := cmp.Diff(ids, c.IDs); diff != "" || err != nil {
		t.Errorf("%v: %d ids", err, len(c.IDs))
	}
}

func TestSchemaIsNone(t *testing.T) {
	header := `{"name": "ChangeEventHeader", "type": ` + headerType + `}`
	for name, text := range map[string]string{
		"nothing":               ``,
		"no JSON":               `{`,
		"no record":             `"string"`,
		"no header":             `{"type": "record", "name": "E", "fields": [` + amountField + `]}`,
		"a header that is none": `{"type": "record", "name": "E", "fields": [{"name": "ChangeEventHeader", "type": "string"}]}`,
		"a header of headers":   `{"type": "record", "name": "E", "fields": [{"name": "ChangeEventHeader", "type": {"type": "record", "name": "H", "fields": [{"name": "h", "type": ["null", "H"]}]}}]}`,
		"a header of nothings":  `{"type": "record", "name": "E", "fields": [{"name": "ChangeEventHeader", "type": {"type": "record", "name": "H", "fields": [{"name": "h", "type": {"type": "array", "items": "null"}}]}}]}`,
		"a group before it":     `{"type": "record", "name": "E", "fields": [` + billingField + `,` + header + `]}`,
	} {
		if _, err := pubsub.ParseSchema(text); !errors.Is(err, pubsub.ErrUnreadable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := pubsub.ParseSchema(`{"type": "record", "name": "E", "fields": [` + amountField + `,` + header + `]}`); err != nil {
		t.Errorf("the header need not be the first: %v", err)
	}
}

// FuzzDecode: any payload is a change of records, an overflow, or unreadable.
func FuzzDecode(f *testing.F) {
	f.Add(event(f, usual, head(nil), nil))
	f.Add(event(f, usual, head(map[string]any{"changedFields": []string{"0x20", "3-0x2"}, "changeType": "GAP_OVERFLOW"}), nil))
	s := parsed(f, usual)
	f.Fuzz(func(t *testing.T, payload []byte) {
		c, err := s.Decode(payload)
		switch {
		case err != nil:
			if !errors.Is(err, pubsub.ErrUnreadable) {
				t.Error(err)
			}
		case c.Kind != pubsub.Overflow && len(c.IDs) == 0:
			t.Errorf("no records: %+v", c)
		}
	})
}

// FuzzBitmap: any text is a bitmap of fields of the schema, each once and in order, or is
// said to be none.
func FuzzBitmap(f *testing.F) {
	for _, text := range []string{"0x60", "3-0x2", "2-0x7", "0x", "-1-0x1", "4-0xFFFFFFFFFFFFFFFFFF", "+4-0x1"} {
		f.Add(text)
	}
	s := parsed(f, usual)
	var known struct {
		Fields []struct{ Name string } `json:"fields"`
	}
	if err := json.Unmarshal([]byte(usual), &known); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<16 {
			t.Skip("larger than an event has room for")
		}
		c, err := s.Decode(event(t, usual, head(map[string]any{"changedFields": []string{text}}), nil))
		if err != nil {
			t.Fatal(err) // the records are told either way
		}
		if c.Unread != nil && len(c.Changed) > 0 {
			t.Errorf("%q: %v, and %v", text, c.Changed, c.Unread)
		}
		for i, name := range c.Changed {
			top, _, _ := strings.Cut(name, ".")
			if !slices.ContainsFunc(known.Fields, func(f struct{ Name string }) bool { return f.Name == top }) || slices.Contains(c.Changed[:i], name) {
				t.Errorf("%q: %v", text, c.Changed)
			}
		}
	})
}

// FuzzSchema: any text is a schema or is said to be none, and any payload under it ends.
func FuzzSchema(f *testing.F) {
	f.Add(usual, event(f, usual, head(nil), nil))
	f.Add(`{"type": "record", "name": "E", "fields": [{"name": "ChangeEventHeader", "type": ["null", "E"]}]}`, []byte{2, 2, 2})
	f.Fuzz(func(t *testing.T, text string, payload []byte) {
		s, err := pubsub.ParseSchema(text)
		if err == nil {
			_, err = s.Decode(payload)
		}
		if err != nil && !errors.Is(err, pubsub.ErrUnreadable) {
			t.Error(err)
		}
	})
}

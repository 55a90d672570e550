package salesforce

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/twin/world"
)

// An org's admins add objects and fields of their own, make fields required or unique and
// hide them from users. A world says so in two collections that are no objects of the API:
//
//	"CustomObject": [{"Name": "Sync__c", "Label": "Sync", "Plural": "Syncs", "AutoNumber": "S-{0000}"}]
//	"CustomField":  [{"Object": "Opportunity", "Name": "Region__c", "Type": "picklist",
//	                  "Values": ["North", "South"], "Restricted": true}]
//
// A field record for a field that the twin has already says whether the calling user sees
// it ("Hidden") and may write it ("ReadOnly"), whether its history is kept ("Tracked") and
// which values its list has ("Values").
const (
	customObjects = "CustomObject"
	customFields  = "CustomField"
)

// firstCustom begins the ids of admin-made objects: a00, a01, …
const firstCustom = "a0"

// customField is a field as a world describes it.
type customField struct {
	Object, Name, Label, Help, Type                string
	Length, Precision, Scale                       int
	Values                                         []string
	Restricted, Required, ReadOnly, Hidden, Unique bool
	CaseSensitive                                  bool                // of a unique field: A is not a
	Tracked                                        bool                // its history is kept
	AutoNumber                                     string              // form of the numbers that the org gives, of a string
	ExternalID                                     bool                `json:"ExternalId"`
	ReferenceTo                                    string              // object that a reference points at
	Relation, Children                             string              // names of the relationship, up and down
	Inactive                                       []string            // values that were switched off
	Default                                        string              // value of a record that mentions none
	Controller                                     string              // picklist that decides which values are offered
	ValidFor                                       map[string][]string // the values offered, by value of the controller
}

// addCustom adds what the org's admins made to a schema.
func addCustom(s *schema, w map[string][]world.Record) error {
	for i, r := range w[customObjects] {
		var o struct{ Name, Label, Plural, AutoNumber string }
		if err := decodeCustom(r, &o); err != nil {
			return placed(customObjects, i, err)
		}
		if _, taken := s.find(o.Name); taken || !strings.HasSuffix(o.Name, "__c") || i >= len(base62) {
			return fmt.Errorf("%s %d: %s is taken or does not end in __c", customObjects, i, o.Name)
		}
		name := text("Name", 80).required().named()
		if o.AutoNumber != "" {
			name = name.counted(o.AutoNumber)
		}
		made := &object{
			name: o.Name, label: o.Label, plural: o.Plural, prefix: firstCustom + base62[i:i+1], custom: true,
			fields: withSystem(name, ref("OwnerId", "Owner", "User").required()),
			create: true, update: true, remove: true, bin: true,
		}
		s.order = append(s.order, made)
		s.names[strings.ToLower(o.Name)] = made
	}
	for i, r := range w[customFields] {
		if err := addCustomField(s, r); err != nil {
			return placed(customFields, i, err)
		}
	}
	return nil
}

// placed says where in a world something is wrong.
func placed(collection string, i int, err error) error {
	return fmt.Errorf("%s %d: %w", collection, i, err)
}

// decodeCustom reads a record strictly: a misspelt property would make a case pass for the
// wrong reason.
func decodeCustom(r world.Record, into any) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	d.UseNumber()
	return d.Decode(into)
}

func addCustomField(s *schema, r world.Record) error {
	var c customField
	if err := decodeCustom(r, &c); err != nil {
		return err
	}
	o, ok := s.find(c.Object)
	if !ok {
		return fmt.Errorf("%s.%s: no such object", c.Object, c.Name)
	}
	if i := slices.IndexFunc(o.fields, func(f field) bool { return strings.EqualFold(f.name, c.Name) }); i >= 0 {
		o.fields[i].adjust(c)
		return nil
	}
	f, err := c.field()
	if err != nil {
		return fmt.Errorf("%s.%s: %w", c.Object, c.Name, err)
	}
	if f.controller != "" && !slices.ContainsFunc(o.fields, func(g field) bool { return g.name == f.controller && g.kind == kindPick }) {
		return fmt.Errorf("%s.%s: no picklist %s to depend on", c.Object, c.Name, f.controller)
	}
	o.fields = append(o.fields, f)
	return nil
}

// adjust is what an admin may decide about a standard field.
func (f *field) adjust(c customField) {
	f.hidden = f.hidden || c.Hidden
	f.tracked = f.tracked || c.Tracked
	if c.Values != nil {
		f.values = c.Values
	}
	if c.ReadOnly {
		*f = f.readOnly()
	}
}

func (c customField) field() (field, error) {
	if !strings.HasSuffix(c.Name, "__c") {
		return field{}, errors.New("an admin's field ends in __c")
	}
	kinds := []kind{
		kindRef, kindString, kindTextArea, kindPick, kindMulti, kindCombo, kindEmail, kindPhone, kindURL, kindBool, kindInt, kindDouble,
		kindCurrency, kindPercent, kindDate, kindDateTime,
	}
	f := textLike(c.Name, kind(c.Type), c.Length)
	switch {
	case !slices.Contains(kinds, f.kind):
		return field{}, fmt.Errorf("no field has type %q", c.Type)
	case f.kind == kindRef && c.ReferenceTo == "":
		return field{}, errors.New("a reference needs ReferenceTo")
	case f.kind == kindRef:
		f.length, f.targets = 18, []string{c.ReferenceTo}
		f.up = strings.TrimSuffix(c.Name, "__c") + "__r"
		if c.Relation != "" {
			f.up = c.Relation
		}
	case f.kind == kindBool:
		f.needed, f.initial = true, false
	case f.kind == kindPick && f.length == 0:
		f.length = 255
	case f.kind == kindMulti && f.length == 0:
		f.length = 4099
	}
	f.precision, f.scale, f.values, f.limited = c.Precision, c.Scale, c.Values, c.Restricted
	f.needed, f.hidden = f.needed || c.Required, c.Hidden
	f.external, f.unique, f.exact, f.down, f.help = c.ExternalID, c.Unique, c.CaseSensitive, c.Children, c.Help
	f.tracked, f.inactive, f.controller, f.offered = c.Tracked, c.Inactive, c.Controller, c.ValidFor
	if c.Default != "" {
		initial, refusal := f.convert(c.Default)
		if refusal != nil {
			return field{}, refusal
		}
		f.initial = initial
	}
	if c.Label != "" {
		f.label = c.Label
	}
	if c.AutoNumber != "" {
		f = f.counted(c.AutoNumber)
	}
	if c.ReadOnly {
		f = f.readOnly()
	}
	return f, nil
}

// taken refuses a value of a unique field that another record has.
func (t *Twin) taken(o *object, v map[string]any, self *row) *apiError {
	for _, i := range o.indexed {
		f := &o.fields[i]
		if !f.unique {
			continue
		}
		for _, r := range t.store.having(o, f, v[f.name]) {
			if r != self {
				return badRequest("DUPLICATE_VALUE", "duplicate value found: "+f.name+" duplicates value on record with id: "+r.id())
			}
		}
	}
	return nil
}

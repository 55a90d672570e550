package salesforce

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/twin/world"
)

// object is the description of one object.
type object struct {
	name, label, plural string
	prefix              string
	fields              []field
	index               map[string]int // lower-case name to position
	indexed             []int          // positions of the fields by whose values the store finds records
	children            []child
	// bin says that deleted records stay in the recycle bin, where queryAll shows them.
	create, update, remove, bin bool
	custom                      bool // made by the org's admins
	log                         bool // written by the org alone
	barred                      barred
}

// child is a relationship from a parent to the records that point at it.
type child struct {
	name    string // "OpportunityLineItems"
	object  string
	field   string
	cascade bool
}

// prefixes lists the objects the twin knows, with the three characters that begin
// their ids. 00k (a line) and 00K (a contact role) differ by case only.
func prefixes() [][2]string {
	return [][2]string{
		{"Organization", "00D"},
		{"User", "005"},
		{"Account", "001"},
		{"Contact", "003"},
		{"Product2", "01t"},
		{"Pricebook2", "01s"},
		{"PricebookEntry", "01u"},
		{"OpportunityStage", "01J"},
		{"Opportunity", "006"},
		{"OpportunityLineItem", "00k"},
		{"Task", "00T"},
		{"OpportunityContactRole", "00K"},
		{"OpportunityHistory", "008"},
		{"OpportunityFieldHistory", "017"},
		{"RecordType", "012"},
		{"CurrencyType", "01L"},
	}
}

func prefixOf(name string) string {
	for _, p := range prefixes() {
		if p[0] == name {
			return p[1]
		}
	}
	panic("salesforce: no object " + name) // broken invariant: callers name objects of the list
}

// find returns the visible field of that name, case ignored.
func (o *object) find(name string) (*field, bool) {
	i, ok := o.index[strings.ToLower(name)]
	if !ok || o.fields[i].hidden {
		return nil, false
	}
	return &o.fields[i], true
}

// must returns a field that the twin's own rules name, hidden or not.
func (o *object) must(name string) *field {
	i, ok := o.index[strings.ToLower(name)]
	if !ok {
		panic("salesforce: no field " + o.name + "." + name) // broken invariant
	}
	return &o.fields[i]
}

// parent returns the reference field whose relationship has that name, case ignored.
func (o *object) parent(up string) (*field, bool) {
	for i := range o.fields {
		if f := &o.fields[i]; f.up != "" && !f.hidden && strings.EqualFold(f.up, up) {
			return f, true
		}
	}
	return nil, false
}

func (o *object) child(down string) (child, bool) {
	i := slices.IndexFunc(o.children, func(c child) bool { return strings.EqualFold(c.name, down) })
	if i < 0 {
		return child{}, false
	}
	return o.children[i], true
}

// schema is every object the twin knows.
type schema struct {
	order []*object
	names map[string]*object // by lower-case name
	// someone stands for a parent that may be of several objects.
	someone *object
}

// find returns the object of that name, case ignored, if the calling user may know of it.
func (s *schema) find(name string) (*object, bool) {
	o, ok := s.names[strings.ToLower(name)]
	return o, ok && !o.barred.read
}

// must returns an object that the twin's own rules name.
func (s *schema) must(name string) *object {
	o, ok := s.names[strings.ToLower(name)]
	if !ok {
		panic("salesforce: no object " + name) // broken invariant
	}
	return o
}

func (s *schema) ofID(id string) (*object, bool) {
	for _, o := range s.order {
		if strings.HasPrefix(id, o.prefix) {
			return o, true
		}
	}
	return nil, false
}

// newSchema builds the objects of an org with those stage names, with what a world says
// its admins made, and with what its records ask for.
func newSchema(stages []string, admin, w map[string][]world.Record) (*schema, error) {
	s := &schema{names: map[string]*object{}, someone: nameObject()}
	for _, o := range []*object{
		organization(), user(), account(), contact(), product(), pricebook(), pricebookEntry(),
		opportunityStage(), opportunity(stages), lineItem(), task(),
		contactRole(), opportunityHistory(), opportunityFieldHistory(), recordType(),
	} {
		o.prefix = prefixOf(o.name)
		s.order = append(s.order, o)
		s.names[strings.ToLower(o.name)] = o
	}
	if err := addCustom(s, admin); err != nil {
		return nil, err
	}
	if err := addRecordTypes(s, w["RecordType"]); err != nil {
		return nil, err
	}
	addCurrencies(s, w["CurrencyType"])
	addSchedules(s, w["OpportunityLineItem"])
	if err := checkTracked(s); err != nil {
		return nil, err
	}
	for _, o := range s.order {
		o.index = make(map[string]int, len(o.fields))
		for i := range o.fields {
			o.index[strings.ToLower(o.fields[i].name)] = i
			if o.fields[i].indexed() {
				o.indexed = append(o.indexed, i)
			}
		}
	}
	for _, o := range s.order {
		for _, f := range o.fields {
			if f.down == "" {
				continue
			}
			for _, t := range f.targets {
				parent, ok := s.names[strings.ToLower(t)]
				if !ok {
					continue // beyond the twin
				}
				parent.children = append(parent.children, child{name: f.down, object: o.name, field: f.name, cascade: f.cascade})
			}
		}
	}
	return s, nil
}

// withSystem puts the fields every deletable record has around an object's own.
func withSystem(own ...field) []field {
	return withAudit(append([]field{flag("IsDeleted", false).readOnly()}, own...)...)
}

// withAudit puts the id before an object's own fields, and after them who saved the
// record and when.
func withAudit(own ...field) []field {
	fields := append([]field{textLike("Id", kindID, 18).required().readOnly().labelled("Record ID")}, own...)
	return append(fields,
		moment("CreatedDate").required().readOnly(),
		ref("CreatedById", "CreatedBy", "User").required().readOnly(),
		moment("LastModifiedDate").required().readOnly(),
		ref("LastModifiedById", "LastModifiedBy", "User").required().readOnly(),
		moment("SystemModstamp").required().readOnly().labelled("System Modstamp"),
	)
}

// viewed are the stamps of a person's last look, which calls by API do not move.
func viewed() []field {
	return []field{moment("LastViewedDate").readOnly(), moment("LastReferencedDate").readOnly()}
}

// addressFields are the writable parts of an address and the compound that shows them.
func addressFields(prefix string) []field {
	return []field{
		area(prefix+"Street", 255), text(prefix+"City", 40), text(prefix+"State", 80),
		text(prefix+"PostalCode", 20), text(prefix+"Country", 80),
		number(prefix+"Latitude", kindDouble, 18, 15), number(prefix+"Longitude", kindDouble, 18, 15),
		pick(prefix+"GeocodeAccuracy", "Address", "NearAddress", "Block", "Street", "Zip", "City", "State", "Unknown"),
		address(prefix + "Address"),
	}
}

package salesforce

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/internal/twin/world"
)

// load fills the store from a world. Unlike a request, a world may set read-only
// fields (ids, stamps, a total that differs from quantity times price by a cent);
// what it leaves out is derived as a save would.
func (t *Twin) load(w map[string][]world.Record) error {
	if w == nil {
		w = map[string][]world.Record{}
	}
	if len(w["OpportunityStage"]) == 0 {
		w["OpportunityStage"] = defaultStages()
	}
	var names []string
	for _, s := range w["OpportunityStage"] {
		name, _ := s["ApiName"].(string)
		if name == "" {
			name, _ = s["MasterLabel"].(string)
			s["ApiName"] = name
		}
		names = append(names, name)
	}
	t.takeCollections(w)
	var err error
	if t.schema, err = newSchema(names, t.admin, w); err != nil {
		return err
	}
	t.corporate = corporateOf(w["CurrencyType"])
	for _, o := range t.schema.order {
		for i := range o.fields {
			o.fields[i].runes = t.otherwise[doubtTextLength]
			o.fields[i].power = t.otherwise[doubtPowerOf10]
		}
	}
	if err := t.learnDuplicates(); err != nil { // before the records that they compare
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(w)) {
		if o, ok := t.schema.find(name); !ok || o.name != name {
			return fmt.Errorf("%s: no such object", name)
		}
	}
	if err := t.identity(w); err != nil {
		return err
	}
	for _, o := range t.schema.order {
		for i, record := range w[o.name] {
			if err := t.loadRecord(o, record); err != nil {
				return fmt.Errorf("%s %d: %w", o.name, i, err)
			}
		}
		if o.name == "OpportunityStage" {
			t.learnStages()
		}
	}
	if err := t.loadedReferences(); err != nil {
		return err
	}
	if err := errors.Join(t.loadDeletions(), t.loadSequences(), t.learnValidation(), t.learnPicklists(), t.learnAccess()); err != nil {
		return err
	}
	for _, opp := range t.store.rows["Opportunity"] {
		if !opp.deleted {
			t.sumLines(opp, opp.v)
			t.showPrimary(opp.id())
		}
	}
	for _, task := range t.store.rows["Task"] {
		if !task.deleted {
			t.settledTask(task, nil)
		}
	}
	return nil
}

// identity settles which organisation this is and whom tokens act as, and adds both
// to a world without them.
func (t *Twin) identity(w map[string][]world.Record) error {
	if len(w["Organization"]) == 0 {
		w["Organization"] = []world.Record{{
			"Name": "Twin Organisation", "TimeZoneSidKey": "Pacific/Auckland", "DefaultLocaleSidKey": "en_NZ",
			"FiscalYearStartMonth": json.Number("1"), "OrganizationType": "Developer Edition", "InstanceName": "TWN1",
		}}
	}
	org := w["Organization"][0]
	if t.opt.OrgID != "" {
		org["Id"] = t.opt.OrgID
	}
	if org["Id"] == nil {
		org["Id"] = ID("Organization", 1)
	}
	if len(w["User"]) == 0 {
		w["User"] = []world.Record{{
			"Username": "integration@twin.example", "FirstName": "Integration", "LastName": "User", "Alias": "integ",
			"Email": "integration@twin.example", "TimeZoneSidKey": "Pacific/Auckland", "LocaleSidKey": "en_NZ", "UserType": "Standard",
		}}
	}
	user := w["User"][0]
	if user["Id"] == nil {
		user["Id"] = ID("User", 1)
	}
	var ok bool
	if t.orgID, ok = longOf(org["Id"]); !ok {
		return fmt.Errorf("organisation id %v: not an id", org["Id"])
	}
	if t.userID, ok = longOf(user["Id"]); !ok {
		return fmt.Errorf("user id %v: not an id", user["Id"])
	}
	return nil
}

func longOf(v any) (string, bool) {
	s, ok := v.(string)
	if !ok {
		return "", false
	}
	return LongID(s)
}

// loadRecord adds one record of a world.
func (t *Twin) loadRecord(o *object, in world.Record) error {
	v := make(map[string]any, len(in))
	for i := range o.fields {
		f := &o.fields[i]
		if f.initial != nil {
			v[f.name] = f.initial
		}
	}
	said := touched{}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		i, ok := o.index[strings.ToLower(name)]
		if name == "attributes" || ok && o.fields[i].kind == kindAddress {
			continue
		}
		if !ok || o.fields[i].name != name {
			return fmt.Errorf("%s: no such field", name)
		}
		f := &o.fields[i]
		value, refusal := f.convert(in[name])
		if refusal != nil {
			return refusal
		}
		if t.keepsEmpty(f, in[name]) {
			value = ""
		}
		v[name], said[name] = value, true
	}
	if v["Id"] == nil {
		v["Id"] = t.store.newID(o)
	}
	id := v["Id"].(string)
	if got, ok := t.schema.ofID(id); !ok || got != o {
		return fmt.Errorf("%s: not an id of %s", id, o.name)
	}
	if t.store.ids[id] != nil {
		return fmt.Errorf("%s: given twice", id)
	}
	t.loadStamps(o, v)
	if err := t.derive(o, v, said); err != nil {
		return err
	}
	var missing []string
	for i := range o.fields {
		f := &o.fields[i]
		if f.needed && v[f.name] == nil {
			missing = append(missing, f.name)
		}
	}
	if missing != nil {
		return errRequired(missing...)
	}
	t.store.add(&row{o: o, v: v, deleted: v["IsDeleted"] == true})
	return nil
}

func (t *Twin) loadStamps(o *object, v map[string]any) {
	start := stamp(t.opt.World.Start)
	for _, name := range []string{"CreatedDate", "LastModifiedDate", "SystemModstamp"} {
		if _, ok := o.index[strings.ToLower(name)]; ok && v[name] == nil {
			v[name] = start
		}
	}
	for _, name := range []string{"CreatedById", "LastModifiedById", "OwnerId"} {
		if _, ok := o.index[strings.ToLower(name)]; ok && v[name] == nil {
			v[name] = t.userID
		}
	}
	t.fillCurrency(o, v)
	t.fillNumbers(o, v)
}

// derive fills what a world leaves to the org. Lines keep a total they bring.
func (t *Twin) derive(o *object, v map[string]any, said touched) error {
	switch o.name {
	case "Opportunity":
		t.enterStage(v, said)
		if name, ok := v["ForecastCategoryName"].(string); ok {
			v["ForecastCategory"] = categoryOf(name)
		}
		t.settleFiscal(v)
		t.settleExpected(v)
	case "OpportunityLineItem":
		return t.deriveLine(v)
	case "Contact", "User":
		v["Name"] = personName(v)
	case "PricebookEntry":
		t.nameEntry(v)
	case "Task":
		account := v["AccountId"]
		if t.settleTask(v); said["AccountId"] { // of what may be deleted by now
			v["AccountId"] = account
		}
	}
	return nil
}

func (t *Twin) deriveLine(v map[string]any) error {
	entryID, _ := v["PricebookEntryId"].(string)
	if entry, ok := t.store.live(entryID); ok {
		for to, from := range map[string]string{"Product2Id": "Product2Id", "ListPrice": "UnitPrice"} {
			if v[to] == nil {
				v[to] = entry.v[from]
			}
		}
	}
	if v["IsDeleted"] != true || v["Name"] == nil { // a deleted one is called as it was
		t.nameLine(v)
	}
	if v["UnitPrice"] == nil || v["Quantity"] == nil || v["Product2Id"] == nil {
		return errors.New("a line needs Quantity, UnitPrice and a product or price book entry")
	}
	total := v["TotalPrice"]
	if refusal := t.price(v, false); refusal != nil {
		return refusal
	}
	if total != nil {
		v["TotalPrice"] = total
	}
	return nil
}

// loadedReferences refuses a world whose records refer to records it does not have.
func (t *Twin) loadedReferences() error {
	for _, o := range t.schema.order {
		for _, r := range t.store.rows[o.name] {
			for _, i := range o.indexed {
				f := &o.fields[i]
				id, ok := r.v[f.name].(string)
				if f.kind != kindRef || !ok {
					continue
				}
				target := t.store.ids[id]
				if target == nil || !slices.Contains(f.targets, target.o.name) {
					return fmt.Errorf("%s %s: %s: no record %s to refer to", o.name, r.id(), f.name, id)
				}
			}
		}
	}
	return nil
}

func (t *Twin) learnStages() {
	t.stages = map[string]stage{}
	for _, r := range t.store.rows["OpportunityStage"] {
		t.stages[r.str("ApiName")] = stage{
			closed: r.is("IsClosed"), won: r.is("IsWon"), probability: r.v["DefaultProbability"],
			category: r.v["ForecastCategory"], categoryName: r.v["ForecastCategoryName"],
		}
	}
}

// defaultStages is the sales process of a new org.
func defaultStages() []world.Record {
	var out []world.Record
	for i, s := range []struct {
		name, category string
		probability    int
		closed, won    bool
	}{
		{"Prospecting", "Pipeline", 10, false, false},
		{"Qualification", "Pipeline", 10, false, false},
		{"Needs Analysis", "Pipeline", 20, false, false},
		{"Value Proposition", "Pipeline", 50, false, false},
		{"Proposal/Price Quote", "Best Case", 75, false, false},
		{"Negotiation/Review", "Commit", 90, false, false},
		{"Closed Won", "Closed", 100, true, true},
		{"Closed Lost", "Omitted", 0, true, false},
	} {
		out = append(out, world.Record{
			"MasterLabel": s.name, "ApiName": s.name, "IsActive": true, "SortOrder": json.Number(strconv.Itoa(i + 1)),
			"IsClosed": s.closed, "IsWon": s.won, "DefaultProbability": json.Number(strconv.Itoa(s.probability)),
			"ForecastCategory": categoryOf(s.category), "ForecastCategoryName": s.category,
		})
	}
	return out
}

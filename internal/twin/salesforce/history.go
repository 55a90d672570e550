package salesforce

import (
	"fmt"
	"maps"
)

// opportunityHistory's rows are what the org itself writes of an opportunity: one for
// each save that changes its stage, amount, probability or close date, with the values
// after it.
func opportunityHistory() *object {
	return &object{name: "OpportunityHistory", label: "Opportunity: Stage History", plural: "Opportunity: Stage Histories", bin: true, log: true, fields: readOnly(
		textLike("Id", kindID, 18).required().labelled("Record ID"),
		ref("OpportunityId", "Opportunity", "Opportunity").required().owned("OpportunityHistories"),
		ref("CreatedById", "CreatedBy", "User").required(), moment("CreatedDate").required(),
		text("StageName", 255), money("Amount"), money("ExpectedRevenue"), date("CloseDate"),
		number("Probability", kindPercent, 3, 0),
		pick("ForecastCategory", "Omitted", "Pipeline", "BestCase", "Forecast", "Closed"),
		moment("SystemModstamp").required().labelled("System Modstamp"), flag("IsDeleted", false),
		money("PrevAmount"), date("PrevCloseDate"),
	)}
}

// opportunityFieldHistory's rows are changes of the fields whose history the org's admins
// switched on.
func opportunityFieldHistory() *object {
	return &object{name: "OpportunityFieldHistory", label: "Opportunity Field History", plural: "Opportunity Field History", bin: true, log: true, fields: readOnly(
		textLike("Id", kindID, 18).required().labelled("Record ID"), flag("IsDeleted", false),
		ref("OpportunityId", "Opportunity", "Opportunity").required().owned("Histories"),
		ref("CreatedById", "CreatedBy", "User").required(), moment("CreatedDate").required(),
		text("Field", 255).required(), text("DataType", 40), text("OldValue", 255), text("NewValue", 255),
	)}
}

// maxTracked is how many fields of an object may have their history kept.
const maxTracked = 20

// chronicle writes what the org keeps of a save; old is nil for a create.
func (t *Twin) chronicle(r *row, old map[string]any) {
	if r.o.name != "Opportunity" {
		return
	}
	t.chronicleStage(r, old)
	t.chronicleFields(r, old)
}

func (t *Twin) chronicleStage(r *row, old map[string]any) {
	changed := func(name string) bool { return r.v[name] != old[name] }
	switch {
	case old == nil && t.otherwise[doubtCreationInHistory]:
		return
	case old != nil && !changed("StageName") && !changed("Amount") && !changed("Probability") && !changed("CloseDate"):
		return
	}
	h := map[string]any{"OpportunityId": r.id(), "IsDeleted": false}
	for _, name := range []string{"StageName", "Amount", "ExpectedRevenue", "CloseDate", "Probability", "ForecastCategory", "CurrencyIsoCode"} {
		if r.v[name] != nil {
			h[name] = r.v[name]
		}
	}
	if old != nil {
		h["PrevAmount"], h["PrevCloseDate"] = old["Amount"], old["CloseDate"]
	}
	id := t.addLog("OpportunityHistory", h)
	v := maps.Clone(r.v)
	if old != nil && changed("Amount") {
		v["LastAmountChangedHistoryId"] = id
	}
	if old != nil && changed("CloseDate") {
		v["LastCloseDateChangedHistoryId"] = id
	}
	t.store.replace(r, v)
}

func (t *Twin) chronicleFields(r *row, old map[string]any) {
	for i := range r.o.fields {
		f := &r.o.fields[i]
		if !f.tracked || old != nil && r.v[f.name] == old[f.name] {
			continue
		}
		h := map[string]any{"OpportunityId": r.id(), "IsDeleted": false, "Field": f.name, "DataType": dataType(f.kind)}
		if old == nil {
			h["Field"], h["DataType"] = "created", "Text"
			t.addLog("OpportunityFieldHistory", h)
			return // one row tells of a new record, whatever is tracked
		}
		h["OldValue"], h["NewValue"] = historic(old[f.name]), historic(r.v[f.name])
		t.addLog("OpportunityFieldHistory", h)
	}
}

// historic is a value as history keeps it: text, cut to what a row holds.
func historic(v any) any {
	if v == nil {
		return nil
	}
	s := []rune(plainText(v))
	return string(s[:min(len(s), 255)])
}

func dataType(k kind) string {
	switch k {
	case kindRef, kindID:
		return "EntityId"
	case kindPick, kindMulti:
		return "DynamicEnum"
	case kindCurrency:
		return "Currency"
	case kindPercent:
		return "Percent"
	case kindInt, kindDouble:
		return "Double"
	case kindDate:
		return "DateOnly"
	case kindDateTime:
		return "DateTime"
	case kindBool:
		return "Boolean"
	default: // the other kinds of text
		return "Text"
	}
}

// addLog adds a row that the org writes itself and returns its id.
func (t *Twin) addLog(object string, v map[string]any) string {
	o := t.schema.must(object)
	now := stamp(t.saveTime())
	v["Id"], v["CreatedDate"], v["CreatedById"] = t.store.newID(o), now, t.userID
	if _, ok := o.index["systemmodstamp"]; ok {
		v["SystemModstamp"] = now
	}
	r := &row{o: o, v: v}
	t.store.add(r)
	return r.id()
}

// tracked counts the fields whose history is kept, for objects that have one.
func checkTracked(s *schema) error {
	for _, o := range s.order {
		n := 0
		for i := range o.fields {
			if o.fields[i].tracked {
				n++
			}
		}
		if n > maxTracked || n > 0 && o.name != "Opportunity" {
			return fmt.Errorf("%s: history is kept of up to %d fields of Opportunity, not of %d", o.name, maxTracked, n)
		}
	}
	return nil
}

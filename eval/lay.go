package eval

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// ground lays what a run has read over the demonstration's company: what that lacks is
// added, what it has otherwise is patched. What no step read is not in the record, and is
// completed with what the stand-in vendors demand.
type ground struct {
	cat   *catalog.Catalog
	subs  *standins
	demo  world.World
	order []string // keys of laid, in the order in which they were read
	laid  map[string]*laid
	made  map[string]bool // ids that the run's own writes made
	makes map[string]bool // collections in which they made something
	wrote bool            // the run has written: what it read before stands
	books int             // price book entries that were made up
}

type laid struct {
	object string // "salesforce.Opportunity", "xero.Contacts"
	id     string
	set    world.Record
}

func newGround(cat *catalog.Catalog, subs *standins) *ground {
	return &ground{cat: cat, subs: subs, demo: demo.New(7).World, laid: map[string]*laid{}, made: map[string]bool{}, makes: map[string]bool{}}
}

// collection is where a world keeps the records of an object.
func collection(object string) string {
	side, short, _ := strings.Cut(object, ".")
	switch {
	case side != "xero" || strings.HasSuffix(short, "s"):
	case strings.HasSuffix(short, "y"):
		short = strings.TrimSuffix(short, "y") + "ies"
	default:
		short += "s"
	}
	return side + "." + short
}

// idMember is the member by which a record of a collection is named.
func idMember(collection string) string {
	side, short, _ := strings.Cut(collection, ".")
	switch {
	case side == "salesforce":
		return "Id"
	case short == "TaxRates":
		return "TaxType"
	case short == "Items" || short == "Accounts":
		return "Code" // which a mapping's row knows, and not the id
	}
	return strings.TrimSuffix(short, "s") + "ID"
}

// put lays one record as it was read.
func (g *ground) put(object string, r world.Record) *laid {
	name := collection(object)
	id, _ := r[idMember(name)].(string)
	if id == "" || g.made[id] {
		return nil
	}
	key := name + "/" + id
	at := g.laid[key]
	if at == nil && g.wrote && g.makes[name] {
		return nil // its own, of which the vendor did not tell the id when it was made
	}
	if at == nil {
		at = &laid{object: name, id: id, set: world.Record{}}
		g.laid[key], g.order = at, append(g.order, key)
	}
	_, short, _ := strings.Cut(object, ".")
	for k, v := range r {
		if v == nil || k == "attributes" || slices.Contains(stamps, k) || g.related(object, r, k) || strings.HasPrefix(object, "salesforce.") && g.derived(object, k) {
			continue
		}
		if _, has := at.set[k]; has && g.wrote {
			continue
		}
		at.set[k] = g.subs.tree(short, "", map[string]any{k: v}).(map[string]any)[k]
	}
	return at
}

// derived reports whether Salesforce itself computes a field.
func (g *ground) derived(object, field string) bool {
	o, ok := g.cat.Object(object)
	if !ok {
		return false
	}
	f, ok := o.Field(field)
	return ok && f.ReadOnly && field != "Id"
}

// related lays a record that a query answered within another, and reports that it is one.
func (g *ground) related(object string, r world.Record, member string) bool {
	inner, nested := r[member].(map[string]any)
	o, ok := g.cat.Object(object)
	if !nested || !ok || !strings.HasPrefix(object, "salesforce.") {
		return false
	}
	for _, f := range o.Fields {
		by := f.Relation == member || f.Name == member+"Id" || f.Name == strings.TrimSuffix(member, "__r")+"__c"
		if id, has := r[f.Name].(string); has && by {
			if to, ok := strings.CutSuffix(f.Type.Nominal, ".Id"); ok {
				whole := world.CloneRecord(inner)
				whole["Id"] = id
				g.put(to, whole)
			}
		}
	}
	return true
}

// read lays what one answered read returned.
func (g *ground) read(s app.RecordedStep, a engine.Answered) {
	object := s.Action.Entity
	where := s.Action.Args.Filter
	if q := s.Action.Args.Query; q != nil {
		api, _, _ := strings.Cut(s.Action.Operation.Name(), ".")
		object, where = api+"."+q.From, q.Where
	}
	list, many := a.Outcome.Value.([]any)
	if !many {
		list = []any{a.Outcome.Value}
	}
	for i, one := range list {
		r, ok := one.(map[string]any)
		if !ok || object == "" {
			continue
		}
		r = world.CloneRecord(r)
		for field, v := range same(where) {
			if _, has := r[field]; !has {
				r[field] = v
			}
		}
		if at := g.put(object, r); at != nil && object == "salesforce.OpportunityLineItem" {
			at.set["SortOrder"] = json.Number(fmt.Sprint(i + 1))
			if product, ok := r["Product2Id"].(string); ok {
				at.set["Product2Id"] = product // until the price book entry is known
			}
		}
	}
	if object == "salesforce.OpportunityLineItem" {
		g.dropOthers(same(where)["OpportunityId"])
	}
}

// same are the plain fields that all records of a condition have, with their values.
func same(where apicall.Where) map[string]any {
	out := map[string]any{}
	if len(where) != 1 {
		return out
	}
	for _, c := range where[0] {
		if text, ok := c.Value.(string); ok && c.Op == plan.Eq && !strings.Contains(c.Field, ".") {
			out[c.Field] = text
		}
	}
	return out
}

// dropOthers takes away lines of the deal that the demonstration has and the run did not see.
func (g *ground) dropOthers(deal any) {
	for _, r := range g.demo.Salesforce["OpportunityLineItem"] {
		id := fmt.Sprint(r["Id"])
		key := "salesforce.OpportunityLineItem/" + id
		if r["OpportunityId"] == deal && g.laid[key] == nil {
			g.laid[key], g.order = &laid{object: "salesforce.OpportunityLineItem", id: id}, append(g.order, key)
		}
	}
}

// target lays the record that a mapping's row leads to, and returns its code.
func (g *ground) target(to string, value map[string]any) (string, error) {
	name := collection(to)
	code, _ := value[idMember(name)].(string)
	if code == "" || name != "xero.Items" && name != "xero.TaxRates" {
		return "", fmt.Errorf("a mapping leads to %s, which cannot be laid out; items and tax rates can", to)
	}
	g.put(to, value)
	if sales, ok := value["SalesDetails"].(map[string]any); ok {
		if account, ok := sales["AccountCode"].(string); ok && g.in("xero.Accounts", account) == nil {
			g.put("xero.Account", world.Record{"Code": account})
		}
	}
	return code, nil
}

// in finds a record of the demonstration.
func (g *ground) in(object, id string) world.Record {
	side, short, _ := strings.Cut(object, ".")
	records := map[string]map[string][]world.Record{"salesforce": g.demo.Salesforce, "xero": g.demo.Xero}[side][short]
	if i := slices.IndexFunc(records, func(r world.Record) bool { return r[idMember(object)] == id }); i >= 0 {
		return records[i]
	}
	return nil
}

// patches are what must happen to the demonstration's company.
func (g *ground) patches() (out []Patch) {
	for i := 0; i < len(g.order); i++ { // lines may bring their price book entries
		at := g.laid[g.order[i]]
		if at.set == nil {
			continue
		}
		if at.object == "salesforce.OpportunityLineItem" {
			g.price(at)
		}
	}
	for _, key := range g.order {
		at := g.laid[key]
		old := g.in(at.object, at.id)
		switch {
		case at.set == nil:
			out = append(out, Patch{Object: at.object, ID: at.id, Drop: true})
		case old == nil:
			g.complete(at)
			out = append(out, Patch{Object: at.object, Set: at.set})
		default:
			for k, v := range at.set {
				if was, ok := old[k].(map[string]any); ok {
					at.set[k] = over(was, v)
				}
				if equalJSON(old[k], at.set[k]) {
					delete(at.set, k)
				}
			}
			if len(at.set) > 0 {
				out = append(out, Patch{Object: at.object, ID: at.id, Set: at.set})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Patch) int { return strings.Compare(a.Object, b.Object) })
	return out
}

// equalJSON reports whether two values are the same, numbers by what they are worth.
func equalJSON(a, b any) bool {
	x, isX := a.(json.Number)
	y, isY := b.(json.Number)
	if !isX || !isY {
		return reflect.DeepEqual(a, b)
	}
	m, err := decimal.Parse(x.String())
	n, err2 := decimal.Parse(y.String())
	return err == nil && err2 == nil && m.Equal(n)
}

// over lays members over those of a nested record that was read in part.
func over(was map[string]any, now any) any {
	part, ok := now.(map[string]any)
	if !ok {
		return now
	}
	whole := world.CloneRecord(was)
	maps.Copy(whole, part)
	return whole
}

// price gives a line the price book entry of its product, made up where there is none.
func (g *ground) price(at *laid) {
	product, _ := at.set["Product2Id"].(string)
	delete(at.set, "Product2Id")
	book := salesforce.ID("Pricebook2", 2)
	for _, r := range g.demo.Salesforce["PricebookEntry"] {
		if r["Product2Id"] == product && r["Pricebook2Id"] == book {
			at.set["PricebookEntryId"] = r["Id"]
			return
		}
	}
	for _, key := range g.order {
		if made := g.laid[key]; made.object == "salesforce.PricebookEntry" && made.set["Product2Id"] == product {
			at.set["PricebookEntryId"] = made.id
			return
		}
	}
	g.books++
	entry := g.put("salesforce.PricebookEntry", world.Record{"Id": salesforce.ID("PricebookEntry", uint64(900_000+g.books))})
	entry.set["Product2Id"], entry.set["Pricebook2Id"] = product, book
	entry.set["UnitPrice"], entry.set["IsActive"] = at.set["UnitPrice"], true
	at.set["PricebookEntryId"] = entry.id
}

// complete adds what a record must have and no step of the run read.
func (g *ground) complete(at *laid) {
	fill := func(members world.Record) {
		for k, v := range members {
			if _, has := at.set[k]; !has {
				at.set[k] = v
			}
		}
	}
	owner := g.demo.Salesforce["User"][0]["Id"]
	start := g.demo.Start.Format("2006-01-02")
	switch at.object {
	case "salesforce.Opportunity":
		fill(world.Record{"Name": "Deal", "StageName": "Closed Won", "CloseDate": start, "OwnerId": owner, "Pricebook2Id": salesforce.ID("Pricebook2", 2)})
	case "salesforce.Account":
		fill(world.Record{"Name": "Customer " + at.id, "OwnerId": owner})
	case "salesforce.Product2":
		fill(world.Record{"Name": "Product " + at.id, "IsActive": true})
	case "xero.Items":
		fill(world.Record{"Name": at.id, "IsSold": true})
	case "xero.Accounts":
		fill(world.Record{"Name": "Account " + at.id, "Type": "REVENUE", "Class": "REVENUE", "TaxType": "OUTPUT2", "Status": "ACTIVE"})
	case "xero.TaxRates":
		fill(world.Record{"Name": "Rate " + at.id, "Status": "ACTIVE", "CanApplyToRevenue": true, "DisplayTaxRate": json.Number("0"), "EffectiveRate": json.Number("0")})
	case "xero.Invoices":
		g.completeInvoice(at, fill, start)
	}
}

// completeInvoice gives an invoice one line that is worth what is recorded of it.
func (g *ground) completeInvoice(at *laid, fill func(world.Record), start string) {
	total := decimal.Zero()
	for _, member := range []string{"AmountDue", "AmountPaid", "AmountCredited"} {
		if n, ok := at.set[member].(json.Number); ok {
			if d, err := decimal.Parse(n.String()); err == nil {
				total = total.Add(d)
			}
		}
	}
	worth := json.Number(total.String())
	if n, ok := at.set["Total"].(json.Number); ok {
		worth = n
	}
	for _, settled := range []string{"AmountDue", "AmountPaid", "AmountCredited", "Total", "SubTotal", "TotalTax", "Payments", "FullyPaidOnDate", "Prepayments", "Overpayments", "CreditNotes"} {
		delete(at.set, settled) // what the events bring about, and what follows from the line
	}
	at.set["LineItems"] = []any{map[string]any{
		"Description": "Line", "Quantity": json.Number("1"), "UnitAmount": worth, "AccountCode": "200", "TaxType": "NONE",
	}}
	at.set["LineAmountTypes"], at.set["Status"] = "NoTax", "AUTHORISED"
	fill(world.Record{"Type": "ACCREC", "Date": start, "DueDate": start, "CurrencyCode": "NZD"})
	contact, _ := at.set["Contact"].(map[string]any)
	if id, ok := contact["ContactID"].(string); !ok {
		at.set["Contact"] = map[string]any{"ContactID": g.demo.Xero["Contacts"][0]["ContactID"]}
	} else {
		at.set["Contact"] = map[string]any{"ContactID": id}
	}
}

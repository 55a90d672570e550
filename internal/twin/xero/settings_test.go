package xero_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/xero"
)

// step is one call of a story about settings and what must come of it.
type step struct {
	fact, method, path, body string
	want                     string // "" is a success, else the problem
}

// tell makes the calls one after the other. A path may hold one id, which an earlier
// step's answer gave under that name: "{A}" is the id of the record called A.
func tell(b *bench, steps []step) {
	ids := map[string]string{}
	for _, s := range steps {
		path := s.path
		for name, id := range ids {
			path = strings.ReplaceAll(path, "{"+name+"}", id)
		}
		a := b.call(s.method, path, s.body)
		if s.want != "" {
			if got := a.want(400).problems(); len(got) != 1 || got[0] != s.want {
				b.t.Errorf("%s: problems %q, want %s", s.fact, got, s.want)
			}
			continue
		}
		if a.code != 200 && a.code != 204 {
			b.t.Fatalf("%s: status %d: %s", s.fact, a.code, a.body)
		}
		for _, collection := range []string{"Accounts", "TaxRates", "TrackingCategories", "Options", "Items", "ContactGroups"} {
			for i := range a.list(collection) {
				for _, key := range []string{"AccountID", "TrackingCategoryID", "TrackingOptionID", "ItemID", "ContactGroupID", "TaxType"} {
					if id := a.text(collection, i, key); id != "" {
						ids[a.text(collection, i, "Name")] = id
						break
					}
				}
			}
		}
	}
}

func TestAccounts(t *testing.T) {
	b := open(t, shop)
	account := func(code, name, more string) string {
		return fmt.Sprintf(`{"Code":%q,"Name":%q,"Type":"REVENUE"%s}`, code, name, more)
	}
	sales := "/Accounts/7d05a53d-613d-4eb2-a2fc-dcb6adb80b80"
	debtors := "/Accounts/" + b.get(where("Accounts", `Code=="610"`)).text("Accounts", 0, "AccountID")
	tell(b, []step{
		{"made", "PUT", "/Accounts", account("201", "Web", ""), ""},
		{"name taken", "PUT", "/Accounts", account("202", "web", ""), "Please enter a unique Name."},
		{"code taken", "PUT", "/Accounts", account("201", "Other", ""), "Please enter a unique Code."},
		{"eleven characters", "PUT", "/Accounts", account("12345678901", "Other", ""), "Account Code is too long. Maximum of 10 characters allowed"},
		{"no code", "PUT", "/Accounts", `{"Name":"Other","Type":"REVENUE"}`, "Account code must be given"},
		{"no type", "PUT", "/Accounts", `{"Name":"Other","Code":"1"}`, "The type of the account is not valid"},
		{"unknown tax", "PUT", "/Accounts", account("203", "Other", `,"TaxType":"MOON"`), "TaxType code 'MOON' does not exist"},
		{"bank account without number", "PUT", "/Accounts", `{"Name":"Other","Type":"BANK"}`, "Bank account number must be given"},
		{"bank account in a foreign currency", "PUT", "/Accounts", `{"Name":"Other","Type":"BANK","BankAccountNumber":"1","CurrencyCode":"EUR"}`, "The current organisation is not subscribed to currency 'EUR'."},
		{"bank account", "PUT", "/Accounts", `{"Name":"Other","Type":"BANK","BankAccountNumber":"1"}`, ""},
		{"renamed", "POST", "/Accounts/{Web}", `{"Accounts":[{"Name":"Web shop"}]}`, ""},
		{"archived", "POST", "/Accounts/{Web}", `{"Accounts":[{"Status":"ARCHIVED"}]}`, ""},
		{"archived names stay taken", "PUT", "/Accounts", account("204", "Web shop", ""), "Please enter a unique Name."},
		{"and back", "POST", "/Accounts/{Web}", `{"Accounts":[{"Status":"ACTIVE"}]}`, ""},
		{"system account", "POST", debtors, `{"Accounts":[{"Status":"ARCHIVED"}]}`, "System accounts cannot be archived or deleted"},
		{"used on a document", "PUT", "/Invoices", `{"Invoices":[` + sale("A", line("1", "1")) + `]}`, ""},
		{"used account", "DELETE", sales, ``, "The account cannot be deleted as it has transactions"},
		{"deleted", "DELETE", "/Accounts/{Web}", ``, ""},
		{"deleted is the end", "POST", "/Accounts/{Web}", `{"Accounts":[{"Status":"ACTIVE"}]}`, "The account has been deleted"},
		{"code free again", "PUT", "/Accounts", account("201", "Web", ""), ""},
	})
	b.call("DELETE", debtors, "").want(400)
	b.call("DELETE", "/Accounts/"+harbour, "").want(404)
	b.call("POST", "/Accounts", `{}`, "X-Off-Spec", "no such operation").want(501)
	made := b.get(where("Accounts", `Code=="201" AND Status=="ACTIVE"`)).want(200)
	if got := made.text("Accounts", 0, "TaxType") + made.text("Accounts", 0, "Class"); got != "OUTPUT2REVENUE" {
		t.Errorf("account %s", made.body)
	}
	two := b.call("PUT", "/Accounts", `{"Accounts":[`+account("205", "First", "")+`,`+account("206", "Second", "")+`]}`, "X-Off-Spec", "more than one").want(200)
	if len(two.list("Accounts")) != 1 || len(b.get(where("Accounts", `Code=="206"`)).list("Accounts")) != 0 {
		t.Error("two accounts from one call")
	}
	refused := b.call("PUT", "/Accounts?summarizeErrors=false", account("201", "Other", ""), "X-Off-Spec", "no such parameter").want(400)
	if refused.text("Elements", 0, "AccountID") != "00000000-0000-0000-0000-000000000000" || refused.at("Elements", 0, "HasErrors") != nil {
		t.Errorf("refused account %s", refused.body)
	}
}

func TestTaxRates(t *testing.T) {
	b := open(t, shop)
	rate := func(name, more string) string {
		return fmt.Sprintf(`{"TaxRates":[{"Name":%q,"TaxComponents":[{"Name":"State","Rate":5},{"Name":"City","Rate":2.25,"IsCompound":true}]%s}]}`, name, more)
	}
	tell(b, []step{
		{"made", "PUT", "/TaxRates", rate("Both", `,"ReportTaxType":"OUTPUT"`), ""},
		{"made for all", "PUT", "/TaxRates", rate("Costs", `,"ReportTaxType":"INPUT"`), ""},
		{"name taken", "PUT", "/TaxRates", rate("both", `,"ReportTaxType":"OUTPUT"`), "A tax rate with the name 'Both' already exists"},
		{"type taken", "PUT", "/TaxRates", rate("More", `,"ReportTaxType":"OUTPUT","TaxType":"TAX001"`), "A tax rate with the name 'Both' already exists"},
		{"no report type", "PUT", "/TaxRates", rate("More", ""), "ReportTaxType must be specified"},
		{"no components", "PUT", "/TaxRates", `{"TaxRates":[{"Name":"More","ReportTaxType":"OUTPUT"}]}`, "At least one tax component must be specified"},
		{"component without rate", "PUT", "/TaxRates", `{"TaxRates":[{"Name":"More","ReportTaxType":"OUTPUT","TaxComponents":[{"Name":"x"}]}]}`, "Each tax component needs a name and a rate"},
		{"the vendor's own look-up", "PUT", "/TaxRates", rate("More", `,"ReportTaxType":"USSALESTAX"`), "The TaxType code 'USSALESTAX' cannot be used through the API"},
		{"system rate", "POST", "/TaxRates", `{"TaxRates":[{"TaxType":"OUTPUT2","Status":"DELETED"}]}`, "System tax rates cannot be changed"},
		{"component gone", "POST", "/TaxRates", `{"TaxRates":[{"Name":"Both","TaxComponents":[{"Name":"State","Rate":5}]}]}`, "Tax components cannot be removed or renamed"},
		{"component added", "POST", "/TaxRates", `{"TaxRates":[{"TaxType":"TAX001","TaxComponents":[{"Name":"State","Rate":5},{"Name":"City","Rate":2.25,"IsCompound":true},{"Name":"Port","Rate":1}]}]}`, ""},
		{"renamed", "POST", "/TaxRates", `{"TaxRates":[{"TaxType":"TAX001","Name":"All three"}]}`, ""},
		{"on a line", "PUT", "/Invoices", `{"Invoices":[` + sale("A", with(line("1", "100"), `"200"`, `"200","TaxType":"TAX001"`)) + `]}`, ""},
		{"not on sales", "PUT", "/Invoices", `{"Invoices":[` + sale("B", with(line("1", "100"), `"200"`, `"200","TaxType":"TAX002"`)) + `]}`, "The TaxType code 'TAX002' cannot be used with account code '200'."},
		{"deleted", "POST", "/TaxRates", `{"TaxRates":[{"TaxType":"TAX001","Status":"DELETED"}]}`, ""},
		{"deleted on a line", "PUT", "/Invoices", `{"Invoices":[` + sale("C", with(line("1", "100"), `"200"`, `"200","TaxType":"TAX001"`)) + `]}`, "The tax rate of TaxType code 'TAX001' must be active"},
		{"name free again", "PUT", "/TaxRates", rate("All three", `,"ReportTaxType":"OUTPUT"`), ""},
	})
	a := b.get("/TaxRates/TAX001").want(200)
	got := []string{
		a.text("TaxRates", 0, "DisplayTaxRate"), a.text("TaxRates", 0, "EffectiveRate"), a.text("TaxRates", 0, "Status"),
		a.text("TaxRates", 0, "CanApplyToRevenue"), a.text("TaxRates", 0, "CanApplyToExpenses"), b.get("/Invoices/A").text("Invoices", 0, "TotalTax"),
	}
	if diff := cmp.Diff([]string{"8.2500", "8.3850", "DELETED", "true", "false", "8.39"}, got); diff != "" {
		t.Error(diff)
	}
	if got := b.get(where("TaxRates", `Name=="All three" AND Status=="ACTIVE"`)).text("TaxRates", 0, "TaxType"); got != "TAX003" {
		t.Errorf("third rate is %s", got)
	}
	global := open(t, func(o *xero.Options) { o.Region = "US" })
	global.call("PUT", "/TaxRates", rate("Free", "")).want(200)
}

func TestTracking(t *testing.T) {
	b := open(t, shop)
	use := func(number, name, option string) string {
		return `{"Invoices":[` + sale(number, with(line("1", "1"), `"AccountCode"`, fmt.Sprintf(`"Tracking":[{"Name":%q,"Option":%q}],"AccountCode"`, name, option))) + `]}`
	}
	const invalid = "The tracking category or option is not valid"
	tell(b, []step{
		{"made", "PUT", "/TrackingCategories", `{"Name":"Region"}`, ""},
		{"option", "PUT", "/TrackingCategories/{Region}/Options", `{"Name":"North"}`, ""},
		{"second option", "PUT", "/TrackingCategories/{Region}/Options", `{"Name":"South"}`, ""},
		{"option taken", "PUT", "/TrackingCategories/{Region}/Options", `{"Name":"north"}`, "Each tracking option needs a name of its own"},
		{"option without name", "PUT", "/TrackingCategories/{Region}/Options", `{}`, "Each tracking option needs a name of its own"},
		{"name taken", "PUT", "/TrackingCategories", `{"Name":"REGION"}`, "A tracking category with this name already exists"},
		{"no name", "PUT", "/TrackingCategories", `{}`, "The name of the tracking category must be specified"},
		{"used", "PUT", "/Invoices", use("A", "region", "NORTH"), ""},
		{"option renamed", "POST", "/TrackingCategories/{Region}/Options/{South}", `{"Name":"Deep South"}`, ""},
		{"option archived", "POST", "/TrackingCategories/{Region}/Options/{South}", `{"Status":"ARCHIVED"}`, ""},
		{"archived option on a line", "PUT", "/Invoices", use("B", "Region", "Deep South"), invalid},
		{"option deleted", "DELETE", "/TrackingCategories/{Region}/Options/{North}", ``, ""},
		{"deleted option on a line", "PUT", "/Invoices", use("B", "Region", "North"), invalid},
		{"second category", "PUT", "/TrackingCategories", `{"Name":"Team"}`, ""},
		{"third category", "PUT", "/TrackingCategories", `{"Name":"Third"}`, "An organisation can have at most 2 active and 4 tracking categories in total"},
		{"renamed", "POST", "/TrackingCategories/{Team}", `{"Name":"Squad"}`, ""},
		{"archived", "POST", "/TrackingCategories/{Squad}", `{"Status":"ARCHIVED"}`, ""},
		{"third category now", "PUT", "/TrackingCategories", `{"Name":"Third"}`, ""},
		{"archived, too", "POST", "/TrackingCategories/{Third}", `{"Status":"ARCHIVED"}`, ""},
		{"fourth", "PUT", "/TrackingCategories", `{"Name":"Fourth"}`, ""},
		{"no room for an archived one", "POST", "/TrackingCategories/{Squad}", `{"Status":"ACTIVE"}`, "An organisation can have at most 2 active and 4 tracking categories in total"},
		{"no fifth", "POST", "/TrackingCategories/{Fourth}", `{"Status":"ARCHIVED"}`, ""},
		{"fifth", "PUT", "/TrackingCategories", `{"Name":"Fifth"}`, "An organisation can have at most 2 active and 4 tracking categories in total"},
		{"deleted", "DELETE", "/TrackingCategories/{Fourth}", ``, ""},
	})
	b.call("PUT", "/TrackingCategories", `{"Name":"`+strings.Repeat("x", 101)+`"}`, "X-Off-Spec", "too long").want(400)
	for path, want := range map[string]string{"": "Region ", "?includeArchived=true": "Region Deep South Squad Third "} {
		var got strings.Builder
		for _, e := range b.get("/TrackingCategories" + path).want(200).list("TrackingCategories") {
			got.WriteString(e.(object)["Name"].(string) + " ")
			for _, o := range e.(object)["Options"].([]any) {
				got.WriteString(o.(object)["Name"].(string) + " ")
			}
		}
		if sorted(got.String()) != sorted(want) {
			t.Errorf("categories%s: %s, want %s", path, got.String(), want)
		}
	}
	for _, gone := range b.twin.All("TrackingCategories") {
		if gone["Status"] == "DELETED" {
			b.get("/TrackingCategories/" + gone["TrackingCategoryID"].(string)).want(404)
			b.call("DELETE", "/TrackingCategories/"+gone["TrackingCategoryID"].(string), "").want(404)
			b.call("PUT", "/TrackingCategories/"+gone["TrackingCategoryID"].(string)+"/Options", `{"Name":"x"}`).want(404)
		}
	}
}

func sorted(words string) string {
	list := strings.Fields(words)
	slices.Sort(list)
	return strings.Join(list, " ")
}

func TestItemsOfStock(t *testing.T) {
	b := open(t, shop)
	many := strings.Repeat(`{"Code":"X"},`, 501)
	if got := b.call("PUT", "/Items", `{"Items":[`+strings.TrimSuffix(many, ",")+`]}`).want(400).text("Message"); got != "At most 500 items can be sent in one request" {
		t.Errorf("501 items: %s", got)
	}
	tell(b, []step{
		{"inventory needs both accounts", "PUT", "/Items", `{"Items":[{"Code":"TEE","Name":"Tee","InventoryAssetAccountCode":"630"}]}`, "Tracked items need an inventory asset account and a cost of goods sold account"},
		{"and one of type INVENTORY", "PUT", "/Items", `{"Items":[{"Code":"TEE","Name":"Tee","InventoryAssetAccountCode":"200","PurchaseDetails":{"COGSAccountCode":"310"}}]}`, "Tracked items need an inventory asset account and a cost of goods sold account"},
		{"tracked", "PUT", "/Items", `{"Items":[{"Code":"TEE","Name":"Tee","InventoryAssetAccountCode":"630","PurchaseDetails":{"COGSAccountCode":"310"}}]}`, ""},
		{"used", "PUT", "/Invoices", `{"Invoices":[` + with(sale("A", with(line("1", "1"), `"AccountCode"`, `"ItemCode":"TEE","AccountCode"`)), "AUTHORISED", "DRAFT") + `]}`, ""},
		{"used item stays", "DELETE", "/Items/TEE", ``, "The item cannot be deleted as it has transactions"},
		{"item without stock", "DELETE", "/Items/SAW", ``, ""},
	})
	b.get("/Items/SAW").want(404)
	b.call("DELETE", "/Items/SAW", "").want(404)
	a := b.get("/Items/TEE").want(200)
	if got := a.text("Items", 0, "IsTrackedAsInventory") + a.text("Items", 0, "QuantityOnHand"); got != "true0.0000" {
		t.Errorf("stock %s", got)
	}
}

func TestActions(t *testing.T) {
	b := open(t, func(o *xero.Options) {
		o.Organisation = object{"Actions": []any{object{"Name": "UseMulticurrency", "Status": "NOT-ALLOWED"}}}
	})
	var got strings.Builder
	for _, e := range b.get("/Organisation/Actions").want(200).list("Actions") {
		if action := e.(object); action["Status"] != "ALLOWED" {
			got.WriteString(action["Name"].(string) + " ")
		}
	}
	if got.String() != "UseMulticurrency ApproveTransactionsBeforePeriodLockDate " {
		t.Errorf("not allowed: %s", got.String())
	}
	if b.get("/Organisation").at("Organisations", 0, "Actions") != nil {
		t.Error("the organisation shows what is a call of its own")
	}
}

package salesforce

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestGetRecord(t *testing.T) {
	c := serve(t, nil)
	status, got := c.do(http.MethodGet, "/sobjects/Account/"+acme[:15], "")
	want := map[string]any{
		"attributes": map[string]any{"type": "Account", "url": base + "/sobjects/Account/" + acme},
		"Id":         acme, "IsDeleted": false, "Name": "Acme Ltd", "Type": nil, "MasterRecordId": nil, "ParentId": nil,
		"BillingStreet": nil, "BillingCity": "Auckland", "BillingState": nil, "BillingPostalCode": nil, "BillingCountry": "New Zealand",
		"BillingLatitude": nil, "BillingLongitude": nil, "BillingGeocodeAccuracy": nil,
		"BillingAddress": map[string]any{
			"street": nil, "city": "Auckland", "state": nil, "postalCode": nil, "country": "New Zealand",
			"latitude": nil, "longitude": nil, "geocodeAccuracy": nil,
		},
		"ShippingStreet": nil, "ShippingCity": nil, "ShippingState": nil, "ShippingPostalCode": nil, "ShippingCountry": nil, "ShippingAddress": nil,
		"ShippingLatitude": nil, "ShippingLongitude": nil, "ShippingGeocodeAccuracy": nil, "Ownership": nil, "TickerSymbol": nil, "Site": nil,
		"Sic": nil, "SicDesc": nil, "PhotoUrl": nil, "AccountSource": nil, "LastActivityDate": nil, "LastViewedDate": nil, "LastReferencedDate": nil,
		"Phone": nil, "Fax": nil, "AccountNumber": nil, "Website": nil, "Industry": nil, "AnnualRevenue": num("1200000.0"),
		"NumberOfEmployees": nil, "Description": nil, "Rating": nil, "OwnerId": ID("User", 1), "Xero_Contact_Id__c": nil,
		"CreatedDate": "2026-11-22T10:08:01.000+0000", "CreatedById": ID("User", 1),
		"LastModifiedDate": "2026-11-22T10:08:01.000+0000", "LastModifiedById": ID("User", 1), "SystemModstamp": "2026-11-22T10:08:01.000+0000",
	}
	if diff := cmp.Diff(any(want), got); status != http.StatusOK || diff != "" {
		t.Errorf("status %d, account (-want +got):\n%s", status, diff)
	}
	_, got = c.do(http.MethodGet, "/sobjects/contact/"+ID("Contact", 1)+"?fields=name,EMAIL,Name", "")
	want = map[string]any{
		"attributes": map[string]any{"type": "Contact", "url": base + "/sobjects/Contact/" + ID("Contact", 1)},
		"Name":       "Ana Reid", "Email": "ana@acme.example", "Id": ID("Contact", 1),
	}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("contact with ?fields= (-want +got):\n%s", diff)
	}
}

func TestCreateUpdateDelete(t *testing.T) {
	c := serve(t, nil)
	status, body, _ := c.exchange(http.MethodPost, "/sobjects/Account",
		`{"attributes":{"type":"Account"},"name":"Zed","AnnualRevenue":1234.5,"Phone":"","NumberOfEmployees":12}`, offSpec()) // a name in other case
	made := body.(map[string]any)
	id, _ := made["id"].(string)
	delete(made, "id")
	if diff := cmp.Diff(map[string]any{"success": true, "errors": []any{}}, made); status != http.StatusCreated || diff != "" || !strings.HasPrefix(id, "001") {
		t.Fatalf("create: status %d, id %q, rest (-want +got):\n%s", status, id, diff)
	}
	c.clock.Advance(90 * time.Second)
	if status, body := c.do(http.MethodPatch, "/sobjects/Account/"+id[:15], `{"BillingCountry":"NZ","NumberOfEmployees":null}`); status != http.StatusNoContent || body != nil {
		t.Errorf("update: status %d, body %v, want an empty 204", status, body)
	}
	got, _ := c.twin.Get("Account", id)
	want := map[string]any{
		"Id": id, "Name": "Zed", "AnnualRevenue": num("1235"), "BillingCountry": "NZ", "OwnerId": ID("User", 1), "IsDeleted": false,
		"CreatedDate": "2026-11-22T10:08:01.000+0000", "CreatedById": ID("User", 1),
		"LastModifiedDate": "2026-11-22T10:09:31.000+0000", "LastModifiedById": ID("User", 1), "SystemModstamp": "2026-11-22T10:09:31.000+0000",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if status, _ := c.do(http.MethodDelete, "/sobjects/Account/"+id, ""); status != http.StatusNoContent {
		t.Errorf("delete: status %d, want 204", status)
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		if status, code, _ := c.refused(method, "/sobjects/Account/"+id, ""); status != http.StatusNotFound || code != "ENTITY_IS_DELETED" {
			t.Errorf("%s of a deleted record: %d %s, want 404 ENTITY_IS_DELETED", method, status, code)
		}
	}
	if status, _ := c.do(http.MethodPost, "/sobjects/Account/"+acme+"?_HttpMethod=PATCH", `{"Fax":"1"}`); status != http.StatusNoContent {
		t.Errorf("PATCH by _HttpMethod: status %d, want 204", status)
	}
}

func TestRefusals(t *testing.T) {
	opp := `"StageName":"Prospecting","CloseDate":"2026-12-01"`
	tests := []struct {
		name, method, path, body string
		status                   int
		code, message            string
	}{
		{"required", "POST", "/sobjects/Opportunity", `{"Amount":1}`, 400, "REQUIRED_FIELD_MISSING", "[Name, StageName, CloseDate]"},
		{"required made null", "PATCH", "/sobjects/Opportunity/" + deal, `{"Name":null}`, 400, "REQUIRED_FIELD_MISSING", "[Name]"},
		{"required made empty", "PATCH", "/sobjects/Opportunity/" + deal, `{"CloseDate":""}`, 400, "REQUIRED_FIELD_MISSING", "[CloseDate]"},
		{"unknown field", "POST", "/sobjects/Account", `{"Name":"x","Nmae":"y"}`, 400, "INVALID_FIELD", "No such column 'Nmae' on sobject of type Account"},
		{"id in body", "PATCH", "/sobjects/Account/" + acme, `{"Id":"` + acme + `"}`, 400, "INVALID_FIELD", "The Id field should not be specified"},
		{"unknown in fields", "GET", "/sobjects/Account/" + acme + "?fields=Id,Foo", "", 400, "INVALID_FIELD", "'Foo'"},
		{"too long", "POST", "/sobjects/Opportunity", `{"Name":"` + strings.Repeat("ö", 121) + `",` + opp + `}`, 400, "STRING_TOO_LONG", "(max length=120)"},
		{"read-only", "PATCH", "/sobjects/Opportunity/" + deal, `{"IsWon":true,"Name":"x","CreatedDate":"2020-01-01T00:00:00Z"}`, 400, "INVALID_FIELD_FOR_INSERT_UPDATE", "CreatedDate, IsWon"},
		{"create only", "PATCH", "/sobjects/OpportunityLineItem/" + line1, `{"OpportunityId":"` + bare + `"}`, 400, "INVALID_FIELD_FOR_INSERT_UPDATE", "OpportunityId"},
		{"picklist", "PATCH", "/sobjects/Opportunity/" + deal, `{"StageName":"Won"}`, 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Won"},
		{"picklist null", "PATCH", "/sobjects/Opportunity/" + deal, `{"StageName":null}`, 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "null"},
		{"not found", "GET", "/sobjects/Account/" + ID("Account", 999), "", 404, "NOT_FOUND", ""},
		{"id of another object", "GET", "/sobjects/Account/" + deal, "", 404, "NOT_FOUND", ""},
		{"no such object", "GET", "/sobjects/Acount/" + acme, "", 404, "NOT_FOUND", ""},
		{"no such resource", "GET", "/sobject", "", 404, "NOT_FOUND", ""},
		{"malformed id", "GET", "/sobjects/Account/001", "", 400, "MALFORMED_ID", "001"},
		{"malformed reference", "POST", "/sobjects/Contact", `{"LastName":"x","AccountId":"acme"}`, 400, "MALFORMED_ID", "id value of incorrect type: acme"},
		{"reference to another object", "POST", "/sobjects/Contact", `{"LastName":"x","AccountId":"` + deal + `"}`, 400, "MALFORMED_ID", "id value of incorrect type"},
		{"reference to nothing", "POST", "/sobjects/Contact", `{"LastName":"x","AccountId":"` + ID("Account", 999) + `"}`, 400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"},
		{"not json", "POST", "/sobjects/Account", `{"Name":`, 400, "JSON_PARSER_ERROR", ""},
		{"not an object", "POST", "/sobjects/Account", `[]`, 400, "JSON_PARSER_ERROR", ""},
		{"null body", "POST", "/sobjects/Account", `null`, 400, "JSON_PARSER_ERROR", ""},
		{"two objects", "POST", "/sobjects/Account", `{"Name":"x"}{}`, 400, "JSON_PARSER_ERROR", ""},
		{"text for number", "PATCH", "/sobjects/Account/" + acme, `{"AnnualRevenue":"many"}`, 400, "JSON_PARSER_ERROR", "currency"},
		{"fraction for integer", "PATCH", "/sobjects/Account/" + acme, `{"NumberOfEmployees":1.5}`, 400, "JSON_PARSER_ERROR", "int"},
		{"number for text", "PATCH", "/sobjects/Account/" + acme, `{"Name":5}`, 400, "JSON_PARSER_ERROR", "string"},
		{"null for boolean", "PATCH", "/sobjects/Opportunity/" + deal, `{"IsPrivate":null}`, 400, "JSON_PARSER_ERROR", "boolean"},
		{"object for text", "PATCH", "/sobjects/Account/" + acme, `{"Name":{}}`, 400, "JSON_PARSER_ERROR", "START_OBJECT"},
		{"bad date", "PATCH", "/sobjects/Opportunity/" + deal, `{"CloseDate":"2026-02-30"}`, 400, "JSON_PARSER_ERROR", "date"},
		{"too many digits", "PATCH", "/sobjects/Opportunity/" + bare, `{"Amount":12345678901234567}`, 400, "NUMBER_OUTSIDE_VALID_RANGE", ""},
		{"exponent without end", "PATCH", "/sobjects/Opportunity/" + bare, `{"Amount":1e90}`, 400, "NUMBER_OUTSIDE_VALID_RANGE", ""},
		{"email", "PATCH", "/sobjects/Contact/" + ID("Contact", 1), `{"Email":"ana at acme"}`, 400, "INVALID_EMAIL_ADDRESS", "ana at acme"},
		{"discount over 100", "PATCH", "/sobjects/OpportunityLineItem/" + line1, `{"Discount":100.01}`, 400, "NUMBER_OUTSIDE_VALID_RANGE", ""},
		{"both prices", "PATCH", "/sobjects/OpportunityLineItem/" + line1, `{"UnitPrice":1,"TotalPrice":2}`, 400, "FIELD_INTEGRITY_EXCEPTION", "only one of"},
		{"neither price", "POST", "/sobjects/OpportunityLineItem", `{"OpportunityId":"` + deal + `","PricebookEntryId":"` + widgetAt + `","Quantity":1}`, 400, "REQUIRED_FIELD_MISSING", "UnitPrice"},
		{"no entry", "POST", "/sobjects/OpportunityLineItem", `{"OpportunityId":"` + deal + `","Quantity":1,"UnitPrice":1}`, 400, "REQUIRED_FIELD_MISSING", "PricebookEntryId"},
		{"other book", "POST", "/sobjects/OpportunityLineItem", `{"OpportunityId":"` + deal + `","PricebookEntryId":"` + ID("PricebookEntry", 1) + `","Quantity":1,"UnitPrice":1}`, 400, "FIELD_INTEGRITY_EXCEPTION", "different pricebook"},
		{"zero quantity", "PATCH", "/sobjects/OpportunityLineItem/" + line1, `{"Quantity":0}`, 400, "FIELD_INTEGRITY_EXCEPTION", "zero"},
		{"book under lines", "PATCH", "/sobjects/Opportunity/" + deal, `{"Pricebook2Id":"` + standard + `"}`, 400, "FIELD_INTEGRITY_EXCEPTION", "price book"},
		{"second entry", "POST", "/sobjects/PricebookEntry", `{"Pricebook2Id":"` + book + `","Product2Id":"` + widget + `","UnitPrice":1}`, 400, "DUPLICATE_VALUE", widgetAt},
		{"product in use", "DELETE", "/sobjects/Product2/" + widget, "", 400, "DELETE_FAILED", "Widget"},
		{"create of a stage", "POST", "/sobjects/OpportunityStage", `{}`, 405, "METHOD_NOT_ALLOWED", ""},
		{"delete of a user", "DELETE", "/sobjects/User/" + ID("User", 1), "", 405, "METHOD_NOT_ALLOWED", ""},
		{"put", "PUT", "/sobjects/Account/" + acme, `{}`, 405, "METHOD_NOT_ALLOWED", ""},
		{"post to describe", "POST", "/sobjects/Account/describe", `{}`, 405, "METHOD_NOT_ALLOWED", ""},
		{"post to query", "POST", "/query", `{}`, 405, "METHOD_NOT_ALLOWED", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, nil)
			before := c.twin.Snapshot()
			status, code, message := c.refused(tt.method, tt.path, tt.body)
			if status != tt.status || code != tt.code || !strings.Contains(message, tt.message) {
				t.Errorf("got %d %s %q, want %d %s with %q", status, code, message, tt.status, tt.code, tt.message)
			}
			if after := c.twin.Snapshot(); !reflect.DeepEqual(before, after) {
				t.Errorf("a refused call changed the org (-before +after):\n%s", cmp.Diff(before, after))
			}
		})
	}
}

func TestErrorBodyIsAnArrayWithFields(t *testing.T) {
	c := serve(t, nil)
	_, body := c.do(http.MethodPost, "/sobjects/Contact", `{}`)
	want := []any{map[string]any{"message": "Required fields are missing: [LastName]", "errorCode": "REQUIRED_FIELD_MISSING", "fields": []any{"LastName"}}}
	if diff := cmp.Diff(any(want), body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestWrongMediaTypeIsRefused(t *testing.T) {
	c := serve(t, nil)
	status, _, _ := c.exchange(http.MethodPost, "/sobjects/Account", `Name=x`, map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
	if status != http.StatusUnsupportedMediaType {
		t.Errorf("a form to create: status %d, want 415", status)
	}
}

// opp reads an opportunity's fields over HTTP.
func (c *client) fields(object, id, names string) map[string]any {
	c.t.Helper()
	status, body := c.do(http.MethodGet, "/sobjects/"+object+"/"+id+"?fields="+names, "")
	if status != http.StatusOK {
		c.t.Fatalf("get %s %s: %d %v", object, id, status, body)
	}
	m := body.(map[string]any)
	delete(m, "attributes")
	delete(m, "Id")
	return m
}

func (c *client) patch(object, id, body string) {
	c.t.Helper()
	if status, got := c.do(http.MethodPatch, "/sobjects/"+object+"/"+id, body); status != http.StatusNoContent {
		c.t.Fatalf("patch %s %s %s: %d %v", object, id, body, status, got)
	}
}

func TestStageDecides(t *testing.T) {
	names := "IsWon,IsClosed,Probability,ForecastCategory,ForecastCategoryName,LastStageChangeDate,ExpectedRevenue"
	tests := []struct {
		body string
		want map[string]any
	}{
		{`{"StageName":"Closed Won"}`, map[string]any{
			"IsWon": true, "IsClosed": true, "Probability": num("100.0"), "ForecastCategory": "Closed", "ForecastCategoryName": "Closed",
			"LastStageChangeDate": "2026-11-22T10:08:06.000+0000", "ExpectedRevenue": num("500.0"),
		}},
		{`{"StageName":"Closed Lost"}`, map[string]any{
			"IsWon": false, "IsClosed": true, "Probability": num("0.0"), "ForecastCategory": "Omitted", "ForecastCategoryName": "Omitted",
			"LastStageChangeDate": "2026-11-22T10:08:06.000+0000", "ExpectedRevenue": num("0.0"),
		}},
		{`{"StageName":"Negotiation/Review","Probability":35}`, map[string]any{
			"IsWon": false, "IsClosed": false, "Probability": num("35.0"), "ForecastCategory": "Forecast", "ForecastCategoryName": "Commit",
			"LastStageChangeDate": "2026-11-22T10:08:06.000+0000", "ExpectedRevenue": num("175.0"),
		}},
		{`{"StageName":"Prospecting","ForecastCategoryName":"Best Case"}`, map[string]any{ // the stage it is in already
			"IsWon": false, "IsClosed": false, "Probability": num("10.0"), "ForecastCategory": "BestCase", "ForecastCategoryName": "Best Case",
			"LastStageChangeDate": nil, "ExpectedRevenue": num("50.0"),
		}},
	}
	for _, tt := range tests {
		t.Run(tt.body, func(t *testing.T) {
			c := serve(t, nil)
			c.clock.Advance(5 * time.Second)
			c.patch("Opportunity", bare, tt.body)
			if diff := cmp.Diff(tt.want, c.fields("Opportunity", bare, names)); diff != "" {
				t.Errorf("opportunity (-want +got):\n%s", diff)
			}
		})
	}
}

// TestForecastCategoryIsNeverEmpty: who clears it has that of the stage.
func TestForecastCategoryIsNeverEmpty(t *testing.T) {
	for _, otherwise := range [][]string{nil, {doubtEmptyText}} {
		c := serve(t, func(o *Options) { o.Otherwise = otherwise })
		want := map[string]any{"ForecastCategory": "Pipeline", "ForecastCategoryName": "Pipeline"}
		for _, empty := range []string{`null`, `""`} {
			c.exchange(http.MethodPatch, "/sobjects/Opportunity/"+bare, `{"ForecastCategoryName":`+empty+`}`, offSpec())
			if diff := cmp.Diff(want, c.fields("Opportunity", bare, "ForecastCategory,ForecastCategoryName")); diff != "" {
				t.Errorf("cleared by %s (-want +got):\n%s", empty, diff)
			}
		}
		reload(t, c.twin, c.clock)
	}
}

func TestAmountFollowsLines(t *testing.T) {
	c := serve(t, nil)
	names := "Amount,TotalOpportunityQuantity,HasOpportunityLineItem,SystemModstamp"
	check := func(step, amount, quantity, stamp string, has bool) {
		t.Helper()
		want := map[string]any{"Amount": num(amount), "TotalOpportunityQuantity": num(quantity), "HasOpportunityLineItem": has, "SystemModstamp": "2026-11-22T" + stamp + ".000+0000"}
		if diff := cmp.Diff(want, c.fields("Opportunity", deal, names)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step, diff)
		}
	}
	c.clock.Advance(time.Second)
	c.patch("Opportunity", deal, `{"Amount":9999,"TotalOpportunityQuantity":7}`) // ignored without a word
	check("write to Amount", "54.93", "4.5", "10:08:02", true)
	c.clock.Advance(time.Second)
	status, body, _ := c.exchange(http.MethodPost, "/sobjects/OpportunityLineItem",
		`{"OpportunityId":"`+deal+`","PricebookEntryId":"`+widgetAt+`","Quantity":2,"UnitPrice":"10.005"}`, offSpec()) // a number as text
	if status != http.StatusCreated {
		t.Fatalf("create of a line: %d %v", status, body)
	}
	check("a third line", "74.95", "6.5", "10:08:03", true)
	c.clock.Advance(time.Second)
	id := body.(map[string]any)["id"].(string)
	for _, line := range []string{id, line1, line2} {
		if status, _ := c.do(http.MethodDelete, "/sobjects/OpportunityLineItem/"+line, ""); status != http.StatusNoContent {
			t.Fatalf("delete of line %s: status %d", line, status)
		}
	}
	check("no lines", "29.99", "1.5", "10:08:04", false) // the last sum stays, and can be written again
	c.patch("Opportunity", deal, `{"Amount":9999}`)
	check("write to Amount without lines", "9999.0", "1.5", "10:08:04", false)
}

// TestLinePrices is the arithmetic of a line, and which field gives way on a change.
func TestLinePrices(t *testing.T) {
	names := "Quantity,UnitPrice,Discount,TotalPrice,Subtotal"
	row := func(q, u string, d any, total, sub string) map[string]any {
		return map[string]any{"Quantity": num(q), "UnitPrice": num(u), "Discount": d, "TotalPrice": num(total), "Subtotal": num(sub)}
	}
	tests := []struct {
		body string
		want map[string]any
	}{
		{`{}`, row("3.0", "9.5", num("12.5"), "24.94", "28.5")},
		{`{"Discount":null}`, row("3.0", "9.5", nil, "28.5", "28.5")},
		{`{"Discount":100}`, row("3.0", "9.5", num("100.0"), "0.0", "28.5")},
		{`{"UnitPrice":10}`, row("3.0", "10.0", num("12.5"), "26.25", "30.0")},
		{`{"UnitPrice":0.005}`, row("3.0", "0.01", num("12.5"), "0.03", "0.03")},                           // rounded to the scale before it counts
		{`{"Quantity":6}`, row("6.0", "4.75", num("12.5"), "24.94", "28.5")},                               // the total stays
		{`{"Quantity":6,"UnitPrice":9.5}`, row("6.0", "9.5", num("12.5"), "49.88", "57.0")},                // 49.875
		{`{"TotalPrice":10,"Discount":null}`, row("3.0", "3.33", nil, "10.0", "9.99")},                     // a typed total and its cent
		{`{"TotalPrice":10}`, row("3.0", "3.81", num("12.5"), "10.0", "11.43")},                            // 10 ÷ 2.625 is 3.8095…
		{`{"Quantity":-2,"UnitPrice":9.5,"Discount":0}`, row("-2.0", "9.5", num("0.0"), "-19.0", "-19.0")}, // a credit
		{`{"Description":"x"}`, row("3.0", "9.5", num("12.5"), "24.94", "28.5")},
	}
	for _, tt := range tests {
		t.Run(tt.body, func(t *testing.T) {
			c := serve(t, nil)
			c.patch("OpportunityLineItem", line1, tt.body)
			if diff := cmp.Diff(tt.want, c.fields("OpportunityLineItem", line1, names)); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a typed total outlives other edits", func(t *testing.T) {
		c := serve(t, nil)
		c.patch("OpportunityLineItem", line1, `{"TotalPrice":10,"Discount":null}`)
		c.patch("OpportunityLineItem", line1, `{"Description":"x"}`)
		if diff := cmp.Diff(row("3.0", "3.33", nil, "10.0", "9.99"), c.fields("OpportunityLineItem", line1, names)); diff != "" {
			t.Errorf("line (-want +got):\n%s", diff)
		}
	})
}

func TestLineTakesFromEntryAndNames(t *testing.T) {
	c := serve(t, nil)
	status, body := c.do(http.MethodPost, "/sobjects/OpportunityLineItem", fmt.Sprintf(`{"OpportunityId":%q,"PricebookEntryId":%q,"Quantity":1,"TotalPrice":5}`, bare, gadgAt))
	if status != http.StatusCreated {
		t.Fatalf("create: %d %v", status, body)
	}
	id := body.(map[string]any)["id"].(string)
	want := map[string]any{"Name": "No lines Gadget", "ProductCode": "G-1", "Product2Id": gadget, "ListPrice": num("19.99"), "UnitPrice": num("5.0")}
	if diff := cmp.Diff(want, c.fields("OpportunityLineItem", id, "Name,ProductCode,Product2Id,ListPrice,UnitPrice")); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
	if got := c.fields("Opportunity", bare, "Pricebook2Id")["Pricebook2Id"]; got != book {
		t.Errorf("price book after the first line = %v, want %s", got, book)
	}
	c.patch("Opportunity", bare, `{"Name":"Renamed"}`)
	if got := c.fields("OpportunityLineItem", id, "Name")["Name"]; got != "Renamed Gadget" {
		t.Errorf("line name after the deal was renamed = %v", got)
	}
	// A line by product alone finds the entry of the deal's book.
	status, body = c.do(http.MethodPost, "/sobjects/OpportunityLineItem", fmt.Sprintf(`{"OpportunityId":%q,"Product2Id":%q,"Quantity":1,"UnitPrice":5}`, bare, widget))
	if status != http.StatusCreated {
		t.Fatalf("create by product: %d %v", status, body)
	}
	if got := c.fields("OpportunityLineItem", body.(map[string]any)["id"].(string), "PricebookEntryId")["PricebookEntryId"]; got != widgetAt {
		t.Errorf("entry = %v, want %s", got, widgetAt)
	}
}

func TestPricesNeedAStandardPrice(t *testing.T) {
	c := serve(t, nil)
	product, err := c.twin.Create("Product2", map[string]any{"Name": "New", "IsActive": true})
	if err != nil {
		t.Fatal(err)
	}
	entry := func(book string) string {
		return fmt.Sprintf(`{"Pricebook2Id":%q,"Product2Id":%q,"UnitPrice":7,"IsActive":true}`, book, product)
	}
	if status, code, _ := c.refused(http.MethodPost, "/sobjects/PricebookEntry", entry(book)); status != 400 || code != "STANDARD_PRICE_NOT_DEFINED" {
		t.Errorf("custom price first: %d %s, want 400 STANDARD_PRICE_NOT_DEFINED", status, code)
	}
	for _, b := range []string{standard, book} {
		if status, body := c.do(http.MethodPost, "/sobjects/PricebookEntry", entry(b)); status != http.StatusCreated {
			t.Errorf("entry in %s: %d %v", b, status, body)
		}
	}
}

func TestTasks(t *testing.T) {
	c := serve(t, nil)
	status, body := c.do(http.MethodPost, "/sobjects/Task", `{"Subject":"Chase","WhatId":"`+deal+`","WhoId":"`+ID("Contact", 1)+`"}`)
	if status != http.StatusCreated {
		t.Fatalf("create: %d %v", status, body)
	}
	id := body.(map[string]any)["id"].(string)
	names := "Status,Priority,IsClosed,AccountId,CompletedDateTime,OwnerId"
	want := map[string]any{"Status": "Not Started", "Priority": "Normal", "IsClosed": false, "AccountId": acme, "CompletedDateTime": nil, "OwnerId": ID("User", 1)}
	if diff := cmp.Diff(want, c.fields("Task", id, names)); diff != "" {
		t.Errorf("new task (-want +got):\n%s", diff)
	}
	c.patch("Task", id, `{"Status":"Completed"}`)
	want["Status"], want["IsClosed"], want["CompletedDateTime"] = "Completed", true, "2026-11-22T10:08:01.000+0000"
	if diff := cmp.Diff(want, c.fields("Task", id, names)); diff != "" {
		t.Errorf("done task (-want +got):\n%s", diff)
	}
}

func TestDeletedRecordsInQueries(t *testing.T) {
	c := serve(t, nil)
	if status, _ := c.do(http.MethodDelete, "/sobjects/Account/"+acme, ""); status != http.StatusNoContent {
		t.Fatal("delete of the account was refused")
	}
	// Its contact and its deal went with it, and the deal's lines, which are in its bin.
	if got := c.query("SELECT Id FROM Opportunity ORDER BY Id"); len(got) != 1 {
		t.Errorf("query after the delete = %v, want only the deal without an account", got)
	}
	for object, want := range map[string]int{"Account": 2, "Opportunity": 2, "Contact": 1, "OpportunityLineItem": 2} {
		_, body := c.do(http.MethodGet, "/queryAll?q=SELECT+COUNT()+FROM+"+object, "")
		if got := body.(map[string]any)["totalSize"]; got != num(fmt.Sprint(want)) {
			t.Errorf("queryAll counts %v of %s, want %d", got, object, want)
		}
	}
	_, body := c.do(http.MethodGet, "/queryAll?q=SELECT+Name,+IsDeleted+FROM+Account+WHERE+IsDeleted=true", "")
	rows := body.(map[string]any)["records"].([]any)
	stripAttributes(rows)
	if diff := cmp.Diff([]any{map[string]any{"Name": "Acme Ltd", "IsDeleted": true}}, rows); diff != "" {
		t.Errorf("queryAll of deleted ones (-want +got):\n%s", diff)
	}
}

func TestGoSide(t *testing.T) {
	c := serve(t, nil)
	if err := c.twin.CloseWon(deal[:15]); err != nil {
		t.Fatal(err)
	}
	got, _ := c.twin.Get("opportunity", deal[:15])
	if got["IsWon"] != true || got["CloseDate"] != "2026-11-22" || got["StageName"] != "Closed Won" {
		t.Errorf("after CloseWon: won %v, closes %v, stage %v", got["IsWon"], got["CloseDate"], got["StageName"])
	}
	got["Name"] = "changed by the caller"
	if again, _ := c.twin.Get("Opportunity", deal); again["Name"] != "Acme renewal" {
		t.Error("changing a returned record changed the twin")
	}
	id, err := c.twin.Create("Account", map[string]any{"Name": "Go", "NumberOfEmployees": 3})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.twin.Update("Account", id, map[string]any{"Name": "Gopher"}); err != nil {
		t.Fatal(err)
	}
	if got := c.query("SELECT Name, NumberOfEmployees FROM Account WHERE Id = '" + id + "'"); cmp.Diff([]any{map[string]any{"Name": "Gopher", "NumberOfEmployees": num("3")}}, got) != "" {
		t.Errorf("record made in Go = %v", got)
	}
	if err := c.twin.Delete("Account", id); err != nil {
		t.Fatal(err)
	}
	if len(c.twin.All("Account")) != 2 || c.twin.All("Nothing") != nil {
		t.Errorf("%d accounts after the delete, want 2, and none of an unknown object", len(c.twin.All("Account")))
	}
	for name, err := range map[string]error{
		"get gone":       c.twin.Update("Account", id, nil),
		"unknown field":  c.twin.Update("Account", acme, map[string]any{"Nope": 1}),
		"no such object": c.twin.Delete("Nothing", acme),
		"missing deal":   c.twin.CloseWon(ID("Opportunity", 99)),
		"hide nothing":   c.twin.Hide("Account", "Nope"),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := c.twin.Create("Account", nil); err == nil {
		t.Error("create without fields: no error")
	}
}

func TestHiddenFields(t *testing.T) {
	c := serve(t, nil)
	if err := c.twin.Hide("Opportunity", "xero_invoice_id__c"); err != nil {
		t.Fatal(err)
	}
	if err := c.twin.Hide("OpportunityLineItem", "Product2Id"); err != nil {
		t.Fatal(err)
	}
	if status, code, _ := c.refused(http.MethodPatch, "/sobjects/Opportunity/"+deal, `{"Xero_Invoice_Id__c":"x"}`); status != 400 || code != "INVALID_FIELD" {
		t.Errorf("write of a hidden field: %d %s, want 400 INVALID_FIELD", status, code)
	}
	_, body := c.do(http.MethodGet, "/sobjects/Opportunity/"+deal, "")
	if _, ok := body.(map[string]any)["Xero_Invoice_Id__c"]; ok {
		t.Error("a row shows the hidden field")
	}
	for _, q := range []string{"SELECT+Xero_Invoice_Id__c+FROM+Opportunity", "SELECT+Product2.Name+FROM+OpportunityLineItem"} {
		if _, code, _ := c.refused(http.MethodGet, "/query?q="+q, ""); code != "INVALID_FIELD" {
			t.Errorf("%s: %s, want INVALID_FIELD", q, code)
		}
	}
	if fields := describedFields(c, "Opportunity"); fields["Xero_Invoice_Id__c"] != nil || fields["Xero_Invoice_Number__c"] == nil {
		t.Error("describe shows the hidden field, or lost another")
	}
	c.patch("OpportunityLineItem", line1, `{"Quantity":1,"UnitPrice":1}`) // the org itself still sees it
}

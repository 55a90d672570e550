package salesforce

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/twin/world"
)

// chain is a graph whose parts need each other one after the other.
func chain(id string, n int) string {
	lines := []string{`POST /sobjects/Account n0 {"Name":"x"}`}
	for i := 1; i < n; i++ {
		lines = append(lines, fmt.Sprintf(`POST /sobjects/Account n%d {"Name":"x","ParentId":"@{n%d.id}"}`, i, i-1))
	}
	return `{"graphId":"` + id + `",` + parts("", lines...)[1:]
}

func TestGraphBounds(t *testing.T) {
	several := func(n, nodes int) string {
		var out []string
		for i := range n {
			list := make([]string, nodes)
			for j := range nodes {
				list[j] = fmt.Sprintf(`GET /sobjects/Account/%s n%d`, acme, j)
			}
			out = append(out, fmt.Sprintf(`{"graphId":"g%d",`, i)+parts("", list...)[1:])
		}
		return strings.Join(out, ",")
	}
	one := func(line string) string { return `{"graphId":"g",` + parts("", line)[1:] }
	kinds := func(n int) string {
		var lines []string
		for i := range n {
			lines = append(lines, fmt.Sprintf(`GET /sobjects/Thing%d/%s n%d`, i, acme, i))
		}
		return `{"graphId":"g",` + parts("", lines...)[1:]
	}
	c := serve(t, nil)
	for what, tt := range map[string]struct {
		graphs string
		status int
		code   string
	}{
		"75 graphs": {several(75, 1), 200, ""}, "76 graphs": {several(76, 1), 400, "LIMIT_EXCEEDED"},
		"500 nodes": {several(5, 100), 200, ""}, "501 nodes": {several(3, 167), 400, "LIMIT_EXCEEDED"},
		"15 deep": {chain("g", 15), 200, ""}, "16 deep": {chain("g", 16), 400, "LIMIT_EXCEEDED"},
		"15 kinds": {kinds(15), 200, ""}, "16 kinds": {kinds(16), 400, "LIMIT_EXCEEDED"},
		"one graphId twice": {chain("g", 1) + "," + chain("g", 1), 400, "JSON_PARSER_ERROR"},
		"no graphId":        {parts("", `GET /sobjects/Account a`), 400, "JSON_PARSER_ERROR"},
		"a query":           {one(`GET /query?q=SELECT+Id+FROM+Account a`), 400, "INVALID_INPUT"},
		"a collection":      {one(`POST /composite/sobjects a {"records":[]}`), 400, "INVALID_INPUT"},
		"a describe":        {one(`GET /sobjects/Account/describe a`), 400, "INVALID_INPUT"},
	} {
		status, body := c.off(http.MethodPost, "/composite/graph", `{"graphs":[`+tt.graphs+`]}`)
		if status != tt.status || tt.code != "" && codeAt(body.([]any), 0) != tt.code {
			t.Errorf("%s: %d %.300v, want %d %s", what, status, body, tt.status, tt.code)
		}
	}
}

// TestGraphsEndAfterManyFailures: fourteen failed graphs are enough.
func TestGraphsEndAfterManyFailures(t *testing.T) {
	c := serve(t, nil)
	var list []string
	for i := range 14 {
		list = append(list, fmt.Sprintf(`{"graphId":"g%d",`, i)+parts("", `POST /sobjects/Account a {}`)[1:])
	}
	list = append(list, chain("last", 1))
	_, body := c.off(http.MethodPost, "/composite/graph", `{"graphs":[`+strings.Join(list, ",")+`]}`)
	last := body.(map[string]any)["graphs"].([]any)[14].(map[string]any)
	got, _ := outcomes(last["graphResponse"].(map[string]any)["compositeResponse"].([]any))
	if last["isSuccessful"] != false || got[0] != "400 PROCESSING_HALTED" {
		t.Errorf("the fifteenth graph: %v", last)
	}
}

func TestTreeBounds(t *testing.T) {
	account := func(ref, below string) string {
		if below != "" {
			below = `,"ChildAccounts":` + records(below)
		}
		return `{"attributes":{"type":"Account","referenceId":"` + ref + `"},"Name":"x"` + below + `}`
	}
	deep := func(n int) string {
		s := ""
		for i := range n {
			s = account(fmt.Sprint("r", i), s)
		}
		return records(s)
	}
	wide := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, account(fmt.Sprint("r", i), ""))
		}
		return records(list...)
	}
	c := serve(t, nil)
	for what, tt := range map[string]struct {
		body   string
		status int
	}{
		"five levels": {deep(5), 201}, "six levels": {deep(6), 400}, "200 records": {wide(200), 201}, "201 records": {wide(201), 400},
		"unknown field":       {records(`{"attributes":{"type":"Account","referenceId":"a"},"Nope":1}`), 400},
		"children as a list":  {records(`{"attributes":{"type":"Account","referenceId":"a"},"Name":"x","Contacts":[]}`), 400},
		"children of no type": {records(`{"attributes":{"type":"Account","referenceId":"a"},"Name":"x","Contacts":{"records":[{}]}}`), 400},
	} {
		if status, body := c.off(http.MethodPost, "/composite/tree/Account", tt.body); status != tt.status {
			t.Errorf("%s: %d %.300v, want %d", what, status, body, tt.status)
		}
	}
	if status, _ := c.off(http.MethodPost, "/composite/tree/Nothing", wide(1)); status != http.StatusNotFound {
		t.Errorf("tree of an unknown object: %d", status)
	}
}

// TestCompositeResources: which of them there are, by version and method.
func TestCompositeResources(t *testing.T) {
	c := serve(t, nil)
	good := records(`{"attributes":{"type":"Account"},"Name":"x"}`)
	for _, tt := range []struct {
		version, method, path, body string
		status                      int
	}{
		{"67", "GET", "/composite", "", 405},
		{"67", "GET", "/composite/batch", "", 405},
		{"67", "POST", "/composite/nothing", "{}", 404},
		{"67", "PUT", "/composite/sobjects", "{}", 405},
		{"67", "POST", "/composite/sobjects/Nothing", "{}", 404},
		{"67", "DELETE", "/composite/sobjects/Account", "", 405},
		{"67", "PATCH", "/composite/sobjects/Account/Name", good, 404},
		{"67", "PATCH", "/composite/sobjects/Account/Nope__c", good, 404},
		{"42", "POST", "/composite/sobjects", good, 200},
		{"41", "POST", "/composite/sobjects", good, 404},
		{"45", "PATCH", "/composite/sobjects/Account/Id", good, 405},
		{"46", "PATCH", "/composite/sobjects/Account/Id", good, 200},
		{"37", "POST", "/composite", "{}", 404},
		{"38", "POST", "/composite", "{}", 400},
		{"33", "POST", "/composite/batch", "{}", 404},
		{"49", "POST", "/composite/graph", "{}", 404},
		{"50", "POST", "/composite/graph", "{}", 400},
	} {
		path := "/services/data/v" + tt.version + ".0" + tt.path
		if status, body := c.off(tt.method, path, tt.body); status != tt.status {
			t.Errorf("%s %s: %d %v, want %d", tt.method, path, status, body, tt.status)
		}
	}
}

func TestCollectionForms(t *testing.T) {
	c := serve(t, nil)
	good := `{"attributes":{"type":"Account"},"Name":"x"}`
	for body, want := range map[string]string{
		`{}`: "JSON_PARSER_ERROR", `[]`: "JSON_PARSER_ERROR", `{"records":[]}`: "JSON_PARSER_ERROR", `{"records":` + good + `}`: "JSON_PARSER_ERROR",
		`{"allOrNone":"yes","records":[` + good + `]}`: "JSON_PARSER_ERROR", `{"AllOrNone":true,"records":[` + good + `]}`: "JSON_PARSER_ERROR",
	} {
		if status, got := c.off(http.MethodPost, "/composite/sobjects", body); status != 400 || codeAt(got.([]any), 0) != want {
			t.Errorf("%s: %d %v, want 400 %s", body, status, got, want)
		}
	}
	ids := strings.TrimSuffix(strings.Repeat(acme+",", 201), ",")
	many := func(n int) string { return strings.TrimSuffix(strings.Repeat(acme[:15]+",", n), ",") }
	for n, want := range map[int]int{800: http.StatusOK, 801: http.StatusBadRequest} {
		if status, _ := c.off(http.MethodGet, "/composite/sobjects/Account?fields=Id&ids="+many(n), ""); status != want {
			t.Errorf("reading %d by GET: %d, want %d", n, status, want)
		}
	}
	for n, want := range map[int]int{2000: http.StatusOK, 2001: http.StatusBadRequest} {
		list := strings.ReplaceAll(many(n), ",", `","`)
		if status, _ := c.off(http.MethodPost, "/composite/sobjects/Account", `{"fields":["Id"],"ids":["`+list+`"]}`); status != want {
			t.Errorf("reading %d by POST: %d, want %d", n, status, want)
		}
	}
	for path, want := range map[string]string{
		"DELETE /composite/sobjects": "MISSING_ARGUMENT", "DELETE /composite/sobjects?ids=" + ids: "EXCEEDED_ID_LIMIT",
		"GET /composite/sobjects/Account?ids=" + acme: "MISSING_ARGUMENT", "GET /composite/sobjects/Account?fields=Id": "MISSING_ARGUMENT",
		"GET /composite/sobjects/Account?fields=Nope&ids=" + acme: "INVALID_FIELD", "GET /composite/sobjects/Account?fields=Id&ids=x": "MALFORMED_ID",
	} {
		method, path, _ := strings.Cut(path, " ")
		if status, got := c.off(method, path, ""); status != 400 || codeAt(got.([]any), 0) != want {
			t.Errorf("%s %.60s: %d %v, want 400 %s", method, path, status, got, want)
		}
	}
	if status, got := c.off(http.MethodPatch, "/composite/sobjects/Opportunity/Xero_Invoice_Id__c",
		records(`{"attributes":{"type":"Opportunity"},"Id":"`+deal+`","Xero_Invoice_Id__c":"a"}`)); status != 400 || codeAt(got.([]any), 0) != "INVALID_FIELD" {
		t.Errorf("an id beside the key: %d %v", status, got)
	}
}

// TestCollationLeavesAlone: parts with headers of their own and older versions keep their turn.
func TestCollationLeavesAlone(t *testing.T) {
	for what, tt := range map[string]struct {
		version, header string
		want            any
	}{
		"like parts": {"49", "", nil}, "an older version": {"48", "", "said"}, "headers": {"67", `,"httpHeaders":{"Sforce-Call-Options":"client=x"}`, "said"},
	} {
		c := serve(t, nil)
		root := "/services/data/v" + tt.version + ".0"
		read := `{"method":"GET","url":"` + root + `/sobjects/Account/` + acme + `?fields=Site","referenceId":"%s"%s}`
		body := `{"compositeRequest":[` + fmt.Sprintf(read, "a", "") + `,{"method":"PATCH","url":"` + root + `/sobjects/Account/` + acme +
			`","referenceId":"b","body":{"Site":"said"}},` + fmt.Sprintf(read, "c", tt.header) + `]}`
		status, got := c.off(http.MethodPost, root+"/composite", body)
		if status != http.StatusOK {
			t.Fatalf("%s: %d %v", what, status, got)
		}
		_, bodies := outcomes(got.(map[string]any)["compositeResponse"].([]any))
		if site := bodies[2].(map[string]any)["Site"]; site != tt.want {
			t.Errorf("%s: the last part reads %v, want %v", what, site, tt.want)
		}
	}
}

// TestReferencesKeepTheirType: a text that is nothing but a reference is a boolean or a
// number when what it stands for is one; in a longer text it is text.
func TestReferencesKeepTheirType(t *testing.T) {
	c := serve(t, func(o *Options) { o.Otherwise = []string{doubtTextNumbers} })
	got, bodies := c.composed(parts("",
		`GET /sobjects/Opportunity/`+deal+`?fields=IsPrivate,Amount a`,
		`PATCH /sobjects/Opportunity/`+bare+` b {"IsPrivate":"@{a.IsPrivate}","Amount":"@{a.Amount}","NextStep":"for @{a.Amount}"}`,
		`PATCH /sobjects/Opportunity/`+bare+` c {"Amount":"1@{a.Amount}"}`,
		`PATCH /sobjects/Opportunity/`+bare+` d {"Amount":"@{a.attributes}"}`))
	if want := []string{"200", "204", "400 JSON_PARSER_ERROR", "400 PROCESSING_HALTED"}; !slices.Equal(got, want) {
		t.Fatalf("parts %v, want %v\n%v", got, want, bodies)
	}
	if f := c.fields("Opportunity", bare, "Amount,NextStep"); f["Amount"] != num("54.93") || f["NextStep"] != "for 54.93" {
		t.Errorf("the deal has %v", f)
	}
}

// BenchmarkUpsertMany changes 200 records by key in an org that has 100,000.
func BenchmarkUpsertMany(b *testing.B) {
	o := Options{World: smallWorld()}
	admin(&o)
	var rows []world.Record
	for i := range 100_000 {
		rows = append(rows, world.Record{"Name": "x", "Key__c": fmt.Sprint("k", i)})
	}
	o.World.Salesforce["Sync__c"] = rows
	twin, err := New(o)
	if err != nil {
		b.Fatal(err)
	}
	var list []string
	for i := range maxCollected {
		list = append(list, fmt.Sprintf(`{"attributes":{"type":"Sync__c"},"Key__c":"K%d","Name":"y"}`, i*499))
	}
	n, refusal := parseJSON([]byte(records(list...)))
	if refusal != nil {
		b.Fatal(refusal)
	}
	q := func() *request {
		return &request{method: http.MethodPatch, base: base, doc: n, segs: []string{"composite", "sobjects", "Sync__c", "Key__c"}}
	}
	for b.Loop() {
		a := twin.inPart(q())
		if list, ok := a.body.([]ordered); !ok || slices.ContainsFunc(list, func(r ordered) bool { return r[0].name != "id" }) {
			data, _ := json.Marshal(a.body)
			b.Fatalf("%s", data)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*maxCollected), "µs/record")
}

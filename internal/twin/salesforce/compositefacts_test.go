package salesforce

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

const compositeGuide = "REST API Developer Guide: Execute Dependent Requests in a Single API Call"

// compositeFacts are what is known of several requests in one call.
func compositeFacts() []fact {
	return []fact{
		{name: "a composite passes answers on to later parts, names in the case of the answer", source: compositeGuide, check: checkReferences},
		{name: "a composite of all or none takes back what was done and halts the others", source: compositeGuide, check: checkCompositeRollback},
		{name: "without all or none a failing part stops only those that need it", source: compositeGuide, check: checkCompositeDependents},
		{name: "like parts of a composite run together unless that is switched off", source: compositeGuide, check: checkCollation},
		{name: "a composite counts as one call, the parts of a batch one each", source: "REST API Developer Guide: Composite; Batch", check: checkCompositeCost},
		{name: "a composite takes 25 parts, five of them queries or collections", source: compositeGuide, check: checkCompositeBounds},
		{name: "a composite that is not well-formed is refused as a whole", source: compositeGuide, check: checkCompositeForm},
		{name: "a batch goes on after an error unless told to halt", source: "REST API Developer Guide: Composite Batch", check: checkBatch},
		{name: "a tree is made whole or not at all", source: "REST API Developer Guide: sObject Tree", check: checkTree},
		{name: "each graph is done whole or not at all, in the order its nodes need", source: "REST API Developer Guide: Composite Graph", check: checkGraphs},
	}
}

// parts makes the body of a composite of "METHOD url referenceId body" lines.
func parts(flags string, lines ...string) string {
	list := make([]string, len(lines))
	for i, line := range lines {
		f := strings.SplitN(line, " ", 4)
		list[i] = fmt.Sprintf(`{"method":%q,"url":%q,"referenceId":%q`, f[0], base+f[1], f[2])
		if len(f) == 4 {
			list[i] += `,"body":` + f[3]
		}
		list[i] += "}"
	}
	return `{` + flags + `"compositeRequest":[` + strings.Join(list, ",") + `]}`
}

// composed makes a composite call and returns each part's status with the code of its refusal.
func (c *client) composed(body string) ([]string, []any) {
	c.t.Helper()
	status, got := c.do(http.MethodPost, "/composite", body)
	if status != http.StatusOK {
		c.t.Fatalf("composite: %d %v", status, got)
	}
	return outcomes(got.(map[string]any)["compositeResponse"].([]any))
}

func outcomes(list []any) (short []string, bodies []any) {
	for _, r := range list {
		m := r.(map[string]any)
		s := fmt.Sprint(m["httpStatusCode"])
		if refused, ok := m["body"].([]any); ok && len(refused) > 0 {
			if item, ok := refused[0].(map[string]any); ok && item["errorCode"] != nil {
				s += " " + fmt.Sprint(item["errorCode"])
			}
		}
		short, bodies = append(short, s), append(bodies, m["body"])
	}
	return short, bodies
}

func checkReferences(t *testing.T, change func(*Options), _ bool) {
	c := serve(t, change)
	got, bodies := c.composed(parts("",
		`POST /sobjects/Account a {"Name":"Parts & Co","AnnualRevenue":12}`,
		`POST /sobjects/Contact b {"LastName":"of @{a.id}","AccountId":"@{a.id}"}`,
		`GET /query?q=SELECT+Id,Name,AnnualRevenue+FROM+Account+WHERE+Id='@{a.id}' c`,
		`PATCH /sobjects/Account/@{c.records[0].Id} d {"NumberOfEmployees":7,"AnnualRevenue":"@{c.records[0].AnnualRevenue}","Site":"@{c.records[0].Name}"}`,
		`GET /query?q=SELECT+COUNT()+FROM+Account+WHERE+Name='@{c.records[0].Name}' e`,
		`PATCH /sobjects/Account/@{a.Id} f {"Site":"x"}`,
		`PATCH /sobjects/Account/@{c.records[1].Id} g {"Site":"x"}`,
	))
	want := []string{"201", "201", "200", "204", "200", "400 PROCESSING_HALTED", "400 PROCESSING_HALTED"}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("parts %v, want %v\n%v", got, want, bodies)
	}
	id := bodies[0].(map[string]any)["id"].(string)
	contact := c.fields("Contact", bodies[1].(map[string]any)["id"].(string), "LastName,AccountId")
	if contact["AccountId"] != id || contact["LastName"] != "of "+id || bodies[4].(map[string]any)["totalSize"] != num("1") {
		t.Errorf("contact %v, count %v", contact, bodies[4])
	}
	if site := c.fields("Account", id, "Site")["Site"]; site != "Parts & Co" {
		t.Errorf("site %v", site)
	}
	c.composed(parts("", `POST /sobjects/Account a {"Name":"x"}`))
	if got := c.lastAnswer(); !strings.Contains(got, `"errors":[]},"httpHeaders":{"Location":"`+base+`/sobjects/Account/001`) || !strings.HasSuffix(got, `"httpStatusCode":201,"referenceId":"a"}]}`) {
		t.Errorf("shape of a part: %s", got)
	}
}

func checkCompositeRollback(t *testing.T, change func(*Options), _ bool) {
	c := serve(t, change)
	before := c.twin.Snapshot()
	list := []string{
		`POST /sobjects/Account a {"Name":"x"}`, `PATCH /sobjects/Opportunity/` + deal + ` b {"AccountId":"@{a.id}","StageName":"Closed Won"}`,
		`POST /sobjects/Contact c {"AccountId":"@{a.id}"}`, `POST /sobjects/Account d {"Name":"y"}`,
	}
	got, _ := c.composed(parts(`"allOrNone":true,`, list...))
	if want := []string{"400 PROCESSING_HALTED", "400 PROCESSING_HALTED", "400 REQUIRED_FIELD_MISSING", "400 PROCESSING_HALTED"}; !reflect.DeepEqual(got, want) {
		t.Errorf("parts %v, want %v", got, want)
	}
	if after := c.twin.Snapshot(); !reflect.DeepEqual(before, after) {
		t.Error("the org is not as it was")
	}
	got, _ = c.composed(parts(`"allOrNone":true,`, list[0], `POST /composite/sobjects b `+records(`{"attributes":{"type":"Contact"}}`)))
	if want := []string{"400 PROCESSING_HALTED", "200"}; !reflect.DeepEqual(got, want) {
		t.Errorf("with a collection that failed: %v, want %v", got, want)
	}
	got, _ = c.composed(parts("", list...))
	if want := []string{"201", "204", "400 REQUIRED_FIELD_MISSING", "201"}; !reflect.DeepEqual(got, want) {
		t.Errorf("without all or none: %v, want %v", got, want)
	}
}

func checkCompositeDependents(t *testing.T, change func(*Options), _ bool) {
	c := serve(t, change)
	got, _ := c.composed(parts("",
		`POST /sobjects/Account a {}`, `POST /sobjects/Contact b {"LastName":"x","AccountId":"@{a.id}"}`,
		`GET /sobjects/Contact/@{b.id} c`, `PATCH /sobjects/Account/`+acme+` d {"Site":"still"}`, `PATCH /sobjects/Account/@{later.id} e {}`, `POST /sobjects/Account later {"Name":"x"}`))
	want := []string{"400 REQUIRED_FIELD_MISSING", "400 PROCESSING_HALTED", "400 PROCESSING_HALTED", "204", "400 PROCESSING_HALTED", "201"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("parts %v, want %v", got, want)
	}
}

func checkCollation(t *testing.T, change func(*Options), _ bool) {
	for flags, want := range map[string]any{"": nil, `"collateSubrequests":true,`: nil, `"collateSubrequests":false,`: "said"} {
		c := serve(t, change)
		_, bodies := c.composed(parts(flags,
			`GET /sobjects/Account/`+acme+`?fields=Site a`, `PATCH /sobjects/Account/`+acme+` b {"Site":"said"}`, `GET /sobjects/Account/`+acme+`?fields=Site c`))
		if got := bodies[2].(map[string]any)["Site"]; got != want {
			t.Errorf("%s: the last part reads %v, want %v", flags, got, want)
		}
	}
}

func checkCompositeCost(t *testing.T, change func(*Options), _ bool) {
	c := serve(t, change)
	used := func() int { return len(c.twin.calls) }
	before := used()
	c.composed(parts("", `GET /limits a`, `GET /limits b`, `GET /limits c`))
	if got := used() - before; got != 1 {
		t.Errorf("a composite of three cost %d", got)
	}
	before = used()
	one := `{"method":"GET","url":"v67.0/limits"}`
	c.off(http.MethodPost, "/composite/batch", `{"batchRequests":[`+one+`,`+one+`,`+one+`]}`)
	if got := used() - before; got != 3 {
		t.Errorf("a batch of three cost %d", got)
	}
}

func checkCompositeBounds(t *testing.T, change func(*Options), _ bool) {
	c := serve(t, change)
	several := func(n int, line string) string {
		var lines []string
		for i := range n {
			lines = append(lines, fmt.Sprintf(line, i))
		}
		return parts("", lines...)
	}
	for body, want := range map[string]int{
		several(25, `GET /sobjects/Account/`+acme+` r%d`): 200, several(26, `GET /sobjects/Account/`+acme+` r%d`): 400,
		several(5, `GET /query?q=SELECT+Id+FROM+Account r%d`): 200, several(6, `GET /query?q=SELECT+Id+FROM+Account r%d`): 400,
		several(6, `DELETE /composite/sobjects?ids=`+acme+` r%d`): 400,
	} {
		if status, got := c.off(http.MethodPost, "/composite", body); status != want {
			t.Errorf("%.200s: %d %.200v, want %d", body, status, got, want)
		}
	}
}

func checkCompositeForm(t *testing.T, change func(*Options), _ bool) {
	c := serve(t, change)
	good := `{"method":"POST","url":"` + base + `/sobjects/Account","referenceId":"a","body":{"Name":"x"}}`
	for what, bad := range map[string]string{
		"one referenceId twice": good, "method in small letters": `{"method":"get","url":"` + base + `/limits","referenceId":"b"}`,
		"no url": `{"method":"GET","referenceId":"b"}`, "odd referenceId": `{"method":"GET","url":"` + base + `/limits","referenceId":"_b"}`,
		"a token of its own": `{"method":"GET","url":"` + base + `/limits","referenceId":"b","httpHeaders":{"authorization":"x"}}`,
	} {
		status, body := c.off(http.MethodPost, "/composite", `{"compositeRequest":[`+good+`,`+bad+`]}`)
		if status != http.StatusBadRequest || codeAt(body.([]any), 0) != "JSON_PARSER_ERROR" {
			t.Errorf("%s: %d %v", what, status, body)
		}
	}
	if n := len(c.twin.All("Account")); n != 2 {
		t.Errorf("%d accounts, want the 2 there were", n)
	}
	for path, want := range map[string]string{
		"/sobjects/Account":                                   "400 JSON_PARSER_ERROR", // without the version
		"/services/data/v68.0/limits":                         "400 INVALID_INPUT",
		"/services/data/v30.0/limits":                         "410 GONE",
		base + "/composite":                                   "400 INVALID_INPUT",
		base + "/composite/tree/Account":                      "400 INVALID_INPUT",
		base + "/sobjects/Nothing/describe":                   "404 NOT_FOUND",
		base + "/sobjects/Account/describe":                   "200",
		"/services/data/v60.0/sobjects/User/" + ID("User", 1): "200",
	} {
		got, _ := c.composed(`{"compositeRequest":[{"method":"GET","url":"` + path + `","referenceId":"a"}]}`)
		if got[0] != want {
			t.Errorf("%s: %s, want %s", path, got[0], want)
		}
	}
}

func checkBatch(t *testing.T, change func(*Options), _ bool) {
	c := serve(t, change)
	list := `[{"method":"PATCH","url":"v67.0/sobjects/Account/` + acme + `","richInput":{"Site":"x"}},` +
		`{"method":"GET","url":"v67.0/sobjects/Account/001"},{"method":"POST","url":"` + base + `/sobjects/Account","richInput":{"Name":"x"}}]`
	for flags, want := range map[string]string{"": "204 400 201", `"haltOnError":true,`: "204 400 412"} {
		status, body := c.off(http.MethodPost, "/composite/batch", `{`+flags+`"batchRequests":`+list+`}`)
		if status != http.StatusOK || body.(map[string]any)["hasErrors"] != true {
			t.Fatalf("%d %v", status, body)
		}
		var got []string
		for _, r := range body.(map[string]any)["results"].([]any) {
			got = append(got, fmt.Sprint(r.(map[string]any)["statusCode"]))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", flags, got, want)
		}
	}
	if got := c.lastAnswer(); !strings.Contains(got, `{"statusCode":204,"result":null}`) {
		t.Errorf("an empty answer in a batch: %s", got)
	}
	if n := len(c.twin.All("Account")); n != 3 {
		t.Errorf("%d accounts, want 3: a batch takes nothing back", n)
	}
}

func checkTree(t *testing.T, change func(*Options), _ bool) {
	c := serve(t, change)
	tree := func(email string) string {
		return records(`{"attributes":{"type":"Account","referenceId":"a"},"Name":"x","Contacts":`+
			records(`{"attributes":{"type":"Contact","referenceId":"c"},"LastName":"y","Email":"`+email+`"}`)+`}`,
			`{"attributes":{"type":"Account","referenceId":"b"},"Name":"z"}`)
	}
	status, body := c.off(http.MethodPost, "/composite/tree/Account", tree("none"))
	if status != http.StatusBadRequest || !strings.HasPrefix(c.lastAnswer(), `{"hasErrors":true,"results":[{"referenceId":"c","errors":[{"statusCode":"INVALID_EMAIL_ADDRESS",`) {
		t.Errorf("a bad child: %d %v", status, body)
	}
	if n := len(c.twin.All("Account")); n != 2 {
		t.Errorf("%d accounts, want the 2 there were", n)
	}
	status, body = c.off(http.MethodPost, "/composite/tree/Account", tree("y@x.example"))
	if status != http.StatusCreated || body.(map[string]any)["hasErrors"] != false {
		t.Fatalf("%d %v", status, body)
	}
	var refs []string
	ids := map[string]string{}
	for _, r := range body.(map[string]any)["results"].([]any) {
		m := r.(map[string]any)
		refs = append(refs, m["referenceId"].(string))
		ids[m["referenceId"].(string)] = m["id"].(string)
	}
	if strings.Join(refs, "") != "abc" || c.fields("Contact", ids["c"], "AccountId")["AccountId"] != ids["a"] {
		t.Errorf("results %v", body)
	}
	for what, bad := range map[string]string{
		"no referenceId": records(`{"attributes":{"type":"Account"},"Name":"x"}`), "other type": records(`{"attributes":{"type":"Contact","referenceId":"a"}}`),
		"referenceId twice": records(`{"attributes":{"type":"Account","referenceId":"a"},"Name":"x"}`, `{"attributes":{"type":"Account","referenceId":"a"},"Name":"x"}`),
	} {
		if status, body := c.off(http.MethodPost, "/composite/tree/Account", bad); status != http.StatusBadRequest || codeAt(body.([]any), 0) != "INVALID_INPUT" {
			t.Errorf("%s: %d %v", what, status, body)
		}
	}
}

func checkGraphs(t *testing.T, change func(*Options), _ bool) {
	c := serve(t, change)
	graph := func(id string, lines ...string) string {
		return `{"graphId":"` + id + `",` + strings.TrimPrefix(parts("", lines...), "{")
	}
	status, body := c.off(http.MethodPost, "/composite/graph", `{"graphs":[`+
		graph("1", `POST /sobjects/Contact c {"LastName":"x","AccountId":"@{a.id}"}`, `POST /sobjects/Account a {"Name":"turned"}`)+`,`+
		graph("2", `POST /sobjects/Account a {"Name":"lost"}`, `POST /sobjects/Contact c {"AccountId":"@{a.id}"}`)+`]}`)
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, body)
	}
	for i, want := range [][]string{{"201", "201"}, {"400 PROCESSING_HALTED", "400 REQUIRED_FIELD_MISSING"}} {
		g := body.(map[string]any)["graphs"].([]any)[i].(map[string]any)
		got, _ := outcomes(g["graphResponse"].(map[string]any)["compositeResponse"].([]any))
		if !reflect.DeepEqual(got, want) || g["isSuccessful"] != (i == 0) || g["graphId"] != fmt.Sprint(i+1) {
			t.Errorf("graph %d: %v, want %v", i, g, want)
		}
	}
	if n := len(c.query("SELECT Id FROM Account WHERE Name IN ('turned', 'lost')")); n != 1 {
		t.Errorf("%d accounts were made, want 1", n)
	}
}

package openapi

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

const depot = `
openapi: 3.0.0
info: {title: Depot, version: "1"}
components:
  schemas:
    Free: {type: object, additionalProperties: {type: string}, properties: {known: {type: string}}}
    Open: {type: object, properties: {known: {type: string}}, additionalProperties: true}
    Mixed: {allOf: [{type: object, properties: {a: {type: string}}}]}
    Part:
      type: object
      required: [code]
      example: {code: 5}
      properties:
        code: {type: string, enum: [A, B], default: 7, example: 9}
        default: {type: string, description: a property with a keyword's name}
        when: {type: string, format: date-time}
        day: {type: string, format: date}
        parent: {type: string, format: uuid}
        msday: {type: string, x-is-msdate: true}
        msnow: {type: string, x-is-msdate-time: true}
        parts: {type: array, items: {$ref: "#/components/schemas/Part"}}
        free: {$ref: "#/components/schemas/Free"}
        open: {$ref: "#/components/schemas/Open"}
        mixed: {$ref: "#/components/schemas/Mixed"}
        on: {type: boolean, default: "false"}
paths:
  /parts:
    post:
      parameters: [{name: dry, in: query, schema: {type: boolean, default: "no"}}, {name: X-Need, in: header, required: true, schema: {type: string, maxLength: 5}}]
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Part"}}}}
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Part"}}}}
        "202": {description: later}
        default: {description: else, content: {application/json: {schema: {type: object, required: [error], properties: {error: {type: string}}}}}}
`

func TestValidator(t *testing.T) {
	v, err := NewValidator([]byte(depot))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, body string
		status     int
		answer     string
		want       string
	}{
		{"good", `{"code":"A"}`, 200, `{"code":"B"}`, ""},
		{"a text default on a boolean is no default", `{"code":"A","on":true}`, 202, ``, ""},
		{"a property called default", `{"code":"A","default":"x"}`, 202, ``, ""},
		{"offset with a colon", `{"code":"A","when":"2026-11-22T10:00:00+01:00"}`, 202, ``, ""},
		{"offset without", `{"code":"A","when":"2026-11-22T10:00:00.000+0000"}`, 202, ``, ""},
		{"no date-time", `{"code":"A","when":"2026-11-22"}`, 202, ``, "pattern at /when"},
		{"date", `{"code":"A","day":"2026-11-22"}`, 202, ``, ""},
		{"no date", `{"code":"A","day":"22.11.2026"}`, 202, ``, "/day"},
		{"uuid", `{"code":"A","parent":"11111111-2222-3333-4444-55555555555A"}`, 202, ``, ""},
		{"no uuid", `{"code":"A","parent":"1"}`, 202, ``, "pattern at /parent"},
		{"vendor date", `{"code":"A","msday":"/Date(-62135596800000+0000)/","msnow":"/Date(1)/"}`, 202, ``, ""},
		{"vendor date in ISO form", `{"code":"A","msday":"2026-11-22","msnow":"2026-11-22T10:00:00Z"}`, 202, ``, ""},
		{"no vendor date", `{"code":"A","msday":"Date(1)"}`, 202, ``, "pattern at /msday"},
		{"nested", `{"code":"A","parts":[{"code":"B"},{"code":"C"}]}`, 202, ``, "enum at /parts/1/code"},
		{"missing member", `{}`, 202, ``, "code"},
		{"unknown member", `{"code":"A","parts":[{"code":"B","cod":1}]}`, 202, ``, `"cod" at /parts/0`},
		{"free members", `{"code":"A","free":{"any":"thing"},"open":{"any":1},"mixed":{"b":1}}`, 202, ``, ""},
		{"broken body", `{"code":`, 202, ``, "request"},
		{"answer by default", `{"code":"A"}`, 500, `{"error":"x"}`, ""},
		{"bad answer by default", `{"code":"A"}`, 500, `{}`, "answer 500"},
		{"bad answer", `{"code":"A"}`, 200, `{"code":"Z"}`, "answer 200: the value does not fit the schema's enum at /code"},
		{"broken answer", `{"code":"A"}`, 200, `{"code"`, "answer 200"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := Exchange{
				Method: "POST", URL: "/parts", Header: http.Header{"Content-Type": {"application/json"}, "X-Need": {"x"}}, Body: []byte(c.body),
				Status: c.status, AnswerHeader: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, Answer: []byte(c.answer),
			}
			err := v.Check(e)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// TestValidatorKeepsValuesToItself looks for a customer's words in every refusal.
func TestValidatorKeepsValuesToItself(t *testing.T) {
	v, err := NewValidator([]byte(depot))
	if err != nil {
		t.Fatal(err)
	}
	const secret = "Aurelia-Fenwick"
	header := http.Header{"Content-Type": {"application/json"}, "X-Need": {"x"}}
	for name, e := range map[string]Exchange{
		"enum":      {Method: "POST", URL: "/parts", Header: header, Body: []byte(`{"code":"` + secret + `"}`), Status: 202},
		"pattern":   {Method: "POST", URL: "/parts", Header: header, Body: []byte(`{"code":"A","when":"` + secret + `"}`), Status: 202},
		"format":    {Method: "POST", URL: "/parts", Header: header, Body: []byte(`{"code":"A","day":"` + secret + `"}`), Status: 202},
		"type":      {Method: "POST", URL: "/parts", Header: header, Body: []byte(`{"code":"A","on":"` + secret + `"}`), Status: 202},
		"parameter": {Method: "POST", URL: "/parts?dry=" + secret, Header: header, Body: []byte(`{"code":"A"}`), Status: 202},
		"length":    {Method: "POST", URL: "/parts", Header: http.Header{"Content-Type": {"application/json"}, "X-Need": {secret}}, Body: []byte(`{"code":"A"}`), Status: 202},
		"answer":    {Method: "POST", URL: "/parts", Header: header, Body: []byte(`{"code":"A"}`), Status: 200, AnswerHeader: header, Answer: []byte(`{"code":"` + secret + `"}`)},
		"broken":    {Method: "POST", URL: "/parts", Header: header, Body: []byte(`{"code":"A"}`), Status: 200, AnswerHeader: header, Answer: []byte(`"` + secret)},
		"URL":       {Method: "POST", URL: "http://[" + secret, Header: header, Status: 200},
	} {
		err := v.Check(e)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error quotes the value: %v", name, err)
		}
	}
}

func TestValidatorIsSafeForManyGoroutines(t *testing.T) {
	v, err := NewValidator([]byte(depot))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if err := v.Check(Exchange{
					Method: "POST", URL: "/parts", Header: http.Header{"Content-Type": {"application/json"}, "X-Need": {"x"}},
					Body: []byte(`{"code":"A"}`), Status: 202,
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

package salesforce

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/openapi"
)

// vendorFile is a description that a real org generated; a user's clone has no such folder.
const vendorFile = "../../../../shared/specs/salesforce-org-v59.oas.json.gz"

// embedded judges by our own description with its overlay, which adds queries.
var embedded = sync.OnceValues(func() (*openapi.Validator, error) {
	for _, s := range specs.Embedded() {
		if s.Name != "salesforce" {
			continue
		}
		doc, list := openapi.Load(s.Name, s.Spec, s.Overlay, openapi.DefaultLimits())
		if err := list.Err(); err != nil {
			return nil, err
		}
		return openapi.NewValidator(doc.JSON())
	}
	return nil, errors.New("no embedded description of salesforce")
})

// validate holds the exchanges of a test up to the embedded description. What a test
// sends wrongly on purpose is left out: of a refused call only the answer is judged.
func validate(t *testing.T, exchanges []wire.Exchange) {
	t.Helper()
	v, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range exchanges {
		x, ok := judged(e)
		if !ok {
			continue
		}
		if err := v.Check(x); err != nil && !strings.Contains(err.Error(), "the spec has no such") {
			t.Errorf("%s %s: %v\nsent %.300s\ngot %d %.600s", e.Method, e.URL, err, e.Body, e.Status, e.Answer)
		}
	}
}

func judged(e wire.Exchange) (openapi.Exchange, bool) {
	path, _, _ := strings.Cut(e.URL, "?")
	if e.Cut || strings.Contains(e.URL, "_HttpMethod=") || !strings.HasPrefix(path, base) {
		return openapi.Exchange{}, false
	}
	switch e.Status {
	case http.StatusRequestURITooLong, http.StatusUnsupportedMediaType, http.StatusRequestHeaderFieldsTooLarge,
		http.StatusRequestEntityTooLarge, http.StatusNotModified, http.StatusPreconditionFailed:
		return openapi.Exchange{}, false // ours never come to that
	}
	x := openapi.Exchange{
		Method: e.Method, URL: e.URL, Header: e.Header.Clone(), Body: e.Body,
		Status: e.Status, AnswerHeader: e.AnswerHeader, Answer: unpacked(e.AnswerHeader, e.Answer),
	}
	if strings.HasSuffix(strings.TrimSuffix(path, "/"), "/describe") {
		x.Answer = withoutNulls(x.Answer) // the description of describe cannot say null
	}
	if strings.HasSuffix(path, "/composite") {
		x.Answer = withoutNulls(x.Answer) // nor can that of a part's body
	}
	if e.Status >= 300 || e.Header.Get("X-Off-Spec") != "" {
		x.URL, x.Body = path, nil
		if strings.HasSuffix(path, "/query") || strings.HasSuffix(path, "/queryAll") {
			x.URL += "?q=SELECT+Id+FROM+Account"
		}
		if trimmed := strings.TrimSuffix(path, "/"); strings.HasSuffix(trimmed, "/updated") || strings.HasSuffix(trimmed, "/deleted") {
			x.URL += "?start=2026-11-22T10:00:00Z&end=2026-11-22T11:00:00Z"
		}
		if e.Method == http.MethodDelete && strings.HasSuffix(path, "/composite/sobjects") {
			x.URL += "?ids=" + acme
		}
		if e.Method == http.MethodPost || e.Method == http.MethodPatch {
			x.Body = []byte(least(path))
			x.Header.Set("Content-Type", "application/json")
		}
	}
	return x, true
}

// unpacked is an answer's body as the client reads it.
func unpacked(h http.Header, body []byte) []byte {
	if h.Get("Content-Encoding") != "gzip" {
		return body
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	plain, _ := io.ReadAll(z) // a broken rest is for the judge to find
	return plain
}

// least is the smallest body that the description takes at a path.
func least(path string) string {
	switch {
	case strings.Contains(path, "/composite/sobjects"):
		return `{"records":[]}`
	case strings.HasSuffix(path, "/composite"):
		return `{"compositeRequest":[]}`
	}
	return `{}`
}

// withoutNulls drops members that are null, at any depth.
func withoutNulls(data []byte) []byte {
	var v any
	if json.Unmarshal(data, &v) != nil {
		return data
	}
	var drop func(v any)
	drop = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				drop(e)
			}
		case map[string]any:
			for k, e := range v {
				if e == nil {
					delete(v, k)
				}
				drop(e)
			}
		}
	}
	drop(v)
	out, err := json.Marshal(v)
	if err != nil {
		return data
	}
	return out
}

// offSpec marks a request that leaves the description on purpose, where the vendor is
// more lenient than it says.
func offSpec() map[string]string { return map[string]string{"X-Off-Spec": "yes"} }

// TestCanaries proves that the judge refuses: each row spoils a good exchange.
func TestCanaries(t *testing.T) {
	c := serve(t, nil)
	c.do(http.MethodGet, "/sobjects/Opportunity/"+deal, "")
	c.patch("Opportunity", deal, `{"Amount":1}`)
	c.query("SELECT Id, Amount FROM Opportunity")
	c.refused(http.MethodGet, "/sobjects/Opportunity/"+ID("Opportunity", 99), "")
	kept := c.rec.Exchanges()
	kept = kept[len(kept)-4:]
	v, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"row", "update", "query", "refusal"}
	spoil := []func(*openapi.Exchange){
		func(x *openapi.Exchange) { x.Answer = []byte(strings.Replace(string(x.Answer), "54.93", `"54.93"`, 1)) },
		func(x *openapi.Exchange) { x.Body = []byte(`{"Amuont":1}`) },
		func(x *openapi.Exchange) {
			x.Answer = []byte(strings.Replace(string(x.Answer), `"done":true`, `"done":"yes"`, 1))
		},
		func(x *openapi.Exchange) { x.Answer = []byte(`{"message":"x","errorCode":"NOT_FOUND"}`) },
	}
	for i, name := range names {
		x, ok := judged(kept[i])
		if !ok {
			t.Fatalf("%s: the exchange is not judged", name)
		}
		if err := v.Check(x); err != nil {
			t.Errorf("%s as it was: %v", name, err)
		}
		spoil[i](&x)
		if err := v.Check(x); err == nil {
			t.Errorf("%s, spoiled, is accepted: sent %s got %s", name, x.Body, x.Answer)
		}
	}
}

// TestFieldsAreThoseOfARealOrg holds names and types up to a description that a real
// org generated. What its admins added or had switched off differs.
func TestFieldsAreThoseOfARealOrg(t *testing.T) {
	properties := vendorProperties(t)
	c := serve(t, nil)
	switchedOff := map[string]bool{ // by that org, or shown only to some of its users
		"OpportunityLineItem.Discount": true, "OpportunityLineItem.Subtotal": true,
	}
	partly := map[string]bool{"User": true, "Organization": true, "Task": true} // of these the twin has the useful part
	for _, o := range c.twin.schema.order {
		theirs := properties[o.name]
		ours := describedFields(c, o.name)
		for name, f := range ours {
			kind, ok := theirs[name]
			if !ok && !switchedOff[o.name+"."+name] && !strings.HasPrefix(name, "Xero_") { // those are for an admin to add
				t.Errorf("%s.%s: no such field in a real org", o.name, name)
			}
			if got := wireType(f["type"].(string)); ok && got != kind {
				t.Errorf("%s.%s is a %s, in a real org a %s", o.name, name, got, kind)
			}
		}
		for name := range theirs {
			if ours[name] == nil && !partly[o.name] && !strings.HasSuffix(name, "__c") && !beyond(name) {
				t.Errorf("%s.%s of a real org is missing", o.name, name)
			}
		}
	}
}

// beyond names what belongs to products and settings that the twin leaves out.
func beyond(name string) bool {
	switch name {
	case "attributes", "Jigsaw", "JigsawCompanyId", "JigsawContactId", "CleanStatus", "DunsNumber", "Tradestyle", "NaicsCode", "NaicsDesc",
		"YearStarted", "DandbCompanyId", "OperatingHoursId", "LastCURequestDate", "LastCUUpdateDate", "IndividualId", "IsPriorityRecord":
		return true
	}
	return false
}

func wireType(kind string) string {
	switch kind {
	case "boolean":
		return "boolean"
	case "int":
		return "integer"
	case "double", "currency", "percent":
		return "number"
	case "date":
		return "string date"
	case "datetime":
		return "string date-time"
	case "address":
		return "object"
	}
	return "string"
}

// shape is what a schema of the vendor's file says of a value.
type shape struct {
	Type, Format string
	Properties   map[string]shape
	Items        *shape
}

// vendorShapes reads the schemas of the vendor's file.
var vendorShapes = sync.OnceValues(func() (map[string]shape, error) {
	f, err := os.Open(vendorFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Components struct{ Schemas map[string]shape }
	}
	err = json.NewDecoder(z).Decode(&doc)
	return doc.Components.Schemas, err
})

// vendorSchemas skips a test where the vendor's file is not.
func vendorSchemas(t *testing.T) map[string]shape {
	t.Helper()
	schemas, err := vendorShapes()
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is not here: the vendor's file is not part of a clone", vendorFile)
	}
	if err != nil {
		t.Fatal(err)
	}
	return schemas
}

// vendorProperties reads the properties of the objects the twin knows.
func vendorProperties(t *testing.T) map[string]map[string]string {
	t.Helper()
	schemas := vendorSchemas(t)
	out := map[string]map[string]string{}
	for _, p := range prefixes() {
		out[p[0]] = map[string]string{}
		for name, s := range schemas[p[0]+"SObject"].Properties {
			out[p[0]][name] = strings.TrimSpace(s.Type + " " + s.Format)
		}
	}
	return out
}

// TestEmbeddedFieldsExist holds the description that plans are checked against up to
// the twin: a plan that checks must not meet an unknown field.
func TestEmbeddedFieldsExist(t *testing.T) {
	c := serve(t, nil)
	orgDependent := map[string]bool{"RecordTypeId": true, "CurrencyIsoCode": true, "attributes": true}
	for _, s := range specs.Embedded() {
		if s.Name != "salesforce" {
			continue
		}
		doc, list := openapi.Load(s.Name, s.Spec, s.Overlay, openapi.DefaultLimits())
		if err := list.Err(); err != nil {
			t.Fatal(err)
		}
		var raw struct {
			Components struct {
				Schemas map[string]struct{ Properties map[string]json.RawMessage }
			}
		}
		if err := json.Unmarshal(doc.JSON(), &raw); err != nil {
			t.Fatal(err)
		}
		for _, o := range c.twin.schema.order {
			for name := range raw.Components.Schemas[o.name+"SObject"].Properties {
				if _, ok := o.find(name); !ok && !orgDependent[name] {
					t.Errorf("%s.%s is in the embedded description and not in the twin", o.name, name)
				}
			}
		}
	}
}

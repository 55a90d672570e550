package xero

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The vendor spoke XML first, and its JSON shows it: a member that only names what XML holds
// in an attribute, dates written twice. Here the JSON form is turned back.

const schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"

// writeXML answers a tree as XML. collection is what the call was about.
func writeXML(w http.ResponseWriter, status int, root, collection string, body map[string]any) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(status)
	out := &xmlWriter{e: xml.NewEncoder(w), element: singular(collection)}
	start := xml.StartElement{Name: xml.Name{Local: root}, Attr: []xml.Attr{
		{Name: xml.Name{Local: "xmlns:xsi"}, Value: schemaInstance},
		{Name: xml.Name{Local: "xmlns:xsd"}, Value: "http://www.w3.org/2001/XMLSchema"},
	}}
	out.token(start)
	out.members(body)
	out.token(start.End())
	if out.err == nil {
		_ = out.e.Flush() // a reader that went away needs no answer
	}
}

// xmlWriter writes until something fails.
type xmlWriter struct {
	e       *xml.Encoder
	element string // what Elements holds
	err     error
}

func (x *xmlWriter) token(t xml.Token) {
	if x.err == nil {
		x.err = x.e.EncodeToken(t)
	}
}

// heads are the members that come first, in this order.
func heads() []string {
	return []string{"Id", "Status", "ProviderName", "DateTimeUTC", "ErrorNumber", "Type", "Message", "pagination"}
}

// members writes a record: what envelopes begin with, then the rest by name. A date's second
// form and the status of an element, which is an attribute, are left out.
func (x *xmlWriter) members(m map[string]any) {
	names := slices.Sorted(maps.Keys(m))
	if _, envelope := m["DateTimeUTC"]; envelope || m["ErrorNumber"] != nil {
		first := slices.DeleteFunc(heads(), func(name string) bool { return m[name] == nil })
		names = append(first, slices.DeleteFunc(names, func(name string) bool { return slices.Contains(first, name) })...)
	}
	for _, name := range names {
		base, double := strings.CutSuffix(name, "String")
		if m[name] == nil || name == "StatusAttributeString" || double && m[base] != nil {
			continue
		}
		x.member(name, name, m[name])
	}
}

// member writes one element. The name under which a list stands decides how its members are
// called.
func (x *xmlWriter) member(name, list string, v any) {
	start := xml.StartElement{Name: xml.Name{Local: name}}
	switch v := v.(type) {
	case map[string]any:
		if status, ok := v["StatusAttributeString"].(string); ok {
			start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: "status"}, Value: status})
		}
		if list == "Elements" {
			start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: "xsi:type"}, Value: x.element})
		}
		x.token(start)
		x.members(v)
	case []any:
		x.token(start)
		for _, e := range v {
			x.member(singular(name), name, e)
		}
	default:
		x.token(start)
		x.token(xml.CharData(xmlText(name, v)))
	}
	x.token(start.End())
}

// xmlText is a value as XML holds it: a date as .NET prints one, the rest as JSON has it.
func xmlText(name string, v any) string {
	text, ok := scalar(v)
	if !ok {
		return string(mustJSON(v))
	}
	at, ok := readMS(text)
	if !ok {
		return text
	}
	text = at.Format("2006-01-02T15:04:05.999")
	if name == "DateTimeUTC" {
		text += "Z"
	}
	return text
}

// singular names the members of a list.
func singular(name string) string {
	switch {
	case name == "Elements":
		return "DataContractBase"
	case name == "Tracking":
		return "TrackingCategory"
	case strings.HasSuffix(name, "ies"):
		return strings.TrimSuffix(name, "ies") + "y"
	case strings.HasSuffix(name, "Addresses"):
		return strings.TrimSuffix(name, "es")
	}
	return strings.TrimSuffix(name, "s")
}

// read decodes what a write sent: JSON, XML, or XML in the member "xml" of a form. Without a
// content type the first character decides.
func (q *call) read(tb *table) (any, error) {
	media, text := q.r.Header.Get("Content-Type"), q.body
	if strings.HasPrefix(media, "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(text))
		if err != nil || !form.Has("xml") {
			return nil, refuseXML("the form has no member xml")
		}
		text, media = []byte(form.Get("xml")), "text/xml"
	}
	if strings.Contains(media, "xml") || media == "" && bytes.HasPrefix(bytes.TrimSpace(text), []byte("<")) {
		return readXML(text, tb)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var body any
	if err := d.Decode(&body); err != nil {
		return nil, refuseBody("it is not a JSON value")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, refuseBody("there is text after the value")
	}
	return body, nil
}

// xmlNode is an element as it was sent.
type xmlNode struct {
	name  string
	none  bool // xsi:nil
	text  string
	inner []*xmlNode
}

// maxElements is how deep elements of a body may lie in one another.
const maxElements = 32

// readXML turns a body into the tree that JSON would have given, with all values as text.
func readXML(body []byte, tb *table) (any, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	root, err := readNode(d, nil, 0)
	if err != nil {
		return nil, refuseXML(err.Error())
	}
	if strings.EqualFold(root.name, tb.name) {
		return field{kind: kindList, of: tb.shape}.fromXML(root), nil
	}
	return field{kind: kindObject, of: tb.shape}.fromXML(root), nil
}

func refuseXML(cause string) *refusal {
	e := refuseBody(cause)
	e.message = "XML for post data was invalid, " + cause // believed
	return e
}

var errDeep, errNoElement = errors.New("elements lie too deep"), errors.New("there is no element")

// readNode reads the element that start opened, or, without one, the root and all that
// follows it.
func readNode(d *xml.Decoder, start *xml.StartElement, depth int) (*xmlNode, error) {
	n := &xmlNode{}
	if start != nil {
		n.name = start.Name.Local
		n.none = slices.ContainsFunc(start.Attr, func(a xml.Attr) bool {
			return a.Name.Space == schemaInstance && a.Name.Local == "nil" && a.Value == "true"
		})
	}
	for {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF) && start == nil && len(n.inner) == 1:
			return n.inner[0], nil
		case errors.Is(err, io.EOF) && start == nil:
			return nil, errNoElement
		case err != nil:
			return nil, errors.New("it is not well-formed")
		case depth > maxElements:
			return nil, errDeep
		}
		switch token := token.(type) {
		case xml.StartElement:
			inner, err := readNode(d, &token, depth+1)
			if err != nil {
				return nil, err
			}
			n.inner = append(n.inner, inner)
		case xml.CharData:
			n.text += string(token)
		case xml.EndElement:
			return n, nil
		}
	}
}

// fromXML gives an element the form its member has in JSON. An empty element is an empty
// text, and nothing where text cannot stand.
func (f field) fromXML(n *xmlNode) any {
	switch {
	case n.none:
		return nil
	case f.kind == kindList:
		list := []any{}
		for _, e := range n.inner {
			list = append(list, field{kind: kindObject, of: f.of}.fromXML(e))
		}
		return list
	case f.kind == kindObject && f.of == nil && len(n.inner) == 0:
		return n.text // somewhere inside what has no shape
	case f.kind == kindObject:
		m := map[string]any{}
		for _, e := range n.inner {
			inner := field{kind: kindObject}
			if f.of != nil {
				inner = f.of.fields[strings.ToLower(e.name)]
			}
			m[e.name] = inner.fromXML(e)
		}
		return m
	case f.kind == kindText:
		return n.text
	}
	if text := strings.TrimSpace(n.text); text != "" {
		return text
	}
	return nil
}

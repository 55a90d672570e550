package web

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// node is an element of a page, or a text when its name is empty.
type node struct {
	name  string
	attrs map[string]string
	text  string
	kids  []*node
}

// parseHTML reads a page and refuses what a careful reader of pages would: elements that
// are not closed, attributes without quotes, ids used twice, inline styles and scripts.
// Templates are written so that a strict reader of XML takes them.
func parseHTML(text string) (*node, error) {
	d := xml.NewDecoder(strings.NewReader(text))
	d.Entity = xml.HTMLEntity
	root := &node{}
	open, ids := []*node{root}, map[string]bool{}
	for {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			return root, nil
		case err != nil:
			return nil, err
		}
		at := open[len(open)-1]
		switch x := token.(type) {
		case xml.StartElement:
			n := &node{name: x.Name.Local, attrs: map[string]string{}}
			for _, a := range x.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			if err := sound(n, ids); err != nil {
				return nil, err
			}
			at.kids, open = append(at.kids, n), append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			at.kids = append(at.kids, &node{text: string(x)})
		}
	}
}

func sound(n *node, ids map[string]bool) error {
	for name := range n.attrs {
		if name == "style" || strings.HasPrefix(name, "on") {
			return fmt.Errorf("<%s> has the attribute %s, which the policy forbids", n.name, name)
		}
	}
	if id, ok := n.attrs["id"]; ok {
		if ids[id] {
			return fmt.Errorf("the id %q stands twice", id)
		}
		ids[id] = true
	}
	if _, ok := n.attrs["src"]; n.name == "style" || n.name == "script" && !ok {
		return fmt.Errorf("<%s> within the page", n.name)
	}
	return nil
}

// all returns the elements of a name that have every attribute given, as pairs of name and
// value; the value "*" takes any.
func (n *node) all(name string, pairs ...string) (out []*node) {
	for _, k := range n.kids {
		if k.name == name && k.has(pairs) {
			out = append(out, k)
		}
		out = append(out, k.all(name, pairs...)...)
	}
	return out
}

func (n *node) has(pairs []string) bool {
	for i := 0; i+1 < len(pairs); i += 2 {
		value, ok := n.attrs[pairs[i]]
		if !ok || pairs[i+1] != "*" && pairs[i+1] != value && (pairs[i] != "class" || !slices.Contains(strings.Fields(value), pairs[i+1])) {
			return false
		}
	}
	return true
}

// one returns the only such element.
func (n *node) one(t testing.TB, name string, pairs ...string) *node {
	t.Helper()
	found := n.all(name, pairs...)
	if len(found) != 1 {
		t.Fatalf("<%s> with %q: got %d, want 1 in\n%s", name, pairs, len(found), n.words())
	}
	return found[0]
}

func (n *node) attr(name string) (string, bool) {
	v, ok := n.attrs[name]
	return v, ok
}

// words is the text of an element, its spaces made single.
func (n *node) words() string {
	var b strings.Builder
	n.write(&b)
	return strings.Join(strings.Fields(b.String()), " ")
}

func (n *node) write(b *strings.Builder) {
	b.WriteString(n.text)
	for _, k := range n.kids {
		k.write(b)
		if k.name != "" && !slices.Contains([]string{"bdi", "strong", "em", "code", "mark", "wbr"}, k.name) {
			b.WriteByte(' ') // it stands apart
		}
	}
}

// says fails the test unless the element's text holds each of the words.
func (n *node) says(t testing.TB, words ...string) {
	t.Helper()
	text := n.words()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("the page does not say %q:\n%s", w, text)
		}
	}
}

func TestParseHTML(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"sound", `<!DOCTYPE html><html><p id="a" class="x y">A &lt; B<br/></p></html>`, ""},
		{"not closed", `<html><p></html>`, "element <p> closed by </html>"},
		{"no quotes", `<p class=x></p>`, "unquoted"},
		{"twice", `<div><p id="a"/><p id="a"/></div>`, "stands twice"},
		{"style", `<p style="color:red"/>`, "forbids"},
		{"handler", `<p onclick="x()"/>`, "forbids"},
		{"script", `<script>x()</script>`, "within the page"},
	} {
		_, err := parseHTML(tt.in)
		if got := fmt.Sprint(err); tt.want == "" && err != nil || !strings.Contains(got, tt.want) && tt.want != "" {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

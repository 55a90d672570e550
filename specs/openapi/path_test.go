package openapi

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const bookstore = `{
  "store": {
    "book": [
      {"category": "reference", "author": "Nigel", "price": 8.95},
      {"category": "fiction", "author": "Evelyn", "price": 12.99, "isbn": null},
      {"category": "fiction", "author": "Herman", "isbn": "0-553", "price": 8.99, "tags": ["sea", "whale"]}
    ],
    "bicycle": {"color": "red", "price": 399},
    "x-size": 1, "it's": 2, "a/b": {"~": 3}
  },
  "limit": 10
}`

func TestPaths(t *testing.T) {
	root, err := readJSON(bookstore, DefaultLimits(), fromSpec)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{"$", ""},
		{"$.store.bicycle", "/store/bicycle"},
		{"$['store']['bicycle']", "/store/bicycle"},
		{`$["store"]["bicycle"].color`, "/store/bicycle/color"},
		{`$.store['it\'s']`, "/store/it's"},
		{`$.store["it's"]`, "/store/it's"},
		{"$.store['a/b']['~']", "/store/a~1b/~0"},
		{"$.store.x-size", "/store/x-size"},
		{"$.store.book[0]", "/store/book/0"},
		{"$.store.book[-1].author", "/store/book/2/author"},
		{"$.store.book[7]", "none"},
		{"$.store.book[0, 2].author", "/store/book/0/author /store/book/2/author"},
		{"$.store['bicycle', 'x-size']", "/store/bicycle /store/x-size"},
		{"$.store.book[*].author", "/store/book/0/author /store/book/1/author /store/book/2/author"},
		{"$.store.bicycle.*", "/store/bicycle/color /store/bicycle/price"},
		{"$..author", "/store/book/0/author /store/book/1/author /store/book/2/author"},
		{"$..['color', 'isbn']", "/store/book/1/isbn /store/book/2/isbn /store/bicycle/color"},
		{"$..book[0]", "/store/book/0"},
		{"$.store.book[?@.isbn]", "/store/book/1 /store/book/2"},
		{"$.store.book[?!@.isbn]", "/store/book/0"},
		{"$.store.book[?@.category == 'fiction']", "/store/book/1 /store/book/2"},
		{`$.store.book[?@.category != "fiction"]`, "/store/book/0"},
		{"$.store.book[?@.price < $.limit]", "/store/book/0 /store/book/2"},
		{"$.store.book[?@.price >= 8.990]", "/store/book/1 /store/book/2"},
		{"$.store.book[?@.price == 8.990]", "/store/book/2"},
		{"$.store.book[?@.isbn == null]", "/store/book/1"},
		{"$.store.book[?@.isbn == @.nothing]", "/store/book/0"},
		{"$.store.book[?@.category == 'fiction' && @.price < 10]", "/store/book/2"},
		{"$.store.book[?@.author == 'Nigel' || @.author == 'Herman']", "/store/book/0 /store/book/2"},
		{"$.store.book[?!(@.author == 'Nigel' || @.author == 'Herman')]", "/store/book/1"},
		{"$.store.book[?@.tags[?@ == 'sea']]", "/store/book/2"},
		{"$.store.book[?@['author'] > 'H' && @.author<='N']", "/store/book/2"},
		{"$.store[?@.color]", "/store/bicycle"},
		{"$.limit.x", "none"},
		{"$.store.book[?@.author < 5]", "none"},
	} {
		t.Run(c.path, func(t *testing.T) {
			p, err := parsePath(c.path)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range p.find(root) {
				got = append(got, m.pointer)
			}
			want := strings.Split(c.want, " ")
			if c.want == "none" {
				want = nil
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBrokenPaths(t *testing.T) {
	for _, s := range []string{
		"", "store", "$.", "$..", "$[", "$[]", "$['a]", "$['a' 'b']", "$[1:2]", "$[?]", "$[?@.a ==]", "$[?'a']", "$[?(@.a]",
		"$.a b", "$[?length(@.a) > 1]", `$['\n']`, "$" + strings.Repeat("[?(", 200),
	} {
		if _, err := parsePath(s); err == nil || !strings.HasPrefix(err.Error(), "column ") {
			t.Errorf("%q: error %v, want one that names the column", s, err)
		}
	}
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{"$.a[*]..b[?@.c == 'd' && !@.e || @.f < 1]", "$['x', 1, *]", "$..*"} {
		f.Add(s)
	}
	root, err := readJSON(bookstore, DefaultLimits(), fromSpec)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 200 || strings.Count(s, "..") > 3 {
			return
		}
		p, err := parsePath(s)
		if err != nil {
			return
		}
		for _, m := range p.find(root) {
			if got := newResolver(root).find("#" + m.pointer); got != m.node {
				t.Fatalf("%s: pointer %s leads elsewhere", s, m.pointer)
			}
		}
	})
}

package apicall

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// shelf is an operation of a third API: a list of books, paged as p says.
func (r *rig) shelf(p *catalog.Paging, envelope string) {
	r.cat.apis["shelf"] = &catalog.API{Name: "shelf"}
	r.cat.objects["shelf.Book"] = &schema.Object{Name: "shelf.Book", Key: "id", Fields: []schema.Field{{Name: "id", Type: schema.IDOf("shelf.Book.id")}}}
	op := &catalog.Operation{
		API: "shelf", ID: "list", Method: "GET", Path: "/books", Effect: catalog.EffectNone, Entity: "shelf.Book", Paging: p,
		Response: &catalog.Body{Type: schema.ObjectOf("shelf.Book"), Envelope: envelope, Many: true},
	}
	for _, name := range p.Params() {
		op.Params = append(op.Params, catalog.Param{Name: name, In: catalog.InQuery, Type: schema.Type{Kind: schema.String}})
	}
	op.Params = append(op.Params,
		catalog.Param{Name: "tag", In: catalog.InQuery, Repeated: true, Type: schema.ListOf(schema.Type{Kind: schema.String})})
	r.cat.ops["shelf.list"] = op
}

// slice is the books that a vendor with n of them answers from one on.
func slice(n, from, size int) []map[string]any {
	rows := []map[string]any{}
	for i := from; i < min(from+size, n); i++ {
		rows = append(rows, map[string]any{"id": strconv.Itoa(i + 1)})
	}
	return rows
}

func whole(q url.Values, name string, otherwise int) int {
	if n, err := strconv.Atoi(q.Get(name)); err == nil {
		return n
	}
	return otherwise
}

func sendJSON(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err) // unreachable: maps of text and numbers
	}
}

// TestFollow follows each way of paging through five books in pages of two on a real
// server, and says what was asked for.
func TestFollow(t *testing.T) {
	const n, size = 5, 2
	for _, c := range []struct {
		name     string
		paging   catalog.Paging
		envelope string
		serve    func(w http.ResponseWriter, req *http.Request, q url.Values)
		asked    string
	}{
		{"page", catalog.Paging{Page: "page", Size: "limit", MaxSize: size}, "books", func(w http.ResponseWriter, _ *http.Request, q url.Values) {
			sendJSON(w, map[string]any{"books": slice(n, (whole(q, "page", 1)-1)*size, whole(q, "limit", 99))})
		}, "limit=2&page=1 limit=2&page=2 limit=2&page=3"},
		{"page from zero, size unknown", catalog.Paging{Page: "page", FromZero: true}, "", func(w http.ResponseWriter, _ *http.Request, q url.Values) {
			sendJSON(w, slice(n, whole(q, "page", 0)*size, size))
		}, "page=0 page=1 page=2 page=3"},
		{"page with more", catalog.Paging{Page: "page", More: "meta.more"}, "books", func(w http.ResponseWriter, _ *http.Request, q url.Values) {
			page := whole(q, "page", 1)
			sendJSON(w, map[string]any{"books": slice(n, (page-1)*size, size), "meta": map[string]any{"more": page < 3}})
		}, "page=1 page=2 page=3"},
		{"offset", catalog.Paging{Offset: "skip", Size: "take", MaxSize: size}, "", func(w http.ResponseWriter, _ *http.Request, q url.Values) {
			sendJSON(w, slice(n, whole(q, "skip", 0), whole(q, "take", 99)))
		}, "take=2 skip=2&take=2 skip=4&take=2"},
		{"cursor", catalog.Paging{Cursor: "cursor", Next: "meta.next"}, "books", func(w http.ResponseWriter, _ *http.Request, q url.Values) {
			from := whole(q, "cursor", 0)
			meta := map[string]any{"next": nil}
			if from+size < n {
				meta["next"] = from + size // a number, as some vendors write it
			}
			sendJSON(w, map[string]any{"books": slice(n, from, size), "meta": meta})
		}, " cursor=2 cursor=4"},
		{"id of the last", catalog.Paging{Cursor: "starting_after", Last: "id", More: "has_more"}, "data", func(w http.ResponseWriter, _ *http.Request, q url.Values) {
			from := whole(q, "starting_after", 0)
			sendJSON(w, map[string]any{"data": slice(n, from, size), "has_more": from+size < n})
		}, " starting_after=2 starting_after=4"},
		{"URL in the body, absolute", catalog.Paging{Next: "links.next"}, "items", func(w http.ResponseWriter, req *http.Request, q url.Values) {
			from := whole(q, "from", 0)
			links := map[string]any{}
			if from+size < n {
				links["next"] = fmt.Sprintf("http://%s/v2/books?from=%d", req.Host, from+size)
			}
			sendJSON(w, map[string]any{"items": slice(n, from, size), "links": links})
		}, " from=2 from=4"},
		{"URL in the body, relative", catalog.Paging{Next: "next"}, "items", func(w http.ResponseWriter, _ *http.Request, q url.Values) {
			from := whole(q, "from", 0)
			next := ""
			if from+size < n {
				next = fmt.Sprintf("?from=%d", from+size)
			}
			sendJSON(w, map[string]any{"items": slice(n, from, size), "next": next})
		}, " from=2 from=4"},
		{"header Link", catalog.Paging{Link: true, Size: "per_page", MaxSize: size}, "", func(w http.ResponseWriter, req *http.Request, q url.Values) {
			from := whole(q, "from", 0)
			if from+size < n {
				w.Header().Add("Link", fmt.Sprintf(`<http://%s/v2/books?from=0>; rel="first"`, req.Host))
				w.Header().Add("Link", fmt.Sprintf(`<http://%s/v2/books?from=9>; rel=last, </v2/books?from=%d&per_page=2>; title="a; b"; rel="x next"`, req.Host, from+size))
			}
			sendJSON(w, slice(n, from, size))
		}, "per_page=2 from=2&per_page=2 from=4&per_page=2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var asked []string
			r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
				if req.URL.Path != "/v2/books" || req.Header.Get("Authorization") != "Bearer "+secretToken {
					t.Errorf("%s with %q", req.URL, req.Header.Get("Authorization"))
				}
				asked = append(asked, req.URL.RawQuery)
				c.serve(w, req, req.URL.Query())
			})
			r.conns.base += "/v2"
			r.shelf(&c.paging, c.envelope)
			out := r.call(t, "shelf.list", Args{})
			rows, _ := out.Value.([]any)
			var got []string
			for _, row := range rows {
				got = append(got, row.(map[string]any)["id"].(string))
			}
			if out.Class != catalog.ClassOK || strings.Join(got, " ") != "1 2 3 4 5" {
				t.Errorf("%+v", out)
			}
			if diff := cmp.Diff(c.asked, strings.Join(asked, " ")); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFollowOutside holds that neither a body nor a header can send the secret anywhere but
// below the pinned address.
func TestFollowOutside(t *testing.T) {
	for _, next := range []string{
		"https://elsewhere.test/v2/books?from=2", "//elsewhere.test/v2/books", "http://HOST.elsewhere.test/v2/books", "http://user:pw@HOST/v2/books",
		"/books?from=2", "/v2x/books", "../books", "/v2/../admin", "/v2/%2e%2e/admin", "http:/v2/books", "ftp://HOST/v2/books", "mailto:a@b", "http://[::1",
		"\\\\elsewhere.test\\v2", "/v2/books\tx", "https://HOST/v2/books",
	} {
		for way, p := range map[string]catalog.Paging{"body": {Next: "next"}, "header": {Link: true}} {
			t.Run(way+" "+next, func(t *testing.T) {
				r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
					at := strings.ReplaceAll(next, "HOST", req.Host)
					w.Header().Set("Link", "<"+at+">; rel=next")
					sendJSON(w, map[string]any{"items": slice(2, 0, 2), "next": at})
				})
				r.conns.base += "/v2"
				r.shelf(&p, "items")
				out := r.call(t, "shelf.list", Args{})
				if out.Class != catalog.ClassRetry || out.Value != nil || r.hits.Load() != 1 {
					t.Errorf("after %d requests: %+v", r.hits.Load(), out)
				}
			})
		}
	}
}

// TestFollowEnds bounds vendors that go round in circles or contradict themselves.
func TestFollowEnds(t *testing.T) {
	for _, c := range []struct {
		name   string
		paging catalog.Paging
		answer string
		hits   int64
		class  catalog.Class
	}{
		{"the same URL for ever", catalog.Paging{Next: "next"}, `{"items":[{"id":"1"}],"next":"?a=1"}`, 2, catalog.ClassRetry},
		{"the same cursor for ever", catalog.Paging{Cursor: "c", Next: "next"}, `{"items":[{"id":"1"}],"next":"x"}`, 2, catalog.ClassRetry},
		{"more, and not where", catalog.Paging{Next: "next", More: "more"}, `{"items":[{"id":"1"}],"more":true}`, 1, catalog.ClassRetry},
		{"no more, and a URL all the same", catalog.Paging{Next: "next", More: "more"}, `{"items":[{"id":"1"}],"more":false,"next":"?a=1"}`, 1, catalog.ClassOK},
		{"a next that is an object", catalog.Paging{Next: "next"}, `{"items":[{"id":"1"}],"next":{"href":"?a=1"}}`, 1, catalog.ClassRetry},
		{"a next that is false", catalog.Paging{Next: "next"}, `{"items":[{"id":"1"}],"next":false}`, 1, catalog.ClassOK},
		{"a page parameter that is ignored", catalog.Paging{Page: "p"}, `{"items":[{"id":"1"}]}`, 2, catalog.ClassOK},
		{"a last element without the field", catalog.Paging{Cursor: "c", Last: "nothing"}, `{"items":[{"id":"1"}]}`, 1, catalog.ClassRetry},
		{"a last element without the field, and no more", catalog.Paging{Cursor: "c", Last: "nothing", More: "more"}, `{"items":[{"id":"1"}],"more":false}`, 1, catalog.ClassOK},
		{"a last element without the field, of a page that is not full", catalog.Paging{Cursor: "c", Last: "nothing", Size: "n", MaxSize: 2}, `{"items":[{"id":"1"}]}`, 1, catalog.ClassOK},
		{"more after nothing", catalog.Paging{Offset: "o", More: "more"}, `{"items":[],"more":true}`, 2, catalog.ClassRetry},
		{"more after nothing, by the last", catalog.Paging{Cursor: "c", Last: "id", More: "more"}, `{"items":[],"more":true}`, 1, catalog.ClassRetry},
		{"nothing", catalog.Paging{Offset: "o"}, `{"items":[]}`, 1, catalog.ClassOK},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, reply(200, c.answer))
			r.shelf(&c.paging, "items")
			out := r.call(t, "shelf.list", Args{})
			if out.Class != c.class || r.hits.Load() != c.hits {
				t.Errorf("after %d requests: %+v", r.hits.Load(), out)
			}
		})
	}
}

// TestFollowAllOfIt holds lists that a hasty reader would take for shorter than they are.
func TestFollowAllOfIt(t *testing.T) {
	for name, c := range map[string]struct {
		paging catalog.Paging
		params map[string]any
		serve  func(q url.Values) any
	}{
		"an empty page amidst": {catalog.Paging{Page: "page", More: "more"}, nil, func(q url.Values) any {
			page := whole(q, "page", 1)
			rows := map[int][]map[string]any{1: slice(5, 0, 2), 3: slice(5, 2, 2), 5: slice(5, 4, 2)}[page]
			return map[string]any{"items": append([]map[string]any{}, rows...), "more": page < 5}
		}},
		"a page of known rows amidst": {catalog.Paging{Page: "page", More: "more"}, nil, func(q url.Values) any {
			page := whole(q, "page", 1)
			return map[string]any{"items": map[int][]map[string]any{1: slice(5, 0, 2), 2: slice(5, 0, 2), 3: slice(5, 2, 2), 4: slice(5, 4, 2)}[page], "more": page < 4}
		}},
		"more elements asked for than there may be": {catalog.Paging{Page: "page", Size: "limit", MaxSize: 2}, map[string]any{"limit": "100"}, func(q url.Values) any {
			return map[string]any{"items": slice(5, 2*(whole(q, "page", 1)-1), min(whole(q, "limit", 2), 2))}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(w http.ResponseWriter, req *http.Request) { sendJSON(w, c.serve(req.URL.Query())) })
			r.shelf(&c.paging, "items")
			out := r.call(t, "shelf.list", Args{Params: c.params})
			if rows, _ := out.Value.([]any); out.Class != catalog.ClassOK || len(rows) != 5 {
				t.Errorf("%+v, want five rows", out)
			}
		})
	}
}

// TestChosenPage follows nothing when the caller asks for a page itself.
func TestChosenPage(t *testing.T) {
	r := newRig(t, reply(200, `{"items":[{"id":"1"}],"next":"y"}`))
	r.shelf(&catalog.Paging{Cursor: "c", Next: "next"}, "items")
	req := r.render(t, "shelf.list", Args{Params: map[string]any{"c": "x"}})
	if out := r.caller.Call(t.Context(), req); out.Class != catalog.ClassOK || r.hits.Load() != 1 || req.Pages {
		t.Errorf("after %d requests: %+v", r.hits.Load(), out)
	}
}

// TestRepeated sends each element of a list under its name, commas and all.
func TestRepeated(t *testing.T) {
	r := newRig(t, reply(200, `{"items":[]}`))
	r.shelf(&catalog.Paging{Offset: "o"}, "items")
	req := r.render(t, "shelf.list", Args{Params: map[string]any{"tag": []any{"b", "a", "ä"}}})
	if want := "/books?tag=b&tag=a&tag=%C3%A4"; req.Path != want {
		t.Errorf("%s, want %s", req.Path, want)
	}
	for _, bad := range [][]any{{"a", ""}, {"a", "b\n"}} {
		if _, err := Render(r.cat.apis["shelf"], r.cat.ops["shelf.list"], r.cat, Args{Params: map[string]any{"tag": bad}}); err == nil {
			t.Errorf("%q is sent", bad)
		}
	}
}

// TestOnlyJSON refuses to write a body in a form it does not know.
func TestOnlyJSON(t *testing.T) {
	r := newRig(t, reply(200, `{}`))
	for media, ok := range map[string]bool{"application/json": true, "application/vnd.shelf+json": true, "*/*": true, "": true, "multipart/form-data": false, "application/x-www-form-urlencoded": false} {
		op := &catalog.Operation{API: "shelf", ID: "make", Method: "POST", Path: "/books", Request: &catalog.Body{Type: schema.Type{Kind: schema.Any}, Media: media}}
		_, err := Render(&catalog.API{Name: "shelf"}, op, r.cat, Args{Body: map[string]any{"a": "b"}})
		if (err == nil) != ok {
			t.Errorf("%s: %v", media, err)
		}
	}
}

func FuzzLinkNext(f *testing.F) {
	for _, s := range []string{`<a>; rel=next`, `<a>; rel="prev next", <b>; rel=first`, `<<>>;rel=next`, `<a`, ``, `<a>;rel`, `<a>; rel=next, <b>; rel=next`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got := linkNext(http.Header{"Link": {line}})
		if got != "" && !strings.Contains(line, "<"+got+">") {
			t.Errorf("%q gives %q", line, got)
		}
		if slices.Contains([]string{"", "\x00"}, line) && got != "" {
			t.Errorf("%q from nothing", got)
		}
	})
}

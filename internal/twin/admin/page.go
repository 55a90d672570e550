package admin

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
)

//go:embed page.html
var pageText string

//go:embed style.css
var styleText []byte

// pageData is what the page shows.
type pageData struct {
	Problem string // what could not be done
	State   State
	Systems []shelf
	Record  *shown
	Faults  []wire.Rule
	Presets []string
	Actions []Action
	Doubts  []Decided
	Seen    []Seen
}

// shelf is the collections of one system.
type shelf struct {
	System      string
	Collections []collection
}

type collection struct {
	Name  string
	Count int
}

// shown is a list of records, or one of them.
type shown struct {
	System, Collection, ID string
	Find                   string  // what ids and names of a list contain
	List                   []named // of a list
	More                   int     // what a list leaves out
	Text                   string  // of one record
}

type named struct{ ID, Name string }

// listed is how many records a page lists.
const listed = 100

func pageTemplate() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"optional": func(need string) bool { return strings.HasSuffix(need, "?") },
		"bare":     func(need string) string { return strings.TrimSuffix(need, "?") },
		"rule":     func(f wire.Fault) string { return asText(f, "") },
		"vendor": func(system string) string {
			if system == systemSalesforce {
				return "Salesforce"
			}
			return "Xero"
		},
		"instant": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
	}).Parse(pageText))
}

// page shows everything; ?system=&collection=&id= also shows records, &find= those whose id or
// name contains a text.
func (s *Stage) page(w http.ResponseWriter, r *http.Request) {
	data := s.data()
	q := r.URL.Query()
	if q.Get("collection") != "" {
		r.SetPathValue("system", q.Get("system"))
		r.SetPathValue("collection", q.Get("collection"))
		list, err := s.all(r)
		if err != nil {
			s.render(w, http.StatusNotFound, data, err.Error())
			return
		}
		data.Record = show(shown{System: q.Get("system"), Collection: q.Get("collection"), ID: q.Get("id"), Find: strings.TrimSpace(q.Get("find"))}, list)
	}
	s.render(w, http.StatusOK, data, "")
}

// show sends the page with a problem on top.
func (s *Stage) show(w http.ResponseWriter, status int, problem string) {
	s.render(w, status, s.data(), problem)
}

func (s *Stage) data() pageData {
	d := pageData{
		State: s.state(), Faults: s.o.Faults.Rules(), Presets: slices.Sorted(maps.Keys(s.o.Presets)),
		Actions: Actions(), Doubts: s.doubts(), Seen: s.requests(),
	}
	d.Seen = d.Seen[:min(len(d.Seen), listed)]
	for _, of := range []struct {
		system string
		counts map[string]int
	}{{systemSalesforce, d.State.Salesforce}, {systemXero, d.State.Xero}} {
		p := shelf{System: of.system}
		for _, name := range slices.Sorted(maps.Keys(of.counts)) {
			p.Collections = append(p.Collections, collection{name, of.counts[name]})
		}
		d.Systems = append(d.Systems, p)
	}
	return d
}

func show(out shown, list []world.Record) *shown {
	find, matched := strings.ToLower(out.Find), 0
	for _, r := range list {
		at := world.ID(out.Collection, r)
		if out.ID != "" {
			if at == out.ID {
				out.Text = asText(r, "  ")
				break
			}
			continue
		}
		name := world.Name(r)
		if !strings.Contains(strings.ToLower(at+" "+name), find) {
			continue
		}
		if matched++; len(out.List) < listed {
			out.List = append(out.List, named{at, name})
		}
	}
	out.More = matched - len(out.List)
	return &out
}

// asText is a value as JSON that people read: the page escapes it, so that it need not.
func asText(v any, indent string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return err.Error() // unreachable: rules and records are JSON
	}
	return strings.TrimSpace(b.String())
}

// render sends the whole page or none of it.
func (s *Stage) render(w http.ResponseWriter, status int, d pageData, problem string) {
	d.Problem = problem
	var b bytes.Buffer
	if err := pageTemplate().Execute(&b, d); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a reader that went away needs no answer
}

func style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(styleText) // a reader that went away needs no answer
}

package web

import (
	"bytes"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

//go:embed templates/*.html
var templateFiles embed.FS

// Base is what every page has: its head, its place among the others, who looks at it.
type Base struct {
	Head    string // title of the page
	Nav     string // which entry of the navigation is the current one
	Person  string // who is signed in; empty for nobody
	Waiting int    // how much waits in the inbox; -1 when it is not known
	Flash   *flash
	Version string
	// Seq is the journal's sequence when the page was made; a live page asks for what came
	// after it. Live is set on pages with parts that change by themselves.
	Seq  uint64
	Live bool
	Self string // the page's own address, for the link that refreshes it
	Now  time.Time
}

func (b *Base) frame() *Base { return b }

// page is a struct that embeds Base and goes with one template.
type page interface{ frame() *Base }

// answer is what a handler returns: a page, or where to go.
type answer struct {
	status  int // 200 when zero
	name    string
	page    page
	to      string // redirect, after a change
	cookies []*http.Cookie
}

// show answers with a page.
func show(name string, p page) answer { return answer{name: name, page: p} }

// goTo answers a change: look there for what came of it.
func goTo(to string) answer { return answer{to: to} }

// write sends an answer. The page is rendered whole before its first byte leaves.
func (s *Web) write(w http.ResponseWriter, r *http.Request, a answer) {
	for _, c := range a.cookies {
		http.SetCookie(w, c)
	}
	if a.to != "" {
		http.Redirect(w, r, a.to, http.StatusSeeOther)
		return
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	var buf bytes.Buffer
	if wantsJSON(r) {
		e := json.NewEncoder(&buf)
		e.SetIndent("", "  ")
		if err := e.Encode(a.page); err != nil {
			s.broken(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
	} else {
		s.fill(r, a.page.frame())
		if err := s.pages[a.name].ExecuteTemplate(&buf, "base.html", a.page); err != nil {
			s.broken(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(buf.Bytes()) // a browser that went away needs no answer
}

// broken is the last resort: a page that cannot be rendered must not bring another down.
func (s *Web) broken(w http.ResponseWriter, r *http.Request, err error) {
	s.log.Error("page not rendered", "method", r.Method, "path", r.URL.Path, "err", err)
	http.Error(w, "500 this page cannot be shown; the log of the program says why", http.StatusInternalServerError)
}

// fill completes what every page has.
func (s *Web) fill(r *http.Request, b *Base) {
	b.Version, b.Self, b.Now = s.cfg.Version, localPath(r.URL.RequestURI()), s.cfg.Now()
	if r.Method == http.MethodPost {
		b.Live = false // the address of a form shows nothing when it is asked for
	}
	v := who(r.Context())
	if v.session == nil {
		return
	}
	b.Person = v.Name
	// Whoever asks for the head alone shows nothing to anybody.
	if b.Flash == nil && r.Header.Get(liveHeader) == "" && r.Method != http.MethodHead {
		b.Flash = s.people.take(v.session)
	}
}

// wantsJSON reports whether a program asks: JSON is named in Accept, and HTML is not.
func wantsJSON(r *http.Request) bool {
	asked := false
	for part := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		switch t, _, _ := mime.ParseMediaType(part); t {
		case "application/json":
			asked = true
		case "text/html":
			return false
		}
	}
	return asked
}

// parsePages reads every template. A page's file defines its "main"; base.html and the
// files that begin with an underscore are shared.
func parsePages(st *static, zone *time.Location) (map[string]*template.Template, error) {
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("web: templates: %w", err)
	}
	shared := template.New("").Option("missingkey=error").Funcs(funcs(st, zone))
	var own []string
	for _, f := range files {
		name := path.Base(f)
		if name != "base.html" && !strings.HasPrefix(name, "_") {
			own = append(own, f)
			continue
		}
		if shared, err = shared.ParseFS(templateFiles, f); err != nil {
			return nil, fmt.Errorf("web: templates: %w", err)
		}
	}
	pages := map[string]*template.Template{}
	for _, f := range own {
		t, err := shared.Clone()
		if err == nil {
			t, err = t.ParseFS(templateFiles, f)
		}
		if err != nil {
			return nil, fmt.Errorf("web: templates: %w", err)
		}
		pages[strings.TrimSuffix(path.Base(f), ".html")] = t
	}
	return pages, nil
}

// funcs are the words of the templates.
func funcs(st *static, zone *time.Location) template.FuncMap {
	return template.FuncMap{
		"static": func(name string) (string, error) {
			to, ok := st.names[name]
			if !ok {
				return "", fmt.Errorf("no static file %s", name)
			}
			return to, nil
		},
		"when":   func(t time.Time) string { return when(t, zone) },
		"stamp":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"moment": func(t time.Time) string { return t.In(zone).Format("2 Jan 15:04:05.000") },
		"zone":   func(t time.Time) string { return t.In(zone).Format("MST") },
		"ago":    ago,
		"count":  count,
		"plural": plural,
		"short":  shortDigest,
		"clip":   visible,
		"to":     to,
		"say":    func(text string) string { return visible(sentence(text), sayLimit) },
		"join":   func(list []string, by string) string { return visible(strings.Join(list, by), sayLimit) },
		"words":  words,
		"system": system,
		"once":   onceText,
		"state":  stateOf,
		"pieces": pieces,
		"leaf":   leaf,
	}
}

// pieces cuts an expression or a name where a line may break.
func pieces(text string) (out []string) {
	from := 0
	for i, c := range text {
		if strings.ContainsRune(".(,_", c) && i > from {
			out, from = append(out, text[from:i+1]), i+1
		}
	}
	return append(out, text[from:])
}

// sayLimit is as much of a sentence as a page shows.
const sayLimit = 4000

// visible cuts text to n runes and shows by their numbers the characters that would turn
// round or hide what stands beside them, or that nobody can see: nobody is to approve
// something other than what is there.
func visible(text string, n int) string {
	var b strings.Builder
	for _, c := range clip(text, n) {
		switch {
		case unseen(c):
			fmt.Fprintf(&b, "‹%U›", c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// unseen reports a character that changes how text looks without being seen itself. The
// joiners that some scripts and signs are written with are let through.
func unseen(c rune) bool {
	switch c {
	case '\n', '\t', '\r', '\u200c', '\u200d':
		return false
	case '\u115f', '\u1160', '\u3164', '\uffa0': // letters of Hangul that are blank
		return true
	}
	return unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// leaf is the last part of a dotted name: of "xero.Invoice", "Invoice".
func leaf(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// to builds the address of a page from its parts, each escaped.
func to(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}

// when writes a moment for people: the day, and the time to the minute, by the clock of
// the machine; the foot of the page names its zone.
func when(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(zone).Format("2 Jan 2006, 15:04")
}

func (s *Web) when(t time.Time) string { return when(t, s.zone) }

// ago writes how long before now a moment was, in one unit.
func ago(now, t time.Time) string {
	d := now.Sub(t)
	switch {
	case t.IsZero():
		return ""
	case d < -time.Minute:
		return "in " + span(-d)
	case d < time.Minute:
		return "just now"
	}
	return span(d) + " ago"
}

func span(d time.Duration) string {
	switch {
	case d < time.Hour:
		return plural(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return plural(int(d/time.Hour), "hour")
	}
	return plural(int(d/(24*time.Hour)), "day")
}

// count writes a number in groups of thousands: 12,400.
func count(n any) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// plural writes a number with its noun: "1 run", "3 runs", "2 entries".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + nouns(noun)
}

// nouns returns the plural of a noun, a record's name among them: entries, addresses.
func nouns(noun string) string {
	switch {
	case strings.HasSuffix(noun, "y") && !strings.HasSuffix(noun, "ay") && !strings.HasSuffix(noun, "ey"):
		return strings.TrimSuffix(noun, "y") + "ies"
	case strings.HasSuffix(noun, "s"), strings.HasSuffix(noun, "x"), strings.HasSuffix(noun, "ch"):
		return noun + "es"
	}
	return noun + "s"
}

// shortDigest shows enough of a digest to tell two apart.
func shortDigest(d any) string {
	text := strings.TrimPrefix(fmt.Sprint(d), "sha256:")
	if len(text) > 12 {
		text = text[:12]
	}
	return text
}

// sentence makes an error's words a sentence: a capital, a full stop.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	// A name keeps its letters: "closed-won@1: …", "xero: …", "r2cet…".
	if word, _, _ := strings.Cut(text, " "); strings.Trim(word, "abcdefghijklmnopqrstuvwxyz,") == "" && first != utf8.RuneError {
		text = strings.ToUpper(string(first)) + text[size:]
	}
	if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "!") && !strings.HasSuffix(text, "?") {
		text += "."
	}
	return text
}

// words joins a list as people do: "a, b and c".
func words(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// encodePath and decodePath carry an address in a cookie.
func encodePath(p string) string { return base64.RawURLEncoding.EncodeToString([]byte(p)) }

func decodePath(text string) string {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return "/"
	}
	return localPath(string(raw))
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

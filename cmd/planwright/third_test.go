package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// parcelDesk is a server of an API nobody prepared: specs/testdata/third/parcel.yaml. It
// wants its key, pages its lists and remembers idempotency keys.
type parcelDesk struct {
	mu        sync.Mutex
	customers []map[string]any
	shipments []map[string]any
	bodies    []string          // of every POST that arrived
	known     map[string]string // idempotency key to the answer
	lose      int               // answers to break off after the work is done
	paths     []string
}

const parcelKey = "pk_S3CR3T-parcel+key"

func (d *parcelDesk) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if req.Header.Get("X-Api-Key") != parcelKey {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"message":"who are you?"}`)
		return
	}
	d.paths = append(d.paths, req.Method+" "+req.URL.Path)
	path := strings.TrimPrefix(req.URL.Path, "/v2")
	switch {
	case req.Method == http.MethodGet && path == "/customers":
		d.list(w, req, "customers", d.customers)
	case req.Method == http.MethodGet && path == "/shipments":
		d.list(w, req, "shipments", d.shipments)
	case req.Method == http.MethodPost && path == "/shipments":
		d.create(w, req)
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"message":"there is none"}`)
	}
}

func (d *parcelDesk) list(w http.ResponseWriter, req *http.Request, name string, all []map[string]any) {
	q := req.URL.Query()
	page, limit := atoi(q.Get("page"), 1), atoi(q.Get("limit"), 20)
	from, to := min((page-1)*limit, len(all)), min(page*limit, len(all))
	answer(w, http.StatusOK, map[string]any{name: all[from:to], "page": page, "total": len(all)})
}

func (d *parcelDesk) create(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	d.bodies = append(d.bodies, string(body))
	key := req.Header.Get("Idempotency-Key")
	if before, ok := d.known[key]; ok && key != "" {
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, before)
		return
	}
	var s map[string]any
	if json.Unmarshal(body, &s) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s["id"], s["state"] = fmt.Sprintf("shp_%d", len(d.shipments)+1), "draft"
	d.shipments = append(d.shipments, s)
	text, _ := json.Marshal(s)
	d.known[key] = string(text)
	if d.lose > 0 {
		d.lose--
		panic(http.ErrAbortHandler) // the work is done, the answer never comes
	}
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write(text)
}

func atoi(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return otherwise
}

func answer(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err) // unreachable: maps of text and numbers
	}
}

type deskKey struct{}

// startDesk serves the parcel desk with N customers: desk 45. PARCEL_URL is its address,
// parcel.key a file with its key, and PARCEL the folder of the descriptions.
func startDesk(ts *testscript.TestScript, _ bool, args []string) {
	d := &parcelDesk{known: map[string]string{}}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	for i := range n {
		d.customers = append(d.customers, map[string]any{
			"id": fmt.Sprintf("cus_%d", i+1), "email": fmt.Sprintf("buyer%d@example.com", i+1), "name": fmt.Sprintf("Buyer %d", i+1),
		})
	}
	server := httptest.NewServer(d)
	ts.Defer(server.Close)
	ts.Setenv("PARCEL_URL", server.URL+"/v2")
	third, err := filepath.Abs("../../specs/testdata/third")
	ts.Check(err)
	ts.Setenv("THIRD", third)
	ts.Check(os.WriteFile(ts.MkAbs("parcel.key"), []byte(parcelKey+"\n"), 0o600))
	*desk(ts) = deskOf{d}
}

// deskOf holds the desk of a script, which it has when it said desk.
type deskOf struct{ *parcelDesk }

func desk(ts *testscript.TestScript) *deskOf { return ts.Value(deskKey{}).(*deskOf) }

// loseAnswers breaks off the next N answers after the work is done: lose 1.
func loseAnswers(ts *testscript.TestScript, _ bool, args []string) {
	d := desk(ts)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lose = atoi(args[0], 1)
}

// posted demands how many writes arrived, each body as in the file, one a line: posted 1 want.jsonl.
// DEAL1 in the file stands for that deal.
func posted(ts *testscript.TestScript, _ bool, args []string) {
	d := desk(ts)
	d.mu.Lock()
	defer d.mu.Unlock()
	if want, err := strconv.Atoi(args[0]); err != nil || want != len(d.bodies) {
		ts.Fatalf("%d writes arrived, want %s:\n%s", len(d.bodies), args[0], strings.Join(d.bodies, "\n"))
	}
	if len(args) == 1 {
		return
	}
	text := strings.ReplaceAll(ts.ReadFile(args[1]), "DEAL1", ts.Getenv("DEAL1"))
	if got := strings.Join(d.bodies, "\n"); got != strings.TrimSpace(text) {
		ts.Fatalf("got\n%s\nwant\n%s", got, text)
	}
}

// asked demands how many requests of a kind arrived: asked 1 'GET /v2/customers'.
func asked(ts *testscript.TestScript, _ bool, args []string) {
	d := desk(ts)
	d.mu.Lock()
	defer d.mu.Unlock()
	n := len(slices.DeleteFunc(slices.Clone(d.paths), func(p string) bool { return p != args[1] }))
	if strconv.Itoa(n) != args[0] {
		ts.Fatalf("%d requests %s, want %s", n, args[1], args[0])
	}
}

var pins = regexp.MustCompile(`\{spec: "SPEC\(([a-z0-9_]+)\)"\}`)

// pin writes the digests of the known specs into a plan, where it says {spec: "SPEC(xero)"}.
func pin(ts *testscript.TestScript, _ bool, args []string) {
	out, err := (&program{env: map[string]string{"PLANWRIGHT_DATA": ts.Getenv("PLANWRIGHT_DATA")}}).open().Specs()
	ts.Check(err)
	text := pins.ReplaceAllStringFunc(ts.ReadFile(args[0]), func(at string) string {
		name := pins.FindStringSubmatch(at)[1]
		for _, s := range out {
			if s.Name != name {
				continue
			}
			ts.Setenv(strings.ToUpper(name)+"_DIGEST", s.Digest)
			if s.Overlay == "" {
				return fmt.Sprintf("{spec: %q}", s.Digest)
			}
			return fmt.Sprintf("{spec: %q, overlay: %q}", s.Digest, s.Overlay)
		}
		return at
	})
	ts.Check(os.WriteFile(ts.MkAbs(args[len(args)-1]), []byte(text), 0o600))
}

// edit writes a copy of a file with texts replaced: edit FROM TO OLD NEW....
func edit(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	for i := 2; i+1 < len(args); i += 2 {
		if !strings.Contains(text, args[i]) {
			ts.Fatalf("%s has no %q", args[0], args[i])
		}
		text = strings.ReplaceAll(text, args[i], strings.ReplaceAll(args[i+1], `\n`, "\n"))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}

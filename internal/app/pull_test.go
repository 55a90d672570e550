package app

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/specs"
)

// TestPulledSpecRuns runs the main job with a spec made from what the org told in place of
// ours, under the same overlay.
func TestPulledSpecRuns(t *testing.T) {
	h := newHouse(t)
	var said []string
	out, found, err := h.app.PullSpec(t.Context(), Pull{API: "salesforce", Progress: func(s string) { said = append(said, s) }})
	if err != nil || len(found) > 0 {
		t.Fatal(err, found)
	}
	if out.Embedded || out.Same || out.From != "salesforce" || len(out.Described) != 12 || len(said) != len(out.Described)+2 {
		t.Errorf("pulled %+v, said %q", out, said)
	}
	if len(out.Hidden) > 0 {
		t.Errorf("hidden: %v", out.Hidden)
	}
	h.approved(goal)
	h.mapped()
	deals := h.win(3)
	h.once(3, 0)
	h.settled(deals)
}

// TestPullHidden: an object that the connection may not see is told, and ours stands for it.
func TestPullHidden(t *testing.T) {
	h := &house{t: t, clock: wire.NewVirtual(demo.Start()), company: demo.New(7), dir: t.TempDir()}
	h.company.World.Salesforce["ObjectPermissions"] = []world.Record{{"SobjectType": "OpportunityHistory", "PermissionsRead": false}}
	h.twins()
	h.open(nil)
	h.connect()
	out, _, err := h.app.PullSpec(t.Context(), Pull{API: "salesforce"})
	h.must(err)
	if diff := cmp.Diff([]string{"OpportunityHistory"}, out.Hidden); diff != "" || len(out.Described) != 11 {
		t.Errorf("%d described, hidden:\n%s", len(out.Described), diff)
	}
}

// TestPullTellsChanges: the same org gives the same spec; what an admin changes is told.
func TestPullTellsChanges(t *testing.T) {
	h := newHouse(t)
	first, _, err := h.app.PullSpec(t.Context(), Pull{API: "salesforce"})
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := h.app.PullSpec(t.Context(), Pull{API: "salesforce"})
	if err != nil || !again.Same || again.Digest != first.Digest || again.Drift != nil {
		t.Errorf("again: %v same %v, drift %v", err, again.Same, again.Drift)
	}
	h.must(h.sf.Hide("Opportunity", "Amount"))
	h.must(h.sf.Hide("Opportunity", "Xero_Invoice_Id__c"))
	hidden, _, err := h.app.PullSpec(t.Context(), Pull{API: "salesforce"})
	if err != nil {
		t.Fatal(err)
	}
	var gone []string
	for _, c := range hidden.Drift.Changes {
		if c.Breaking && c.What == "is gone" {
			gone = append(gone, c.Subject)
		}
	}
	if diff := cmp.Diff([]string{"salesforce.Opportunity.Amount", "salesforce.Opportunity.Xero_Invoice_Id__c"}, gone); diff != "" || hidden.Same {
		t.Errorf("after fields were hidden (-want +got):\n%s", diff)
	}
	h.must(h.app.RemoveSpec("salesforce"))
	if api, err := h.app.ShowSpec("salesforce.Opportunity.upsert"); err != nil || api.Operation == nil {
		t.Errorf("ours is not back: %v", err)
	}
}

// TestPullOwnObjects: an object of the org's own comes when asked for and stays.
func TestPullOwnObjects(t *testing.T) {
	h := &house{t: t, clock: wire.NewVirtual(demo.Start()), company: demo.New(7), dir: t.TempDir()}
	h.company.World.Salesforce["CustomObject"] = []world.Record{{"Name": "Sync__c", "Label": "Sync", "Plural": "Syncs"}}
	h.twins()
	h.open(nil)
	h.connect()
	first, _, err := h.app.PullSpec(t.Context(), Pull{API: "salesforce"})
	if err != nil || slices.Contains(first.Described, "Sync__c") {
		t.Fatal(err, first.Described)
	}
	for _, objects := range [][]string{{"Sync__c"}, nil} {
		out, _, err := h.app.PullSpec(t.Context(), Pull{API: "salesforce", Objects: objects})
		if err != nil || !slices.Contains(out.Described, "Sync__c") {
			t.Errorf("with %v: %v %v", objects, err, out.Described)
		}
	}
	view, err := h.app.ShowSpec("salesforce.Sync__c.create")
	if err != nil || view.Operation == nil || view.Operation.Entity != "salesforce.Sync__c" {
		t.Errorf("create: %+v, %v", view.Operation, err)
	}
	if _, err := h.app.ShowSpec("salesforce.Sync__c.upsert"); err == nil {
		t.Error("an upsert without a unique key")
	}
	_, _, err = h.app.PullSpec(t.Context(), Pull{API: "salesforce", Objects: []string{"Synk__c"}})
	wantProblem(t, err, "has no object Synk__c", "did you mean Sync__c?")
}

func wantProblem(t *testing.T, err error, cause, next string) {
	t.Helper()
	var p *Problem
	if !errors.As(err, &p) || !strings.Contains(err.Error(), cause) || !strings.Contains(p.Next, next) {
		t.Errorf("got %v, want a problem with %q and what to do next, %q", err, cause, next)
	}
}

// TestPullProblems: each names its cause and what to do next, and changes nothing.
func TestPullProblems(t *testing.T) {
	alone := New(Config{Dir: t.TempDir(), Now: demo.Start, Random: rand.Reader})
	defer alone.Close()
	_, _, err := alone.PullSpec(t.Context(), Pull{API: "salesforce"})
	wantProblem(t, err, "not connected", "planwright connect salesforce")
	_, _, err = alone.PullSpec(t.Context(), Pull{API: "nobody"})
	wantProblem(t, err, "no spec of that name", "planwright spec list")

	h := newHouse(t)
	_, _, err = h.app.PullSpec(t.Context(), Pull{API: "salesforce", Connection: "other"})
	wantProblem(t, err, "no connection other", "planwright connect")
	_, _, err = h.app.PullSpec(t.Context(), Pull{API: "xero", Objects: []string{"X"}})
	wantProblem(t, err, "objects are asked of a tenant", "--object")
	for what, c := range map[string]struct {
		fault wire.Fault
		cause string
	}{
		"list":   {wire.Fault{Operation: "GET /services/data/v67.0/sobjects", Kind: wire.Status, Code: 503}, "list of objects"},
		"object": {wire.Fault{Operation: "GET /services/data/v67.0/sobjects/Contact/describe", Kind: wire.Status, Code: 403}, "Contact"},
		"cut":    {wire.Fault{Operation: "GET /services/data/v67.0/sobjects/Contact/describe", Kind: wire.Truncate}, "Contact"},
	} {
		h.must(h.faults.Set([]wire.Fault{c.fault}))
		_, _, err := h.app.PullSpec(t.Context(), Pull{API: "salesforce"})
		if h.faults.Struck(c.fault.Kind) == 0 {
			t.Errorf("%s: the fault did not strike", what)
		}
		wantProblem(t, err, c.cause, "nothing was changed")
		if list, err := h.app.Specs(); err != nil || !list[0].Embedded {
			t.Errorf("%s: the spec was replaced: %v %v", what, list, err)
		}
	}
}

// TestPullPublished fetches what a vendor publishes, with its pinning; what is no spec is
// refused and replaces nothing.
func TestPullPublished(t *testing.T) {
	var asked string
	body := specs.Embedded()[1].Spec
	a := New(Config{
		Dir: t.TempDir(), Now: demo.Start, Random: rand.Reader,
		HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
			asked = r.URL.String()
			return &http.Response{StatusCode: 200, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body))}, nil
		}),
	})
	defer a.Close()
	out, _, err := a.PullSpec(t.Context(), Pull{API: "xero"})
	if err != nil || !strings.HasPrefix(asked, "https://") || !strings.Contains(asked, "Xero-OpenAPI") || out.From != asked || !out.Same {
		t.Errorf("asked %q, got %+v, %v", asked, out, err)
	}
	body = []byte("<html>not here any more</html>")
	_, found, err := a.PullSpec(t.Context(), Pull{API: "xero", URL: "https://example.com/x.yaml"})
	if err != nil || !found.HasErrors() || asked != "https://example.com/x.yaml" {
		t.Errorf("a page: %v, findings %v, asked %q", err, found, asked)
	}
	if list, err := a.Specs(); err != nil || list[1].Operations == 0 {
		t.Errorf("the spec is gone: %v %v", list, err)
	}
	_, _, err = a.PullSpec(t.Context(), Pull{API: "xero", URL: "http://example.com/x.yaml"})
	wantProblem(t, err, "use https", "spec add FILE --name xero")
}

package app

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/runtime/engine"
)

const accountGone = `
planwright: 1
name: account-gone
apis: {salesforce: {spec: "SPEC(salesforce)", overlay: "OVERLAY(salesforce)"}}
trigger: {api: salesforce, kind: delete, object: Account, as: gone, when: true, key: "${gone.Id}"}
steps:
  - {id: known, assert: "${gone.deletedAt > instant('2020-01-01T00:00:00Z')}", message: an instant is wrong}
outputs:
  account: ${gone.Id}
  at: ${gone.deletedAt}
  winner: ${gone.?mergedInto}
`

// proposeText proposes a plan by its text, with the digests of the specs put in.
func (h *house) proposeText(name, text string) string {
	h.t.Helper()
	cat, err := h.app.Catalog()
	h.must(err)
	for _, api := range cat.APIs() {
		text = strings.NewReplacer("SPEC("+api.Name+")", api.SpecDigest, "OVERLAY("+api.Name+")", api.OverlayDigest).Replace(text)
	}
	file := filepath.Join(h.dir, name+".yaml")
	h.must(os.WriteFile(file, []byte(text), 0o600))
	checked, found, err := h.app.Check(file, []byte(text))
	if err != nil || checked == nil {
		h.t.Fatalf("check: %v %v", err, found)
	}
	_, err = h.app.Propose(h.t.Context(), checked, "planner")
	h.must(err)
	return file
}

// newAccounts makes accounts that nothing points at.
func (h *house) newAccounts(n int) []string {
	h.t.Helper()
	var ids []string
	for i := range n {
		id, err := h.sf.Create("Account", world.Record{"Name": fmt.Sprintf("Passing %d", i)})
		h.must(err)
		ids = append(ids, id)
	}
	return ids
}

// endings tells how the runs of a plan ended, by record: their outputs, or their reason.
func (h *house) endings(name string) map[string]string {
	h.t.Helper()
	runs, err := h.app.Runs("", name)
	h.must(err)
	out := map[string]string{}
	for _, r := range runs {
		text := string(r.State) + " " + r.Why()
		if r.State == engine.Done {
			text = string(r.Outputs["winner"])
		}
		out[r.Record] += text
	}
	return out
}

// TestDeletedRecords starts a run for what was deleted after the approval, once each, with
// the winner of a merge; what was deleted before, or restored since, starts none.
func TestDeletedRecords(t *testing.T) {
	h := newHouse(t)
	ids := h.newAccounts(7)
	early, plain, loser, winner, back, late, later := ids[0], ids[1], ids[2], ids[3], ids[4], ids[5], ids[6]
	h.must(h.sf.Delete("Account", early))
	h.clock.Advance(3 * time.Second)
	file := h.proposeText("account-gone", accountGone)
	_, err := h.app.Decide(t.Context(), file, true, dana, "")
	h.must(err)
	h.clock.Advance(time.Second) // within the same minute: a span has whole ones
	h.must(h.sf.Delete("Account", plain))
	h.must(h.sf.Merge("Account", winner, loser))
	h.must(h.sf.Delete("Account", back))
	h.clock.Advance(time.Minute)
	l, err := h.app.open()
	h.must(err)
	w, err := l.ready("account-gone")
	h.must(err)
	_, err = l.poller.Poll(t.Context(), w)
	h.must(err)
	h.must(h.sf.Undelete("Account", back))
	commit := h.sf.SaveLate("Account", winner, world.Record{"Name": "slow"}) // covers nothing beyond now until it ends
	h.clock.Advance(2 * time.Minute)
	h.must(h.sf.Delete("Account", late))
	for range 3 {
		_, err = h.app.RunOnce(t.Context(), "account-gone")
		h.must(err)
		h.clock.Advance(time.Minute)
	}
	h.must(commit())
	h.must(h.sf.Delete("Account", later))
	h.clock.Advance(time.Minute)
	_, err = h.app.RunOnce(t.Context(), "account-gone")
	h.must(err)
	want := map[string]string{
		plain: "", loser: fmt.Sprintf("%q", winner), late: "", later: "",
		back: "refused the record is there again: its deletion was taken back",
	}
	if got := h.endings("account-gone"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// TestDeletionsAreAskedAgain keeps the place of a plan where the vendor says that its answer is
// complete: while somebody's long save is under way, no later poll begins after it did.
func TestDeletionsAreAskedAgain(t *testing.T) {
	h := newHouse(t)
	ids := h.newAccounts(1)
	_, err := h.app.Decide(t.Context(), h.proposeText("account-gone", accountGone), true, dana, "")
	h.must(err)
	h.clock.Advance(5 * time.Minute)
	begun := h.clock.Now().Truncate(time.Minute)
	commit := h.sf.SaveLate("Account", ids[0], world.Record{"Name": "slow"})
	from := func() time.Time {
		h.clock.Advance(5 * time.Minute)
		_, err := h.app.RunOnce(t.Context(), "account-gone")
		h.must(err)
		var at time.Time
		for _, x := range h.seen.Exchanges() {
			if u, err := url.Parse(x.URL); err == nil && strings.Contains(u.Path, "/deleted") {
				at, err = time.Parse(time.RFC3339, u.Query().Get("start"))
				h.must(err)
			}
		}
		return at
	}
	from()
	for range 3 {
		if got := from(); !got.Equal(begun) {
			t.Errorf("asks from %v on, want %v: an answer was complete up to then", got, begun)
		}
	}
	h.must(commit())
	from()
	if got := from(); !got.After(begun) {
		t.Errorf("asks from %v on after the save, want later than %v", got, begun)
	}
}

// TestDeletionsOutOfReach goes on after a long sleep with what the vendor still knows, and
// says of which span it does not.
func TestDeletionsOutOfReach(t *testing.T) {
	h := newHouse(t)
	ids := h.newAccounts(2)
	_, err := h.app.Decide(t.Context(), h.proposeText("account-gone", accountGone), true, dana, "")
	h.must(err)
	begin := h.clock.Now()
	h.must(h.sf.Delete("Account", ids[0]))
	h.clock.Advance(20 * 24 * time.Hour)
	h.must(h.sf.Delete("Account", ids[1]))
	h.clock.Advance(time.Minute)
	l, err := h.app.open()
	h.must(err)
	w, err := l.ready("account-gone")
	h.must(err)
	seen, err := l.poller.Poll(t.Context(), w)
	h.must(err)
	if seen.Gap == nil || seen.Gap.From.After(begin.Add(time.Minute)) || seen.Gap.To.Before(h.clock.Now().Add(-16*24*time.Hour)) || seen.Admitted != 1 {
		t.Errorf("got %+v (gap %+v), want one deletion and a gap of five days", seen, seen.Gap)
	}
	if seen, err = l.poller.Poll(t.Context(), w); err != nil || seen.Gap != nil || seen.Admitted != 0 {
		t.Errorf("got %+v, %v; want the gap told once", seen, err)
	}
}

// TestDeletedUnreachable moves nothing while the vendor is away.
func TestDeletedUnreachable(t *testing.T) {
	h := newHouse(t)
	ids := h.newAccounts(1)
	_, err := h.app.Decide(t.Context(), h.proposeText("account-gone", accountGone), true, dana, "")
	h.must(err)
	h.must(h.sf.Delete("Account", ids[0]))
	h.clock.Advance(time.Minute)
	h.must(h.faults.Set([]wire.Fault{{Operation: "GET /services/data/v67.0/sobjects/Account/deleted", Kind: wire.DropBefore}}))
	if _, err := h.app.RunOnce(t.Context(), "account-gone"); err == nil {
		t.Fatal("nobody said that the vendor is away")
	}
	h.must(h.faults.Set(nil))
	_, err = h.app.RunOnce(t.Context(), "account-gone")
	h.must(err)
	if got := h.endings("account-gone"); len(got) != 1 {
		t.Errorf("got %v, want one run", got)
	}
}

// TestDeleteCheck refuses what a deleted record does not have and what would wake the plan.
func TestDeleteCheck(t *testing.T) {
	h := newHouse(t)
	cat, err := h.app.Catalog()
	h.must(err)
	for edit, want := range map[[2]string]string{
		{"${gone.Id}\n  at", "${gone.Name}\n  at"}:                                                    "expr",
		{"object: Account", "object: User"}:                                                           "no-trigger",
		{"steps:", "steps:\n  - {id: x, write: salesforce.Account.delete, with: {id: '${gone.Id}'}}"}: "self-wake",
		{"kind: delete", "kind: deletes"}:                                                             "choice",
	} {
		text := strings.Replace(accountGone, edit[0], edit[1], 1)
		for _, api := range cat.APIs() {
			text = strings.NewReplacer("SPEC("+api.Name+")", api.SpecDigest, "OVERLAY("+api.Name+")", api.OverlayDigest).Replace(text)
		}
		_, found, err := h.app.Check("p.yaml", []byte(text))
		h.must(err)
		if !slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return strings.Contains(string(d.Code), want) }) {
			t.Errorf("%s: got %v, want %s", edit[1], found, want)
		}
	}
}

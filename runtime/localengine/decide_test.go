package localengine_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
)

// person answers everything that runs ask, and tells the truth about lost writes. It returns
// how much there was to say.
func (h *house) person() (said int, err error) {
	h.t.Helper()
	for _, s := range h.summaries() {
		if s.Hold == nil || !s.Hold.Until.IsZero() {
			continue
		}
		reply := engine.Reply{By: "Dana", Path: s.Hold.Path}
		switch s.Hold.Code {
		case engine.HoldAsk:
			reply.Answer = s.Hold.Choices()[0]
			for _, x := range s.Hold.Show {
				if x.Name == "Part" && strings.HasSuffix(x.Value, "2") {
					reply.Answer = "no"
				}
			}
		case engine.HoldUnknown:
			reply.Answer = engine.NotHappened
			if ids := h.vendor.numbered("MEMO-" + s.Key); len(ids) > 0 {
				reply.Answer, reply.Record = engine.Happened, ids[0]
			}
		default:
			h.t.Errorf("run of %s is held for %s: %s", s.Key, s.Hold.Code, s.Hold.Message)
			continue
		}
		if err := h.engine.Reply(h.t.Context(), s.ID, reply); err != nil {
			return said, err
		}
		said++
	}
	return said, nil
}

func (v *vendor) numbered(number string) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.invoices[number]
}

// decided confirms what people decided: what they wanted is there once, the rest is not,
// and each run gives what its plan promises.
func (h *house) decided(deals []string) {
	h.t.Helper()
	h.settled(deals)
	for _, d := range deals {
		for number, want := range map[string]int{"MEMO-": 1, "SF-/-A1": 1, "SF-/-B1": 1, "SF-/-A2": 0, "SF-/-B2": 0} {
			before, after, _ := strings.Cut(number, "/")
			if got := len(h.vendor.numbered(before + d + after)); got != want {
				h.t.Errorf("%d invoices %s, want %d", got, before+d+after, want)
			}
		}
	}
	for _, s := range h.summaries() {
		got := fmt.Sprintf("%s %s %s", s.Outputs["invoice"], s.Outputs["terms"], s.Outputs["memo"])
		want := fmt.Sprintf("%q %q %q", "SF-"+s.Key, "net30", "i-MEMO-"+s.Key+"-0")
		if got != want || s.Outputs["sure"] != nil {
			h.t.Errorf("run of %s gave %s, want %s", s.Key, got, want)
		}
	}
}

// TestReplyRules holds who may say what, when.
func TestReplyRules(t *testing.T) {
	bubbleOf(t, "decide.yaml", func(h *house) {
		ctx := h.t.Context()
		deals := h.admit(1)
		id := runID(deals[0])
		say := func(path, answer, record, by string) error {
			return h.engine.Reply(ctx, id, engine.Reply{Path: path, Answer: answer, Record: record, By: by})
		}
		h.refusal(say("", "net30", "", "Dana"), "it is ready, not held")
		h.drain(0, "1 held")
		hold := h.hold(deals[0], engine.HoldAsk)
		if diff := cmp.Diff([]engine.Shown{{Name: "Amount"}, {Name: "Deal", Value: "Deal " + deals[0]}}, hold.Show); diff != "" {
			h.t.Errorf("shown (-want +got):\n%s", diff)
		}
		h.refusal(say("", "net45", "", "Dana"), `"net45" is not one of the answers: net30, net60`)
		h.refusal(say("", "net30", "", ""), "a name is needed")
		h.refusal(say("sure", "yes", "", "Dana"), "the question is at terms")
		h.refusal(h.engine.Reply(ctx, id, engine.Reply{Answer: "net30", By: "Dana", Asked: "other"}), "it asks something else by now")
		h.refusal(h.engine.Release(ctx, id, "Dana", true), "only an answer lets it go on")
		if err := h.engine.Reply(ctx, "r-none", engine.Reply{Answer: "net30", By: "Dana"}); !errors.Is(err, localengine.ErrNoRun) {
			h.t.Errorf("got %v, want no such run", err)
		}
		if err := h.engine.Release(ctx, id, "Dana", false); err != nil { // to look anew is no answer
			h.t.Fatal(err)
		}
		h.drain(time.Hour, "1 held")
		if err := h.engine.Reply(ctx, id, engine.Reply{Answer: "net30", By: "Dana", Asked: hold.Asked()}); err != nil {
			h.t.Fatal(err)
		}
		h.refusal(say("", "net60", "", "Eve"), "it is running, not held")
		h.vendor.script[putInvoice] = []turn{lostAfter}
		h.drain(0, "1 held")
		h.hold(deals[0], engine.HoldUnknown)
		h.refusal(say("", engine.Happened, "", "Dana"), "the id of the xero.Invoice that it made is needed")
		h.refusal(say("", engine.NotHappened, "x", "Dana"), "no record belongs to this answer")
		h.reopen()
		if err := h.untilDone(); err != nil {
			h.t.Fatal(err)
		}
		h.drain(0, "1 done")
		h.decided(deals)
	})
}

// TestKillDecisions kills the engine, and the person who answers, at any point of the engine
// or of the journal, while answers are lost, in a plan that asks, repeats within repetitions
// and gives something. What people wanted is there once.
func TestKillDecisions(t *testing.T) {
	seeds := uint64(8)
	if testing.Short() {
		seeds = 2
	}
	died := map[string]int{}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubbleOf(t, "decide.yaml", func(h *house) { decisions(h, rand.New(rand.NewPCG(seed, 31)), died) })
		})
	}
	t.Logf("kills survived: %v", died)
	for _, p := range []string{
		string(localengine.BeforeCommit), string(localengine.AfterCommit), string(localengine.BeforeSend), string(localengine.AfterSend),
		string(journal.BeforeCommit), string(journal.AfterCommit),
	} {
		if died[p] == 0 && !testing.Short() {
			t.Errorf("nobody died at %q", p)
		}
	}
}

func decisions(h *house, rng *rand.Rand, died map[string]int) {
	deals := h.admit(4)
	for _, op := range []string{newInvoice, putInvoice, update} {
		for range 40 {
			h.vendor.script[op] = append(h.vendor.script[op], []turn{{}, {}, {}, lostBefore, lostAfter}[rng.IntN(5)])
		}
	}
	h.workers = 3
	for kills := 0; kills <= 80; kills++ {
		k := &killer{left: rng.IntN(40)}
		if kills == 80 {
			k.left = 1 << 30
		}
		h.hook = func(p localengine.Point, _ string) error { return k.pass(string(p)) }
		h.disk = func(p journal.Point, _ uint64) error { return k.pass(string(p)) }
		h.reopen()
		h.listed()
		err := h.untilDone()
		if err == nil {
			break
		}
		if !errors.Is(err, errKilled) && (k.at == "" || !errors.Is(err, journal.ErrStopped)) {
			h.t.Errorf("kill %d: %v", kills, err)
			break
		}
		died[k.at]++
	}
	h.hook, h.disk = nil, nil
	h.reopen()
	h.drain(0, fmt.Sprintf("%d done", len(deals)))
	h.decided(deals)
}

// untilDone drives and answers by turns until nobody has anything to say.
func (h *house) untilDone() error {
	for {
		if _, err := h.engine.Drain(h.t.Context(), 12*time.Hour); err != nil {
			return err
		}
		said, err := h.person()
		if err != nil || said == 0 {
			return err
		}
	}
}

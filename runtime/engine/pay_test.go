package engine_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs/catalog"
)

// newPayer is a plan that pays for each line of a deal.
func newPayer(t *testing.T, lines string, edits ...string) *host {
	t.Helper()
	h := newHost(t, programOf(t, "testdata/pay.yaml", edits...))
	h.answers = map[string]any{"trigger": tree(deal), "lines": tree(lines), "customer/find/0": tree(`[{"ContactID":"c-1","ContactNumber":"006A"}]`)}
	for _, path := range []string{"every[0].", "every[1].", "every[2]."} {
		h.outcomes[path+"payment"] = outs(updated, updated, updated)
		h.outcomes[path+"mark"] = outs(updated, updated, updated)
	}
	return h
}

// naturals lists the keys of all requests that went out at a path that ends so.
func (h *host) naturals(suffix string) []string {
	h.t.Helper()
	var out []string
	for _, e := range h.log {
		var in engine.Intent
		if e.Kind != engine.KindIntent {
			continue
		}
		if err := json.Unmarshal(e.Data, &in); err != nil {
			h.t.Fatal(err)
		}
		if strings.HasSuffix(in.Path, suffix) {
			out = append(out, in.Natural)
		}
	}
	slices.Sort(out)
	return out
}

// TestFoundListMoves: a payment whose answer was lost was found by its mark; then the list
// moved. It is still that line's payment, and no other's.
func TestFoundListMoves(t *testing.T) {
	paid := tree(`[{"PaymentID":"p-1","Reference":"SF-00kA","Status":"AUTHORISED"}]`)
	for name, tt := range map[string]struct {
		first []apicall.Outcome
		wait  bool
		found any // by the look-ups after
		want  []string
	}{
		"found":                 {outs(lost), false, paid, []string{"SF-00kA", "SF-00kB"}},
		"not found, sent again": {outs(lost, updated, updated), false, tree(`[]`), []string{"SF-00kA", "SF-00kA", "SF-00kB"}},
		"turned away since":     {outs(lost, refused(catalog.ClassLimit, "too many"), updated, updated), true, tree(`[]`), nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := newPayer(t, `[{"Id":"00kA","TotalPrice":10},{"Id":"00kB","TotalPrice":20}]`)
			h.outcomes["every[0].payment"] = append(tt.first, updated, updated)
			h.outcomes["every[0].mark"] = outs(refused(catalog.ClassData, "locked"), updated, updated)
			h.answers["every[0].payment/lookup"] = tt.found
			if tt.wait { // the person lets it go on while the vendor turns it away
				for {
					a := h.next()
					h.now = h.now.Add(1e9)
					if a.Kind == engine.DoHold {
						h.add(engine.KindHeld, a.Hold)
						if a.Hold.Code == engine.HoldLimit {
							break
						}
						h.now = a.Hold.Until
						h.add(engine.KindReleased, engine.Released{By: engine.ByTime})
						continue
					}
					if a.Kind == engine.DoWrite {
						h.write(a)
						continue
					}
					h.answer(a)
				}
				h.answers["every[0].payment/lookup"] = paid
				tt.want = []string{"SF-00kA", "SF-00kA", "SF-00kB"}
			} else if a := h.run(); a.Path != "every[0].mark" {
				t.Fatalf("got %s %+v, want the refusal", a.Path, a.Hold)
			}
			h.add(engine.KindReleased, engine.Released{By: "Dana"})
			h.answers["lines"] = tree(`[{"Id":"00kB","TotalPrice":20},{"Id":"00kA","TotalPrice":10}]`)
			a := h.run()
			for a.Kind == engine.DoHold && (a.Hold.Code == engine.HoldData || strings.Contains(a.Hold.Message, "it was written for")) {
				h.add(engine.KindReleased, engine.Released{By: "Dana", Allow: a.Hold.Code})
				a = h.run()
			}
			if a.End.State != engine.Done {
				t.Errorf("ended %+v %+v, want done", a.End, a.Hold)
			}
			if diff := cmp.Diff(tt.want, h.naturals("payment")); diff != "" {
				t.Errorf("paid (-want +got):\n%s", diff)
			}
			replayed(t, h)
		})
	}
}

// TestAlikeListMoves: what neither a key nor the record it goes to tells apart is told apart
// by what was sent. Where that is another thing by now, a person says what it means.
func TestAlikeListMoves(t *testing.T) {
	const (
		payment = "        write: xero.createPayments\n        key: {Reference: \"${'SF-' + string(line.Id)}\"}\n"
		a, b    = `{"Id":"00kA","TotalPrice":10}`, `{"Id":"00kB","TotalPrice":20}`
		changed = `{"Id":"00kA","TotalPrice":11}`
	)
	for way, write := range map[string][]string{
		"a person settles": {
			payment, "        write: xero.updateOrCreateInvoices\n        repeat: ask\n",
			"Invoice: {InvoiceNumber: \"${'SF-' + string(opportunity.Id)}\"}", "InvoiceNumber: \"${'SF-' + string(line.Id)}\"",
			"          Account: {Code: \"090\"}\n", "", "Amount: ${line.TotalPrice}", "Reference: \"${string(line.TotalPrice)}\"",
		},
		"one record": {
			payment, "        write: xero.createContactHistory\n        with: {ContactID: \"${customer.ContactID}\"}\n",
			"          Invoice: {InvoiceNumber: \"${'SF-' + string(opportunity.Id)}\"}\n", "",
			"          Account: {Code: \"090\"}\n", "", "          Date: ${opportunity.CloseDate}\n", "", "Amount: ${line.TotalPrice}", "Details: \"${string(line.TotalPrice)}\"",
			"  - id: lines\n", "  - {id: customer, ensure: xero.Contact, find: {ContactNumber: \"${string(opportunity.Id)}\"}, create: {Name: Kea, ContactNumber: \"${string(opportunity.Id)}\"}}\n  - id: lines\n",
		},
	} {
		for name, tt := range map[string]struct {
			now   string
			holds int // that a person accepts
			want  int // requests
		}{
			"the same":        {a + "," + b, 0, 2},
			"another order":   {b + "," + a, 1, 2},
			"shorter":         {b, 1, 2},
			"another is new":  {b + "," + a + `,{"Id":"00kC","TotalPrice":30}`, 1, 3},
			"another's value": {changed + "," + b, 1, 3},
		} {
			t.Run(way+", "+name, func(t *testing.T) {
				h := newPayer(t, "["+a+","+b+"]", append(write, "limits: {payments_per_day: 100}\n", "")...)
				h.outcomes["every[0].mark"] = outs(refused(catalog.ClassData, "locked"), updated, updated)
				if got := h.run(); got.Path != "every[0].mark" {
					t.Fatalf("got %s %+v, want the refusal", got.Path, got.Hold)
				}
				h.answers["lines"] = tree("[" + tt.now + "]")
				h.add(engine.KindReleased, engine.Released{By: "Dana"})
				end, held := h.run(), 0
				for ; end.Kind == engine.DoHold && held < 5; end = h.run() {
					held++
					h.add(engine.KindReleased, engine.Released{By: "Dana", Allow: end.Hold.Code})
				}
				if end.End.State != engine.Done || held != tt.holds {
					t.Errorf("ended %+v %+v, held %d times, want done, held %d times", end.End, end.Hold, held, tt.holds)
				}
				if got := len(h.naturals("payment")); got != tt.want {
					t.Errorf("%d requests, want %d", got, tt.want)
				}
				replayed(t, h)
			})
		}
	}
}

// TestNamedListMoves: a person named the record that a lost write made; then the list moved.
// It is still that line's record.
func TestNamedListMoves(t *testing.T) {
	const (
		first, second = "every[0].payment", "every[1].payment"
		a, b, c       = `{"Id":"00kA","TotalPrice":10}`, `{"Id":"00kB","TotalPrice":20}`, `{"Id":"00kC","TotalPrice":30}`
	)
	for name, tt := range map[string]struct {
		lost  string
		lists []string // as they are read, the last again and again
		sent  int
	}{
		"it stands elsewhere, alone":  {second, []string{b}, 2},
		"another stands before it":    {second, []string{c + "," + a + "," + b}, 3},
		"another stands in its place": {first, []string{b + "," + a}, 2},
		"it is gone and comes back":   {first, []string{b, b + "," + a}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			h := newPayer(
				t, "["+a+","+b+"]", "        write: xero.createPayments\n        key: {Reference: \"${'SF-' + string(line.Id)}\"}\n", "        write: xero.updateOrCreateInvoices\n        repeat: ask\n",
				"Invoice: {InvoiceNumber: \"${'SF-' + string(opportunity.Id)}\"}", "InvoiceNumber: \"${'SF-' + string(line.Id)}\"",
				"          Account: {Code: \"090\"}\n", "", "Amount: ${line.TotalPrice}", "Reference: \"${string(line.TotalPrice)}\"", "limits: {payments_per_day: 100}\n", "",
			)
			h.outcomes[tt.lost] = outs(lost, updated, updated)
			h.outcomes["every[0].mark"] = append(outs(updated), slices.Repeat(outs(refused(catalog.ClassData, "locked"), updated), 3)...)
			number := map[string]string{first: "SF-00kA", second: "SF-00kB"}[tt.lost]
			for _, p := range []string{first, second, "every[2].payment"} {
				for _, k := range []string{"", "#0", "#1"} {
					h.answers[p+k+"/lookup"] = tree(`{"InvoiceID":"i-1","InvoiceNumber":"` + number + `"}`)
				}
			}
			end := h.run()
			if end.Path != tt.lost || end.Hold.Code != engine.HoldUnknown {
				t.Fatalf("got %s %+v, want the lost write", end.Path, end.Hold)
			}
			h.answers["lines"] = tree("[" + tt.lists[0] + "]")
			h.reply(tt.lost, engine.Happened, "i-1")
			for range 9 {
				if end = h.run(); end.Kind != engine.DoHold {
					break
				}
				if len(tt.lists) > 1 {
					tt.lists = tt.lists[1:]
				}
				h.answers["lines"] = tree("[" + tt.lists[0] + "]")
				h.add(engine.KindReleased, engine.Released{By: "Dana", Allow: end.Hold.Code})
			}
			if end.End.State != engine.Done {
				t.Errorf("ended %+v %+v, want done", end.End, end.Hold)
			}
			if got := len(h.naturals("payment")); got != tt.sent {
				t.Errorf("%d requests, want %d", got, tt.sent)
			}
			replayed(t, h)
		})
	}
}

// TestCreatedListMoves: a record that an ensure step created for an element is no other
// element's when the list moves.
func TestCreatedListMoves(t *testing.T) {
	for name, tt := range map[string]struct {
		first []apicall.Outcome
		now   string
		want  []string // created
	}{
		"another order": {outs(updated), `[{"Id":"00kB","TotalPrice":20},{"Id":"00kA","TotalPrice":10}]`, []string{"00kA", "00kB"}},
		"shorter":       {outs(updated), `[{"Id":"00kB","TotalPrice":20}]`, []string{"00kA", "00kB"}},
		"the same":      {outs(updated), `[{"Id":"00kA","TotalPrice":10},{"Id":"00kB","TotalPrice":20}]`, []string{"00kA", "00kB"}},
		"it was lost":   {outs(lost), `[{"Id":"00kB","TotalPrice":20},{"Id":"00kA","TotalPrice":10}]`, []string{"00kA", "00kB"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newPayer(
				t, `[{"Id":"00kA","TotalPrice":10},{"Id":"00kB","TotalPrice":20}]`,
				"        write: xero.createPayments\n        key: {Reference: \"${'SF-' + string(line.Id)}\"}\n        body:\n",
				"        ensure: xero.Contact\n        find: {ContactNumber: \"${string(line.Id)}\"}\n        create:\n          Name: \"${string(line.Id)}\"\n          ContactNumber: \"${string(line.Id)}\"\n",
				"          Invoice: {InvoiceNumber: \"${'SF-' + string(opportunity.Id)}\"}\n          Account: {Code: \"090\"}\n          Date: ${opportunity.CloseDate}\n          Amount: ${line.TotalPrice}\n", "",
				"Description: paid", "Description: \"${string(payment.ContactID)}\"", "limits: {payments_per_day: 100}\n", "",
			)
			made := func(id string) any { return tree(`{"ContactID":"c-` + id + `","ContactNumber":"` + id + `"}`) }
			h.outcomes["every[0].payment/create"] = append(tt.first[:1:1], ok(made("00kB")))
			if tt.first[0].Class == catalog.ClassOK {
				h.outcomes["every[0].payment/create"][0] = ok(made("00kA"))
			}
			h.answers["every[0].payment/create/lookup"] = []any{made("00kA")}
			h.outcomes["every[1].payment/create"] = outs(ok(made("00kB")))
			h.outcomes["every[0].mark"] = outs(refused(catalog.ClassData, "locked"), updated, updated)
			if a := h.run(); a.Path != "every[0].mark" {
				t.Fatalf("got %s %+v, want the refusal", a.Path, a.Hold)
			}
			h.answers["lines"] = tree(tt.now)
			h.add(engine.KindReleased, engine.Released{By: "Dana"})
			end := h.run()
			if end.End.State != engine.Done {
				t.Errorf("ended %+v %+v, want done", end.End, end.Hold)
			}
			looked := 0
			for _, took := range h.took {
				if took == "read every[0].payment/find/0" {
					looked++
				}
			}
			if strings.HasPrefix(tt.now, `[{"Id":"00kB"`) != (looked == 2) {
				t.Errorf("looked %d times for the contact of the first: %v", looked, h.took)
			}
			if diff := cmp.Diff(tt.want, h.naturals("/create")); diff != "" {
				t.Errorf("created (-want +got):\n%s", diff)
			}
			for _, e := range h.log {
				var in engine.Intent
				if e.Kind == engine.KindIntent && json.Unmarshal(e.Data, &in) == nil && strings.HasSuffix(in.Path, "mark") {
					body, _ := in.Body.(map[string]any)
					if line := in.Request.Path[strings.LastIndexByte(in.Request.Path, '/')+1:]; body["Description"] != "c-"+line {
						t.Errorf("line %s is marked with the contact %v", line, body["Description"])
					}
				}
			}
			replayed(t, h)
		})
	}
}

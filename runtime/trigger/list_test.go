package trigger_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/specs/catalog"
)

// books is a vendor whose changes are found with a list: sales in the order of their
// stamps, in pages, since an instant that is itself left out.
type books struct {
	t      *testing.T
	rows   []sale
	asked  []string              // since and page, in order
	before func(b *books, n int) // called before the nth answer
	deaf   bool                  // to the page that is asked for
}

// sale is an invoice as a list shows it.
type sale struct {
	id, number, stamp string // stamp as in row
	status            string
}

func (s sale) at() string { return row{stamp: s.stamp}.at() }

func (b *books) Call(_ context.Context, req apicall.Request) apicall.Outcome {
	at, err := url.Parse(req.Path)
	if err != nil || at.Path != "/Invoices" || at.Query().Get("pageSize") != "1000" || req.Pages {
		b.t.Fatalf("asked %+v: %v", req, err)
	}
	page, err := strconv.Atoi(at.Query().Get("page"))
	if err != nil {
		b.t.Fatal(err)
	}
	since := req.Header["If-Modified-Since"]
	b.asked = append(b.asked, strings.TrimSpace(strings.TrimPrefix(since, "2026-11-02T")+" "+strconv.Itoa(page)))
	if b.before != nil {
		b.before(b, len(b.asked))
	}
	slices.SortFunc(b.rows, func(x, y sale) int {
		return cmp.Or(strings.Compare(x.at(), y.at()), strings.Compare(x.id, y.id))
	})
	var match []any
	for _, s := range b.rows {
		if since != "" && !instant(b.t, s.at()).After(instant(b.t, since)) {
			continue
		}
		match = append(match, map[string]any{
			"InvoiceID": s.id, "Type": "ACCREC", "InvoiceNumber": cmp.Or(s.number, "SF-"+s.id), "Status": cmp.Or(s.status, "PAID"), "UpdatedDateUTC": s.at(), "AmountDue": json.Number("5"),
		})
	}
	if b.deaf {
		page = 1
	}
	from := min((page-1)*1000, len(match))
	return apicall.Outcome{Class: catalog.ClassOK, Status: 200, Value: slices.Clone(match[from:min(from+1000, len(match))])}
}

func newBooks(t *testing.T) (*house, *books) {
	t.Helper()
	b := &books{t: t}
	h := &house{t: t, dir: t.TempDir(), vendor: b}
	h.start("../engine/testdata/invoice-to-opportunity.yaml")
	return h, b
}

func TestListEachChangeOnce(t *testing.T) {
	h, b := newBooks(t)
	b.rows = []sale{{id: "old", stamp: "08:00:00"}, {id: "bill", number: "INV-1", stamp: "09:05:00"}}
	if err := h.poller.Baseline(t.Context(), h.watch); err != nil {
		t.Fatal(err)
	}
	if got := h.watermark(); got != "09:05:00" {
		t.Errorf("watermark %q after the baseline", got)
	}
	b.rows = append(b.rows, sale{id: "a", stamp: "09:10:00", status: "AUTHORISED"}, sale{id: "draft", stamp: "09:11:00", status: "DRAFT"})
	h.poll(3, 1)
	h.poll(3, 0)
	b.rows[slices.IndexFunc(b.rows, func(s sale) bool { return s.id == "a" })].stamp = "09:12:00"
	b.rows = append(b.rows, sale{id: "late", stamp: "08:58:00"}) // seen late, behind the watermark
	h.poll(4, 2)
	want := []string{
		"old 2026-11-02T08:00:00Z PAID 5 baseline ignored", "a 2026-11-02T09:10:00Z AUTHORISED 5 poll",
		"late 2026-11-02T08:58:00Z PAID 5 poll", "a 2026-11-02T09:12:00Z AUTHORISED 5 poll",
	}
	if diff := gocmp.Diff(want, h.inbox()); diff != "" {
		t.Errorf("inbox (-want +got):\n%s", diff)
	}
	if diff := gocmp.Diff([]string{"1", "08:49:59Z 1", "08:55:59Z 1", "08:55:59Z 1"}, b.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// TestListStartWithoutBaseline: a poll that finds no watermark leaves alone what changed
// before the approval, though the list cannot be asked for that alone.
func TestListStartWithoutBaseline(t *testing.T) {
	h, b := newBooks(t)
	b.rows = []sale{{id: "before", stamp: "08:59:59"}, {id: "after", stamp: "09:00:01"}}
	h.poll(2, 1)
	if diff := gocmp.Diff([]string{"before 2026-11-02T08:59:59Z PAID 5 baseline ignored", "after 2026-11-02T09:00:01Z PAID 5 poll"}, h.inbox()); diff != "" {
		t.Errorf("inbox (-want +got):\n%s", diff)
	}
}

// TestListMovesWhileItIsRead: a record that changes between two pages takes its place at
// the end, and the one that slips into the gap is seen all the same.
func TestListMovesWhileItIsRead(t *testing.T) {
	h, b := newBooks(t)
	start := instant(t, "2026-11-02T09:10:00Z")
	for i := range 1500 {
		b.rows = append(b.rows, sale{id: fmt.Sprintf("i%04d", i), stamp: start.Add(time.Duration(i) * time.Second).Format(time.RFC3339)})
	}
	if err := h.poller.Baseline(t.Context(), h.watch); err != nil { // none is left over for the poll
		t.Fatal(err)
	}
	for i := range b.rows {
		b.rows[i].stamp = start.Add(time.Duration(3600+i) * time.Second).Format(time.RFC3339)
	}
	first := len(b.asked)
	b.before = func(b *books, n int) {
		if n == first+2 { // between the first page and the next
			b.rows[slices.IndexFunc(b.rows, func(s sale) bool { return s.id == "i0005" })].stamp = start.Add(3 * time.Hour).Format(time.RFC3339)
		}
	}
	h.poll(1500, 1500)
	if got := len(b.asked) - first; got != 2 {
		t.Errorf("%d calls for 1,500 records", got)
	}
	h.poll(1, 0) // i0005, whose new stamp was seen already
}

// TestListOfOneStamp: more records than a page holds, all changed in one second.
func TestListOfOneStamp(t *testing.T) {
	h, b := newBooks(t)
	for i := range 2100 {
		b.rows = append(b.rows, sale{id: fmt.Sprintf("i%04d", i), stamp: "09:30:00"})
	}
	h.poll(2100, 2100)
	want := []string{"1", "09:29:59Z 1", "09:29:59Z 2", "09:29:59Z 3", "08:44:59Z 1", "09:29:59Z 1", "09:29:59Z 2", "09:29:59Z 3"}
	if diff := gocmp.Diff(want, b.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// TestListThatRepeatsItself: a vendor that does not know the page parameter gives the same
// rows for every page; it is not asked for ever.
func TestListThatRepeatsItself(t *testing.T) {
	h, b := newBooks(t)
	for i := range 1000 {
		b.rows = append(b.rows, sale{id: fmt.Sprintf("i%04d", i), stamp: "09:30:00"})
	}
	b.deaf = true
	b.before = func(b *books, n int) {
		if n > 10 {
			b.t.Fatalf("asked %q", b.asked)
		}
	}
	h.poll(1000, 1000)
}

package wire_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/wire"
)

var start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// counter is a far end that counts what it executed.
type counter struct {
	mu   sync.Mutex
	done []string
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	c.done = append(c.done, r.Method+" "+r.URL.Path+" "+string(body))
	c.mu.Unlock()
	w.Header().Set("Content-Type", "text/plain")
	_, _ = fmt.Fprint(w, "a whole answer")
}

func (c *counter) executed() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.done...)
}

// over runs f against h in process and over a real socket.
func over(t *testing.T, h func() http.Handler, f func(t *testing.T, c *http.Client, base string)) {
	t.Run("in process", func(t *testing.T) {
		f(t, &http.Client{Transport: wire.RoundTripper(h())}, "http://twin.test")
	})
	t.Run("over a socket", func(t *testing.T) {
		s := httptest.NewServer(h())
		defer s.Close()
		f(t, s.Client(), s.URL)
	})
}

// reply is what a sender got.
type reply struct {
	code   int
	header http.Header
	body   string
}

func put(t *testing.T, c *http.Client, url, body string) (reply, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return send(c.Do(r))
}

// send reads an answer to its end.
func send(resp *http.Response, err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	b, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(b)}, errors.Join(err, resp.Body.Close())
}

// trip sends a request without a client around the transport.
func trip(h http.Handler, r *http.Request) error {
	_, err := send(wire.RoundTripper(h).RoundTrip(r))
	return err
}

func TestKinds(t *testing.T) {
	tests := []struct {
		fault    wire.Fault
		code     int
		body     string
		err      error
		executed int // after the fault
		later    int // after the clock moved by a minute
	}{
		{fault: wire.Fault{Kind: wire.DropBefore}, err: io.EOF},
		{fault: wire.Fault{Kind: wire.DropAfter}, err: io.EOF, executed: 1, later: 1},
		{fault: wire.Fault{Kind: wire.Reset}, err: syscall.ECONNRESET},
		{fault: wire.Fault{Kind: wire.Late, After: wire.Duration(30 * time.Second)}, err: io.EOF, later: 1},
		{fault: wire.Fault{Kind: wire.Status, Code: 429, Header: map[string]string{"Retry-After": "7"}}, code: 429},
		{fault: wire.Fault{Kind: wire.StatusAfter, Code: 500, Body: "oops"}, code: 500, body: "oops", executed: 1, later: 1},
		{fault: wire.Fault{Kind: wire.Truncate}, code: 200, body: "a whole", err: io.ErrUnexpectedEOF, executed: 1, later: 1},
		{fault: wire.Fault{Kind: wire.Slow, After: wire.Duration(time.Second)}, code: 200, body: "a whole answer", executed: 1, later: 1},
		{fault: wire.Fault{Kind: wire.HTML, Body: "<p>down</p>"}, code: 502, body: "<p>down</p>"},
	}
	for _, tt := range tests {
		t.Run(string(tt.fault.Kind), func(t *testing.T) {
			var far *counter
			var clock *wire.Virtual
			var rec *wire.Recorder
			var serving sync.WaitGroup // a client may know of a reset before the handler has ended
			make := func() http.Handler {
				far, clock, rec = &counter{}, wire.NewVirtual(start), &wire.Recorder{}
				tt.fault.Operation = "PUT /things"
				tt.fault.Nth = 1
				f, err := wire.NewFaults([]wire.Fault{tt.fault}, wire.FaultOptions{
					Now: clock.Now, At: clock.At, Wait: func(context.Context, time.Duration) error { return nil },
				})
				if err != nil {
					t.Fatal(err)
				}
				recorded := rec.Wrap(f.Wrap(far))
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					serving.Add(1)
					defer serving.Done()
					recorded.ServeHTTP(w, r)
				})
			}
			over(t, make, func(t *testing.T, c *http.Client, base string) {
				got, err := put(t, c, base+"/things", "x")
				serving.Wait()
				if !errors.Is(err, tt.err) {
					t.Fatalf("error is %v, want %v", err, tt.err)
				}
				if got.code != tt.code || got.body != tt.body {
					t.Errorf("got %d %q, want %d %q", got.code, got.body, tt.code, tt.body)
				}
				if tt.fault.Header != nil && got.header.Get("Retry-After") != "7" {
					t.Errorf("Retry-After is %q, want 7", got.header.Get("Retry-After"))
				}
				if n := len(far.executed()); n != tt.executed {
					t.Errorf("%d executed at once, want %d", n, tt.executed)
				}
				clock.Advance(time.Minute)
				if got := far.executed(); len(got) != tt.later || tt.later == 1 && got[0] != "PUT /things x" {
					t.Errorf("executed %q after a minute, want %d", got, tt.later)
				}
				if e := rec.Exchanges(); len(e) != 1 || e[0].Cut != (tt.err != nil) || e[0].Status != tt.code {
					t.Errorf("recorded %+v, want one exchange with status %d", e, tt.code)
				}
				if got, err := put(t, c, base+"/things", "y"); err != nil || got.body != "a whole answer" {
					t.Errorf("second request: %q, %v", got.body, err)
				}
			})
		})
	}
}

func TestLateWithoutScheduleSettlesBeforeTheNextRequest(t *testing.T) {
	far, clock := &counter{}, wire.NewVirtual(start)
	f, err := wire.NewFaults([]wire.Fault{{Operation: "PUT *", Kind: wire.Late, After: wire.Duration(time.Minute), Times: 1}}, wire.FaultOptions{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Transport: wire.RoundTripper(f.Wrap(far))}
	_, err = put(t, c, "http://twin.test/a", "1")
	if !errors.Is(err, io.EOF) || f.Pending() != 1 {
		t.Fatalf("error %v, pending %d", err, f.Pending())
	}
	clock.Advance(time.Minute)
	if _, err := put(t, c, "http://twin.test/b", "2"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"PUT /a 1", "PUT /b 2"}, far.executed()); diff != "" {
		t.Error(diff)
	}
	if f.Struck(wire.Late) != 1 || f.Settle() != 0 {
		t.Errorf("struck %d, want 1 and nothing left to settle", f.Struck(wire.Late))
	}
}

func TestLateRequestKeepsItsArrival(t *testing.T) {
	clock := wire.NewVirtual(start)
	var at time.Time
	var late bool
	far := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { at, late = wire.Arrival(r) })
	f, err := wire.NewFaults([]wire.Fault{{Operation: "*", Kind: wire.Late, After: wire.Duration(time.Hour)}}, wire.FaultOptions{Now: clock.Now, At: clock.At})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, http.MethodPut, "http://twin.test/", nil)
	if err := trip(f.Wrap(far), r); !errors.Is(err, io.EOF) {
		t.Fatalf("error is %v, want EOF", err)
	}
	cancel() // the sender's end does not stop what the far end holds
	clock.Advance(2 * time.Hour)
	if !late || !at.Equal(start) {
		t.Errorf("arrival %v %v, want %v", at, late, start)
	}
}

func TestRules(t *testing.T) {
	tests := []struct {
		name  string
		rules []wire.Fault
		calls int
		want  int // strikes
	}{
		{"every match", []wire.Fault{{Operation: "PUT /*"}}, 5, 5},
		{"another method", []wire.Fault{{Operation: "GET /*"}}, 5, 0},
		{"another path", []wire.Fault{{Operation: "PUT /other"}}, 5, 0},
		{"the third only", []wire.Fault{{Operation: "*", Nth: 3}}, 5, 1},
		{"at most two", []wire.Fault{{Operation: "*", Times: 2}}, 5, 2},
		{"first rule that strikes", []wire.Fault{{Operation: "*", Nth: 1}, {Operation: "*", Nth: 1}}, 5, 2},
		{"never by chance", []wire.Fault{{Operation: "*", Chance: 1e-12}}, 50, 0},
		{"always by chance", []wire.Fault{{Operation: "*", Chance: 1}}, 50, 50},
		{"seeded half", []wire.Fault{{Operation: "*", Chance: 0.5}}, 1000, 512},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for i := range tt.rules {
				tt.rules[i].Kind, tt.rules[i].Code = wire.Status, 503
			}
			f, err := wire.NewFaults(tt.rules, wire.FaultOptions{Chance: rand.New(rand.NewPCG(1, 2)).Float64})
			if err != nil {
				t.Fatal(err)
			}
			c := &http.Client{Transport: wire.RoundTripper(f.Wrap(&counter{}))}
			for range tt.calls {
				if _, err := put(t, c, "http://twin.test/things", ""); err != nil {
					t.Fatal(err)
				}
			}
			if got := f.Struck(wire.Status); got != tt.want {
				t.Errorf("%d strikes, want %d", got, tt.want)
			}
		})
	}
}

func TestUnusableRulesAreRefused(t *testing.T) {
	for _, bad := range []wire.Fault{
		{Operation: "*", Kind: "explode"},
		{Operation: "*", Kind: wire.Late},
		{Operation: "*", Kind: wire.Status},
		{Operation: "*", Kind: wire.Status, Code: 99},
		{Operation: "*", Kind: wire.Reset, Chance: 2},
		{Operation: "*", Kind: wire.Reset, Nth: -1},
		{Kind: wire.Reset},
	} {
		if _, err := wire.NewFaults([]wire.Fault{bad}, wire.FaultOptions{}); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
}

func TestFaultsAreData(t *testing.T) {
	var f wire.Fault
	text := `{"operation":"PUT */Invoices","kind":"delay-commit","after":"6m1s"}`
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(f)
	if err != nil || string(b) != text {
		t.Errorf("got %s, %v; want %s", b, err, text)
	}
	if err := json.Unmarshal([]byte(`{"after":"soon"}`), &f); err == nil {
		t.Error("a duration of \"soon\" was accepted")
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern, method, url string
		want                 bool
	}{
		{"*", "GET", "/a/b", true},
		{"GET *", "GET", "/a/b", true},
		{"* /a/*", "PUT", "/a/b", true},
		{"PUT /a/b", "PUT", "/a/b?x=1", true},
		{"PUT /a/b?x=*", "PUT", "/a/b?x=1", true},
		{"PUT /a/b?y=*", "PUT", "/a/b?x=1", false},
		{"/a", "PUT", "/a/b", false},
		{"*b*c", "PUT", "/abbc", true},
		{"*b*c", "PUT", "/abbcd", false},
		{"", "PUT", "/", false},
	}
	for _, tt := range tests {
		if got := wire.Match(tt.pattern, httptest.NewRequest(tt.method, tt.url, nil)); got != tt.want {
			t.Errorf("Match(%q, %s %s) is %v", tt.pattern, tt.method, tt.url, got)
		}
	}
}

func TestRoundTripperHonoursCancellation(t *testing.T) {
	far := &counter{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://twin.test/", nil)
	if err := trip(far, r); !errors.Is(err, context.Canceled) || len(far.executed()) != 0 {
		t.Errorf("error %v, %d executed; want a cancellation and nothing", err, len(far.executed()))
	}

	// A slow answer waits on the machine's timer unless the sender gives up. Time stands
	// still while the handler runs, so that a busy machine does not give up before it.
	synctest.Test(t, func(t *testing.T) {
		f, err := wire.NewFaults([]wire.Fault{{Operation: "*", Kind: wire.Slow, After: wire.Duration(time.Hour)}}, wire.FaultOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://twin.test/", nil)
		if err := trip(f.Wrap(far), r); !errors.Is(err, context.DeadlineExceeded) || len(far.executed()) != 1 {
			t.Errorf("error %v, %d executed; want a time-out after one", err, len(far.executed()))
		}
	})
}

func TestOtherPanicsPass(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a bug in a handler was swallowed")
		}
	}()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://twin.test/", nil)
	_ = trip(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("bug") }), r)
}

func TestRecorderKeepsNoSecrets(t *testing.T) {
	rec := &wire.Recorder{Now: wire.NewVirtual(start).Now}
	far := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "sid=PLANTED")
		w.Header().Set("Location", "https://app.example/back?code=PLANTED&state=s")
		_, _ = fmt.Fprint(w, `{"access_token":"PLANTED","expires_in":1800}`)
	})
	c := &http.Client{Transport: wire.RoundTripper(rec.Wrap(far))}
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://twin.test/connect/token?a=b&oauth_token=PLANTED",
		strings.NewReader("grant_type=client_credentials&client_secret=PLANTED"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Basic PLANTED")
	sent, err := send(c.Do(r))
	if err != nil || !strings.Contains(sent.body, "PLANTED") {
		t.Errorf("the sender got %s, %v; the recorder must not touch what travels", sent.body, err)
	}
	got := rec.Exchanges()
	if text := fmt.Sprintf("%s %s %v", got[0].Body, got[0].Answer, got); strings.Contains(text, "PLANTED") {
		t.Errorf("kept a secret: %s", text)
	}
	if !strings.Contains(string(got[0].Answer), `"expires_in":1800`) || got[0].URL != "/connect/token?a=b&oauth_token=…" || !got[0].At.Equal(start) {
		t.Errorf("kept %+v", got[0])
	}
}

func TestRecorderCountsWhatItNoLongerKeeps(t *testing.T) {
	rec := &wire.Recorder{Keep: 2}
	c := &http.Client{Transport: wire.RoundTripper(rec.Wrap(&counter{}))}
	for i := range 5 {
		if _, err := put(t, c, fmt.Sprintf("http://twin.test/things/%d", i), ""); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(rec.Exchanges()); n != 2 || rec.Exchanges()[1].URL != "/things/4" {
		t.Errorf("kept %d, want the newest 2", n)
	}
	if rec.Calls("PUT /things/*") != 5 || rec.Calls("GET *") != 0 {
		t.Errorf("counted %d and %d, want 5 and 0", rec.Calls("PUT /things/*"), rec.Calls("GET *"))
	}
	rec.Reset()
	if rec.Calls("*") != 0 || len(rec.Exchanges()) != 0 {
		t.Error("reset kept something")
	}
}

func TestBriefRecorderKeepsNoContents(t *testing.T) {
	rec := &wire.Recorder{Brief: true, Keep: 3}
	f, err := wire.NewFaults([]wire.Fault{{Operation: "*", Kind: wire.DropAfter, Nth: 4}}, wire.FaultOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Transport: wire.RoundTripper(rec.Wrap(f.Wrap(&counter{})))}
	for i := range 4 {
		if _, err := put(t, c, fmt.Sprintf("http://twin.test/a%d?x=1", i), "body"); (err != nil) != (i == 3) {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	want := []wire.Exchange{
		{Method: "PUT", URL: "/a1?x=1", Host: "twin.test", Status: 200},
		{Method: "PUT", URL: "/a2?x=1", Host: "twin.test", Status: 200},
		{Method: "PUT", URL: "/a3?x=1", Host: "twin.test", Cut: true},
	}
	if diff := cmp.Diff(want, rec.Exchanges()); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

func TestVirtualRunsTimersAtTheirMoment(t *testing.T) {
	v := wire.NewVirtual(start)
	var got []string
	note := func(name string) func() {
		return func() { got = append(got, name+" "+v.Now().Sub(start).String()) }
	}
	v.At(start.Add(2*time.Second), note("b"))
	v.At(start.Add(time.Second), func() {
		note("a")()
		v.At(start.Add(2*time.Second), note("c"))
	})
	v.At(start.Add(time.Hour), note("never"))
	if now := v.Advance(time.Minute); !now.Equal(start.Add(time.Minute)) {
		t.Errorf("clock stands at %v", now)
	}
	v.Set(start) // backwards: nothing runs
	if diff := cmp.Diff([]string{"a 1s", "b 2s", "c 2s"}, got); diff != "" || !v.Now().Equal(start) {
		t.Errorf("%s at %v", diff, v.Now())
	}
}

func TestConcurrentUse(t *testing.T) {
	far, clock, rec := &counter{}, wire.NewVirtual(start), &wire.Recorder{}
	f, err := wire.NewFaults([]wire.Fault{{Operation: "PUT *", Kind: wire.Late, After: wire.Duration(time.Second), Times: 20}},
		wire.FaultOptions{Now: clock.Now, At: clock.At})
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Transport: wire.RoundTripper(rec.Wrap(f.Wrap(far)))}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			_, _ = put(t, c, "http://twin.test/things", "")
			clock.Advance(time.Millisecond)
		})
	}
	wg.Wait()
	clock.Advance(time.Minute)
	if len(far.executed()) != 50 || rec.Calls("*") != 50 || f.Pending() != 0 {
		t.Errorf("executed %d, recorded %d, pending %d", len(far.executed()), rec.Calls("*"), f.Pending())
	}
}

package record

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/agent/llm"
)

// parrot answers every request with what it was asked last, and counts.
type parrot struct {
	mu  sync.Mutex
	n   int
	err error
}

func (p *parrot) Name() string   { return "test parrot-1" }
func (p *parrot) Caps() llm.Caps { return llm.Caps{JSONMode: true} }
func (p *parrot) Complete(_ context.Context, r llm.Request) (llm.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	if p.err != nil {
		return llm.Response{}, p.err
	}
	return llm.Response{
		Text: fmt.Sprintf("%d %s", p.n, r.Messages[len(r.Messages)-1].Text), Finish: llm.Stop, Model: "parrot-1-20260101",
		Usage: llm.Usage{Input: 7, Output: 3}, ID: "chatcmpl-4f8a7c6b5d4e",
	}, nil
}

func ask(text string) llm.Request {
	return llm.Request{
		System: "You plan.\nYou never act.", Messages: []llm.Message{{Role: llm.User, Text: text}},
		Schema: &llm.Schema{Name: "answer", JSON: []byte(`{"type":"object"}`)},
	}
}

func TestRecordAndReplay(t *testing.T) {
	scrub := NewScrubber()
	rec := Record(&parrot{}, Scripted, scrub)
	var want []llm.Response
	for _, text := range []string{"invoice won deals", "and chase late payers", "invoice won deals"} {
		got, err := rec.Complete(t.Context(), ask(text))
		if err != nil {
			t.Fatal(err)
		}
		got.ID = "" // changes from one time to the next
		want = append(want, got)
	}
	data, err := Text(rec.Exchanges())
	if err != nil {
		t.Fatal(err)
	}
	exchanges, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Text(exchanges)
	if err != nil || string(again) != string(data) {
		t.Errorf("a round trip changed the recording (%v):\n%s\n%s", err, data, again)
	}
	play := Replay(exchanges, scrub, "make recordings")
	if play.Name() != "test parrot-1" || !play.Caps().JSONMode || play.Origin() != Scripted {
		t.Errorf("got %q, %+v, %s", play.Name(), play.Caps(), play.Origin())
	}
	var got []llm.Response
	for _, text := range []string{"invoice won deals", "and chase late payers", "invoice won deals", "invoice won deals"} {
		r, err := play.Complete(t.Context(), ask(text))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r)
	}
	if diff := cmp.Diff(append(want, want[2]), got); diff != "" {
		t.Errorf("replayed (-want +got):\n%s", diff)
	}
}

func TestErrorsAreReplayed(t *testing.T) {
	for _, err := range []error{&llm.Refused{What: "policy"}, &llm.Truncated{Text: `{"plan": `}} {
		rec := Record(&parrot{err: err}, Recorded, NewScrubber())
		_, _ = rec.Complete(t.Context(), ask("x"))
		data, terr := Text(rec.Exchanges())
		if terr != nil {
			t.Fatal(terr)
		}
		exchanges, perr := Parse(data)
		if perr != nil {
			t.Fatal(perr)
		}
		_, got := Replay(exchanges, NewScrubber(), "").Complete(t.Context(), ask("x"))
		if diff := cmp.Diff(err, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	rec := Record(&parrot{err: &llm.Unavailable{What: "no route"}}, Recorded, NewScrubber())
	if _, err := rec.Complete(t.Context(), ask("x")); err == nil || len(rec.Exchanges()) != 0 {
		t.Errorf("a lost connection was kept: %v, %v", err, rec.Exchanges())
	}
}

func TestMissNamesTheNearest(t *testing.T) {
	rec := Record(&parrot{}, Scripted, NewScrubber())
	for _, text := range []string{"something else entirely\nover two lines", "invoice won deals\ndue in 14 days"} {
		if _, err := rec.Complete(t.Context(), ask(text)); err != nil {
			t.Fatal(err)
		}
	}
	play := Replay(rec.Exchanges(), NewScrubber(), "make recordings")
	_, err := play.Complete(t.Context(), ask("invoice won deals\ndue in 30 days"))
	var miss *Miss
	if !errors.As(err, &miss) {
		t.Fatalf("got %v, want a miss", err)
	}
	want := []string{"- user: due in 14 days", "+ user: due in 30 days"}
	if diff := cmp.Diff(want, miss.Diff); diff != "" || miss.At != 2 {
		t.Errorf("nearest is %d (-want +got):\n%s", miss.At, diff)
	}
	for _, text := range []string{"was not recorded", "exchange 2", "make recordings"} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q does not say %q", err, text)
		}
	}
	seed := int64(4)
	other := ask("invoice won deals\ndue in 14 days")
	other.Seed = &seed
	if _, err = play.Complete(t.Context(), other); err == nil || !strings.Contains(err.Error(), "the seed") {
		t.Errorf("got %v, want a miss that names the seed", err)
	}
	long := strings.Repeat("a line that is not there\nanother\n", 40)
	if _, err = play.Complete(t.Context(), ask(long)); err == nil || strings.Count(err.Error(), "\n") > maxDiff+4 {
		t.Errorf("the difference is not short: %v", err)
	}
	if _, err = Replay(nil, NewScrubber(), "make recordings").Complete(t.Context(), ask("x")); err == nil || !strings.Contains(err.Error(), "make recordings") {
		t.Errorf("got %v, want a miss", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := play.Complete(ctx, ask("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

// planted are made-up secrets of every shape. They are put together here so that no file
// of the source holds one.
func planted() map[string]string {
	return map[string]string{
		"signed token":       "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiJub2JvZHkifQ." + "c2lnbmF0dXJl",
		"bearer token":       "Bearer " + "abcdef0123456789abcdef",
		"basic credentials":  "Basic " + "dXNlcjpwYXNzd29yZDEyMw==",
		"model key":          "sk-" + "proj-0123456789abcdefABCDEF",
		"salesforce session": "00D" + "5g0000012345!AQcAQH0dMHZfz972",
		"chat token":         "xoxb" + "-123456789012-abcdef",
		"cloud key":          "AKIA" + "ABCDEFGHIJKLMNOP",
		"forge token":        "ghp_" + "0123456789abcdefghijABCDEF",
		"private key":        "-----BEGIN " + "RSA PRIVATE KEY-----",
		"secret member":      `"client_` + `secret": "hush-hush-hush"`,
		"secret parameter":   "refresh_" + "token=0123456789",
	}
}

func TestNoSecretIsKept(t *testing.T) {
	const own = "correct horse battery staple"
	scrub := NewScrubber(own, "abc")
	kinds := map[string]bool{}
	for _, sh := range shapes {
		kinds[sh.name] = true
	}
	for kind, secret := range planted() {
		delete(kinds, kind)
		if len(scrub.Leaks([]byte("x\n"+secret))) == 0 {
			t.Errorf("%s: not seen as a leak", kind)
		}
		rec := Record(&parrot{}, Scripted, scrub)
		if _, err := rec.Complete(t.Context(), ask("use "+secret+" and "+own)); err != nil {
			t.Fatal(err)
		}
		data, err := Text(rec.Exchanges())
		if err != nil {
			t.Fatal(err)
		}
		if leaks := scrub.Leaks(data); len(leaks) > 0 || strings.Contains(string(data), secret) {
			t.Errorf("%s: kept: %v in %s", kind, leaks, data)
		}
		if once := scrub.Text(secret); scrub.Text(once) != once {
			t.Errorf("%s: scrubbing twice changes %q to %q", kind, once, scrub.Text(once))
		}
	}
	if len(kinds) > 0 {
		t.Errorf("shapes without a planted secret: %v", kinds)
	}
	if got := scrub.Text("abc " + own); got != "abc <secret>" {
		t.Errorf("got %q", got)
	}
}

// TestVolatile: what changes from one time to the next does not change the key.
func TestVolatile(t *testing.T) {
	_, one, err := canonical(ask("run 6ba7b810-9dad-11d1-80b4-00c04fd430c8 at 2026-11-01T20:00:00Z, msg_0123456789ab"), NewScrubber())
	if err != nil {
		t.Fatal(err)
	}
	_, two, err := canonical(ask("run 7c9e6679-7425-40de-944b-e07fc1f90ae7 at 2027-01-02T03:04:05.678+13:00, msg_ba9876543210"), NewScrubber())
	if err != nil {
		t.Fatal(err)
	}
	if one != two {
		t.Error("an id or an instant changed the key")
	}
	if _, other, _ := canonical(ask("run <id> at noon"), NewScrubber()); other == one {
		t.Error("another request has the same key")
	}
}

func TestParseRefuses(t *testing.T) {
	rec := Record(&parrot{}, Scripted, NewScrubber())
	if _, err := rec.Complete(t.Context(), ask("x")); err != nil {
		t.Fatal(err)
	}
	data, err := Text(rec.Exchanges())
	if err != nil {
		t.Fatal(err)
	}
	good := strings.TrimSpace(string(data))
	for name, text := range map[string]string{
		"origin":                  strings.Replace(good, `"scripted"`, `"guessed"`, 1),
		"unknown field":           strings.Replace(good, `"origin"`, `"colour":"red","origin"`, 1),
		"changed by hand":         strings.Replace(good, "You plan.", "You act.", 1),
		"a response or an error":  strings.Replace(good, `"response"`, `"error":{"kind":"refused","text":""},"response"`, 1),
		"text after the exchange": good + " {}",
		"line 2":                  good + "\nnot json",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %q in it", err, name)
		}
	}
	if got, err := Parse([]byte("\n" + good + "\n\n")); err != nil || len(got) != 1 {
		t.Errorf("got %d exchanges, %v", len(got), err)
	}
}

// TestManyAtOnce is for the race detector.
func TestManyAtOnce(t *testing.T) {
	rec := Record(&parrot{}, Scripted, NewScrubber())
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			if _, err := rec.Complete(t.Context(), ask(fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	play := Replay(rec.Exchanges(), NewScrubber(), "")
	for i := range 8 {
		group.Go(func() {
			if _, err := play.Complete(t.Context(), ask(fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"key":"sha256:","origin":"scripted","model":"m","caps":{},"request":{},"response":{"text":"","finish":"stop"},"usage":{"input":0,"output":0}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := Parse(data); err == nil {
			if _, err := Text(got); err != nil {
				t.Error(err)
			}
		}
	})
}

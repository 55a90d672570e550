// Package bench measures the built-in engine beside a bare loop that does the same work
// with nothing in between, on the machine it runs on.
//
// The work is one look at the record that started it, as every run begins, and five steps, each
// an HTTP POST of about 1 KB of JSON to a stub on the loopback interface that answers 1 KB. Every
// intent and outcome is on the disk before the next step begins. The engine does it as it does everything: a plan over an API description,
// checked, driven by the machine over the journal. The bare loop writes the same number of
// times to a bbolt file of its own, by the same kind of group commit, and knows beforehand
// what comes next. Both run in one process with the stub, by turns, so
// the machine's mood is in both figures: what counts is their ratio.
package bench

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

const (
	planName = "five-notes"
	steps    = 5
	// commits a workflow: its start, each intent together with the outcome before it, its end.
	commits = steps + 2
	padding = 880 // characters of text, which make a body of about 1 KB
)

//go:embed bench.yaml
var spec []byte

//go:embed overlay.yaml
var overlay []byte

//go:embed plan.yaml
var planText string

// program checks the bench plan as any plan is checked: with texts of so many characters, and
// with lines about its limits or "".
func program(text int, limits string) (*catalog.Catalog, *engine.Program, error) {
	cat, found := catalog.Open("", []catalog.Source{{Name: "bench", Spec: spec, Overlay: overlay}})
	if err := found.Err(); err != nil {
		return nil, nil, err
	}
	api, _ := cat.API("bench")
	yaml := strings.NewReplacer(
		"SPEC", api.SpecDigest, "OVERLAY", api.OverlayDigest, "TEXT", strings.Repeat("x", text), "LIMITS", limits,
	).Replace(planText)
	p, found := plan.Parse("bench plan", []byte(yaml))
	if err := found.Err(); err != nil {
		return nil, nil, err
	}
	checked, found := check.Check(p, cat)
	if err := found.Err(); err != nil {
		return nil, nil, err
	}
	return cat, engine.New(checked, cat), nil
}

// stub answers every note with its id. It listens on the loopback interface until closed.
type stub struct {
	server http.Server
	served sync.WaitGroup
	url    string
}

func newStub(ctx context.Context) (*stub, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &stub{url: "http://" + l.Addr().String()}
	s.server = http.Server{Handler: http.HandlerFunc(answer), ReadHeaderTimeout: time.Minute}
	s.served.Go(func() { _ = s.server.Serve(l) })
	return s, nil
}

func (s *stub) close() error {
	err := s.server.Close()
	s.served.Wait()
	return err
}

// answer gives the note back as it came, with an id.
func answer(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet { // whether the note that started a run is really gone
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil || len(body) < 2 || body[0] != '{' {
		http.Error(w, "not a note", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprintf(w, `{"id":"n%s",%s`, r.Header.Get("Idempotency-Key"), body[1:])
}

// send makes one exchange without an engine and returns the answer.
func send(ctx context.Context, rt http.RoundTripper, method, url string, body []byte, key string, want int) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	res, err := rt.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != want {
		err = fmt.Errorf("the stub answers %d", res.StatusCode)
	}
	return out, err
}

// note is the body of a step as the bare loop sends it.
func note(step int, before string) []byte {
	b, err := json.Marshal(map[string]string{"step": fmt.Sprint(step), "before": before, "text": strings.Repeat("x", padding)})
	if err != nil {
		panic(err) // unreachable: texts
	}
	return b
}

// crowd does n workflows with so many in flight and returns how long each took. The first
// error stops the rest.
func crowd(ctx context.Context, now func() time.Time, n, inFlight int, one func(ctx context.Context, i int) error) ([]time.Duration, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	took, next := make([]time.Duration, n), make(chan int)
	var group sync.WaitGroup
	for range min(inFlight, n) {
		group.Go(func() {
			for i := range next {
				begun := now()
				if err := one(ctx, i); err != nil {
					cancel(err)
				}
				took[i] = now().Sub(begun)
			}
		})
	}
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	group.Wait()
	return took, context.Cause(ctx)
}

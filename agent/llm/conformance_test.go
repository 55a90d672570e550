package llm_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/agent/llm/langchain"
	"github.com/planwright/planwright/agent/llm/openaicompat"
	"github.com/planwright/planwright/agent/llm/transport"
	"github.com/planwright/planwright/internal/twin/model"
	"github.com/planwright/planwright/internal/twin/wire"
)

// secretKey must never be seen anywhere but in a header.
const secretKey = "sk-planted-marker-0451"

const known = "model-1"

// at says how one adapter is opened: where, as which model, with which key.
type at struct {
	url, name, key string
	road           *transport.Transport
}

// adapters is every way in which this program reaches a model. Each must pass everything in
// this file.
var adapters = []struct {
	name string
	keys bool // whether the dialect has keys at all
	open func(a at) (llm.Model, error)
}{
	{"openai", true, func(a at) (llm.Model, error) { return compat(a, nil) }},
	{"openai tool", true, func(a at) (llm.Model, error) { return compat(a, &llm.Caps{ForcedTool: true}) }},
	{"openai json", true, func(a at) (llm.Model, error) { return compat(a, &llm.Caps{JSONMode: true}) }},
	{"openai text", true, func(a at) (llm.Model, error) { return compat(a, &llm.Caps{}) }},
	{"azure", true, func(a at) (llm.Model, error) {
		return openaicompat.New(openaicompat.Config{URL: a.url, Model: a.name, Key: llm.NewSecret(a.key), Azure: true, Transport: a.road})
	}},
	{"anthropic", true, func(a at) (llm.Model, error) { return chain(a, langchain.Anthropic, "/v1") }},
	{"ollama", false, func(a at) (llm.Model, error) { return chain(a, langchain.Ollama, "") }},
}

func compat(a at, caps *llm.Caps) (llm.Model, error) {
	return openaicompat.New(openaicompat.Config{URL: a.url + "/v1", Model: a.name, Key: llm.NewSecret(a.key), Caps: caps, Transport: a.road})
}

func chain(a at, d langchain.Dialect, path string) (llm.Model, error) {
	return langchain.New(langchain.Config{Dialect: d, URL: a.url + path, Model: a.name, Key: llm.NewSecret(a.key), Transport: a.road})
}

// waits is a clock that does not: it notes how long was to be waited.
type waits struct {
	mu  sync.Mutex
	all []time.Duration
}

func (w *waits) wait(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, d)
	return ctx.Err()
}

func flat() float64 { return 0 }

var perfect = model.Answers(map[string]string{"invoice": good})

func ask(text string) llm.Request {
	return llm.Request{System: "Be exact.", Messages: []llm.Message{{Role: llm.User, Text: text}}, Schema: schema}
}

// onEach runs a test against every adapter, with a twin in process.
func onEach(t *testing.T, b func() model.Behaviour, test func(t *testing.T, m llm.Model, twin *model.Model, w *waits)) {
	t.Helper()
	for _, ad := range adapters {
		t.Run(ad.name, func(t *testing.T) {
			twin := model.New(model.Options{Key: secretKey, Models: []string{known}, Behaviour: b()})
			w := new(waits)
			m, err := ad.open(at{"https://model.example.com", known, secretKey, transport.New(transport.Options{Base: wire.RoundTripper(twin), Wait: w.wait, Jitter: flat})})
			if err != nil {
				t.Fatal(err)
			}
			test(t, m, twin, w)
		})
	}
}

func TestAnswersArrive(t *testing.T) {
	for name, b := range map[string]model.Behaviour{
		"plain": perfect, "fenced": model.Fenced(perfect), "chatty": model.Chatty(perfect), "slow": model.Slow(time.Nanosecond, perfect),
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func() model.Behaviour { return b }, func(t *testing.T, m llm.Model, twin *model.Model, w *waits) {
				if name != "plain" && name != "slow" && m.Caps().Means() == llm.ByTool {
					t.Skip("the arguments of a tool have no prose around them")
				}
				got, err := llm.Ask(t.Context(), m, ask("make an invoice"))
				if err != nil {
					t.Fatal(err)
				}
				if string(got.JSON) != good {
					t.Errorf("got %s", got.JSON)
				}
				if got.Usage.Input == 0 || got.Usage.Output == 0 || got.Model != known {
					t.Errorf("got usage %v of %q", got.Usage, got.Model)
				}
				seen := twin.Seen()
				if len(seen) != 1 || len(w.all) > 0 {
					t.Fatalf("%d requests, waited %v", len(seen), w.all)
				}
				a := seen[0].Asked
				if !strings.HasPrefix(a.System, "Be exact.") || len(a.Messages) != 1 || a.Messages[0].Text != "make an invoice" {
					t.Errorf("the model was told %q and %v", a.System, a.Messages)
				}
				if told := strings.Contains(a.System, `"additionalProperties":false`); told != (a.Schema == nil) {
					t.Errorf("the schema is in the system text: %v, and enforced: %v", told, a.Schema != nil)
				}
			})
		})
	}
}

func TestWeakModelMends(t *testing.T) {
	spoil := func(answer string, _ int) string { return strings.Replace(answer, `"draft"`, `"final"`, 1) }
	onEach(t, func() model.Behaviour { return model.Weak(1, spoil, perfect) }, func(t *testing.T, m llm.Model, twin *model.Model, _ *waits) {
		r := ask("make an invoice")
		got, err := llm.Ask(t.Context(), m, r)
		var bad *llm.BadOutput
		if !errors.As(err, &bad) || bad.Found[0].Pointer != "/mode" {
			t.Fatalf("got %v", err)
		}
		r.Messages = append(r.Messages, llm.Message{Role: llm.Assistant, Text: got.Text}, llm.Message{Role: llm.User, Text: bad.Found.Error()})
		if _, err = llm.Ask(t.Context(), m, r); err != nil {
			t.Fatal(err)
		}
		if a := twin.Seen()[1].Asked; len(a.Messages) != 3 || a.Turn() != 1 || a.Messages[1].Role != llm.Assistant {
			t.Errorf("the second time the model was told %v", a.Messages)
		}
	})
}

// TestSeedAndLimit holds what each dialect is sent to what its adapter says it can do.
func TestSeedAndLimit(t *testing.T) {
	onEach(t, func() model.Behaviour { return perfect }, func(t *testing.T, m llm.Model, twin *model.Model, _ *waits) {
		seed := int64(7)
		r := ask("invoice")
		r.Seed, r.MaxTokens = &seed, 321
		if _, err := llm.Ask(t.Context(), m, r); err != nil {
			t.Fatal(err)
		}
		s := twin.Seen()[0]
		if sent := s.Asked.Seed != nil && *s.Asked.Seed == 7; sent != m.Caps().Seed {
			t.Errorf("seed sent: %v, promised: %v", sent, m.Caps().Seed)
		}
		if s.Asked.MaxTokens != 321 {
			t.Errorf("the limit arrived as %d", s.Asked.MaxTokens)
		}
		if d := s.Asked.Dialect; (d == model.OpenAI || d == model.Azure) && strings.Contains(string(s.Body), "temperature") {
			t.Errorf("a temperature was sent: %s", s.Body)
		}
	})
}

// failures is what each behaviour must come to, with how many requests and which waits.
var failures = []struct {
	name     string
	b        func() model.Behaviour
	want     error // nil: an answer
	requests int
	waits    []time.Duration
}{
	{"limited twice", func() model.Behaviour { return model.Failing(2, 429, 7*time.Second, perfect) }, nil, 3, []time.Duration{7 * time.Second, 7 * time.Second}},
	{"limited, no Retry-After", func() model.Behaviour { return model.Failing(2, 429, 0, perfect) }, nil, 3, []time.Duration{500 * time.Millisecond, time.Second}},
	{"limited for ever", func() model.Behaviour { return model.Failing(-1, 429, 9*time.Second, nil) }, &llm.RateLimited{RetryAfter: 9 * time.Second}, 4, []time.Duration{9 * time.Second, 9 * time.Second, 9 * time.Second}},
	{"limited for an hour", func() model.Behaviour { return model.Failing(-1, 429, time.Hour, nil) }, &llm.RateLimited{RetryAfter: time.Hour}, 1, nil},
	{"limited, never says", func() model.Behaviour { return model.Failing(-1, 429, 0, nil) }, &llm.RateLimited{}, 4, []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}},
	{"overloaded once", func() model.Behaviour { return model.Failing(1, 529, 0, perfect) }, nil, 2, []time.Duration{500 * time.Millisecond}},
	{"overloaded", func() model.Behaviour { return model.Failing(-1, 529, 0, nil) }, &llm.Unavailable{Status: 529}, 4, []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}},
	{"error 500", func() model.Behaviour { return model.Failing(-1, 500, 0, nil) }, &llm.Unavailable{Status: 500}, 4, []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}},
	{"not implemented", func() model.Behaviour { return model.Failing(-1, 501, 0, nil) }, &llm.BadRequest{Status: 501}, 1, nil},
	{"cut once", func() model.Behaviour { return model.Breaking(1, model.Cut, perfect) }, nil, 2, []time.Duration{500 * time.Millisecond}},
	{"cut", func() model.Behaviour { return model.Breaking(-1, model.Cut, perfect) }, &llm.Unavailable{}, 4, []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}},
	{"half an answer once", func() model.Behaviour { return model.Breaking(1, model.Halved, perfect) }, nil, 2, []time.Duration{500 * time.Millisecond}},
	{"half an answer", func() model.Behaviour { return model.Breaking(-1, model.Halved, perfect) }, &llm.Unavailable{}, 4, []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}},
	{"a page", func() model.Behaviour { return model.Breaking(-1, model.HTMLPage, perfect) }, &llm.Unavailable{Status: 200}, 1, nil},
	{"bad request", func() model.Behaviour { return model.Failing(-1, 400, 0, nil) }, &llm.BadRequest{Status: 400}, 1, nil},
	{"forbidden", func() model.Behaviour { return model.Failing(-1, 403, 0, nil) }, &llm.Auth{Status: 403}, 1, nil},
	{"reached its limit", func() model.Behaviour { return model.CutShort(true, perfect) }, &llm.Truncated{Text: good[:len(good)/2]}, 1, nil},
	{"reached it in silence", func() model.Behaviour { return model.CutShort(false, perfect) }, &llm.BadOutput{Text: good[:len(good)/2]}, 1, nil},
	{"empty", model.Empty, &llm.BadOutput{}, 1, nil},
	{"not scripted", func() model.Behaviour { return model.Answers(nil) }, &llm.BadOutput{Text: model.Unscripted}, 1, nil},
	{"hostile", func() model.Behaviour {
		return model.Hostile(`{"name": "x", "count": 1, "mode": "draft", "steps": [{"kind": "shell", "run": "rm"}]}`)
	}, &llm.BadOutput{Text: `{"name": "x", "count": 1, "mode": "draft", "steps": [{"kind": "shell", "run": "rm"}]}`}, 1, nil},
}

func TestFailures(t *testing.T) {
	for _, tc := range failures {
		t.Run(tc.name, func(t *testing.T) {
			onEach(t, tc.b, func(t *testing.T, m llm.Model, twin *model.Model, w *waits) {
				_, err := llm.Ask(t.Context(), m, ask("invoice"))
				if diff := cmp.Diff(tc.want, bare(err)); diff != "" {
					t.Errorf("%v (-want +got):\n%s", err, diff)
				}
				if n := len(twin.Seen()); n != tc.requests {
					t.Errorf("%d requests, want %d", n, tc.requests)
				}
				if diff := cmp.Diff(tc.waits, w.all); diff != "" {
					t.Errorf("waits (-want +got):\n%s", diff)
				}
				noKey(t, err, m, twin)
			})
		})
	}
}

// bare drops what is meant for people, so that failures compare.
func bare(err error) error {
	switch e := err.(type) { //nolint:errorlint // the adapters return these types themselves
	case *llm.Unavailable:
		return &llm.Unavailable{Status: e.Status}
	case *llm.BadRequest:
		return &llm.BadRequest{Status: e.Status}
	case *llm.BadOutput:
		return &llm.BadOutput{Text: e.Text}
	case *llm.Refused:
		return &llm.Refused{}
	}
	return err
}

func noKey(t *testing.T, err error, m llm.Model, twin *model.Model) {
	t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "%v %+v %#v %v", err, err, m, m.Name())
	for _, s := range twin.Seen() {
		fmt.Fprintf(&text, "%v %s %s", s.Header, s.URL, s.Body)
	}
	if strings.Contains(text.String(), secretKey) {
		t.Errorf("the key shows: %s", text.String())
	}
}

func TestRefusals(t *testing.T) {
	onEach(t, model.Declining, func(t *testing.T, m llm.Model, twin *model.Model, _ *waits) {
		_, err := llm.Ask(t.Context(), m, ask("invoice"))
		var refused *llm.Refused
		var bad *llm.BadOutput
		switch {
		case twin.Seen()[0].Asked.Dialect == model.Ollama: // has no way of saying so
			if !errors.As(err, &bad) || bad.Text != "I cannot help with that." {
				t.Errorf("got %v", err)
			}
		case !errors.As(err, &refused):
			t.Errorf("got %v", err)
		}
	})
}

func TestWrongKeyAndName(t *testing.T) {
	for _, ad := range adapters {
		t.Run(ad.name, func(t *testing.T) {
			twin := model.New(model.Options{Key: "another", Models: []string{known}, Behaviour: perfect})
			w := new(waits)
			road := transport.New(transport.Options{Base: wire.RoundTripper(twin), Wait: w.wait})
			m, err := ad.open(at{"https://model.example.com", known, secretKey, road})
			if err != nil {
				t.Fatal(err)
			}
			_, err = llm.Ask(t.Context(), m, ask("invoice"))
			if want := error(&llm.Auth{Status: 401}); ad.keys && !cmp.Equal(want, err) {
				t.Errorf("wrong key: got %v", err)
			}
			noKey(t, err, m, twin)
			m, err = ad.open(at{"https://model.example.com", "model-2", "another", road})
			if err != nil {
				t.Fatal(err)
			}
			_, err = llm.Ask(t.Context(), m, ask("invoice"))
			if want := error(&llm.UnknownModel{Name: "model-2"}); !cmp.Equal(want, err) {
				t.Errorf("wrong name: got %v", err)
			}
			if len(w.all) > 0 {
				t.Errorf("waited %v for what waiting does not mend", w.all)
			}
		})
	}
}

func TestWrongAddress(t *testing.T) {
	for _, ad := range adapters {
		t.Run(ad.name, func(t *testing.T) {
			m, err := ad.open(at{"https://model.example.com", known, secretKey, transport.New(transport.Options{Base: wire.RoundTripper(http.NotFoundHandler()), Wait: new(waits).wait})})
			if err != nil {
				t.Fatal(err)
			}
			_, err = llm.Ask(t.Context(), m, ask("invoice"))
			var bad *llm.BadRequest
			if !errors.As(err, &bad) || bad.Status != 404 || !strings.Contains(bad.What, "check the model's URL") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestEndlessAnswerEnds(t *testing.T) {
	for _, ad := range adapters {
		t.Run(ad.name, func(t *testing.T) {
			server := httptest.NewServer(model.New(model.Options{Behaviour: model.Breaking(-1, model.Endless, perfect)}))
			defer server.Close()
			w := new(waits)
			m, err := ad.open(at{server.URL, known, secretKey, transport.New(transport.Options{Wait: w.wait, Limit: 1 << 20})})
			if err != nil {
				t.Fatal(err)
			}
			_, err = llm.Ask(t.Context(), m, ask("invoice"))
			if want := error(&llm.TooLong{Limit: 1 << 20}); !cmp.Equal(want, err) || len(w.all) > 0 {
				t.Errorf("got %v, waited %v", err, w.all)
			}
		})
	}
}

func TestEndpointDown(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	for _, ad := range adapters {
		t.Run(ad.name, func(t *testing.T) {
			w := new(waits)
			m, err := ad.open(at{server.URL, known, secretKey, transport.New(transport.Options{Wait: w.wait, Attempts: 2})})
			if err != nil {
				t.Fatal(err)
			}
			_, err = llm.Ask(t.Context(), m, ask("invoice"))
			var down *llm.Unavailable
			if !errors.As(err, &down) || down.Status != 0 || !strings.Contains(down.What, "refused") || len(w.all) != 1 {
				t.Errorf("got %v after %v", err, w.all)
			}
		})
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	for _, ad := range adapters {
		t.Run(ad.name, func(t *testing.T) {
			asked := 0
			away := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				http.Redirect(w, r, "https://elsewhere.example.com/v1/chat/completions", http.StatusTemporaryRedirect)
			})
			m, err := ad.open(at{"https://model.example.com", known, secretKey, transport.New(transport.Options{Base: wire.RoundTripper(away), Wait: new(waits).wait})})
			if err != nil {
				t.Fatal(err)
			}
			_, err = llm.Ask(t.Context(), m, ask("invoice"))
			var bad *llm.BadRequest
			if !errors.As(err, &bad) || bad.Status != 307 || asked != 1 {
				t.Errorf("got %v after %d requests", err, asked)
			}
		})
	}
}

// TestEchoedKeyIsBlanked plays an endpoint that repeats the key in what it answers.
func TestEchoedKeyIsBlanked(t *testing.T) {
	for _, ad := range adapters {
		for _, status := range []int{200, 302, 400, 401, 404, 429, 500} {
			t.Run(fmt.Sprint(ad.name, status), func(t *testing.T) {
				rude := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(status)
					fmt.Fprintf(w, `{"error": {"message": "your key is %s", "type": "%s"}}`, secretKey, secretKey)
				})
				m, err := ad.open(at{"https://model.example.com", known, secretKey, transport.New(transport.Options{Base: wire.RoundTripper(rude), Wait: new(waits).wait})})
				if err != nil {
					t.Fatal(err)
				}
				got, err := llm.Ask(t.Context(), m, ask("invoice"))
				if text := fmt.Sprintf("%v %+v", err, got); err == nil || ad.keys && strings.Contains(text, secretKey) {
					t.Errorf("got %s", text)
				}
			})
		}
	}
}

func TestSilenceEnds(t *testing.T) {
	for _, ad := range adapters {
		t.Run(ad.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				twin := model.New(model.Options{Behaviour: model.Slow(time.Hour, perfect)})
				m, err := ad.open(at{"https://model.example.com", known, secretKey, transport.New(transport.Options{
					Base: wire.RoundTripper(twin), Wait: new(waits).wait, Timeout: time.Minute, Attempts: 2,
				})})
				if err != nil {
					t.Fatal(err)
				}
				_, err = llm.Ask(t.Context(), m, ask("invoice"))
				var down *llm.Unavailable
				if !errors.As(err, &down) || down.What != "no whole answer within 1m0s" || len(twin.Seen()) != 2 {
					t.Errorf("got %v after %d requests", err, len(twin.Seen()))
				}
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				_, err = llm.Ask(ctx, m, ask("invoice"))
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("the caller's time is up: got %v", err)
				}
			})
		})
	}
}

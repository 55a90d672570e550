package main

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/planwright/planwright/agent/loop"
	"github.com/planwright/planwright/internal/twin/model"
	"github.com/planwright/planwright/plans"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// modelKey is what the scripted model takes; scripts look for it where it must not be.
const modelKey = "sk-planted-0123456789abcdef"

// startModel serves a scripted model and configures it: model BEHAVIOUR [DIALECT].
func startModel(ts *testscript.TestScript, _ bool, args []string) {
	good := perfectAnswers(ts)
	behaviour, ok := map[string]model.Behaviour{
		"perfect": good,
		"weak": model.Weak(1, func(answer string, _ int) string {
			return strings.ReplaceAll(answer, "createInvoices", "conjureInvoices")
		}, good),
		"prose":    model.Chatty(good),
		"nonsense": func(model.Asked) model.Reply { return model.Reply{Text: "I would rather write a poem."} },
		"invented": model.Weak(99, func(answer string, _ int) string {
			return strings.ReplaceAll(answer, "createInvoices", "conjureInvoices")
		}, good),
		"endless": model.Breaking(-1, model.Endless, good),
		"busy":    model.Failing(-1, 503, 0, good),
		"limited": model.Failing(1, 429, time.Second, good),
	}[args[0]]
	if !ok {
		ts.Fatalf("unknown behaviour %q", args[0])
	}
	dialect := "openai"
	if len(args) > 1 {
		dialect = args[1]
	}
	s := httptest.NewServer(model.New(model.Options{Key: modelKey, Models: []string{"scripted"}, Behaviour: behaviour}))
	ts.Defer(s.Close)
	url := s.URL
	if dialect != "ollama" {
		url += "/v1"
	}
	for name, value := range map[string]string{"PROVIDER": dialect, "URL": url, "KEY": modelKey, "RETRIES": "1"} {
		ts.Setenv("PLANWRIGHT_MODEL_"+name, value)
	}
	ts.Setenv("PLANWRIGHT_MODEL", "scripted")
}

// perfectAnswers knows the reference plan for the goal of each automation.
func perfectAnswers(ts *testscript.TestScript) model.Behaviour {
	cat, found := catalog.Open("", specs.Embedded())
	ts.Check(found.Err())
	known := map[string]string{}
	for name, p := range plans.Automations(cat) {
		answer, err := loop.Submission(p)
		ts.Check(err)
		known[p.Goal] = string(answer)
		ts.Setenv("GOAL_"+fmt.Sprint(map[string]int{
			"closed-won-to-invoice": 1, "invoice-to-opportunity": 2, "account-to-contact": 3, "overdue-task": 4,
		}[name]), p.Goal)
	}
	return model.Answers(known)
}

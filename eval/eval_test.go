package eval_test

import (
	"testing"
	"time"

	"github.com/planwright/planwright/eval"
)

func evaluator(t testing.TB) *eval.Evaluator {
	t.Helper()
	e, err := eval.New(eval.Config{Dir: t.TempDir(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEmbeddedPlanCases(t *testing.T) {
	cases, err := eval.PlanCases()
	if err != nil {
		t.Fatal(err)
	}
	more, err := eval.RunCases()
	if err != nil {
		t.Fatal(err)
	}
	e := evaluator(t)
	ev, err := e.Run(t.Context(), []eval.Planner{eval.Rules(e.Catalog())}, append(cases, more...))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range ev.Cases {
		t.Log(r.ID, r.Got, r.Pass, r.Failures, r.Said, ev.Durations[r.Planner+" "+r.ID])
	}
}

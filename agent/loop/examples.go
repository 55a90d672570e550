package loop

import (
	"embed"
	"strings"
	"sync"

	"github.com/planwright/planwright/prompts"
	"github.com/planwright/planwright/runtime/plan"
)

//go:embed examples
var exampleFiles embed.FS

// theExamples are the worked examples of the prompt, made on first use and never changed.
// The plan goes through [Submission], so that what models are shown is what is read.
var theExamples = sync.OnceValue(func() []prompts.Example {
	p, list := plan.Parse("", exampleFile("paid-order-to-bill.yaml"))
	if list.HasErrors() {
		panic(list) // unreachable: a test reads the embedded plan
	}
	answer, err := Submission(p)
	if err != nil {
		panic(err) // unreachable: as above
	}
	return []prompts.Example{
		{Goal: p.Goal, Answer: string(answer)},
		{Goal: "When an order is shipped, tell the customer.", Answer: strings.TrimSpace(string(exampleFile("question.json")))},
	}
})

func exampleFile(name string) []byte {
	data, err := exampleFiles.ReadFile("examples/" + name)
	if err != nil {
		panic(err) // unreachable: the files are embedded
	}
	return data
}

package llm

import (
	"context"
	"encoding/json"

	"github.com/planwright/planwright/internal/diag"
)

// MaxAnswer is how many bytes of text an answer may have. A plan needs a fiftieth of it;
// what is longer is a model that does not stop.
const MaxAnswer = 1 << 20

// maxFindings bounds what is said about one answer: a repair prompt is read by a model,
// and the first few findings usually have the others for a consequence.
const maxFindings = 20

// Answer is a response whose text was read as one JSON value that fits the schema.
type Answer struct {
	Response
	// JSON is the value as the model wrote it, without what stood around it.
	JSON json.RawMessage
	// Value is the same decoded: map[string]any, []any, string, bool, nil, and
	// json.Number for every number.
	Value any
}

// Ask asks once and judges what comes back: one JSON value is extracted from the text
// (alone, in a fenced block, or with prose around it), decoded strictly, and judged
// against the schema on this machine. Without a schema any JSON value will do.
//
// What does not pass is a [*BadOutput]; the Answer then still holds the response, so that
// its usage counts and its text can go back to the model with the findings. Other errors
// are those of [Model.Complete].
func Ask(ctx context.Context, m Model, r Request) (Answer, error) {
	var schema *judge
	if r.Schema != nil {
		j, err := newJudge(*r.Schema)
		if err != nil {
			return Answer{}, err
		}
		schema = j
	}
	resp, err := m.Complete(ctx, r)
	if err != nil {
		return Answer{Response: resp}, err
	}
	resp, err = Ended(resp) // a Model of somebody else's making is not trusted either
	a := Answer{Response: resp}
	if err != nil {
		return a, err
	}
	raw, found := extract(resp.Text)
	if len(found) == 0 {
		a.JSON = json.RawMessage(raw)
		a.Value, found = decode(raw)
	}
	if len(found) == 0 && schema != nil {
		found = schema.judge(a.Value)
	}
	if len(found) > 0 {
		return Answer{Response: resp}, &BadOutput{Text: resp.Text, Found: found.Sorted().Capped(maxFindings)}
	}
	return a, nil
}

// Ended turns a response that is no answer into the error it is: declined, cut short, too
// long, empty. Adapters return what it returns, so that all of them draw the same lines.
func Ended(r Response) (Response, error) {
	switch {
	case len(r.Text) > MaxAnswer:
		return Response{Usage: r.Usage, Model: r.Model, ID: r.ID, Finish: Length}, &TooLong{Limit: MaxAnswer}
	case r.Finish == Refusal:
		return r, &Refused{What: Brief(r.Text)}
	case r.Finish == Length:
		return r, &Truncated{Text: r.Text}
	case isBlank(r.Text):
		return r, &BadOutput{Text: r.Text, Found: diag.List{answerEmpty()}}
	}
	return r, nil
}

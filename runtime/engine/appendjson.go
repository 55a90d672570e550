package engine

import (
	"slices"
	"strconv"

	"github.com/planwright/planwright/internal/jsontree"
)

// What most entries of most runs hold is written by hand, as encoding/json writes it without
// escaping of HTML: an intent, the outcome after it, and what a read answered. See
// [journal.Appender]; a test fails when a member is missing here.

// AppendJSON appends the intent. The error is that of a Body which is no JSON.
func (in Intent) AppendJSON(b []byte) ([]byte, error) {
	b = slices.Grow(b, 512+len(in.Request.Body)*5/2) // the body comes twice, once in base64
	b = append(attempted(b, in.Path, in.Attempt), `,"request":`...)
	b = in.Request.AppendJSON(b)
	b = append(b, `,"digest":`...)
	b = jsontree.AppendString(b, in.Digest)
	if in.Natural != "" {
		b = append(b, `,"natural":`...)
		b = jsontree.AppendString(b, in.Natural)
	}
	if in.Body != nil {
		b = append(b, `,"body":`...)
		var err error
		if b, err = jsontree.Append(b, in.Body); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

// AppendJSON appends the outcome. The error is that of a Value which is no JSON.
func (o WriteOutcome) AppendJSON(b []byte) ([]byte, error) {
	b = append(attempted(slices.Grow(b, 768), o.Path, o.Attempt), `,"outcome":`...)
	b, err := o.Outcome.AppendJSON(b)
	return append(b, '}'), err
}

// AppendJSON appends the answer. The error is that of a Value which is no JSON.
func (a Answered) AppendJSON(b []byte) ([]byte, error) {
	asked, err := a.Asked.MarshalJSON()
	if err != nil {
		return b, err
	}
	b = append(b, `{"path":`...)
	b = jsontree.AppendString(b, a.Path)
	b = append(append(append(b, `,"asked":`...), asked...), `,"outcome":`...)
	b, err = a.Outcome.AppendJSON(b)
	return append(b, '}'), err
}

// attempted begins an entry about an attempt to write.
func attempted(b []byte, path string, n int) []byte {
	b = append(b, `{"path":`...)
	b = append(jsontree.AppendString(b, path), `,"attempt":`...)
	return strconv.AppendInt(b, int64(n), 10)
}

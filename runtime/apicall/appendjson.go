package apicall

import (
	"encoding/base64"
	"strconv"

	"github.com/planwright/planwright/internal/jsontree"
)

// AppendJSON appends the request as encoding/json writes it without escaping of HTML. A run
// does so twice with each of its writes: for the digest, and for the intent.
func (r Request) AppendJSON(b []byte) []byte {
	b = append(b, `{"operation":`...)
	b = jsontree.AppendString(b, r.Operation)
	b = append(b, `,"method":`...)
	b = jsontree.AppendString(b, r.Method)
	b = append(b, `,"path":`...)
	b = jsontree.AppendString(b, r.Path)
	if len(r.Header) > 0 {
		b = append(b, `,"header":`...)
		b, _ = jsontree.Append(b, r.Header) // texts always can
	}
	if len(r.Body) > 0 {
		b = append(b, `,"body":"`...)
		b = append(base64.StdEncoding.AppendEncode(b, r.Body), '"')
	}
	b = member(b, "object", r.Object)
	if r.Pages {
		b = append(b, `,"pages":true`...)
	}
	return append(b, '}')
}

// AppendJSON appends the outcome as encoding/json writes it without escaping of HTML. The
// error is that of a Value which is no JSON.
func (o Outcome) AppendJSON(b []byte) ([]byte, error) {
	b = append(b, `{"class":`...)
	b = jsontree.AppendString(b, string(o.Class))
	if o.Status != 0 {
		b = append(b, `,"status":`...)
		b = strconv.AppendInt(b, int64(o.Status), 10)
	}
	if o.Value != nil {
		b = append(b, `,"value":`...)
		var err error
		if b, err = jsontree.Append(b, o.Value); err != nil {
			return b, err
		}
	}
	b = member(b, "code", o.Code)
	b = member(b, "message", o.Message)
	if o.RetryAfter != 0 {
		b = append(b, `,"retryAfter":`...)
		b = strconv.AppendInt(b, int64(o.RetryAfter), 10)
	}
	return append(member(b, "traceId", o.TraceID), '}'), nil
}

// member appends a text that is left out when it is empty.
func member(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	b = append(append(append(b, `,"`...), name...), `":`...)
	return jsontree.AppendString(b, text)
}

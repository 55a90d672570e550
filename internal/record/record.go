// Package record keeps exchanges with a language model, so that what a planner did once
// can be looked at, graded and repeated without the model.
//
// A recording is a text of JSON lines, one [Exchange] a line, in the order they happened.
// Each says whether a model really gave the answer or a person wrote it ([Origin]); there
// is no third kind, and nothing is recorded without saying which.
//
// The ideas, in order:
//
//   - An exchange is known by its key: the digest of the whole request, in canonical form
//     and scrubbed. A prompt that has changed by one letter is another request. It misses,
//     and [Miss] shows which recorded request is nearest, what differs, and what to type to
//     record again.
//   - [Record] wraps a model and keeps what passes; [Replay] is a model that answers from a
//     recording. Both scrub before they compare or keep, so that the same key comes out.
//   - A [Scrubber] takes secrets out, those it was told of and those that look like one,
//     and what changes from one time to the next: ids and instants. [Scrubber.Leaks] looks for the
//     same shapes in any text, so that a test can read everything that was ever written.
//
// Where recordings lie and when they are made is the business of who uses them.
package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/planwright/planwright/agent/llm"
)

// Origin says who gave the answer of an exchange.
type Origin string

// The closed list of origins.
const (
	Recorded Origin = "recorded" // a model
	Scripted Origin = "scripted" // a person, in a model's place
)

// Exchange is one request and what came of it, scrubbed.
type Exchange struct {
	Key      string          `json:"key"` // "sha256:…" of Request
	Origin   Origin          `json:"origin"`
	Model    string          `json:"model"` // as [llm.Model.Name] says
	Caps     llm.Caps        `json:"caps"`
	Request  json.RawMessage `json:"request"` // canonical
	Response *Response       `json:"response,omitempty"`
	// Error is what stood in the way of an answer; exactly one of it and Response is set.
	Error *Error    `json:"error,omitempty"`
	Usage llm.Usage `json:"usage"`
}

// Response is what a model answered, without what changes from one time to the next.
type Response struct {
	Text   string     `json:"text"`
	Model  string     `json:"model,omitempty"`
	Finish llm.Finish `json:"finish"`
}

// Error is a way in which a model itself gave no answer. A lost connection is none: it
// says nothing about the model and is not kept.
type Error struct {
	Kind ErrorKind `json:"kind"`
	Text string    `json:"text"`
}

// ErrorKind is the closed list of errors that are kept.
type ErrorKind string

// The kinds of errors.
const (
	Refused   ErrorKind = "refused"
	Truncated ErrorKind = "truncated"
)

// err is the error as the model gave it.
func (e *Error) err() error {
	if e.Kind == Truncated {
		return &llm.Truncated{Text: e.Text}
	}
	return &llm.Refused{What: e.Text}
}

// errorOf returns the kept form of a model's error, nil for one that is not kept.
func errorOf(err error, s *Scrubber) *Error {
	var cut *llm.Truncated
	var no *llm.Refused
	switch {
	case errors.As(err, &cut):
		return &Error{Truncated, s.Text(cut.Text)}
	case errors.As(err, &no):
		return &Error{Refused, s.Text(no.What)}
	}
	return nil
}

// canonical returns a request as it is kept and its key: scrubbed, members sorted, without
// insignificant white space.
func canonical(r llm.Request, s *Scrubber) (json.RawMessage, string, error) {
	data, err := json.Marshal(r)
	if err != nil {
		return nil, "", fmt.Errorf("record request: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, "", fmt.Errorf("record request: %w", err)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s.tree(tree)); err != nil {
		return nil, "", fmt.Errorf("record request: %w", err)
	}
	text := bytes.TrimSpace(out.Bytes())
	return text, keyOf(text), nil
}

func keyOf(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Parse reads a recording strictly: every line must be an exchange with an origin, whose
// key is that of its request.
func Parse(data []byte) (out []Exchange, err error) {
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.DisallowUnknownFields()
		var e Exchange
		if err := dec.Decode(&e); err != nil {
			return nil, fmt.Errorf("recording: line %d: %w", n, err)
		}
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("recording: line %d: text after the exchange", n)
		}
		switch {
		case e.Origin != Recorded && e.Origin != Scripted:
			return nil, fmt.Errorf("recording: line %d: origin %q is neither recorded nor scripted", n, e.Origin)
		case (e.Response == nil) == (e.Error == nil):
			return nil, fmt.Errorf("recording: line %d: it must hold a response or an error", n)
		case e.Key != keyOf(e.Request):
			return nil, fmt.Errorf("recording: line %d: the key is not that of the request: it was changed by hand", n)
		}
		out = append(out, e)
	}
	return out, nil
}

// Text writes a recording.
func Text(exchanges []Exchange) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for _, e := range exchanges {
		if err := enc.Encode(e); err != nil {
			return nil, fmt.Errorf("write recording: %w", err)
		}
	}
	return out.Bytes(), nil
}

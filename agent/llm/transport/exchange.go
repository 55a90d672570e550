package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/planwright/planwright/agent/llm"
)

// Exchange is what happened on the wire during one call: the last attempt, and how many
// there were. It is the adapter's own; the transport writes it before it returns.
type Exchange struct {
	Attempts   int
	Status     int           // of the last attempt; 0 when it got no whole answer
	RetryAfter time.Duration // what the last answer asked for
	Body       []byte        // the last answer, with the key blanked
	err        error         // why there is no answer
}

type watchKey struct{}

// Watch returns a context whose requests are noted in the exchange.
func Watch(ctx context.Context) (context.Context, *Exchange) {
	x := new(Exchange)
	return context.WithValue(ctx, watchKey{}, x), x
}

func exchangeOf(ctx context.Context) *Exchange {
	if x, ok := ctx.Value(watchKey{}).(*Exchange); ok {
		return x
	}
	return new(Exchange) // nobody watches
}

func (x *Exchange) fail(err error) error {
	x.err = err
	return err
}

func (x *Exchange) note(n int, resp *http.Response, err error) {
	*x = Exchange{Attempts: n, err: err}
	if err != nil {
		return
	}
	x.Status = resp.StatusCode
	x.RetryAfter, _ = retryAfter(resp.Header) // 0 means that it did not say
	x.Body = peek(resp)
}

// peek reads an answer in memory and leaves it to be read.
func peek(resp *http.Response) []byte {
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil // unreachable: attempt put it into memory
	}
	resp.Body = io.NopCloser(bytes.NewReader(data))
	return data
}

// Failure returns what a call came to as one of the failures of package llm, or as the
// error of the context that ended it. The name is the model's; err is what the library made
// of it and is used only where nothing was sent.
func (x *Exchange) Failure(model string, err error) error {
	var lost *lostError
	switch {
	case errors.As(x.err, &lost):
		return &llm.Unavailable{What: lost.what}
	case x.err != nil:
		return x.err // a context's error, or one of package llm
	case x.Status == 0 && err != nil:
		return &llm.BadRequest{What: llm.Brief(err.Error())}
	case x.Status == 0:
		return &llm.Unavailable{What: "nothing was sent"} // unreachable: a library that sends nothing says why
	}
	said := x.said()
	switch {
	case x.Status == http.StatusOK:
		return &llm.Unavailable{Status: x.Status, What: "its answer is not what this dialect has" + said.page()}
	case said.isAbout("content_filter", "responsibleaipolicyviolation"):
		return &llm.Refused{What: llm.Brief(said.Message)}
	case x.Status == http.StatusUnauthorized, x.Status == http.StatusForbidden:
		return &llm.Auth{Status: x.Status}
	case said.isAbout("model_not_found", "deploymentnotfound") || x.Status == http.StatusNotFound && said.namesModel():
		return &llm.UnknownModel{Name: model}
	case x.Status == http.StatusTooManyRequests && said.isSpent():
		return &llm.BadRequest{Status: x.Status, What: "the account has no quota left"}
	case x.Status == http.StatusTooManyRequests:
		return &llm.RateLimited{RetryAfter: x.RetryAfter}
	case isPassing(x.Status):
		return &llm.Unavailable{Status: x.Status, What: fmt.Sprintf("it answers with status %d%s", x.Status, said.tail())}
	case x.Status/100 == 3:
		return &llm.BadRequest{Status: x.Status, What: fmt.Sprintf("it redirects (status %d), which is not followed: set the address that it is at", x.Status)}
	case x.Status == http.StatusNotFound:
		return &llm.BadRequest{Status: x.Status, What: "there is nothing at this address (status 404): check the model's URL" + said.tail()}
	}
	return &llm.BadRequest{Status: x.Status, What: fmt.Sprintf("status %d%s", x.Status, said.tail())}
}

// complaint is an error body. The dialects differ little: error is an object with a message
// and a type or code, or just text.
type complaint struct {
	Message string
	Code    string // code and type, in lower case
	isHTML  bool
}

func (x *Exchange) said() complaint { return readComplaint(x.Body) }

func readComplaint(body []byte) complaint {
	var outer struct{ Error json.RawMessage }
	var c complaint
	if json.Unmarshal(body, &outer) != nil {
		c.isHTML = bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
		return c
	}
	var inner struct {
		Message    string
		Type       string
		Code       any
		InnerError struct{ Code string }
	}
	if json.Unmarshal(outer.Error, &c.Message) == nil {
		return c
	}
	if json.Unmarshal(outer.Error, &inner) != nil {
		return c // an error of another shape still has its status
	}
	c.Message = inner.Message
	c.Code = strings.ToLower(fmt.Sprint(inner.Type, " ", inner.Code, " ", inner.InnerError.Code))
	return c
}

func (c complaint) isAbout(codes ...string) bool {
	for _, code := range codes {
		if strings.Contains(c.Code, code) {
			return true
		}
	}
	return false
}

// namesModel says that a 404 is about the model rather than about the address.
func (c complaint) namesModel() bool {
	return strings.Contains(strings.ToLower(c.Message), "model")
}

// isSpent says that waiting does not help: the money is used up.
func (c complaint) isSpent() bool { return c.isAbout("insufficient_quota", "billing") }

func isSpent(resp *http.Response) bool {
	return resp.StatusCode == http.StatusTooManyRequests && readComplaint(peek(resp)).isSpent()
}

func (c complaint) tail() string {
	if c.Message == "" {
		return c.page()
	}
	return ": " + llm.Brief(c.Message)
}

func (c complaint) page() string {
	if c.isHTML {
		return ", it is an HTML page"
	}
	return ""
}

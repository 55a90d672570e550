package llm

import (
	"fmt"
	"time"

	"github.com/planwright/planwright/internal/diag"
)

// RateLimited: the provider asks for patience, and waiting as long as was allowed did not help.
type RateLimited struct {
	RetryAfter time.Duration // 0 when it did not say
}

// Error implements error.
func (e *RateLimited) Error() string {
	if e.RetryAfter > 0 {
		return fmt.Sprintf("the model's provider limits calls: try again in %v", e.RetryAfter)
	}
	return "the model's provider limits calls"
}

// Unavailable: the endpoint could not be reached, broke off, or answered that it cannot
// work now. Trying again later may help.
type Unavailable struct {
	Status int    // HTTP status, 0 when there was no answer
	What   string // what happened, without secrets
}

// Error implements error.
func (e *Unavailable) Error() string { return "the model is not available: " + e.What }

// Auth: the key was not accepted.
type Auth struct{ Status int }

// Error implements error.
func (e *Auth) Error() string {
	return fmt.Sprintf("the model's provider does not accept the key (status %d)", e.Status)
}

// UnknownModel: the endpoint has no model of that name.
type UnknownModel struct{ Name string }

// Error implements error.
func (e *UnknownModel) Error() string {
	return fmt.Sprintf("the endpoint has no model %q", e.Name)
}

// BadRequest: the endpoint refused what was asked, for another reason than those above.
type BadRequest struct {
	Status int
	What   string
}

// Error implements error.
func (e *BadRequest) Error() string { return "the model's endpoint refused the request: " + e.What }

// Refused: the model, or its provider's filter, declined to answer.
type Refused struct{ What string }

// Error implements error.
func (e *Refused) Error() string {
	if e.What == "" {
		return "the model declined to answer"
	}
	return "the model declined to answer: " + e.What
}

// Truncated: the answer ended before it was complete.
type Truncated struct{ Text string }

// Error implements error.
func (e *Truncated) Error() string { return "the model's answer was cut short" }

// TooLong: the answer did not end within what an answer may have.
type TooLong struct{ Limit int64 } // bytes

// Error implements error.
func (e *TooLong) Error() string {
	return fmt.Sprintf("the model's answer does not end: more than %d bytes", e.Limit)
}

// BadOutput: the answer is not what the schema asks for. Found says what is wrong, with
// places in the answer, and may be given back to the model.
type BadOutput struct {
	Text  string
	Found diag.List
}

// Error implements error.
func (e *BadOutput) Error() string {
	if len(e.Found) == 0 {
		return "the model's answer cannot be read"
	}
	return "the model's answer cannot be read: " + e.Found[0].Message
}

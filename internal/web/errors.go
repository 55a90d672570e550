package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/approval"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/mapping"
)

// httpError is an error that knows its page.
type httpError struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Text   string `json:"text"`           // what happened, and what was not done
	Next   string `json:"next,omitempty"` // what to do now
}

// Error implements error.
func (e *httpError) Error() string { return e.Title + ": " + e.Text }

// kinds is the table of statuses: what an error means to a browser. The first that fits
// counts. An empty text is replaced by the error's own words, which are for people here.
var kinds = []struct {
	is   error
	page httpError
}{
	{app.ErrNotFound, httpError{404, "There is no such thing here", "", "It may have been discarded, or the address has a slip. Start from the inbox."}},
	{localengine.ErrNoRun, httpError{404, "There is no such run", "", "Find it in the list of runs."}},
	{approval.ErrUnknown, httpError{404, "There is no such proposal", "", "Find it in the list of plans."}},
	{app.ErrMoved, httpError{409, "Somebody was faster", "", "Look at it as it is now, and decide anew."}},
	{mapping.ErrMoved, httpError{409, "Somebody was faster", "", "Look at the row as it is now, and decide anew."}},
	{approval.ErrDecided, httpError{409, "This was decided already", "", "Look at it as it is now."}},
	{approval.ErrOther, httpError{409, "This is not the plan that was shown", "", "Look at it as it is now, and decide anew."}},
	{mapping.ErrRow, httpError{422, "That cannot be a row", "", "Go back and choose another value."}},
	{errLink, httpError{410, "This sign-in link does not work any more", "Links work once, and for 15 minutes. Nothing was done.", "Ask for a new one, or use the one that planwright serve prints at its start."}},
	{errName, httpError{422, "That cannot be a name", "", "Go back and write the name as it is to stand beside decisions."}},
	{journal.ErrStopped, httpError{503, "The journal has stopped", "A commit failed, and whether it reached the disk is not known. Nothing more is done until it was read again.", "Start planwright again; it reads the journal and goes on from there."}},
	{journal.ErrReadOnly, httpError{503, "The journal cannot be written", "Nothing was done.", "See that the data folder may be written and its disk is not full, then start planwright again."}},
	{journal.ErrClosed, httpError{503, "planwright is stopping", "Nothing was done.", "Try again in a moment."}},
	{journal.ErrConflict, httpError{409, "Somebody was faster", "The record changed while this was on its way. Nothing was done.", "Look at it as it is now, and decide anew."}},
	{context.DeadlineExceeded, httpError{504, "This took too long", "Whether it was done shows when you open the page again.", "Open the page again."}},
}

// errorOf returns the page of an error, and whether somebody should look into the log.
func errorOf(err error) (page httpError, log bool) {
	var own *httpError
	if errors.As(err, &own) {
		return *own, false
	}
	if big := (*http.MaxBytesError)(nil); errors.As(err, &big) {
		return httpError{413, "That is too much", "What was sent is larger than any form here needs. Nothing was done.", "Send less."}, false
	}
	problem := (*app.Problem)(nil)
	errors.As(err, &problem)
	for _, k := range kinds {
		if !errors.Is(err, k.is) {
			continue
		}
		page = k.page
		if page.Text == "" {
			page.Text = sentence(err.Error())
		}
		if problem != nil && problem.Next != "" && !command(problem.Next) {
			page.Next = sentence(problem.Next)
		}
		return page, page.Status >= 500
	}
	if damaged := (*journal.Damaged)(nil); errors.As(err, &damaged) {
		return httpError{503, "The journal is damaged", sentence(damaged.What), sentence(damaged.Hint())}, true
	}
	if problem != nil {
		return httpError{422, "That cannot be done", sentence(problem.Error()), advice(problem.Next)}, false
	}
	return httpError{500, "Something is wrong here", "This should not happen. It is in the log of the program.", "Try again; if it stays, tell who runs planwright, with the time."}, true
}

// command reports whether advice is something to type in a terminal.
func command(next string) bool { return strings.HasPrefix(next, "planwright ") }

// advice writes what to do next for somebody who looks at a page.
func advice(next string) string {
	if command(next) {
		return "On the command line: " + next
	}
	return sentence(next)
}

// problemPage is the page of an error.
type problemPage struct {
	Base `json:"-"`
	Back string `json:"-"` // the page to look at again
	httpError
}

// signInPage is shown where a session is needed and there is none. After a POST it shows
// what was typed, so that nothing is lost.
type signInPage struct {
	Base   `json:"-"`
	Status int     `json:"status"`
	Title  string  `json:"title"`
	Lost   bool    `json:"lost"` // a change was sent and was not made
	Action string  `json:"-"`    // where it was sent
	Typed  []typed `json:"-"`
}

// typed is one field of a form that was not taken.
type typed struct {
	Name, Value string
	Shown       bool // words of a person, not something the page put there
}

// refuse answers with the page of an error.
func (s *Web) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // nobody listens
	}
	page, log := errorOf(err)
	if log {
		s.log.Error("page not served", "method", r.Method, "path", r.URL.Path, "err", err)
	}
	p := &problemPage{Base: Base{Head: page.Title}, httpError: page}
	if page.Status != http.StatusNotFound && (r.Method == http.MethodPost || page.Status == http.StatusConflict) {
		p.Back = s.back(r)
	}
	s.write(w, r, answer{status: page.Status, name: "problem", page: p})
}

// plainField lists the fields of forms that hold a person's own words.
var plainField = map[string]bool{"goal": true, "comment": true, "reason": true, "person": true, "code": true}

// signIn answers a request that needs a session and has none.
func (s *Web) signIn(w http.ResponseWriter, r *http.Request) {
	page := &signInPage{Base: Base{Head: "Sign in"}, Status: http.StatusUnauthorized, Title: "Please sign in"}
	a := answer{status: http.StatusUnauthorized, name: "signin", page: page}
	wanted := r.URL.RequestURI()
	if r.Method == http.MethodPost {
		if err := r.ParseForm(); err != nil {
			s.refuse(w, r, formError(err))
			return
		}
		page.Lost, page.Action, page.Title = true, r.URL.EscapedPath(), "You are not signed in any more"
		for _, name := range sortedKeys(r.PostForm) {
			for _, value := range r.PostForm[name] {
				page.Typed = append(page.Typed, typed{Name: name, Value: value, Shown: plainField[name] && value != ""})
			}
		}
		wanted = "/"
	}
	a.cookies = []*http.Cookie{s.cookie(s.wantedName(), encodePath(localPath(wanted)))}
	w.Header().Set("WWW-Authenticate", `Link realm="planwright"`)
	s.write(w, r, a)
}

// formError returns the error of a form that could not be read.
func formError(err error) error {
	if big := (*http.MaxBytesError)(nil); errors.As(err, &big) {
		return err
	}
	return &httpError{http.StatusBadRequest, "That form cannot be read", "What was sent is not a form of ours. Nothing was done.", "Go back, open the page again and try once more."}
}

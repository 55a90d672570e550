package web

import (
	"cmp"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/go-chi/chi/v5"
)

// handler answers one route.
type handler func(r *http.Request) (answer, error)

// route is one line of the table. What is not open needs a session.
type route struct {
	method, path string
	open         bool
	do           handler
}

// table is every page and every change there is.
func (s *Web) table() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "/", false, s.inbox},
		{get, "/new", false, s.newWorkflow},
		{get, "/drafts", false, s.drafts},
		{post, "/drafts", false, s.makeDraft},
		{get, "/drafts/{id}", false, s.draft},
		{post, "/drafts/{id}/propose", false, s.proposeDraft},
		{post, "/drafts/{id}/discard", false, s.discardDraft},
		{get, "/plans", false, s.plans},
		{get, "/plans/{id}", false, s.proposal},
		{get, "/plans/{id}/dry-run", false, s.dryRun},
		{post, "/plans/{id}/decision", false, s.decide},
		{get, "/mappings/{plan}", false, s.mappings},
		{post, "/mappings/{plan}", false, s.match},
		{get, "/mappings/{plan}/{mapping}", false, s.matches},
		{post, "/mappings/{plan}/{mapping}/row", false, s.decideRow},
		{post, "/mappings/{plan}/{mapping}/undo", false, s.undoRow},
		{get, "/mappings/{plan}/{mapping}/exact", false, s.exact},
		{post, "/mappings/{plan}/{mapping}/exact", false, s.approveExact},
		{get, "/runs", false, s.runs},
		{get, "/runs/{id}", false, s.run},
		{get, "/runs/{id}/accept", false, s.acceptRun},
		{post, "/runs/{id}/retry", false, s.retryRun},
		{post, "/runs/{id}/answer", false, s.answerRun},
		{get, "/runs/{id}/adopt", false, s.adoptPage},
		{post, "/runs/{id}/adopt", false, s.adoptRecord},
		{post, "/runs/{id}/cancel", false, s.cancelRun},
		{get, "/connections", false, s.connections},
		{get, "/people", false, s.peoplePage},
		{post, "/people/link", false, s.makeLink},
		{post, "/people/revoke", false, s.revoke},
		{post, "/sign-out", true, s.signOut},
		{get, "/about", true, s.about},
		{get, "/sign-in", true, s.askSignIn},
		{post, "/sign-in", true, s.doSignIn},
	}
}

// router puts the table behind the guard.
func (s *Web) router() *chi.Mux {
	mux := chi.NewRouter()
	mux.Use(s.guard, s.identify)
	for _, at := range s.table() {
		mux.Method(at.method, at.path, s.adapt(at))
		if at.method == http.MethodGet {
			mux.Method(http.MethodHead, at.path, s.adapt(at))
		}
	}
	mux.Get("/events", s.events)
	mux.Method(http.MethodGet, "/static/*", s.static)
	mux.NotFound(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, &httpError{http.StatusNotFound, "There is no such page", "The address leads nowhere.", "Start from the inbox."})
	})
	mux.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", takes(mux, r))
		s.refuse(w, r, &httpError{http.StatusMethodNotAllowed, "That is not done this way", "This address does not take " + clip(r.Method, 20) + ". Nothing was done.", "Start from the inbox."})
	})
	return mux
}

// takes lists what may be asked of an address.
func takes(mux *chi.Mux, r *http.Request) string {
	at := cmp.Or(r.URL.RawPath, r.URL.Path)
	var out []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		if mux.Match(chi.NewRouteContext(), method, at) {
			out = append(out, method)
		}
	}
	return strings.Join(out, ", ")
}

// back returns the page that a form or a question was on, empty when there is none.
func (s *Web) back(r *http.Request) string {
	at := localPath(path.Dir(r.URL.EscapedPath()))
	if at == "/" || !s.routes.Match(chi.NewRouteContext(), http.MethodGet, at) {
		return ""
	}
	return at
}

// adapt makes a handler an http.Handler: it asks for a session, reads the form, and turns
// an error into its page.
func (s *Web) adapt(at route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !at.open && who(r.Context()).session == nil {
			s.signIn(w, r)
			return
		}
		if r.Method == http.MethodPost {
			if err := r.ParseForm(); err != nil {
				s.refuse(w, r, formError(err))
				return
			}
		}
		a, err := at.do(r)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		s.write(w, r, a)
	})
}

// param returns a part of the address, as it was before it was escaped.
func param(r *http.Request, name string) string {
	text := chi.URLParam(r, name)
	if plain, err := url.PathUnescape(text); err == nil && r.URL.RawPath != "" {
		return plain
	}
	return text
}

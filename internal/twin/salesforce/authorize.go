package salesforce

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// page is an answer body that is not JSON.
type page struct{ media, text string }

func htmlPage(status int, text string) answer {
	return answer{status: status, body: page{"text/html;charset=UTF-8", text}}
}

// authorize answers the address that a browser is sent to. A request that does not name
// the app and one of its callbacks is refused to the person's face; whatever else is
// wrong goes back to the callback.
func (t *Twin) authorize(q *request) answer {
	ask := q.query
	if q.method == http.MethodPost {
		form, refusal := q.form()
		if refusal != nil {
			return refusal.answer()
		}
		ask = form
	}
	switch {
	case ask.Get("client_id") != t.opt.ClientID:
		return refusalPage(errClientID())
	case !slices.Contains(t.opt.App.Callbacks, ask.Get("redirect_uri")):
		return refusalPage(errCallback())
	}
	scopes, refusal := t.judge(ask)
	switch {
	case refusal != nil:
		return sendBack(ask, url.Values{"error": {refusal.Error}, "error_description": {refusal.Description}})
	case ask.Get("decision") == "deny":
		return sendBack(ask, url.Values{"error": {"access_denied"}, "error_description": {"end-user denied authorization"}})
	case t.opt.App.AutoApprove, q.method == http.MethodPost && ask.Get("decision") == "allow":
		return sendBack(ask, url.Values{"code": {t.newCode(ask, scopes)}})
	}
	return htmlPage(http.StatusOK, consentPage(ask, scopes))
}

// judge finds the scopes that a request asks for, all of the app's when it names none.
func (t *Twin) judge(ask url.Values) ([]string, *oauthError) {
	method := ask.Get("code_challenge_method")
	challenge := ask.Get("code_challenge")
	scopes := strings.Fields(ask.Get("scope"))
	switch {
	case ask.Get("response_type") != "code":
		return nil, &oauthError{"unsupported_response_type", "response type not supported"}
	case challenge == "" && !t.opt.App.NoPKCE:
		return nil, &oauthError{"invalid_request", "missing required code challenge"}
	case challenge != "" && (len(challenge) != 43 || method != "" && method != "S256"):
		return nil, &oauthError{"invalid_request", "invalid code challenge"}
	case len(scopes) == 0:
		return t.opt.App.Scopes, nil
	}
	for _, scope := range scopes {
		if !slices.Contains(t.opt.App.Scopes, scope) {
			return nil, &oauthError{"invalid_scope", "the requested scope is not allowed"}
		}
	}
	return scopes, nil
}

// newCode makes the code of an allowed request. The person is the run-as user, or the
// one that the request hints at.
func (t *Twin) newCode(ask url.Values, scopes []string) string {
	user := t.runAs
	if hint := ask.Get("login_hint"); hint != "" {
		if r, ok := t.store.first("User", func(r *row) bool { return r.str("Username") == hint }); ok {
			user = r.id()
		}
	}
	made := "aPrx" + t.secret("code")
	t.auth.codes[made] = &code{
		user: user, callback: ask.Get("redirect_uri"), challenge: ask.Get("code_challenge"), scopes: scopes, made: t.opt.Now(),
	}
	return made
}

// sendBack sends the browser to the callback with the outcome and the request's state.
func sendBack(ask, outcome url.Values) answer {
	if state := ask.Get("state"); state != "" {
		outcome.Set("state", state)
	}
	to := ask.Get("redirect_uri")
	glue := "?"
	if strings.Contains(to, "?") {
		glue = "&"
	}
	return answer{status: http.StatusFound, header: map[string]string{"Location": to + glue + outcome.Encode()}}
}

func refusalPage(e *oauthError) answer {
	text := "error=" + e.Error + "&error_description=" + url.PathEscape(e.Description)
	return htmlPage(http.StatusBadRequest, "<!doctype html>\n<title>Error</title>\n<p>"+html.EscapeString(text)+"</p>\n")
}

// consentPage asks the person. The request goes along in hidden fields.
func consentPage(ask url.Values, scopes []string) string {
	var hidden strings.Builder
	for _, name := range []string{
		"client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method", "login_hint",
	} {
		if value := ask.Get(name); value != "" {
			fmt.Fprintf(&hidden, "<input type=\"hidden\" name=\"%s\" value=\"%s\">\n", name, html.EscapeString(value))
		}
	}
	return `<!doctype html>
<html lang="en">
<title>Allow access?</title>
<h1>Allow access?</h1>
<p>The app asks for: ` + html.EscapeString(strings.Join(scopes, ", ")) + `</p>
<form method="post" action="/services/oauth2/authorize">
` + hidden.String() + `<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>
</html>
`
}

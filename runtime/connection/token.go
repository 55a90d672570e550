package connection

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/planwright/planwright/specs/catalog"
)

const (
	// skew is how long before its end a token is no longer used.
	skew = time.Minute
	// tokenTimeout bounds one token request, and maxTokenAnswer its answer in bytes.
	tokenTimeout   = 30 * time.Second
	maxTokenAnswer = 64 << 10
)

// Token is access for a while. It prints as "hidden" in every way of printing.
type Token struct {
	access *string // a pointer, so that printing a struct around it shows an address
	how    carrying
	// Base is the pinned address that the API's paths are appended to.
	Base string
	// Tenant is the connection's tenant, empty when it has none.
	Tenant string
	// Org and User are the ids of the tenant and of whom the token acts as, as the token
	// answer told; empty where it does not.
	Org, User string
	// AllowPrivate is the connection's.
	AllowPrivate bool
	// Expires is zero when the vendor did not say.
	Expires time.Time
	// Scopes are those granted: what the vendor said, else what was asked for (RFC 6749,
	// 5.1); nil when neither is known.
	Scopes []string
}

// NewToken returns a token that no exchange was needed for, as worlds in process use.
func NewToken(access string, c Connection) Token {
	return Token{access: &access, Base: c.Base, Tenant: c.Tenant, AllowPrivate: c.AllowPrivate}
}

func (t Token) text() string {
	if t.access == nil {
		return ""
	}
	return *t.access
}

// String implements [fmt.Stringer] and tells nothing.
func (t Token) String() string { return "hidden" }

// GoString implements [fmt.GoStringer] and tells nothing.
func (t Token) GoString() string { return "connection.Token{hidden}" }

// LogValue implements [slog.LogValuer] and tells nothing.
func (t Token) LogValue() slog.Value { return slog.StringValue("hidden") }

// Error is why a connection gives no token. Its text names the connection, the cause and
// what to do; never a secret.
type Error struct {
	Connection string
	Cause      string
	Next       string // what a person types or does
	// Temporary says that the same request may succeed later, without a person.
	Temporary bool
}

// Error implements error.
func (e *Error) Error() string {
	if e.Next == "" {
		return fmt.Sprintf("connection %s: %s", e.Connection, e.Cause)
	}
	return fmt.Sprintf("connection %s: %s; %s", e.Connection, e.Cause, e.Next)
}

// person is the end of an address that names a tenant and a user.
var person = regexp.MustCompile(`/([0-9A-Za-z]{1,64})/([0-9A-Za-z]{1,64})$`)

// Headers returns the headers by which a stream is signed in: the token under its name, and
// the given ones. They hold a secret, and are neither printed nor kept.
func (t Token) Headers(name string, others map[string]string) map[string]string {
	h := map[string]string{name: t.text()}
	for k, v := range others {
		if k != "" && v != "" {
			h[k] = v
		}
	}
	return h
}

// answer is what token endpoints send (RFC 6749, 5.1 and 5.2).
type answer struct {
	access  string
	kind    string
	expires time.Duration // 0 when not said
	base    string
	person  string
	scope   string
	err     string
}

// fetch asks the token endpoint for a token.
func fetch(ctx context.Context, rt http.RoundTripper, c Connection, auth catalog.Auth, secret string, now func() time.Time) (Token, error) {
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	req, err := tokenRequest(ctx, c, auth, secret)
	if err != nil {
		return Token{}, &Error{Connection: c.Name, Cause: "the token address cannot be used", Next: connect(c.Name)}
	}
	asked := now()
	res, err := rt.RoundTrip(req)
	if err != nil {
		return Token{}, unreachable(ctx, c.Name, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxTokenAnswer+1))
	if err != nil || len(body) > maxTokenAnswer {
		return Token{}, &Error{Connection: c.Name, Cause: "the token answer was cut short or too long", Temporary: true}
	}
	a := readAnswer(res, body, auth)
	if res.StatusCode != http.StatusOK || a.err != "" {
		return Token{}, refusedBy(c.Name, res.StatusCode, a, secret)
	}
	switch {
	case a.access == "" || !isBearer(a.access):
		return Token{}, &Error{Connection: c.Name, Cause: "the token address answered without a token", Temporary: true}
	case a.kind != "" && !strings.EqualFold(a.kind, "bearer"):
		return Token{}, &Error{Connection: c.Name, Cause: "the token is not a bearer token", Next: connect(c.Name)}
	case a.base != "" && !sameOrigin(a.base, c.Base):
		return Token{}, &Error{
			Connection: c.Name, Cause: "the token is for another host than the pinned " + host(c.Base),
			Next: "if it is yours, pin it with: " + connect(c.Name),
		}
	}
	t := NewToken(a.access, c)
	if a.expires > 0 {
		t.Expires = asked.Add(a.expires)
	}
	t.Scopes = granted(a.scope, c.Scopes)
	if m := person.FindStringSubmatch(a.person); m != nil {
		t.Org, t.User = m[1], m[2]
	}
	return t, nil
}

func tokenRequest(ctx context.Context, c Connection, auth catalog.Auth, secret string) (*http.Request, error) {
	form := url.Values{"grant_type": {ClientCredentials}}
	if len(c.Scopes) > 0 {
		form.Set("scope", strings.Join(c.Scopes, " "))
	}
	if auth.Client != "basic" {
		form.Set("client_id", c.Client)
		form.Set("client_secret", secret)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Token, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "planwright")
	if auth.Client == "basic" {
		// RFC 6749, 2.3.1 asks for form encoding of both parts first.
		pair := url.QueryEscape(c.Client) + ":" + url.QueryEscape(secret)
		req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	return req, nil
}

// readAnswer takes what it knows from an answer; anything else gives an empty one.
func readAnswer(res *http.Response, body []byte, auth catalog.Auth) answer {
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber()
	if strings.Contains(media, "html") || dec.Decode(&m) != nil {
		return answer{}
	}
	text := func(name string) string { s, _ := m[name].(string); return s }
	a := answer{access: text("access_token"), kind: text("token_type"), scope: text("scope"), err: text("error")}
	if auth.Base != "" {
		a.base = text(auth.Base)
	}
	if auth.Person != "" {
		a.person = text(auth.Person)
	}
	seconds, err := strconv.ParseInt(strings.TrimSuffix(fmt.Sprint(m["expires_in"]), ".0"), 10, 32)
	if err == nil && seconds > 0 {
		a.expires = time.Duration(seconds) * time.Second
	}
	return a
}

// maxScopes bounds how many scopes of an answer are kept, and maxScope their length.
const maxScopes, maxScope = 200, 200

// granted reads the scope member of an answer, or takes what was asked for.
func granted(said string, asked []string) []string {
	var out []string
	for s := range strings.FieldsSeq(said) {
		if len(s) <= maxScope && isBearer(s) && len(out) < maxScopes {
			out = append(out, s)
		}
	}
	if out == nil && len(asked) > 0 {
		out = slices.Clone(asked)
	}
	slices.Sort(out)
	return out
}

// isBearer reports whether a token can travel in a header. RFC 6750 allows fewer
// characters than vendors use: one puts an exclamation mark into its tokens.
func isBearer(s string) bool {
	return len(s) <= 16<<10 && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' })
}

var words = regexp.MustCompile(`^[a-z_]{1,64}$`)

// refusedBy words a refusal. Only the error's own short code is the vendor's text: its
// description is left unread because it could echo what was sent.
func refusedBy(name string, status int, a answer, secret string) error {
	cause := "the token address answered " + strconv.Itoa(status)
	if words.MatchString(a.err) && a.err != secret {
		cause += " " + a.err
	}
	e := &Error{Connection: name, Cause: cause}
	switch {
	case status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || a.err == "rate_limit_exceeded":
		e.Temporary = true
	case status >= 300 && status < 400:
		e.Cause, e.Next = e.Cause+" (redirects are not followed)", connect(name)
	default:
		e.Next = advice(name, a.err)
	}
	return e
}

func advice(name, code string) string {
	switch code {
	case "invalid_client", "invalid_client_id", "unauthorized_client":
		return "check client id and secret, then type: " + connect(name)
	case "invalid_scope":
		return "grant the scopes to the app at the vendor, then type: " + connect(name)
	case "invalid_grant":
		return "check the app's rights and user at the vendor, then type: " + connect(name)
	}
	return "type: " + connect(name)
}

func connect(name string) string { return "planwright connect " + name }

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// unreachable words a transport error without its text, which may hold addresses with
// more in them than a host.
func unreachable(ctx context.Context, name string, err error) error {
	e := &Error{Connection: name, Temporary: true, Cause: "the token address could not be reached"}
	switch {
	case errors.Is(err, ErrPrivate):
		e.Temporary, e.Cause, e.Next = false, ErrPrivate.Error(), connect(name)
	case ctx.Err() != nil:
		e.Cause = "the token address did not answer in time"
	}
	return e
}

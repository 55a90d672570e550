package record

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// shape is how a kind of secret looks.
type shape struct {
	name    string
	pattern *regexp.Regexp
}

// shapes are secrets that can be told by their looks. The list errs on the side of taking
// too much away.
var shapes = []shape{
	{"signed token", regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`)},
	{"bearer token", regexp.MustCompile(`(?i)\bbearer\s+[A-Za-z0-9._~+/=-]{12,}`)},
	{"basic credentials", regexp.MustCompile(`(?i)\bbasic\s+[A-Za-z0-9+/]{16,}={0,2}`)},
	{"model key", regexp.MustCompile(`\bsk-[A-Za-z0-9_-]{16,}`)},
	{"salesforce session", regexp.MustCompile(`\b00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]{8,}`)},
	{"chat token", regexp.MustCompile(`\bxox[abeprs]-[A-Za-z0-9-]{8,}`)},
	{"cloud key", regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`)},
	{"forge token", regexp.MustCompile(`\bgh[pousr]_[A-Za-z0-9]{20,}`)},
	{"private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)},
	{"secret member", regexp.MustCompile(`(?i)"(?:client_secret|refresh_token|access_token|api_key|apikey|password)"\s*:\s*"[^"<]{6,}"`)},
	{"secret parameter", regexp.MustCompile(`(?i)\b(?:client_secret|refresh_token|access_token|api_key)=[A-Za-z0-9._~+/%-]{6,}`)},
}

// volatile are texts that change from one time to the next and mean nothing.
var volatile = []struct {
	pattern *regexp.Regexp
	put     string
}{
	{regexp.MustCompile(`\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b`), "<id>"},
	{regexp.MustCompile(`\b(?:req|chatcmpl|msg|resp)[-_][A-Za-z0-9]{8,}\b`), "<id>"},
	{regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})`), "<time>"},
}

// Scrubber takes out of texts what must not be kept. It is immutable.
type Scrubber struct {
	secrets []string
}

// NewScrubber returns a Scrubber that knows these secrets beside the shapes. Secrets of
// fewer than six characters are not looked for: they would be found in every word.
func NewScrubber(secrets ...string) *Scrubber {
	s := &Scrubber{}
	for _, one := range secrets {
		if len(one) >= 6 {
			s.secrets = append(s.secrets, one)
		}
	}
	return s
}

// Text returns the text scrubbed. Scrubbing twice changes nothing more.
func (s *Scrubber) Text(text string) string {
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, "<secret>")
	}
	for _, sh := range shapes {
		text = sh.pattern.ReplaceAllString(text, "<secret>")
	}
	for _, v := range volatile {
		text = v.pattern.ReplaceAllString(text, v.put)
	}
	return text
}

// tree scrubs every text of a JSON tree.
func (s *Scrubber) tree(v any) any {
	switch v := v.(type) {
	case string:
		return s.Text(v)
	case []any:
		for i := range v {
			v[i] = s.tree(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = s.tree(v[k])
		}
	}
	return v
}

// Leaks reports what in a text is one of the secrets or looks like one, by line and kind,
// never the text itself.
func (s *Scrubber) Leaks(data []byte) (out []string) {
	n := 0
	for line := range bytes.Lines(data) {
		n++
		for _, secret := range s.secrets {
			if bytes.Contains(line, []byte(secret)) {
				out = append(out, fmt.Sprintf("line %d: a known secret", n))
			}
		}
		for _, sh := range shapes {
			if sh.pattern.Match(line) {
				out = append(out, fmt.Sprintf("line %d: %s", n, sh.name))
			}
		}
	}
	return out
}

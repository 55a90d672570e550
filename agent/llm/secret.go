package llm

import "log/slog"

// hidden is what a secret prints as.
const hidden = "[hidden]"

// Secret is text that must not be shown: a key. However it is printed, logged or encoded,
// also as a member of something else, it says [hidden]. The text is kept behind a function,
// because fmt looks into unexported members without asking their methods.
type Secret struct{ reveal func() string }

// NewSecret returns a secret; empty text gives the zero one.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{func() string { return text }}
}

// Reveal returns the text. Whoever calls it puts it into a header and nowhere else.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero reports that there is no secret.
func (s Secret) IsZero() bool { return s.reveal == nil }

// String implements fmt.Stringer; a secret that is not there is empty.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return hidden
}

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return "llm.Secret(" + s.String() + ")" }

// MarshalText implements encoding.TextMarshaler, and so JSON and YAML as well.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

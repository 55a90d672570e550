package mapping

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/planwright/planwright/runtime/plan"
)

// State says where a row stands. The strings reach disk and never change.
type State string

// The closed list of states; the package comment draws how they follow.
const (
	Proposed  State = "proposed"  // waits for a decision
	Approved  State = "approved"  // in use
	Rejected  State = "rejected"  // decided against
	Withdrawn State = "withdrawn" // was approved, and is no longer
)

// Label is what a person sees instead of ids and codes.
type Label struct {
	From string `json:"from,omitempty"` // the source, "Installation, per hour"
	To   string `json:"to,omitempty"`   // the target, "Installation (INST-H)"
}

// Evidence is one pair of values that speaks for or against a match.
type Evidence struct {
	Field string `json:"field"` // what was compared, "SKU"
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

// Row says that Key of one system stands for Value of another. Rows are not changed after
// they are made; they may share parts with the table they came from.
type Row struct {
	Key []string // one text for each input, in the order of [Table.From]
	// Value is a JSON tree of the target's fields, nested as the target is: text, bools,
	// json.Numbers, lists and maps; never null.
	Value      map[string]any
	Label      Label
	State      State
	Score      int // of a proposal, in thousandths: 1000 is certain, 0 says nothing
	Reasons    []string
	Evidence   []Evidence
	ProposedBy string
	ProposedAt time.Time
	By         string // who decided; empty while the row waits
	At         time.Time
	Comment    string // of the decision
	Version    int    // counts the proposals of the key, from 1
}

// Digest is the SHA-256 of key and value: what a decision is about. Labels, scores and
// reasons may change without making it another row.
func (r Row) Digest() plan.Digest {
	return digest(struct {
		Key   []string       `json:"key"`
		Value map[string]any `json:"value"`
	}{r.Key, r.Value})
}

func digest(v any) plan.Digest {
	sum := sha256.Sum256(encode(v))
	return plan.Digest("sha256:" + hex.EncodeToString(sum[:]))
}

// encode writes JSON with sorted keys and without needless escapes.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // broken invariant: only JSON trees get into rows
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// KeyText writes a key as one text, a JSON list, for use in maps and messages.
func KeyText(key []string) string { return string(encode(key)) }

// ParseKey reads what [KeyText] wrote.
func ParseKey(text string) ([]string, error) {
	var key []string
	if err := json.Unmarshal([]byte(text), &key); err != nil {
		return nil, fmt.Errorf("parse key %.80q: %w: not a JSON list of text", text, ErrRow)
	}
	return key, checkKey(key)
}

// Bounds on one row, so that a table stays something a person can read.
const (
	maxKeyParts = 16
	maxKeyPart  = 1 << 10 // bytes
	maxValue    = 64 << 10
	maxDepth    = 8
)

func checkKey(key []string) error {
	if len(key) == 0 || len(key) > maxKeyParts {
		return fmt.Errorf("%w: a key of %d parts", ErrRow, len(key))
	}
	for _, part := range key {
		if len(part) > maxKeyPart || !utf8.ValidString(part) {
			return fmt.Errorf("%w: part of a key is not UTF-8 or has more than %d bytes", ErrRow, maxKeyPart)
		}
	}
	return nil
}

// cloneValue copies a row's value and confirms that it is a JSON tree that CSV can hold.
func cloneValue(v map[string]any) (map[string]any, error) {
	if len(v) == 0 {
		return nil, fmt.Errorf("%w: no value", ErrRow)
	}
	c, err := cloneTree(v, "", 0)
	if err != nil {
		return nil, err
	}
	if n := len(encode(c)); n > maxValue {
		return nil, fmt.Errorf("%w: a value of %d bytes, more than %d", ErrRow, n, maxValue)
	}
	return c.(map[string]any), nil // cloneTree keeps the kind
}

func cloneTree(v any, at string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%w: the value at %s is nested more than %d deep", ErrRow, at, maxDepth)
	}
	switch v := v.(type) {
	case string:
		if !utf8.ValidString(v) {
			return nil, fmt.Errorf("%w: the value at %s is not UTF-8", ErrRow, at)
		}
		return v, nil
	case bool:
		return v, nil
	case json.Number:
		if !json.Valid([]byte(v)) {
			return nil, fmt.Errorf("%w: the value at %s is not a number", ErrRow, at)
		}
		return v, nil
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = cloneTree(v[i], at, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if !fieldName(name) {
				return nil, fmt.Errorf("%w: the value at %s has a field %.80q; names are printable and have no dot", ErrRow, at, name)
			}
			c, err := cloneTree(v[name], join(at, name), depth+1)
			if err != nil {
				return nil, err
			}
			out[name] = c
		}
		return out, nil
	}
	return nil, fmt.Errorf("%w: the value at %s is a %T; leave absent fields out", ErrRow, at, v)
}

// fieldName reports whether a name can be part of a path in the first line of a file.
func fieldName(name string) bool {
	return name != "" && utf8.ValidString(name) &&
		!strings.ContainsFunc(name, func(c rune) bool { return c == '.' || !unicode.IsPrint(c) })
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// leaf returns the value at a path with dots.
func leaf(v map[string]any, path string) (any, bool) {
	for {
		name, rest, more := strings.Cut(path, ".")
		x, ok := v[name]
		if !ok || !more {
			return x, ok
		}
		if v, ok = x.(map[string]any); !ok {
			return nil, false
		}
		path = rest
	}
}

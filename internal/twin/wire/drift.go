package wire

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Drift is how a vendor's answers change without notice. It is applied to every object of
// a JSON answer, at any depth; answers in other forms pass unchanged.
type Drift struct {
	// NullArrays turns every empty list into null.
	NullArrays bool `json:"null_arrays,omitempty"`
	// NumbersAsStrings writes every number in quotes.
	NumbersAsStrings bool `json:"numbers_as_strings,omitempty"`
	// Unknown adds a member of this name to every object.
	Unknown string `json:"unknown,omitempty"`
	// Set gives members of these names another value wherever they occur: a value that no
	// list of values has.
	Set map[string]any `json:"set,omitempty"`
	// Drop takes members of these names away.
	Drop []string `json:"drop,omitempty"`
}

func (d Drift) apply(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			if slices.Contains(d.Drop, name) {
				delete(v, name)
			} else if to, ok := d.Set[name]; ok {
				v[name] = to
			} else {
				v[name] = d.apply(e)
			}
		}
		if d.Unknown != "" {
			v[d.Unknown] = map[string]any{"added": "without notice"}
		}
	case []any:
		if len(v) == 0 && d.NullArrays {
			return nil
		}
		for i, e := range v {
			v[i] = d.apply(e)
		}
	case json.Number:
		if d.NumbersAsStrings {
			return v.String()
		}
	}
	return v
}

// rewrite changes an answer as the rule says.
func (f Fault) rewrite(a *answer, now func() time.Time) {
	a.finish()
	if f.Drift != nil {
		a.drift(*f.Drift)
	}
	if f.PadBody > 0 {
		a.body.WriteString(strings.Repeat(" ", f.PadBody))
	}
	a.sent.Set("Content-Length", strconv.Itoa(a.body.Len()))
	if f.PadHeader > 0 {
		a.sent.Set("X-Padding", strings.Repeat("x", f.PadHeader))
	}
	if f.Skew != 0 {
		a.sent.Set("Date", now().Add(time.Duration(f.Skew)).UTC().Format(http.TimeFormat))
	}
	for name, value := range f.Header {
		a.sent.Set(name, value)
	}
	if f.Code != 0 {
		a.code = f.Code
	}
}

func (a *answer) drift(d Drift) {
	dec := json.NewDecoder(bytes.NewReader(a.body.Bytes()))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return // not JSON: nothing in it can drift
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(d.apply(v)) == nil {
		a.body = b
	}
}

// cutGzip sends the answer compressed, without its last part. To the transport the answer
// is whole: only who unpacks it learns that it is not.
func (a *answer) cutGzip(w http.ResponseWriter) {
	a.finish()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(a.body.Bytes()) // a buffer takes all
	_ = z.Close()
	a.body.Reset()
	a.body.Write(packed.Bytes()[:packed.Len()/2])
	a.sent.Set("Content-Encoding", "gzip")
	a.sent.Set("Content-Length", strconv.Itoa(a.body.Len()))
	a.send(w)
}

package engine

import (
	"encoding/json"
	"maps"
	"time"
	"unicode/utf8"

	"github.com/planwright/planwright/runtime/apicall"
)

// Said returns the entry whose data is the encoding of v, one of the structs for that kind.
// [State.Apply] takes v itself where decoding would give that very value, so that a run which
// goes on need not read what it just wrote; otherwise it decodes. Nobody may change v, or
// anything that it leads to, from then on.
func Said(at time.Time, kind Kind, v any, data json.RawMessage) Entry {
	return Entry{At: at, Kind: kind, Data: data, said: v}
}

// taken puts what was said into into, if reading its encoding back would give the same. A run
// that goes on must stand exactly as one that is read again, so whatever is in doubt is decoded.
func (e Entry) taken(into any) bool {
	switch into := into.(type) {
	case *Answered:
		v, ok := e.said.(Answered)
		if ok = ok && asDecoded(v.Path) && sameTime(v.Asked) && plainOutcome(v.Outcome); ok {
			*into = v
		}
		return ok
	case *WriteOutcome:
		v, ok := e.said.(WriteOutcome)
		if ok = ok && asDecoded(v.Path) && plainOutcome(v.Outcome); ok {
			*into = v
		}
		return ok
	case *Intent:
		v, ok := e.said.(Intent)
		if ok = ok && asDecoded(v.Path, v.Digest, v.Natural) && plain(v.Body) && plainRequest(&v.Request); ok {
			*into = v
		}
		return ok
	}
	return false
}

// plainRequest gives the empty members of a request the form they have when they were decoded.
func plainRequest(r *apicall.Request) bool {
	if len(r.Header) == 0 {
		r.Header = nil
	}
	if len(r.Body) == 0 {
		r.Body = nil
	}
	for k, v := range r.Header {
		if !asDecoded(k, v) {
			return false
		}
	}
	r.Header = maps.Clone(r.Header)
	return asDecoded(r.Operation, r.Method, r.Path, r.Object)
}

func plainOutcome(o apicall.Outcome) bool {
	return asDecoded(string(o.Class), o.Code, o.Message, o.TraceID) && plain(o.Value)
}

// sameTime reports whether a time is one that was decoded, to the last bit: in UTC, without the
// reading of a monotonic clock, in a year that JSON can tell.
func sameTime(t time.Time) bool {
	return t == t.Round(0).UTC() //nolint:staticcheck // the same instant is not enough
}

// asDecoded reports whether texts are what decoding gives: bytes that are no UTF-8 are replaced.
func asDecoded(texts ...string) bool {
	for _, s := range texts {
		if !utf8.ValidString(s) {
			return false
		}
	}
	return true
}

// plain reports whether v is a tree as decoding gives it.
func plain(v any) bool {
	switch v := v.(type) {
	case nil, bool:
		return true
	case string:
		return utf8.ValidString(v)
	case json.Number:
		return v != "" // which is encoded as 0; any other was encoded as it is
	case []any:
		for _, x := range v {
			if !plain(x) {
				return false
			}
		}
		return v != nil
	case map[string]any:
		for k, x := range v {
			if !utf8.ValidString(k) || !plain(x) {
				return false
			}
		}
		return v != nil
	}
	return false
}

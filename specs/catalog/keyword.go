package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/planwright/planwright/specs/openapi"
)

// repeatText is [Repeat] as an overlay writes it, with ISO 8601 durations.
type repeatText struct {
	Way       Way      `json:"way"`
	Key       string   `json:"key"`
	Lookup    *Lookup  `json:"lookup"`
	Late      string   `json:"late"`
	Window    string   `json:"window"`
	Header    string   `json:"header"`
	Duplicate []string `json:"duplicate"`
	Status    string   `json:"status"`
	Dead      []string `json:"dead"`
}

// keyword applies one operation keyword.
func (c *compiler) keyword(o *Operation, k openapi.Keyword) {
	switch k.Name {
	case "x-pw-effect":
		c.effect(o, k)
	case "x-pw-entity":
		c.entity(o, k)
	case "x-pw-repeat":
		c.repeat(o, k)
	case "x-pw-absent-on-404":
		c.read(k, &o.Absent)
	case "x-pw-query":
		c.read(k, &o.Query)
	case "x-pw-filter":
		c.filter(o, k)
	case "x-pw-paging":
		c.paging(o, k)
	case "x-pw-select":
		c.read(k, &o.Select)
	case "x-pw-fixed":
		c.read(k, &o.Fixed)
	case "x-pw-sum":
		c.read(k, &o.Money)
	case "x-pw-scopes":
		o.Scopes = nil
		c.read(k, &o.Scopes)
		c.named(k, o.Scopes, "scope", "describe it under known in x-pw-auth", func(s string) bool {
			_, ok := c.api.Auth.Known[s]
			return ok || slices.Contains(c.doc.Scopes, s)
		})
	case "x-pw-gates":
		c.read(k, &o.Gates)
		c.named(k, o.Gates, "gate", "describe it in x-pw-gate-names at the root", func(g string) bool { return c.api.Gates[g] != "" })
	case "x-pw-alike":
		c.alike(o, k)
	case "x-pw-batch":
		c.read(k, &o.Batch)
	case "x-pw-ids":
		c.paramIDs(o, k)
	case "x-pw-touches":
		c.read(k, &o.Touches)
	}
}

// named reports scopes and gates that nobody explains: mostly a spelling mistake, and
// nothing that a person could approve.
func (c *compiler) named(k openapi.Keyword, names []string, what, hint string, known func(string) bool) {
	for _, n := range names {
		if !known(n) {
			c.list = append(c.list, k.Diagnostic(fmt.Sprintf("%s %q is not explained anywhere", what, n), hint))
		}
	}
}

func (c *compiler) effect(o *Operation, k openapi.Keyword) {
	var e Effect
	if !c.read(k, &e) {
		return
	}
	if all := []Effect{EffectNone, EffectCreate, EffectUpdate, EffectDelete, EffectSend}; !slices.Contains(all, e) {
		c.fault(k, "effect %q is none of %v", e, all)
		return
	}
	o.Effect = e
}

func (c *compiler) entity(o *Operation, k openapi.Keyword) {
	var short string
	if !c.read(k, &short) {
		return
	}
	if c.objects[c.full(short)] == nil {
		c.fault(k, "x-pw-entity names %q, which the spec does not have", short)
		return
	}
	o.Entity = c.full(short)
}

// paramIDs gives parameters nominal types: {id: Account.Id}.
func (c *compiler) paramIDs(o *Operation, k openapi.Keyword) {
	var ids map[string]string
	if !c.read(k, &ids) {
		return
	}
	for name, id := range ids {
		i := slices.IndexFunc(o.Params, func(p Param) bool { return p.Name == name })
		if i < 0 || strings.Count(id, ".") != 1 {
			c.fault(k, "x-pw-ids: parameter %q or id %q does not exist", name, id)
			continue
		}
		o.Params[i].Type.Nominal = c.full(id)
	}
}

// filter gives a list its filter parameter, which the operation must have.
func (c *compiler) filter(o *Operation, k openapi.Keyword) {
	var f Filter
	if !c.read(k, &f) {
		return
	}
	if _, ok := o.Param(f.Param); !ok {
		c.fault(k, "x-pw-filter names the parameter %q, which the operation does not have", f.Param)
		return
	}
	if f.Language != FilterXero {
		c.fault(k, "filter language %q is not %q, the only one known", f.Language, FilterXero)
		return
	}
	o.Filter = &f
}

func (c *compiler) repeat(o *Operation, k openapi.Keyword) {
	var t repeatText
	if !c.read(k, &t) {
		return
	}
	all := []Way{WayUnique, WayUpsert, WayIdempotent, WayKeyed, WayProbe, WayAsk}
	if !slices.Contains(all, t.Way) {
		c.fault(k, "way %q is none of %v", t.Way, all)
		return
	}
	late, ok1 := parseDuration(t.Late)
	window, ok2 := parseDuration(t.Window)
	if !ok1 || !ok2 {
		c.fault(k, "late and window are ISO 8601 durations such as PT10S or PT6M")
		return
	}
	if l := t.Lookup; l != nil && (l.Operation == "" || (l.Param == "") == (l.Filter == "")) {
		c.fault(k, "a lookup names an operation and either a param or a filter")
		return
	}
	if (t.Way == WayUnique || t.Way == WayProbe) && (t.Key == "" || t.Lookup == nil) {
		c.fault(k, "way %s needs the key field and a lookup that finds records by it", t.Way)
		return
	}
	if t.Way == WayKeyed && (t.Header == "" || window == 0) {
		c.fault(k, "way keyed needs the header and how long the vendor remembers it")
		return
	}
	o.Repeat = &Repeat{
		Way: t.Way, Key: t.Key, Lookup: t.Lookup, Late: late, Window: window, Header: t.Header,
		Duplicate: t.Duplicate, Status: t.Status, Dead: t.Dead,
	}
}

// parseDuration reads the part of ISO 8601 durations that has one meaning everywhere:
// days, hours, minutes and whole seconds. Empty text is zero.
func parseDuration(s string) (time.Duration, bool) {
	if s == "" {
		return 0, true
	}
	rest, ok := strings.CutPrefix(s, "P")
	if !ok || rest == "" {
		return 0, false
	}
	var total time.Duration
	units := []struct {
		letter byte
		unit   time.Duration
	}{{'D', 24 * time.Hour}, {'T', 0}, {'H', time.Hour}, {'M', time.Minute}, {'S', time.Second}}
	next := 0
	for rest != "" {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits == len(rest) {
			return 0, false
		}
		at := slices.IndexFunc(units[next:], func(u struct {
			letter byte
			unit   time.Duration
		},
		) bool {
			return u.letter == rest[digits]
		})
		if at < 0 || (rest[digits] == 'T') != (digits == 0) || rest == "T" {
			return 0, false
		}
		at += next
		if at > 1 && next <= 1 {
			return 0, false // hours before T
		}
		if digits > 0 {
			n, err := strconv.Atoi(rest[:digits])
			if err != nil || n > 1_000_000 {
				return 0, false
			}
			total += time.Duration(n) * units[at].unit
		}
		next, rest = at+1, rest[digits+1:]
	}
	return total, true
}

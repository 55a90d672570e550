package plan

import (
	"strconv"
	"strings"
)

// Join adds a token to a JSON pointer, escaped as RFC 6901 asks.
func Join(pointer, token string) string {
	if strings.ContainsAny(token, "~/") {
		token = strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
	}
	return pointer + "/" + token
}

func index(pointer string, i int) string { return pointer + "/" + strconv.Itoa(i) }

// File returns the name of the text the plan was read from, "" for none.
func (p *Plan) File() string { return p.file }

// PlaceOf returns where the value at the pointer begins in the text the plan was read
// from. For a pointer without a place of its own it is that of the nearest value around
// it; for a plan that was not read from text it is the zero Place.
func (p *Plan) PlaceOf(pointer string) Place { return nearest(p.places, pointer) }

// KeyPlaceOf is PlaceOf for the key under which the value at the pointer stands.
func (p *Plan) KeyPlaceOf(pointer string) Place {
	if at, ok := p.keys[pointer]; ok {
		return at
	}
	return p.PlaceOf(pointer)
}

// PlaceIn returns the place of a character within the expression at the pointer; line
// and column count from 1 in the expression's text. Where the text is folded or
// escaped in the file the place is that of the value.
func (p *Plan) PlaceIn(pointer string, line, column int) Place {
	at, ok := p.texts[pointer]
	if !ok || line != 1 || column < 1 {
		return p.PlaceOf(pointer)
	}
	return Place{Line: at.Line, Column: at.Column + column - 1}
}

func nearest(places map[string]Place, pointer string) Place {
	for {
		if at, ok := places[pointer]; ok || pointer == "" {
			return at
		}
		pointer = pointer[:max(strings.LastIndexByte(pointer, '/'), 0)]
	}
}

// Walk visits every value of the plan, a value before what it holds: the trigger's,
// then the steps' in the order they run, then the outputs; members in the order of their
// names.
func (p *Plan) Walk(visit func(pointer string, v Value)) {
	p.Trigger.When.walk("/trigger/when", visit)
	p.Trigger.Key.walk("/trigger/key", visit)
	p.All(func(at string, s *Step) { s.Walk(at, visit) })
	for _, name := range sortedKeys(p.Outputs) {
		p.Outputs[name].walk(Join("/outputs", name), visit)
	}
}

// Walk visits the step's own values, not those of the steps it repeats; at is its pointer.
func (s *Step) Walk(at string, visit func(string, Value)) {
	one := func(key string, v *Value) {
		if v != nil {
			v.walk(Join(at, key), visit)
		}
	}
	many := func(key string, m map[string]Value) {
		Value{Kind: ObjectV, Members: m}.inner(at+"/"+key, visit)
	}
	one(string(Each), s.Over)
	one(string(Assert), s.That)
	one(string(Wait), s.Until)
	one(string(Ask), s.Question)
	one("when", s.When)
	many("with", s.With)
	s.Where.walk(at+"/where", visit)
	for i, f := range s.Find {
		many("find/"+strconv.Itoa(i), f)
	}
	one("create", s.Create)
	many("key", s.Key)
	one("body", s.Body)
	many("show", s.Show)
}

func (v Value) walk(pointer string, visit func(string, Value)) {
	if v.Kind == "" {
		return
	}
	visit(pointer, v)
	v.inner(pointer, visit)
}

func (v Value) inner(pointer string, visit func(string, Value)) {
	switch v.Kind {
	case ObjectV:
		for _, name := range sortedKeys(v.Members) {
			v.Members[name].walk(Join(pointer, name), visit)
		}
	case ListV:
		for i, item := range v.Items {
			item.walk(index(pointer, i), visit)
		}
	case EachV:
		v.Each.Over.walk(Join(pointer, "each"), visit)
		v.Each.Do.walk(Join(pointer, "do"), visit)
	case Literal, Expression:
	}
}

package catalog

import (
	"sync"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs/schema"
)

// store holds one API: what identifies each operation and object in memory, the rest
// in memory too after a compile, or in the cache file until it is asked for.
type store struct {
	src      Source
	api      *API
	opIDs    []string
	objNames []string
	ops      map[string]*opEntry
	objs     map[string]*objEntry
	found    diag.List // what compiling found

	indexOnce sync.Once
	index     searchIndex

	mu   sync.Mutex
	file *cacheFile // nil when everything is in memory
}

// opEntry is one operation. The texts are enough to search.
type opEntry struct {
	id, method, path, summary, entity string
	effect                            Effect

	at  extent
	val *Operation // nil until read
}

// objEntry is one object.
type objEntry struct {
	name   string
	fields string // names, separated by newlines

	at  extent
	val *schema.Object
}

// open takes src from the cache folder, else compiles it and fills the cache.
func open(dir string, src Source) *store {
	key := cacheKey(src)
	if dir != "" {
		if s := openCache(dir, key, src); s != nil {
			return s
		}
	}
	s := newStore(src)
	if dir == "" || s.api == nil {
		return s
	}
	writeCache(dir, key, s)
	if len(src.Spec) < large {
		return s
	}
	if lean := openCache(dir, key, src); lean != nil {
		return lean // all but the index of what was compiled goes
	}
	return s
}

// large is the size in bytes of a description of which plans use a small part: it is not kept
// in memory when the cache file has it.
const large = 1 << 20

// newStore compiles src. Its api is nil when there was nothing to read.
func newStore(src Source) *store {
	c, list := compile(src)
	s := &store{src: src, found: list, ops: map[string]*opEntry{}, objs: map[string]*objEntry{}}
	if c == nil {
		return s
	}
	s.api = c.api
	for _, o := range c.operations {
		s.addOp(&opEntry{
			id: o.ID, method: o.Method, path: o.Path, summary: o.Summary, entity: o.Entity, effect: o.Effect, val: o,
		})
	}
	for _, o := range c.objects {
		fields := make([]byte, 0, 256)
		for i, f := range o.Fields {
			if i > 0 {
				fields = append(fields, '\n')
			}
			fields = append(fields, f.Name...)
		}
		s.addObj(&objEntry{name: o.Name, fields: string(fields), val: o})
	}
	return s
}

func (s *store) addOp(e *opEntry) {
	s.opIDs = append(s.opIDs, e.id)
	s.ops[e.id] = e
}

func (s *store) addObj(e *objEntry) {
	s.objNames = append(s.objNames, e.name)
	s.objs[e.name] = e
}

func (s *store) operation(id string) (*Operation, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.ops[id]
	if !ok {
		return nil, false
	}
	if e.val == nil {
		var o Operation
		if !s.file.read(e.at, &o) {
			s.rebuild()
			return e.val, e.val != nil
		}
		e.val = &o
	}
	return e.val, true
}

func (s *store) object(name string) (*schema.Object, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.objs[name]
	if !ok {
		return nil, false
	}
	if e.val == nil {
		var o schema.Object
		if !s.file.read(e.at, &o) {
			s.rebuild()
			return e.val, e.val != nil
		}
		e.val = &o
	}
	return e.val, true
}

// operations reads all operations with one opening of the file.
func (s *store) operations() []*Operation {
	if s.file != nil {
		s.file.hold()
		defer s.file.release()
	}
	out := make([]*Operation, 0, len(s.opIDs))
	for _, id := range s.opIDs {
		if o, ok := s.operation(id); ok {
			out = append(out, o)
		}
	}
	return out
}

// rebuild fills every entry from the source again, because the cache file went bad
// under us. The caller holds the lock.
func (s *store) rebuild() {
	fresh := newStore(s.src)
	for id, e := range s.ops {
		if f := fresh.ops[id]; f != nil {
			e.val = f.val
		}
	}
	for name, e := range s.objs {
		if f := fresh.objs[name]; f != nil {
			e.val = f.val
		}
	}
}

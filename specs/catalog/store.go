package catalog

import (
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs/schema"
)

// store holds one API.
type store struct {
	api      *API
	opIDs    []string
	objNames []string
	ops      map[string]*Operation
	objs     map[string]*schema.Object
}

func open(_ string, src Source) (*store, diag.List) {
	c, list := compile(src)
	if c == nil {
		return nil, list
	}
	s := &store{api: c.api, ops: map[string]*Operation{}, objs: map[string]*schema.Object{}}
	for _, o := range c.operations {
		s.opIDs = append(s.opIDs, o.ID)
		s.ops[o.ID] = o
	}
	for _, o := range c.objects {
		s.objNames = append(s.objNames, o.Name)
		s.objs[o.Name] = o
	}
	return s, list
}

func (s *store) operation(id string) (*Operation, bool) { o, ok := s.ops[id]; return o, ok }

func (s *store) object(name string) (*schema.Object, bool) { o, ok := s.objs[name]; return o, ok }

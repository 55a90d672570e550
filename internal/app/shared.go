package app

import (
	"hash/maphash"
	"sync"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// Shared holds what Apps compile, so that many Apps in one process compile it once: a
// simulation opens thousands. What is in it depends on the bytes of specs and plans alone,
// and is never changed. The zero value is ready; several goroutines may use it.
type Shared struct {
	mu       sync.Mutex
	seed     maphash.Seed
	catalogs map[uint64]*catalog.Catalog
	plans    map[plan.Digest]*plan.Plan
	programs map[compiled]*engine.Program
}

// compiled names a program: a plan under a catalog.
type compiled struct {
	plan    plan.Digest
	catalog *catalog.Catalog
}

// catalogOf returns the catalog of the sources, made by open when it is not known.
func (s *Shared) catalogOf(sources []catalog.Source, open func() (*catalog.Catalog, error)) (*catalog.Catalog, error) {
	if s == nil {
		return open()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.catalogs == nil {
		s.seed, s.catalogs = maphash.MakeSeed(), map[uint64]*catalog.Catalog{}
	}
	key := s.sum(sources)
	if c := s.catalogs[key]; c != nil {
		return c, nil
	}
	c, err := open()
	if err == nil {
		s.catalogs[key] = c
	}
	return c, err
}

func (s *Shared) sum(sources []catalog.Source) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	for _, src := range sources {
		for _, part := range [][]byte{[]byte(src.Name), src.Spec, src.Overlay} {
			maphash.WriteComparable(&h, len(part))
			_, _ = h.Write(part) // a hash takes everything
		}
	}
	return h.Sum64()
}

// planOf returns the plan of a digest, read by parse when it is not known.
func (s *Shared) planOf(d plan.Digest, parse func() (*plan.Plan, error)) (*plan.Plan, error) {
	if s == nil {
		return parse()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.plans[d]; p != nil {
		return p, nil
	}
	p, err := parse()
	if err != nil {
		return nil, err
	}
	if s.plans == nil {
		s.plans = map[plan.Digest]*plan.Plan{}
	}
	s.plans[d] = p
	return p, nil
}

// program returns the program of a plan under a catalog, made by compile when it is not known.
func (s *Shared) program(d plan.Digest, cat *catalog.Catalog, compile func() (*engine.Program, error)) (*engine.Program, error) {
	if s == nil {
		return compile()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := compiled{d, cat}
	if p := s.programs[key]; p != nil {
		return p, nil
	}
	p, err := compile()
	if err != nil {
		return nil, err
	}
	if s.programs == nil {
		s.programs = map[compiled]*engine.Program{}
	}
	s.programs[key] = p
	return p, nil
}

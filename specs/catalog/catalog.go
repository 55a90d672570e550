package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs/schema"
)

// Source is one API's description and the overlay for it, which may be empty.
type Source struct {
	Name     string // what the API is called, "xero"
	Spec     []byte
	Overlay  []byte
	Embedded bool // ours, not added by the user
}

// Digests returns the digests of the description and of the overlay, "" for an empty one, as
// plans pin them.
func (s Source) Digests() (spec, overlay string) { return digest(s.Spec), digest(s.Overlay) }

// digest returns the SHA-256 of data as every file of this project writes it, "" for
// nothing.
func digest(data []byte) string {
	if len(data) == 0 {
		return ""
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Catalog is all operations and types of the known APIs. It may be used by many
// goroutines; what it hands out is shared and must not be changed.
type Catalog struct {
	apis  []*store
	names map[string]*store
}

// Open compiles the sources, or takes what an earlier Open left in the cache folder
// dir. With dir "" nothing is cached. A source that cannot be read is left out and
// the list says why; the catalog is never nil. A cache that is damaged or cannot be
// written costs time, never an error.
func Open(dir string, sources []Source) (*Catalog, diag.List) {
	c := &Catalog{names: map[string]*store{}}
	var list diag.List
	for _, src := range sources {
		if !validName(src.Name) {
			list = append(list, badName(src.Name))
			continue
		}
		if c.names[src.Name] != nil {
			list = append(list, sameName(src.Name))
			continue
		}
		s := open(dir, src)
		list = append(list, s.found...)
		if s.api == nil {
			continue
		}
		c.apis = append(c.apis, s)
		c.names[src.Name] = s
	}
	return c, list
}

// validName reports whether an API may be called that: the name begins type and
// operation names, and file names in the cache.
func validName(name string) bool {
	for i, r := range name {
		if (r < 'a' || r > 'z') && (i == 0 || r != '_' && (r < '0' || r > '9')) {
			return false
		}
	}
	return name != "" && len(name) <= 40
}

// API returns the API of that name.
func (c *Catalog) API(name string) (*API, bool) {
	s, ok := c.names[name]
	if !ok {
		return nil, false
	}
	return s.api, true
}

// APIs returns all APIs in the order of the sources.
func (c *Catalog) APIs() []*API {
	out := make([]*API, len(c.apis))
	for i, s := range c.apis {
		out[i] = s.api
	}
	return out
}

// Operation returns the operation of that full name, "xero.createInvoices".
func (c *Catalog) Operation(name string) (*Operation, bool) {
	api, id, _ := strings.Cut(name, ".")
	s, ok := c.names[api]
	if !ok {
		return nil, false
	}
	return s.operation(id)
}

// Operations returns all operations of an API in the order of its spec.
func (c *Catalog) Operations(api string) []*Operation {
	s, ok := c.names[api]
	if !ok {
		return nil
	}
	return s.operations()
}

// Object returns the object of that full name, "xero.Invoice". It makes a Catalog a
// [schema.Source].
func (c *Catalog) Object(name string) (*schema.Object, bool) {
	api, _, _ := strings.Cut(name, ".")
	s, ok := c.names[api]
	if !ok {
		return nil, false
	}
	return s.object(name)
}

// Objects returns the full names of all objects of an API in the order of its spec.
func (c *Catalog) Objects(api string) []string {
	s, ok := c.names[api]
	if !ok {
		return nil
	}
	return s.objNames
}

// Entity tells how records of the object of that full name are found and made.
func (c *Catalog) Entity(name string) (Entity, bool) {
	api, short, _ := strings.Cut(name, ".")
	s, ok := c.names[api]
	if !ok {
		return Entity{}, false
	}
	e, ok := s.api.Entities[short]
	return e, ok
}

package catalog

// Adopt returns the operation that reads, by its id, the record that a write answers with:
// how a run comes by the value of a write whose answer was lost, once a person has said
// which record it made. ok is false where the write answers with something else, or its
// record cannot be read by one id alone.
func (c *Catalog) Adopt(op *Operation) (get *Operation, ok bool) {
	if op.Response == nil || op.Entity == "" || op.Response.Type.Ref != op.Entity {
		return nil, false
	}
	e, known := c.Entity(op.Entity)
	if !known || e.Get == "" {
		return nil, false
	}
	if get, ok = c.Operation(op.API + "." + e.Get); !ok || get.Response == nil || get.Response.Type.Ref != op.Entity {
		return nil, false
	}
	ids := 0
	for _, p := range get.Params {
		if p.In == InPath {
			ids++
		} else if p.Required {
			return nil, false
		}
	}
	return get, ids == 1
}

// Adoptable reports whether [Catalog.Adopt] finds an operation.
func (c *Catalog) Adoptable(op *Operation) bool {
	_, ok := c.Adopt(op)
	return ok
}

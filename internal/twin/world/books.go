package world

import "maps"

// Books splits the Xero side into the organisation, of which there is one, and the
// collections, as the Xero twin takes them.
func (w World) Books() (organisation Record, collections map[string][]Record) {
	collections = maps.Clone(w.Xero)
	if list := collections["Organisation"]; len(list) > 0 {
		organisation = list[0]
	}
	delete(collections, "Organisation")
	return organisation, collections
}

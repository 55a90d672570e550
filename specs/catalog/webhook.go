package catalog

import (
	"slices"

	"github.com/planwright/planwright/specs/openapi"
)

// Webhooks tells how an API says by itself that something happened: how a delivery is
// signed, and where in its body stands what happened to which record.
type Webhooks struct {
	// Header carries the signature: an HMAC of the body's bytes, with the key as text.
	Header string `json:"header"`
	Hash   string `json:"hash"`             // "sha256", "sha512" or "sha1"
	Code   string `json:"code"`             // "base64" or "hex"
	Prefix string `json:"prefix,omitempty"` // what stands before it in the header, "sha256="
	// Events is the member of the body that lists what happened; empty for a body that is
	// itself one event. ID, Tenant and Category are members of an event; dots lead into
	// objects.
	Events   string `json:"events,omitempty"`
	ID       string `json:"id"`
	Tenant   string `json:"tenant,omitempty"`
	Category string `json:"category"`
	// Objects gives by category the short name of the object whose record it is.
	Objects map[string]string `json:"objects"`
}

// webhooks reads x-pw-webhooks; object names are short there.
func (c *compiler) webhooks(k openapi.Keyword) {
	var w Webhooks
	if !c.read(k, &w) {
		return
	}
	switch {
	case w.Header == "" || w.ID == "" || w.Category == "":
		c.fault(k, "x-pw-webhooks needs header, id and category")
		return
	case !slices.Contains([]string{"sha256", "sha512", "sha1"}, w.Hash):
		c.fault(k, "x-pw-webhooks has hash %q, which is none of sha256, sha512 and sha1", w.Hash)
		return
	case w.Code != "base64" && w.Code != "hex":
		c.fault(k, "x-pw-webhooks has code %q, which is neither base64 nor hex", w.Code)
		return
	}
	for category, object := range w.Objects {
		if c.objects[c.full(object)] == nil {
			delete(w.Objects, category) // this version of the file does not have it
		}
	}
	c.api.Webhooks = &w
}

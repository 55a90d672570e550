package catalog

import (
	"net/url"

	"github.com/planwright/planwright/specs/openapi"
)

// Describe tells how an API describes its own objects to the user who asks: which
// operations answer, and after which object those beyond the spec are made.
type Describe struct {
	Form   string `json:"form"`   // how answers are shaped: "sobject"
	List   string `json:"list"`   // operation id that lists the objects, "describeGlobal"
	Object string `json:"object"` // operation id that describes one, "describe"
	Param  string `json:"param"`  // its parameter that takes the name, "sObject"
	// Model is an object of the spec whose operations, lookups and change detection every
	// object has: "Opportunity".
	Model string `json:"model"`
	// Key is the parameter of upserts that names the field to go by, "field"; empty when
	// there are none.
	Key string `json:"key,omitempty"`
}

// Keys returns the fields by which the operation finds or makes its record, named by a
// parameter of its path: an upsert by external id. They stand in the path and never in
// the body.
func (o *Operation) Keys() []string {
	for _, p := range o.Params {
		if p.In == InPath && o.Effect == EffectCreate && len(p.Type.Enum) > 0 {
			return p.Type.Enum
		}
	}
	return nil
}

func (c *compiler) describe(k openapi.Keyword) {
	var d Describe
	if !c.read(k, &d) {
		return
	}
	if d.Form == "" || d.List == "" || d.Object == "" || d.Param == "" || d.Model == "" {
		c.fault(k, "x-pw-describe needs form, list, object, param and model")
		return
	}
	c.api.Describe = &d
}

func (c *compiler) published(k openapi.Keyword) {
	var address string
	if !c.read(k, &address) {
		return
	}
	if u, err := url.Parse(address); err != nil || u.Scheme != "https" || u.Host == "" {
		c.fault(k, "x-pw-published is an https address")
		return
	}
	c.api.Published = address
}

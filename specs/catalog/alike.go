package catalog

import "github.com/planwright/planwright/specs/openapi"

// Alike tells how records are found that somebody may have made by hand for what an
// operation would create: by a read of all that have one field in common with it.
type Alike struct {
	Operation string `json:"operation"` // operation id of the read, "getInvoices"
	Param     string `json:"param"`     // its parameter that takes the value, "ContactIDs"
	Field     string `json:"field"`     // of what is sent, "Contact.ContactID"
	// Must lists fields in which a record has to agree, Any those of which one is enough.
	Must []string `json:"must,omitempty"`
	Any  []string `json:"any,omitempty"`
	// Total is the field that agrees when it is what x-pw-sum makes of what is sent.
	Total string `json:"total,omitempty"`
	// Show lists fields that a person sees who chooses.
	Show []string `json:"show,omitempty"`
}

func (c *compiler) alike(o *Operation, k openapi.Keyword) {
	var a Alike
	switch {
	case !c.read(k, &a):
	case a.Operation == "" || a.Param == "" || a.Field == "" || len(a.Any) == 0 && a.Total == "":
		c.fault(k, "x-pw-alike needs operation, param, field, and any or total")
	default:
		o.Alike = &a
	}
}

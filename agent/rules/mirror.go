package rules

// mirror writes the plan that keeps a record in step with a document's payments.
func (c *composer) mirror() {}

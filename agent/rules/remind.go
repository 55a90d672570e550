package rules

// remind writes the plan that gives the owner something to do about an overdue document.
func (c *composer) remind() {}

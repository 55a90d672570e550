package xero

// Counts returns how many records there are by collection.
func (t *Twin) Counts() map[string]int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	out := map[string]int{}
	for name, tb := range t.tables {
		if len(tb.ordered) > 0 {
			out[name] = len(tb.ordered)
		}
	}
	return out
}

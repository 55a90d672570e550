package salesforce

// Counts returns how many records there are by object, deleted ones excepted.
func (t *Twin) Counts() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := map[string]int{}
	for name, rows := range t.store.rows {
		for _, r := range rows {
			if !r.deleted {
				out[name]++
			}
		}
	}
	return out
}

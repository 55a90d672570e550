package salesforce

// undoLog remembers how to take back what was done to a store. Nothing is noted while no
// savepoint is open, so a world loads without it. Numbers of ids are not given back: the
// vendor too never gives an id a second time.
type undoLog struct {
	steps []func()
	open  int
}

// savepoint is a state of the store that can be gone back to.
type savepoint int

// note keeps a step that undoes the change just made.
func (u *undoLog) note(step func()) {
	if u.open > 0 {
		u.steps = append(u.steps, step)
	}
}

// begin opens a savepoint; each needs an end.
func (u *undoLog) begin() savepoint {
	u.open++
	return savepoint(len(u.steps))
}

// rollback takes back what was done since the savepoint, which stays open.
func (u *undoLog) rollback(to savepoint) {
	for i := len(u.steps) - 1; i >= int(to); i-- {
		u.steps[i]()
	}
	clear(u.steps[to:])
	u.steps = u.steps[:to]
}

// end closes the innermost savepoint. What was done since belongs to the one around it.
func (u *undoLog) end() {
	if u.open--; u.open == 0 {
		clear(u.steps)
		u.steps = u.steps[:0]
	}
}

// atomically does all of what do does, or nothing of it when it is refused.
func (t *Twin) atomically(do func() *apiError) *apiError {
	u := &t.store.undo
	at := u.begin()
	defer u.end()
	refusal := do()
	if refusal != nil {
		u.rollback(at)
	}
	return refusal
}

package prompts

// Adjudicator is the system prompt of the adjudicator of matches. It is the same for
// every question.
type Adjudicator struct{}

// Render returns the prompt.
func (a Adjudicator) Render() string { return render(adjudicatorFile, a) }

// Records is one question to the adjudicator: a record and those it may be the
// counterpart of.
type Records struct {
	Source     Record
	Candidates []Record
}

// Record is what is told of one record. Token is what the answer calls it.
type Record struct {
	Token             string
	Name, Code, Group Data
}

// Render returns the prompt.
func (r Records) Render() string { return render(recordsFile, r) }

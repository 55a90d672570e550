package salesforce

// composite answers /composite and what is below it.
func (t *Twin) composite(q *request) (answer, *apiError) {
	if len(q.segs) > 1 && q.segs[1] == "sobjects" {
		return t.collection(q)
	}
	return answer{}, errNotFound()
}

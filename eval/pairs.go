package eval

// PairResult is the grade of the matcher on one set of labelled pairs.
type PairResult struct {
	Set  string `json:"set"`
	Pass bool   `json:"pass"`
}

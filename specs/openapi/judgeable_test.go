package openapi

import "testing"

func TestJudgeable(t *testing.T) {
	good := `{"openapi":"3.0.0","info":{"title":"T","version":"1"},"paths":{"/x":{"get":{"responses":{"200":{"description":"ok"}}}}}}`
	if found := Judgeable("good.json", []byte(good)); len(found) > 0 {
		t.Errorf("a sound description: got %v", found)
	}
	bad := `{"openapi":"3.0.0","info":{"title":"T","version":"1"},"paths":{"/x":{"get":{"parameters":"none","responses":{}}}}}`
	found := Judgeable("bad.json", []byte(bad))
	if len(found) != 1 || found[0].Code != "spec-unjudged" || found.HasErrors() {
		t.Errorf("parameters that are no list: got %v, want one warning", found)
	}
}

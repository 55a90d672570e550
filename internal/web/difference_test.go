package web

import (
	"strings"
	"testing"
)

// TestDifferenceShown holds that who approves a new version sees what is different.
func TestDifferenceShown(t *testing.T) {
	h := newHouse(t)
	h.connect()
	h.enter(lee)
	h.enter(dana)
	first := h.proposed(lee)
	if strings.Contains(h.page(dana, first).words(), "What is different") {
		t.Error("a first version has nothing to differ from")
	}
	digest, _ := h.page(dana, first).one(t, "input", "name", "digest").attr("value")
	h.goes(h.post(dana, first+"/decision", "digest", digest, "answer", "approve", "comment", ""))

	draft := h.drafted(dana, strings.Replace(goal, ".", ", due in 14 days.", 1))
	second := h.goes(h.post(dana, draft+"/propose"))
	page := h.page(dana, second)
	page.says(t, "What is different from the approved one", "closed-won-to-invoice@1", "invoice sets DueDate from another source", "opportunity.CloseDate.addDays(14)")
	if len(page.all("ul", "class", "changes")) == 0 {
		t.Error("the changes are no list")
	}
	if strings.Contains(h.page(dana, first).words(), "What is different") {
		t.Error("the approved version says that it differs")
	}
	var data proposalPage
	if h.jsonOf(dana, second, &data); data.Difference == nil || data.Difference.Approved != "closed-won-to-invoice@1" || len(data.Difference.Changes) == 0 {
		t.Errorf("as JSON: %+v", data.Difference)
	}
}

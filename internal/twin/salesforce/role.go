package salesforce

import "maps"

// contactRole ties a contact to an opportunity; one of them may be the primary one.
func contactRole() *object {
	return &object{name: "OpportunityContactRole", label: "Opportunity Contact Role", plural: "Opportunity Contact Role", fields: withSystem(
		ref("OpportunityId", "Opportunity", "Opportunity").required().createOnly().owned("OpportunityContactRoles"),
		ref("ContactId", "Contact", "Contact").required().children("OpportunityContactRoles"),
		pick("Role", "Business User", "Decision Maker", "Economic Buyer", "Economic Decision Maker", "Evaluator", "Executive Sponsor",
			"Influencer", "Technical Buyer", "Other").sized(40),
		flag("IsPrimary", false),
	), create: true, update: true, remove: true, bin: true}
}

// settledRole keeps one primary role on an opportunity, the one saved last, and the
// opportunity's contact that of its primary role.
func (t *Twin) settledRole(r *row) {
	id := r.str("OpportunityId")
	if r.is("IsPrimary") && !r.deleted {
		for _, other := range t.store.pointing("OpportunityContactRole", "OpportunityId", id) {
			if other == r || !other.is("IsPrimary") {
				continue
			}
			v := maps.Clone(other.v)
			v["IsPrimary"] = false
			t.touch(v)
			t.store.replace(other, v)
		}
	}
	t.showPrimary(id)
}

// showPrimary copies the contact of the primary role to the opportunity. Nobody saved the
// opportunity, so its stamps stay.
func (t *Twin) showPrimary(opportunity string) {
	opp, ok := t.store.live(opportunity)
	if !ok {
		return
	}
	var contact any
	for _, r := range t.store.pointing("OpportunityContactRole", "OpportunityId", opportunity) {
		if r.is("IsPrimary") {
			contact = r.v["ContactId"]
		}
	}
	if opp.v["ContactId"] != contact {
		v := maps.Clone(opp.v)
		v["ContactId"] = contact
		t.store.replace(opp, v)
	}
}

// primaryOf makes the primary role of an opportunity that was created with a contact.
func (t *Twin) primaryOf(opp *row) {
	if opp.v["ContactId"] == nil {
		return
	}
	o := t.schema.must("OpportunityContactRole")
	now := stamp(t.saveTime())
	v := map[string]any{
		"Id": t.store.newID(o), "OpportunityId": opp.id(), "ContactId": opp.v["ContactId"], "IsPrimary": true, "IsDeleted": false,
		"CreatedDate": now, "CreatedById": t.userID,
	}
	if opp.v["CurrencyIsoCode"] != nil {
		v["CurrencyIsoCode"] = opp.v["CurrencyIsoCode"]
	}
	t.touch(v)
	t.store.add(&row{o: o, v: v})
}

package xero

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// groupLimit is how many groups of contacts an organisation can have.
const groupLimit = 100

// readGroup answers GET of groups; one alone shows its contacts.
func (t *Twin) readGroup(tb *table, q *call, id string) (reply, error) {
	p, err := t.read(tb, q, id)
	if err != nil {
		return p, err
	}
	for _, e := range p.list {
		group := e.(map[string]any)
		group["Contacts"], group["HasValidationErrors"] = []any{}, false
		if id != "" {
			group["Contacts"] = t.membersOf(str(group, "ContactGroupID"))
		}
	}
	return p, nil
}

// membersOf lists the contacts of a group as it shows them. Groups are looked into too
// rarely to be kept in order.
func (t *Twin) membersOf(group string) []any {
	out := []any{}
	for _, r := range t.tables["Contacts"].ordered {
		if inGroup(r.rec, group) {
			out = append(out, t.contactOf(record{"Contact": record{"ContactID": r.id}}, false))
		}
	}
	return out
}

func inGroup(contact record, group string) bool {
	list, _ := contact["ContactGroups"].([]any)
	return slices.ContainsFunc(list, func(e any) bool { return str(e.(record), "ContactGroupID") == group })
}

// writeGroups answers PUT of new groups and POST of the name or status of one.
func (t *Twin) writeGroups(tb *table, q *call, id string) (reply, error) {
	p, err := t.write(tb, q, id, func(in record, _ mode, at *row) outcome {
		var o outcome
		rec := record{"Status": "ACTIVE"}
		if at != nil {
			o.id, rec = at.id, clone(at.rec)
		}
		maps.Copy(rec, in)
		active := 0
		for _, r := range tb.ordered {
			if r == at || str(r.rec, "Status") != "ACTIVE" {
				continue
			}
			if active++; fold(str(r.rec, "Name")) == fold(str(rec, "Name")) {
				o.add(textGroupTaken)
			}
		}
		switch {
		case str(rec, "Name") == "":
			o.add(textGroupName)
		case at == nil && active >= groupLimit:
			o.add("You’ve reached the limit of 100 contact groups.")
		}
		if len(o.problems) > 0 {
			return o
		}
		rec["ContactGroupID"] = cmp.Or(o.id, t.newID())
		o.row = t.store(tb, rec, q.client)
		return o
	})
	for _, e := range p.list {
		e.(map[string]any)["Contacts"], e.(map[string]any)["HasValidationErrors"] = []any{}, false
	}
	return p, err
}

// joinGroup answers PUT of contacts into a group, named by their ids.
func (t *Twin) joinGroup(tb *table, q *call, id string) (reply, error) {
	group, contacts := t.one(tb, id), t.tables["Contacts"]
	if group == nil || str(group.rec, "Status") != "ACTIVE" {
		return reply{}, refuseAbsent()
	}
	in, err := elements(q, contacts)
	if err != nil {
		return reply{}, err
	}
	var good, bad []any
	for _, e := range in {
		at := contacts.byID[str(e, "ContactID")]
		if at == nil {
			bad = append(bad, map[string]any{"ContactID": cmp.Or(str(e, "ContactID"), zeroGUID), "ValidationErrors": messages([]string{textContactAbsent})})
			continue
		}
		if !inGroup(at.rec, group.id) {
			t.regroup(q, at, append(groupsOf(at.rec), record{"ContactGroupID": group.id}))
		}
		shown := t.contactOf(record{"Contact": record{"ContactID": at.id}}, false)
		shown["ValidationErrors"] = []any{}
		good = append(good, shown)
	}
	if len(bad) > 0 {
		return reply{}, refuseValidation(bad)
	}
	return reply{name: "Contacts", list: good}, nil
}

// leaveGroup answers DELETE of one contact of a group, or of all.
func (t *Twin) leaveGroup(tb *table, q *call, id string) (reply, error) {
	group, contacts := t.one(tb, id), t.tables["Contacts"]
	if group == nil {
		return reply{}, refuseAbsent()
	}
	members := slices.Clone(contacts.ordered)
	if len(q.path) > 3 {
		at := contacts.byID[strings.ToLower(q.path[3])]
		if at == nil || !inGroup(at.rec, group.id) {
			return reply{}, refuseAbsent()
		}
		members = []*row{at}
	}
	for _, at := range members {
		if inGroup(at.rec, group.id) {
			t.regroup(q, at, slices.DeleteFunc(groupsOf(at.rec), func(e any) bool { return str(e.(record), "ContactGroupID") == group.id }))
		}
	}
	return reply{status: http.StatusNoContent}, nil
}

func groupsOf(contact record) []any {
	list, _ := contact["ContactGroups"].([]any)
	return slices.Clone(list)
}

func (t *Twin) regroup(q *call, at *row, groups []any) {
	rec := maps.Clone(at.rec)
	rec["ContactGroups"], rec["UpdatedDateUTC"] = groups, stamp(q.now)
	t.store(t.tables["Contacts"], rec, q.client)
}

// namedGroups renders the groups of a contact: contacts keep their ids alone.
func (t *Twin) namedGroups(contact record) []any {
	out := []any{}
	for _, e := range groupsOf(contact) {
		if r := t.tables["ContactGroups"].byID[str(e.(record), "ContactGroupID")]; r != nil && str(r.rec, "Status") == "ACTIVE" {
			out = append(out, record{
				"ContactGroupID": r.id, "Name": r.rec["Name"], "Status": "ACTIVE", "Contacts": []any{}, "HasValidationErrors": false,
			})
		}
	}
	return out
}

// joinNamed gives a contact of a world its groups, which are made when they are not
// there but have a name.
func (t *Twin) joinNamed(contact record) error {
	kept := []any{}
	for _, e := range groupsOf(contact) {
		tb, use := t.tables["ContactGroups"], e.(record)
		at := tb.first(cmp.Or(str(use, "ContactGroupID"), str(use, "Name")), "Name")
		if at == nil {
			delete(use, "Contacts")
			if err := t.seed("ContactGroups", use); err != nil {
				return err
			}
			at = tb.first(cmp.Or(str(use, "ContactGroupID"), str(use, "Name")), "Name")
		}
		kept = append(kept, record{"ContactGroupID": at.id})
	}
	contact["ContactGroups"] = kept
	return nil
}

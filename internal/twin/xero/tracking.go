package xero

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Limits of tracking categories.
const (
	trackingActive = 2
	trackingAll    = 4
)

// readTracking answers GET of categories. What is archived is shown on request only,
// what is deleted never.
func (t *Twin) readTracking(tb *table, q *call, id string) (reply, error) {
	p, err := t.read(tb, q, id)
	archived := q.is("includeArchived", "true")
	shown := func(e any) bool {
		status := str(e.(map[string]any), "Status")
		return status == "ACTIVE" || status == "ARCHIVED" && (archived || id != "")
	}
	p.list = slices.DeleteFunc(p.list, func(e any) bool { return !shown(e) })
	for _, e := range p.list {
		category := e.(map[string]any)
		options, _ := category["Options"].([]any)
		category["Options"] = slices.DeleteFunc(options, func(e any) bool { return !shown(e) })
	}
	if err == nil && id != "" && len(p.list) == 0 {
		return reply{}, refuseAbsent()
	}
	return p, err
}

// writeTracking answers PUT of a new category and POST of one that is there.
func (t *Twin) writeTracking(tb *table, q *call, id string) (reply, error) {
	return t.writeFirst(tb, q, id, func(in record, at *row) outcome {
		var o outcome
		rec := record{"Status": "ACTIVE", "Options": []any{}}
		if at != nil {
			o.id, rec = at.id, clone(at.rec)
		}
		delete(in, "Options") // which have calls of their own
		maps.Copy(rec, in)
		t.checkTracking(rec, at, &o)
		if len(o.problems) > 0 {
			return o
		}
		rec["TrackingCategoryID"] = o.id
		if at == nil {
			rec["TrackingCategoryID"] = t.newID()
		}
		o.row = t.store(tb, rec, q.client)
		return o
	})
}

func (t *Twin) checkTracking(rec record, at *row, o *outcome) {
	active, all := 0, 0
	for _, r := range t.tables["TrackingCategories"].ordered {
		switch status := str(r.rec, "Status"); {
		case r == at || status == statusDeleted:
			continue
		case status == "ACTIVE":
			active++
		}
		all++
		if strings.EqualFold(str(r.rec, "Name"), str(rec, "Name")) {
			o.add(textTrackingTaken)
		}
	}
	status := str(rec, "Status")
	if !slices.Contains([]string{"ACTIVE", "ARCHIVED"}, status) {
		o.add(textTrackingStatus)
	}
	if status == "ACTIVE" && active >= trackingActive || all >= trackingAll {
		o.add(textTrackingFull)
	}
	if str(rec, "Name") == "" {
		o.add(textTrackingName)
	}
	t.shapes.tracking.lengths(record{"Name": str(rec, "Name")}, o.add)
}

// deleteTracking answers DELETE of a category.
func (t *Twin) deleteTracking(tb *table, q *call, id string) (reply, error) {
	at := t.one(tb, id)
	if at == nil || str(at.rec, "Status") == statusDeleted {
		return reply{}, refuseAbsent()
	}
	rec := clone(at.rec)
	rec["Status"] = statusDeleted
	return reply{name: tb.name, list: []any{t.render(tb, t.store(tb, rec, q.client), q.dp, viewFull)}}, nil
}

// writeOption answers PUT of one new option of a category, and POST and DELETE of one
// that is there.
func (t *Twin) writeOption(tb *table, q *call, id string) (reply, error) {
	at := t.one(tb, id)
	if at == nil || str(at.rec, "Status") == statusDeleted {
		return reply{}, refuseAbsent()
	}
	rec := clone(at.rec)
	options, _ := rec["Options"].([]any)
	option := record{"Status": "ACTIVE"}
	if len(q.path) > 3 {
		i := slices.IndexFunc(options, func(e any) bool { return str(e.(record), "TrackingOptionID") == strings.ToLower(q.path[3]) })
		if i < 0 || str(options[i].(record), "Status") == statusDeleted {
			return reply{}, refuseAbsent()
		}
		option = options[i].(record)
	}
	of, _ := tb.shape.field("Options")
	in := record{"Status": statusDeleted}
	if q.r.Method != "DELETE" {
		list, err := elements(q, &table{name: of.name, shape: of.of})
		if err != nil {
			return reply{}, err
		}
		in = list[0]
		delete(in, "TrackingOptionID")
	}
	var o outcome
	if name := cmp.Or(str(in, "Name"), str(option, "Name")); name == "" || optionTaken(options, option, name) {
		o.add(textOptionName)
	}
	of.of.lengths(in, o.add)
	if len(o.problems) > 0 {
		return reply{}, refuseValidation([]any{map[string]any{"Name": str(in, "Name"), "ValidationErrors": messages(o.problems)}})
	}
	maps.Copy(option, in)
	if str(option, "TrackingOptionID") == "" {
		option["TrackingOptionID"] = t.newID()
		rec["Options"] = append(options, option)
	}
	t.store(tb, rec, q.client)
	shown, status := clone(option), str(option, "Status")
	maps.Copy(shown, record{
		"HasValidationErrors": false, "IsDeleted": status == statusDeleted, "IsArchived": status == "ARCHIVED", "IsActive": status == "ACTIVE",
	})
	return reply{name: of.name, list: []any{shown}}, nil
}

// optionTaken says whether another option that is not deleted has the name.
func optionTaken(options []any, at record, name string) bool {
	return slices.ContainsFunc(options, func(e any) bool {
		other := e.(record)
		return str(other, "TrackingOptionID") != str(at, "TrackingOptionID") && str(other, "Status") != statusDeleted && fold(str(other, "Name")) == fold(name)
	})
}

package salesforce

import (
	"maps"
	"strings"
	"time"
)

func (t *Twin) settleTask(v map[string]any) {
	done := v["Status"] == "Completed"
	if done && v["IsClosed"] != true {
		v["CompletedDateTime"] = stamp(t.saveTime())
	}
	if !done {
		v["CompletedDateTime"] = nil
	}
	v["IsClosed"], v["IsHighPriority"] = done, v["Priority"] == "High"
	v["AccountId"] = nil
	what, _ := v["WhatId"].(string)
	if r, ok := t.store.live(what); ok {
		if r.o.name == "Account" {
			v["AccountId"] = r.id()
		} else {
			v["AccountId"] = r.v["AccountId"]
		}
	}
}

// settledTask shows on what a task was and is about that there is something to do.
func (t *Twin) settledTask(r *row, old map[string]any) {
	was, _ := old["WhatId"].(string)
	for id := range map[string]bool{was: true, r.str("WhatId"): true} {
		if about, ok := t.store.live(id); ok {
			t.showActivity(about)
		}
	}
	for _, f := range []string{"WhoId", "AccountId"} {
		if about, ok := t.store.parent(r, f); ok {
			t.showActivity(about)
		}
	}
}

// showActivity works out when something was last done about a record, and whether
// something is open or overdue. Nobody saved the record, so its stamps stay.
func (t *Twin) showActivity(about *row) {
	tasks := map[*row]bool{}
	for _, f := range []string{"WhatId", "WhoId", "AccountId"} {
		for _, task := range t.store.pointing("Task", f, about.id()) {
			tasks[task] = true
		}
	}
	today := t.opt.Now().UTC().Format(time.DateOnly)
	var last any
	open, overdue := false, false
	for task := range tasks {
		due := task.str("ActivityDate")
		if task.is("IsClosed") {
			if newest, _ := last.(string); due > newest {
				last = due
			}
			continue
		}
		open = open || task.str("WhatId") == about.id()
		overdue = overdue || task.str("WhatId") == about.id() && due != "" && due < today
	}
	v := maps.Clone(about.v)
	for name, value := range map[string]any{"LastActivityDate": last, "HasOpenActivity": open, "HasOverdueTask": overdue} {
		if _, ok := about.o.index[strings.ToLower(name)]; ok {
			v[name] = value
		}
	}
	t.store.replace(about, v)
}

// turnDay finds the tasks that fell due at midnight.
func (t *Twin) turnDay(now time.Time) {
	day := now.UTC().Format(time.DateOnly)
	if day == t.day {
		return
	}
	t.day = day
	for _, task := range t.store.rows["Task"] {
		if due := task.str("ActivityDate"); !task.deleted && !task.is("IsClosed") && due != "" && due < day {
			if about, ok := t.store.parent(task, "WhatId"); ok && about.o.name == "Opportunity" && !about.is("HasOverdueTask") {
				t.showActivity(about)
			}
		}
	}
}

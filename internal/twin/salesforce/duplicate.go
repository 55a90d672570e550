package salesforce

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// An org's admins say which records count as duplicates. A world lists their rules:
//
//	"DuplicateRule": [{
//	    "SobjectType": "Account", "DeveloperName": "Accounts_by_name", "IsActive": true,
//	    "Exact": ["BillingCountry"], "Folded": ["Name"],
//	    "Action": "Block", "AlertText": "Use one of these records?"}]
//
// Two records match when all the fields named are equal, those of Folded without regard to
// case; a null matches nothing. Action is "Block", or "Allow", whose alert a call may wave
// away by its header.
const duplicateRules = "DuplicateRule"

type duplicateRule struct {
	SobjectType, DeveloperName, MasterLabel string
	IsActive                                bool
	Exact, Folded                           []string
	Action, AlertText                       string

	exact, all []*field
}

// learnDuplicates reads the rules of a world.
func (t *Twin) learnDuplicates() error {
	t.duplicates = map[string][]duplicateRule{}
	for i, record := range t.admin[duplicateRules] {
		var rule duplicateRule
		if err := decodeCustom(record, &rule); err != nil {
			return placed(duplicateRules, i, err)
		}
		o, ok := t.schema.find(rule.SobjectType)
		if !ok || len(rule.Exact)+len(rule.Folded) == 0 || rule.Action != "Block" && rule.Action != "Allow" {
			return placed(duplicateRules, i, fmt.Errorf("%s: a rule needs an object, fields to compare and Block or Allow", rule.DeveloperName))
		}
		for _, name := range slices.Concat(rule.Exact, rule.Folded) {
			f, err := o.named(name)
			if err != nil {
				return placed(duplicateRules, i, err)
			}
			rule.all = append(rule.all, f)
		}
		rule.exact = rule.all[:len(rule.Exact)]
		if rule.IsActive {
			t.duplicates[o.name] = append(t.duplicates[o.name], rule)
			t.store.same.compare(o, rule.all)
		}
	}
	return nil
}

// refuseDuplicates refuses a record that others match, unless the call waves the alert
// away. A save that changes nothing the rule compares is not asked about.
func (t *Twin) refuseDuplicates(o *object, old, v map[string]any, self *row) *apiError {
	for i := range t.duplicates[o.name] {
		rule := &t.duplicates[o.name][i]
		if old != nil && !slices.ContainsFunc(rule.all, func(f *field) bool { return old[f.name] != v[f.name] }) {
			continue
		}
		matches := slices.DeleteFunc(t.store.alike(o, rule.all, v), func(r *row) bool {
			return r == self || slices.ContainsFunc(rule.exact, func(f *field) bool { return r.v[f.name] != v[f.name] })
		})
		passes := t.call.allowSave && (rule.Action == "Allow" || t.otherwise[doubtAllowSaveBeatsBlock])
		if len(matches) > 0 && !passes {
			return t.errDuplicates(rule, matches)
		}
	}
	return nil
}

func (t *Twin) errDuplicates(rule *duplicateRule, matches []*row) *apiError {
	records := make([]any, len(matches))
	for i, r := range matches {
		records[i] = ordered{
			{"additionalInformation", []any{}},
			{"fieldDiffs", []any{}},
			{"matchConfidence", json.Number("100.0")},
			{"record", ordered{{"attributes", attributes(t.call.base, r)}, {"Id", r.id()}}},
		}
	}
	message := rule.AlertText
	if message == "" {
		message = "Use one of these records?"
	}
	refusal := badRequest("DUPLICATES_DETECTED", message, []string{}...)
	refusal.items[0].Duplicate = ordered{
		{"allowSave", rule.Action == "Allow"},
		{"duplicateRule", rule.DeveloperName},
		{"duplicateRuleEntityType", rule.SobjectType},
		{"errorMessage", message},
		{"matchResults", []any{ordered{
			{"entityType", rule.SobjectType},
			{"errors", []any{}},
			{"matchEngine", "ExactMatchEngine"},
			{"matchRecords", records},
			{"rule", rule.DeveloperName},
			{"size", len(records)},
			{"success", true},
		}}},
	}
	return refusal
}

// call is what the rules need to know of the call that saves.
type call struct {
	base      string // "/services/data/v67.0"
	allowSave bool   // alerts about duplicates are waved away
}

// callOf reads the headers of a call.
func callOf(base string, header http.Header) call {
	c := call{base: base}
	for _, line := range header.Values("Sforce-Duplicate-Rule-Header") {
		for option := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ';' || r == ',' }) {
			name, value, _ := strings.Cut(option, "=")
			if strings.EqualFold(strings.TrimSpace(name), "allowSave") {
				c.allowSave = strings.EqualFold(strings.TrimSpace(value), "true")
			}
		}
	}
	return c
}

package plans_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/plans"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// TestLifeOfAnInvoice holds the page on what happens to invoices to the plans: it lists each
// setting with its value and what it may be, and an event names no setting that there is not.
func TestLifeOfAnInvoice(t *testing.T) {
	text, err := os.ReadFile("../docs/life-of-an-invoice.md")
	if err != nil {
		t.Fatal(err)
	}
	cat, _ := catalog.Open("", specs.Embedded())
	want, names := map[string]string{}, map[string]bool{}
	for name, p := range plans.All(cat) {
		for s, v := range p.Settings {
			want[name+" "+s] = strings.TrimSpace(fmt.Sprint(v.Value, " ", slices.Sorted(slices.Values(texts(v.Allowed)))))
			names[s] = true
		}
	}
	got := map[string]string{}
	last := ""
	for _, row := range rows(string(text), "## The settings") {
		if p := quoted(row[0]); len(p) > 0 {
			last = p[0]
		}
		value := strings.Trim(row[2], "`")
		got[last+" "+quoted(row[1])[0]] = fmt.Sprint(value, " ", slices.Sorted(slices.Values(quoted(row[3]))))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings of the plans and on the page (-plans +page):\n%s", diff)
	}
	chosen := map[string]bool{}
	for _, row := range rows(string(text), "## What happens") {
		for _, s := range quoted(strings.Join(row, " ")) {
			chosen[s] = true
		}
	}
	for _, row := range rows(string(text), "Payments, tasks and links") {
		words := quoted(row[2])
		if len(words) == 0 && row[2] != "nothing" {
			t.Errorf("%s: %q names no setting", row[0], row[2])
		}
		for _, s := range words {
			chosen[s] = true
			if !names[s] {
				t.Errorf("%s: there is no setting %s", row[0], s)
			}
		}
	}
	for s := range want {
		if _, name, _ := strings.Cut(s, " "); !chosen[name] && !aside[name] {
			t.Errorf("no event names the setting %s", s)
		}
	}
}

// aside are the settings that bound or complete what an event leads to.
var aside = map[string]bool{"terms_days": true, "most_invoices": true}

func texts(list []any) (out []string) {
	for _, v := range list {
		out = append(out, fmt.Sprint(v))
	}
	return out
}

// rows returns the cells of the first table after a line that begins so, without its head.
func rows(text, after string) (out [][]string) {
	_, text, _ = strings.Cut(text, "\n"+after)
	_, text, _ = strings.Cut(text, "\n|")
	for i, line := range strings.Split("|"+text, "\n") {
		if !strings.HasPrefix(line, "|") {
			break
		}
		if i < 2 {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for k := range cells {
			cells[k] = strings.TrimSpace(cells[k])
		}
		out = append(out, cells)
	}
	return out
}

var code = regexp.MustCompile("`([^`]+)`")

// quoted lists what stands as code in a text.
func quoted(text string) (out []string) {
	for _, m := range code.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

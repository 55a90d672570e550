package app

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/dryrun"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/predict"
)

// Write prints the dry run for a person.
func (v DryRun) Write(w io.Writer) {
	fmt.Fprintf(w, "%s (%s), tried on %s. Nothing was written.\n", v.Plan, v.State, countOf(len(v.Records), "record"))
	for i, r := range v.Records {
		fmt.Fprintf(w, "\n%d. %s: %s\n", i+1, diag.Visible(r.name()), r.verdict())
		r.write(w, v.When)
	}
	fmt.Fprintln(w)
	if len(v.Records) == 0 {
		fmt.Fprintf(w, "No record qualifies now: %s\n", v.When)
	}
	for _, api := range v.APIs {
		fmt.Fprintf(w, "%s: %s made for this look; one run makes %d at most", api.API, countOf(api.Made, "call"), api.Worst)
		if api.DayLeft >= 0 {
			fmt.Fprintf(w, ", and %d are left today", api.DayLeft)
		}
		fmt.Fprintln(w, ".")
	}
	fmt.Fprintf(w, "%s.\n", v.Summary)
}

// String says the counts in a sentence.
func (s DrySummary) String() string {
	return fmt.Sprintf("%d would run through, %d would wait for a person, %d would be left alone or refused, %d would fail", s.Runs, s.Waits, s.Refused, s.Fails)
}

func countOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func (r DryRecord) name() string {
	if r.Label == "" || r.Label == r.ID {
		return r.ID
	}
	return r.Label + " (" + r.ID + ")"
}

func (r DryRecord) verdict() string {
	switch {
	case r.Unfit:
		return "does not qualify"
	case r.Verdict == dryrun.Refused:
		return "would be refused: " + diag.Visible(r.Reason)
	case r.Verdict == dryrun.Waits:
		return "would wait for a person"
	case r.Verdict == dryrun.Fails:
		return "would fail"
	}
	return "would run through"
}

func (r DryRecord) write(w io.Writer, when string) {
	if r.Unfit {
		fmt.Fprintf(w, "   The condition does not hold: %s\n", when)
		return
	}
	unread := slices.ContainsFunc(r.Holds, func(h dryrun.Hold) bool { return h.Step == "trigger" })
	if len(r.Steps) > 0 && !unread {
		fmt.Fprintf(w, "   It qualifies: %s\n", when)
	}
	if r.Ran != "" {
		fmt.Fprintf(w, "   Its event has had run %s already and would not run again; below is what it would do today.\n", r.Ran)
	}
	for _, h := range r.Holds {
		r.hold(w, h)
	}
	for _, row := range r.Rows {
		how := ""
		if row.Proposed {
			how = "   (proposed, nobody approved it)"
		}
		fmt.Fprintf(w, "   %s: %s -> %s%s\n", row.Mapping, diag.Visible(cmp.Or(row.From, strings.Join(row.Key, " · "))), diag.Visible(cmp.Or(row.To, firstText(row.Value))), how)
	}
	for _, c := range r.Choices {
		fmt.Fprintf(w, "   %s: %s\n", noun(c.Object), diag.Visible(choiceText(c)))
	}
	for _, s := range r.Steps {
		if s.Write != nil {
			writeText(w, s)
		}
	}
	var calls []string
	for _, api := range systems(r.Calls) {
		calls = append(calls, fmt.Sprintf("%s %d", api, r.Calls[api]))
	}
	if len(calls) > 0 {
		fmt.Fprintf(w, "   Calls of the run: %s.\n", strings.Join(calls, ", "))
	}
}

func noun(object string) string {
	return strings.ToLower(object[strings.LastIndexByte(object, '.')+1:])
}

func choiceText(c dryrun.Choice) string {
	name := cmp.Or(c.Name, c.ID)
	if c.Created {
		return name + ", which would be created"
	}
	return fmt.Sprintf("%s, found by its %s (%s)", name, strings.Join(c.By, " and "), c.ID)
}

func (r DryRecord) hold(w io.Writer, h dryrun.Hold) {
	word := "It would stop here"
	switch {
	case h.Code == engine.HoldWaiting || h.Code == engine.HoldLimit:
		word = "It would go on later"
	case h.Passed:
		word = "It would ask a person first"
	}
	at := ""
	if h.Step != "" {
		at = " (step " + h.Step + ")"
	}
	fmt.Fprintf(w, "   ! %s%s: %s\n", word, at, diag.Visible(h.Message))
	for _, k := range h.Missing {
		fmt.Fprintf(w, "       %s %s\n", k.Mapping, diag.Visible(strings.Join(k.Key, " · ")))
	}
	for _, x := range h.Show {
		fmt.Fprintf(w, "       %s: %s\n", x.Name, diag.Visible(x.Value))
	}
	if len(h.Answers) > 0 {
		fmt.Fprintf(w, "       answers: %s\n", diag.Visible(strings.Join(h.Answers, ", ")))
	}
}

// writeText prints one write, field by field.
func writeText(w io.Writer, s dryrun.Step) {
	x := s.Write
	fmt.Fprintf(w, "\n   %s (%s)\n", s.Title, s.Operation)
	if x.Exists {
		fmt.Fprintf(w, "     ! %s is there already: it would be adopted if it says the same, and never written twice\n", diag.Visible(x.Natural))
	}
	if x.Unread != "" {
		fmt.Fprintf(w, "     what is there now is not known: %s\n", diag.Visible(x.Unread))
	}
	width := 0
	for _, f := range x.Fields {
		width = max(width, utf8.RuneCountInString(f.Name))
	}
	for _, f := range x.Fields {
		pad := strings.Repeat(" ", width-utf8.RuneCountInString(f.Name))
		switch {
		case x.Effect == "create":
			fmt.Fprintf(w, "     %s%s  %s\n", f.Name, pad, valueText(f.After))
		case f.Changes:
			fmt.Fprintf(w, "   * %s%s  %s -> %s\n", f.Name, pad, valueText(f.Before), valueText(f.After))
		default:
			fmt.Fprintf(w, "     %s%s  %s, as it is\n", f.Name, pad, valueText(f.After))
		}
	}
	linesText(w, x)
	sumsText(w, x.Sums)
}

// valueText is a value on one line.
func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return "(empty)"
	case string:
		return diag.Visible(cmp.Or(v, "(empty)"))
	case map[string]any, []any:
		raw, _ := json.Marshal(v)
		return diag.Visible(string(raw))
	}
	return diag.Visible(fmt.Sprint(v))
}

// linesText prints a document's lines as a table, with what each comes to.
func linesText(w io.Writer, x *dryrun.Write) {
	if x.Lines == nil {
		return
	}
	head := slices.Clone(x.Lines.Columns)
	known := x.Sums != nil && x.Sums.Unknown == ""
	if known {
		head = append(head, "= amount", "= tax")
	}
	rows := [][]string{head}
	for i, cells := range x.Lines.Rows {
		var row []string
		for _, c := range cells {
			if c == nil {
				row = append(row, "")
				continue
			}
			row = append(row, valueText(c))
		}
		if known {
			row = append(row, money(x.Sums.Lines[i].Amount), money(x.Sums.Lines[i].Tax))
		}
		rows = append(rows, row)
	}
	fmt.Fprintln(w)
	aligned(w, rows)
}

// aligned prints rows under their columns, numbers to the right.
func aligned(w io.Writer, rows [][]string) {
	for _, row := range rows {
		fmt.Fprint(w, "     ")
		for j, cell := range row {
			width, numeric := 0, true
			for k, other := range rows {
				width = max(width, utf8.RuneCountInString(other[j]))
				if _, err := decimal.Parse(strings.ReplaceAll(other[j], ",", "")); k > 0 && other[j] != "" && err != nil {
					numeric = false
				}
			}
			pad := strings.Repeat(" ", width-utf8.RuneCountInString(cell))
			gap := "  "
			if j == 0 {
				gap = ""
			}
			switch {
			case numeric:
				fmt.Fprint(w, gap, pad, cell)
			case j == len(row)-1:
				fmt.Fprint(w, gap, cell)
			default:
				fmt.Fprint(w, gap, cell, pad)
			}
		}
		fmt.Fprintln(w)
	}
}

func sumsText(w io.Writer, s *dryrun.Sums) {
	switch {
	case s == nil:
		return
	case s.Unknown != "":
		fmt.Fprintf(w, "     Its sums cannot be predicted: %s\n", diag.Visible(s.Unknown))
		return
	}
	sub, tax, total := money(s.SubTotal), money(s.Tax), money(s.Total)
	width := max(len(sub), len(tax), len(total))
	fmt.Fprintf(w, "\n     Before tax  %*s\n     Tax         %*s\n     Total       %*s\n", width, sub, width, tax, width, total)
	for _, m := range s.Maybe {
		fmt.Fprintf(w, "     %s\n", maybeText(s.Sums, m))
	}
}

// maybeText says by how much sums may differ.
func maybeText(s predict.Sums, m dryrun.Maybe) string {
	by := m.Sums.Total.Sub(s.Total)
	what := "the total"
	if by.IsZero() {
		by, what = m.Sums.Tax.Sub(s.Tax), "the tax"
	}
	if by.Sign() < 0 {
		by = by.Neg()
	}
	if by.IsZero() {
		return "single lines may differ by 0.01 if " + m.If
	}
	return fmt.Sprintf("%s may differ by %s if %s", what, by.Money(), m.If)
}

// money is an amount with its thousands apart: 1,234.50.
func money(d decimal.Decimal) string {
	text, sign := d.Money(), ""
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		text, sign = rest, "-"
	}
	whole, cents, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return sign + whole + "." + cents
}

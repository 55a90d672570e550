package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/tenant"
)

// mistake is one seeded mistake: a right plan with some text put in the place of other text,
// and all that must be found in it. testdata/mistakes/README.md has the form.
type mistake struct {
	family, name string
	plan         string // a file of testdata/right
	tenant       string // a folder of testdata/right with snapshots, or ""
	hunks        [][2]string
	want         []wanted
}

// wanted is one finding: its severity and code, where it is, and what its message names.
type wanted struct{ code, place, pointer, names string }

func (w wanted) String() string {
	return fmt.Sprintf("%s %s %s: %s", w.code, w.place, w.pointer, w.names)
}

var wantLine = regexp.MustCompile(`^([a-z-]+) (\?|[0-9]+:[0-9]+ /.*?): (\S.*)$`)

// readMistake reads one section of an archive.
func readMistake(family string, f txtar.File) (mistake, error) {
	m := mistake{family: family, name: f.Name}
	lines := strings.Split(strings.TrimRight(string(f.Data), "\n"), "\n")
	m.plan, m.tenant, _ = strings.Cut(lines[0], " at ")
	var last byte
	for _, line := range lines[1:] {
		kind := byte(' ')
		if line == "" {
			continue
		}
		if len(line) == 1 || line[1] == ' ' {
			kind = line[0]
		}
		text := line[min(2, len(line)):]
		switch {
		case kind == '-' && last != '-':
			m.hunks = append(m.hunks, [2]string{text, ""})
		case kind == '-':
			m.hunks[len(m.hunks)-1][0] += "\n" + text
		case kind == '+' && len(m.hunks) == 0:
			return m, fmt.Errorf("a + line before any - line")
		case kind == '+' && last == '+':
			m.hunks[len(m.hunks)-1][1] += "\n" + text
		case kind == '+':
			m.hunks[len(m.hunks)-1][1] = text
		default:
			w := wantLine.FindStringSubmatch(line)
			if w == nil {
				return m, fmt.Errorf("neither a change nor a finding: %s", line)
			}
			place, pointer, _ := strings.Cut(w[2], " ")
			m.want = append(m.want, wanted{w[1], place, pointer, w[3]})
		}
		last = kind
	}
	return m, nil
}

// wrong returns the plan and the snapshots of its tenant with the mistake in them.
func (m mistake) wrong(texts ...string) ([]string, error) {
	texts = slices.Clone(texts)
	for _, h := range m.hunks {
		n, at := 0, 0
		for i, text := range texts {
			if c := strings.Count(text, h[0]); c > 0 {
				n, at = n+c, i
			}
		}
		if n != 1 {
			return nil, fmt.Errorf("%q stands %d times in %s", h[0], n, m.plan)
		}
		texts[at] = strings.Replace(texts[at], h[0], strings.ReplaceAll(h[1], `\t`, "\t"), 1)
	}
	return texts, nil
}

// format writes a mistake as readMistake reads it.
func (m mistake) format() []byte {
	var b strings.Builder
	b.WriteString(m.plan)
	if m.tenant != "" {
		b.WriteString(" at " + m.tenant)
	}
	b.WriteByte('\n')
	for _, h := range m.hunks {
		for line := range strings.SplitSeq(h[0], "\n") {
			b.WriteString("- " + line + "\n")
		}
		if h[1] != "" {
			for line := range strings.SplitSeq(h[1], "\n") {
				b.WriteString("+ " + line + "\n")
			}
		}
	}
	for _, w := range m.want {
		b.WriteString(w.String() + "\n")
	}
	b.WriteString("\n")
	return []byte(b.String())
}

// judged parses and checks a text; the Checked is nil when it is refused.
func judged(t *testing.T, file, text string, snapshots ...string) (*check.Checked, diag.List) {
	t.Helper()
	var of []*tenant.Snapshot
	for _, s := range snapshots {
		of = append(of, snapshot(t, []byte(s)))
	}
	p, found := plan.Parse(file, []byte(fill(t, openWhole(t), text)))
	if p == nil {
		return nil, found
	}
	return check.Check(p, openWhole(t), of...)
}

// TestMistakes holds every seeded mistake to be refused, with the right code at the right
// place, under its name, and with nothing else said. With -update the places are written
// anew; codes and names are for people to write.
func TestMistakes(t *testing.T) {
	right := rightPlans(t)
	files, err := filepath.Glob("testdata/mistakes/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no mistakes: %v", err)
	}
	total, codes, table := 0, map[string]bool{}, ""
	seen := map[string]string{}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		family := strings.TrimSuffix(filepath.Base(file), ".txtar")
		refused := 0
		for i, f := range a.Files {
			m, err := readMistake(family, f)
			if err != nil {
				t.Fatalf("%s: %s: %v", file, f.Name, err)
			}
			text, ok := right[m.plan]
			if !ok {
				t.Fatalf("%s: %s: no right plan %s", file, f.Name, m.plan)
			}
			texts, err := m.wrong(append([]string{text}, snapshots(t, m.tenant)...)...)
			if err != nil {
				t.Errorf("%s: %s: %v", family, m.name, err)
				continue
			}
			if all := strings.Join(texts, "\n"); seen[all] != "" {
				t.Errorf("%s: %s: the same plan as %s", family, m.name, seen[all])
			} else {
				seen[all] = family + ": " + m.name
			}
			c, found := judged(t, m.plan, texts[0], texts[1:]...)
			if c == nil {
				refused++
			}
			if _, again := judged(t, m.plan, texts[0], texts[1:]...); !slices.Equal(found, again) || !slices.Equal(found, found.Sorted()) {
				t.Errorf("%s: %s: the findings are not sorted, or others when it is judged again", family, m.name)
			}
			got := m.compare(found)
			for _, d := range found {
				codes[string(d.Code)] = true
				if d.Hint == "" || d.Line < 1 || d.Column < 1 {
					t.Errorf("%s: %s: no hint or no place: %+v", family, m.name, d)
				}
			}
			if *update && len(got) > 0 && slices.Equal(m.placed(got), got) {
				m.want = got
				a.Files[i].Data = m.format()
				continue
			}
			if c != nil || !slices.Equal(m.want, got) {
				t.Errorf("%s: %s: accepted: %v, findings differ (-want +got):\n%s\n%s", family, m.name, c != nil, cmp.Diff(lines(m.want), lines(got)), render(found))
			}
		}
		if *update {
			if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		total += refused
		table += fmt.Sprintf("%-20s %3d of %3d refused\n", family, refused, len(a.Files))
	}
	t.Logf("%d mistakes in %d families, %d codes\n%s", total, len(files), len(codes), table)
	if total < 500 || len(files) < 34 || len(codes) < 100 {
		t.Errorf("%d mistakes of %d families and %d codes are refused; want 500, 34 and 100", total, len(files), len(codes))
	}
}

// snapshots reads what a folder of testdata/right tells of a tenant; nothing for no name.
func snapshots(t testing.TB, name string) []string {
	t.Helper()
	if name == "" {
		return nil
	}
	files, err := filepath.Glob("testdata/right/" + name + "/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no snapshots of %s: %v", name, err)
	}
	var out []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(data))
	}
	return out
}

// TestRightPlansAtATenant holds plans to pass that fit a tenant.
func TestRightPlansAtATenant(t *testing.T) {
	for _, file := range []string{"retainer-single-line.yaml", "paid-invoice-to-deal.yaml"} {
		if _, found := judged(t, file, rightPlans(t)[file], snapshots(t, "acme")...); len(found) > 0 && found.HasErrors() {
			t.Errorf("%s:\n%s", file, render(found))
		}
	}
}

// compare gives the findings in the form of what is wanted. What a message must name is
// taken over where the finding of the same code names it, so that a difference shows.
func (m mistake) compare(found diag.List) []wanted {
	var got []wanted
	left := slices.Clone(m.want)
	for _, d := range found {
		g := wanted{string(d.Code), strconv.Itoa(d.Line) + ":" + strconv.Itoa(d.Column), d.Pointer, d.Message}
		if g.pointer == "" {
			g.pointer = "/"
		}
		if i := slices.IndexFunc(left, func(w wanted) bool { return w.code == g.code && strings.Contains(d.Message, w.names) }); i >= 0 {
			g.names = left[i].names
			left = slices.Delete(left, i, i+1)
		}
		got = append(got, g)
	}
	return got
}

// placed gives what is wanted with the places of what was found: equal to got when the
// codes and what the messages name are right.
func (m mistake) placed(got []wanted) []wanted {
	if len(m.want) != len(got) {
		return nil
	}
	out := slices.Clone(m.want)
	for i := range out {
		out[i].place, out[i].pointer = got[i].place, got[i].pointer
	}
	return out
}

func lines(of []wanted) []string {
	var out []string
	for _, w := range of {
		out = append(out, w.String())
	}
	return out
}

package mapping_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/mapping"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// hard is a table whose cells try everything that CSV and spreadsheets do to text.
func hard(t *testing.T) *mapping.Table {
	t.Helper()
	texts := []string{
		`say "hi", twice`, "two\nlines", "carriage\rreturn", "windows\r\nline", "\r\n", " spaces ", "", "=1+1", "-5", "@sum", "+64", "007", "1e5", "true",
		"json:1", "json:", "Zoë 株式会社 🚀", "\u2028", `\.`, ";", "\t", "'", "#N/A", "\ufeffmark", "\u0000zero", `"`, ",", "null",
	}
	table := fold(t)
	for i, text := range texts {
		r := mapping.Row{
			Key:   []string{text},
			Value: map[string]any{"Code": text, "SalesDetails": map[string]any{"AccountCode": text, "Extra": text}},
			Label: mapping.Label{From: text, To: text}, Score: i, Reasons: []string{text, text}, Evidence: []mapping.Evidence{{Field: text, From: text}},
		}
		if i%2 == 0 {
			r.Reasons = r.Reasons[:1]
		}
		apply(t, table, mapping.Propose(r, "x"+text, now.Add(time.Duration(i)*time.Millisecond)))
		if i%3 == 0 {
			apply(t, table, mapping.Decide(r, mapping.Approved, "y"+text, now.In(time.FixedZone("", 3600)), text))
			apply(t, table, mapping.Propose(r, "z"+text, now))
		}
		if i%4 == 1 {
			apply(t, table, mapping.Decide(r, mapping.Rejected, "y"+text, now, text))
		}
	}
	for key, v := range map[string]any{
		"number": json.Number("12.50"), "big": json.Number("123456789012345678901234567890"), "bool": true, "list": []any{"a", json.Number("1"), map[string]any{"b": false}},
		"map": map[string]any{"x": map[string]any{"y": "z"}}, "empty map": map[string]any{}, "empty list": []any{},
	} {
		apply(t, table, mapping.Propose(mapping.Row{Key: []string{key}, Value: map[string]any{"Other": v}}, "x", now))
	}
	return table
}

func TestCSVRoundTrip(t *testing.T) {
	table := hard(t)
	var file bytes.Buffer
	if err := table.WriteCSV(&file); err != nil {
		t.Fatal(err)
	}
	lines, found := table.ReadCSV("rows.csv", file.Bytes())
	if found != nil {
		t.Fatal(found.Error())
	}
	var got []mapping.Row
	for _, l := range lines {
		got = append(got, l.Row)
	}
	if diff := cmp.Diff(table.Rows(), got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestCSVGolden(t *testing.T) {
	a, b := row("01t1", "INST", "200"), row("01t2", "=SUM", "")
	b.Value = map[string]any{"Code": "=SUM", "SalesDetails": map[string]any{"AccountCode": "007", "UnitPrice": json.Number("12.50")}}
	a.Label, a.Score, a.Reasons = mapping.Label{From: `Pipe, 12"`, To: "Installation (INST)"}, 970, []string{"same SKU", "same words"}
	table := fold(t, append(approved(a), mapping.Propose(b, "matcher", now))...)
	var got bytes.Buffer
	if err := table.WriteCSV(&got); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "product.csv")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCSVWriteError(t *testing.T) {
	if err := hard(t).WriteCSV(broken{}); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

const header = "from.product,to.Code,to.SalesDetails.AccountCode"

func TestImport(t *testing.T) {
	standing := append(approved(row("01tA", "A", "200")), mapping.Propose(row("01tP", "P", "200"), "matcher", now))
	for name, tt := range map[string]struct {
		file    string
		approve bool
		events  string   // kind key, in order
		found   []string // line severity code
	}{
		"proposed":                 {header + "\n01t1,X,200\n01t2,Y,200\n", false, "proposed 01t1, proposed 01t2", nil},
		"approved":                 {header + "\n01t1,X,200\n", true, "proposed 01t1, approved 01t1", nil},
		"states are not believed":  {header + ",state,by\n01t1,X,200,approved,Eve\n", false, "proposed 01t1", nil},
		"rejected is left out":     {header + ",state\n01t1,X,200,rejected\n01t2,X,200,withdrawn\n", true, "", []string{"2 note mapping-skipped", "3 note mapping-skipped"}},
		"as approved":              {header + "\n01tA,A,200\n", true, "", nil},
		"as it waits":              {header + "\n01tP,P,200\n", false, "", nil},
		"approves what waits":      {header + "\n01tP,P,200\n", true, "approved 01tP", nil},
		"other than what waits":    {header + "\n01tP,Q,200\n", true, "proposed 01tP, approved 01tP", nil},
		"differs from approved":    {header + "\n01tA,B,200\n", false, "proposed 01tA", []string{"2 warning mapping-conflict"}},
		"would replace approved":   {header + "\n01tA,B,200\n01t1,X,200\n", true, "proposed 01t1, approved 01t1", []string{"2 error mapping-conflict"}},
		"key twice":                {header + "\n01t1,X,200\n01t2,Y,200\n01t1,Z,200\n", false, "proposed 01t1, proposed 01t2", []string{"4 error mapping-twice"}},
		"export with both":         {header + ",state\n01t1,X,200,approved\n01t1,Z,200,proposed\n", false, "proposed 01t1", nil},
		"export, other order":      {header + ",state\n01t1,X,200,proposed\n01t1,Z,200,approved\n", false, "proposed 01t1", nil},
		"semicolons":               {"from.product;to.Code;to.SalesDetails.AccountCode\n01t1;X;200\n", false, "proposed 01t1", nil},
		"tabs and Windows":         {"\ufefffrom.product\tto.Code\tto.SalesDetails.AccountCode\r\n01t1\tX\t200\r\n", false, "proposed 01t1", nil},
		"lines within cells count": {header + "\n\"01t1\nb\",X,200\n01t2,,200\n", false, "proposed 01t1\nb", []string{"4 error mapping-row"}},
		"other columns' order":     {"to.SalesDetails.AccountCode,from.product,to.Code\n200,01t1,X\n", false, "proposed 01t1", nil},
		"further fields":           {header + ",to.Name\n01t1,X,200,N\n", false, "proposed 01t1", nil},
		"empty lines":              {header + "\n\n01t1,X,200\n\n", false, "proposed 01t1", nil},
		"empty file":               {"", false, "", []string{"0 error csv-file"}},
		"not UTF-8":                {header + "\n01t1,\xff,200\n", false, "", []string{"0 error csv-file"}},
		"unknown column":           {header + ",surprise\n01t1,X,200,1\n", false, "", []string{"1 error csv-column"}},
		"column twice":             {header + ",to.Code\n01t1,X,200,1\n", false, "", []string{"1 error csv-column"}},
		"column without field":     {header + ",to.\n01t1,X,200,1\n", false, "", []string{"1 error csv-column"}},
		"no key column":            {"to.Code\nX\n", false, "", []string{"1 error csv-column"}},
		"no target column":         {"from.product\n01t1\n", false, "", []string{"1 error csv-column"}},
		"missing field":            {header + "\n01t1,X,\n", false, "", []string{"2 error mapping-row"}},
		"field with empty text":    {header + "\n01t1,X,\"json:\"\"\"\"\"\n", false, "", []string{"2 error mapping-row"}},
		"no value at all":          {header + "\n01t1,,\n", false, "", []string{"2 error mapping-row"}},
		"too few cells":            {header + "\n01t1,X\n01t2,Y,200\n", false, "proposed 01t2", []string{"2 error csv-cells"}},
		"bad JSON":                 {header + "\n01t1,json:{,200\n01t1,json:1 2,200\n01t1,json:null,200\n", false, "", []string{"2 error csv-cell", "3 error csv-cell", "4 error csv-cell"}},
		"JSON key not text":        {header + "\njson:1,X,200\n", false, "", []string{"2 error csv-cell"}},
		"bad quotes":               {header + "\n01t1,X,200\n01t2,\"Y,200\n01t3,Z,200\n", false, "proposed 01t1", []string{"3 error csv-syntax"}},
		"bad state, score, time": {
			header + ",state,score,at,version,reasons,evidence\n01t1,X,200,maybe,high,yesterday,-1,,\n01t1,X,200,,1001,,,json:{},text\n", false, "",
			[]string{"2 error csv-cell", "2 error csv-cell", "2 error csv-cell", "2 error csv-cell", "3 error csv-cell", "3 error csv-cell", "3 error csv-cell"},
		},
		"columns that overlap": {header + ",to.Code.Part\n01t1,X,200,1\n", false, "", []string{"2 error csv-cell"}},
		"and in other order":   {"from.product,to.Code.Part,to.Code,to.SalesDetails.AccountCode\n01t1,1,X,200\n", false, "", []string{"2 error csv-cell"}},
	} {
		t.Run(name, func(t *testing.T) {
			table := fold(t, standing...)
			before := table.Rows()
			events, found := table.Import([]byte(tt.file), mapping.Import{File: "f.csv", By: "Ana", At: now, Approve: tt.approve})
			if diff := cmp.Diff(before, table.Rows()); diff != "" {
				t.Errorf("importing changed the table:\n%s", diff)
			}
			apply(t, table, events...)
			var got []string
			for _, e := range events {
				if e.By != "Ana" || !e.At.Equal(now) {
					t.Errorf("%s of %v by %q at %v", e.Kind, e.Key, e.By, e.At)
				}
				got = append(got, string(e.Kind)+" "+strings.Join(e.Key, "/"))
			}
			if diff := cmp.Diff(tt.events, strings.Join(got, ", ")); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.found, places(found)); diff != "" {
				t.Errorf("findings (-want +got):\n%s\n%s", diff, found.Error())
			}
		})
	}
}

func places(found diag.List) []string {
	var out []string
	for _, d := range found {
		out = append(out, strings.Join([]string{json.Number(itoa(d.Line)).String(), string(d.Severity), string(d.Code)}, " "))
	}
	return out
}

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

func TestImportByNobody(t *testing.T) {
	events, found := fold(t).Import([]byte(header+"\n01t1,X,200\n"), mapping.Import{By: "\t"})
	if len(events) > 0 || !found.HasErrors() {
		t.Errorf("got %v, %v", events, found)
	}
}

func TestImportBounds(t *testing.T) {
	for name, file := range map[string]string{
		"bytes":    strings.Repeat("x", 16<<20+1),
		"rows":     header + strings.Repeat("\na,b,c", 50_001),
		"findings": header + strings.Repeat("\na", 1_000),
	} {
		_, found := fold(t).Import([]byte(file), mapping.Import{By: "Ana"})
		if !found.HasErrors() || len(found) > 201 {
			t.Errorf("%s: %d findings", name, len(found))
		}
	}
}

// FuzzCSV holds that whatever can be read can be written and read again without loss, and
// that importing it gives events that the table takes.
func FuzzCSV(f *testing.F) {
	f.Add([]byte(header + "\n01t1,X,200\n"))
	f.Add([]byte(header + ",state,score,reasons,evidence,at\n\"a\nb\",\"json:\"\"\\r\"\"\",json:1.50,approved,3,why,\"json:[{\"\"field\"\":\"\"a\"\"}]\",2026-11-22T10:08:01+01:00\n"))
	f.Add([]byte("from.product;to.Code.A;to.Code.B\n;=1;json:[true]\n;a;b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table := fold(t)
		lines, _ := table.ReadCSV("f.csv", data)
		var want []mapping.Row
		for _, l := range lines {
			if err := table.Apply(mapping.Propose(l.Row, "Ana", now)); err != nil {
				t.Fatalf("line %d: %v", l.Line, err)
			}
		}
		want = table.Rows()
		var file bytes.Buffer
		if err := table.WriteCSV(&file); err != nil {
			t.Fatal(err)
		}
		again, found := table.ReadCSV("f.csv", file.Bytes())
		if found != nil {
			t.Fatalf("%s\nin\n%s", found.Error(), file.String())
		}
		var got []mapping.Row
		for _, l := range again {
			got = append(got, l.Row)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s\nin\n%s", diff, file.String())
		}
		fresh := fold(t)
		events, _ := fresh.Import(data, mapping.Import{By: "Ana", At: now, Approve: true})
		for _, e := range events {
			if err := fresh.Apply(e); err != nil {
				t.Fatal(err)
			}
		}
	})
}

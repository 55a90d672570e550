package specs_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden prints each embedded API as the catalog understands it: what a reviewer of
// a spec or an overlay wants to see change, and nothing else.
func TestGolden(t *testing.T) {
	c := open(t, specs.Embedded())
	for _, api := range specs.Names() {
		t.Run(api, func(t *testing.T) {
			var b strings.Builder
			for _, o := range c.Operations(api) {
				printOperation(&b, o)
			}
			a, _ := c.API(api)
			for _, g := range slices.Sorted(maps.Keys(a.Gates)) {
				fmt.Fprintf(&b, "gate %s: %s\n", g, a.Gates[g])
			}
			for _, s := range slices.Sorted(maps.Keys(a.Auth.Known)) {
				fmt.Fprintf(&b, "scope %s: %s\n", s, a.Auth.Known[s])
			}
			for _, name := range slices.Sorted(maps.Keys(a.Entities)) {
				printEntity(&b, a.Entities[name])
			}
			for _, name := range c.Objects(api) {
				o, _ := c.Object(name)
				printObject(&b, o)
			}
			path := filepath.Join("testdata", api+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("the catalog of %s changed; if that is meant, run with -update (-golden +now):\n%s", api, diff)
			}
		})
	}
}

func printOperation(b *strings.Builder, o *catalog.Operation) {
	fmt.Fprintf(b, "operation %s: %s %s\n  %s %s\n", o.ID, o.Method, o.Path, o.Effect, o.Entity)
	for _, p := range o.Params {
		need := ""
		if p.Required {
			need = " required"
		}
		fmt.Fprintf(b, "  %s %s: %s%s\n", p.In, p.Name, p.Type, need)
	}
	for _, body := range []struct {
		word string
		body *catalog.Body
	}{{"sends", o.Request}, {"answers", o.Response}} {
		if x := body.body; x != nil {
			many := ""
			if x.Many {
				many = " list"
			}
			fmt.Fprintf(b, "  %s %s%s %s\n", body.word, x.Type, many, x.Envelope)
		}
	}
	if r := o.Repeat; r != nil {
		fmt.Fprintf(b, "  repeat %s %s late %s window %s %s %q %s %q", r.Way, r.Key, r.Late, r.Window, r.Header, r.Duplicate, r.Status, r.Dead)
		if r.Lookup != nil {
			fmt.Fprintf(b, " by %s %s%s", r.Lookup.Operation, r.Lookup.Param, r.Lookup.Filter)
		}
		b.WriteString("\n")
	}
	if o.Query != nil {
		fmt.Fprintf(b, "  query %+v\n", *o.Query)
	}
	if o.Paging != nil {
		fmt.Fprintf(b, "  paging %s\n", asJSON(o.Paging))
	}
	if o.Money != nil {
		text, _ := json.Marshal(o.Money)
		fmt.Fprintf(b, "  sum %s\n", text)
	}
	fmt.Fprintf(b, "  fixed %v scopes %v gates %v batch %d select %q absent on 404 %v\n", o.Fixed, o.Scopes, o.Gates, o.Batch, o.Select, o.Absent)
}

func printEntity(b *strings.Builder, e catalog.Entity) {
	fmt.Fprintf(b, "entity %s: get %q list %q create %q update %q live %v match %v words %q\n", e.Object, e.Get, e.List, e.Create, e.Update, e.Live, e.Match, e.Words)
	for _, f := range slices.Sorted(maps.Keys(e.Find)) {
		fmt.Fprintf(b, "  find %s: %s %s%s\n", f, e.Find[f].Operation, e.Find[f].Param, e.Find[f].Filter)
	}
}

func printObject(b *strings.Builder, o *schema.Object) {
	fmt.Fprintf(b, "object %s key %q natural %q\n", o.Name, o.Key, o.Natural)
	if l := o.Lifecycle; l != nil {
		fmt.Fprintf(b, "  lifecycle %s: new %v", l.Field, l.Create)
		for _, from := range slices.Sorted(maps.Keys(l.Moves)) {
			fmt.Fprintf(b, ", %s to %v", from, l.Moves[from])
		}
		b.WriteString("\n")
	}
	for _, f := range o.Fields {
		fmt.Fprintf(b, "  %s: %s", f.Name, f.Type)
		if f.Type.Wire != "" {
			fmt.Fprintf(b, " as %s", f.Type.Wire)
		}
		if f.Type.MaxLength > 0 {
			fmt.Fprintf(b, " up to %d", f.Type.MaxLength)
		}
		if f.Type.Precision > 0 {
			fmt.Fprintf(b, " %d,%d", f.Type.Precision, f.Type.Scale)
		}
		if len(f.Type.Enum) > 0 {
			fmt.Fprintf(b, " of %s", strings.Join(f.Type.Enum, " "))
		}
		for _, m := range []struct {
			word string
			on   bool
		}{
			{"read-only", f.ReadOnly}, {"write-only", f.WriteOnly}, {"required", f.RequiredOnCreate}, {"always", f.Always}, {"money", f.Money},
		} {
			if m.on {
				b.WriteString(", " + m.word)
			}
		}
		b.WriteString("\n")
	}
}

// asJSON prints what mostly stays empty by its set members alone.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

package eval

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/planwright/planwright/internal/diag"
)

// embedded are the cases that come with the program: goals in cases/plan, runs with faults
// in cases/run, pairs in cases/mapping, and the scenes that cases name.
//
//go:embed cases
var embedded embed.FS

// Scenes are the scenes that cases may name. The map is made once and must not be changed.
var Scenes = sync.OnceValue(func() map[string]Scene {
	out := map[string]Scene{}
	names, err := fs.Glob(embedded, "cases/scenes/*.json")
	if err != nil {
		panic(err) // unreachable: the pattern is fixed
	}
	for _, name := range names {
		data, err := embedded.ReadFile(name)
		if err != nil {
			panic(err) // unreachable: the file was just listed
		}
		var s Scene
		if _, err := strictly(data, &s); err != nil {
			panic(fmt.Sprintf("eval: %s: %v", name, err)) // unreachable: tested
		}
		out[strings.TrimSuffix(path.Base(name), ".json")] = s
	}
	return out
})

// PlanCases are the goals that come with the program.
func PlanCases() ([]Case, error) {
	cases, found := LoadDir(sub("cases/plan"), "plan")
	return cases, found.Err()
}

// RunCases are the runs that come with the program.
func RunCases() ([]Case, error) {
	cases, found := LoadDir(sub("cases/run"), "run")
	for i := range cases {
		cases[i].Once = true
	}
	return cases, found.Err()
}

// EmbeddedPairs are the labelled pairs that come with the program.
func EmbeddedPairs() ([]Pairs, error) {
	pairs, found := LoadPairs(sub("cases/mapping"))
	return pairs, found.Err()
}

func sub(dir string) fs.FS {
	suite, err := fs.Sub(embedded, dir)
	if err != nil {
		panic(err) // unreachable: the folder is fixed
	}
	return suite
}

// LoadDir reads every case of a folder: files of JSON lines (.jsonl), and archives
// (.txtar), whose id is their path. Ids are unique within the folder; family is what cases
// of archives at its top are grouped under.
func LoadDir(dir fs.FS, family string) (out []Case, found diag.List) {
	names, err := files(dir, ".jsonl", ".txtar")
	if err != nil {
		return nil, diag.List{errInvalid("", 0, 0, "read suite: "+err.Error())}
	}
	if len(names) == 0 {
		return nil, diag.List{errInvalid("", 0, 0, "the suite holds neither .jsonl nor .txtar files")}
	}
	where := map[string]string{}
	for _, name := range names {
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			found = append(found, errInvalid(name, 0, 0, err.Error()))
			continue
		}
		cases, more := load(name, family, data)
		found = append(found, more...)
		for _, c := range cases {
			if first, twice := where[c.ID]; twice {
				found = append(found, errInvalid(name, 0, 0, fmt.Sprintf("id %q is also in %s", c.ID, first)))
			}
			where[c.ID] = name
		}
		out = append(out, cases...)
	}
	return out, found.Sorted()
}

func load(name, family string, data []byte) ([]Case, diag.List) {
	if path.Ext(name) == ".jsonl" {
		return ParseLines(name, data)
	}
	id := strings.TrimSuffix(name, ".txtar")
	if !strings.Contains(id, "/") {
		id = family + "/" + id
	}
	c, found := ParseArchive(name, id, data)
	return []Case{c}, found
}

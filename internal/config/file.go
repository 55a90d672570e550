package config

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/internal/diag"
)

// maxFile bounds both the settings file and a key file.
const maxFile = 64 << 10

// place is where something stands in the settings file, from 1; zero is nowhere.
type place struct{ line, column int }

// written is one value of the file.
type written struct {
	text  string
	place place
}

// readFile reads the settings file. No file is no settings.
func readFile(dir string) (map[string]written, diag.List) {
	if dir == "" {
		return nil, nil
	}
	data, err := readBounded(filepath.Join(dir, FileName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, diag.List{unreadable(err)}
	}
	var doc, second yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil // empty, or comments only
	case err != nil:
		return nil, diag.List{broken(err)}
	}
	r := &fileReader{values: map[string]written{}}
	r.section("", doc.Content[0])
	if !errors.Is(d.Decode(&second), io.EOF) {
		r.found = append(r.found, shape("", at(&second), "the file holds more than one document"))
	}
	return r.values, r.found
}

// readBounded reads a small file. Errors name the cause without the path, which the caller
// knows, or nothing of the contents.
func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errors.New("it has more than 64 kB")
	}
	return data, err
}

var yamlError = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?(.*)$`)

func broken(err error) diag.Diagnostic {
	line, message := 1, err.Error()
	if m := yamlError.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1]) // no line means the first
		line, message = max(line, 1), m[2]
	}
	return syntax(place{line, 1}, message)
}

// fileReader collects the scalars of the file by their keys.
type fileReader struct {
	values map[string]written
	found  diag.List
}

func (r *fileReader) section(prefix string, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return // a section with nothing in it, or with comments only
	}
	if n.Kind != yaml.MappingNode {
		r.found = append(r.found, shape(prefix, at(n), "a map of settings belongs here"))
		return
	}
	known := children(prefix)
	var seen []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		key := strings.TrimPrefix(prefix+"."+k.Value, ".")
		switch {
		case slices.Contains(seen, k.Value):
			r.found = append(r.found, shape(key, at(k), "the key stands twice"))
		case key == "model.key":
			r.found = append(r.found, secretInFile(at(k)))
		case !slices.Contains(known, k.Value):
			r.found = append(r.found, unknownKey(key, at(k), diag.DidYouMean(k.Value, known)))
		case prefix == "":
			r.section(key, v)
		default:
			r.value(key, v)
		}
		seen = append(seen, k.Value)
	}
}

func (r *fileReader) value(key string, v *yaml.Node) {
	switch {
	case v.Kind == yaml.ScalarNode && v.Tag == "!!null":
		// A key without a value is as good as no key.
	case v.Kind == yaml.ScalarNode:
		r.values[key] = written{v.Value, at(v)}
	case v.Kind == yaml.SequenceNode && !slices.ContainsFunc(v.Content, func(n *yaml.Node) bool { return n.Kind != yaml.ScalarNode }):
		var words []string
		for _, n := range v.Content {
			words = append(words, n.Value)
		}
		r.values[key] = written{strings.Join(words, ","), at(v)}
	default:
		r.found = append(r.found, shape(key, at(v), "a plain value belongs here"))
	}
}

func at(n *yaml.Node) place { return place{n.Line, n.Column} }

// children returns the keys that may stand in a section.
func children(prefix string) (out []string) {
	for _, row := range settings() {
		section, key, _ := strings.Cut(row.Key, ".")
		switch {
		case prefix == "" && !slices.Contains(out, section):
			out = append(out, section)
		case prefix == section && !row.Secret:
			out = append(out, key)
		}
	}
	return out
}

// readKeyFile fetches the key when only its file is named.
func (c *Config) readKeyFile(dir string) diag.List {
	if c.Model.KeyFile == "" || !c.Model.Key.IsZero() || c.Model.Provider == None {
		return nil
	}
	path := c.Model.KeyFile
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	data, err := readBounded(path)
	if err != nil {
		return diag.List{badKeyFile(err)}
	}
	key := strings.TrimSpace(string(data))
	if key == "" {
		return diag.List{badKeyFile(errors.New("it is empty"))}
	}
	if err := header(key); err != nil {
		return diag.List{badKeyFile(err)}
	}
	c.Model.Key = llm.NewSecret(key)
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return diag.List{openKeyFile(path)}
	}
	return nil
}

package app

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/specs/catalog"
)

const (
	// maxKept is how many earlier versions of one spec are kept.
	maxKept = 5
	// maxKeptBytes bounds what one of them may unpack to.
	maxKeptBytes = 256 << 20
	keptSuffix   = ".json.gz"
)

// kept is one replaced version as it is stored: gzip round this, as JSON. The file is called
// NAME-SPEC-OVERLAY, with the beginnings of the two digests.
type kept struct {
	Name    string `json:"name"`
	Spec    []byte `json:"spec"`
	Overlay []byte `json:"overlay,omitempty"`
}

// keepSpec stores a version that is about to be replaced, to be compared with later. The newest
// of a name stay.
func (a *App) keepSpec(src catalog.Source) error {
	spec, overlay := src.Digests()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := errors.Join(json.NewEncoder(z).Encode(kept{Name: src.Name, Spec: src.Spec, Overlay: src.Overlay}), z.Close()); err != nil {
		return fmt.Errorf("keep spec %s: %w", src.Name, err) // unreachable: the bytes go to memory
	}
	file := src.Name + "-" + shortDigest(spec) + "-" + shortDigest(overlay) + keptSuffix
	if err := writeFile(a.path("kept", file), b.Bytes()); err != nil {
		return err
	}
	files, err := a.keptFiles(src.Name + "-")
	for _, old := range files[min(len(files), maxKept):] {
		err = errors.Join(err, os.Remove(a.path("kept", old)))
	}
	return err
}

// shortDigest is enough of a digest to tell versions apart, "none" for none.
func shortDigest(digest string) string {
	_, hex, ok := strings.Cut(digest, ":")
	if !ok {
		return "none"
	}
	return hex[:min(len(hex), 16)]
}

// keptFiles lists the kept versions whose file begins with the prefix, the newest first.
func (a *App) keptFiles(prefix string) ([]string, error) {
	entries, err := os.ReadDir(a.path("kept"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	type file struct {
		name string
		at   time.Time
	}
	var files []file
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), prefix) && strings.HasSuffix(e.Name(), keptSuffix) {
			files = append(files, file{e.Name(), info.ModTime()})
		}
	}
	slices.SortFunc(files, func(x, y file) int { return cmp.Or(y.at.Compare(x.at), strings.Compare(x.name, y.name)) })
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = f.name
	}
	return out, err
}

// keptSource returns the newest kept version whose spec has the digest, of which the first
// hex digits suffice.
func (a *App) keptSource(digest string) (catalog.Source, bool, error) {
	_, hex, _ := strings.Cut(digest, ":")
	if len(hex) < 8 {
		return catalog.Source{}, false, nil
	}
	files, err := a.keptFiles("")
	if err != nil {
		return catalog.Source{}, false, err
	}
	for _, name := range files {
		if _, rest, _ := strings.Cut(name, "-"); strings.HasPrefix(rest, hex[:min(len(hex), 16)]) {
			src, err := a.unpack(name)
			return src, err == nil, err
		}
	}
	return catalog.Source{}, false, nil
}

func (a *App) unpack(name string) (catalog.Source, error) {
	f, err := os.Open(a.path("kept", name))
	if err != nil {
		return catalog.Source{}, err
	}
	defer f.Close()
	var k kept
	z, err := gzip.NewReader(f)
	if err == nil {
		err = json.NewDecoder(io.LimitReader(z, maxKeptBytes)).Decode(&k)
	}
	if err != nil {
		return catalog.Source{}, problem(fmt.Errorf("read kept spec %s: it is damaged", name), "delete the file; nothing depends on it")
	}
	return catalog.Source{Name: k.Name, Spec: k.Spec, Overlay: k.Overlay}, nil
}

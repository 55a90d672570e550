package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/connection"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/openapi"
	"github.com/planwright/planwright/specs/schema"
)

var specName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// Catalog opens the known specs under their overlays, once. Diagnostics that are no
// errors are logged.
func (a *App) Catalog() (*catalog.Catalog, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.catalog != nil {
		return a.catalog, nil
	}
	sources, err := a.sources()
	if err != nil {
		return nil, err
	}
	cat, err := a.cfg.Shared.catalogOf(sources, func() (*catalog.Catalog, error) {
		cat, found := catalog.Open(a.path("cache"), sources)
		for _, d := range found {
			a.cfg.Log.Debug("spec", "code", d.Code, "err", d.Message)
		}
		return cat, found.Err()
	})
	if err != nil {
		return nil, err
	}
	a.catalog = cat
	return cat, nil
}

// sources are the embedded specs, with those the user added in their place or beside them.
func (a *App) sources() ([]catalog.Source, error) {
	sources := specs.Embedded()
	entries, err := os.ReadDir(a.path("specs"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, problem(fmt.Errorf("open data folder: %w", err), "choose another folder with --data")
	}
	for _, e := range entries {
		if !specName.MatchString(e.Name()) || e.IsDir() {
			continue
		}
		data, err := os.ReadFile(a.path("specs", e.Name()))
		if err != nil {
			return nil, err
		}
		overlay, err := os.ReadFile(a.path("specs", e.Name()+overlaySuffix))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		i := slices.IndexFunc(sources, func(s catalog.Source) bool { return s.Name == e.Name() })
		if i < 0 {
			sources = append(sources, catalog.Source{Name: e.Name(), Spec: data, Overlay: overlay})
			continue
		}
		sources[i].Spec, sources[i].Embedded = data, false
		if overlay != nil {
			sources[i].Overlay = overlay
		}
	}
	return sources, nil
}

// overlaySuffix is put behind an added spec's name for the overlay it was added with. No spec
// can be called so.
const overlaySuffix = ".overlay"

// SpecInfo describes one known spec.
type SpecInfo struct {
	Name       string `json:"name"`
	Title      string `json:"title"`
	Version    string `json:"version"`
	Digest     string `json:"digest"`
	Overlay    string `json:"overlay,omitempty"`
	Embedded   bool   `json:"embedded"`
	Operations int    `json:"operations"`
	Objects    int    `json:"objects"`
	// Drift is what changed against the version that was replaced; nil when nothing did.
	Drift *Drift `json:"drift,omitempty"`
}

// Specs lists the known specs.
func (a *App) Specs() ([]SpecInfo, error) {
	cat, err := a.Catalog()
	if err != nil {
		return nil, err
	}
	var out []SpecInfo
	for _, api := range cat.APIs() {
		out = append(out, SpecInfo{
			Name: api.Name, Title: api.Title, Version: api.Version, Digest: api.SpecDigest, Overlay: api.OverlayDigest,
			Embedded: api.Embedded, Operations: len(cat.Operations(api.Name)), Objects: len(cat.Objects(api.Name)),
		})
	}
	return out, nil
}

// NewSpec is a spec to add: where it came from, what it is to be called, and its bytes. A
// nil Overlay leaves the one that the name has, an empty one takes that away.
type NewSpec struct {
	File, Name    string
	Data, Overlay []byte
}

// AddSpec takes a spec into the data folder under a name. An embedded spec of that name is
// replaced; its overlay goes on applying unless another is given. What was replaced is kept to
// compare with. A spec or an overlay that cannot be used changes nothing.
func (a *App) AddSpec(n NewSpec) (SpecInfo, diag.List, error) {
	if !specName.MatchString(n.Name) {
		return SpecInfo{}, nil, problem(fmt.Errorf("add spec: %q is not a name", n.Name),
			"use lower-case letters, digits and underscores, such as --name parcel")
	}
	before, had, err := a.source(n.Name)
	if err != nil {
		return SpecInfo{}, nil, err
	}
	src := catalog.Source{Name: n.Name, Spec: n.Data, Overlay: n.Overlay}
	if n.Overlay == nil {
		src.Overlay = before.Overlay
	}
	old, _ := a.Catalog() // where what is known is damaged, adding may be the way to mend it
	now, found := catalog.Open(a.path("cache"), []catalog.Source{src})
	for k := range found {
		if found[k].File == n.Name {
			found[k].File = n.File
		}
	}
	if found.HasErrors() {
		return SpecInfo{}, found, nil
	}
	found = append(found, openapi.Judgeable(n.File, n.Data)...)
	if had {
		if err := a.keepSpec(before); err != nil {
			return SpecInfo{}, found, err
		}
	}
	if err := a.store(n); err != nil {
		return SpecInfo{}, found, err
	}
	all, err := a.Specs()
	if err != nil {
		return SpecInfo{}, found, err
	}
	for _, s := range all {
		if s.Name == n.Name {
			if had && old != nil {
				s.Drift = a.driftOf(old, now, n.Name)
			}
			return s, found, nil
		}
	}
	return SpecInfo{}, found, fmt.Errorf("add spec %s: not in the catalog afterwards", n.Name)
}

// source returns the source of that name as it is known now.
func (a *App) source(name string) (catalog.Source, bool, error) {
	sources, err := a.sources()
	if err != nil {
		return catalog.Source{}, false, err
	}
	i := slices.IndexFunc(sources, func(s catalog.Source) bool { return s.Name == name })
	if i < 0 {
		return catalog.Source{}, false, nil
	}
	return sources[i], true, nil
}

// store writes a new spec, and its overlay first: one without the other is caught when the
// catalog is opened, by what the overlay aims at.
func (a *App) store(n NewSpec) error {
	var err error
	switch overlay := a.path("specs", n.Name+overlaySuffix); {
	case len(n.Overlay) > 0:
		err = writeFile(overlay, n.Overlay)
	case n.Overlay != nil:
		if err = os.Remove(overlay); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err == nil {
		err = writeFile(a.path("specs", n.Name), n.Data)
	}
	a.mu.Lock()
	a.catalog = nil
	a.mu.Unlock()
	return err
}

// RemoveSpec takes an added spec away with its overlay; an embedded one of that name is used
// again.
func (a *App) RemoveSpec(name string) error {
	err := os.Remove(a.path("specs", name))
	if errors.Is(err, fs.ErrNotExist) || !specName.MatchString(name) {
		return problem(fmt.Errorf("remove spec %s: it was not added", name), "planwright spec list")
	}
	if gone := os.Remove(a.path("specs", name+overlaySuffix)); err == nil && !errors.Is(gone, fs.ErrNotExist) {
		err = gone
	}
	a.mu.Lock()
	a.catalog = nil
	a.mu.Unlock()
	return err
}

// writeFile replaces a file whole or not at all.
func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// SpecView is one API, one of its operations, or one of its objects.
type SpecView struct {
	API        *catalog.API         `json:"api,omitempty"`
	Operations []*catalog.Operation `json:"operations,omitempty"`
	Operation  *catalog.Operation   `json:"operation,omitempty"`
	// Gates says in a sentence what the gates of the API's operations mean.
	Gates  map[string]string `json:"gates,omitempty"`
	Object *schema.Object    `json:"object,omitempty"`
}

// ShowSpec looks up "xero", "xero.createInvoices" or "xero.Invoice".
func (a *App) ShowSpec(name string) (SpecView, error) {
	cat, err := a.Catalog()
	if err != nil {
		return SpecView{}, err
	}
	if api, ok := cat.API(name); ok {
		return SpecView{API: api, Operations: cat.Operations(name)}, nil
	}
	if op, ok := cat.Operation(name); ok {
		api, _ := cat.API(op.API)
		return SpecView{Operation: op, Gates: api.Gates}, nil
	}
	if obj, ok := cat.Object(name); ok {
		return SpecView{Object: obj}, nil
	}
	return SpecView{}, problem(fmt.Errorf("show %s: no API, operation or object of that name", name), "planwright spec search "+name)
}

// Download fetches a description that somebody publishes, as far as it could be read.
func (a *App) Download(ctx context.Context, address string, allowPrivate bool) ([]byte, error) {
	data, err := connection.Download(ctx, a.cfg.HTTP, address, int64(openapi.DefaultLimits().Bytes), allowPrivate)
	switch {
	case errors.Is(err, connection.ErrPrivate):
		return nil, problem(err, "add --allow-private if that is meant")
	case err != nil:
		return nil, problem(err, "fetch it yourself and add the file")
	}
	return data, nil
}

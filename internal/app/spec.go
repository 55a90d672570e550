package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/planwright/planwright/internal/diag"
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
	cat, found := catalog.Open(a.path("cache"), sources)
	if err := found.Err(); err != nil {
		return nil, err
	}
	for _, d := range found {
		a.cfg.Log.Debug("spec", "code", d.Code, "err", d.Message)
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
		if !specName.MatchString(e.Name()) {
			continue
		}
		data, err := os.ReadFile(a.path("specs", e.Name()))
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(sources, func(s catalog.Source) bool { return s.Name == e.Name() })
		if i < 0 {
			sources = append(sources, catalog.Source{Name: e.Name(), Spec: data})
			continue
		}
		sources[i].Spec, sources[i].Embedded = data, false
	}
	return sources, nil
}

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

// AddSpec takes a spec into the data folder under a name. An embedded spec of that name is
// replaced; its overlay goes on applying. A spec that cannot be used changes nothing.
func (a *App) AddSpec(file, name string, data []byte) (SpecInfo, diag.List, error) {
	if !specName.MatchString(name) {
		return SpecInfo{}, nil, problem(fmt.Errorf("add spec: %q is not a name", name),
			"use lower-case letters, digits and underscores: --name xero")
	}
	sources := specs.Embedded()
	i := slices.IndexFunc(sources, func(s catalog.Source) bool { return s.Name == name })
	src := catalog.Source{Name: name, Spec: data}
	if i >= 0 {
		src.Overlay = sources[i].Overlay
	}
	_, found := catalog.Open(a.path("cache"), []catalog.Source{src})
	for k := range found {
		if found[k].File == name {
			found[k].File = file
		}
	}
	if found.HasErrors() {
		return SpecInfo{}, found, nil
	}
	found = append(found, openapi.Judgeable(file, data)...)
	if err := writeFile(a.path("specs", name), data); err != nil {
		return SpecInfo{}, found, err
	}
	a.mu.Lock()
	a.catalog = nil
	a.mu.Unlock()
	all, err := a.Specs()
	if err != nil {
		return SpecInfo{}, found, err
	}
	for _, s := range all {
		if s.Name == name {
			return s, found, nil
		}
	}
	return SpecInfo{}, found, fmt.Errorf("add spec %s: not in the catalog afterwards", name)
}

// RemoveSpec takes an added spec away; an embedded one of that name is used again.
func (a *App) RemoveSpec(name string) error {
	err := os.Remove(a.path("specs", name))
	if errors.Is(err, fs.ErrNotExist) || !specName.MatchString(name) {
		return problem(fmt.Errorf("remove spec %s: it was not added", name), "planwright spec list")
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
	Object     *schema.Object       `json:"object,omitempty"`
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
		return SpecView{Operation: op}, nil
	}
	if obj, ok := cat.Object(name); ok {
		return SpecView{Object: obj}, nil
	}
	return SpecView{}, problem(fmt.Errorf("show %s: no API, operation or object of that name", name), "planwright spec search "+name)
}

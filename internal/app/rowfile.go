package app

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"slices"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/mapping"
)

// ImportRows takes rows from CSV as proposals; with approve, that person approves them all.
func (a *App) ImportRows(ctx context.Context, ref, m, file string, data []byte, approve string) (int, diag.List, error) {
	l, name, err := a.proposed(ref)
	if err != nil {
		return 0, nil, err
	}
	var n int
	var found diag.List
	err = l.deciding(ctx, func(read lists) (err error) {
		n, found, err = l.importRows(ctx, read, name, m, file, data, approve)
		return err
	})
	return n, found, err
}

// importRows is ImportRows with what was read so far. l.mu is held.
func (l *live) importRows(ctx context.Context, read lists, name, m, file string, data []byte, approve string) (int, diag.List, error) {
	table, err := l.table(name, m, nil)
	if err != nil {
		return 0, nil, err
	}
	o := mapping.Import{File: file, By: "import", At: l.app.cfg.Now(), Approve: approve != ""}
	if approve != "" {
		o.By = approve
	}
	events, found := table.Import(data, o)
	if found.HasErrors() {
		return 0, found, nil
	}
	counted := mapping.Proposed
	if approve != "" {
		counted = mapping.Approved
		if err := l.confirm(read, table, events); err != nil {
			return 0, found, err
		}
	}
	n := 0
	for _, e := range events {
		if e.Kind == counted {
			n++
		}
	}
	return n, found, l.add(ctx, name, m, events)
}

// ExportRows writes all rows as CSV.
func (a *App) ExportRows(_ context.Context, ref, m string, w io.Writer) error {
	l, name, err := a.proposed(ref)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	table, err := l.table(name, m, nil)
	if err != nil {
		return err
	}
	var rows bytes.Buffer
	if err := table.WriteCSV(&rows); err != nil {
		return err
	}
	head, err := csv.NewReader(bytes.NewReader(rows.Bytes())).Read()
	if err != nil {
		return err
	}
	if _, err := rows.WriteTo(w); err != nil {
		return err
	}
	// Keys that wait for a decision, to be filled in.
	out := csv.NewWriter(w)
	waiting, err := l.mappings(name)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(waiting, func(v MappingView) bool { return v.Name == m })
	for _, k := range waiting[i].Open {
		if k.Runs == 0 {
			continue
		}
		line := make([]string, len(head))
		for i, col := range head {
			for j, in := range table.From {
				if col == "from."+in.Name {
					line[i] = k.Key[j]
				}
			}
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

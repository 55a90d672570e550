package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// full makes a journal of which most is pruned.
func full(t *testing.T) (string, Head) {
	t.Helper()
	path := file(t)
	j := open(t, path, nil)
	var prune []Pruning
	for n := range 60 {
		s := fmt.Sprint("run/", n)
		b := one(s, strings.Repeat("x", 20_000))
		b.Claims, b.Set = []string{s}, []Pair{{s, []byte("v")}}
		commit(t, j, b)
		prune = append(prune, Pruning{Stream: s, Kinds: []string{b.Entries[0].Kind}})
	}
	commit(t, j, Batch{Prune: prune})
	head, err := j.Grow(t.Context(), &Tree{})
	if err := errors.Join(err, j.Close()); err != nil {
		t.Fatal(err)
	}
	return path, head
}

// TestCompact rewrites a journal: everything that counts is there, and less of the rest.
func TestCompact(t *testing.T) {
	path, head := full(t)
	got, err := Compact(t.Context(), path, Options{Now: clock()})
	if err != nil || got.After*2 > got.Before {
		t.Fatalf("%+v, %v", got, err)
	}
	j := open(t, path, nil)
	report, err := j.Verify(t.Context(), head)
	if err != nil || report.Entries != 120 || report.Pruned != 60 {
		t.Errorf("%+v, %v", report, err)
	}
	if v, ok, err := j.Get("run/7"); string(v) != "v" || !ok || err != nil {
		t.Errorf("pair: %q %v %v", v, ok, err)
	}
	commit(t, j, one("run/7", "goes on"))
	wantAlone(t, path, "journal.db", "journal.db.holder")
}

// TestCompactInUse leaves a journal alone that is open, or whose rewriting was ended.
func TestCompactInUse(t *testing.T) {
	path, _ := full(t)
	before := read(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Compact(ctx, path, Options{Now: clock()}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if !bytes.Equal(before, read(t, path)) {
		t.Error("the file has changed")
	}
	wantAlone(t, path, "journal.db")
	j := open(t, path, nil)
	var inUse ErrInUse
	if _, err := Compact(t.Context(), path, Options{Now: clock()}); !errors.As(err, &inUse) {
		t.Errorf("got %v", err)
	}
	commit(t, j, one("s", 1))
}

// TestBackupFile gives a copy its name once it is verified, and never another file's.
func TestBackupFile(t *testing.T) {
	path, head := full(t)
	j := open(t, path, nil)
	to := filepath.Join(filepath.Dir(path), "copy")
	var last int64
	r, err := j.BackupFile(t.Context(), to, func(done, _ int64) { last = done })
	if err != nil || r.Entries != head.Seq || last == 0 {
		t.Fatalf("%+v, %d bytes, %v", r, last, err)
	}
	if _, err := j.BackupFile(t.Context(), to, func(int64, int64) {}); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second backup: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	other := filepath.Join(filepath.Dir(path), "other")
	if _, err := j.BackupFile(ctx, other, func(int64, int64) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended backup: %v", err)
	}
	wantAlone(t, path, "copy", "journal.db", "journal.db.holder")
	if _, err := Open(to, Options{ReadOnly: true}); err != nil {
		t.Error(err)
	}
}

// wantAlone demands what the folder of a journal holds.
func wantAlone(t *testing.T, path string, want ...string) {
	t.Helper()
	all, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range all {
		got = append(got, e.Name())
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the folder holds %v, want %v", got, want)
	}
}

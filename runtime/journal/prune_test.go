package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"

	"go.etcd.io/bbolt"
)

// TestPrune prunes streams of a journal, which still verifies, also against a head from
// before, and notices when what is left is changed.
func TestPrune(t *testing.T) {
	path := file(t)
	j := open(t, path, nil)
	for n := range 40 {
		b := one(fmt.Sprint("run/", n%4), "secret of somebody")
		b.Claims = []string{fmt.Sprint("c", n)}
		if b.Entries[0].Kind = "kept"; n%3 == 0 {
			b.Entries[0].Kind = "k"
		}
		commit(t, j, b)
	}
	before, err := j.Grow(t.Context(), &Tree{})
	if err != nil {
		t.Fatal(err)
	}
	prune := func(stream string) error {
		_, err := j.Commit(t.Context(), Batch{Prune: []Pruning{{Stream: stream, Kinds: []string{"k"}, Facts: "a number"}}})
		return err
	}
	for _, s := range []string{"run/1", "run/3"} {
		if err := prune(s); err != nil {
			t.Fatal(err)
		}
	}
	var claimed ErrClaimed
	if err := prune("run/1"); !errors.As(err, &claimed) {
		t.Errorf("pruned twice: %v", err)
	}
	report, err := j.Verify(t.Context(), before)
	if err != nil || report.Pruned == 0 || report.Entries != 42 || report.Claims != 42 {
		t.Fatalf("%+v, %v", report, err)
	}
	for n, e := range stream(t, j, "run/1") {
		if (e.Data == nil) != (e.Kind == "k") || e.Index != uint64(n)+1 || len(e.Claims) != 1 {
			t.Errorf("entry %+v", e)
		}
	}
	var out bytes.Buffer
	if err := j.Export(&out); err != nil || !bytes.Contains(out.Bytes(), []byte(`"data":null`)) {
		t.Errorf("export: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	whole := read(t, path)
	tampered := map[string]func(tx *bbolt.Tx) error{
		"time of a pruned entry": func(tx *bbolt.Tx) error { return flip(tx, 16, chainLen+5) },
		"chain of a pruned one":  func(tx *bbolt.Tx) error { return flip(tx, 16, 3) },
		"an entry pruned by hand": func(tx *bbolt.Tx) error {
			b := tx.Bucket([]byte(entriesBucket))
			r, err := decodeRecord(b.Get(u64(5)))
			return errors.Join(err, b.Put(u64(5), r.encodePruned()))
		},
	}
	for name, change := range tampered {
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Update(change), db.Close()); err != nil {
			t.Fatal(err)
		}
		j, err := Open(path, Options{Now: clock()})
		if err == nil {
			_, err = j.Verify(t.Context(), before)
			err = errors.Join(err, j.Close())
		}
		var damaged *Damaged
		if !errors.As(err, &damaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func flip(tx *bbolt.Tx, seq uint64, i int) error {
	b := tx.Bucket([]byte(entriesBucket))
	v := bytes.Clone(b.Get(u64(seq)))
	v[i] ^= 1
	return b.Put(u64(seq), v)
}

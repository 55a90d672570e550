package journal

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
)

// TestScan reads pairs over several pages, and none beside them.
func TestScan(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "journal.db"), nil)
	var set []Pair
	for i := range 100 {
		set = append(set, Pair{Key: fmt.Sprintf("p/%03d", i), Value: make([]byte, 50_000)})
	}
	set = append(set, Pair{Key: "o/0", Value: []byte("1")}, Pair{Key: "q", Value: []byte("1")})
	if _, err := j.Commit(t.Context(), Batch{Set: set}); err != nil {
		t.Fatal(err)
	}
	scan := func(prefix string) (n int) {
		t.Helper()
		err := j.Scan(prefix, func(key, value []byte) error {
			if want := set[n]; prefix == "p/" && (string(key) != want.Key || len(value) != len(want.Value)) {
				t.Errorf("pair %d is %s of %d bytes", n, key, len(value))
			}
			n++
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return n
	}
	for prefix, want := range map[string]int{"p/": 100, "p/01": 10, "": 102, "q": 1, "r": 0, "n/": 0} {
		if got := scan(prefix); got != want {
			t.Errorf("%q: %d pairs, want %d", prefix, got, want)
		}
	}
	enough := errors.New("enough")
	if err := j.Scan("p/", func(_, _ []byte) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("got %v, want the error of who reads", err)
	}
}

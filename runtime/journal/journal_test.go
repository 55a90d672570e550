package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestMain lets the test binary play a second process and, at the end, looks for
// goroutines of this package that nobody waited for.
func TestMain(m *testing.M) {
	if role := os.Getenv("JOURNAL_TEST_ROLE"); role != "" {
		os.Exit(playRole(role, os.Getenv("JOURNAL_TEST_PATH")))
	}
	code := m.Run()
	if left := leaked(); left != "" && code == 0 {
		fmt.Fprintf(os.Stderr, "goroutines left behind:\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

// leaked returns the stacks of committers that still run after they had time to end.
func leaked() string {
	for try := 0; ; try++ {
		buf := make([]byte, 1<<20)
		all := string(buf[:runtime.Stack(buf, true)])
		if !strings.Contains(all, "(*Journal).work") {
			return ""
		}
		if try == 1000 {
			return all
		}
		runtime.Gosched()
	}
}

// start is the time that the tests' clock shows first; every look adds a second.
var start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// clock returns a clock for one journal: only its committer looks at it.
func clock() func() time.Time {
	now := start.Add(-time.Second)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

// open opens the journal for a test. After the test it must verify, and close.
func open(t testing.TB, path string, hook Hook) *Journal {
	t.Helper()
	j, err := Open(path, Options{Now: clock(), Holder: "the test", Hook: hook})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := j.Verify(t.Context()); err != nil && !errors.Is(err, ErrClosed) && !errors.Is(err, ErrStopped) && !errors.Is(err, context.Canceled) {
			t.Errorf("verify after the test: %v", err)
		}
		if err := j.Close(); err != nil {
			t.Errorf("close after the test: %v", err)
		}
	})
	return j
}

func file(t testing.TB) string { return filepath.Join(t.TempDir(), "journal.db") }

func commit(t testing.TB, j *Journal, b Batch) []Entry {
	t.Helper()
	out, err := j.Commit(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// one is a batch of one entry.
func one(stream string, data any) Batch {
	return Batch{Entries: []Draft{{Stream: stream, After: Any, Kind: "note", Data: data}}}
}

func stream(t testing.TB, j *Journal, name string) []Entry {
	t.Helper()
	out, err := j.Stream(name)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCommitAndRead(t *testing.T) {
	path := file(t)
	j := open(t, path, nil)
	got := commit(t, j, Batch{
		Entries: []Draft{
			{Stream: "run/1", Kind: "started", Data: map[string]any{"deal": "A<&>B", "sum": json.Number("19.90")}},
			{Stream: "plan/p", Kind: "used"},
			{Stream: "run/1", After: 1, Kind: "read", Data: json.RawMessage(`{"b": 1.50, "a": [ ]}`)},
		},
		Claims: []string{"event/006A", "event/006B"},
		Set:    []Pair{{"seen", []byte("x")}, {"none", nil}, {"empty", []byte{}}},
	})
	want := []Entry{
		{Seq: 1, Stream: "run/1", Index: 1, Kind: "started", Data: json.RawMessage(`{"deal":"A<&>B","sum":19.90}`), Claims: []string{"event/006A", "event/006B"}},
		{Seq: 2, Stream: "plan/p", Index: 1, Kind: "used", Data: json.RawMessage(`null`)},
		{Seq: 3, Stream: "run/1", Index: 2, Kind: "read", Data: json.RawMessage(`{"b":1.50,"a":[]}`)},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Entry{}, "At", "Chain")); diff != "" {
		t.Errorf("committed (-want +got):\n%s", diff)
	}
	for reopened := range 2 {
		if diff := cmp.Diff([]Entry{got[0], got[2]}, stream(t, j, "run/1")); diff != "" {
			t.Errorf("reopened %d: stream (-want +got):\n%s", reopened, diff)
		}
		if s := stream(t, j, "run/2"); s != nil {
			t.Errorf("reopened %d: a stream without entries has %v", reopened, s)
		}
		var all []Entry
		for e, err := range j.Entries(1) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, e)
		}
		if diff := cmp.Diff(got[1:], all); diff != "" {
			t.Errorf("reopened %d: entries after 1 (-want +got):\n%s", reopened, diff)
		}
		for key, want := range map[string]bool{"event/006A": true, "event/006B": true, "event/006": false, "seen": false} {
			if ok, err := j.Claimed(key); ok != want || err != nil {
				t.Errorf("reopened %d: claimed %s: got %v, %v, want %v", reopened, key, ok, err, want)
			}
		}
		for key, want := range map[string]bool{"seen": true, "empty": true, "none": false} {
			if v, ok, err := j.Get(key); ok != want || err != nil || (key == "empty" && v == nil) {
				t.Errorf("reopened %d: pair %s: got %q, %v, %v", reopened, key, v, ok, err)
			}
		}
		head, err := j.Head()
		if err != nil || head.Seq != 3 || head.Chain != got[2].Chain || !head.At.Equal(got[2].At) {
			t.Errorf("reopened %d: head %+v, %v", reopened, head, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		j = open(t, path, nil)
	}
}

func TestConflictsAndClaimsChangeNothing(t *testing.T) {
	j := open(t, file(t), nil)
	commit(t, j, Batch{Entries: []Draft{{Stream: "s", Kind: "k"}}, Claims: []string{"taken"}, Set: []Pair{{"p", []byte("1")}}})
	before, err := j.Head()
	if err != nil {
		t.Fatal(err)
	}
	set := []Pair{{"p", []byte("2")}}
	ok := Draft{Stream: "other", Kind: "k"}
	for name, tc := range map[string]struct {
		batch Batch
		want  error
	}{
		"stream is not empty":     {Batch{Entries: []Draft{ok, {Stream: "s", After: 0, Kind: "k"}}, Claims: []string{"c"}, Set: set}, ErrConflict},
		"stream is not as long":   {Batch{Entries: []Draft{ok, {Stream: "s", After: 2, Kind: "k"}}, Claims: []string{"c"}, Set: set}, ErrConflict},
		"own draft moved it":      {Batch{Entries: []Draft{{Stream: "s", After: 1, Kind: "k"}, {Stream: "s", After: 1, Kind: "k"}}, Set: set}, ErrConflict},
		"claim taken":             {Batch{Entries: []Draft{ok}, Claims: []string{"c", "taken"}, Set: set}, ErrClaimed{"taken"}},
		"claim twice":             {Batch{Entries: []Draft{ok}, Claims: []string{"c", "c"}, Set: set}, ErrClaimed{"c"}},
		"claim without entry":     {Batch{Claims: []string{"c"}}, ErrInvalid},
		"empty stream":            {one("", 1), ErrInvalid},
		"stream with line break":  {one("a\nb", 1), ErrInvalid},
		"stream not UTF-8":        {one("a\xff", 1), ErrInvalid},
		"stream too long":         {one(strings.Repeat("x", maxName+1), 1), ErrInvalid},
		"empty kind":              {Batch{Entries: []Draft{{Stream: "s", After: Any}}}, ErrInvalid},
		"empty claim":             {Batch{Entries: []Draft{ok}, Claims: []string{""}}, ErrInvalid},
		"empty pair":              {Batch{Entries: []Draft{ok}, Set: []Pair{{}}}, ErrInvalid},
		"pair too large":          {Batch{Entries: []Draft{ok}, Set: []Pair{{"k", make([]byte, maxValue+1)}}}, ErrInvalid},
		"data not JSON":           {one("s", json.RawMessage(`{`)), ErrInvalid},
		"data not for JSON":       {one("s", func() {}), ErrInvalid},
		"data too large":          {one("s", strings.Repeat("x", maxData)), ErrInvalid},
		"nothing, which is fine":  {Batch{}, nil},
		"deleting what is not so": {Batch{Set: []Pair{{"absent", nil}}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := j.Commit(t.Context(), tc.batch)
			if !errors.Is(err, tc.want) || len(out) > 0 {
				t.Errorf("got %v, %v, want %v", out, err, tc.want)
			}
		})
	}
	after, err := j.Head()
	if diff := cmp.Diff(before, after); diff != "" || err != nil {
		t.Errorf("head moved (-before +after), %v:\n%s", err, diff)
	}
	if v, _, _ := j.Get("p"); string(v) != "1" {
		t.Errorf("pair is %q, want 1", v)
	}
	if ok, _ := j.Claimed("c"); ok {
		t.Error("a refused batch took its claim")
	}
	commit(t, j, Batch{Entries: []Draft{{Stream: "s", After: 1, Kind: "k"}, {Stream: "s", After: 2, Kind: "k"}}, Claims: []string{"c"}})
}

func TestOpenEmptyAndMissing(t *testing.T) {
	empty := file(t)
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ro, err := Open(empty, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := ro.Head(); h != (Head{}) || err != nil {
		t.Errorf("head of an empty journal: %+v, %v", h, err)
	}
	if s, err := ro.Stream("s"); s != nil || err != nil {
		t.Errorf("stream of an empty journal: %v, %v", s, err)
	}
	if r, err := ro.Verify(t.Context()); r != (Report{}) || err != nil {
		t.Errorf("verify of an empty journal: %+v, %v", r, err)
	}
	if err := errors.Join(ro.Backup(new(bytes.Buffer)), ro.Export(new(bytes.Buffer)), ro.Close(), ro.Close()); err != nil {
		t.Error(err)
	}
	rw := open(t, empty, nil)
	commit(t, rw, one("s", 1))

	missing := filepath.Join(t.TempDir(), "a", "b", "journal.db")
	if _, err := Open(missing, Options{ReadOnly: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading a missing file: %v", err)
	}
	if _, err := Open(missing, Options{}); err == nil {
		t.Error("opened for writing without a clock")
	}
	open(t, missing, nil)
	for path, want := range map[string]fs.FileMode{missing: 0o600, filepath.Dir(missing): 0o700 | fs.ModeDir, holderPath(missing): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: got mode %v, %v, want %v", filepath.Base(path), info.Mode(), err, want)
		}
	}
	if names, err := filepath.Glob(filepath.Join(filepath.Dir(missing), "*")); err != nil || len(names) != 2 {
		t.Errorf("left in the folder: %v, %v", names, err)
	}
	if _, err := Open(t.TempDir(), Options{Now: clock()}); err == nil {
		t.Error("opened a folder")
	}
}

func TestClosed(t *testing.T) {
	j := open(t, file(t), nil)
	if err := errors.Join(j.Close(), j.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(holderPath(j.path)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the holder file is still there: %v", err)
	}
	_, err := j.Commit(t.Context(), one("s", 1))
	_, headErr := j.Head()
	for _, err := range []error{err, headErr} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("got %v, want %v", err, ErrClosed)
		}
	}
}

func TestReadOnlyShares(t *testing.T) {
	path := file(t)
	j := open(t, path, nil)
	commit(t, j, one("s", 1))
	var inUse ErrInUse
	if _, err := Open(path, Options{ReadOnly: true}); !errors.As(err, &inUse) || inUse.PID != os.Getpid() || inUse.Holder != "the test" {
		t.Errorf("reading while it is written: %v", err)
	}
	j.Close()
	var readers []*Journal
	for range 2 {
		r, err := Open(path, Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		readers = append(readers, r)
	}
	for _, r := range readers {
		if got := stream(t, r, "s"); len(got) != 1 {
			t.Errorf("got %v", got)
		}
		if _, err := r.Commit(t.Context(), one("s", 2)); !errors.Is(err, ErrReadOnly) {
			t.Errorf("got %v, want %v", err, ErrReadOnly)
		}
	}
	if _, err := Open(path, Options{Now: clock()}); !errors.As(err, &inUse) || inUse.PID != 0 {
		t.Errorf("writing while it is read: %v", err)
	}
}

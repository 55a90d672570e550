package journal

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// small is a journal whose clock and entries are always the same.
func small(t *testing.T) *Journal {
	t.Helper()
	j := open(t, file(t), nil)
	commit(t, j, Batch{
		Entries: []Draft{
			{Stream: "run/006A", Kind: "started", Data: map[string]any{"plan": "sha256:00", "note": "<b> & \u2028"}},
			{Stream: "plan/invoice", Kind: "used"},
		},
		Claims: []string{"event/006A"},
	})
	commit(t, j, Batch{Entries: []Draft{{Stream: "run/006A", After: 1, Kind: "finished", Data: json.RawMessage(`{"sum":19.90}`)}}})
	return j
}

// TestExport also holds the format: a change of the stored bytes changes the chains.
func TestExport(t *testing.T) {
	var got bytes.Buffer
	if err := small(t).Export(&got); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "export.jsonl")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(read(t, golden)), got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRecordBytes spells one record out, byte by byte, as the package comment does.
func TestRecordBytes(t *testing.T) {
	j := small(t)
	entries := stream(t, j, "run/006A")
	r := record{
		at: entries[1].At, index: entries[1].Index, prev: entries[0].Seq,
		stream: entries[1].Stream, kind: entries[1].Kind, claims: []string{"c"}, data: entries[1].Data,
	}
	got := r.encode([chainLen]byte{})
	want := strings.Join([]string{
		"01",               // version
		"18ea55acc5b0d400", // time
		"02",               // index
		"01",               // previous of the stream
		"08" + hex.EncodeToString([]byte("run/006A")),
		"08" + hex.EncodeToString([]byte("finished")),
		"01" + "01" + hex.EncodeToString([]byte("c")), // claims
		hex.EncodeToString([]byte(`{"sum":19.90}`)),
	}, "")
	if got := hex.EncodeToString(got[chainLen:]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	back, err := decodeRecord(got)
	if diff := cmp.Diff(r, back, cmp.AllowUnexported(record{})); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestVerifyReports(t *testing.T) {
	j := small(t)
	got, err := j.Verify(t.Context())
	head, err2 := j.Grow(t.Context(), &Tree{})
	if err2 != nil {
		t.Fatal(err2)
	}
	if diff := cmp.Diff(Report{Entries: 3, Streams: 2, Claims: 1, Head: head}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestBackup takes a backup while commits go on and uses it in the file's place.
func TestBackup(t *testing.T) {
	j := small(t)
	var backup bytes.Buffer
	w := writerFunc(func(p []byte) (int, error) {
		if backup.Len() == 0 {
			commit(t, j, one("during", 1))
		}
		return backup.Write(p)
	})
	if err := j.Backup(w); err != nil {
		t.Fatal(err)
	}
	path := file(t)
	if err := os.WriteFile(path, backup.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	restored := open(t, path, nil)
	if diff := cmp.Diff(stream(t, j, "run/006A"), stream(t, restored, "run/006A")); diff != "" {
		t.Errorf("(-journal +backup):\n%s", diff)
	}
	if got := stream(t, restored, "during"); got != nil {
		t.Errorf("the backup is not of one moment: it has %v", got)
	}
	commit(t, restored, one("after", 1))
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestExportWhileCommitting holds that an export ends with what was there when it began.
func TestExportWhileCommitting(t *testing.T) {
	j := open(t, file(t), nil)
	for range 40 {
		commit(t, j, one("s", strings.Repeat("x", 10_000)))
	}
	var out bytes.Buffer
	err := j.Export(writerFunc(func(p []byte) (int, error) {
		commit(t, j, one("s", 1))
		return out.Write(p)
	}))
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(&out)
	lines.Buffer(nil, 1<<20)
	n := uint64(0)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if n++; l.Seq != n {
			t.Fatalf("line %d has seq %d", n, l.Seq)
		}
	}
	if n != 40 {
		t.Errorf("%d lines, want 40", n)
	}
}

func TestBrokenWriters(t *testing.T) {
	j := small(t)
	broken := errors.New("broken pipe")
	w := writerFunc(func([]byte) (int, error) { return 0, broken })
	if err := j.Export(w); !errors.Is(err, broken) {
		t.Errorf("export: %v", err)
	}
	if err := j.Backup(w); err == nil {
		t.Error("backup: no error")
	}
	commit(t, j, one("s", "the journal is as well as before"))
	j.Close()
	for name, err := range map[string]error{"export": j.Export(w), "backup": j.Backup(w)} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzRecord holds that no bytes make the decoder panic or allocate without bound, and that
// what it accepts says the same when it is written again.
func FuzzRecord(f *testing.F) {
	r := record{at: start, index: 2, prev: 1, stream: "s", kind: "k", claims: []string{"c", "d"}, data: []byte(`{"a":1}`)}
	f.Add(r.encode([chainLen]byte{}))
	f.Add(r.encode([chainLen]byte{1})[:50])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeRecord(b)
		if err != nil {
			return
		}
		again, err := decodeRecord(r.encode([chainLen]byte{}))
		again.chain, r.chain = [chainLen]byte{}, [chainLen]byte{}
		if diff := cmp.Diff(r, again, cmp.AllowUnexported(record{})); diff != "" || err != nil {
			t.Fatalf("%v (-first +again):\n%s", err, diff)
		}
	})
}

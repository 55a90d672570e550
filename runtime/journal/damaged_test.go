package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.etcd.io/bbolt"
)

// original is the file of a journal of a hundred entries in three streams, each with a
// claim. It is made once.
var original = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "journal")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "journal.db")
	j, err := Open(path, Options{Now: clock()})
	if err != nil {
		return nil, err
	}
	for n := range 100 {
		b := one(fmt.Sprint("s", n%3), n)
		b.Claims = []string{fmt.Sprint("c", n)}
		if _, err := j.Commit(context.Background(), b); err != nil {
			return nil, err
		}
	}
	if err := j.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// tamper makes a copy of the original and changes it behind the journal's back.
func tamper(t *testing.T, change func(tx *bbolt.Tx) error) string {
	t.Helper()
	data, err := original()
	if err != nil {
		t.Fatal(err)
	}
	path := file(t)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// edit replaces a part of the record of one entry by as many bytes.
func edit(seq uint64, old, new string) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(entriesBucket))
		v := b.Get(u64(seq))
		changed := bytes.Replace(v, []byte(old), []byte(new), 1)
		if bytes.Equal(v, changed) {
			return fmt.Errorf("entry %d has no %q", seq, old)
		}
		return b.Put(u64(seq), changed)
	}
}

// put sets a pair of a bucket; an empty value deletes it.
func put(bucket, key, value string) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		if value == "" {
			return tx.Bucket([]byte(bucket)).Delete([]byte(key))
		}
		return tx.Bucket([]byte(bucket)).Put([]byte(key), []byte(value))
	}
}

func TestTampered(t *testing.T) {
	seq := func(n uint64) string { return string(u64(n)) }
	for name, tt := range map[string]struct {
		change func(*bbolt.Tx) error
		opens  bool   // the damage lies before what Open reads
		seq    uint64 // where it is found
		what   string // part of the message
	}{
		"data of an old entry":        {edit(7, "6", "9"), true, 7, "chain is broken"},
		"data of a new entry":         {edit(95, "94", "49"), false, 95, "chain is broken"},
		"time of an old entry":        {edit(7, "\x01\x18", "\x01\x19"), true, 7, "chain is broken"},
		"stream of an old entry":      {edit(7, "s0", "s1"), true, 7, ""},
		"version of a record":         {edit(100, "\x01\x18", "\x03\x18"), false, 100, "record version 3 is not known"},
		"data taken by nobody":        {edit(100, "\x01\x18", "\x02\x18"), false, 100, "cannot be read"},
		"record that is no record":    {put(entriesBucket, seq(100), "x"), false, 100, "cut short"},
		"record that cannot be read":  {put(entriesBucket, seq(100), strings.Repeat("\x01", 200)), false, 100, "cannot be read"},
		"old entry removed":           {put(entriesBucket, seq(7), ""), true, 7, ""},
		"new entry removed":           {put(entriesBucket, seq(95), ""), false, 95, "missing"},
		"entry without number":        {put(entriesBucket, "\xff\xff", "x"), false, 0, "no number"},
		"entry far away":              {put(entriesBucket, seq(1<<40), strings.Repeat("\x01", 200)), false, 1 << 40, ""},
		"claim removed":               {put(claimsBucket, "c6", ""), true, 7, "is not taken"},
		"claim of another entry":      {put(claimsBucket, "c6", seq(8)), true, 7, "is not taken"},
		"claim that nobody took":      {put(claimsBucket, "x", seq(8)), true, 0, "no entry took"},
		"claim that cannot be read":   {put(claimsBucket, "x", "y"), true, 0, "cannot be read"},
		"stream removed":              {put(streamsBucket, "s0", ""), true, 0, "does not lead to every entry"},
		"stream that is shorter":      {put(streamsBucket, "s0", string(at{3, 7}.encode())), true, 0, "does not lead to every entry"},
		"stream that is another":      {put(streamsBucket, "s0", string(at{33, 98}.encode())), true, 98, "do not hang together"},
		"stream that cannot be read":  {put(streamsBucket, "s0", "x"), true, 0, "cannot be read"},
		"stream without entries":      {put(streamsBucket, "s9", string(at{0, 0}.encode())), true, 0, "cannot be read"},
		"format removed":              {put(aboutBucket, "format", ""), false, 0, "format version"},
		"format of the future":        {put(aboutBucket, "format", "2"), false, 0, `format version "2" is not known to this program; use a newer one`},
		"rechained, a link elsewhere": {rechainLink, false, 97, "do not hang together"},
		"part removed":                {func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte(claimsBucket)) }, false, 0, "part claims is missing"},
		"not a journal":               {func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte(aboutBucket)) }, false, 0, "not a journal"},
	} {
		t.Run(name, func(t *testing.T) {
			path := tamper(t, tt.change)
			j, err := Open(path, Options{Now: clock()})
			if (err == nil) != tt.opens {
				t.Errorf("open: %v", err)
			}
			if err == nil {
				_, err = j.Verify(t.Context())
				if cerr := j.Close(); cerr != nil {
					t.Error(cerr)
				}
			}
			wantDamaged(t, err, path)
			var d *Damaged
			if errors.As(err, &d) && (d.Seq != tt.seq || !strings.Contains(d.What, tt.what)) {
				t.Errorf("got entry %d, %q, want entry %d, %q", d.Seq, d.What, tt.seq, tt.what)
			}
		})
	}
}

// rechainLink makes entry 97 of stream s0 point at an entry of another stream and the
// chain fit again: only the links can tell.
func rechainLink(tx *bbolt.Tx) error {
	b := tx.Bucket([]byte(entriesBucket))
	r, err := decodeRecord(b.Get(u64(97)))
	if err != nil {
		return err
	}
	r.prev--
	prev := [chainLen]byte(b.Get(u64(96))[:chainLen])
	if err := b.Put(u64(97), r.encode(prev)); err != nil {
		return err
	}
	for seq := uint64(98); seq <= 100; seq++ {
		prev = [chainLen]byte(b.Get(u64(seq - 1))[:chainLen])
		v := bytes.Clone(b.Get(u64(seq)))
		chain := link(prev, v)
		copy(v, chain[:])
		if err := b.Put(u64(seq), v); err != nil {
			return err
		}
	}
	return nil
}

func wantDamaged(t *testing.T, err error, path string) {
	t.Helper()
	var d *Damaged
	if !errors.As(err, &d) {
		t.Fatalf("got %v, want it damaged", err)
	}
	if !strings.Contains(err.Error(), path) || d.Path != path {
		t.Errorf("%v does not name the file", err)
	}
	for _, advice := range []string{"backup", "planwright journal verify"} {
		if !strings.Contains(d.Hint(), advice) {
			t.Errorf("the hint %q does not speak of %s", d.Hint(), advice)
		}
	}
}

// TestKnownHeads holds that a head that was noted down tells an older copy, and a history
// that was written anew, from the journal it was taken from.
func TestKnownHeads(t *testing.T) {
	path := file(t)
	j := open(t, path, nil)
	commit(t, j, one("s", 1))
	var backup bytes.Buffer
	if err := j.Backup(&backup); err != nil {
		t.Fatal(err)
	}
	first, err := j.Head()
	if err != nil {
		t.Fatal(err)
	}
	commit(t, j, one("s", 2))
	second, err := j.Head()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Verify(t.Context(), first, second, Head{}); err != nil {
		t.Error(err)
	}
	other := first
	other.Chain[5] ^= 1
	_, err = j.Verify(t.Context(), other, second)
	wantDamaged(t, err, path)

	restored := file(t)
	if err := os.WriteFile(restored, backup.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	old := open(t, restored, nil)
	if _, err := old.Verify(t.Context(), first); err != nil {
		t.Error(err)
	}
	_, err = old.Verify(t.Context(), first, second)
	var behind *Behind
	if !errors.As(err, &behind) || behind.Have.Seq != first.Seq || behind.Noted != second {
		t.Errorf("got %v, want it to be behind", err)
	}
	commit(t, old, one("s", "another history"))
	_, err = old.Verify(t.Context(), second)
	wantDamaged(t, err, restored)
}

func TestDamagedFiles(t *testing.T) {
	whole := read(t, tamper(t, func(*bbolt.Tx) error { return nil }))
	page := os.Getpagesize()
	for name, data := range map[string][]byte{
		"one byte":         {0},
		"text":             []byte(strings.Repeat("this is not a journal\n", 1000)),
		"zeros":            make([]byte, 64<<10),
		"first pages only": whole[:2*page],
		"cut in half":      whole[:len(usedPart(t, whole))/2],
		"cut by a page":    whole[:len(usedPart(t, whole))-page],
		"first pages gone": append(make([]byte, 2*page), whole[2*page:]...),
		"all else gone":    append(bytes.Clone(whole[:2*page]), make([]byte, len(whole)-2*page)...),
		"all else noise":   append(bytes.Clone(whole[:2*page]), bytes.Repeat([]byte{0xa5}, len(whole)-2*page)...),
	} {
		for _, readOnly := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/read only %v", name, readOnly), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "journal.db")
				if err := os.WriteFile(path, data, 0o600); err != nil {
					t.Fatal(err)
				}
				for range 2 { // the lock must have been given up
					j, err := Open(path, Options{Now: clock(), ReadOnly: readOnly})
					if err == nil {
						_, err = j.Verify(t.Context())
						j.Close()
					}
					wantDamaged(t, err, path)
				}
				if !bytes.Equal(read(t, path), data) {
					t.Error("a damaged file was changed")
				}
			})
		}
	}
}

// usedPart cuts off what bbolt has allocated ahead.
func usedPart(t *testing.T, image []byte) []byte {
	t.Helper()
	page, end := os.Getpagesize(), 0
	for at := 0; at < len(image); at += page {
		if !bytes.Equal(image[at:at+page], make([]byte, page)) {
			end = at + page
		}
	}
	return image[:end]
}

// TestFlippedBits changes random bytes of a journal file. Whatever happens, nothing may
// panic, and a journal that verifies must have the entries that were written. Pages have
// no checksum of their own: it is the chain that tells.
func TestFlippedBits(t *testing.T) {
	source := tamper(t, func(*bbolt.Tx) error { return nil })
	whole := usedPart(t, read(t, source))
	var want []string
	j := open(t, source, nil)
	for e, err := range j.Entries(0) {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, fmt.Sprintf("%x", e.Chain))
	}
	r := rand.New(rand.NewPCG(1, 2))
	found, path := 0, file(t)
	const tries = 150
	for try := range tries {
		data := bytes.Clone(whole)
		for range 1 + r.IntN(8) {
			data[r.IntN(len(data))] ^= byte(1 + r.IntN(255))
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readAll(t.Context(), path)
		if err != nil {
			var d *Damaged
			if !errors.As(err, &d) {
				t.Fatalf("try %d: %v", try, err)
			}
			found++
			continue
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("try %d: verifies and has other entries", try)
		}
	}
	if found == 0 {
		t.Error("no damage was found in any try")
	}
	t.Logf("found %d of %d; the others hit free pages or older ones", found, tries)
}

// readAll does everything that reads.
func readAll(ctx context.Context, path string) ([]string, error) {
	j, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	if _, err := j.Verify(ctx); err != nil {
		return nil, err
	}
	var out []string
	for e, err := range j.Entries(0) {
		if err != nil {
			return nil, err
		}
		out = append(out, fmt.Sprintf("%x", e.Chain))
	}
	for _, err := range j.Pairs("") {
		if err != nil {
			return nil, err
		}
	}
	for name, err := range j.Streams("") {
		if err != nil {
			return nil, err
		}
		if _, err := j.Stream(name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// TestDamagedIndex holds that damage which Open does not see stops who meets it.
func TestDamagedIndex(t *testing.T) {
	path := tamper(t, func(tx *bbolt.Tx) error {
		return errors.Join(put(streamsBucket, "s0", "x")(tx), edit(5, "s1", "s2")(tx))
	})
	j := open(t, path, nil)
	for _, name := range []string{"s0", "s1"} {
		_, err := j.Stream(name)
		wantDamaged(t, err, path)
	}
	if got := stream(t, j, "s2"); len(got) != 33 {
		t.Errorf("the other stream has %d entries", len(got))
	}
	_, err := j.Commit(t.Context(), one("s0", 1))
	wantDamaged(t, err, path)
	if !errors.Is(err, ErrStopped) {
		t.Errorf("got %v, want %v", err, ErrStopped)
	}
}

// TestNothingInside holds that a bbolt file without buckets, as the power may leave one
// where there are no hard links, is an empty journal.
func TestNothingInside(t *testing.T) {
	path := file(t)
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	ro, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := ro.Head(); h != (Head{}) || err != nil {
		t.Errorf("head %+v, %v", h, err)
	}
	if err := ro.Close(); err != nil {
		t.Fatal(err)
	}
	commit(t, open(t, path, nil), one("s", 1))
}

// TestVerifyWhileCommitting begins to verify, commits, and goes on.
func TestVerifyWhileCommitting(t *testing.T) {
	j := open(t, file(t), nil)
	commit(t, j, Batch{Entries: []Draft{{Stream: "old", Kind: "k"}, {Stream: "still", Kind: "k"}}, Claims: []string{"old"}})
	c := checker{j: j, end: 2}
	for range 3 {
		commit(t, j, one("old", 1))
		commit(t, j, one("new", 1))
	}
	b := one("new", 2)
	b.Claims = []string{"new"}
	commit(t, j, b)
	if err := c.all(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := c.report; r.Entries != 2 || r.Streams != 2 || r.Claims != 1 {
		t.Errorf("report %+v", r)
	}
	empty := checker{j: j}
	if err := empty.all(t.Context()); err != nil || empty.report != (Report{}) {
		t.Errorf("begun when the journal was empty: %+v, %v", empty.report, err)
	}
}

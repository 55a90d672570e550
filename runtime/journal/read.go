package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// Bounds on one page of a long read: no transaction is held longer than one page takes.
const (
	maxPage      = 512     // items
	maxPageBytes = 1 << 20 // or bytes, after at least one item
)

// Head is the end of the journal. The zero Head is that of an empty one.
type Head struct {
	Seq   uint64    `json:"seq"`
	Chain [32]byte  `json:"-"`
	At    time.Time `json:"at"` // of the last entry
	// Root is the hash of the [Tree] over all entries; zero where it was not asked for.
	Root [32]byte `json:"-"`
}

// Head returns the end of the journal. Noted down elsewhere, it lets [Journal.Verify]
// tell later that nothing before it has changed and no older copy was put in its place.
func (j *Journal) Head() (Head, error) {
	var h Head
	err := j.view(func(tx *bbolt.Tx) error {
		seq, r, err := j.last(tx.Bucket([]byte(entriesBucket)))
		if seq > 0 {
			h = Head{Seq: seq, Chain: r.chain, At: r.at}
		}
		return err
	})
	if err != nil {
		return Head{}, fmt.Errorf("journal head: %w", err)
	}
	return h, nil
}

// last returns the last record; seq 0 in an empty journal.
func (j *Journal) last(entries *bbolt.Bucket) (uint64, record, error) {
	k, v := entries.Cursor().Last()
	if k == nil {
		return 0, record{}, nil
	}
	return j.decode(k, v)
}

// decode reads one pair of the entries bucket.
func (j *Journal) decode(k, v []byte) (uint64, record, error) {
	if len(k) != 8 {
		return 0, record{}, j.damaged(0, "an entry has no number")
	}
	seq := binary.BigEndian.Uint64(k)
	r, err := decodeRecord(v)
	if err != nil {
		return 0, record{}, j.damaged(seq, err.Error())
	}
	return seq, r, nil
}

// Stream returns the entries of one stream in order; none for a stream that has none.
func (j *Journal) Stream(name string) ([]Entry, error) {
	var out []Entry
	err := j.view(func(tx *bbolt.Tx) error {
		entries := tx.Bucket([]byte(entriesBucket))
		a, ok := decodeAt(tx.Bucket([]byte(streamsBucket)).Get([]byte(name)))
		if !ok {
			return j.damaged(0, "the index of a stream cannot be read")
		}
		for a.seq > 0 {
			r, err := j.linked(entries, name, a)
			if err != nil {
				return err
			}
			out = append(out, r.entry(a.seq))
			a = at{r.index - 1, r.prev}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read stream %s: %w", name, err)
	}
	slices.Reverse(out)
	return out, nil
}

// apart is the damage of a stream whose entries do not lead to one another.
const apart = "the entries of its stream do not hang together"

// fits reports whether the record is entry a.index of the stream and points further back,
// or nowhere if it is the first.
func (r record) fits(stream string, a at) bool {
	return r.stream == stream && r.index == a.index && r.prev < a.seq && (r.prev == 0) == (r.index == 1)
}

// linked returns the record at a, which must fit.
func (j *Journal) linked(entries *bbolt.Bucket, stream string, a at) (record, error) {
	k := u64(a.seq)
	_, r, err := j.decode(k, entries.Get(k))
	if err == nil && !r.fits(stream, a) {
		err = j.damaged(a.seq, apart)
	}
	return r, err
}

// Entries returns the entries after seq, in order, as they are when they are reached.
// The caller may commit while it reads. An error ends the sequence.
func (j *Journal) Entries(seq uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for {
			page, err := j.entries(seq, maxPage)
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
				seq = e.Seq
			}
			if err != nil {
				yield(Entry{}, fmt.Errorf("read entries: %w", err))
				return
			}
			if len(page) == 0 {
				return
			}
		}
	}
}

// entries returns one page of entries after seq.
func (j *Journal) entries(seq uint64, limit int) ([]Entry, error) {
	var out []Entry
	if seq == math.MaxUint64 {
		return nil, nil
	}
	err := j.page(entriesBucket, u64(seq+1), limit, func(k, v []byte) error {
		n, r, err := j.decode(k, v)
		if err != nil {
			return err
		}
		out = append(out, r.entry(n))
		return nil
	})
	return out, err
}

// errEnough ends a page.
var errEnough = errors.New("end of page")

// page calls fn with the pairs of a bucket from key on, in one transaction and within the
// bounds of a page. fn must not keep what it is given.
func (j *Journal) page(bucket string, key []byte, limit int, fn func(k, v []byte) error) error {
	err := j.view(func(tx *bbolt.Tx) error {
		n, size := 0, 0
		c := tx.Bucket([]byte(bucket)).Cursor()
		for k, v := c.Seek(key); k != nil && n < limit && (n == 0 || size+len(v) <= maxPageBytes); k, v = c.Next() {
			if err := fn(k, v); err != nil {
				return err
			}
			size += len(k) + len(v)
			n++
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// pairs yields copies of the pairs of a bucket whose keys begin with prefix, in order.
func (j *Journal) pairs(bucket, prefix string) iter.Seq2[Pair, error] {
	return j.pairsFrom(bucket, prefix, []byte(prefix))
}

func (j *Journal) pairsFrom(bucket, prefix string, first []byte) iter.Seq2[Pair, error] {
	return func(yield func(Pair, error) bool) {
		for from := first; ; {
			var out []Pair
			err := j.page(bucket, from, maxPage, func(k, v []byte) error {
				if !bytes.HasPrefix(k, []byte(prefix)) {
					return errEnough
				}
				out = append(out, Pair{Key: string(k), Value: bytes.Clone(v)})
				return nil
			})
			for _, p := range out {
				if !yield(p, nil) {
					return
				}
				from = append([]byte(p.Key), 0)
			}
			if err != nil {
				yield(Pair{}, err)
				return
			}
			if len(out) == 0 {
				return
			}
		}
	}
}

// Streams returns the names of the streams that begin with prefix, in order of their
// bytes. The caller may commit while it reads. An error ends the sequence.
func (j *Journal) Streams(prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for p, err := range j.pairs(streamsBucket, prefix) {
			if err != nil {
				err = fmt.Errorf("read streams: %w", err)
			}
			if !yield(p.Key, err) {
				return
			}
		}
	}
}

// Claimed reports whether the key has been taken.
func (j *Journal) Claimed(key string) (bool, error) {
	_, ok, err := j.get(claimsBucket, key)
	if err != nil {
		return false, fmt.Errorf("read claim: %w", err)
	}
	return ok, nil
}

// Get returns a copy of the value of a pair and whether there is one.
func (j *Journal) Get(key string) ([]byte, bool, error) {
	v, ok, err := j.get(pairsBucket, key)
	if err != nil {
		return nil, false, fmt.Errorf("read pair: %w", err)
	}
	return v, ok, nil
}

func (j *Journal) get(bucket, key string) (value []byte, ok bool, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		if v := tx.Bucket([]byte(bucket)).Get([]byte(key)); v != nil {
			value, ok = append([]byte{}, v...), true
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	return value, ok, nil
}

// Pairs returns the pairs whose keys begin with prefix, in order of their keys' bytes.
// The caller may commit while it reads. An error ends the sequence.
func (j *Journal) Pairs(prefix string) iter.Seq2[Pair, error] { return j.PairsAfter(prefix, "") }

// PairsAfter is Pairs from after a key on, which need not be there; "" leaves none out.
func (j *Journal) PairsAfter(prefix, key string) iter.Seq2[Pair, error] {
	from := []byte(prefix)
	if key >= prefix && key != "" {
		from = append([]byte(key), 0)
	}
	return func(yield func(Pair, error) bool) {
		for p, err := range j.pairsFrom(pairsBucket, prefix, from) {
			if err != nil {
				err = fmt.Errorf("read pairs: %w", err)
			}
			if !yield(p, err) {
				return
			}
		}
	}
}

// Scan calls fn with the pairs whose keys begin with prefix, in order of their keys' bytes. It
// copies nothing, so that counting many pairs is cheap: fn must not keep or change what it is
// given, and must neither read the journal nor commit. Others may commit meanwhile. An error of
// fn ends it. What fn saw counts only when Scan returns nil.
func (j *Journal) Scan(prefix string, fn func(key, value []byte) error) error {
	for from, over := []byte(prefix), false; !over; {
		n, last := 0, []byte(nil)
		err := j.page(pairsBucket, from, 64*maxPage, func(k, v []byte) error {
			if over = !bytes.HasPrefix(k, []byte(prefix)); over {
				return errEnough
			}
			n, last = n+1, append(last[:0], k...)
			return fn(k, v)
		})
		if err != nil {
			return fmt.Errorf("read pairs: %w", err)
		}
		from, over = append(last, 0), over || n == 0
	}
	return nil
}

package journal

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

// Report says what Verify has read.
type Report struct {
	Entries uint64 `json:"entries"`
	Streams uint64 `json:"streams"`
	Claims  uint64 `json:"claims"`
	Pruned  uint64 `json:"pruned"` // entries whose data was taken
	Head    Head   `json:"head"`   // of what was read
}

// Verify reads the whole journal, as it is when Verify begins, and confirms that every
// entry follows from the one before, that the entries of every stream hang together, that
// exactly the claims that entries took are taken, and that each known head, from an
// earlier [Journal.Head], is part of the journal. Commits go on meanwhile.
//
// The error is *[Damaged] for the first thing found, *[Behind] for a known head that the
// journal does not reach, or ctx's; the report then says how
// far Verify came. Pairs are not covered: they are rebuilt, not believed.
func (j *Journal) Verify(ctx context.Context, known ...Head) (Report, error) {
	for try := 1; ; try++ {
		r, err := j.verify(ctx, known)
		if !errors.Is(err, errPruned) || try == 3 {
			return r, err
		}
	}
}

// errPruned: entries that were being read lost their data meanwhile.
var errPruned = errors.New("entries were pruned while they were read; verify again")

func (j *Journal) verify(ctx context.Context, known []Head) (Report, error) {
	end, err := j.Head()
	if err != nil {
		return Report{}, fmt.Errorf("verify: %w", err)
	}
	c := checker{j: j, end: end.Seq, endHead: end, known: known}
	if err := c.all(ctx); err != nil {
		return c.report, fmt.Errorf("verify: %w", err)
	}
	c.report.Head.Root = c.tree.Root()
	return c.report, nil
}

// checker walks the entries. Its memory does not grow with the journal: that streams hang
// together is proved by following each entry to the one before it in its stream, and by
// the sum of all streams being all entries.
type checker struct {
	j       *Journal
	end     uint64 // the last seq to look at
	endHead Head
	known   []Head
	last    uint64         // the last seq looked at
	chain   [chainLen]byte // of that entry
	begun   bool           // chain is that of entry last
	report  Report
	tree    Tree
	tx      *bbolt.Tx // of the page
	pruned  uint64    // entries whose pruning was confirmed
	firsts  uint64    // entries that are the first of their stream
}

func (c *checker) all(ctx context.Context) error {
	for _, h := range c.known {
		if h.Seq > c.end {
			return &Behind{Path: c.j.path, Have: c.endHead, Noted: h}
		}
	}
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if more, err = c.page(maxPage); err != nil {
			return err
		}
	}
	if c.last != c.end {
		return c.j.damaged(c.last+1, "entries are missing")
	}
	if c.report.Pruned != c.pruned {
		if now, err := c.j.Head(); err != nil || now.Seq > c.end {
			return cmp.Or(err, errPruned)
		}
		return c.j.damaged(0, fmt.Sprintf("%d entries have no data, and %d were pruned", c.report.Pruned, c.pruned))
	}
	if err := c.streams(ctx); err != nil {
		return err
	}
	return c.claims(ctx)
}

// page looks at the entries after c.last, at most limit of them, and reports whether there
// may be more.
func (c *checker) page(limit int) (bool, error) {
	from := c.last + 1
	if !c.begun && c.last > 0 {
		from = c.last // its own chain cannot be confirmed, but those after it follow from it
	}
	n := 0
	err := c.j.view(func(tx *bbolt.Tx) error {
		entries := tx.Bucket([]byte(entriesBucket))
		c.tx = tx
		size := 0
		cur := entries.Cursor()
		for k, v := cur.Seek(u64(from)); k != nil && n < limit && size <= maxPageBytes; k, v = cur.Next() {
			seq, r, err := c.j.decode(k, v)
			if err != nil {
				return err
			}
			if seq > c.end {
				return nil
			}
			if err := c.entry(entries, tx.Bucket([]byte(claimsBucket)), seq, r, v); err != nil {
				return err
			}
			size += len(v)
			n++
		}
		return nil
	})
	return n > 0, err
}

// entry confirms one record against the one before, the one before in its stream, and its
// claims.
func (c *checker) entry(entries, claims *bbolt.Bucket, seq uint64, r record, stored []byte) error {
	if c.begun || c.last == 0 {
		if seq != c.last+1 {
			return c.j.damaged(c.last+1, "entries are missing")
		}
		if r.data != nil && link(c.chain, stored) != r.chain {
			return c.j.damaged(seq, "the chain is broken: this entry or one before it was changed")
		}
	}
	c.begun, c.last, c.chain = true, seq, r.chain
	if !r.fits(r.stream, at{r.index, seq}) {
		return c.j.damaged(seq, apart)
	}
	if r.index == 1 {
		c.firsts++
	} else if _, err := c.j.linked(entries, r.stream, at{r.index - 1, r.prev}); err != nil {
		return c.j.damaged(seq, apart)
	}
	switch {
	case r.data == nil:
		c.report.Pruned++
	case r.kind == KindPruned:
		if err := c.pruning(entries, seq, r); err != nil {
			return err
		}
	}
	for _, key := range r.claims {
		if v := claims.Get([]byte(key)); len(v) != 8 || binary.BigEndian.Uint64(v) != seq {
			return c.j.damaged(seq, "a claim that it took is not taken")
		}
	}
	if c.tree.Size == seq-1 { // not for a tail, whose tree has no beginning
		c.tree.Add(r.chain)
	}
	for _, h := range c.known {
		if h.Seq == seq && (h.Chain != r.chain || h.Root != [32]byte{} && h.Root != c.tree.Root()) {
			return c.j.damaged(seq, "the chain is another one than was noted for this entry")
		}
	}
	c.report.Entries++
	c.report.Claims += uint64(len(r.claims))
	c.report.Head = Head{Seq: seq, Chain: r.chain, At: r.at}
	return nil
}

// streams confirms that the index of streams leads to every entry.
func (c *checker) streams(ctx context.Context) error {
	var sum uint64
	for p, err := range c.j.pairs(streamsBucket, "") {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		a, ok := decodeAt(p.Value)
		if !ok || a.seq == 0 {
			return c.j.damaged(0, "the index of a stream cannot be read")
		}
		if a, err = c.back(p.Key, a); err != nil {
			return err
		}
		if a.index > 0 {
			c.report.Streams++
			sum += a.index
		}
	}
	if sum != c.report.Entries || c.report.Streams != c.firsts {
		return c.j.damaged(0, "the index of streams does not lead to every entry")
	}
	return nil
}

// back confirms the last entry of a stream, going back to the last one that was there when
// Verify began.
func (c *checker) back(stream string, a at) (at, error) {
	err := c.j.view(func(tx *bbolt.Tx) error {
		for a.seq > 0 {
			r, err := c.j.linked(tx.Bucket([]byte(entriesBucket)), stream, a)
			if err != nil || a.seq <= c.end {
				return err
			}
			a = at{r.index - 1, r.prev}
		}
		return nil
	})
	return a, err
}

// claims confirms that nothing is claimed that no entry took.
func (c *checker) claims(ctx context.Context) error {
	var sum uint64
	for p, err := range c.j.pairs(claimsBucket, "") {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if len(p.Value) != 8 {
			return c.j.damaged(0, "a claim cannot be read")
		}
		if binary.BigEndian.Uint64(p.Value) <= c.end {
			sum++
		}
	}
	if sum != c.report.Claims {
		return c.j.damaged(0, "a key is claimed that no entry took")
	}
	return nil
}

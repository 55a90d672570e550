package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"
)

// Tree is a Merkle tree (RFC 6962) whose leaves are the chains of the first Size entries.
// Only its right edge is kept, one hash for each bit of Size, which is enough to grow it.
// The zero Tree is that of an empty journal.
type Tree struct {
	Size uint64
	edge []tlog.Hash // of whole subtrees, the largest first
}

// TreeOf returns the tree of a size with the edge that [Tree.Edge] gave.
func TreeOf(size uint64, edge [][32]byte) (Tree, error) {
	if bits.OnesCount64(size) != len(edge) {
		return Tree{}, errors.New("the edge of a tree does not fit its size")
	}
	t := Tree{Size: size}
	for _, h := range edge {
		t.edge = append(t.edge, h)
	}
	return t, nil
}

// Edge returns what [TreeOf] takes.
func (t *Tree) Edge() [][32]byte {
	var out [][32]byte
	for _, h := range t.edge {
		out = append(out, h)
	}
	return out
}

// Add appends the chain of the next entry.
func (t *Tree) Add(chain [32]byte) {
	t.edge = append(t.edge, tlog.RecordHash(chain[:]))
	for n := t.Size; n&1 == 1; n >>= 1 {
		last := len(t.edge) - 1
		t.edge[last-1] = tlog.NodeHash(t.edge[last-1], t.edge[last])
		t.edge = t.edge[:last]
	}
	t.Size++
}

// Root is the hash of the whole tree, as tlog.TreeHash has it; zero for an empty one.
func (t *Tree) Root() [32]byte {
	if len(t.edge) == 0 {
		return [32]byte{}
	}
	root := t.edge[len(t.edge)-1]
	for i := len(t.edge) - 2; i >= 0; i-- {
		root = tlog.NodeHash(t.edge[i], root)
	}
	return root
}

// Grow adds the entries that the tree does not have yet and returns the head it then
// stands for. A tree that is larger than the journal is *[Behind]. It reads only the
// chains, so it costs little, and it may be called beside commits.
func (j *Journal) Grow(ctx context.Context, t *Tree) (Head, error) {
	end, err := j.Head()
	switch {
	case err != nil:
		return end, err
	case end.Seq < t.Size:
		return end, &Behind{Path: j.path, Have: end, Noted: Head{Seq: t.Size}}
	}
	for t.Size < end.Seq {
		if err := ctx.Err(); err != nil {
			return Head{}, err
		}
		err := j.page(entriesBucket, u64(t.Size+1), 64*maxPage, func(k, v []byte) error {
			if len(k) != 8 || binary.BigEndian.Uint64(k) != t.Size+1 || len(v) < chainLen {
				return j.damaged(t.Size+1, "entries are missing")
			}
			if t.Size == end.Seq {
				return errEnough
			}
			t.Add([32]byte(v[:chainLen]))
			return nil
		})
		if err != nil {
			return Head{}, fmt.Errorf("journal tree: %w", err)
		}
	}
	end.Root = t.Root()
	return end, nil
}

// HeadAt returns the head that the journal had when seq was its last entry, without Root.
func (j *Journal) HeadAt(seq uint64) (Head, error) {
	var h Head
	err := j.view(func(tx *bbolt.Tx) error {
		k := u64(seq)
		v := tx.Bucket([]byte(entriesBucket)).Get(k)
		if v == nil {
			return nil
		}
		_, r, err := j.decode(k, v)
		h = Head{Seq: seq, Chain: r.chain, At: r.at}
		return err
	})
	if err != nil {
		return Head{}, fmt.Errorf("journal head: %w", err)
	}
	return h, nil
}

// Behind says that the journal ends before a head that was noted of it: the file is an
// older copy, or was emptied. What was done since that copy is not in it, so whoever runs
// on it would do it again.
type Behind struct {
	Path  string
	Have  Head // the end of the file
	Noted Head // what was noted
}

// Error implements error.
func (e *Behind) Error() string {
	have := "is empty or missing"
	if e.Have.Seq > 0 {
		have = fmt.Sprintf("ends at entry %d of %s", e.Have.Seq, e.Have.At.Format(stamp))
	}
	return fmt.Sprintf("journal %s: it %s, but had %d entries at %s: this is an older copy, and what was done since is not in it",
		e.Path, have, e.Noted.Seq, e.Noted.At.Format(stamp))
}

const stamp = "2006-01-02 15:04:05 UTC"

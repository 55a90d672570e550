package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"
)

// Pruning says which entries of a stream lose their data: those of the given kinds. Their
// place, time, kind, claims and chain stay, so that the tree over the journal stays as it
// was; what is left of them is hashed into the entry that the pruning is recorded by. A
// stream can be pruned once, and must have come to its end: entries after it are not pruned.
type Pruning struct {
	Stream string
	Kinds  []string
	// Facts are kept of the stream in the entry that records the pruning.
	Facts any
}

// KindPruned is the kind of entries that record prunings. Their stream is PrunedPrefix and
// the name of the stream that was pruned.
const (
	KindPruned   = "pruned"
	PrunedPrefix = "pruned/"
)

// pruned is the data of such an entry.
type pruned struct {
	Stream string          `json:"stream"`
	Count  int             `json:"count"`
	Left   string          `json:"left"` // SHA-256 over what is left of the pruned records, in order, hex
	Facts  json.RawMessage `json:"facts,omitempty"`
}

// pruning is a Pruning that has been judged and encoded.
type pruning struct {
	Pruning
	facts json.RawMessage
}

// preparePruning adds the claim that makes a pruning happen once, and counts its size.
func (p *prepared) preparePruning(all []Pruning) error {
	for _, x := range all {
		if err := checkName("stream", PrunedPrefix+x.Stream); err != nil {
			return err
		}
		facts, err := encodeData(x.Facts)
		if err != nil {
			return fmt.Errorf("%w: pruning of %s: %w", ErrInvalid, x.Stream, err)
		}
		p.prune = append(p.prune, pruning{x, facts})
		p.size += len(facts) + 64<<10 // it reads the whole stream
	}
	return nil
}

// prune takes the data from the entries of a stream and records that it did.
func (w *writer) prune(x pruning) ([]Entry, error) {
	a, err := w.head(x.Stream)
	if err != nil {
		return nil, err
	}
	var seqs []uint64
	for a.seq > 0 {
		r, err := w.j.linked(w.entries, x.Stream, a)
		if err != nil {
			return nil, err
		}
		if slices.Contains(x.Kinds, r.kind) && r.data != nil {
			seqs = append(seqs, a.seq)
		}
		a = at{r.index - 1, r.prev}
	}
	slices.Reverse(seqs)
	left := sha256.New()
	for _, seq := range seqs {
		_, r, err := w.j.decode(u64(seq), w.entries.Get(u64(seq)))
		if err != nil {
			return nil, err
		}
		stored := r.encodePruned()
		left.Write(stored)
		if err := w.entries.Put(u64(seq), stored); err != nil {
			return nil, err
		}
	}
	data, err := encodeData(pruned{x.Stream, len(seqs), hex.EncodeToString(left.Sum(nil)), x.facts})
	if err != nil {
		return nil, err
	}
	name := PrunedPrefix + x.Stream
	return w.write(prepared{entries: []draft{{stream: name, after: Any, kind: KindPruned, data: data}}, claims: []string{name}})
}

// encodePruned returns the stored bytes of a record without its data: version 2.
func (r record) encodePruned() []byte {
	chain := r.chain
	r.data = nil
	b := r.encode([chainLen]byte{})
	b[chainLen] = prunedVersion
	copy(b, chain[:]) // which was made with the data, and stays
	return b
}

// pruning confirms what is left of a stream that was pruned.
func (c *checker) pruning(entries *bbolt.Bucket, seq uint64, r record) error {
	var p pruned
	if err := json.Unmarshal(r.data, &p); err != nil || r.stream != PrunedPrefix+p.Stream {
		return c.j.damaged(seq, "what was pruned cannot be read")
	}
	// The stream ended before it was pruned, so its entries are those before this one.
	var all []record
	a, ok := decodeAt(c.tx.Bucket([]byte(streamsBucket)).Get([]byte(p.Stream)))
	for ok && a.seq > 0 {
		r, err := c.j.linked(entries, p.Stream, a)
		if err != nil {
			return c.j.damaged(a.seq, apart)
		}
		if r.data == nil {
			all = append(all, r)
		}
		a = at{r.index - 1, r.prev}
	}
	left := sha256.New()
	for _, r := range slices.Backward(all) {
		left.Write(r.encodePruned())
	}
	if !ok || len(all) != p.Count || hex.EncodeToString(left.Sum(nil)) != p.Left {
		return c.j.damaged(seq, "what is left of a pruned stream was changed")
	}
	c.pruned += uint64(p.Count)
	return nil
}

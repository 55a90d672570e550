package journal

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
)

// Bounds on one group. A group that reaches one of them leaves the rest for the next.
const (
	maxGroup      = 1024    // batches
	maxGroupBytes = 8 << 20 // and bytes, unless one batch alone has more
)

// request is a batch on its way through the committer.
type request struct {
	batch   prepared
	ctx     context.Context // the committer must not write for a caller that has left
	state   atomic.Int32    // waiting, then taken or left, for good
	done    chan struct{}
	entries []Entry
	err     error
}

// The states of a request. waiting → taken when the committer begins with it, waiting →
// left when the caller's context ended first.
const (
	waiting int32 = iota
	taken
	left
)

// Commit applies b, all or nothing, and returns its entries in order. When the error is
// nil everything is synced to the disk.
//
// Errors after which nothing was applied: [ErrConflict], [ErrClaimed], [ErrInvalid],
// [ErrReadOnly], [ErrClosed], and ctx's own, which means that ctx ended before the
// committer began with b; from then on Commit waits and reports what became of b. After
// [ErrStopped] b may have been applied: see there.
func (j *Journal) Commit(ctx context.Context, b Batch) ([]Entry, error) {
	if j.readOnly {
		return nil, fmt.Errorf("commit: %w", ErrReadOnly)
	}
	p, err := prepare(b)
	if err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	r := &request{batch: p, ctx: ctx, done: make(chan struct{})}
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return nil, fmt.Errorf("commit: %w", ErrClosed)
	}
	j.queue = append(j.queue, r)
	j.waiting.Signal()
	j.mu.Unlock()

	select {
	case <-r.done:
	case <-ctx.Done():
		if r.state.CompareAndSwap(waiting, left) {
			return nil, fmt.Errorf("commit: %w", ctx.Err())
		}
		<-r.done
	}
	if r.err != nil {
		return nil, fmt.Errorf("commit: %w", r.err)
	}
	return r.entries, nil
}

// work is the committer: it takes what waits, commits it, answers, until Close.
func (j *Journal) work() {
	defer close(j.ended)
	for {
		group := j.take()
		if len(group) == 0 {
			return
		}
		j.commit(group)
		for _, r := range group {
			close(r.done)
		}
	}
}

// take waits for requests and returns as many as make a group; none after Close.
func (j *Journal) take() []*request {
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.queue) == 0 && !j.closed {
		j.waiting.Wait()
	}
	if len(j.queue) > 0 {
		// Callers answered by the last commit are about to ask again: let them, so that
		// groups do not alternate between one caller and all the others.
		j.mu.Unlock()
		runtime.Gosched()
		j.mu.Lock()
	}
	n, size := 0, 0
	for n < len(j.queue) && n < maxGroup && (n == 0 || size+j.queue[n].batch.size <= maxGroupBytes) {
		size += j.queue[n].batch.size
		n++
	}
	group := slices.Clone(j.queue[:n])
	j.queue = slices.Delete(j.queue, 0, n) // clears what it moved, so that nothing is kept alive
	return group
}

// errNothing rolls a transaction back that would change nothing.
var errNothing = errors.New("nothing to commit")

// commit applies the group in one transaction and gives every request its answer. It
// answers nobody before the sync: a conflict, too, may be with a batch of this group.
func (j *Journal) commit(group []*request) {
	j.writing.Lock()
	defer j.writing.Unlock()
	var (
		id  int64
		seq uint64
		err = j.stopped
	)
	if err == nil {
		err = guard(j.path, func() error {
			j.wrecked = true // until bbolt has come back without a panic
			err := j.db.Update(func(tx *bbolt.Tx) error {
				id = int64(tx.ID())
				var err error
				if seq, err = j.apply(tx, group); err != nil {
					return err
				}
				return j.call(BeforeCommit, seq)
			})
			j.wrecked = false
			return err
		})
		if err == nil {
			err = j.call(AfterCommit, seq)
		}
		if err != nil && !errors.Is(err, errNothing) {
			err = fmt.Errorf("%w: %w", ErrStopped, err)
			j.stopped = err
		}
	}
	switch {
	case err == nil:
		j.synced.Store(id)
		j.news.tell(seq, false)
	case errors.Is(err, errNothing):
		// Every request has its own reason.
	default:
		j.news.tell(0, true)
		for _, r := range group {
			r.entries, r.err = nil, err
		}
	}
}

func (j *Journal) call(p Point, seq uint64) error {
	if j.hook == nil {
		return nil
	}
	return j.hook(p, seq)
}

// apply writes every request of the group that holds, in order, and gives the others
// their reason. It returns the last seq.
func (j *Journal) apply(tx *bbolt.Tx, group []*request) (uint64, error) {
	w, err := newWriter(j, tx)
	if err != nil {
		return 0, err
	}
	some := false
	for _, r := range group {
		if !r.state.CompareAndSwap(waiting, taken) {
			continue
		}
		if r.err = r.ctx.Err(); r.err != nil {
			continue
		}
		reason, err := w.judge(r.batch)
		if err != nil {
			return 0, err
		}
		if r.err = reason; reason != nil {
			continue
		}
		if r.entries, err = w.write(r.batch); err != nil {
			return 0, err
		}
		some = true
	}
	if !some {
		return 0, errNothing
	}
	return w.seq, nil
}

// writer appends to the journal within one transaction.
type writer struct {
	j                               *Journal
	entries, streams, claims, pairs *bbolt.Bucket
	now                             time.Time
	seq                             uint64
	chain                           [chainLen]byte
}

func newWriter(j *Journal, tx *bbolt.Tx) (*writer, error) {
	w := &writer{
		j:       j,
		entries: tx.Bucket([]byte(entriesBucket)),
		streams: tx.Bucket([]byte(streamsBucket)),
		claims:  tx.Bucket([]byte(claimsBucket)),
		pairs:   tx.Bucket([]byte(pairsBucket)),
		now:     j.now().UTC(),
	}
	// Entries are only ever added at the end: full pages are never split again.
	w.entries.FillPercent = 1
	seq, r, err := j.last(w.entries)
	w.seq, w.chain = seq, r.chain
	return w, err
}

// head returns the last entry of a stream as of this moment of the transaction.
func (w *writer) head(stream string) (at, error) {
	a, ok := decodeAt(w.streams.Get([]byte(stream)))
	if !ok {
		return a, w.j.damaged(0, "the index of a stream cannot be read")
	}
	return a, nil
}

// judge decides whether the batch holds. The first result is the caller's reason.
func (w *writer) judge(p prepared) (reason, err error) {
	moved := map[string]uint64{} // drafts of this batch before the one judged, by stream
	for _, d := range p.entries {
		a, err := w.head(d.stream)
		if err != nil {
			return nil, err
		}
		if last := a.index + moved[d.stream]; d.after != Any && d.after != last {
			return fmt.Errorf("%w: stream %s is at %d, not %d", ErrConflict, d.stream, last, d.after), nil
		}
		moved[d.stream]++
	}
	for i, key := range p.claims {
		if w.claims.Get([]byte(key)) != nil || slices.Contains(p.claims[:i], key) {
			return ErrClaimed{Key: key}, nil
		}
	}
	for _, x := range p.prune {
		if key := PrunedPrefix + x.Stream; w.claims.Get([]byte(key)) != nil {
			return ErrClaimed{Key: key}, nil
		}
	}
	return nil, nil
}

func (w *writer) write(p prepared) ([]Entry, error) {
	out := make([]Entry, 0, len(p.entries))
	for i, d := range p.entries {
		a, err := w.head(d.stream)
		if err != nil {
			return nil, err
		}
		when := w.now
		if !d.at.IsZero() {
			when = d.at.UTC()
		}
		r := record{at: when, index: a.index + 1, prev: a.seq, stream: d.stream, kind: d.kind, data: d.data}
		if i == 0 {
			r.claims = slices.Clone(p.claims)
		}
		stored := r.encode(w.chain)
		w.seq++
		w.chain = r.chain
		if err := w.entries.Put(u64(w.seq), stored); err != nil {
			return nil, err
		}
		if err := w.streams.Put([]byte(d.stream), at{r.index, w.seq}.encode()); err != nil {
			return nil, err
		}
		out = append(out, r.entry(w.seq))
	}
	for _, key := range p.claims {
		if err := w.claims.Put([]byte(key), u64(out[0].Seq)); err != nil {
			return nil, err
		}
	}
	for _, pair := range p.set {
		var err error
		if pair.Value == nil {
			err = w.pairs.Delete([]byte(pair.Key))
		} else {
			err = w.pairs.Put([]byte(pair.Key), pair.Value)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, x := range p.prune {
		entries, err := w.prune(x)
		if err != nil {
			return nil, err
		}
		out = append(out, entries...)
	}
	return out, nil
}

package salesforce

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// instant is a record in the order of one of its instants.
type instant struct {
	at string
	r  *row
}

func (i instant) compare(o instant) int {
	return cmp.Or(strings.Compare(i.at, o.at), strings.Compare(i.r.id(), o.r.id()))
}

// timeline holds records in the order of an instant, and then of their ids. They lie in
// blocks, none of them empty, so that a change moves few of many.
type timeline struct{ blocks [][]instant }

// blockSize is how many records lie in a block at first; with twice as many it is split.
const blockSize = 256

func newTimeline(list []instant) *timeline {
	slices.SortFunc(list, instant.compare)
	return &timeline{blocks: slices.Collect(slices.Chunk(list, blockSize))}
}

// block returns the place of the first block that ends with i or later.
func (l *timeline) block(i instant) int {
	at, _ := slices.BinarySearchFunc(l.blocks, i, func(b []instant, i instant) int { return b[len(b)-1].compare(i) })
	return at
}

func (l *timeline) insert(i instant) {
	if len(l.blocks) == 0 {
		l.blocks = [][]instant{{i}}
		return
	}
	at := min(l.block(i), len(l.blocks)-1)
	b := l.blocks[at]
	place, _ := slices.BinarySearchFunc(b, i, instant.compare)
	b = slices.Insert(b, place, i)
	l.blocks[at] = b
	if half := len(b) / 2; half >= blockSize {
		l.blocks = slices.Insert(l.blocks, at+1, slices.Clone(b[half:]))
		clear(b[half:])
		l.blocks[at] = b[:half]
	}
}

func (l *timeline) remove(i instant) {
	at := l.block(i)
	if at == len(l.blocks) {
		return
	}
	place, found := slices.BinarySearchFunc(l.blocks[at], i, instant.compare)
	switch {
	case !found:
	case len(l.blocks[at]) == 1:
		l.blocks = slices.Delete(l.blocks, at, at+1)
	default:
		l.blocks[at] = slices.Delete(l.blocks[at], place, place+1)
	}
}

// during yields the records between two instants, the latest first if down is set. The
// timeline must not change meanwhile.
func (l *timeline) during(b bounds, down bool) iter.Seq[*row] {
	if down {
		return l.backward(b)
	}
	return func(yield func(*row) bool) {
		from, _ := slices.BinarySearchFunc(l.blocks, b.from, func(block []instant, at string) int { return strings.Compare(block[len(block)-1].at, at) })
		for _, block := range l.blocks[from:] {
			place, _ := slices.BinarySearchFunc(block, b.from, func(i instant, at string) int { return strings.Compare(i.at, at) })
			for _, i := range block[place:] {
				if b.to != "" && i.at > b.to || !yield(i.r) {
					return
				}
			}
		}
	}
}

func (l *timeline) backward(b bounds) iter.Seq[*row] {
	return func(yield func(*row) bool) {
		end := len(l.blocks)
		if b.to != "" {
			end, _ = slices.BinarySearchFunc(l.blocks, b.to, func(block []instant, at string) int {
				if block[0].at <= at {
					return -1
				}
				return 1
			})
		}
		for _, block := range slices.Backward(l.blocks[:end]) {
			for _, i := range slices.Backward(block) {
				switch {
				case b.to != "" && i.at > b.to:
					continue
				case i.at < b.from || !yield(i.r):
					return
				}
			}
		}
	}
}

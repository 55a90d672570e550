package journal

import "sync"

// news tells readers that there is more to read.
type news struct {
	mu   sync.Mutex
	seq  uint64 // of the last entry on the disk
	next chan struct{}
	over bool // nothing more will come
}

// Changed returns the seq of the last entry and a channel that is closed once more is
// committed, or once nothing more can be: after [Journal.Close], and after a commit that
// failed. Who follows the journal reads, waits for the channel and asks again; nothing is
// missed, as both are taken at one moment.
func (j *Journal) Changed() (uint64, <-chan struct{}) {
	j.news.mu.Lock()
	defer j.news.mu.Unlock()
	return j.news.seq, j.news.next
}

// tell announces entries up to seq, or with over that no more come.
func (n *news) tell(seq uint64, over bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.over || (!over && seq <= n.seq) {
		return // pairs alone are no news
	}
	n.seq, n.over = max(n.seq, seq), over
	close(n.next)
	if !over {
		n.next = make(chan struct{})
	}
}

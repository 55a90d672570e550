package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// liveHeader marks what the script asks for by itself. It does not count as use of a
// session, and takes no message that a person has not seen.
const liveHeader = "Planwright-Live"

// events is GET /events: a stream with one event whenever the journal has moved, its id the
// journal's sequence. It says that something changed and never what: the page asks for
// itself again. A reader that comes back with the id it saw last is told at once whether it
// missed anything.
func (s *Web) events(w http.ResponseWriter, r *http.Request) {
	v := who(r.Context())
	if v.session == nil {
		// 204 ends an event source for good; any other status makes it try again for ever.
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if !s.people.listen(v.session) {
		// A page does without; it is renewed by hand.
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	defer s.people.leave(v.session)
	stream := http.NewResponseController(w)
	// The limits that a server has for other answers are not for this one. What cannot have
	// them has none.
	_ = stream.SetReadDeadline(time.Time{})
	_ = stream.SetWriteDeadline(time.Time{})
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	seen, known := lastEvent(r)
	beats, stop := s.cfg.Tick()
	defer stop()
	for first := true; ; first = false {
		seq, next, err := s.app.Changed()
		if err != nil {
			return // the page's own link to refresh it says why
		}
		text := ""
		switch {
		case known && seq != seen, !known && !first:
			text = fmt.Sprintf("id: %d\nevent: changed\ndata: %d\n\n", seq, seq)
		case first:
			text = fmt.Sprintf("id: %d\nretry: 2000\n: the journal stands here\n\n", seq)
		}
		seen, known = seq, true
		if !say(w, stream, text) {
			return
		}
		for waiting := true; waiting; {
			select {
			case <-next:
				waiting = false
			case <-beats:
				// A revoked or expired session stops hearing within one beat.
				if !s.people.holds(v.session) || !say(w, stream, ": still here\n\n") {
					return
				}
			case <-r.Context().Done():
				return
			case <-s.closed:
				return
			}
		}
		if !s.people.holds(v.session) {
			return
		}
	}
}

// lastEvent returns what the reader saw last: as browsers say when they come back, or as
// the page says when it opens the stream.
func lastEvent(r *http.Request) (uint64, bool) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil
}

// say sends text at once and reports whether anybody took it.
func say(w http.ResponseWriter, stream *http.ResponseController, text string) bool {
	if text == "" {
		return true
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return false
	}
	return stream.Flush() == nil
}

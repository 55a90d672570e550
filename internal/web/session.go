package web

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// How long things last. A session that is used goes on for a working day, one that is not
// ends within the half hour.
const (
	idleLimit  = 30 * time.Minute
	wholeLimit = 12 * time.Hour
	linkLimit  = 15 * time.Minute
)

// streamLimit is how many event streams one session may hold open. Each keeps a connection,
// and the program that runs plans needs connections of its own.
const streamLimit = 24

// nameLimit is how long a person's name may be.
const nameLimit = 80

var (
	// errLink: the token of a sign-in link is unknown, used or too old. Which, is nobody's
	// business.
	errLink = errors.New("this sign-in link was used, or is too old")
	// errName: what was given cannot be a person's name.
	errName = errors.New("not a name")
)

// people holds who may come in (invites) and who is in (sessions). Secrets are kept as
// their digests only: what leaks from memory opens nothing.
type people struct {
	now    func() time.Time
	random io.Reader

	mu       sync.Mutex
	sessions map[digest]*session
	invites  map[digest]invite
	count    int
}

type digest = [sha256.Size]byte

// session is one browser of one person.
type session struct {
	id    digest
	No    int // names it on the page of people, where its id is no business of anybody
	Name  string
	Agent string // what the browser calls itself
	Begun time.Time
	Used  time.Time
	flash *flash
	// streams is how many event streams it holds open.
	streams int
}

// flash is a sentence for the next page this session sees.
type flash struct {
	Text string `json:"text"`
	Bad  bool   `json:"bad,omitempty"`
	// Undo, when set, offers to take back what was just done.
	Undo *undo `json:"undo,omitempty"`
}

// invite is a one-time link that was not used yet.
type invite struct {
	name  string
	until time.Time
}

func newPeople(now func() time.Time, random io.Reader) *people {
	return &people{now: now, random: random, sessions: map[digest]*session{}, invites: map[digest]invite{}}
}

// secret draws 256 bits as text, with the digest they are kept by.
func (p *people) secret() (string, digest, error) {
	var raw [32]byte
	if _, err := io.ReadFull(p.random, raw[:]); err != nil {
		return "", digest{}, fmt.Errorf("sign-in: no randomness: %w", err)
	}
	text := base64.RawURLEncoding.EncodeToString(raw[:])
	return text, sha256.Sum256([]byte(text)), nil
}

// personName confirms that text can stand as a person's name in the journal.
func personName(text string) (string, error) {
	name := strings.Join(strings.Fields(text), " ")
	switch {
	case name == "":
		return "", fmt.Errorf("%w: it is empty", errName)
	case !utf8.ValidString(name) || utf8.RuneCountInString(name) > nameLimit:
		return "", fmt.Errorf("%w: at most %d letters", errName, nameLimit)
	case strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }):
		return "", fmt.Errorf("%w: it holds characters that cannot be seen", errName)
	}
	return name, nil
}

// invite makes the token of a one-time link for a person.
func (p *people) invite(name string) (string, error) {
	name, err := personName(name)
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep()
	token, id, err := p.secret()
	if err != nil {
		return "", err
	}
	p.invites[id] = invite{name: name, until: p.now().Add(linkLimit)}
	return token, nil
}

// invited tells whom a token would sign in. It uses nothing up.
func (p *people) invited(token string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep()
	in, ok := p.invites[sha256.Sum256([]byte(token))]
	if !ok {
		return "", errLink
	}
	return in.name, nil
}

// enter uses a token up and begins a session; old, when known, ends: an id that was there
// before the sign-in is worth nothing after it.
func (p *people) enter(token, old, agent string) (id, name string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep()
	key := sha256.Sum256([]byte(token))
	in, ok := p.invites[key]
	if !ok {
		return "", "", errLink
	}
	id, hashed, err := p.secret()
	if err != nil {
		return "", "", err
	}
	delete(p.invites, key)
	delete(p.sessions, sha256.Sum256([]byte(old)))
	p.count++
	now := p.now()
	p.sessions[hashed] = &session{id: hashed, No: p.count, Name: in.name, Agent: clip(agent, 120), Begun: now, Used: now}
	return id, in.name, nil
}

// find returns the visitor of a session id. byHand notes that the session is in use: what a
// page asks for by itself must not keep its session alive.
func (p *people) find(id string, byHand bool) (visitor, bool) {
	if id == "" {
		return visitor{}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep()
	s, ok := p.sessions[sha256.Sum256([]byte(id))]
	if !ok {
		return visitor{}, false
	}
	if byHand {
		s.Used = p.now()
	}
	return visitor{Name: s.Name, session: s}, true
}

// holds reports whether a session still lasts; asking is not using it.
func (p *people) holds(s *session) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep()
	return p.sessions[s.id] == s
}

// listen counts one more event stream of a session, unless it has too many; leave counts
// one less.
func (p *people) listen(s *session) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.streams >= streamLimit {
		return false
	}
	s.streams++
	return true
}

func (p *people) leave(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.streams--
}

// end ends a session.
func (p *people) end(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sessions, s.id)
}

// revoke ends the session of that number and tells whose it was.
func (p *people) revoke(no int) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, s := range p.sessions {
		if s.No == no {
			delete(p.sessions, id)
			return s.Name, true
		}
	}
	return "", false
}

// list returns copies of the sessions, oldest first.
func (p *people) list() []session {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep()
	var out []session
	for _, s := range p.sessions {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b session) int { return a.No - b.No })
	return out
}

// tell leaves a sentence for the next page of a session; take takes it.
func (p *people) tell(s *session, f flash) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.flash = &f
}

func (p *people) take(s *session) *flash {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := s.flash
	s.flash = nil
	return f
}

// sweep forgets what is over. p.mu is held.
func (p *people) sweep() {
	now := p.now()
	for id, s := range p.sessions {
		if now.Sub(s.Used) >= idleLimit || now.Sub(s.Begun) >= wholeLimit {
			delete(p.sessions, id)
		}
	}
	for id, in := range p.invites {
		if !now.Before(in.until) {
			delete(p.invites, id)
		}
	}
}

// clip cuts text to at most n runes.
func clip(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}

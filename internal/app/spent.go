package app

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
)

// spentFile holds what was spent of the connections' allowances, a line for each request and
// for what a vendor said is left. A line is written before the request leaves and is there after
// the process was killed. It is not synced: a machine that lost its power is not back within a
// minute, and how much of the day is left the vendor's first answer tells.
const spentFile = "spent.jsonl"

// spentKept is how long a line counts, and maxSpent how long the file grows before the rest
// is dropped from it.
const (
	spentKept = 24 * time.Hour
	maxSpent  = 4 << 20
)

// spentLine is one line: a request, or what is left.
type spentLine struct {
	At   int64           `json:"t,omitempty"` // milliseconds since 1970
	Name string          `json:"c,omitempty"` // of the connection
	Left *apicall.Budget `json:"left,omitempty"`
}

// spent is the [apicall.Store] of a data folder.
type spent struct {
	path string
	now  func() time.Time
	log  *slog.Logger

	mu   sync.Mutex
	file *os.File
	size int64
	torn bool // the last line was cut short
	sent map[string][]time.Time
	left map[string]apicall.Budget
}

// spending returns the store of the folder, the same as long as the App is open.
func (a *App) spending() *spent {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.spent == nil {
		a.spent = openSpent(a.path(spentFile), a.cfg.Now, a.cfg.Log)
	}
	return a.spent
}

// openSpent reads the file of a folder. What cannot be read of it counts as not there.
func openSpent(path string, now func() time.Time, log *slog.Logger) *spent {
	s := &spent{path: path, now: now, log: log, sent: map[string][]time.Time{}, left: map[string]apicall.Budget{}}
	data, err := os.ReadFile(path)
	if err != nil {
		return s
	}
	s.size, s.torn = int64(len(data)), len(data) > 0 && data[len(data)-1] != '\n'
	since := now().Add(-spentKept)
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		var l spentLine
		if json.Unmarshal(lines.Bytes(), &l) != nil {
			continue // the last one, cut short
		}
		if l.Left != nil {
			s.left[l.Left.Connection] = *l.Left
		} else if at := time.UnixMilli(l.At).UTC(); at.After(since) {
			s.sent[l.Name] = append(s.sent[l.Name], at)
		}
	}
	return s
}

// Load implements [apicall.Store].
func (s *spent) Load(connection string) (apicall.Budget, []time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.left[connection], slices.Clone(s.sent[connection])
}

// Sent implements [apicall.Store].
func (s *spent) Sent(connection string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent[connection] = append(s.sent[connection], at)
	s.write(spentLine{At: at.UnixMilli(), Name: connection})
}

// Told implements [apicall.Store].
func (s *spent) Told(b apicall.Budget) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left[b.Connection] == b {
		return
	}
	s.left[b.Connection] = b
	s.write(spentLine{Left: &b})
}

// write appends a line. Whoever cannot write here cannot write the journal, which says so.
// s.mu is held.
func (s *spent) write(l spentLine) {
	if s.file == nil || s.size > maxSpent {
		if err := s.ready(); err != nil {
			s.log.Warn("what was spent of a connection's allowance is not kept", "err", err)
			return
		}
	}
	line, _ := json.Marshal(l) // texts, numbers and times
	n, err := s.file.Write(append(line, '\n'))
	if s.size += int64(n); err != nil {
		s.log.Warn("what was spent of a connection's allowance is not kept", "err", err)
	}
}

// ready opens the file, and drops from it what counts no more when there is much of that. s.mu
// is held.
func (s *spent) ready() error {
	if s.torn || s.size > maxSpent {
		return s.renew()
	}
	file, err := os.OpenFile(s.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	s.file = file
	return err
}

// renew writes the file anew with what still counts, and opens it. s.mu is held.
func (s *spent) renew() error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	since := s.now().Add(-spentKept)
	for name, sent := range s.sent {
		sent = slices.DeleteFunc(sent, func(at time.Time) bool { return at.Before(since) })
		s.sent[name] = sent
		for _, at := range sent {
			_ = enc.Encode(spentLine{At: at.UnixMilli(), Name: name}) // to memory
		}
	}
	for _, left := range s.left {
		_ = enc.Encode(spentLine{Left: &left}) // to memory
	}
	if err := s.close(); err != nil {
		return err
	}
	if err := writeFile(s.path, b.Bytes()); err != nil {
		return err
	}
	file, err := os.OpenFile(s.path, os.O_APPEND|os.O_WRONLY, 0o600)
	s.file, s.size, s.torn = file, 0, false
	return err
}

func (s *spent) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// Close closes the file. The store can still be used.
func (s *spent) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.close()
}

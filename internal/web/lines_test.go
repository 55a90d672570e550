package web

import (
	"bufio"
	"io"
	"strings"
	"testing"
)

// lines reads an event stream line by line and remembers the last id.
type lines struct {
	t    *testing.T
	body io.Reader
	scan *bufio.Scanner
	id   string
}

func (l *lines) next() bool {
	if l.scan == nil {
		l.scan = bufio.NewScanner(l.body)
	}
	if !l.scan.Scan() {
		return false
	}
	if id, ok := strings.CutPrefix(l.scan.Text(), "id: "); ok {
		l.id = id
	}
	return true
}

// until reads up to a line.
func (l *lines) until(want string) {
	l.t.Helper()
	for l.next() {
		if l.scan.Text() == want {
			return
		}
	}
	l.t.Fatalf("the stream ended before %q", want)
}

// ends reads to the end of the stream.
func (l *lines) ends() {
	l.t.Helper()
	for l.next() {
	}
}

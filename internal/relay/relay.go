// Package relay lets one process run a command inside another of the same user: the one that
// has the data folder open. The caller's arguments, input, output, exit code and interrupts
// go over a socket in that folder; what the command means is for the program to say.
//
// A connection carries frames: one byte that names the frame, four bytes with the length of
// what follows (big-endian), then that. The caller sends the [Command], then input as it is
// asked for, and an interrupt at any time. The holder says that it has begun, then sends
// output, errors and requests for input, and the exit code last. A caller that goes away
// interrupts its command.
package relay

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
)

// version of the frames. A holder refuses callers of another.
const version = 1

// Command is what the holder is asked to run.
type Command struct {
	Version int               `json:"version"`
	Args    []string          `json:"args"`
	Dir     string            `json:"dir"`  // the caller's working folder
	Self    string            `json:"self"` // what the caller types to run the program
	Env     map[string]string `json:"env"`
	// Terminal says that the caller's input is a person's, who can be asked.
	Terminal bool `json:"terminal,omitempty"`
}

// Streams are a command's input and outputs.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

var (
	// ErrNobody: no process answers on the socket, or it left before it had begun.
	ErrNobody = errors.New("nobody answers")
	// ErrLost: the holder left after it had begun; what became of the command is not known.
	ErrLost = errors.New("the process that ran the command ended before it answered")
)

// The frames.
const (
	frameCommand   = 'C' // to the holder: JSON of a Command
	frameInput     = 'I' // to the holder: input; empty is its end
	frameInterrupt = 'S' // to the holder
	frameBegun     = 'A' // to the caller
	frameRefused   = 'N' // to the caller: why, instead of frameBegun
	frameOut       = 'O' // to the caller
	frameErr       = 'E' // to the caller
	frameWant      = 'R' // to the caller: send input
	frameExit      = 'Q' // to the caller: u32 exit code
)

// maxFrame bounds what one frame may carry: arguments are the longest.
const maxFrame = 4 << 20

// line is a connection that several goroutines write frames to.
type line struct {
	conn net.Conn
	mu   sync.Mutex
}

func (l *line) send(kind byte, payload []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	head := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(payload)))
	_, err := l.conn.Write(append(head, payload...))
	return err
}

func (l *line) receive() (kind byte, payload []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(l.conn, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxFrame {
		return 0, nil, fmt.Errorf("a frame of %d bytes", n)
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(l.conn, payload)
	return head[0], payload, err
}

// writer sends what is written as frames of one kind.
type writer struct {
	*line
	kind byte
}

// Write implements io.Writer.
func (w writer) Write(b []byte) (int, error) {
	n := 0
	for part := range slices.Chunk(b, chunk) {
		if err := w.send(w.kind, part); err != nil {
			return n, err
		}
		n += len(part)
	}
	return n, nil
}

// chunk is how much input or output goes into one frame.
const chunk = 64 << 10

// encode returns the frame payload of a command.
func (c Command) encode() ([]byte, error) {
	c.Version = version
	var b bytes.Buffer
	err := json.NewEncoder(&b).Encode(c)
	if err == nil && b.Len() > maxFrame {
		err = errors.New("the arguments are too long")
	}
	return b.Bytes(), err
}

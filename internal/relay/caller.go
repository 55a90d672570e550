package relay

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// Send has the process that listens on the socket run the command and returns its exit code.
// Input is read only as far as the command asks for it. When ctx ends the command is
// interrupted, and Send still waits for its end.
//
// Errors are [ErrNobody], after which nothing was done, [ErrLost], and a refusal in words.
func Send(ctx context.Context, socket string, c Command, s Streams) (int, error) {
	payload, err := c.encode()
	if err != nil {
		return 0, err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNobody, err)
	}
	defer conn.Close()
	l := &line{conn: conn}
	if err := l.send(frameCommand, payload); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNobody, err)
	}
	defer context.AfterFunc(ctx, func() { _ = l.send(frameInterrupt, nil) })() // its end is seen by follow
	return l.follow(s)
}

// follow does what the holder asks until the command has ended.
func (l *line) follow(s Streams) (int, error) {
	gone := ErrNobody
	for {
		kind, payload, err := l.receive()
		if err != nil {
			return 0, fmt.Errorf("%w: %w", gone, err)
		}
		switch kind {
		case frameBegun:
			gone = ErrLost
		case frameRefused:
			return 0, errors.New(string(payload))
		case frameOut:
			_, err = s.Out.Write(payload)
		case frameErr:
			_, err = s.Err.Write(payload)
		case frameWant:
			go l.feed(s.In) // a terminal may never answer, and the command may end meanwhile
		case frameExit:
			if len(payload) != 4 {
				return 0, fmt.Errorf("%w: its exit code cannot be read", gone)
			}
			return int(binary.BigEndian.Uint32(payload)), nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// feed answers one request for input.
func (l *line) feed(in io.Reader) {
	b := make([]byte, chunk)
	for {
		n, err := in.Read(b)
		if n > 0 || err != nil {
			_ = l.send(frameInput, b[:n]) // that the holder is gone is seen by follow
			return
		}
	}
}

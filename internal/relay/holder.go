package relay

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
)

// maxPath is how long the path of a socket may be on every system that has them.
const maxPath = 100

// Listener is the holder's end of a socket.
type Listener struct {
	ln   *net.UnixListener
	path string
	all  sync.WaitGroup
}

// Listen makes the socket, in place of one that an ended process left: the caller must hold
// the folder. It is made in a folder that only this user enters and moved into its place, so
// that nobody else can connect at any moment.
func Listen(path string) (*Listener, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), "s")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // empty by then; an orphan does no harm
	made := filepath.Join(dir, "s")
	if n := max(len(made), len(path)); n > maxPath {
		return nil, fmt.Errorf("the path %s is too long for a socket: %d bytes, at most %d", path, n, maxPath)
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	ln.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(made, 0o600), os.Rename(made, path)); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return &Listener{ln: ln, path: path}, nil
}

// Serve runs commands, each by run in a goroutine of its own, until ctx ends; then it
// interrupts those under way, waits for them, and takes the socket away. Callers of another
// user are refused.
func (l *Listener) Serve(ctx context.Context, run func(context.Context, Command, Streams) int) error {
	stop := context.AfterFunc(ctx, func() {
		_ = os.Remove(l.path) // first, so that nobody finds a socket without an ear
		_ = l.ln.Close()
	})
	defer stop()
	for {
		conn, err := l.ln.AcceptUnix()
		if err != nil {
			l.all.Wait()
			if ctx.Err() != nil {
				return nil
			}
			return errors.Join(err, os.Remove(l.path))
		}
		l.all.Go(func() {
			defer conn.Close()
			serve(ctx, conn, run)
		})
	}
}

// serve runs the command of one caller.
func serve(ctx context.Context, conn *net.UnixConn, run func(context.Context, Command, Streams) int) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := &line{conn: conn}
	leave := context.AfterFunc(ctx, func() { _ = conn.CloseRead() }) // a caller that says nothing holds nobody up
	defer leave()
	c, err := l.command(conn)
	if err != nil {
		_ = l.send(frameRefused, []byte(err.Error())) // a caller that left needs no reason
		return
	}
	if l.send(frameBegun, nil) != nil {
		return
	}
	in := &input{line: l, came: make(chan []byte), ended: ctx.Done()}
	go func() {
		defer cancel()
		l.listen(ctx, in)
	}()
	code := run(ctx, c, Streams{In: in, Out: writer{l, frameOut}, Err: writer{l, frameErr}})
	_ = l.send(frameExit, binary.BigEndian.AppendUint32(nil, uint32(code))) // as above
}

// command reads what a caller of the same user asks for.
func (l *line) command(conn *net.UnixConn) (Command, error) {
	var c Command
	if err := samePeer(conn); err != nil {
		return c, err
	}
	kind, payload, err := l.receive()
	switch {
	case err != nil:
		return c, err
	case kind != frameCommand || json.Unmarshal(payload, &c) != nil:
		return c, errors.New("this is not a command")
	case c.Version != version:
		return c, errors.New("the process that holds the data folder is another version of planwright: end it and start this one")
	}
	return c, nil
}

// listen takes what the caller sends until it leaves or interrupts.
func (l *line) listen(ctx context.Context, in *input) {
	for {
		kind, payload, err := l.receive()
		if err != nil || kind == frameInterrupt {
			return
		}
		if kind == frameInput {
			select {
			case in.came <- payload:
			case <-ctx.Done():
				return
			}
		}
	}
}

// input asks the caller for more when the command reads more.
type input struct {
	line  *line
	came  chan []byte
	ended <-chan struct{}
	rest  []byte
	over  bool
}

// Read implements io.Reader.
func (in *input) Read(b []byte) (int, error) {
	if len(in.rest) == 0 && !in.over {
		if err := in.line.send(frameWant, nil); err != nil {
			return 0, err
		}
		select {
		case in.rest = <-in.came:
			in.over = len(in.rest) == 0
		case <-in.ended:
			return 0, context.Canceled
		}
	}
	if in.over {
		return 0, io.EOF
	}
	n := copy(b, in.rest)
	in.rest = in.rest[n:]
	return n, nil
}

package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hold serves run on a socket of its own until the test ends.
func hold(t *testing.T, run func(context.Context, Command, Streams) int) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "sock")
	l, err := Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Serve(ctx, run) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(socket); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket is left: %v", err)
		}
	})
	return socket
}

func TestSend(t *testing.T) {
	socket := hold(t, func(_ context.Context, c Command, s Streams) int {
		fmt.Fprintf(s.Err, "%s in %s for %s", c.Args, c.Dir, c.Env["USER"])
		_, _ = io.Copy(s.Out, s.In)
		return 3
	})
	info, err := os.Stat(socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("socket: %v %v", info, err)
	}
	long := bytes.Repeat([]byte("0123456789"), 50_000)
	var out, said bytes.Buffer
	code, err := Send(t.Context(), socket, Command{Args: []string{"a", "b"}, Dir: "/x", Env: map[string]string{"USER": "dana"}},
		Streams{bytes.NewReader(long), &out, &said})
	if err != nil || code != 3 || !bytes.Equal(out.Bytes(), long) || said.String() != "[a b] in /x for dana" {
		t.Errorf("exit %d, %d bytes of %d, %q, %v", code, out.Len(), len(long), &said, err)
	}
}

// TestInputIsLeft does not read what the command does not ask for.
func TestInputIsLeft(t *testing.T) {
	socket := hold(t, func(context.Context, Command, Streams) int { return 0 })
	in := strings.NewReader("for the next command")
	if _, err := Send(t.Context(), socket, Command{}, Streams{in, io.Discard, io.Discard}); err != nil || in.Len() != 20 {
		t.Errorf("%d bytes are left, %v", in.Len(), err)
	}
}

// TestInterrupt interrupts, and leaves; the command learns of both.
func TestInterrupt(t *testing.T) {
	begun, ended := make(chan bool), make(chan bool, 2)
	socket := hold(t, func(ctx context.Context, _ Command, s Streams) int {
		begun <- true
		_, err := s.In.Read(make([]byte, 1)) // a terminal where nobody types
		<-ctx.Done()
		ended <- true
		if errors.Is(err, context.Canceled) {
			return 7
		}
		return 0
	})
	silent, typing := io.Pipe()
	defer typing.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	code, err := Send(ctx, socket, Command{}, Streams{silent, io.Discard, io.Discard})
	if code != 7 || err != nil {
		t.Errorf("interrupted: exit %d, %v", code, err)
	}
	<-ended

	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := Command{}.encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := (&line{conn: conn}).send(frameCommand, payload); err != nil {
		t.Fatal(err)
	}
	<-begun
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	<-ended
}

// TestGone tells a command that never began from one whose end is not known.
func TestGone(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "sock")
	send := func() error {
		_, err := Send(t.Context(), socket, Command{}, Streams{strings.NewReader(""), io.Discard, io.Discard})
		return err
	}
	if err := send(); !errors.Is(err, ErrNobody) {
		t.Errorf("no socket: %v", err)
	}
	// A killed process leaves a socket that nobody hears; the next holder takes its place.
	for _, answer := range [][]byte{nil, {frameBegun, 0, 0, 0, 0}} {
		ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		ln.SetUnlinkOnClose(false)
		go func() {
			if conn, err := ln.Accept(); err == nil {
				_, _, _ = (&line{conn: conn}).receive()
				_, _ = conn.Write(answer)
				_ = conn.Close()
			}
		}()
		want := ErrNobody
		if answer != nil {
			want = ErrLost
		}
		if err := send(); !errors.Is(err, want) {
			t.Errorf("after %q: got %v, want %v", answer, err, want)
		}
		if err := ln.Close(); err != nil {
			t.Fatal(err)
		}
		if answer == nil {
			if err := os.Remove(socket); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := send(); !errors.Is(err, ErrNobody) {
		t.Errorf("a socket without an ear: %v", err)
	}
	l, err := Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- l.Serve(ctx, func(context.Context, Command, Streams) int { return 0 })
	}()
	if err := send(); err != nil {
		t.Errorf("the next holder: %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left in the folder: %v %v", left, err)
	}
}

func TestRefusals(t *testing.T) {
	if _, err := Listen(filepath.Join(t.TempDir(), strings.Repeat("long", 25))); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("a long path: %v", err)
	}
	socket := hold(t, func(context.Context, Command, Streams) int { return 0 })
	for _, payload := range []string{`{"version":99}`, `what`} {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		l := &line{conn: conn}
		if err := l.send(frameCommand, []byte(payload)); err != nil {
			t.Fatal(err)
		}
		if kind, why, err := l.receive(); kind != frameRefused || len(why) == 0 || err != nil {
			t.Errorf("%s: %c %s %v", payload, kind, why, err)
		}
		_ = conn.Close()
	}
}

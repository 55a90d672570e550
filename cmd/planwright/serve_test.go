package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestPageServer sends what an attacker would who wants every connection for himself, and
// what a patient person would.
func TestPageServer(t *testing.T) {
	read, patient := make(chan error, 1), make(chan struct{})
	s := pageServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/patient" {
			select {
			case <-patient:
			case <-r.Context().Done():
			}
			fmt.Fprint(w, "drafted")
			return
		}
		read <- err
	}))
	if s.ReadHeaderTimeout == 0 || s.ReadTimeout == 0 || s.IdleTimeout == 0 || s.WriteTimeout != 0 {
		t.Errorf("the limits are %v, %v, %v and %v", s.ReadHeaderTimeout, s.ReadTimeout, s.IdleTimeout, s.WriteTimeout)
	}
	s.ReadTimeout = 50 * time.Millisecond // the same, for those who have no half minute
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ln) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	send := func(text string) (status int, answer string) {
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	half := "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\ngoal=When"
	send(half)
	if err := <-read; err == nil {
		t.Error("half a form was waited for, and then taken")
	}
	if got, _ := send("GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("a", 80<<10) + "\r\n\r\n"); got != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("80 KiB of headers: got %d, want 431", got)
	}
	time.AfterFunc(4*s.ReadTimeout, func() { close(patient) })
	got, text := send("POST /patient HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\ngoal")
	if got != http.StatusOK || text != "drafted" {
		t.Errorf("an answer that takes its time: got %d %q", got, text)
	}
	select {
	case <-patient:
	default:
		t.Error("the request was given up while its answer was made")
	}
}

package wire

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"syscall"
)

// RoundTripper returns a transport that serves requests by h in this process. The
// handler runs on the caller's goroutine and has ended when RoundTrip returns. A
// cancelled context is an error: before the call nothing is executed, during it the
// handler sees the cancellation and its answer is lost. A cut connection is io.EOF, a
// reset one wraps syscall.ECONNRESET, and a truncated body ends in
// io.ErrUnexpectedEOF: what net/http reports over real sockets.
func RoundTripper(h http.Handler) http.RoundTripper { return transport{h} }

type transport struct{ h http.Handler }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := drain(r)
	if err != nil {
		return nil, err
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	in.Body = io.NopCloser(bytes.NewReader(body))
	in.ContentLength = int64(len(body))
	in.RequestURI = r.URL.RequestURI()
	in.RemoteAddr = "127.0.0.1:1"
	in.Proto, in.ProtoMajor, in.ProtoMinor = "HTTP/1.1", 1, 1
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	a := newAnswer()
	serve(t.h, a, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if a.broken != nil && !a.flushed {
		return nil, a.broken
	}
	return a.response(r), nil
}

// drain reads and closes the body, as a transport must.
func drain(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	return body, errors.Join(err, r.Body.Close())
}

// serve runs h and turns the panic that cuts a connection into a's broken state. Other
// panics pass: they are bugs.
func serve(h http.Handler, a *answer, r *http.Request) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			if a.broken == nil {
				a.broken = io.EOF
			}
		default:
			panic(p)
		}
	}()
	h.ServeHTTP(a, r)
}

// cut ends the connection without (the rest of) an answer, under net/http and here.
func cut() { panic(http.ErrAbortHandler) }

// reset ends the connection so that the sender sees a reset. Like cut it does not return.
func reset(w http.ResponseWriter) {
	for u := w; u != nil; {
		if a, ok := u.(*answer); ok {
			a.broken = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
			cut()
		}
		wrapped, ok := u.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		u = wrapped.Unwrap()
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		cut() // HTTP/2 and foreign writers: ending the stream is as near as it gets
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // on failure the close below is a plain one
	}
	_ = conn.Close() // the connection is being thrown away
	cut()
}

// answer is a response kept in memory.
type answer struct {
	header  http.Header
	code    int
	body    bytes.Buffer
	sent    http.Header // header as it was when the code was written
	flushed bool
	broken  error
}

func newAnswer() *answer { return &answer{header: http.Header{}} }

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(code int) {
	if a.code == 0 {
		a.code, a.sent = code, a.header.Clone()
	}
}

func (a *answer) Write(b []byte) (int, error) {
	if a.code == 0 {
		a.WriteHeader(http.StatusOK)
	}
	return a.body.Write(b)
}

// Flush makes what was written so far reach the reader even when the connection breaks.
func (a *answer) Flush() { a.flushed = true }

// finish settles the code and headers the way net/http would.
func (a *answer) finish() {
	a.WriteHeader(http.StatusOK)
	if a.body.Len() > 0 && a.sent.Get("Content-Type") == "" {
		a.sent.Set("Content-Type", http.DetectContentType(a.body.Bytes()))
	}
	if a.sent.Get("Content-Length") == "" {
		a.sent.Set("Content-Length", strconv.Itoa(a.body.Len()))
	}
}

func (a *answer) response(r *http.Request) *http.Response {
	a.finish()
	var body io.Reader = bytes.NewReader(a.body.Bytes())
	if a.broken != nil {
		body = io.MultiReader(body, broken{io.ErrUnexpectedEOF})
	}
	length, err := strconv.ParseInt(a.sent.Get("Content-Length"), 10, 64)
	if err != nil {
		length = -1
	}
	return &http.Response{
		Status: strconv.Itoa(a.code) + " " + http.StatusText(a.code), StatusCode: a.code,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.sent, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// send writes the kept answer to w.
func (a *answer) send(w http.ResponseWriter) {
	a.finish()
	a.copyHeader(w)
	w.WriteHeader(a.code)
	_, _ = w.Write(a.body.Bytes()) // a reader that went away needs no answer
}

// truncate announces the whole answer, writes half of its body and cuts.
func (a *answer) truncate(w http.ResponseWriter) {
	a.finish()
	a.copyHeader(w)
	w.WriteHeader(a.code)
	_, _ = w.Write(a.body.Bytes()[:a.body.Len()/2]) // see send
	_ = http.NewResponseController(w).Flush()       // a writer that cannot flush loses the half as well
	cut()
}

func (a *answer) copyHeader(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.sent)
}

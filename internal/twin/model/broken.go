package model

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
)

// endless bounds the answer without end for readers that keep everything: no client should
// get this far.
const endless = 64 << 20

// cut ends the connection, under net/http and in process.
func cut() { panic(http.ErrAbortHandler) }

// breakOff answers in a broken way.
func breakOff(w http.ResponseWriter, r *http.Request, d dialect, a Asked, reply Reply) {
	switch reply.Break {
	case Halved:
		var whole bytes.Buffer
		d.write(&whole, w.Header(), a, reply)
		w.Header().Set("Content-Length", strconv.Itoa(whole.Len()))
		_, _ = w.Write(whole.Bytes()[:whole.Len()/2]) // the reader is to be disappointed anyway
		_ = http.NewResponseController(w).Flush()     // a writer that cannot flush loses the half as well
		cut()
	case Endless:
		w.Header().Set("Content-Type", "application/json")
		if _, err := io.WriteString(w, d.open()); err != nil {
			return
		}
		more := bytes.Repeat([]byte("and on "), 1<<12)
		for sent := 0; sent < endless && r.Context().Err() == nil; sent += len(more) {
			if _, err := w.Write(more); err != nil {
				return
			}
		}
		cut()
	case HTMLPage:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if reply.Status != 0 {
			w.WriteHeader(reply.Status)
		}
		_, _ = io.WriteString(w, "<html><head><title>Sign in</title></head><body><h1>Sign in to go on</h1></body></html>")
	case Cut, Whole:
		cut()
	}
}

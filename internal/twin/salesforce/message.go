package salesforce

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// minGzip is the size from which an answer is worth packing.
const minGzip = 1024

// readBody reads the body of a request, packed or not.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *apiError) {
	tooLarge := refuse(http.StatusRequestEntityTooLarge, "EXCEEDED_MAX_SIZE_REQUEST", "The message is too large or was cut short.")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, tooLarge
	}
	switch coding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); coding {
	case "", "identity":
		return body, nil
	case "gzip":
	default:
		return nil, refuse(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Content-Encoding '"+coding+"' not supported")
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, badRequest("MALFORMED_MESSAGE", "The body is not in gzip form")
	}
	if body, err = io.ReadAll(io.LimitReader(z, maxBody+1)); err != nil {
		return nil, badRequest("MALFORMED_MESSAGE", "The body is not in gzip form")
	}
	if len(body) > maxBody { // a small message may be a large one
		return nil, tooLarge
	}
	return body, nil
}

// send writes an answer.
func (t *Twin) send(w http.ResponseWriter, r *http.Request, a answer) {
	data, media := a.encode(r.Header.Get("X-PrettyPrint") == "1")
	h := w.Header()
	if media != "" {
		h.Set("Content-Type", media)
	}
	for name, value := range a.header {
		h.Set(name, value)
	}
	// OAuth answers go out as they are: they are short, and hold secrets that who records
	// exchanges must be able to blank.
	if len(data) >= minGzip && takesGzip(r.Header) && !strings.HasPrefix(r.URL.Path, "/services/oauth2/") {
		h.Set("Content-Encoding", "gzip")
		h.Add("Vary", "Accept-Encoding")
		if tag := h.Get("ETag"); tag != "" {
			h.Set("ETag", strings.TrimSuffix(tag, `"`)+gzipTag+`"`)
		}
		data = t.pack(data)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(data) // a client that hung up is its own loss
}

// encode returns the body of an answer and its type.
func (a answer) encode(pretty bool) ([]byte, string) {
	switch body := a.body.(type) {
	case nil:
		return nil, ""
	case page:
		return []byte(body.text), body.media
	}
	data, err := encodeJSON(a.body)
	if err != nil {
		panic(fmt.Sprintf("salesforce: answer has no JSON form: %v", err)) // broken invariant
	}
	if pretty {
		var b bytes.Buffer
		if json.Indent(&b, data, "", "  ") == nil {
			data = b.Bytes()
		}
	}
	return data, "application/json;charset=UTF-8"
}

func takesGzip(h http.Header) bool {
	for coding := range strings.SplitSeq(h.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(name, "gzip") && strings.ReplaceAll(weight, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

// pack compresses, fast rather than small. Writers are large and used again.
func (t *Twin) pack(data []byte) []byte {
	var b bytes.Buffer
	z, ok := t.packers.Get().(*gzip.Writer)
	if ok {
		z.Reset(&b)
	} else {
		z, _ = gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level is a good one
	}
	_, _ = z.Write(data) // a buffer takes everything
	_ = z.Close()
	t.packers.Put(z)
	return b.Bytes()
}

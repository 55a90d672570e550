package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/drawing"
)

//go:embed static
var staticFiles embed.FS

// static serves the style sheet, the script and the icon under names that hold a digest of
// their content, so that a browser may keep them for ever and never has an old one.
type static struct {
	names map[string]string // "style.css" to "/static/style.0123456789ab.css"
	files map[string][]byte // by that name
}

func newStatic() (*static, error) {
	s := &static{names: map[string]string{}, files: map[string][]byte{}}
	entries, err := fs.ReadDir(staticFiles, "static")
	if err != nil {
		return nil, fmt.Errorf("web: static files: %w", err)
	}
	for _, e := range entries {
		data, err := fs.ReadFile(staticFiles, "static/"+e.Name())
		if err != nil {
			return nil, fmt.Errorf("web: static files: %w", err)
		}
		if e.Name() == "style.css" {
			data = append(data, drawing.CSS()...)
		}
		sum := sha256.Sum256(data)
		ext := path.Ext(e.Name())
		name := "/static/" + strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:6]) + ext
		s.names[e.Name()], s.files[name] = name, data
	}
	return s, nil
}

// kindOf says what a file is. It is not left to the tables of the machine: where they are
// wrong, no browser runs a script that must not be guessed.
var kindOf = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// ServeHTTP implements http.Handler.
func (s *static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, ok := s.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kindOf[path.Ext(r.URL.Path)])
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, r.URL.Path, time.Time{}, bytes.NewReader(data))
}

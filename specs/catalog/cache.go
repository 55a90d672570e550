package catalog

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/planwright/planwright/internal/diag"
)

// compilerVersion is part of every cache file's name. Raise it whenever the same spec
// and overlay compile to something else; a test fails when that is forgotten.
const compilerVersion = "3"

// A cache file is, in order:
//
//	8 bytes   "PWCATLG1"
//	4 bytes   length of the index, big endian
//	4 bytes   CRC-32C of the index
//	the index, then the bodies: operations and objects as JSON, end to end
//
// The index is a run of texts and numbers: a number is a uvarint, a text its length
// and its bytes. It holds the API and the findings as JSON; the number of operations
// and for each its id, method, path, summary, entity, effect and extent; then the same
// for objects with name and field names. An extent is offset (from the first body),
// length and CRC-32C. Nothing in the file is trusted: a wrong sum or a value that does
// not fit means that it is compiled again.
const magic = "PWCATLG1"

const headerSize = len(magic) + 8

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// extent is where a body lies.
type extent struct {
	off, size int64
	sum       uint32
}

// cacheKey names what is compiled: equal keys, equal results.
func cacheKey(src Source) string {
	h := sha256.New()
	for _, part := range []string{compilerVersion, src.Name, digest(src.Spec), digest(src.Overlay)} {
		h.Write([]byte(part + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

const cacheSuffix = ".catalog"

func cachePath(dir, key, name string) string { return filepath.Join(dir, name+"-"+key+cacheSuffix) }

// cacheFile reads bodies. The file is opened for each reading unless held.
type cacheFile struct {
	path  string
	start int64 // of the first body

	mu   sync.Mutex
	held *os.File
	uses int
}

func (f *cacheFile) hold() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.uses++; f.uses == 1 {
		f.held, _ = os.Open(f.path) // a failure shows again at the next read
	}
}

func (f *cacheFile) release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.uses--; f.uses == 0 && f.held != nil {
		f.held.Close() //nolint:errcheck // only read from
		f.held = nil
	}
}

// read decodes the body at e into v and reports whether it is whole.
func (f *cacheFile) read(e extent, v any) bool {
	f.hold()
	defer f.release()
	if f.held == nil {
		return false
	}
	body := make([]byte, e.size)
	if _, err := f.held.ReadAt(body, f.start+e.off); err != nil {
		return false
	}
	return crc32.Checksum(body, castagnoli()) == e.sum && json.Unmarshal(body, v) == nil
}

// openCache returns nil when there is no usable cache file.
func openCache(dir, key string, src Source) *store {
	path := cachePath(dir, key, src.Name)
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close() //nolint:errcheck // only read from
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	head := make([]byte, headerSize)
	if _, err := io.ReadFull(f, head); err != nil || string(head[:len(magic)]) != magic {
		return nil
	}
	size := int64(binary.BigEndian.Uint32(head[len(magic):]))
	start := int64(headerSize) + size
	if start > info.Size() {
		return nil
	}
	index := make([]byte, size)
	if _, err := io.ReadFull(f, index); err != nil {
		return nil
	}
	if crc32.Checksum(index, castagnoli()) != binary.BigEndian.Uint32(head[len(magic)+4:]) {
		return nil
	}
	s := &store{src: src, file: &cacheFile{path: path, start: start}}
	if !s.readIndex(string(index), info.Size()-start) {
		return nil
	}
	s.api.Embedded = src.Embedded
	return s
}

// indexReader walks an index; ok turns false at the first thing that does not fit.
type indexReader struct {
	s  string
	ok bool
}

func (r *indexReader) num() uint64 {
	var n uint64
	for i := 0; i < len(r.s) && i < binary.MaxVarintLen64; i++ {
		n |= uint64(r.s[i]&0x7f) << (7 * i)
		if r.s[i] < 0x80 {
			r.s = r.s[i+1:]
			return n
		}
	}
	r.ok, r.s = false, ""
	return 0
}

func (r *indexReader) str() string {
	n := r.num()
	if n > uint64(len(r.s)) {
		r.ok, r.s = false, ""
		return ""
	}
	out := r.s[:n]
	r.s = r.s[n:]
	return out
}

func (r *indexReader) extent(bodies int64) extent {
	e := extent{off: int64(r.num()), size: int64(r.num()), sum: uint32(r.num())}
	if e.off < 0 || e.size < 0 || e.off > bodies || e.size > bodies-e.off {
		r.ok = false
	}
	return e
}

func (s *store) readIndex(index string, bodies int64) bool {
	r := &indexReader{s: index, ok: true}
	if json.Unmarshal([]byte(r.str()), &s.api) != nil || json.Unmarshal([]byte(r.str()), &s.found) != nil || s.api == nil {
		return false
	}
	n := r.num()
	if n > uint64(len(r.s)) {
		return false
	}
	s.ops = make(map[string]*opEntry, n)
	ops := make([]opEntry, n)
	for i := range ops {
		e := &ops[i]
		e.id, e.method, e.path, e.summary, e.entity = r.str(), r.str(), r.str(), r.str(), r.str()
		e.effect = Effect(r.str())
		e.at = r.extent(bodies)
		s.addOp(e)
	}
	if n = r.num(); n > uint64(len(r.s)) {
		return false
	}
	s.objs = make(map[string]*objEntry, n)
	objs := make([]objEntry, n)
	for i := range objs {
		e := &objs[i]
		e.name, e.fields = r.str(), r.str()
		e.at = r.extent(bodies)
		s.addObj(e)
	}
	return r.ok && r.s == ""
}

// writeCache stores what was compiled. It is written beside and renamed, so that no
// reader sees half a file. Failing costs the next Open its time, nothing else.
func writeCache(dir, key string, s *store) {
	data, ok := s.encode()
	if !ok || os.MkdirAll(dir, 0o700) != nil {
		return
	}
	tmp, err := os.CreateTemp(dir, s.src.Name+"-*.tmp")
	if err != nil {
		return
	}
	_, err = tmp.Write(data)
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(tmp.Name(), cachePath(dir, key, s.src.Name))
	}
	if err != nil {
		os.Remove(tmp.Name()) //nolint:errcheck // nothing else can be done about it
		return
	}
	prune(dir, key, s.src.Name)
}

// prune removes what earlier versions of the same API left.
func prune(dir, key, name string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), name+"-")
		old, isCache := strings.CutSuffix(rest, cacheSuffix)
		if ok && isCache && len(old) == len(key) && old != key {
			os.Remove(filepath.Join(dir, e.Name())) //nolint:errcheck // it is only in the way
		}
	}
}

func (s *store) encode() ([]byte, bool) {
	var index, bodies []byte
	ok := true
	text := func(t string) {
		index = binary.AppendUvarint(index, uint64(len(t)))
		index = append(index, t...)
	}
	encoded := func(v any) []byte {
		b, err := json.Marshal(v)
		ok = ok && err == nil
		return b
	}
	body := func(v any) {
		b := encoded(v)
		index = binary.AppendUvarint(index, uint64(len(bodies)))
		index = binary.AppendUvarint(index, uint64(len(b)))
		index = binary.AppendUvarint(index, uint64(crc32.Checksum(b, castagnoli())))
		bodies = append(bodies, b...)
	}
	text(string(encoded(s.api)))
	text(string(encoded(append(diag.List{}, s.found...))))
	index = binary.AppendUvarint(index, uint64(len(s.opIDs)))
	for _, id := range s.opIDs {
		e := s.ops[id]
		for _, t := range []string{e.id, e.method, e.path, e.summary, e.entity, string(e.effect)} {
			text(t)
		}
		body(e.val)
	}
	index = binary.AppendUvarint(index, uint64(len(s.objNames)))
	for _, name := range s.objNames {
		e := s.objs[name]
		text(e.name)
		text(e.fields)
		body(e.val)
	}
	if len(index) > 1<<31 {
		return nil, false
	}
	out := binary.BigEndian.AppendUint32([]byte(magic), uint32(len(index)))
	out = binary.BigEndian.AppendUint32(out, crc32.Checksum(index, castagnoli()))
	return append(append(out, index...), bodies...), ok
}

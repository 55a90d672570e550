package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
	"unicode/utf8"
)

// Any as [Draft.After] appends whatever the stream's last entry is.
const Any uint64 = math.MaxUint64

// Bounds on what one batch may hold. They keep memory bounded and catch mistakes; no
// honest entry comes near them.
const (
	maxName  = 512      // bytes of a stream, kind, claim or pair key
	maxData  = 16 << 20 // bytes of JSON in one entry
	maxValue = 1 << 20  // bytes of one pair
)

// Entry is one line of the journal. It never changes, but its data may be pruned.
type Entry struct {
	Seq    uint64          // in the whole journal, from 1, without gaps
	Stream string          // what it belongs to
	Index  uint64          // in its stream, from 1, without gaps
	At     time.Time       // when it happened, UTC: as its draft says, else when it was committed
	Kind   string          // what it says; a closed list of whoever writes the stream
	Data   json.RawMessage // the particulars; nil once they were pruned
	Claims []string        // keys taken with it, on the first entry of a batch
	Chain  [32]byte        // hash of the journal up to and with this entry
}

// Draft is an entry to be appended.
type Draft struct {
	Stream string
	// After is the Index of the stream's last entry as the caller knows it, 0 for a stream
	// without entries; [Any] does not check. It holds for the moment of the commit and
	// counts the drafts before it in the same batch.
	After uint64
	Kind  string
	// At is when it happened. The zero time stands for the moment of the commit, by the clock
	// in Options. Times may go back from one entry to the next: clocks are put back, too.
	At time.Time
	// Data is stored as encoding/json writes it, with <, > and & as they are. A
	// json.RawMessage keeps its numbers and member order; an [Encoded] is stored as it is.
	Data any
}

// Encoded is data in the form in which an entry holds it. It comes from [Encode] alone, so
// that the journal need not read it again to know that it is valid.
type Encoded struct{ data json.RawMessage }

// Encode encodes the data of a draft. It is an error if v is not JSON or is too large.
func Encode(v any) (Encoded, error) {
	data, err := encodeData(v)
	return Encoded{data}, err
}

// Appender is data that appends itself as encoding/json writes it, with <, > and & as they
// are, but faster. It must write valid JSON without white space: nobody looks at it again.
type Appender interface {
	AppendJSON(b []byte) ([]byte, error)
}

// JSON returns the encoded data, which nobody may change.
func (e Encoded) JSON() json.RawMessage { return e.data }

// Pair is a small value under a key. A nil Value deletes the key.
type Pair struct {
	Key   string
	Value []byte
}

// Batch is what one commit applies, all or nothing.
type Batch struct {
	Entries []Draft
	// Claims are keys that nobody has taken yet; they are taken for ever. A batch with
	// claims must have an entry.
	Claims []string
	// Set is applied in order, after the entries.
	Set []Pair
	// Prune takes data from entries, after all else. It is recorded by an entry for each.
	Prune []Pruning
}

// draft is a Draft that has been judged and encoded, before it has a place.
type draft struct {
	stream string
	after  uint64
	kind   string
	at     time.Time
	data   json.RawMessage
}

// prepared is a Batch that has been judged and encoded, outside the committer so that
// the one goroutine that writes does no more than write.
type prepared struct {
	entries []draft
	claims  []string
	set     []Pair
	prune   []pruning
	size    int // bytes, about
}

func prepare(b Batch) (prepared, error) {
	p := prepared{claims: b.Claims, set: b.Set}
	if len(b.Claims) > 0 && len(b.Entries) == 0 {
		return p, fmt.Errorf("%w: claims without an entry that takes them", ErrInvalid)
	}
	for _, d := range b.Entries {
		if err := errors.Join(checkName("stream", d.Stream), checkName("kind", d.Kind)); err != nil {
			return p, err
		}
		data, err := encodeData(d.Data)
		if err != nil {
			return p, fmt.Errorf("%w: stream %q, kind %q: %w", ErrInvalid, d.Stream, d.Kind, err)
		}
		p.entries = append(p.entries, draft{d.Stream, d.After, d.Kind, d.At, data})
		p.size += len(data) + len(d.Stream)
	}
	for _, key := range b.Claims {
		if err := checkName("claim", key); err != nil {
			return p, err
		}
		p.size += len(key)
	}
	for _, pair := range b.Set {
		if err := checkName("pair", pair.Key); err != nil {
			return p, err
		}
		if len(pair.Value) > maxValue {
			return p, fmt.Errorf("%w: pair %q: value has more than %d bytes", ErrInvalid, pair.Key, maxValue)
		}
		p.size += len(pair.Key) + len(pair.Value)
	}
	return p, p.preparePruning(b.Prune)
}

// checkName refuses names that could not be written on a line of text.
func checkName(what, name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%w: empty %s", ErrInvalid, what)
	case len(name) > maxName:
		return fmt.Errorf("%w: %s %.40q… has more than %d bytes", ErrInvalid, what, name, maxName)
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: %s %.40q is not UTF-8", ErrInvalid, what, name)
	case slices.ContainsFunc([]byte(name), func(c byte) bool { return c < 0x20 }):
		return fmt.Errorf("%w: %s %.40q has a control character", ErrInvalid, what, name)
	}
	return nil
}

func encodeData(v any) (json.RawMessage, error) {
	if e, ok := v.(Encoded); ok && e.data != nil {
		return e.data, nil
	}
	var data []byte
	if a, ok := v.(Appender); ok {
		var err error
		if data, err = a.AppendJSON(nil); err != nil {
			return nil, err
		}
	} else {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return nil, err
		}
		data = bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	}
	if len(data) > maxData {
		return nil, fmt.Errorf("data has %d bytes, more than %d", len(data), maxData)
	}
	return data, nil
}

// recordVersion is the first byte after the chain. See the package comment.
const recordVersion = 1

// prunedVersion is that of a record whose data was taken; its chain was made with the data.
const prunedVersion = 2

// chainLen is where the hashed part of a record begins.
const chainLen = sha256.Size

// record is the stored form of an entry; seq is its key and not part of it.
type record struct {
	chain  [chainLen]byte
	at     time.Time
	index  uint64
	prev   uint64 // seq of the stream's entry before this one, 0 for none
	stream string
	kind   string
	claims []string
	data   []byte
}

// encode returns the stored bytes, chained to prev, and fills in r.chain.
func (r *record) encode(prev [chainLen]byte) []byte {
	b := make([]byte, chainLen, chainLen+32+len(r.stream)+len(r.kind)+len(r.data))
	b = append(b, recordVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(r.at.UnixNano()))
	b = binary.AppendUvarint(b, r.index)
	b = binary.AppendUvarint(b, r.prev)
	b = appendText(b, r.stream)
	b = appendText(b, r.kind)
	b = binary.AppendUvarint(b, uint64(len(r.claims)))
	for _, c := range r.claims {
		b = appendText(b, c)
	}
	b = append(b, r.data...)
	r.chain = link(prev, b)
	copy(b, r.chain[:])
	return b
}

// link returns the chain of the stored record b when the chain before it is prev.
func link(prev [chainLen]byte, b []byte) [chainLen]byte {
	h := sha256.New()
	h.Write(prev[:])
	h.Write(b[chainLen:])
	return [chainLen]byte(h.Sum(nil))
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// decodeRecord reads stored bytes. The result keeps no part of b.
func decodeRecord(b []byte) (record, error) {
	var r record
	if len(b) < chainLen+9 {
		return r, errors.New("the record is cut short")
	}
	if v := b[chainLen]; v != recordVersion && v != prunedVersion {
		return r, fmt.Errorf("record version %d is not known to this program; use a newer one", v)
	}
	copy(r.chain[:], b)
	r.at = time.Unix(0, int64(binary.BigEndian.Uint64(b[chainLen+1:]))).UTC()
	rest := reader{b: b[chainLen+9:]}
	r.index = rest.uvarint()
	r.prev = rest.uvarint()
	r.stream = rest.text()
	r.kind = rest.text()
	if n := rest.uvarint(); n > 0 && !rest.bad {
		for range min(n, uint64(len(rest.b))) {
			r.claims = append(r.claims, rest.text())
		}
		rest.bad = rest.bad || uint64(len(r.claims)) != n
	}
	whole := b[chainLen] == recordVersion
	if whole {
		r.data = bytes.Clone(rest.b)
	}
	if rest.bad || r.index == 0 || r.stream == "" || r.kind == "" || whole != json.Valid(rest.b) {
		return record{}, errors.New("the record cannot be read")
	}
	return r, nil
}

// entry gives the record its place.
func (r record) entry(seq uint64) Entry {
	return Entry{
		Seq: seq, Stream: r.stream, Index: r.index, At: r.at, Kind: r.kind,
		Data: r.data, Claims: r.claims, Chain: r.chain,
	}
}

// reader takes a record apart; after the first mistake bad is set and all else is empty.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || r.bad {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) text() string {
	n := r.uvarint()
	if r.bad || n > uint64(len(r.b)) {
		r.bad = true
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

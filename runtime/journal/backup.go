package journal

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// Backup writes a copy of the journal file as it is at one moment; put in the file's
// place it is that journal. Commits go on meanwhile, though one that has to map a larger
// file waits for w: write to a disk, not to a slow network.
func (j *Journal) Backup(w io.Writer) error {
	if j.db == nil {
		return nil
	}
	err := j.view(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(w)
		return err
	})
	if err != nil {
		return fmt.Errorf("back up journal: %w", err)
	}
	return nil
}

// line is one line of an export. Its names and forms are for other programs to read and
// do not change.
type line struct {
	Seq    uint64          `json:"seq"`
	Stream string          `json:"stream"`
	Index  uint64          `json:"index"`
	At     time.Time       `json:"at"` // RFC 3339, UTC
	Kind   string          `json:"kind"`
	Data   json.RawMessage `json:"data"`
	Claims []string        `json:"claims,omitempty"`
	Chain  string          `json:"chain"` // 64 hex digits
}

// Export writes every entry that is there when it begins, and that all of keep take, as one
// line of JSON.
func (j *Journal) Export(w io.Writer, keep ...func(Entry) bool) error {
	end, err := j.Head()
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	for e, err := range j.Entries(0) {
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		if e.Seq > end.Seq {
			break
		}
		if slices.ContainsFunc(keep, func(ok func(Entry) bool) bool { return !ok(e) }) {
			continue
		}
		l := line{e.Seq, e.Stream, e.Index, e.At, e.Kind, e.Data, e.Claims, hex.EncodeToString(e.Chain[:])}
		if err := enc.Encode(l); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

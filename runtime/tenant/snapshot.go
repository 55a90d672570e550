package tenant

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// version is the form of an encoded snapshot.
const version = 1

// maxBytes bounds an encoded snapshot that is read.
const maxBytes = 16 << 20

// Snapshot is what one tenant had at a moment. It must not be changed once a check was
// given it.
type Snapshot struct {
	API        string `json:"api"`        // "xero"
	Connection string `json:"connection"` // "xero"
	// Tenant is the address and identity of the tenant, as approvals bind them, and Name what
	// it calls itself, "" where the API does not say.
	Tenant string    `json:"tenant"`
	Name   string    `json:"name,omitempty"`
	Taken  time.Time `json:"taken"` // UTC
	// Objects are those that were described for the connection's user, by short name.
	Objects map[string]Object `json:"objects,omitempty"`
	// Records are the kept ones, by short name of their object; an empty list is not the
	// same as none.
	Records map[string][]Record `json:"records,omitempty"`
	// Actions says of each action whether the tenant may take it; nil when that is not known.
	Actions map[string]bool `json:"actions"`
	// Scopes are those the connection was granted; nil when that is not known.
	Scopes []string `json:"scopes"`
	// Unread says why parts are missing, by what was to be read.
	Unread map[string]string `json:"unread,omitempty"`
}

// Record is the kept fields of one record, as text; dates are YYYY-MM-DD. A field without a
// value is not there.
type Record map[string]string

// Object is what the connection's user may do with the records of one object.
type Object struct {
	// Hidden says that the user cannot see the object at all.
	Hidden     bool             `json:"hidden,omitempty"`
	Createable bool             `json:"createable,omitempty"`
	Updateable bool             `json:"updateable,omitempty"`
	Fields     map[string]Field `json:"fields,omitempty"` // those the user sees
}

// Field is what the tenant made of one field.
type Field struct {
	Createable bool `json:"createable,omitempty"`
	Updateable bool `json:"updateable,omitempty"`
	// Required says that a record cannot be made without it.
	Required bool `json:"required,omitempty"`
	// Length bounds text, in characters; 0 means not stated.
	Length int `json:"length,omitempty"`
	// Values are the active ones of a picklist; Closed says that no other is taken.
	Values []string `json:"values,omitempty"`
	Closed bool     `json:"closed,omitempty"`
}

// stored is the encoded form.
type stored struct {
	Version int `json:"version"`
	*Snapshot
}

// Encode returns the snapshot as JSON. The same snapshot always gives the same bytes.
func (s *Snapshot) Encode() []byte {
	out, err := json.MarshalIndent(stored{version, s}, "", " ")
	if err != nil {
		panic(err) // unreachable: text, truth values, whole numbers and an instant
	}
	return append(out, '\n')
}

// Decode reads what Encode wrote. It refuses other versions and members it does not know.
func Decode(data []byte) (*Snapshot, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("read snapshot: it has %d bytes, more than %d", len(data), maxBytes)
	}
	var head struct{ Version int }
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	if head.Version != version {
		return nil, fmt.Errorf("read snapshot: it has version %d, not %d", head.Version, version)
	}
	s := stored{Snapshot: &Snapshot{}}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	if s.API == "" || s.Taken.IsZero() {
		return nil, fmt.Errorf("read snapshot: it does not say of which API it is, or when it was taken")
	}
	return s.Snapshot, nil
}

// Digest is the SHA-256 of the encoded snapshot, "sha256:…".
func (s *Snapshot) Digest() string {
	sum := sha256.Sum256(s.Encode())
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Find returns the first record of an object that has the value in the field. Known is
// false when the object's records were not read, and then nothing can be said.
func (s *Snapshot) Find(object, field, value string) (r Record, found, known bool) {
	records, known := s.Records[object]
	for _, r := range records {
		if r[field] == value {
			return r, true, true
		}
	}
	return nil, false, known
}

// Who names the tenant for a person: its own name, else the connection.
func (s *Snapshot) Who() string {
	if s.Name != "" {
		return s.Name
	}
	return s.Connection
}

// Seen says when the snapshot was taken, to the minute: "22 Nov 2026 18:40 UTC".
func (s *Snapshot) Seen() string { return s.Taken.UTC().Format("2 Jan 2006 15:04 UTC") }

// Age says in words how old the snapshot is: "3 days".
func (s *Snapshot) Age(now time.Time) string {
	d := now.Sub(s.Taken)
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if n := int(d / u.unit); n == 1 {
			return "1 " + u.name
		} else if n > 1 {
			return fmt.Sprintf("%d %ss", n, u.name)
		}
	}
	return "less than a minute"
}

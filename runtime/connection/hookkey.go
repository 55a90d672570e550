package connection

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

const (
	hookFile    = "webhooks.json"
	hookPurpose = "webhook key"
	// MaxHookKeys is how many keys of one connection are accepted at a time: the old and the
	// new one while a key is changed, and one to spare.
	MaxHookKeys = 3
)

// HookKey is a key by which deliveries of webhooks are signed, as people may see it.
type HookKey struct {
	Connection string    `json:"connection"`
	Added      time.Time `json:"added"`
}

// hookEntry is a key as it is stored.
type hookEntry struct {
	HookKey
	Key string `json:"key"` // sealed
}

type hookDocument struct {
	Version int         `json:"version"`
	Keys    []hookEntry `json:"keys"`
}

// AddHookKey accepts deliveries that are signed with the key, beside those accepted so far
// or, with only, in their place. The connection must be there. A key that is accepted
// already is added once.
func (b *Book) AddHookKey(name, key string, only bool) error {
	e, err := b.entry(name)
	if err != nil {
		return err
	}
	if key == "" || len(key) > 4096 {
		return fmt.Errorf("webhook key of %s: it must have 1 to 4096 bytes", name)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	all, err := b.file.readHooks()
	if err != nil {
		return err
	}
	sealing, err := b.key(false)
	if err != nil {
		return err
	}
	var mine []hookEntry
	for _, h := range all {
		if h.Connection != name || only {
			continue
		}
		old, err := Unseal(sealing, h.Key, name, e.API, hookPurpose)
		if err != nil {
			return fmt.Errorf("webhook key of %s: %w", name, err)
		}
		if old != key {
			mine = append(mine, h)
		}
	}
	if len(mine) >= MaxHookKeys {
		return fmt.Errorf("webhook key of %s: %d are accepted already; replace them with --only", name, len(mine))
	}
	sealed, err := Seal(b.cfg.Random, sealing, key, name, e.API, hookPurpose)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(h hookEntry) bool { return h.Connection == name })
	all = append(append(all, mine...), hookEntry{HookKey{name, b.cfg.Now().UTC()}, sealed})
	return b.file.writeHooks(all)
}

// HookKeys returns the keys of a connection, newest first; none when it takes no webhooks.
func (b *Book) HookKeys(name string) ([][]byte, error) {
	e, err := b.entry(name)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	all, err := b.file.readHooks()
	if err != nil || len(all) == 0 {
		return nil, err
	}
	sealing, err := b.key(false)
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for _, h := range slices.Backward(all) {
		if h.Connection != name {
			continue
		}
		key, err := Unseal(sealing, h.Key, name, e.API, hookPurpose)
		if err != nil {
			return nil, fmt.Errorf("webhook key of %s: %w", name, err)
		}
		out = append(out, []byte(key))
	}
	return out, nil
}

// ListHookKeys lists whose keys are accepted and since when, never the keys.
func (b *Book) ListHookKeys() ([]HookKey, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	all, err := b.file.readHooks()
	out := make([]HookKey, len(all))
	for i, h := range all {
		out[i] = h.HookKey
	}
	return out, err
}

// RemoveHookKeys accepts no deliveries for the connection any more.
func (b *Book) RemoveHookKeys(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	all, err := b.file.readHooks()
	if err != nil {
		return err
	}
	return b.file.writeHooks(slices.DeleteFunc(all, func(h hookEntry) bool { return h.Connection == name }))
}

func (s store) readHooks() ([]hookEntry, error) {
	text, err := readPrivate(s.path(hookFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var doc hookDocument
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if dec.Decode(&doc) != nil || doc.Version != fileVersion {
		return nil, fmt.Errorf("read %s: it is damaged or of another version; restore it from a backup, or remove it and add the keys again", s.path(hookFile))
	}
	return doc.Keys, nil
}

func (s store) writeHooks(keys []hookEntry) error {
	text, err := json.MarshalIndent(hookDocument{Version: fileVersion, Keys: keys}, "", "  ")
	if err != nil {
		return err // unreachable: text and times
	}
	return s.replace(hookFile, append(text, '\n'))
}

package connection

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
)

const (
	fileName    = "connections.json"
	keyName     = "key"
	fileVersion = 1
	maxFile     = 4 << 20
)

// entry is one connection as it is stored.
type entry struct {
	Connection
	Secret string `json:"secret"` // sealed
}

func (e entry) equal(f entry) bool { return reflect.DeepEqual(e, f) }

// open returns the client secret.
func (e entry) open(key []byte) (string, error) {
	secret, err := Unseal(key, e.Secret, e.Name, e.API, purpose)
	if err != nil {
		return "", &Error{Connection: e.Name, Cause: err.Error(), Next: "restore the key, or type: " + connect(e.Name)}
	}
	return secret, nil
}

type document struct {
	Version     int     `json:"version"`
	Connections []entry `json:"connections"`
}

// store reads and writes the files of one folder.
type store struct {
	dir string
	// text is what was read last, entries what it says: every call asks for a connection, and
	// only who changed the file has to have it read word for word again.
	text    []byte
	entries []entry
}

func (s *store) path(name string) string { return filepath.Join(s.dir, name) }

// read returns the entries, which are the caller's; none when there is no file yet.
func (s *store) read() ([]entry, error) {
	text, err := readPrivate(s.path(fileName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if s.text != nil && bytes.Equal(text, s.text) {
		return slices.Clone(s.entries), nil
	}
	var doc document
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		// The decoder's text could quote the file.
		return nil, fmt.Errorf("read %s: the file is damaged; restore it from a backup, or remove it and connect again", s.path(fileName))
	}
	if doc.Version != fileVersion {
		return nil, fmt.Errorf("read %s: it has version %d and this program reads %d", s.path(fileName), doc.Version, fileVersion)
	}
	s.text, s.entries = text, doc.Connections
	return slices.Clone(doc.Connections), nil
}

func (s *store) write(entries []entry) error {
	text, err := json.MarshalIndent(document{Version: fileVersion, Connections: entries}, "", "  ")
	if err != nil {
		return err // unreachable: entries hold text
	}
	return s.replace(fileName, append(text, '\n'))
}

// key returns the folder's key, which is made when there is none and create is set.
func (s *store) key(random io.Reader, create bool) ([]byte, error) {
	key, err := readPrivate(s.path(keyName))
	switch {
	case err == nil && len(key) == keySize:
		return key, nil
	case err == nil:
		return nil, fmt.Errorf("read %s: it has %d bytes, not %d; restore it from a backup", s.path(keyName), len(key), keySize)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case !create:
		return nil, fmt.Errorf("read %s: the key is missing; restore it from a backup, give it in PLANWRIGHT_KEY, or remove %s and connect again", s.path(keyName), s.path(fileName))
	}
	key = make([]byte, keySize)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("make %s: %w", s.path(keyName), err)
	}
	return key, s.replace(keyName, key)
}

// FolderKey returns the key that seals secrets of a data folder: the given one, or that of
// the folder, which is made while nothing is sealed with it.
func FolderKey(dir string, given []byte, random io.Reader) ([]byte, error) {
	if given != nil {
		return given, nil
	}
	s := store{dir: dir}
	entries, err := s.read()
	if err != nil {
		return nil, err
	}
	return s.key(random, len(entries) == 0)
}

// key returns the key that seals secrets. It is made only while nothing is sealed:
// a new one beside old secrets would hide that the old one is lost.
func (b *Book) key(create bool) ([]byte, error) {
	if b.cfg.Key != nil {
		return b.cfg.Key, nil
	}
	return b.file.key(b.cfg.Random, create)
}

// readPrivate reads a file that nobody else may read.
func readPrivate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, cause(err))
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, cause(err))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("read %s: it is not a file", path)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("read %s: others may read it (mode %04o); type: chmod 600 %s", path, info.Mode().Perm(), path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, cause(err))
	case len(text) > maxFile:
		return nil, fmt.Errorf("read %s: it is larger than %d bytes", path, maxFile)
	}
	return text, nil
}

// replace puts a file in place of the one of that name, whole or not at all.
func (s *store) replace(name string, text []byte) (err error) {
	path := s.path(name)
	f, err := os.CreateTemp(s.dir, "."+name+"-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, cause(err))
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
			err = fmt.Errorf("write %s: %w", path, cause(err))
		}
	}()
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(s.dir)
}

// syncDir makes a rename last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// cause takes the path out of an os error that the caller's text names already.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

package witness

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/mod/sumdb/note"

	"github.com/planwright/planwright/runtime/connection"
)

// keyFile is what the file of keys holds. The last key signs, all of them verify.
type keyFile struct {
	Version int   `json:"version"`
	Keys    []key `json:"keys"`
}

type key struct {
	Public string `json:"public"` // as note.NewVerifier reads it
	Sealed string `json:"sealed"` // as note.NewSigner reads it, sealed
}

const keyVersion = 1

// readKeys returns the keys of a file; none when there is no file.
func readKeys(path string) (keyFile, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return keyFile{Version: keyVersion}, nil
	}
	if err != nil {
		return keyFile{}, err
	}
	var f keyFile
	if err := json.Unmarshal(data, &f); err != nil || f.Version != keyVersion {
		return keyFile{}, fmt.Errorf("read %s: it is damaged or of another version; restore it from a backup", path)
	}
	return f, nil
}

// verifiers returns the public parts.
func (f keyFile) verifiers() (note.Verifiers, error) {
	var all []note.Verifier
	for _, k := range f.Keys {
		v, err := note.NewVerifier(k.Public)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return note.VerifierList(all...), nil
}

// signer returns the key that signs. One is added to the file where there is none, or where
// the last one does not open any more.
func signer(path string, sealing []byte, random io.Reader) (note.Signer, error) {
	f, err := readKeys(path)
	if err != nil {
		return nil, err
	}
	if n := len(f.Keys); n > 0 {
		if text, err := connection.Unseal(sealing, f.Keys[n-1].Sealed, keyName, f.Keys[n-1].Public); err == nil {
			return note.NewSigner(text)
		}
	}
	private, public, err := note.GenerateKey(random, keyName)
	if err != nil {
		return nil, err
	}
	sealed, err := connection.Seal(random, sealing, private, keyName, public)
	if err != nil {
		return nil, err
	}
	f.Keys = append(f.Keys, key{Public: public, Sealed: sealed})
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := replace(path, append(data, '\n')); err != nil {
		return nil, err
	}
	return note.NewSigner(private)
}

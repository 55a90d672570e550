// Package witness keeps a signed head of the journal beside it: how many entries there were,
// their chain, and the root of the Merkle tree over them. A journal that ends before its head
// is an older copy; one that has another chain there was rewritten. Both are refused before
// anything runs on them.
//
// The head is a signed note as golang.org/x/mod/sumdb/note has it, of six or more lines:
//
//	planwright journal
//	SEQ                    number of entries
//	ROOT                   of the tree, base64
//	CHAIN                  of the last entry, base64
//	TIME                   of the last entry, RFC 3339
//	EDGE …                 right edge of the tree, base64, one for each bit of SEQ
//
// It is signed with an Ed25519 key that is made for the folder. Its private part is sealed
// like every secret of the folder; all public parts stay readable, so that heads can be read
// also where the sealing key is lost, and then a new one signs.
package witness

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/planwright/planwright/runtime/journal"
)

// title is the first line of every head, and the name of every key.
const (
	title   = "planwright journal"
	keyName = "planwright-journal"
)

// Sign returns the note of a head and its tree.
func Sign(h journal.Head, tree journal.Tree, by note.Signer) ([]byte, error) {
	lines := []string{title, strconv.FormatUint(h.Seq, 10), encode(h.Root), encode(h.Chain), h.At.UTC().Format(time.RFC3339Nano)}
	var edge []string
	for _, x := range tree.Edge() {
		edge = append(edge, encode(x))
	}
	lines = append(lines, strings.Join(edge, " "))
	return note.Sign(&note.Note{Text: strings.Join(lines, "\n") + "\n"}, by)
}

// Read returns the head and tree of a note that one of the keys signed.
func Read(data []byte, keys note.Verifiers) (journal.Head, journal.Tree, error) {
	var h journal.Head
	n, err := note.Open(data, keys)
	if err != nil {
		return h, journal.Tree{}, fmt.Errorf("read head: %w", err)
	}
	lines := strings.Split(strings.TrimSuffix(n.Text, "\n"), "\n")
	if len(lines) < 6 || lines[0] != title {
		return h, journal.Tree{}, errors.New("read head: it is not a head of a journal")
	}
	var edge [][32]byte
	bad := []error{}
	part := func(text string) [32]byte {
		x, err := decode(text)
		bad = append(bad, err)
		return x
	}
	h.Root, h.Chain = part(lines[2]), part(lines[3])
	for text := range strings.FieldsSeq(lines[5]) {
		edge = append(edge, part(text))
	}
	h.Seq, err = strconv.ParseUint(lines[1], 10, 64)
	bad = append(bad, err)
	h.At, err = time.Parse(time.RFC3339Nano, lines[4])
	bad = append(bad, err)
	tree, err := journal.TreeOf(h.Seq, edge)
	bad = append(bad, err)
	if tree.Root() != h.Root {
		bad = append(bad, errors.New("its tree has another root"))
	}
	if err := errors.Join(bad...); err != nil {
		return journal.Head{}, journal.Tree{}, fmt.Errorf("read head: %w", err)
	}
	return h, tree, nil
}

func encode(x [32]byte) string { return base64.StdEncoding.EncodeToString(x[:]) }

func decode(text string) ([32]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != 32 {
		return [32]byte{}, errors.New("a hash cannot be read")
	}
	return [32]byte(b), nil
}

package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// Sentinels for callers that branch. Each is wrapped with the operation and object.
var (
	// ErrConflict: Draft.After is not the index of the stream's last entry. Nothing of
	// the batch was applied; read the stream again and decide anew.
	ErrConflict = errors.New("the stream has moved on")

	// ErrStopped: a commit failed, now or earlier, and whether it reached the disk is not
	// known. The process must end, open the journal again and read it.
	ErrStopped = errors.New("the journal has stopped after a failed commit")

	// ErrReadOnly: the file or its folder cannot be written, or the journal was opened
	// with Options.ReadOnly.
	ErrReadOnly = errors.New("the journal cannot be written")

	// ErrClosed: the journal was closed before the call.
	ErrClosed = errors.New("the journal is closed")

	// ErrInvalid: a batch that no journal would take: an empty or overlong name, too much
	// data, claims without an entry. Nothing was applied.
	ErrInvalid = errors.New("invalid batch")
)

// ErrClaimed is returned when a claim of the batch was taken before. Nothing of the batch
// was applied.
type ErrClaimed struct{ Key string }

// Error implements error.
func (e ErrClaimed) Error() string { return fmt.Sprintf("claim %q: taken before", e.Key) }

// ErrInUse is returned by [Open] when another process, or another Journal of this one,
// has the file open.
type ErrInUse struct {
	PID    int    // 0 when not known
	Path   string // of the journal file
	Holder string // what the holder called itself, if it said
}

// Error implements error.
func (e ErrInUse) Error() string {
	who := "another process"
	if e.PID > 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	if e.Holder != "" {
		who += " (" + e.Holder + ")"
	}
	return fmt.Sprintf("open journal %s: in use by %s", e.Path, who)
}

// Damaged says that the file is not a journal that this program wrote and can read. A
// program that meets it must not go on: what was already done would be done again.
type Damaged struct {
	Path string
	Seq  uint64 // the first entry that is wrong; 0 when it is not one entry
	What string // what is wrong, without the place
}

// Error implements error.
func (e *Damaged) Error() string {
	if e.Seq > 0 {
		return fmt.Sprintf("journal %s: entry %d: %s", e.Path, e.Seq, e.What)
	}
	return fmt.Sprintf("journal %s: %s", e.Path, e.What)
}

// Hint says what a person can do.
func (e *Damaged) Hint() string {
	return "keep a copy of the file, look at it with 'planwright journal verify', and restore the newest backup that verifies; " +
		"writes made since that backup must be reconciled before runs start again"
}

// readOnly reports whether err means that the place cannot be written, as opposed to a
// disk that is full or failing.
func readOnly(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

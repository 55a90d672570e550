package journal

import (
	"encoding/json"
	"errors"
	"os"
	"syscall"
	"time"
)

// holder is what FILE.holder contains.
type holder struct {
	PID    int       `json:"pid"`
	Holder string    `json:"holder,omitempty"`
	Since  time.Time `json:"since"`
}

func holderPath(path string) string { return path + ".holder" }

// writeHolder says who has the journal open. It is called with the lock held.
func writeHolder(path, name string, now time.Time) error {
	data, err := json.Marshal(holder{PID: os.Getpid(), Holder: name, Since: now.UTC()})
	if err != nil {
		return err
	}
	return os.WriteFile(holderPath(path), append(data, '\n'), 0o600)
}

// inUse tells who holds the lock. A holder file that is missing, torn or left by a process
// that has ended says nothing.
func inUse(path string) ErrInUse {
	e := ErrInUse{Path: path}
	data, err := os.ReadFile(holderPath(path))
	if err != nil {
		return e
	}
	var h holder
	if json.Unmarshal(data, &h) == nil && h.PID > 0 && alive(h.PID) {
		e.PID, e.Holder = h.PID, h.Holder
	}
	return e
}

// alive reports whether a process with that id exists, as far as can be told.
func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	return !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH)
}

package journal

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestFaultyDisk puts, at each of the commits, a file under the database on which that
// commit's writes or syncs fail as on a full or failing disk. The commit is not acknowledged,
// nothing more is taken, and the file holds what was acknowledged, the last commit at most
// more than that.
func TestFaultyDisk(t *testing.T) {
	for _, fault := range []struct {
		name, file string
		flag       int
		want       error
	}{
		{"no room: writes fail", "/dev/full", os.O_RDWR, syscall.ENOSPC},
		{"writes are refused", "/dev/null", os.O_RDONLY, syscall.EBADF},
		{"the sync fails", "/dev/null", os.O_RDWR, syscall.EINVAL},
	} {
		seen := false
		for at := range 6 {
			t.Run(fmt.Sprint(fault.name, " at ", at), func(t *testing.T) {
				path, broken := file(t), false
				var j *Journal
				j = open(t, path, func(p Point, _ uint64) error {
					if p == BeforeCommit && broken {
						return swap(t, j.file, fault.file, fault.flag)
					}
					return nil
				})
				for n := range at {
					commit(t, j, one("s", strings.Repeat("x", n*3000)))
				}
				broken = true
				_, err := j.Commit(t.Context(), one("s", "lost"))
				if !errors.Is(err, ErrStopped) {
					t.Errorf("got %v, want it stopped", err)
				}
				seen = seen || errors.Is(err, fault.want) // the file that takes its place has no pages to map, too
				if _, err := j.Commit(t.Context(), one("s", "later")); !errors.Is(err, ErrStopped) {
					t.Errorf("later: %v", err)
				}
				_ = j.Close() // what it says is the fault's own
				again := open(t, path, nil)
				r, err := again.Verify(t.Context())
				if err != nil || r.Entries != uint64(at) {
					t.Errorf("%d entries of %d, %v", r.Entries, at, err)
				}
				commit(t, again, one("s", "goes on"))
			})
		}
		if !seen {
			t.Errorf("%s: no commit failed with %v", fault.name, fault.want)
		}
	}
}

// swap puts another file under the one that is open.
func swap(t *testing.T, f *os.File, name string, flag int) error {
	other, err := os.OpenFile(name, flag, 0)
	if err != nil {
		t.Skipf("this machine has no %s", name)
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = syscall.Dup3(int(other.Fd()), int(fd), syscall.O_CLOEXEC) })
	return errors.Join(err, failed, other.Close())
}

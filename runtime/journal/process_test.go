//go:build linux

package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// child starts the test binary as another process and returns its lines of output.
func child(t *testing.T, role, path string, env ...string) (*exec.Cmd, io.WriteCloser, *bufio.Scanner) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), append(env, "JOURNAL_TEST_ROLE="+role, "JOURNAL_TEST_PATH="+path)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, in, bufio.NewScanner(out)
}

func TestSecondProcessIsRefused(t *testing.T) {
	path := file(t)
	cmd, in, out := child(t, "hold", path)
	if !out.Scan() || out.Text() != "open" {
		t.Fatalf("the other process says %q", out.Text())
	}
	var inUse ErrInUse
	_, err := Open(path, Options{Now: clock()})
	if !errors.As(err, &inUse) || inUse.PID != cmd.Process.Pid || inUse.Path != path {
		t.Errorf("got %v, want in use by %d", err, cmd.Process.Pid)
	}
	if want := fmt.Sprintf("in use by process %d (another process)", cmd.Process.Pid); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	open(t, path, nil)
}

func TestHolderOfAKilledProcess(t *testing.T) {
	path := file(t)
	cmd, _, out := child(t, "hold", path)
	out.Scan()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait() //nolint:errcheck // it was killed
	if _, err := os.Stat(holderPath(path)); err != nil {
		t.Fatalf("the killed process left no holder file: %v", err)
	}
	// A reader has the lock now, and says nothing about itself; the file names the dead.
	r, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	var inUse ErrInUse
	if _, err := Open(path, Options{Now: clock()}); !errors.As(err, &inUse) || inUse.PID != 0 {
		t.Errorf("got %v, want in use by nobody known", err)
	}
	r.Close()
	open(t, path, nil)
	for _, torn := range []string{"", "{", `{"pid":-1}`, `{"pid":1e99}`} {
		if err := os.WriteFile(holderPath(path), []byte(torn), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, Options{Now: clock()}); !errors.As(err, &inUse) || inUse.PID != 0 {
			t.Errorf("holder file %q: got %v", torn, err)
		}
	}
}

// TestKilled kills a process at each side of a commit and holds that what was acknowledged
// is there and at most the commit under way is there besides, whole.
func TestKilled(t *testing.T) {
	for _, point := range []Point{BeforeCommit, AfterCommit} {
		for _, at := range []int{1, 2, 3, 7, 20} {
			t.Run(fmt.Sprintf("%s %d", point, at), func(t *testing.T) {
				path := file(t)
				cmd, _, out := child(t, "commit", path, "JOURNAL_TEST_POINT="+string(point), "JOURNAL_TEST_KILL="+strconv.Itoa(at))
				acked := lastNumber(out)
				if err := cmd.Wait(); err == nil {
					t.Fatal("the other process was not killed")
				}
				want := map[Point]int{BeforeCommit: at - 1, AfterCommit: at}[point]
				if acked != at-1 {
					t.Errorf("%d commits were acknowledged, want %d", acked, at-1)
				}
				j := open(t, path, nil)
				if got := len(stream(t, j, "s")); got != want {
					t.Errorf("%d entries, want %d", got, want)
				}
				if taken, err := j.Claimed(fmt.Sprint("c", at)); err != nil || taken != (point == AfterCommit) {
					t.Errorf("claim of the commit under way: %v, %v", taken, err)
				}
				if v, _, _ := j.Get("p"); string(v) != map[bool]string{false: strconv.Itoa(want)}[want == 0] {
					t.Errorf("pair is %q, want %d", v, want)
				}
			})
		}
	}
}

// lastNumber reads to the end and returns the last line that is a number.
func lastNumber(out *bufio.Scanner) int {
	last := 0
	for out.Scan() {
		if n, err := strconv.Atoi(out.Text()); err == nil {
			last = n
		}
	}
	return last
}

func TestKilledAnywhere(t *testing.T) {
	for n := range 8 {
		path := file(t)
		cmd, _, out := child(t, "commit", path)
		acked := 0
		for out.Scan() {
			if acked, _ = strconv.Atoi(out.Text()); acked >= 20+n*7 {
				break
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		acked = max(acked, lastNumber(out))
		cmd.Wait() //nolint:errcheck // it was killed
		j := open(t, path, nil)
		if got := len(stream(t, j, "s")); got < acked || got > acked+1 {
			t.Errorf("%d entries after %d were acknowledged", got, acked)
		}
		if _, err := j.Verify(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestFullDisk lets a process run into the end of the space that it may use.
func TestFullDisk(t *testing.T) {
	path := file(t)
	cmd, _, out := child(t, "fill", path)
	acked, failed := 0, ""
	for out.Scan() {
		if n, err := strconv.Atoi(out.Text()); err == nil {
			acked = n
		} else {
			failed = out.Text()
		}
	}
	if err := cmd.Wait(); err != nil || failed != "failed: true true" {
		t.Fatalf("the other process: %v, %q", err, failed)
	}
	j := open(t, path, nil)
	if got := len(stream(t, j, "s")); got < acked || got > acked+1 || acked < 100 {
		t.Errorf("%d entries after %d were acknowledged", got, acked)
	}
	commit(t, j, one("s", "there is space again"))
}

// TestNoPermission plays another user: root may write anywhere.
func TestNoPermission(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.db")
	open(t, path, nil).Close()
	for d := dir; d != filepath.Dir(d) && strings.HasPrefix(d, os.TempDir()+"/"); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	asNobody := func(what string, path string, want error) {
		t.Helper()
		if os.Getuid() == 0 {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			setFileUser(t, 65534)
			defer setFileUser(t, 0)
		}
		if j, err := Open(path, Options{Now: clock()}); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", what, err, want)
			if err == nil {
				j.Close()
			}
		}
	}
	chmod := func(path string, mode os.FileMode) {
		t.Helper()
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	chmod(path, 0o444)
	asNobody("file", path, ErrReadOnly)
	chmod(dir, 0o555)
	defer chmod(dir, 0o755)
	chmod(path, 0o666)
	asNobody("folder of an existing file", path, ErrReadOnly)
	asNobody("folder of a new file", filepath.Join(dir, "new.db"), ErrReadOnly)
	asNobody("folder of a new folder", filepath.Join(dir, "new", "journal.db"), ErrReadOnly)
	if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
}

// setFileUser changes whose permissions this thread has on files.
func setFileUser(t *testing.T, uid uintptr) {
	t.Helper()
	syscall.Syscall(syscall.SYS_SETFSUID, uid, 0, 0) //nolint:errcheck // answers with the old one, always
	if got, _, _ := syscall.Syscall(syscall.SYS_SETFSUID, ^uintptr(0), 0, 0); got != uid {
		t.Skip("this system does not let a thread change its user")
	}
}

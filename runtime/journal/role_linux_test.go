package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// kill ends the process as a power switch would, as far as a process can.
func kill() { syscall.Kill(os.Getpid(), syscall.SIGKILL) } //nolint:errcheck // there is no after

// fill commits until the file may not grow any more, as on a full disk, then tries again.
func fill(j *Journal) int {
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: 2 << 20, Max: 2 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		fmt.Println(err)
		return 9
	}
	data := strings.Repeat("x", 3000)
	for n := 1; ; n++ {
		_, err := j.Commit(context.Background(), one("s", data))
		if err == nil {
			fmt.Println(n)
			continue
		}
		_, again := j.Commit(context.Background(), one("s", 1))
		fmt.Println("failed:", errors.Is(err, ErrStopped), errors.Is(again, ErrStopped))
		if err := j.Close(); err != nil {
			fmt.Println(err)
			return 9
		}
		return 0
	}
}

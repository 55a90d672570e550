package bench

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cpu is how long this process had a processor so far.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0 // unreachable: the process asks about itself
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident is this process's share of the memory in use (PSS), in bytes.
func resident() int64 { return share("Pss:") }

// own is what of that is no page of a file, which the system could take back.
func own() int64 { return share("Pss_Anon:") }

func share(name string) int64 {
	text, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == name {
			kb, _ := strconv.ParseInt(f[1], 10, 64)
			return kb << 10
		}
	}
	return 0
}

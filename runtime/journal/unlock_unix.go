//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package journal

import (
	"os"
	"syscall"
)

// unlock gives up the lock that bbolt took, whoever still refers to the open file.
func unlock(file *os.File) error {
	c, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = c.Control(func(fd uintptr) { failed = syscall.Flock(int(fd), syscall.LOCK_UN) })
	if err != nil {
		return err
	}
	return failed
}

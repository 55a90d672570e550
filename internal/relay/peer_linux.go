package relay

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

// samePeer refuses a caller of another user.
func samePeer(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var cred *syscall.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		cred, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	switch {
	case err != nil:
		return err
	case failed != nil:
		return failed
	case int(cred.Uid) != os.Getuid():
		return fmt.Errorf("the data folder is held by another user than %d", cred.Uid)
	}
	return nil
}

//go:build !linux

package journal

import "os"

func kill() { os.Exit(9) }

func fill(*Journal) int { return 9 }

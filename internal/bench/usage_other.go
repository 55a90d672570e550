//go:build !linux

package bench

import "time"

func cpu() time.Duration { return 0 }

func resident() int64 { return 0 }

func own() int64 { return 0 }

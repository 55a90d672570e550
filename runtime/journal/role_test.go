package journal

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"time"
)

// playRole is what the test binary does when a test starts it as another process: commits
// to the journal at path, writing a line for each commit that was acknowledged, until the
// process is killed or, in the role "hold", until its standard input ends.
func playRole(role, path string) int {
	hook := Hook(nil)
	if at := os.Getenv("JOURNAL_TEST_KILL"); at != "" {
		point, n := Point(os.Getenv("JOURNAL_TEST_POINT")), 0
		limit, err := strconv.Atoi(at)
		if err != nil {
			return 9
		}
		hook = func(p Point, _ uint64) error {
			if p == point {
				if n++; n == limit {
					kill()
				}
			}
			return nil
		}
	}
	j, err := Open(path, Options{Now: time.Now, Holder: "another process", Hook: hook})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("open")
	switch role {
	case "hold":
		bufio.NewReader(os.Stdin).ReadString('\n') //nolint:errcheck // its end is the sign
		if j.Close() != nil {
			return 1
		}
		return 0
	case "commit":
		for n := 1; ; n++ {
			b := Batch{
				Entries: []Draft{{Stream: "s", After: uint64(n - 1), Kind: "k", Data: n}},
				Claims:  []string{fmt.Sprint("c", n)}, Set: []Pair{{"p", fmt.Append(nil, n)}},
			}
			if _, err := j.Commit(context.Background(), b); err != nil {
				fmt.Println(err)
				return 3
			}
			fmt.Println(n)
		}
	case "fill":
		return fill(j)
	}
	return 9
}

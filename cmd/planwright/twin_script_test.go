package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// ports finds three free ports in a row and sets PORT, SF, XERO and ADMIN to the first and to
// the addresses that planwright twin --port will have.
func ports(ts *testscript.TestScript, _ bool, _ []string) {
	for base := 20000 + int(time.Now().UnixNano()/1000%20000); base < 60000; base += 3 {
		if free(base) && free(base+1) && free(base+2) {
			ts.Setenv("PORT", fmt.Sprint(base))
			ts.Setenv("XEROHOST", fmt.Sprintf("127.0.0.1:%d", base+1))
			for i, name := range []string{"SF", "XERO", "ADMIN"} {
				ts.Setenv(name, fmt.Sprintf("http://127.0.0.1:%d", base+i))
			}
			return
		}
	}
	ts.Fatalf("no three free ports in a row")
}

func free(port int) bool {
	ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	return err == nil && ln.Close() == nil
}

// calls sends a request and puts the answer into a file, waiting for the server to come up:
// calls METHOD URL STATUS FILE [BODY]. A body that is no JSON is a form; of an answer that
// leads elsewhere the file holds the address.
func calls(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: calls METHOD URL STATUS FILE [BODY]")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for {
		r, err := http.NewRequestWithContext(ctx, args[0], args[1], strings.NewReader(strings.Join(args[4:], " ")))
		ts.Check(err)
		r.Header.Set("Content-Type", "application/json")
		if len(args) > 4 && !strings.HasPrefix(args[4], "{") && !strings.HasPrefix(args[4], "[") {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if token := ts.Getenv("BEARER"); token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		if signature := ts.Getenv("SIGNATURE"); signature != "" {
			r.Header.Set("X-Xero-Signature", signature)
		}
		resp, err := client.Do(r)
		if err != nil {
			if wait(ctx, 10*time.Millisecond) != nil {
				ts.Fatalf("%s %s: %v", args[0], args[1], err)
			}
			continue
		}
		body, err := io.ReadAll(resp.Body)
		ts.Check(err)
		ts.Check(resp.Body.Close())
		if fmt.Sprint(resp.StatusCode) != args[2] {
			ts.Fatalf("%s %s: %d %.400s, want %s", args[0], args[1], resp.StatusCode, body, args[2])
		}
		if to := resp.Header.Get("Location"); to != "" {
			body = []byte(to)
		}
		ts.Check(os.WriteFile(ts.MkAbs(args[3]), body, 0o600))
		return
	}
}

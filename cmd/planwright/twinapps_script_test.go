package main

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// stranger is a client that is none of ours: it hears webhooks and signs assertions.
type stranger struct {
	key *rsa.PrivateKey

	mu     sync.Mutex
	secret string
	events []string // "CREATE INVOICE", by arrival
	forged int      // calls that were signed wrongly
}

type strangerKey struct{}

func strangerOf(ts *testscript.TestScript) *stranger { return ts.Value(strangerKey{}).(*stranger) }

// ServeHTTP verifies the signature over the raw bytes before it reads any of them.
func (s *stranger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	mac := hmac.New(sha256.New, []byte(s.secret))
	mac.Write(raw)
	given, bad := base64.StdEncoding.DecodeString(r.Header.Get("x-xero-signature"))
	if err != nil || bad != nil || !hmac.Equal(given, mac.Sum(nil)) {
		s.forged++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var body struct {
		Events []struct{ EventType, EventCategory string }
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, e := range body.Events {
		s.events = append(s.events, e.EventType+" "+e.EventCategory)
	}
}

// hears starts a listener for webhooks signed with a key and sets HOOK to its address; with a
// second word it listens at that address: hears KEY [ADDRESS].
func hears(ts *testscript.TestScript, _ bool, args []string) {
	s := strangerOf(ts)
	s.mu.Lock()
	s.secret = args[0]
	s.mu.Unlock()
	server := httptest.NewUnstartedServer(s)
	if len(args) > 1 {
		ln, err := net.Listen("tcp", args[1])
		ts.Check(err)
		ts.Check(server.Listener.Close())
		server.Listener = ln
	}
	server.Start()
	ts.Defer(server.Close)
	ts.Setenv("HOOK", server.URL+"/hook")
}

// heard waits until so many calls were signed wrongly and the events are those named:
// heard FORGED [EVENT...].
func heard(ts *testscript.TestScript, _ bool, args []string) {
	s := strangerOf(ts)
	forged, err := strconv.Atoi(args[0])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		s.mu.Lock()
		got, n := strings.Join(s.events, ", "), s.forged
		s.mu.Unlock()
		if got == strings.Join(args[1:], ", ") && n == forged {
			return
		}
		if wait(ctx, 10*time.Millisecond) != nil {
			ts.Fatalf("heard %q, %d signed wrongly", got, n)
		}
	}
}

// pick sets a variable to what the first group of an expression matches in a file:
// pick NAME EXPRESSION FILE.
func pick(ts *testscript.TestScript, _ bool, args []string) {
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile(args[2]))
	if m == nil {
		ts.Fatalf("%s: nothing matches %s", args[2], args[1])
	}
	ts.Setenv(args[0], m[1])
}

// signer makes a key pair and writes the public key to a file, as PEM.
func signer(ts *testscript.TestScript, _ bool, args []string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	ts.Check(err)
	strangerOf(ts).key = key
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600))
}

// assertion sets ASSERTION to one that the signer signs: assertion CLIENT USER AUDIENCE.
func assertion(ts *testscript.TestScript, _ bool, args []string) {
	claims, err := json.Marshal(map[string]any{"iss": args[0], "sub": args[1], "aud": args[2], "exp": time.Now().Add(time.Minute).Unix()})
	ts.Check(err)
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"RS256"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(text))
	sign, err := rsa.SignPKCS1v15(rand.Reader, strangerOf(ts).key, crypto.SHA256, sum[:])
	ts.Check(err)
	ts.Setenv("ASSERTION", text+"."+encode(sign))
}

// freed demands that the three ports from $PORT on can be listened on again.
func freed(ts *testscript.TestScript, _ bool, _ []string) {
	base, err := strconv.Atoi(ts.Getenv("PORT"))
	ts.Check(err)
	for i := range 3 {
		if !free(base + i) {
			ts.Fatalf("port %s is still taken", fmt.Sprint(base+i))
		}
	}
}

package clients_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/xero"
)

var start = time.Date(2026, 11, 22, 10, 8, 1, 0, time.UTC)

// host is both twins behind the vendors' names, and a control server for the scripts.
type host struct {
	clock     *wire.Virtual
	sf        *salesforce.Twin
	xero      *xero.Twin
	faults    *wire.Faults
	rec       *wire.Recorder
	port      string // where TLS listens
	control   string // URL of the control server
	authority string // file with the certificate that clients must trust
	keyFile   string // file with the private key of JWT sign-ins

	certificate []byte // the public one, as PEM
	hooks       string // URL of the script's server for webhooks

	held  chan struct{} // while it is not nil, calls that passed Xero's limits wait for it to be closed
	holds sync.Mutex

	ops   []operation
	begun int // exchanges when the running operation began
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{clock: wire.NewVirtual(start)}
	h.makeKey(t)
	h.options(t, demo.New(1).World)
	var err error
	if h.faults, err = wire.NewFaults(nil, wire.FaultOptions{Now: h.clock.Now, At: h.clock.At}); err != nil {
		t.Fatal(err)
	}
	h.rec = &wire.Recorder{Now: h.clock.Now}
	h.listen(t, h.rec.Wrap(h.faults.Wrap(http.HandlerFunc(h.route))))
	control := httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(control.Close)
	h.control = control.URL
	return h
}

// makeKey makes the pair of keys that signs the assertions of an app.
func (h *host) makeKey(t *testing.T) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	h.keyFile = filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(h.keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600); err != nil {
		t.Fatal(err)
	}
	h.certificate = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
}

// route is the internet as far as the clients know it.
func (h *host) route(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.Host, ".xero.com"):
		h.xero.ServeHTTP(w, r)
	case strings.HasSuffix(r.Host, ".salesforce.com"):
		h.sf.ServeHTTP(w, r)
	default:
		http.Error(w, "no such host: "+r.Host, http.StatusMisdirectedRequest)
	}
}

// listen serves TLS with a certificate of the vendors' names, made by an authority of this
// test's own.
func (h *host) listen(t *testing.T, handler http.Handler) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "twins"},
		NotBefore: start.AddDate(-1, 0, 0), NotAfter: start.AddDate(20, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{
			"api.xero.com", "identity.xero.com", "login.xero.com",
			"login.salesforce.com", "test.salesforce.com", "twin.my.salesforce.com",
		},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	h.authority = filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(h.authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(handler)
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that a client drops
	s.StartTLS()
	t.Cleanup(s.Close)
	if _, h.port, err = net.SplitHostPort(s.Listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
}

// serve answers the scripts: the beginning and end of an operation, and acts between.
func (h *host) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch name, isAct := strings.CutPrefix(r.URL.Path, "/act/"); {
	case isAct:
		out, err := h.act(name, body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_ = json.NewEncoder(w).Encode(out) // a script that went away needs no answer
	case r.URL.Path == "/begin":
		var o struct{ Name string }
		if err := json.Unmarshal(body, &o); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		h.begun = len(h.rec.Exchanges())
		h.ops = append(h.ops, operation{name: o.Name})
	case r.URL.Path == "/end":
		o := &h.ops[len(h.ops)-1]
		o.exchanges = h.rec.Exchanges()[h.begun:]
		o.outcome = body
	default:
		http.NotFound(w, r)
	}
}

package connection

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/netip"
	"strings"
	"testing"
)

func TestCheckAddress(t *testing.T) {
	for _, tc := range []struct {
		address        string
		plain, lenient bool // accepted as it is, accepted when private addresses are allowed
	}{
		{"https://api.xero.com/api.xro/2.0", true, true},
		{"https://acme.my.salesforce.com", true, true},
		{"https://acme.my.salesforce.com:8443", true, true},
		{"https://8.8.8.8", true, true},
		{"http://api.xero.com", false, false},
		{"http://127.0.0.1:8080", false, true},
		{"http://localhost:8080/x", false, true},
		{"http://[::1]:8080", false, true},
		{"https://localhost", false, true},
		{"https://10.1.2.3", false, true},
		{"https://192.168.1.1", false, true},
		{"https://169.254.169.254/latest", false, true},
		{"https://[fd00::1]", false, true},
		{"https://[::ffff:10.0.0.1]", false, true},
		{"https://0.0.0.0", false, true},
		{"http://10.1.2.3", false, false},
		{"http://localhost.evil.test", false, false},
		{"ftp://api.xero.com", false, false},
		{"https://user:pass@api.xero.com", false, false},
		{"https://api.xero.com?x=1", false, false},
		{"https://api.xero.com?", false, false},
		{"https://api.xero.com#x", false, false},
		{"//api.xero.com", false, false},
		{"api.xero.com", false, false},
		{"https:api.xero.com", false, false},
		{"https://:443", false, false},
		{"https://", false, false},
		{"", false, false},
		{"https://%zz", false, false},
	} {
		if err := checkAddress(tc.address, false); (err == nil) != tc.plain {
			t.Errorf("%q: %v", tc.address, err)
		}
		if err := checkAddress(tc.address, true); (err == nil) != tc.lenient {
			t.Errorf("%q, private allowed: %v", tc.address, err)
		}
	}
}

func TestIsPrivate(t *testing.T) {
	for address, want := range map[string]bool{
		"8.8.8.8": false, "2606:4700::1111": false, "1.1.1.1": false, "172.32.0.1": false,
		"127.0.0.1": true, "127.9.9.9": true, "10.0.0.1": true, "172.16.0.1": true, "192.168.0.1": true, "169.254.169.254": true,
		"100.64.0.1": true, "0.0.0.0": true, "0.1.2.3": true, "224.0.0.1": true, "255.255.255.255": true, "198.18.0.1": true,
		"::1": true, "::": true, "fe80::1": true, "fe80::1%eth0": true, "fc00::1": true, "ff02::1": true,
		"::ffff:127.0.0.1": true, "::ffff:8.8.8.8": false, "64:ff9b::a00:1": true, "2002:7f00:1::": true,
	} {
		if got := isPrivate(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

func TestSameOrigin(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{"https://acme.my.salesforce.com", "https://ACME.my.salesforce.com:443/x", true},
		{"http://127.0.0.1:80", "http://127.0.0.1", true},
		{"https://acme.my.salesforce.com", "http://acme.my.salesforce.com", false},
		{"https://acme.my.salesforce.com", "https://acme.my.salesforce.com.evil.test", false},
		{"https://acme.my.salesforce.com", "https://acme.my.salesforce.com:444", false},
		{"https://acme.my.salesforce.com", "acme.my.salesforce.com", false},
		{"", "", false},
	} {
		if got := sameOrigin(tc.a, tc.b); got != tc.want {
			t.Errorf("%q and %q: %v", tc.a, tc.b, got)
		}
	}
}

func TestTransportRefusesPrivate(t *testing.T) {
	hits := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits++ }))
	defer server.Close()
	// A name that points inside is caught too, whatever it looks like.
	byName := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	for _, address := range []string{server.URL, byName} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := NewTransport(false).RoundTrip(req)
		if !errors.Is(err, ErrPrivate) {
			t.Errorf("%s: %v, %v", address, res, err)
		}
		if res != nil {
			res.Body.Close()
		}
	}
	if hits > 0 {
		t.Errorf("%d requests arrived", hits)
	}
}

func TestWritten(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }))
	defer server.Close()
	var conn net.Conn
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		conn = i.Conn
		if n, ok := Written(conn); n != 0 || !ok {
			t.Errorf("before: %d %v", n, ok)
		}
	}}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "GET", server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := NewTransport(true)
	defer tr.CloseIdleConnections()
	res, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if n, ok := Written(conn); n == 0 || !ok {
		t.Errorf("after: %d %v", n, ok)
	}
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if _, ok := Written(a); ok {
		t.Error("a foreign connection is said to be counted")
	}
}

// scriptedConn calls a function for each write.
type scriptedConn struct {
	net.Conn
	write func([]byte) (int, error)
}

func (c scriptedConn) Write(b []byte) (int, error) { return c.write(b) }

// TestCountedBeforeWritten: the other end can answer before Write returns, so bytes count
// from before it; those that were refused do not.
func TestCountedBeforeWritten(t *testing.T) {
	var c *countedConn
	during := int64(-1)
	took := 0
	c = &countedConn{Conn: scriptedConn{write: func(b []byte) (int, error) {
		during, _ = Written(c)
		return took, errors.New("broken")
	}}}
	for _, tc := range []struct{ took, during, after int64 }{{0, 4, 0}, {3, 4, 3}, {4, 7, 7}} {
		took = int(tc.took)
		if n, err := c.Write([]byte("four")); n != took || err == nil {
			t.Errorf("%d taken: Write says %d, %v", tc.took, n, err)
		}
		if after, _ := Written(c); during != tc.during || after != tc.after {
			t.Errorf("%d taken: %d during, %d after", tc.took, during, after)
		}
	}
}

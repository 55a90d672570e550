package connection

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// ErrPrivate is returned for an address on a private network that the connection does not
// allow: a base address must not become a way to reach machines behind the firewall.
var ErrPrivate = errors.New("the address is private, and such are not allowed here")

// checkAddress judges an address as text: https, or http to this machine; no user, query
// or fragment. What its name resolves to is judged when it is dialled.
func checkAddress(address string, allowPrivate bool) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "":
		return errors.New("it is not an absolute URL")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("it holds more than scheme, host and path")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return errors.New("plain http is for this machine only; use https")
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("it is not an https address")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); !allowPrivate && (isLoopback(u.Hostname()) || err == nil && isPrivate(ip)) {
		return ErrPrivate
	}
	return nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// reserved is carrier-grade NAT (RFC 6598) and other ranges that no vendor answers from.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), // NAT64 would carry any of the above
	netip.MustParsePrefix("2002::/16"),
}

func isPrivate(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
		return true
	}
	for _, p := range reserved {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// sameOrigin reports whether two addresses have one scheme, host and port.
func sameOrigin(a, b string) bool {
	u, err := url.Parse(a)
	v, err2 := url.Parse(b)
	return err == nil && err2 == nil && u.Host != "" && strings.EqualFold(u.Scheme, v.Scheme) &&
		strings.EqualFold(u.Hostname(), v.Hostname()) && port(u) == port(v)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)]
}

// NewTransport returns what requests to vendors travel by. It judges each address after
// its name is resolved, so that a name cannot point inside later; uses no proxy; and
// speaks HTTP/1.1 only, where one request has one connection. Its connections count what was written to
// them: see [Written].
func NewTransport(allowPrivate bool) *http.Transport {
	dialer := &net.Dialer{
		Timeout: 10 * time.Second,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			if allowPrivate {
				return nil
			}
			host, _, err := net.SplitHostPort(address)
			if err != nil {
				return err // unreachable: the dialer gives host and port
			}
			if ip, err := netip.ParseAddr(host); err != nil || isPrivate(ip) {
				return ErrPrivate
			}
			return nil
		},
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &countedConn{Conn: c}, nil
		},
		Protocols:             protocols,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 60 * time.Second,
		IdleConnTimeout:       30 * time.Second,
		MaxIdleConnsPerHost:   256, // what a vendor allows at once is its connection's matter
	}
}

// countedConn counts the bytes that were handed to the network. Bytes count from before
// the write, so that an answer can never be here earlier than the count; those that were
// refused are taken off again.
type countedConn struct {
	net.Conn
	written atomic.Int64
}

func (c *countedConn) Write(b []byte) (int, error) {
	c.written.Add(int64(len(b)))
	n, err := c.Conn.Write(b)
	c.written.Add(int64(n - len(b)))
	return n, err
}

// Written returns how many bytes were written to a connection of [NewTransport]; ok is
// false for any other. A request that failed before the count grew was certainly not sent.
func Written(c net.Conn) (n int64, ok bool) {
	if t, isTLS := c.(*tls.Conn); isTLS {
		c = t.NetConn()
	}
	counted, ok := c.(*countedConn)
	if !ok {
		return 0, false
	}
	return counted.written.Load(), true
}

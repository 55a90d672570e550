package connection

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// fetchTime bounds a whole fetch.
const fetchTime = 2 * time.Minute

// Fetch reads a public document, such as the description that a vendor publishes, without
// signing in to anything. The address is https, or http on this machine. It is answered
// by the host it names or not at all: redirects are not followed, and names that lead
// into a private network are refused. More than most bytes are an error. Through carries the
// request; nil means [NewTransport]. It must not follow redirects.
func Fetch(ctx context.Context, through http.RoundTripper, address string, most int64) ([]byte, error) {
	data, err := read(ctx, through, address, most)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", shown(address), err)
	}
	return data, nil
}

// shown is an address as errors may show it: no user, no query.
func shown(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "the address"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

func read(ctx context.Context, through http.RoundTripper, address string, most int64) ([]byte, error) {
	u, err := url.Parse(address)
	local := err == nil && isLoopback(u.Hostname())
	if err := checkAddress(address, local); err != nil {
		return nil, err
	}
	if through == nil {
		t := NewTransport(local)
		defer t.CloseIdleConnections()
		through = t
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json, application/yaml, text/yaml, text/plain, */*;q=0.1")
	resp, err := through.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return nil, fmt.Errorf("it redirects (%d), and redirects are not followed", resp.StatusCode)
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("it answers %d", resp.StatusCode)
	case resp.ContentLength > most:
		return nil, tooMuch(most)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	switch {
	case err != nil:
		return nil, errors.New("the answer was cut short")
	case int64(len(data)) > most:
		return nil, tooMuch(most)
	}
	return data, nil
}

func tooMuch(most int64) error {
	return fmt.Errorf("it holds more than the %d MB allowed", most>>20)
}

package connection

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Download reads a file from an https address, such as a description that a vendor
// publishes; plain http is for this machine, and private addresses must be allowed. It signs
// in nowhere, follows no redirect and reads at most limit bytes. A nil rt is the network. The
// errors name the host and never more of the address.
func Download(ctx context.Context, rt http.RoundTripper, address string, limit int64, allowPrivate bool) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return nil, errors.New("download: the address cannot be read, or holds a user")
	}
	bare := *u
	bare.RawQuery, bare.ForceQuery, bare.Fragment, bare.RawFragment = "", false, "", ""
	if err := checkAddress(bare.String(), allowPrivate); err != nil {
		return nil, fmt.Errorf("download from %s: %w", u.Host, err)
	}
	if rt == nil {
		own := NewTransport(allowPrivate)
		defer own.CloseIdleConnections()
		rt = own
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("download from %s: the address cannot be read", u.Host)
	}
	req.Header.Set("User-Agent", "planwright")
	req.Header.Set("Accept", "application/yaml, application/json, text/*, */*")
	res, err := rt.RoundTrip(req)
	switch {
	case err != nil && errors.Is(ctx.Err(), context.Canceled):
		return nil, fmt.Errorf("download from %s: %w", u.Host, ctx.Err())
	case errors.Is(err, ErrPrivate):
		return nil, fmt.Errorf("download from %s: %w", u.Host, ErrPrivate)
	case err != nil:
		return nil, fmt.Errorf("download from %s: it could not be reached", u.Host)
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 && res.StatusCode < 400 {
		where := "elsewhere"
		if to, err := res.Location(); err == nil {
			where = "to " + strings.Map(printable, to.Host)
		}
		return nil, fmt.Errorf("download from %s: it leads %s, and redirects are not followed; give the address it leads to", u.Host, where)
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("download from %s: it answered %d", u.Host, res.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case err != nil && errors.Is(ctx.Err(), context.Canceled):
		return nil, fmt.Errorf("download from %s: %w", u.Host, ctx.Err())
	case err != nil:
		return nil, fmt.Errorf("download from %s: the answer was cut short", u.Host)
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("download from %s: it is larger than %d bytes", u.Host, limit)
	}
	return data, nil
}

func printable(r rune) rune {
	if isControl(r) {
		return -1
	}
	return r
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
)

// twins are both stand-ins, served on this machine.
type twins struct {
	salesforce *salesforce.Twin
	xero       *xero.Twin
	// SalesforceURL and XeroURL are where they listen, without a path.
	SalesforceURL string `json:"salesforce"`
	XeroURL       string `json:"xero"`

	servers []interface{ Close() error }
	group   sync.WaitGroup
}

// twinOptions choose ports (0 is any), Xero's calls a minute and a day (0 is the vendor's own, negative
// none), how long every answer takes, and what stands before each twin, if anything.
type twinOptions struct {
	salesforcePort, xeroPort, minute, day int
	latency                               time.Duration
	through                               func(http.Handler) http.Handler
}

// startTwins serves both stand-ins on loopback over one world.
func startTwins(w world.World, o twinOptions) (*twins, error) {
	t := &twins{}
	var err error
	if t.salesforce, err = salesforce.New(salesforce.Options{Now: now, World: w}); err != nil {
		return nil, err
	}
	org, books := w.Books()
	if t.xero, err = xero.New(xero.Options{Now: now, Region: "NZ", Organisation: org, Collections: books, MinuteLimit: o.minute, DayLimit: o.day}); err != nil {
		return nil, err
	}
	if o.through == nil {
		o.through = func(h http.Handler) http.Handler { return slow(h, o.latency) }
	}
	if t.SalesforceURL, err = t.serve(o.through(t.salesforce), o.salesforcePort); err == nil {
		t.XeroURL, err = t.serve(o.through(t.xero), o.xeroPort)
	}
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

func (t *twins) serve(h http.Handler, port int) (string, error) {
	ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return "", err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	t.servers = append(t.servers, s)
	t.group.Go(func() { _ = s.Serve(ln) })
	return "http://" + ln.Addr().String(), nil
}

// slow makes every answer take a while: half before the work is done, half after.
func slow(h http.Handler, d time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait(r.Context(), d/2) != nil {
			return
		}
		h.ServeHTTP(w, r)
		_ = wait(r.Context(), d/2)
	})
}

// Close stops both servers.
func (t *twins) Close() error {
	var err error
	for _, s := range t.servers {
		err = errors.Join(err, s.Close())
	}
	t.group.Wait()
	return err
}

func chosenWorld(file string) (world.World, error) {
	if file == "" {
		return demo.New(1).World, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return world.World{}, err
	}
	return world.Decode(data)
}

// connect signs the App in to both twins.
func (t *twins) connect(ctx context.Context, connect func(ctx context.Context, name, base, token, client, secret string) error) error {
	err := connect(ctx, "salesforce", t.SalesforceURL, "", salesforce.DefaultClientID, salesforce.DefaultClientSecret)
	if err != nil {
		return err
	}
	return connect(ctx, "xero", t.XeroURL+"/api.xro/2.0", t.XeroURL+"/connect/token", xero.DefaultClientID, xero.DefaultClientSecret)
}

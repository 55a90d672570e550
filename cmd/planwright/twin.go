package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

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

	servers []*http.Server
	group   sync.WaitGroup
}

// twinOptions choose ports (0 is any), Xero's calls a minute (0 is the vendor's 60, negative
// none), and how long every answer takes.
type twinOptions struct {
	salesforcePort, xeroPort, minute int
	latency                          time.Duration
}

// startTwins serves both stand-ins on loopback over one world.
func startTwins(w world.World, o twinOptions) (*twins, error) {
	t := &twins{}
	var err error
	if t.salesforce, err = salesforce.New(salesforce.Options{Now: now, World: w}); err != nil {
		return nil, err
	}
	org, books := w.Books()
	if t.xero, err = xero.New(xero.Options{Now: now, Region: "NZ", Organisation: org, Collections: books, MinuteLimit: o.minute}); err != nil {
		return nil, err
	}
	if t.SalesforceURL, err = t.serve(slow(t.salesforce, o.latency), o.salesforcePort); err == nil {
		t.XeroURL, err = t.serve(slow(t.xero, o.latency), o.xeroPort)
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

func (p *program) twinCommand() *cobra.Command {
	var o twinOptions
	var worldFile string
	cmd := &cobra.Command{
		Use: "twin", Short: "Serve stand-ins for Salesforce and Xero on this machine", Args: args(),
		Long: `Serves stateful stand-ins for both vendors over HTTP on loopback until interrupted: sign-in, SOQL and
records of Salesforce; contacts, items, tax rates and invoices of Xero, with its limits and traps.
They hold the demo company, or the world of --world.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := chosenWorld(worldFile)
			if err != nil {
				return err
			}
			t, err := startTwins(w, o)
			if err != nil {
				return err
			}
			defer t.Close()
			if err := p.emit(map[string]any{
				"salesforce": t.SalesforceURL, "xero": t.XeroURL,
				"salesforce_client": salesforce.DefaultClientID, "salesforce_secret": salesforce.DefaultClientSecret,
				"xero_client": xero.DefaultClientID, "xero_secret": xero.DefaultClientSecret,
			}, func(w io.Writer) { t.describe(w, p.self) }); err != nil {
				return err
			}
			<-cmd.Context().Done()
			p.say("stopped")
			return nil
		},
	}
	cmd.Flags().IntVar(&o.salesforcePort, "salesforce-port", 8401, "port of the Salesforce twin; 0 is any")
	cmd.Flags().IntVar(&o.xeroPort, "xero-port", 8402, "port of the Xero twin; 0 is any")
	cmd.Flags().IntVar(&o.minute, "xero-minute-limit", 60, "Xero calls a minute; -1 is no limit")
	cmd.Flags().StringVar(&worldFile, "world", "", "file with the records of both vendors, as JSON")
	return cmd
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

func (t *twins) describe(w io.Writer, self string) {
	fmt.Fprintf(w, "Salesforce  %s\nXero        %s\n\nIn another terminal:\n", t.SalesforceURL, t.XeroURL)
	fmt.Fprintf(w, "  echo %s | %s connect salesforce --base %s --client %s --allow-private\n",
		salesforce.DefaultClientSecret, self, t.SalesforceURL, salesforce.DefaultClientID)
	fmt.Fprintf(w, "  echo %s | %s connect xero --base %s/api.xro/2.0 --token-url %s/connect/token --client %s --allow-private\n",
		xero.DefaultClientSecret, self, t.XeroURL, t.XeroURL, xero.DefaultClientID)
	fmt.Fprintf(w, "\nInterrupt to stop.\n")
}

// connect signs the App in to both twins.
func (t *twins) connect(ctx context.Context, connect func(ctx context.Context, name, base, token, client, secret string) error) error {
	err := connect(ctx, "salesforce", t.SalesforceURL, "", salesforce.DefaultClientID, salesforce.DefaultClientSecret)
	if err != nil {
		return err
	}
	return connect(ctx, "xero", t.XeroURL+"/api.xro/2.0", t.XeroURL+"/connect/token", xero.DefaultClientID, xero.DefaultClientSecret)
}

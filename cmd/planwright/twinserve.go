package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/twin/admin"
	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/preset"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
)

// The ports of the twins unless told; the admin's follows.
const (
	salesforcePort = 8401
	xeroPort       = 8402
	adminPort      = 8403
)

// twinFlags are what planwright twin was told.
type twinFlags struct {
	twinOptions
	port, adminPort, eventsPort  int
	world, region, faults, clock string
	apps, webhookURL, webhookKey string
	otherwise                    []string
	frozen                       bool
	seed                         uint64
}

func (p *program) twinCommand() *cobra.Command {
	var f twinFlags
	cmd := &cobra.Command{
		Use: "twin", Short: "Serve stand-ins for Salesforce and Xero on this machine", Args: args(),
		Long: `Serves stateful stand-ins for both vendors over HTTP on loopback until interrupted, and an admin for
them on a third port: a page and a JSON API that shows what they hold and what was asked, strikes
faults, moves the clock, and does what people at the vendors could do.

They hold the demo company, the world of --world, or with --region a small made-up world with books
of that region. Time goes on from --clock, or from now. With --webhook-url the Xero twin sends the intent
to receive, and then signed events; standard error tells what came of them. See docs/twins.md.`,
		Example: `  planwright twin
  planwright twin --region GB --port 9000
  planwright twin --world world.json --faults faults.json --clock 2026-11-22T10:00:00Z --frozen
  planwright twin --apps apps.json --webhook-url http://127.0.0.1:9100/hook`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.settlePorts(cmd); err != nil {
				return err
			}
			return p.serveTwins(cmd, f)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&f.port, "port", 0, "first of three ports: Salesforce, Xero, admin; the other flags of ports go before it")
	flags.IntVar(&f.salesforcePort, "salesforce-port", salesforcePort, "port of the Salesforce twin; 0 is any")
	flags.IntVar(&f.xeroPort, "xero-port", xeroPort, "port of the Xero twin; 0 is any")
	flags.IntVar(&f.adminPort, "admin-port", adminPort, "port of the admin; 0 is any")
	flags.IntVar(&f.eventsPort, "events-port", -1, "port of Salesforce's change events, over gRPC; 0 is any, -1 serves none")
	flags.IntVar(&f.minute, "xero-minute-limit", 60, "Xero calls a minute; -1 is no limit")
	flags.StringVar(&f.world, "world", "", "file with the records of both vendors, as JSON")
	flags.StringVar(&f.region, "region", "", "region of the books: "+strings.Join(xero.Regions(), ", "))
	flags.StringVar(&f.faults, "faults", "", "file with rules of faults, as JSON")
	flags.StringVar(&f.apps, "apps", "", "file with the apps that may sign in, as JSON (default: one of each vendor, with client credentials)")
	flags.StringVar(&f.webhookURL, "webhook-url", "", "address that Xero's webhooks are sent to")
	flags.StringVar(&f.webhookKey, "webhook-key", "", "key that signs webhooks (default "+xero.DefaultWebhookKey+")")
	flags.StringSliceVar(&f.otherwise, "otherwise", nil, "doubts to decide against what is believed (planwright twin doubts)")
	flags.StringVar(&f.clock, "clock", "", "instant at which the twins' clock starts, like 2026-11-22T10:00:00Z (default now)")
	flags.BoolVar(&f.frozen, "frozen", false, "let the clock stand still until the admin moves it")
	flags.Uint64Var(&f.seed, "seed", 0, "make other ids, and with --region another world")
	cmd.AddCommand(p.twinSeedCommand(), p.twinDumpCommand(), p.twinDiffCommand(), p.twinDoubtsCommand())
	return cmd
}

// settlePorts lets the three ports follow --port where they have no flag of their own; 0 is
// any for all three. An admin without a port of its own takes any when the twins do.
func (f *twinFlags) settlePorts(cmd *cobra.Command) error {
	given := cmd.Flags().Changed
	ports := []struct {
		flag string
		port *int
	}{{"salesforce-port", &f.salesforcePort}, {"xero-port", &f.xeroPort}, {"admin-port", &f.adminPort}}
	if given("port") && (f.port < 0 || f.port > 65533) {
		return usagef("choose a port from 1 to 65533, or 0 for any", "--port %d: three ports from there on are needed", f.port)
	}
	for i, of := range ports {
		switch {
		case given(of.flag) && (*of.port < 0 || *of.port > 65535):
			return usagef("choose a port from 1 to 65535, or 0 for any", "--%s %d: not a port", of.flag, *of.port)
		case given(of.flag) || !given("port"):
		case f.port == 0:
			*of.port = 0
		default:
			*of.port = f.port + i
		}
	}
	if !given("port") && !given("admin-port") && (f.salesforcePort == 0 || f.xeroPort == 0) {
		f.adminPort = 0
	}
	return nil
}

// listening is where the twins and their admin are served.
type listening struct {
	Salesforce string `json:"salesforce"`
	Xero       string `json:"xero"`
	Admin      string `json:"admin"`
	Events     string `json:"events,omitempty"`
}

// serveTwins serves until interrupted.
func (p *program) serveTwins(cmd *cobra.Command, f twinFlags) error {
	apps, err := f.readApps()
	if err != nil {
		return err
	}
	stage, err := p.stage(f, &apps)
	if err != nil {
		return err
	}
	t := &twins{}
	defer t.Close()
	var at listening
	for _, s := range []struct {
		name, flag string
		url        *string
		port       int
		handler    http.Handler
	}{
		{"the Salesforce twin", "salesforce-port", &at.Salesforce, f.salesforcePort, stage.Salesforce()},
		{"the Xero twin", "xero-port", &at.Xero, f.xeroPort, stage.Xero()},
		{"the admin", "admin-port", &at.Admin, f.adminPort, stage.Handler()},
	} {
		if *s.url, err = t.serve(s.handler, s.port); err != nil {
			return usagef(fmt.Sprintf("stop what is there, or choose another: %s twin --%s NUMBER (or --port for all three)", p.self, s.flag), "serve %s: %v", s.name, err)
		}
	}
	if f.eventsPort >= 0 {
		if at.Events, err = t.serveEvents(stage, f); err != nil {
			return usagef("stop what is there, or choose another: "+p.self+" twin --events-port NUMBER", "serve change events: %v", err)
		}
	}
	if err := p.emit(apps.told(at), func(w io.Writer) { apps.describe(w, p.self, at) }); err != nil {
		return err
	}
	if hooks := apps.Xero.Webhooks; hooks != nil {
		stage.DeliverWebhooks(cmd.Context(), func(ctx context.Context) error { return wait(ctx, webhookPause) }, func(text string) {
			p.say("webhooks to %s: %s", hooks.URL, text)
		})
	}
	<-cmd.Context().Done()
	p.say("stopped")
	return nil
}

// webhookPause is how often the twins look whether a webhook is due.
const webhookPause = 50 * time.Millisecond

// stage reads what the flags name and makes the twins.
func (p *program) stage(f twinFlags, apps *twinApps) (*admin.Stage, error) {
	w, err := f.start()
	if err != nil {
		return nil, err
	}
	begin := now()
	if f.clock != "" {
		if begin, err = time.Parse(time.RFC3339, f.clock); err != nil {
			return nil, usagef("give an instant like 2026-11-22T10:00:00Z", "--clock %q: not an instant", f.clock)
		}
	}
	clock := wire.NewClock(begin, now)
	clock.Freeze(f.frozen)
	clock.Set(begin) // to the nanosecond, also where it stands
	rules, err := f.rules()
	if err != nil {
		return nil, err
	}
	faults, err := wire.NewFaults(rules, wire.FaultOptions{Now: clock.Now})
	if err != nil {
		return nil, usagef("mend the rule; docs/twins.md lists the kinds", "--faults %s: %v", f.faults, err)
	}
	known := admin.Doubts(nil)
	for _, name := range f.otherwise {
		if !slices.ContainsFunc(known, func(d admin.Decided) bool { return d.Name == name }) {
			return nil, usagef(p.self+" twin doubts", "--otherwise %s: there is no doubt of that name", name)
		}
	}
	stage, err := admin.NewStage(admin.Options{
		Clock: clock, World: w, Faults: faults, Presets: preset.Faults(), Otherwise: f.otherwise,
		Make: func(w world.World, now func() time.Time) (admin.Twins, error) { return f.make(w, now, faults, apps) },
	})
	if err != nil {
		return nil, usagef("mend the world, or make one: "+p.self+" twin seed --region GB -o world.json", "%v", err)
	}
	return stage, nil
}

// make makes both twins over a world. Each hears the doubts that are its own.
func (f twinFlags) make(w world.World, now func() time.Time, faults *wire.Faults, apps *twinApps) (admin.Twins, error) {
	org, books := w.Books()
	forSalesforce := salesforce.Options{Now: now, World: w, Otherwise: f.among(salesforce.Doubts())}
	forXero := xero.Options{
		Now: now, Region: f.region, Organisation: org, Collections: books, MinuteLimit: f.minute, Seed: f.seed,
		Otherwise: f.among(xero.Doubts()), Inside: faults.Inside,
	}
	apps.lend(&forSalesforce, &forXero)
	sf, err := salesforce.New(forSalesforce)
	if err != nil {
		return admin.Twins{}, err
	}
	x, err := xero.New(forXero)
	return admin.Twins{Salesforce: sf, Xero: x}, err
}

// among returns those of the named doubts that are in a list.
func (f twinFlags) among(doubts []wire.Doubt) (names []string) {
	for _, d := range doubts {
		if slices.Contains(f.otherwise, d.Name) {
			names = append(names, d.Name)
		}
	}
	return names
}

// start is the world that the twins begin with: a file, a made-up one of a region, or the
// demo company.
func (f *twinFlags) start() (world.World, error) {
	if f.region != "" && !slices.Contains(xero.Regions(), f.region) {
		return world.World{}, usagef("choose one of "+strings.Join(xero.Regions(), ", "), "--region %q: the twins have no books of that region", f.region)
	}
	if f.world == "" && f.region != "" {
		return demo.Seed(demo.Sizes{Region: f.region, Odd: 0.2, Seed: f.seed})
	}
	w, err := chosenWorld(f.world)
	if err != nil {
		hint := "mend the file, or make one: planwright twin seed --region GB -o world.json"
		if errors.Is(err, os.ErrNotExist) {
			hint = "check the path, or make a world: planwright twin seed --region GB -o world.json"
		}
		return w, usagef(hint, "--world %s: %v", f.world, err)
	}
	org, _ := w.Books()
	kept, _ := org["CountryCode"].(string)
	if f.world == "" || kept == "" {
		f.region = cmp.Or(f.region, kept, "NZ")
	} else if f.region = cmp.Or(f.region, kept); f.region != kept {
		return w, usagef("leave out --region, or change CountryCode in the file", "--region %s: the books of %s are those of %s", f.region, f.world, kept)
	}
	return w, nil
}

// rules reads the file of faults.
func (f twinFlags) rules() ([]wire.Fault, error) {
	if f.faults == "" {
		return nil, nil
	}
	data, err := os.ReadFile(f.faults)
	if err != nil {
		return nil, usagef("check the path", "--faults %s: %v", f.faults, err)
	}
	rules, err := wire.DecodeFaults(data, preset.Faults())
	if err != nil {
		return nil, usagef("mend the rule; docs/twins.md lists kinds and presets", "--faults %s: %v", f.faults, err)
	}
	return rules, nil
}

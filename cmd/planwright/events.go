package main

import (
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/twin/admin"
	"github.com/planwright/planwright/internal/twin/pubsub"
	"github.com/planwright/planwright/internal/twin/salesforce"
)

func (p *program) eventsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "events", Short: "Show how the following of change events stands, and what is wrong with it", Args: args(),
		Long: `Lists the objects whose change events are followed, or were: how each stands, how far it has got, and
what a person does where it has stopped. Polling finds everything without them, only later.
Exit 1 when one has stopped.`,
		Example: `  planwright events`,
		RunE: func(*cobra.Command, []string) error {
			a := p.open()
			defer a.Close()
			list, err := a.Subscriptions()
			if err != nil {
				return err
			}
			for _, s := range list {
				if s.State == "stopped" {
					p.exit = exitFailed
				}
			}
			return p.emit(list, func(w io.Writer) { printEvents(w, list) })
		},
	}
}

func printEvents(w io.Writer, list []app.Subscription) {
	if len(list) == 0 {
		fmt.Fprintln(w, "no change events were ever followed; polling finds everything (planwright serve --events on)")
	}
	for _, s := range list {
		fmt.Fprintf(w, "%s %s is %s since %s: %d events, %d of our own, %d twice, %d sweeps\n",
			s.API, s.Object, s.State, s.Since.Local().Format(time.DateTime), s.Events, s.Own, s.Twice, s.Sweeps)
		if s.Problem != "" {
			fmt.Fprintf(w, "  %s\n", s.Problem)
		}
	}
}

// serveEvents serves change events of whatever the Salesforce twin is at the time.
func (t *twins) serveEvents(stage *admin.Stage, port int) (string, error) {
	var mu sync.Mutex
	var of *salesforce.Twin
	var bus *pubsub.Bus
	current := func() *pubsub.Bus {
		mu.Lock()
		defer mu.Unlock()
		if sf := stage.Twins().Salesforce; sf != of {
			if bus != nil {
				bus.EndStreams("service.unavailable")
			}
			made, err := pubsub.New(pubsub.Options{Twin: sf, Wait: wait})
			if err != nil {
				panic(err) // unreachable: the objects are the twin's own
			}
			of, bus = sf, made
		}
		return bus
	}
	current()
	ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return "", err
	}
	s := pubsub.Serve(current)
	t.servers = append(t.servers, closer(s.Stop))
	t.group.Go(func() { _ = s.Serve(ln) })
	return "http://" + ln.Addr().String(), nil
}

// closer is something that stops without an error.
type closer func()

// Close implements io.Closer.
func (c closer) Close() error { c(); return nil }

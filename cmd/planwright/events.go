package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/twin/admin"
	twinbus "github.com/planwright/planwright/internal/twin/pubsub"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/runtime/pubsub"
)

func (p *program) eventsCommand() *cobra.Command {
	var retry bool
	cmd := &cobra.Command{
		Use: "events", Short: "Show how the following of change events stands, and what is wrong with it", Args: args(),
		Long: `Lists the objects whose change events are followed, or were: how each stands, how far it has got, and
what a person does where it has stopped. Polling finds everything without them, only later.

A stream that ended is taken up again by itself: within minutes where the cause passes, and where a
person has to mend something, after five minutes at first and each hour in the end. --retry does not
wait for that. Exit 1 when one has stopped.`,
		Example: `  planwright events
  planwright events --retry`,
		RunE: func(*cobra.Command, []string) error {
			a := p.open()
			defer a.Close()
			list, err := a.Subscriptions()
			if err != nil {
				return err
			}
			if retry {
				if !a.RetryEvents() {
					return &app.Problem{Err: errors.New("events: nothing is followed now, so nothing can be tried again"), Next: "planwright serve --events on"}
				}
				p.say("what waits or has stopped is tried now; planwright events tells what comes of it")
			}
			for _, s := range list {
				if s.State == pubsub.Stopped && !retry {
					p.exit = exitFailed
				}
			}
			return p.emit(list, func(w io.Writer) { printEvents(w, list) })
		},
	}
	cmd.Flags().BoolVar(&retry, "retry", false, "try at once what waits or has stopped, where serve runs")
	return cmd
}

func printEvents(w io.Writer, list []app.Subscription) {
	if len(list) == 0 {
		fmt.Fprintln(w, "no change events were ever followed; polling finds everything (planwright serve --events on)")
	}
	at := func(t time.Time) string { return t.Local().Format(time.DateTime) }
	for _, s := range list {
		fmt.Fprintf(w, "%s %s is %s since %s: %d events, %d of our own, %d twice, %d sweeps\n",
			s.API, s.Object, s.State, at(s.Since), s.Events, s.Own, s.Twice, s.Sweeps)
		if !s.Heard.IsZero() {
			fmt.Fprintf(w, "  last heard of the vendor at %s\n", at(s.Heard))
		}
		if s.Problem != "" {
			fmt.Fprintf(w, "  %s\n", s.Problem)
		}
		if !s.Next.IsZero() {
			fmt.Fprintf(w, "  tried again at %s, or now: planwright events --retry\n", at(s.Next))
		}
		if s.Owed {
			fmt.Fprintln(w, "  events may have been lost: all that changed is looked for before it goes on, and polling finds it too")
		}
	}
}

// serveEvents serves change events of whatever the Salesforce twin is at the time.
func (t *twins) serveEvents(stage *admin.Stage, f twinFlags) (string, error) {
	var mu sync.Mutex
	var of *salesforce.Twin
	var bus *twinbus.Bus
	current := func() *twinbus.Bus {
		mu.Lock()
		defer mu.Unlock()
		if sf := stage.Twins().Salesforce; sf != of {
			if bus != nil {
				bus.EndStreams("service.unavailable")
			}
			made, err := twinbus.New(twinbus.Options{Twin: sf, Wait: wait, Otherwise: f.among(twinbus.Doubts())})
			if err != nil {
				panic(err) // unreachable: the objects are the twin's own
			}
			of, bus = sf, made
		}
		return bus
	}
	current()
	ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", f.eventsPort))
	if err != nil {
		return "", err
	}
	s := twinbus.Serve(current)
	t.servers = append(t.servers, closer(s.Stop))
	t.group.Go(func() { _ = s.Serve(ln) })
	return "http://" + ln.Addr().String(), nil
}

// closer is something that stops without an error.
type closer func()

// Close implements io.Closer.
func (c closer) Close() error { c(); return nil }

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/web"
	"github.com/planwright/planwright/runtime/approval"
)

// serving is what serve was asked for.
type serving struct {
	interval time.Duration
	sweep    time.Duration // how often everything that qualifies is asked for; 0 is never
	keep     string        // age in days beyond which details of ended runs are pruned; "" is never
	listen   string        // host:port of the pages; "off" is no pages
	events   string        // where change events are followed: "off", app.EventsOn or an address
	public   string        // address under which people reach them, when it is another
	webhooks string        // host:port at which deliveries of webhooks are taken; "" is nowhere
}

func (p *program) serveCommand() *cobra.Command {
	var s serving
	var by string
	cmd := &cobra.Command{
		Use: "serve", Annotations: alone, Short: "Serve the pages and run every approved plan until interrupted", Args: args(),
		Long: `Polls for every approved plan, drives all runs, and serves the pages on which people draft, approve,
match and look after runs. It prints a link that signs one person in, once.

The pages listen on this machine alone. To reach them from another, put a proxy that speaks TLS in
front and name its address with --public.`,
		Example: `  planwright serve
  planwright serve --listen 127.0.0.1:0 --by "Dana Ortiz"
  planwright serve --listen off`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p.level = slog.LevelInfo
			if err := often(s.interval); err != nil {
				return err
			}
			if s.sweep != 0 && s.sweep < time.Minute {
				return usagef("use --sweep-every 24h", "--sweep-every is at least one minute, or 0 for never")
			}
			who, err := p.person(by)
			if err != nil && s.listen != "off" {
				return err
			}
			if err := followable(s.events); err != nil {
				return err
			}
			a, err := p.openWithModel(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			if s.webhooks != "" {
				stop, err := p.takeWebhooks(a, s.webhooks)
				if err != nil {
					return err
				}
				defer stop()
			}
			a.SweepEvery(s.sweep)
			if keep := cmp.Or(s.keep, p.env["PLANWRIGHT_KEEP"]); keep != "" {
				age, err := days(keep)
				if err != nil {
					return err
				}
				a.Keep(age)
			}
			if s.events != "off" {
				a.Follow(s.events)
			}
			if s.listen == "off" {
				if err := somethingApproved(cmd.Context(), a); err != nil {
					return err
				}
				return p.runUntilInterrupted(cmd.Context(), a, s.interval)
			}
			return p.servePages(cmd.Context(), a, s, who)
		},
	}
	cmd.Flags().DurationVar(&s.interval, "every", time.Minute, "how often to poll")
	cmd.Flags().DurationVar(&s.sweep, "sweep-every", 24*time.Hour, "how often to ask for everything that qualifies, in place of what changed; 0 is never")
	cmd.Flags().StringVar(&s.keep, "keep", "", "prune once a day what ended longer ago, such as 400d; empty is $PLANWRIGHT_KEEP, else never")
	cmd.Flags().StringVar(&s.listen, "listen", "127.0.0.1:8480", "host and port of the pages; port 0 is any, \"off\" is no pages")
	cmd.Flags().StringVar(&s.events, "events", "off", "follow change events beside polling: on, off, or the address of a twin's, http://127.0.0.1:8404")
	cmd.Flags().StringVar(&s.public, "public", "", "address under which people reach the pages, when a proxy stands before them: https://…")
	cmd.Flags().StringVar(&s.webhooks, "webhooks", "", "host and port at which vendors deliver webhooks, at /hooks/NAME; empty takes none")
	byFlag(cmd, &by, "the printed link signs in")
	settingFlags(cmd)
	return cmd
}

// often refuses to poll more than once a second: it would cost calls and gain nothing.
func often(interval time.Duration) error {
	if interval < time.Second {
		return usagef("use --every 1m", "--every is at least one second")
	}
	return nil
}

// followable refuses what cannot be an address of change events.
func followable(events string) error {
	if events == "off" || events == app.EventsOn {
		return nil
	}
	if u, err := url.Parse(events); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return usagef("planwright serve --events on", "--events %q is neither on nor off, nor an address such as http://127.0.0.1:8404", events)
	}
	return nil
}

// somethingApproved refuses to run without pages when there is nothing to run.
func somethingApproved(ctx context.Context, a *app.App) error {
	plans, err := a.Plans(ctx)
	if err != nil {
		return err
	}
	for _, v := range plans {
		if v.State == approval.Approved || v.State == approval.Stale {
			return nil
		}
	}
	return &app.Problem{Err: errors.New("serve: no plan is approved, and without pages nobody can approve one"), Next: "planwright propose PLAN, then planwright approve PLAN"}
}

// pages are the pages of an App behind a listening socket.
type pages struct {
	*web.Web
	server *http.Server
	ended  chan error
}

// openPages listens and serves.
func (p *program) openPages(a *app.App, s serving) (*pages, error) {
	host, _, err := net.SplitHostPort(s.listen)
	if err != nil {
		return nil, usagef("--listen 127.0.0.1:8480", "--listen %q is not host:port", s.listen)
	}
	public, err := publicAddress(s.public)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); (ip == nil || !ip.IsLoopback()) && host != "localhost" && (public == nil || public.Scheme != "https") {
		return nil, usagef("--listen 127.0.0.1:8480; or planwright serve --public https://NAME, with a proxy that speaks TLS in front",
			"--listen %s would show the pages to other machines without encryption", s.listen)
	}
	ln, err := net.Listen("tcp", s.listen)
	if err != nil {
		return nil, &app.Problem{Err: fmt.Errorf("serve: %w", err), Next: "choose another port: --listen 127.0.0.1:0 takes any that is free"}
	}
	if public == nil {
		public = &url.URL{Scheme: "http", Host: ln.Addr().String()}
	}
	w, err := web.New(web.Config{
		App: a, Now: now, Random: randomness, Log: p.log(), Public: public, Planners: a.Planners(), Version: version()["version"],
	})
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	out := &pages{Web: w, ended: make(chan error, 1), server: pageServer(w.Handler())}
	go func() { out.ended <- out.server.Serve(ln) }()
	return out, nil
}

// pageServer bounds what a request may cost before anybody knows who sends it: how long it
// may take to arrive, and how long its headers may be. How long an answer takes is not
// bounded: a model may draft for minutes, and event streams have no end.
func pageServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
}

func publicAddress(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no address is a choice
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, usagef("--public https://planwright.example.com", "--public %q is not an address", text)
	}
	return u, nil
}

// close lets answers under way end, but no event stream hold it up.
func (g *pages) close() error {
	g.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := g.server.Shutdown(ctx)
	if e := <-g.ended; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}

// servePages serves and runs, until interrupted or until either ends.
func (p *program) servePages(ctx context.Context, a *app.App, s serving, who string) error {
	if _, err := a.Journal(); err != nil { // before anything listens: it may be in use
		return err
	}
	g, err := p.openPages(a, s)
	if err != nil {
		return err
	}
	link, err := g.Link(who)
	if err == nil {
		err = p.emit(map[string]any{"link": link, "person": who}, func(w io.Writer) {
			fmt.Fprintf(w, "Sign in once, as %s, within 15 minutes:\n  %s\n", who, link)
		})
	}
	if err == nil {
		err = p.runUntilInterrupted(ctx, a, s.interval)
	}
	return errors.Join(err, g.close())
}

// runUntilInterrupted runs plans until interrupted, which is its ordinary end.
func (p *program) runUntilInterrupted(ctx context.Context, a *app.App, interval time.Duration, plans ...string) error {
	done, err := p.lend(ctx, a)
	if err != nil {
		return err
	}
	defer done()
	p.say("running; interrupt to stop, nothing is lost")
	err = a.Serve(ctx, interval, plans...)
	if err != nil && errors.Is(err, ctx.Err()) {
		p.say("stopped")
		return nil
	}
	return err
}

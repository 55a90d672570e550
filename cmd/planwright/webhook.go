package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
)

func (p *program) webhookCommand() *cobra.Command {
	return group("webhook", "Say by which keys webhooks are signed", p.webhookKeyCommand(), p.webhookListCommand(), p.webhookRemoveCommand())
}

func (p *program) webhookKeyCommand() *cobra.Command {
	var only bool
	var file string
	cmd := &cobra.Command{
		Use: "key NAME", Short: "Accept webhooks of a connection that are signed with a key", Args: args("NAME"),
		Long: `Reads the signing key of an app's webhooks from standard input, or from --key-file, never from a
flag. It is sealed like the secrets of connections and never shown. While the vendor changes keys,
the old and the new one are accepted; --only ends that.

Deliveries are taken by planwright serve --webhooks HOST:PORT, at /hooks/NAME.`,
		Example: `  planwright webhook key xero < key.txt
  planwright webhook key xero --key-file key.txt --only`,
		RunE: func(_ *cobra.Command, in []string) error {
			key, err := p.secret("planwright webhook key", file, "webhook key")
			if err != nil {
				return err
			}
			a := p.open()
			defer a.Close()
			if err := a.AddHookKey(in[0], key, only); err != nil {
				return err
			}
			return p.emit(map[string]any{"name": in[0], "path": "/hooks/" + in[0]}, func(w io.Writer) {
				fmt.Fprintf(w, "webhooks of %s are accepted at /hooks/%s\nnext: planwright serve --webhooks 127.0.0.1:8481, with a proxy that speaks TLS in front\n", in[0], in[0])
			})
		},
	}
	cmd.Flags().BoolVar(&only, "only", false, "accept no other key any more")
	cmd.Flags().StringVar(&file, "key-file", "-", "file with the key; - is standard input")
	return cmd
}

func (p *program) webhookListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List connections that take webhooks, and what came since serve began", Args: args(),
		RunE: func(*cobra.Command, []string) error {
			a := p.open()
			defer a.Close()
			list, err := a.HookViews()
			if err != nil {
				return err
			}
			return p.emit(map[string]any{"webhooks": list}, func(w io.Writer) {
				if len(list) == 0 {
					fmt.Fprintln(w, "no webhooks are accepted")
					return
				}
				var rows [][]string
				for _, v := range list {
					t := v.Tally
					rows = append(rows, []string{
						v.Name, v.Path, fmt.Sprint(v.Keys), v.Since.Local().Format(time.DateTime), fmt.Sprint(t.Taken), fmt.Sprint(t.Forged),
						fmt.Sprint(t.Strangers), fmt.Sprint(t.Unreadable), fmt.Sprint(t.Refused),
					})
				}
				table(w, []string{"NAME", "PATH", "KEYS", "NEWEST", "TAKEN", "FORGED", "STRANGERS", "UNREADABLE", "REFUSED"}, rows)
			})
		},
	}
}

func (p *program) webhookRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Accept no webhooks of a connection any more", Args: args("NAME"),
		RunE: func(_ *cobra.Command, in []string) error {
			a := p.open()
			defer a.Close()
			if err := a.RemoveHookKeys(in[0]); err != nil {
				return err
			}
			return p.emit(map[string]any{"removed": in[0]}, func(w io.Writer) { fmt.Fprintf(w, "webhooks of %s are accepted no more\n", in[0]) })
		},
	}
}

// takeWebhooks listens for deliveries of webhooks until stop is called.
func (p *program) takeWebhooks(a *app.App, listen string) (stop func(), err error) {
	if _, _, err := net.SplitHostPort(listen); err != nil {
		return nil, usagef("--webhooks 127.0.0.1:8481", "--webhooks %q is not host:port", listen)
	}
	hooks, err := a.Hooks()
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, &app.Problem{Err: fmt.Errorf("serve: %w", err), Next: "choose another port: --webhooks 127.0.0.1:0 takes any that is free"}
	}
	// What anybody may send is bounded before it is known who does: a delivery must arrive
	// and be answered within the five seconds that vendors wait.
	server := &http.Server{
		Handler: hooks, ReadHeaderTimeout: 2 * time.Second, ReadTimeout: 4 * time.Second, WriteTimeout: 10 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	p.say("webhooks are taken at http://%s/hooks/NAME", ln.Addr())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ln) }()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := errors.Join(server.Shutdown(ctx), <-ended); err != nil && !errors.Is(err, http.ErrServerClosed) {
			p.say("warning: webhooks: %v", err)
		}
	}, nil
}

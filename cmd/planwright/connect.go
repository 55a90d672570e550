package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
)

func (p *program) connectCommand() *cobra.Command {
	var c app.Connection
	var secretFile string
	cmd := &cobra.Command{
		Use: "connect NAME", Short: "Connect to a tenant of an API, or list connections without NAME",
		Long: `Stores how to reach one tenant and signs in once. The secret (client secret, API key, token or
password, as the spec or its overlay says) is read from standard input, or from --secret-file,
never from a flag; it is sealed with the key in the data folder. An API key or a token is tried
where the overlay names an identity, else with the first call.`,
		Example: `  planwright connect salesforce --base https://acme.my.salesforce.com --client 3MVG9… < secret.txt
  planwright connect xero --client 1A2B… --secret-file secret.txt
  planwright connect shop --base https://shop.example.com/v1 < key.txt`,
		Args: func(cmd *cobra.Command, in []string) error {
			if len(in) > 1 {
				return usagef(cmd.UseLine(), "connect: unexpected argument %q", in[1])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, in []string) error {
			a := p.open()
			defer a.Close()
			if len(in) == 0 {
				return p.listConnections(a)
			}
			c.Name = in[0]
			if c.API == "" {
				c.API = c.Name
			}
			need, err := a.SignIn(c.API)
			if err != nil {
				return err
			}
			if need.Client != "" && c.Client == "" {
				return usagef("planwright connect "+c.Name+" --client ID < secret.txt", "connect needs --client, the %s", need.Client)
			}
			if need.Secret != "" {
				if c.Secret, err = p.secret(secretFile, need.Secret); err != nil {
					return err
				}
			}
			conn, err := a.Connect(cmd.Context(), c)
			if err != nil {
				return err
			}
			return p.emit(conn, func(w io.Writer) { fmt.Fprintf(w, "connected %s: %s at %s\n", conn.Name, conn.API, conn.Base) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.API, "api", "", "API to connect to (default: NAME)")
	f.StringVar(&c.Base, "base", "", "address of the tenant (default: the server the spec names)")
	f.StringVar(&c.Token, "token-url", "", "token endpoint (default: the overlay's)")
	f.StringVar(&c.Client, "client", "", "client id of your app, or user name")
	f.StringVar(&c.Tenant, "tenant", "", "tenant id, where the API wants one")
	f.StringVar(&secretFile, "secret-file", "-", "file with the secret; - is standard input")
	f.BoolVar(&c.AllowPrivate, "allow-private", false, "allow loopback and private addresses (twins)")
	return cmd
}

// secret reads what the API calls its client secret, API key, token or password.
func (p *program) secret(file, what string) (string, error) {
	data, err := readFile(file, p.in)
	if err != nil {
		return "", err
	}
	secret := strings.TrimSpace(string(data))
	if secret == "" || len(secret) > 4096 {
		return "", usagef("planwright connect NAME < secret.txt", "no %s on standard input", what)
	}
	return secret, nil
}

func (p *program) listConnections(a *app.App) error {
	list, err := a.Connections()
	if err != nil {
		return err
	}
	return p.emit(map[string]any{"connections": list}, func(w io.Writer) {
		if len(list) == 0 {
			fmt.Fprintln(w, "nothing is connected yet: planwright connect salesforce --help")
			return
		}
		var rows [][]string
		for _, c := range list {
			rows = append(rows, []string{c.Name, c.API, c.Base, c.Tenant})
		}
		table(w, []string{"NAME", "API", "ADDRESS", "TENANT"}, rows)
	})
}

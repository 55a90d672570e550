package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/twin/admin"
	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/runtime/connection"
)

// maxWorld bounds a world that is fetched from an admin.
const maxWorld = 1 << 30

func (p *program) twinSeedCommand() *cobra.Command {
	var s demo.Sizes
	var out string
	cmd := &cobra.Command{
		Use: "seed", Short: "Write a made-up world of a size and region", Args: args(),
		Long: `Writes a world: accounts, products and deals in Salesforce, contacts and items in books of the region. The same
sizes and seed give the same bytes. --odd is the share of records that are as untidy as real ones.`,
		Example: `  planwright twin seed --region GB --deals 200 --odd 0.3 --seed 7 -o world.json`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.Accounts == 0 || s.Products == 0 || s.Deals == 0 {
				return usagef(p.self+" twin seed --deals 1", "seed world: accounts, products and deals must be from 1")
			}
			w, err := demo.Seed(s)
			if err != nil {
				return usagef(cmd.CommandPath()+" --help", "%v", err)
			}
			return p.writeWorld(w, out)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&s.Region, "region", "NZ", "region of the books: "+strings.Join(xero.Regions(), ", "))
	flags.IntVar(&s.Accounts, "accounts", 20, "how many accounts")
	flags.IntVar(&s.Products, "products", 10, "how many products")
	flags.IntVar(&s.Deals, "deals", 40, "how many opportunities")
	flags.Float64Var(&s.Odd, "odd", 0.2, "share of untidy records, 0 to 1")
	flags.Uint64Var(&s.Seed, "seed", 1, "make another world of the same sizes")
	flags.StringVarP(&out, "out", "o", "", "file to write (default: standard output)")
	return cmd
}

func (p *program) twinDumpCommand() *cobra.Command {
	var from, out string
	cmd := &cobra.Command{
		Use: "dump", Short: "Write what running twins hold as a world", Args: args(),
		Long: `Asks the admin of running twins for all they hold, and writes it as a world that planwright twin --world
loads again.`,
		Example: `  planwright twin dump -o world.json`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := fetchWorld(cmd.Context(), from)
			if err != nil {
				return err
			}
			return p.writeWorld(w, out)
		},
	}
	cmd.Flags().StringVar(&from, "admin", fmt.Sprintf("http://127.0.0.1:%d", adminPort), "address of the admin")
	cmd.Flags().StringVarP(&out, "out", "o", "", "file to write (default: standard output)")
	return cmd
}

// writeWorld writes a world to a file and says so, or to standard output.
func (p *program) writeWorld(w world.World, file string) error {
	data, err := w.Encode()
	if err != nil {
		return err
	}
	if file == "" {
		_, err = p.out.Write(data)
		return err
	}
	if err := replaceFile(file, data); err != nil {
		return err
	}
	records := map[string]int{}
	for system, part := range map[string]map[string][]world.Record{"salesforce": w.Salesforce, "xero": w.Xero} {
		for _, list := range part {
			records[system] += len(list)
		}
	}
	return p.emit(map[string]any{"file": file, "records": records}, func(o io.Writer) {
		fmt.Fprintf(o, "wrote %s: %d records of Salesforce, %d of Xero\n", file, records["salesforce"], records["xero"])
	})
}

// replaceFile writes a file whole or not at all: who is killed meanwhile leaves the old one.
// What is no ordinary file, /dev/stdout say, is written to as it is.
func replaceFile(file string, data []byte) error {
	if at, err := os.Stat(file); err == nil && !at.Mode().IsRegular() {
		return os.WriteFile(file, data, 0o600)
	}
	part := file + ".part"
	if err := os.WriteFile(part, data, 0o600); err != nil {
		return err
	}
	if err := os.Rename(part, file); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return nil
}

func (p *program) twinDiffCommand() *cobra.Command {
	return &cobra.Command{
		Use: "diff A B", Short: "Show how two worlds differ", Args: args("A", "B"),
		Long: `Shows which records were added (+), removed (-) or changed (~) from A to B, with the members that differ.
Each is a file or the address of running twins' admin. Exit 0: the same. 1: they differ. 2: one cannot be read.`,
		Example: `  planwright twin diff before.json after.json
  planwright twin diff before.json http://127.0.0.1:8403`,
		RunE: func(cmd *cobra.Command, names []string) error {
			var both [2]world.World
			for i, name := range names {
				var err error
				if both[i], err = p.worldAt(cmd.Context(), name); err != nil {
					return err
				}
			}
			changes := world.Diff(both[0], both[1])
			if len(changes) > 0 {
				p.exit = exitFailed
			}
			var failed error
			err := p.emit(map[string]any{"same": len(changes) == 0, "changes": append([]world.Change{}, changes...)}, func(w io.Writer) {
				if len(changes) == 0 {
					fmt.Fprintln(w, "the same")
				}
				failed = world.WriteChanges(w, changes)
			})
			if err == nil {
				err = failed
			}
			return err
		},
	}
}

// worldAt reads a world from a file or an admin.
func (p *program) worldAt(ctx context.Context, name string) (world.World, error) {
	if strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
		return fetchWorld(ctx, name)
	}
	w, err := chosenWorld(name)
	if err != nil {
		return w, usagef("give the file of a world, or the address of the twins' admin", "%s: %v", name, err)
	}
	return w, nil
}

func fetchWorld(ctx context.Context, address string) (world.World, error) {
	if u, err := url.Parse(address); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return world.World{}, usagef(fmt.Sprintf("give an address like http://127.0.0.1:%d", adminPort), "--admin %q: not the address of an admin", address)
	}
	data, err := connection.Download(ctx, nil, strings.TrimSuffix(address, "/")+"/api/world", maxWorld, true)
	if err != nil {
		return world.World{}, usagef("start the twins (planwright twin), or name their admin's address", "ask the admin %s: %v", address, err)
	}
	w, err := world.Decode(data)
	if err != nil {
		return w, usagef("name the admin's address, not a twin's", "what %s answers is no world: %v", address, err)
	}
	return w, nil
}

func (p *program) twinDoubtsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doubts", Short: "List what the twins do because it is believed of the vendors, not known", Args: args(),
		Long: `Lists the doubts of both twins. planwright twin --otherwise NAME decides one against what is believed: what
leans on a vendor must be right whichever way it is.`,
		RunE: func(*cobra.Command, []string) error {
			list := admin.Doubts(nil)
			return p.emit(map[string]any{"doubts": list}, func(w io.Writer) {
				for _, d := range list {
					fmt.Fprintf(w, "%s (%s)\n  believed:  %s\n  otherwise: %s\n", d.Name, d.System, d.Believed, d.Otherwise)
				}
			})
		},
	}
}

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/agent/loop"
	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/config"
)

// shownSettings are those whose flags are in the help of a command that may ask a model; the
// others are in docs/configuration.md.
var shownSettings = []string{"model-provider", "model", "model-url", "model-key-file"}

// settingFlags gives a command a flag for every setting that has one.
func settingFlags(cmd *cobra.Command) {
	for _, s := range config.Settings() {
		if s.Flag == "" {
			continue
		}
		// In the usage of a flag the first word in back quotes would be taken for its value.
		cmd.Flags().String(s.Flag, "", strings.ReplaceAll(s.Words, "`", ""))
		if f := cmd.Flags().Lookup(s.Flag); !slices.Contains(shownSettings, s.Flag) {
			f.Hidden = true
		}
	}
}

// settings reads flags, environment and the settings file.
func (p *program) settings(cmd *cobra.Command) (*config.Config, error) {
	given := map[string]string{}
	for _, s := range config.Settings() {
		if f := cmd.Flags().Lookup(s.Flag); f != nil && f.Changed {
			given[s.Flag] = f.Value.String()
		}
	}
	c, found := config.Load(config.Sources{Dir: p.dataDir(), Env: p.env, Flags: given})
	return c, found.Err()
}

// openWithModel is open for a command that may ask a model, if one is configured.
func (p *program) openWithModel(cmd *cobra.Command) (*app.App, error) {
	if p.shared != nil { // with the model it was started with
		return p.open(), nil
	}
	c, err := p.settings(cmd)
	if err != nil {
		return nil, err
	}
	cfg := p.appConfig()
	if cfg.Model, err = c.Open(config.Outside{Wait: wait, Jitter: jitter}); err != nil {
		return nil, err
	}
	cfg.Budget = loop.Budget{Calls: c.Planner.Calls, Tokens: c.Planner.Tokens, Time: c.Planner.Time}
	cfg.Answer = c.Model.MaxTokens
	cfg.Adjudicate = c.Match.Model
	return app.New(cfg), nil
}

func (p *program) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "config", Short: "Show every setting, where it comes from, and where a model would be asked", Args: args(),
		Long: `Shows the settings as they are, each with the place it comes from: a flag, the environment, config.yaml
in the data folder, or what is built in. Secrets are hidden. Nothing is sent.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.settings(cmd)
			if err != nil {
				return err
			}
			return p.emit(map[string]any{"settings": c.Values(), "host": c.Host()}, func(w io.Writer) {
				var rows [][]string
				for _, v := range c.Values() {
					rows = append(rows, []string{v.Key, v.Value, v.From})
				}
				table(w, []string{"SETTING", "VALUE", "FROM"}, rows)
				if c.Host() == "" {
					fmt.Fprintln(w, "\nNo model is configured: nothing is sent to one.")
				} else {
					fmt.Fprintf(w, "\nQuestions to the model go to %s.\n", c.Host())
				}
			})
		},
	}
	settingFlags(cmd)
	return cmd
}

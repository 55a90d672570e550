package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/eval"
	"github.com/planwright/planwright/internal/app"
)

// caseWritten says where a run was written as a case.
type caseWritten struct {
	Run  string `json:"run"`
	Plan string `json:"plan"`
	Case string `json:"case"` // id
	File string `json:"file"`
}

// runAsCase writes a run as a case, which has passed by then.
func (p *program) runAsCase(cmd *cobra.Command, a *app.App, ref, file string) error {
	if filepath.Ext(file) != ".txtar" {
		return usagef("planwright runs replay "+ref+" --as-case NAME.txtar", "a case of a run is an archive, and the name of its file ends in .txtar")
	}
	run, err := a.Recorded(cmd.Context(), ref)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "planwright-eval-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	e, err := eval.New(eval.Config{Dir: scratch, Now: now})
	if err != nil {
		return err
	}
	p.say("playing the run on stand-in vendors ...")
	id := archiveID(file, "run")
	data, err := e.FromRun(cmd.Context(), id, run)
	if err != nil {
		return err
	}
	if err := writeNew(file, data); err != nil {
		return err
	}
	out := caseWritten{Run: run.Run.ID, Plan: run.Run.Plan, Case: id, File: file}
	return p.emit(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s holds run %s as a case, which passes; read it before you share it\nnext: planwright eval run --suite %s\n", file, out.Run, file)
	})
}

// archiveID is the id of the case that a single archive holds.
func archiveID(file, family string) string {
	return family + "/" + strings.TrimSuffix(filepath.Base(file), ".txtar")
}

// writeNew writes a file that is not there yet.
func writeNew(file string, data []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return &app.Problem{Err: fmt.Errorf("write case %s: the file is there already", file), Next: "give another name"}
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

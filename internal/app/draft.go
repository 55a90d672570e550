package app

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

// DraftView is a draft that is kept, as people see it: what a planner answered to a goal.
type DraftView struct {
	ID      string    `json:"id"`
	Goal    string    `json:"goal"`
	Planner string    `json:"planner"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	// Notice says what the person should know about how the answer came about.
	Notice string       `json:"notice,omitempty"`
	Answer agent.Answer `json:"answer"`
	// Digest, YAML and Checked are of the plan, if the answer holds one. Checked is nil when
	// it does not pass the check under the specs of today; Findings say why.
	Digest   plan.Digest    `json:"digest,omitempty"`
	YAML     string         `json:"yaml,omitempty"`
	Checked  *check.Checked `json:"-"`
	Findings diag.List      `json:"findings,omitempty"`
	// Proposal is what it became, if it was laid before an approver.
	Proposal string `json:"proposal,omitempty"`
}

// keptDraft is how a draft lies in its file.
type keptDraft struct {
	ID        string           `json:"id"`
	Goal      string           `json:"goal"`
	Planner   string           `json:"planner"`
	By        string           `json:"by"`
	At        time.Time        `json:"at"`
	Notice    string           `json:"notice,omitempty"`
	Plan      string           `json:"plan,omitempty"` // as YAML
	Remarks   []string         `json:"remarks,omitempty"`
	Questions []agent.Question `json:"questions,omitempty"`
	Refusal   *agent.Refusal   `json:"refusal,omitempty"`
	Proposal  string           `json:"proposal,omitempty"`
}

// draftID is what NewDraft makes, and all that is ever looked up on the disk.
var draftID = regexp.MustCompile(`^d-[0-9a-f]{16}$`)

// NewDraft asks a planner and keeps what it answers in the data folder, until somebody
// discards it.
func (a *App) NewDraft(ctx context.Context, goal, planner, by string) (DraftView, error) {
	answer, err := a.Draft(ctx, goal, planner)
	if err != nil {
		return DraftView{}, err
	}
	name := make([]byte, 8)
	if _, err := io.ReadFull(a.cfg.Random, name); err != nil {
		return DraftView{}, fmt.Errorf("new draft: %w", err)
	}
	d := keptDraft{
		ID: "d-" + hex.EncodeToString(name), Goal: goal, Planner: answer.Planner, By: by, At: a.cfg.Now().UTC(),
		Notice: answer.Notice, Questions: answer.Questions, Refusal: answer.Refusal,
	}
	if answer.Draft != nil {
		d.Plan, d.Remarks = string(answer.Draft.Plan.YAML()), answer.Draft.Remarks
	}
	if answer.Transcript != nil {
		if err := a.write(d.ID+".transcript.jsonl", answer.Transcript.JSONL()); err != nil {
			return DraftView{}, err
		}
	}
	if err := a.keep(d); err != nil {
		return DraftView{}, err
	}
	return a.draftView(d)
}

// Drafts lists what is kept, newest first. A file that cannot be read is logged and left out.
func (a *App) Drafts(context.Context) ([]DraftView, error) {
	kept, err := a.allKept()
	if err != nil {
		return nil, err
	}
	out := []DraftView{}
	for _, d := range kept {
		v, err := a.draftView(d)
		if err != nil {
			a.cfg.Log.Warn("draft not read", "draft", d.ID, "err", err)
			continue
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(x, y DraftView) int { return y.At.Compare(x.At) })
	return out, nil
}

// allKept reads the files of all drafts and judges none.
func (a *App) allKept() ([]keptDraft, error) {
	files, err := os.ReadDir(a.path("drafts"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list drafts: %w", err)
	}
	var out []keptDraft
	for _, f := range files {
		id, ok := strings.CutSuffix(f.Name(), ".json")
		if !ok || !draftID.MatchString(id) {
			continue
		}
		d, err := a.kept(id)
		if err != nil {
			a.cfg.Log.Warn("draft not read", "draft", id, "err", err)
			continue
		}
		out = append(out, d)
	}
	return out, nil
}

// DraftByID returns a draft that is kept, or [ErrNotFound].
func (a *App) DraftByID(_ context.Context, id string) (DraftView, error) {
	d, err := a.kept(id)
	if err != nil {
		return DraftView{}, err
	}
	return a.draftView(d)
}

// ProposeDraft lays the plan of a draft before a person.
func (a *App) ProposeDraft(ctx context.Context, id, by string) (PlanView, error) {
	d, err := a.kept(id)
	if err != nil {
		return PlanView{}, err
	}
	v, err := a.draftView(d)
	switch {
	case err != nil:
		return PlanView{}, err
	case v.Answer.Draft == nil:
		return PlanView{}, problem(fmt.Errorf("draft %s: it holds no plan", id), "answer its questions in the goal and draft again")
	case v.Checked == nil:
		return PlanView{}, v.Findings.Sorted()
	}
	p, err := a.Propose(ctx, v.Checked, by)
	if err != nil {
		return PlanView{}, err
	}
	d.Proposal = p.ID
	return p, a.keep(d)
}

// DiscardDraft removes a draft. What was proposed from it stays.
func (a *App) DiscardDraft(_ context.Context, id string) error {
	if _, err := a.kept(id); err != nil {
		return err
	}
	if err := os.Remove(a.path("drafts", id+".transcript.jsonl")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Remove(a.path("drafts", id+".json"))
}

// Transcript returns what was said to a model and by it about a draft, as lines of JSON; nil
// when none was asked.
func (a *App) Transcript(_ context.Context, id string) ([]byte, error) {
	if _, err := a.kept(id); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(a.path("drafts", id+".transcript.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

func (a *App) kept(id string) (keptDraft, error) {
	var d keptDraft
	if !draftID.MatchString(id) {
		return d, fmt.Errorf("draft %.40q: %w", id, ErrNotFound)
	}
	data, err := os.ReadFile(a.path("drafts", id+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return d, fmt.Errorf("draft %s: %w", id, ErrNotFound)
	}
	if err == nil {
		err = json.Unmarshal(data, &d)
	}
	if err != nil {
		return d, fmt.Errorf("draft %s: %w", id, err)
	}
	return d, nil
}

// keep writes a draft's file whole or not at all.
func (a *App) keep(d keptDraft) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return fmt.Errorf("draft %s: %w", d.ID, err)
	}
	return a.write(d.ID+".json", b.Bytes())
}

// write puts a file into the folder of drafts.
func (a *App) write(name string, data []byte) error {
	dir := a.path("drafts")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep draft: %w", err)
	}
	part := filepath.Join(dir, name+".part")
	if err := os.WriteFile(part, data, 0o600); err != nil {
		return fmt.Errorf("keep draft: %w", err)
	}
	return os.Rename(part, filepath.Join(dir, name))
}

// draftView judges a kept draft against the specs of today.
func (a *App) draftView(d keptDraft) (DraftView, error) {
	v := DraftView{
		ID: d.ID, Goal: d.Goal, Planner: d.Planner, By: d.By, At: d.At, Notice: d.Notice, YAML: d.Plan, Proposal: d.Proposal,
		Answer: agent.Answer{Questions: d.Questions, Refusal: d.Refusal},
	}
	if d.Plan == "" {
		return v, nil
	}
	p, found := plan.Parse(d.ID, []byte(d.Plan))
	if found.HasErrors() {
		return v, fmt.Errorf("draft %s: %w", d.ID, found.Err())
	}
	v.Answer.Draft, v.Digest = &agent.Draft{Plan: p, Remarks: d.Remarks}, p.Digest()
	var err error
	v.Checked, v.Findings, err = a.Check(d.ID, []byte(d.Plan))
	return v, err
}

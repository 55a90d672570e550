package approval

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/mapping"
	"github.com/planwright/planwright/runtime/plan"
)

// ID names a proposal: the plan's name, "@" and a number that counts the proposals of that
// name from 1: "closed-won-to-invoice@2".
type ID string

// Kinds of entries in a plan's stream. The strings reach disk and never change.
const (
	KindProposed = "proposed" // data: Proposal
	KindDecided  = "decided"  // data: Decision
)

// Answer is what a person said.
type Answer string

// The closed list of answers.
const (
	Approve Answer = "approve"
	Reject  Answer = "reject"
	Revoke  Answer = "revoke" // takes an approval back
)

// Proposal is a checked plan laid before a person.
type Proposal struct {
	ID     ID          `json:"id"`
	Name   string      `json:"name"` // of the plan
	Digest plan.Digest `json:"digest"`
	// Plan is the canonical form, whose SHA-256 is Digest. It must reach the disk byte for
	// byte, as the journal writes it; json.Marshal would write < as \u003c.
	Plan json.RawMessage `json:"plan"`
	// APIs are the specs and overlays the plan was checked against.
	APIs map[string]plan.APIRef `json:"apis"`
	// Sheet is the permission sheet as it was shown, as JSON.
	Sheet json.RawMessage `json:"sheet,omitempty"`
	By    string          `json:"by"` // who proposed it
	At    time.Time       `json:"at"`
}

// New returns the proposal of a plan, without an ID, which [Book.Propose] gives. The plan
// must have passed its check; sheet is the permission sheet that the check gave.
func New(p *plan.Plan, sheet json.RawMessage, by string, at time.Time) Proposal {
	return Proposal{
		Name: p.Name, Digest: p.Digest(), Plan: p.Canonical(), APIs: p.APIs,
		Sheet: sheet, By: by, At: at.UTC(),
	}
}

// Decision is what a named person answered to a proposal.
type Decision struct {
	Proposal ID          `json:"proposal"`
	Answer   Answer      `json:"answer"`
	Digest   plan.Digest `json:"digest"` // of the plan that was shown
	By       string      `json:"by"`
	At       time.Time   `json:"at"`
	Comment  string      `json:"comment,omitempty"`
	// Rows are the approved rows of the plan's mappings when it was approved, by mapping.
	Rows map[string]mapping.Snapshot `json:"rows,omitempty"`
	// Tenants are the far ends of the connections the approver saw, by API. An API
	// without one may be connected later to any tenant.
	Tenants map[string]string `json:"tenants,omitempty"`
}

// Reasons for which a proposal or decision is refused. Each is wrapped with particulars.
var (
	// ErrUnnamed: nobody is named as the one who proposed or decided.
	ErrUnnamed = errors.New("no person is named")
	// ErrOther: the decision is about another plan than the one proposed.
	ErrOther = errors.New("the plan is not the one that was shown")
	// ErrDecided: the proposal has been decided, or superseded, before.
	ErrDecided = errors.New("the proposal is not open any more")
	// ErrUnknown: there is no such proposal.
	ErrUnknown = errors.New("no such proposal")
	// ErrInvalid: the proposal or decision contradicts itself.
	ErrInvalid = errors.New("not a valid proposal or decision")
)

// judge confirms what a proposal says about itself.
func (p Proposal) judge() error {
	sum := sha256.Sum256(p.Plan)
	switch {
	case strings.TrimSpace(p.By) == "":
		return ErrUnnamed
	case p.Name == "" || strings.ContainsAny(p.Name, "/@"):
		return fmt.Errorf("%w: %.80q is no plan name", ErrInvalid, p.Name)
	case p.Digest != plan.Digest("sha256:"+hex.EncodeToString(sum[:])):
		return fmt.Errorf("%w: the digest is not that of the plan", ErrInvalid)
	case len(p.Sheet) > 0 && !json.Valid(p.Sheet):
		return fmt.Errorf("%w: the permission sheet is not JSON", ErrInvalid)
	}
	return nil
}

// matches confirms that the plan inside is a plan and the one the proposal speaks of.
func (p Proposal) matches() error {
	inner, found := plan.Parse(string(p.ID), p.Plan)
	if err := found.Err(); err != nil {
		// Its text only: the caller would show a diag.List as findings about a plan file.
		return fmt.Errorf("%w: %s", ErrInvalid, err.Error())
	}
	if inner.Name != p.Name || inner.Digest() != p.Digest {
		return fmt.Errorf("%w: the plan inside is %s", ErrInvalid, inner.Name)
	}
	if len(inner.APIs) != len(p.APIs) {
		return fmt.Errorf("%w: the plan names other APIs than the proposal", ErrInvalid)
	}
	for api, ref := range inner.APIs {
		if p.APIs[api] != ref {
			return fmt.Errorf("%w: the plan names another spec of %s than the proposal", ErrInvalid, api)
		}
	}
	return nil
}

// judge confirms what a decision says about itself.
func (d Decision) judge() error {
	switch {
	case strings.TrimSpace(d.By) == "":
		return ErrUnnamed
	case d.Answer != Approve && d.Answer != Reject && d.Answer != Revoke:
		return fmt.Errorf("%w: the answer is %.20q, not approve, reject or revoke", ErrInvalid, d.Answer)
	}
	return nil
}

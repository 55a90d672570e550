package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// rule is a fault with what it has met.
type rule struct {
	Fault
	id         string
	off        bool
	set        time.Time // when it was set; zero without a clock
	dice       *rand.Rand
	seen, hits int
	last       *answer // what Repeat sends
}

// Rule is a rule as it stands.
type Rule struct {
	ID      string `json:"id"`
	Fault   Fault  `json:"fault"`
	Off     bool   `json:"off"`
	Matched int    `json:"matched"` // requests that reached the rule
	Struck  int    `json:"struck"`
}

// DecodeFaults reads a list of rules written as JSON. Unknown members and rules that
// could never do what they say are refused. A rule may name one of the presets; its own
// members then go before the preset's.
func DecodeFaults(data []byte, presets map[string]Fault) ([]Fault, error) {
	var list []json.RawMessage
	if err := Strict(data, &list); err != nil {
		return nil, fmt.Errorf("decode faults: %w", err)
	}
	out := make([]Fault, len(list))
	for i, raw := range list {
		f, err := DecodeFault(raw, presets)
		if err != nil {
			return nil, fmt.Errorf("decode faults: rule %d: %w", i+1, err)
		}
		out[i] = f
	}
	return out, nil
}

// DecodeFault reads one rule, see DecodeFaults.
func DecodeFault(data []byte, presets map[string]Fault) (Fault, error) {
	var given struct {
		Preset string `json:"preset"`
		Fault
	}
	if err := Strict(data, &given); err != nil {
		return Fault{}, err
	}
	f := given.Fault
	if given.Preset != "" {
		base, ok := presets[given.Preset]
		if !ok {
			return Fault{}, fmt.Errorf("preset %q: there is none of that name", given.Preset)
		}
		base.Name = given.Preset
		copied, err := json.Marshal(base) // what is read over it must not reach the preset
		if err == nil {
			f = Fault{}
			err = errors.Join(json.Unmarshal(copied, &f), json.Unmarshal(data, &f))
		}
		if err != nil {
			return Fault{}, err
		}
	}
	return f, f.Check()
}

// Set replaces the rules and their counts; Set(nil) ends all faults. Late commits that
// are under way still happen.
func (f *Faults) Set(rules []Fault) error {
	made := make([]*rule, len(rules))
	for i, r := range rules {
		if err := f.check(r); err != nil {
			return err
		}
		made[i] = &rule{Fault: r}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
	for _, u := range made {
		f.add(u)
	}
	return nil
}

// Add puts a rule behind the others and returns its id.
func (f *Faults) Add(r Fault) (string, error) {
	if err := f.check(r); err != nil {
		return "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	u := &rule{Fault: r}
	f.add(u)
	return u.id, nil
}

// check judges a rule and whether the options give it what it needs.
func (f *Faults) check(r Fault) error {
	if err := r.Check(); err != nil {
		return err
	}
	clocked := !r.From.IsZero() || !r.Until.IsZero() || r.On > 0 || r.Skew != 0
	if clocked && f.o.Now == nil {
		return fmt.Errorf("fault %s %q: it needs a clock", r.Kind, r.Operation)
	}
	return nil
}

// add gives a rule what it starts with. The caller holds the lock.
func (f *Faults) add(u *rule) {
	f.made++
	u.id = strconv.Itoa(f.made)
	if f.o.Now != nil {
		u.set = f.o.Now()
	}
	if u.Seed != 0 || f.o.Chance == nil {
		u.dice = rand.New(rand.NewPCG(u.Seed, 0x74776e))
	}
	f.rules = append(f.rules, u)
}

// Remove takes a rule away.
func (f *Faults) Remove(id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := f.index(id)
	if i < 0 {
		return fmt.Errorf("fault %q: there is no such rule", id)
	}
	f.rules = slices.Delete(f.rules, i, i+1)
	return nil
}

// Switch turns a rule off, or on again. A rule that is off counts nothing.
func (f *Faults) Switch(id string, on bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := f.index(id)
	if i < 0 {
		return fmt.Errorf("fault %q: there is no such rule", id)
	}
	f.rules[i].off = !on
	return nil
}

func (f *Faults) index(id string) int {
	return slices.IndexFunc(f.rules, func(u *rule) bool { return u.id == id })
}

// Rules returns the rules in order, with what each has met, so that a test can demand
// that every fault has struck.
func (f *Faults) Rules() []Rule {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]Rule, len(f.rules))
	for i, u := range f.rules {
		out[i] = Rule{ID: u.id, Fault: u.Fault, Off: u.off, Matched: u.seen, Struck: u.hits}
	}
	return out
}

// strikes decides about the request that was just counted.
func (u *rule) strikes(o FaultOptions) bool {
	switch {
	case u.Nth > 0 && u.seen != u.Nth,
		u.seen <= u.Skip,
		u.First > 0 && u.seen > u.First,
		u.Every > 0 && (u.seen-1)%u.Every < u.Every-max(1, u.Burst),
		u.Times > 0 && u.hits >= u.Times,
		u.Kind == Repeat && u.last == nil,
		!u.awake(o):
		return false
	}
	return u.Chance == 0 || u.throw(o) < u.Chance
}

// awake says whether the clock stands where the rule strikes.
func (u *rule) awake(o FaultOptions) bool {
	if u.From.IsZero() && u.Until.IsZero() && u.On == 0 {
		return true
	}
	now, from := o.Now(), u.From
	if from.IsZero() {
		from = u.set
	}
	if now.Before(u.From) || !u.Until.IsZero() && !now.Before(u.Until) {
		return false
	}
	if u.On == 0 {
		return true
	}
	since := now.Sub(from) % time.Duration(u.On+u.Off)
	return since >= 0 && since < time.Duration(u.On)
}

func (u *rule) throw(o FaultOptions) float64 {
	if u.dice != nil {
		return u.dice.Float64()
	}
	return o.Chance()
}

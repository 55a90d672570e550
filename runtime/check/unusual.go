package check

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
)

// The limits above which creating money records is unusual, beside "invoices_per_hour" and
// its like. What is above them is asked about once, for all runs of the plan.
const (
	// SumPerDay bounds what is created within 24 hours, of each kind and currency.
	SumPerDay = "sum_per_day"
	// SamePerDay bounds how often within 24 hours the same amount goes to the same party.
	SamePerDay = "same_per_day"
)

// What is unusual where the plan says nothing.
const (
	// UsualPerHour is how many money records a plan without a limit a day, and without a past,
	// makes within an hour unasked.
	UsualPerHour = 100
	// UsualSame is how often the same amount goes to the same party.
	UsualSame = 10
)

// Unusual holds the bounds above which creating one kind of record is unusual; 0 is none.
type Unusual struct {
	PerHour int64 `json:"perHour,omitempty"`
	Sum     int64 `json:"sum,omitempty"` // within 24 hours, in each currency
	Same    int64 `json:"same,omitempty"`
	// Money says that its amounts are known. Then its past counts, too, but not above what is
	// stated: Stated and StatedSum say which bounds a person approved.
	Money     bool `json:"money,omitempty"`
	Stated    bool `json:"stated,omitempty"`
	StatedSum bool `json:"statedSum,omitempty"`
}

// PerHour is what a plan calls the limit on how many of an object it creates within an hour.
func PerHour(object string) string {
	noun, _, _ := LimitNames(object)
	return noun + "s_per_hour"
}

// UnusualOf returns the bounds of a plan on creating an object.
func UnusualOf(p *plan.Plan, object string, money bool) Unusual {
	_, perDay, _ := LimitNames(object)
	u := Unusual{PerHour: p.Limits[PerHour(object)], Money: money}
	u.Stated = u.PerHour > 0
	if !money {
		return u
	}
	u.Sum, u.Same = p.Limits[SumPerDay], p.Limits[SamePerDay]
	u.StatedSum = u.Sum > 0
	if u.PerHour == 0 { // what was approved for a day was approved for an hour of it
		u.PerHour = max(p.Limits[perDay], UsualPerHour)
	}
	if u.Same == 0 {
		u.Same = UsualSame
	}
	return u
}

// SheetUnusual is a bound above which the plan stops creating and asks a person.
type SheetUnusual struct {
	Name string `json:"name"`
	Most int64  `json:"most,omitempty"` // 0: its own past alone decides
	// Stated says that the plan says so; else it is what counts where a plan says nothing.
	Stated bool `json:"stated"`
}

// unusual lists what is asked about: everything a plan could state and does, and for money
// what counts if it does not.
func (s *Sheet) unusual(p *plan.Plan, touches []touch) {
	seen := map[string]bool{}
	add := func(name string, most int64) {
		_, stated := p.Limits[name]
		if !seen[name] {
			seen[name] = true
			s.Unusual = append(s.Unusual, SheetUnusual{name, most, stated})
		}
	}
	for _, t := range touches {
		if !t.creates() {
			continue
		}
		u := UnusualOf(p, t.op.Entity, t.op.Money != nil)
		if u.PerHour > 0 {
			add(PerHour(t.op.Entity), u.PerHour)
		}
		if u.Money {
			add(SumPerDay, u.Sum)
			add(SamePerDay, u.Same)
		}
	}
	slices.SortFunc(s.Unusual, func(x, y SheetUnusual) int { return strings.Compare(x.Name, y.Name) })
}

// asksAbove reports whether a limit is one of those above which a person is asked.
func asksAbove(name string) bool {
	return name == SumPerDay || name == SamePerDay || strings.HasSuffix(name, "s_per_hour")
}

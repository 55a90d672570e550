package apicall

import (
	"time"

	"github.com/planwright/planwright/specs/catalog"
)

// Quota is what was spent of a connection's allowance and what is left. -1 means not known,
// 0 of a limit that there is none.
type Quota struct {
	Connection string    `json:"connection"`
	Concurrent int       `json:"concurrent"` // requests at once
	Minute     int       `json:"minute"`     // requests a minute, as its overlay states them
	MinuteUsed int       `json:"minuteUsed"` // by us, in the last minute
	MinuteLeft int       `json:"minuteLeft"`
	Day        int       `json:"day"`
	DayUsed    int       `json:"dayUsed"`       // by us, in the last 24 hours
	DayLeft    int       `json:"dayLeft"`       // as the vendor says, else as counted
	Told       time.Time `json:"told,omitzero"` // when the vendor last said what is left
	// Until is the end of a pause, and Limit what it is for.
	Until time.Time `json:"until,omitzero"`
	Limit string    `json:"limit,omitempty"`
	// First is the first request of the last 24 hours.
	First time.Time `json:"first,omitzero"`
	// Ends is when the day's allowance ends if it goes on like this; zero if it does not.
	Ends time.Time `json:"ends,omitzero"`
}

// Quota tells what was spent on the connection that serves an API.
func (c *Caller) Quota(api *catalog.API) Quota {
	name := api.Name
	if n := c.cfg.Names[name]; n != "" {
		name = n
	}
	l := c.line(name, api.Limits)
	l.mu.Lock()
	defer l.mu.Unlock()
	now := c.cfg.Now()
	l.forget(now)
	s := l.state
	q := Quota{
		Connection: name, Concurrent: l.limits.Concurrent, Minute: l.limits.Minute, MinuteUsed: len(l.recent), MinuteLeft: s.MinuteLeft,
		Day: l.limits.Day, DayUsed: len(l.day), DayLeft: s.DayLeft, Told: s.Seen,
	}
	if q.MinuteLeft < 0 && q.Minute > 0 {
		q.MinuteLeft = max(q.Minute-q.MinuteUsed, 0)
	}
	switch {
	case s.Most > 0: // the vendor counts what everybody used
		q.Day, q.DayLeft = int(s.Most), int(max(s.Most-s.Used, 0))
	case q.DayLeft < 0 && q.Day > 0:
		q.DayLeft = max(q.Day-q.DayUsed, 0)
	}
	if now.Before(s.Until) {
		q.Until, q.Limit = s.Until, s.Limit
	}
	if len(l.day) > 0 {
		q.First = l.day[0]
		q.Ends = ends(now, l.day, q.DayLeft)
	}
	return q
}

// ends is when so many requests are used up at the rate of the last 24 hours, or of as much of
// them as is known, an hour at least; zero if that is more than a day away.
func ends(now time.Time, sent []time.Time, left int) time.Time {
	if left < 0 {
		return time.Time{}
	}
	span := max(now.Sub(sent[0]), time.Hour)
	lasts := span / time.Duration(len(sent)) * time.Duration(left)
	if lasts >= 24*time.Hour {
		return time.Time{}
	}
	return now.Add(lasts)
}

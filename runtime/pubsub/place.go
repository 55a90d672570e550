package pubsub

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/journal"
)

// State is how a subscription stands.
type State string

// The closed list of states.
//
//	connecting → live → waiting → connecting
//	any → stopped → connecting
const (
	Connecting State = "connecting" // signing in, or waiting for the first answer
	Live       State = "live"
	Waiting    State = "waiting" // to try again; polling carries on
	Stopped    State = "stopped" // until a person mends it, which is looked for; polling carries on
)

const placePrefix = "events/"

// Place is how far a subscription has got, and how it stands; it is kept in the journal.
type Place struct {
	API    string `json:"api"`
	Object string `json:"object"`
	Topic  string `json:"topic"`
	// Tenant is whose events they are, as the vendor names it; empty before the first stream.
	Tenant string `json:"tenant,omitempty"`
	// Replay is the vendor's id of the last event that is done with; nil before the first.
	Replay []byte `json:"replay,omitempty"`
	// Earliest says that the place was lost: the next stream begins with the oldest event.
	Earliest bool `json:"earliest,omitempty"`
	// Owed says that events may have been lost and not all that changed is looked for yet.
	Owed   bool      `json:"owed,omitempty"`
	State  State     `json:"state"`
	Since  time.Time `json:"since"`           // when State was entered
	Heard  time.Time `json:"heard,omitzero"`  // when the vendor last sent anything
	Next   time.Time `json:"next,omitzero"`   // when it is tried again, where it waits or has stopped
	Events int       `json:"events"`          // seen so far
	Own    int       `json:"own,omitempty"`   // of them, told of writes of ours
	Twice  int       `json:"twice,omitempty"` // of them, had been seen before
	Sweeps int       `json:"sweeps,omitempty"`
	// Problem says why it waits or has stopped, and what a person does about it.
	Problem string `json:"problem,omitempty"`
}

func placeKey(api, object string) string { return placePrefix + api + "/" + object }

func (p Place) pair() journal.Pair {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // unreachable: texts, numbers and times
	}
	return journal.Pair{Key: placeKey(p.API, p.Object), Value: b}
}

// Places lists the subscriptions a journal knows of, by API and object.
func Places(j *journal.Journal) ([]Place, error) {
	out := []Place{}
	for pair, err := range j.Pairs(placePrefix) {
		if err != nil {
			return nil, err
		}
		var p Place
		if err := json.Unmarshal(pair.Value, &p); err != nil {
			return nil, fmt.Errorf("place of %s: %w", strings.TrimPrefix(pair.Key, placePrefix), err)
		}
		out = append(out, p)
	}
	return out, nil
}

// load returns the place of an object's subscription, a new one when there is none.
func load(j *journal.Journal, api, object, topic string) (Place, error) {
	p := Place{API: api, Object: object, Topic: topic}
	raw, ok, err := j.Get(placeKey(api, object))
	if err != nil || !ok {
		return p, err
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, fmt.Errorf("place of %s.%s: %w", api, object, err)
	}
	if p.Topic != topic { // another stream: its ids mean nothing there
		p = Place{API: api, Object: object, Topic: topic}
	}
	return p, nil
}

package pubsub_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/planwright/planwright/internal/twin/pubsub"
	"github.com/planwright/planwright/specs/eventbus"
)

// fact is one sentence about the Pub/Sub API.
type fact struct {
	name   string
	source string // the vendor's page or file, or who saw it
	doubt  string // the one of Doubts that the sentence rests on, if any
	check  func(h *house, otherwise bool)
}

const (
	protoFile = "pubsub_api.proto"
	flowPage  = "Pub/Sub API guide, subscribe-rpc"
	errorPage = "Pub/Sub API guide, handling-errors"
)

func facts() []fact {
	return slices.Concat(flowFacts(), placeFacts(), schemaFacts(), refusalFacts())
}

// TestFacts proves each sentence over real gRPC, those that rest on a doubt both ways.
func TestFacts(t *testing.T) {
	doubted := map[string]bool{}
	for _, f := range facts() {
		if f.name == "" || f.source == "" {
			t.Errorf("%+v says nothing", f)
		}
		t.Run(f.name, func(t *testing.T) { f.check(newHouse(t), false) })
		if f.doubt != "" {
			doubted[f.doubt] = true
			t.Run(f.name+" (otherwise)", func(t *testing.T) { f.check(newHouse(t, f.doubt), true) })
		}
	}
	for _, d := range pubsub.Doubts() {
		if !doubted[d.Name] {
			t.Errorf("no fact checks the doubt %q both ways", d.Name)
		}
	}
}

func flowFacts() []fact {
	return []fact{
		{name: "no more events are sent than were asked for", source: flowPage, check: func(h *house, _ bool) {
			h.edit(5)
			s := h.subscribe(earliest(3))
			h.want(s, 3, 0)
			s.ask(1)
			h.want(s, 1, 0)
		}},
		{name: "what is asked for adds up, and what is left is told", source: flowPage, check: func(h *house, _ bool) {
			s := h.subscribe(earliest(2))
			s.ask(3)
			h.edit(6)
			h.want(s, 5, 0)
			s.ask(4)
			h.want(s, 1, 3)
		}},
		{name: "100 events are owed at once and no more", source: "Pub/Sub API guide, allocations", check: func(h *house, _ bool) {
			h.edit(130)
			s := h.subscribe(earliest(1000))
			h.want(s, 100, 0)
			s.ask(100)
			h.want(s, 30, 70)
		}},
		{name: "nothing, or less, cannot be asked for", source: errorPage, check: func(h *house, _ bool) {
			for _, n := range []int32{0, -1} {
				h.refused(h.subscribe(earliest(n)), "subscription.fetch.requested.events.invalid", codes.InvalidArgument)
			}
			s := h.subscribe(earliest(1))
			s.ask(0)
			h.refused(s, "subscription.fetch.requested.events.invalid", codes.InvalidArgument)
		}},
		{name: "another topic cannot be asked for later; none is the first", source: protoFile, check: func(h *house, _ bool) {
			s := h.subscribe(earliest(1))
			s.send(&eventbus.FetchRequest{Requested: 1})
			h.edit(2)
			h.want(s, 2, 0)
			s.send(&eventbus.FetchRequest{Topic: "/data/AccountChangeEvent", Requested: 1})
			h.refused(s, "subscription.fetch.topic.mismatch", codes.InvalidArgument)
		}},
		{name: "a quiet stream tells within 270 seconds that it lives, and a place", source: protoFile, check: func(h *house, _ bool) {
			s := h.subscribe(&eventbus.FetchRequest{Topic: topic, Requested: 7})
			h.idle <- struct{}{}
			got := h.want(s, 0, 7)
			if h.waited() != 270*time.Second || len(got.Latest) == 0 {
				h.t.Errorf("after %v: %+v", h.waited(), got)
			}
			h.clock.Advance(80 * time.Hour)
			h.idle <- struct{}{}
			got = h.want(s, 0, 7)
			h.edit(1)
			h.want(h.subscribe(custom(got.Latest)), 1, 9)
		}},
		{name: "a stream that is owed nothing is ended after a minute", source: "seen by users", doubt: "idle-event-stream-stays", check: func(h *house, otherwise bool) {
			h.edit(1)
			s := h.subscribe(earliest(1))
			h.want(s, 1, 0)
			h.idle <- struct{}{}
			if !otherwise {
				if _, err := s.next(); !errors.Is(err, io.EOF) || h.waited() != time.Minute {
					h.t.Errorf("after %v: %v", h.waited(), err)
				}
				return
			}
			if got := h.want(s, 0, 0); len(got.Latest) == 0 {
				h.t.Errorf("%+v", got)
			}
		}},
		{name: "a stream says nothing before there is something to say", source: flowPage, doubt: "event-stream-answers-at-once", check: func(h *house, otherwise bool) {
			s := h.subscribe(&eventbus.FetchRequest{Topic: topic, Requested: 2})
			if !otherwise {
				h.idle <- struct{}{}
			}
			h.want(s, 0, 2)
			if (h.waited() == 0) != otherwise {
				h.t.Errorf("after %v", h.waited())
			}
			h.edit(1)
			h.want(s, 1, 1)
		}},
	}
}

func placeFacts() []fact {
	return []fact{
		{name: "a subscription begins with now unless it says otherwise", source: protoFile, check: func(h *house, _ bool) {
			h.edit(3)
			s := h.subscribe(&eventbus.FetchRequest{Topic: topic, Requested: 10})
			h.idle <- struct{}{} // it has begun
			h.want(s, 0, 10)
			h.edit(1)
			h.want(s, 1, 9)
		}},
		{name: "EARLIEST is the oldest event that is kept, of 72 hours", source: "Pub/Sub API guide, event-message-durability", check: func(h *house, _ bool) {
			h.edit(2)
			h.clock.Advance(71 * time.Hour)
			h.edit(2)
			h.want(h.subscribe(earliest(10)), 4, 6)
			h.clock.Advance(2 * time.Hour)
			h.want(h.subscribe(earliest(10)), 2, 8)
		}},
		{name: "CUSTOM begins behind the event of the replay id", source: protoFile, check: func(h *house, _ bool) {
			h.edit(4)
			got := h.want(h.subscribe(earliest(10)), 4, 6)
			again := h.want(h.subscribe(custom(got.Events[1].ReplayID)), 2, 8)
			if again.Events[0].Event.ID != got.Events[2].Event.ID {
				h.t.Errorf("begins with %s, want %s", again.Events[0].Event.ID, got.Events[2].Event.ID)
			}
		}},
		{name: "the place counts in the first request only", source: protoFile, check: func(h *house, _ bool) {
			h.edit(2)
			s := h.subscribe(earliest(1))
			first := h.want(s, 1, 0)
			s.send(earliest(1))
			if got := h.want(s, 1, 0); got.Events[0].Event.ID == first.Events[0].Event.ID {
				h.t.Error("it began anew")
			}
		}},
		{name: "CUSTOM needs a replay id, and one that is known and kept", source: errorPage, check: func(h *house, _ bool) {
			h.refused(h.subscribe(custom(nil)), "subscription.fetch.replayid.validation.failed", codes.InvalidArgument)
			h.edit(2)
			got := h.want(h.subscribe(earliest(10)), 2, 8)
			h.clock.Advance(73 * time.Hour)
			h.edit(1)
			h.refused(h.subscribe(custom(got.Events[0].ReplayID)), "subscription.fetch.replayid.corrupted", codes.InvalidArgument)
			h.refused(h.subscribe(custom([]byte("of another org"))), "subscription.fetch.replayid.corrupted", codes.InvalidArgument)
		}},
		{name: "replay ids are not numbered one by one", source: "Pub/Sub API guide, event-message-durability", check: func(h *house, _ bool) {
			h.edit(5)
			ids, next := map[string]bool{}, 0
			for _, e := range h.want(h.subscribe(earliest(5)), 5, 0).Events {
				ids[string(e.ReplayID)] = true
				following := slices.Clone(e.ReplayID)
				following[len(following)-2]++
				if ids[string(following)] {
					next++
				}
			}
			if len(ids) != 5 || next == 4 {
				h.t.Errorf("%d ids, %d next to each other", len(ids), next)
			}
		}},
		{name: "a sign of life never tells a place behind events that are still to come", source: protoFile, doubt: "idle-event-stream-stays", check: func(h *house, otherwise bool) {
			if !otherwise {
				return // such a stream is ended
			}
			h.edit(2)
			s := h.subscribe(earliest(1))
			h.want(s, 1, 0)
			h.idle <- struct{}{}
			if got := h.want(s, 0, 0); got.Latest != nil {
				h.t.Errorf("%+v", got)
			}
			s.ask(1)
			h.want(s, 1, 0)
		}},
	}
}

func schemaFacts() []fact {
	return []fact{
		{name: "an event names the schema it was written under, also when there is a newer one", source: "Pub/Sub API guide, get-schema", check: func(h *house, _ bool) {
			h.edit(1)
			s := h.subscribe(earliest(2))
			first := h.want(s, 1, 1)
			h.must(h.sf.AddField("Opportunity", map[string]any{"Name": "Late__c", "Type": "string", "Length": 20}))
			h.edit(1)
			second := h.want(s, 1, 0)
			var info [2]eventbus.SchemaInfo
			for i, got := range []*eventbus.FetchResponse{first, second} {
				h.must(h.call(eventbus.GetSchema, &eventbus.SchemaRequest{SchemaID: got.Events[0].Event.SchemaID}, &info[i]))
			}
			if info[0].SchemaID == info[1].SchemaID || strings.Contains(info[0].JSON, "Late__c") || !strings.Contains(info[1].JSON, "Late__c") {
				h.t.Errorf("schemas %s and %s", info[0].SchemaID, info[1].SchemaID)
			}
			var about eventbus.TopicInfo
			h.must(h.call(eventbus.GetTopic, &eventbus.TopicRequest{Topic: topic}, &about))
			if about.SchemaID != info[1].SchemaID || !about.CanSubscribe || about.CanPublish || about.Tenant != h.sf.OrgID() {
				h.t.Errorf("topic %+v", about)
			}
		}},
	}
}

func refusalFacts() []fact {
	return []fact{
		{name: "a refusal has a code and an id in its trailer, and a status that fits", source: errorPage, doubt: "event-refusals-of-unknown-status", check: func(h *house, otherwise bool) {
			for code, want := range map[string]codes.Code{"service.auth.error": codes.Unauthenticated, "topic.not.found": codes.NotFound, "service.unavailable": codes.Unavailable} {
				h.bus.Fail("Subscribe", code)
				if otherwise {
					want = codes.Unknown
				}
				h.refused(h.subscribe(earliest(1)), code, want)
			}
		}},
		{name: "each of the three headers is needed, and the tenant's id in 18 characters", source: "Pub/Sub API guide, authentication; seen by users", check: func(h *house, _ bool) {
			for name, value := range map[string]string{"accesstoken": "", "instanceurl": "", "tenantid": h.sf.OrgID()[:15]} {
				md := h.headers()
				md.Set(name, value)
				h.refused(h.subscribeAs(md, earliest(1)), "service.auth.headers.invalid", codes.Unauthenticated)
			}
			md := h.headers()
			md.Set("accesstoken", "00D!none")
			h.refused(h.subscribeAs(md, earliest(1)), "service.auth.error", codes.Unauthenticated)
		}},
		{name: "an entity that is not selected has no topic", source: errorPage, check: func(h *house, _ bool) {
			for name, code := range map[string]string{"/data/Product2ChangeEvent": "topic.not.found", "/event/Won__e": "topic.not.found", "": "topic.validation.empty"} {
				s := h.subscribe(&eventbus.FetchRequest{Topic: name, Requested: 1})
				err := h.call(eventbus.GetTopic, &eventbus.TopicRequest{Topic: name}, &eventbus.TopicInfo{})
				if got, _ := s.end(); got != code || status.Code(err) == codes.OK {
					h.t.Errorf("%q: %s, %v", name, got, err)
				}
			}
		}},
		{name: "five entities at most are selected", source: "Change Data Capture guide, allocations", check: func(h *house, _ bool) {
			six := []string{"Opportunity", "OpportunityLineItem", "Account", "Contact", "Task", "Product2"}
			if _, err := pubsub.New(pubsub.Options{Twin: h.sf, Objects: six}); err == nil {
				h.t.Error("six are taken")
			}
		}},
		{name: "what is delivered in 24 hours is bounded, and what is not is kept", source: "Change Data Capture guide, allocations", check: func(h *house, _ bool) {
			h.bus.UseUp(pubsub.Allocation - 1)
			h.edit(2)
			s := h.subscribe(earliest(10))
			got := h.want(s, 1, 9)
			h.refused(s, "subscription.limit.exceeded", codes.ResourceExhausted)
			h.clock.Advance(25 * time.Hour)
			h.want(h.subscribe(custom(got.Events[0].ReplayID)), 1, 9)
		}},
	}
}

// refused demands how a stream ends: with the code in the trailer, an id there and in the
// message, and a status.
func (h *house) refused(s *stream, code string, want codes.Code) {
	h.t.Helper()
	got, err := s.end()
	id := strings.Join(s.Trailer().Get("rpc-id"), "")
	if got != code || status.Code(err) != want || id == "" || !strings.Contains(fmt.Sprint(err), "rpcId: "+id) {
		h.t.Errorf("ended with %q, %v, id %q; want %s and %v", got, err, id, code, want)
	}
}

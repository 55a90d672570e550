package catalog

import (
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/planwright/planwright/specs/openapi"
)

// ProtocolEventBus is the one protocol of events that is spoken: see package eventbus.
const ProtocolEventBus = "eventbus.v1"

// Events tells how changes are heard of as they happen, beside polling.
type Events struct {
	Protocol string `json:"protocol"` // ProtocolEventBus
	Address  string `json:"address"`  // "https://api.pubsub.salesforce.com:7443"
	// Topics names the stream of each object, by short name.
	Topics map[string]string `json:"topics"`
	// Token, Instance and Tenant name the headers that carry the access token, the
	// connection's address without a path, and the tenant's id.
	Token    string `json:"token"`
	Instance string `json:"instance,omitempty"`
	Tenant   string `json:"tenant,omitempty"`
	// Origin ends the origin of changes that calls of ours made: "client=planwright".
	Origin string `json:"origin,omitempty"`
	// Prefix is what the vendor's codes of errors begin with, and Codes class them.
	Prefix string      `json:"prefix,omitempty"`
	Codes  []EventCode `json:"codes,omitempty"`
}

// EventCode says what an error of a stream means. ClassAbsent: the place in the stream is
// not known any more.
type EventCode struct {
	Code  string `json:"code"` // without the prefix
	Class Class  `json:"class"`
	Wait  int    `json:"wait,omitempty"` // seconds before another try, at least
	Next  string `json:"next,omitempty"` // what a person does about it
}

// events reads x-pw-events.
func (c *compiler) events(k openapi.Keyword) {
	var e Events
	if !c.read(k, &e) {
		return
	}
	if err := e.check(); err != nil {
		c.fault(k, "x-pw-events: %v", err)
		return
	}
	maps.DeleteFunc(e.Topics, func(name, _ string) bool {
		return c.objects[c.full(name)] == nil // this version of the file does not have it
	})
	c.api.Events = &e
}

func (e *Events) check() error {
	u, err := url.Parse(e.Address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" {
		return fmt.Errorf("the address %q is not https://HOST:PORT", e.Address)
	}
	if e.Protocol != ProtocolEventBus {
		return fmt.Errorf("the protocol %q is not %s", e.Protocol, ProtocolEventBus)
	}
	if len(e.Topics) == 0 || e.Token == "" {
		return fmt.Errorf("topics and token are needed")
	}
	known := []Class{ClassRetry, ClassLimit, ClassRefresh, ClassPerson, ClassBug, ClassAbsent}
	for _, code := range e.Codes {
		if code.Code == "" || !slices.Contains(known, code.Class) || code.Wait < 0 {
			return fmt.Errorf("code %q has class %q, which is none of %v", code.Code, code.Class, known)
		}
	}
	return nil
}

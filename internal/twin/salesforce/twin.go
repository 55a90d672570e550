package salesforce

import (
	"cmp"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
)

// Defaults of Options.
const (
	DefaultClientID     = "3MVG9twin.planwright.demo"
	DefaultClientSecret = "4D6F2A9E0B7C51883FA2"
	DefaultDailyLimit   = 15000 // calls in 24 hours, the allocation of a Developer Edition org
	DefaultSessionLife  = 2 * time.Hour
)

// Options describe the org that a Twin stands in for. The zero value is an org
// without records whose clock stands still at the start of World.
type Options struct {
	// Now tells the time; it must be safe for concurrent use. Nil means that the
	// clock stands still at World.Start.
	Now func() time.Time
	// World is what the org holds; only its Salesforce part is read. Users, the
	// organisation and the stages are added when it has none.
	World world.World
	// OrgID is the 15- or 18-character id of the organisation; empty means the one in
	// World, else a made-up one.
	OrgID string
	// ClientID and ClientSecret are what the token call must bring; empty means the defaults.
	ClientID, ClientSecret string
	// BaseURL is the instance_url of token answers, without a slash at the end; empty
	// means the scheme and host the token call was made to.
	BaseURL string
	// SessionLife is how long a token lives without being used.
	SessionLife time.Duration
	// App is the app that clients sign in through.
	App App
	// DailyLimit is the number of API calls in any 24 hours.
	DailyLimit int
	// BatchSize is the largest page of a query, 2,000 at most; the vendor too may send
	// fewer rows than were asked for. Zero means 2,000.
	BatchSize int
	// Otherwise names the Doubts in which the vendor is not as believed.
	Otherwise []string
}

// Twin is a stand-in for one Salesforce org. It is an http.Handler; its other methods
// are what a person at the org, or its clock, could do. All may be called by several
// goroutines at once.
type Twin struct {
	opt       Options
	otherwise wire.Otherwise
	schema    *schema
	orgID     string
	runAs     string         // user that client credentials act as, and the Go-side methods
	userID    string         // whom the call being served acts as
	key       *rsa.PublicKey // of the app, nil without

	mu        sync.Mutex
	store     *store
	stages    map[string]stage
	auth      signIns
	cursors   []*cursor  // oldest first
	opened    uint64     // cursors so far
	calls     []int64    // Unix seconds of the calls in the last 24 hours, oldest first
	long      int        // calls of 20 seconds or more that are under way
	slow      []lateSave // which have not become visible, see SaveLate
	saving    time.Time  // when the save being made began, zero for now
	described time.Time  // when what describe tells last changed
	log       []Request
	counts    map[string]int

	admin     map[string][]world.Record // what the org's admins made, as a world says it
	numbers   map[string]uint64         // the last that the org counted, by object and field
	bin       map[*row]time.Time        // deleted records, and until when they are kept
	nextPurge time.Time                 // when the next of them goes, zero without
	day       string                    // the last day on which something was asked

	guards

	packers sync.Pool // of *gzip.Writer
}

// New returns a Twin that holds opt.World. The error names the first record that the
// org could not hold.
func New(opt Options) (*Twin, error) {
	if opt.Now == nil {
		start := opt.World.Start
		opt.Now = func() time.Time { return start }
	}
	opt.ClientID = cmp.Or(opt.ClientID, DefaultClientID)
	opt.ClientSecret = cmp.Or(opt.ClientSecret, DefaultClientSecret)
	opt.SessionLife = cmp.Or(opt.SessionLife, DefaultSessionLife)
	opt.DailyLimit = cmp.Or(opt.DailyLimit, DefaultDailyLimit)
	opt.BatchSize = cmp.Or(opt.BatchSize, maxBatch)
	if opt.App.Scopes == nil {
		opt.App.Scopes = []string{"api", "refresh_token"}
	}
	key, err := publicKey(opt.App.Certificate)
	if err != nil {
		return nil, fmt.Errorf("salesforce twin: %w", err)
	}
	otherwise, err := wire.Decide(Doubts(), opt.Otherwise)
	if err != nil {
		return nil, fmt.Errorf("salesforce twin: %w", err)
	}
	t := &Twin{opt: opt, otherwise: otherwise, key: key, described: opt.World.Start, store: newStore(), auth: newSignIns(), counts: map[string]int{}}
	t.store.now = opt.Now
	t.numbers = map[string]uint64{}
	t.bin, t.day = map[*row]time.Time{}, opt.Now().UTC().Format(time.DateOnly)
	if err := t.load(world.World{Salesforce: opt.World.Salesforce}.Clone().Salesforce); err != nil {
		return nil, fmt.Errorf("load salesforce world: %w", err)
	}
	t.opt.World.Salesforce = nil // the twin has records of its own now
	t.runAs = t.userID
	return t, nil
}

// Request is one HTTP exchange as the twin saw it.
type Request struct {
	At     time.Time
	Method string
	Path   string // as sent, with its query
	Status int
	Code   string // errorCode of a refusal, else empty
}

// maxLog bounds the log of a twin that serves for days; the counts go on.
const maxLog = 10000

// maxRoutes bounds the routes that are counted though nothing answers there, which are as
// many as clients think of.
const maxRoutes = 1000

// Requests returns the exchanges so far, oldest first; of very many, the last 10,000.
func (t *Twin) Requests() []Request {
	t.lock()
	defer t.mu.Unlock()
	return slices.Clone(t.log[max(0, len(t.log)-maxLog):])
}

// Count returns how many exchanges there were with that method on that route. A route
// is the path below the version with ids left out: "/sobjects/Opportunity/{id}",
// "/query", "/services/oauth2/token".
func (t *Twin) Count(method, route string) int {
	t.lock()
	defer t.mu.Unlock()
	return t.counts[method+" "+route]
}

// ExpireSessions makes every access token given out so far invalid. Refresh tokens go on
// working.
func (t *Twin) ExpireSessions() {
	t.lock()
	defer t.mu.Unlock()
	clear(t.auth.sessions)
}

// SetUsage makes it look as if n API calls had been made at this instant and none
// before. With n at the daily limit every call is refused for 24 hours.
func (t *Twin) SetUsage(n int) {
	t.lock()
	defer t.mu.Unlock()
	t.calls = slices.Repeat([]int64{t.opt.Now().Unix()}, max(n, 0))
}

// Hide takes a field from the sight of the calling user, as field-level security does:
// it vanishes from describe, rows and queries, and cannot be written.
func (t *Twin) Hide(object, name string) error {
	t.lock()
	defer t.mu.Unlock()
	o, ok := t.schema.find(object)
	if !ok {
		return fmt.Errorf("hide %s.%s: no such object", object, name)
	}
	f, ok := o.find(name)
	if !ok {
		return fmt.Errorf("hide %s.%s: no such field", object, name)
	}
	f.hidden = true
	t.described = t.opt.Now()
	t.admin[customFields] = append(t.admin[customFields], world.Record{"Object": o.name, "Name": f.name, "Hidden": true})
	return nil
}

// Get returns the record of that object and id, deleted ones excepted.
func (t *Twin) Get(object, id string) (world.Record, bool) {
	t.lock()
	defer t.mu.Unlock()
	r, err := t.row(object, id)
	if err != nil {
		return nil, false
	}
	return r.export(), true
}

// All returns the records of an object in the order they were made, deleted ones
// excepted. An object the twin does not know has none.
func (t *Twin) All(object string) []world.Record {
	t.lock()
	defer t.mu.Unlock()
	o, ok := t.schema.find(object)
	if !ok {
		return nil
	}
	return t.all(o)
}

func (t *Twin) all(o *object) []world.Record {
	var out []world.Record
	for _, r := range t.store.rows[o.name] {
		if !r.deleted {
			out = append(out, r.export())
		}
	}
	return out
}

// Create makes a record under the rules of the API and returns its id.
func (t *Twin) Create(object string, fields world.Record) (string, error) {
	t.lock()
	defer t.mu.Unlock()
	o, ok := t.schema.find(object)
	if !ok {
		return "", fmt.Errorf("create %s: no such object", object)
	}
	in, err := plain(fields)
	if err != nil {
		return "", fmt.Errorf("create %s: %w", object, err)
	}
	r, refusal := t.create(o, in)
	if refusal != nil {
		return "", fmt.Errorf("create %s: %w", object, refusal)
	}
	return r.id(), nil
}

// Update changes fields of a record under the rules of the API.
func (t *Twin) Update(object, id string, fields world.Record) error {
	t.lock()
	defer t.mu.Unlock()
	return t.revise(object, id, fields)
}

func (t *Twin) revise(object, id string, fields world.Record) error {
	in, err := plain(fields)
	if err != nil {
		return fmt.Errorf("update %s: %w", object, err)
	}
	r, refusal := t.row(object, id)
	if refusal == nil {
		refusal = t.update(r, in)
	}
	if refusal != nil {
		return fmt.Errorf("update %s %s: %w", object, id, refusal)
	}
	return nil
}

// Delete deletes a record under the rules of the API.
func (t *Twin) Delete(object, id string) error {
	t.lock()
	defer t.mu.Unlock()
	r, refusal := t.row(object, id)
	if refusal == nil {
		refusal = t.remove(r)
	}
	if refusal != nil {
		return fmt.Errorf("delete %s %s: %w", object, id, refusal)
	}
	return nil
}

// CloseWon moves an opportunity to the first active stage that counts as won, and its
// close date to today, as a seller does.
func (t *Twin) CloseWon(id string) error {
	t.lock()
	won, ok := t.store.first("OpportunityStage", func(r *row) bool { return r.is("IsWon") && r.is("IsActive") })
	t.mu.Unlock()
	if !ok {
		return fmt.Errorf("close opportunity %s: the org has no won stage", id)
	}
	return t.Update("Opportunity", id, world.Record{
		"StageName": won.str("ApiName"), "CloseDate": t.opt.Now().UTC().Format(time.DateOnly),
	})
}

// plain brings values given in Go into the form a request body has.
func plain(fields world.Record) (map[string]any, error) {
	data, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	n, refusal := parseJSON(data)
	if refusal != nil {
		return nil, refusal
	}
	in, _ := n.value().(map[string]any) // nil for no fields
	return in, nil
}

// export returns a copy of the record with nulls left out.
func (r *row) export() world.Record {
	out := make(world.Record, len(r.v))
	for k, v := range r.v {
		if v != nil {
			out[k] = v
		}
	}
	return out
}

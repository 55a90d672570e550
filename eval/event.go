package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/world"
)

// happen plays one event.
func (s *stage) happen(ctx context.Context, e Event) error {
	switch {
	case e.Win != nil, e.Awkward != "":
		return s.win(e)
	case e.Advance != 0:
		s.clock.Advance(time.Duration(e.Advance))
	case e.Rows != nil:
		return s.decide(ctx, e.Rows)
	case e.Faults != nil:
		return s.faults.Set(*e.Faults)
	case e.Run:
		_, _ = s.drive(ctx) // what could not be done under faults is done when they are over
		return ctx.Err()
	case e.Retry != "":
		v, err := s.app.Run(e.Retry)
		if err != nil {
			return err
		}
		return s.app.Retry(ctx, v.ID, person, true)
	default:
		return s.outside(e)
	}
	return nil
}

// outside plays what happens at a vendor.
func (s *stage) outside(e Event) error {
	s.tick()
	switch {
	case e.Update != nil:
		return s.sf.Update(e.Update.Object, e.Update.ID, e.Update.Set)
	case e.Create != nil:
		_, err := s.sf.Create(e.Create.Object, e.Create.Set)
		return err
	case e.Delete != nil:
		return s.sf.Delete(e.Delete.Object, e.Delete.ID)
	case e.Change != nil:
		return s.books.Change(e.Change.Object, e.Change.ID, e.Change.Set)
	case e.Add != nil:
		_, err := s.books.Add(e.Add.Object, e.Add.Set)
		return err
	case e.Pay != nil:
		return s.pay(*e.Pay)
	case e.Void != "":
		return s.books.Void(e.Void)
	case e.Archive != "":
		return s.books.Archive(e.Archive)
	case e.Expire == "salesforce":
		s.sf.ExpireSessions()
	case e.Expire == "xero":
		s.books.RevokeTokens()
	case e.Offline != nil:
		s.books.SetOffline(*e.Offline)
	case e.Usage != nil:
		s.sf.SetUsage(*e.Usage)
	default:
		return fmt.Errorf("nothing is known of this event")
	}
	return nil
}

// tick moves the clock: stamps have the precision of a second.
func (s *stage) tick() { s.clock.Advance(2 * time.Second) }

// events are those of the scene; in the demonstration's world, three wins when it has none.
func (s *stage) events() []Event {
	if s.scene.Events == nil && s.scene.World.World == nil {
		return []Event{{Win: json.RawMessage("3")}}
	}
	return s.scene.Events
}

// deals are the ids of the deals that an event wins: the first so many, or the one named.
func (s *stage) deals(e Event) []string {
	if e.Awkward != "" {
		return []string{s.company.Awkward[demo.Flaw(e.Awkward)]}
	}
	var id string
	if json.Unmarshal(e.Win, &id) == nil {
		return []string{id}
	}
	var n int
	if json.Unmarshal(e.Win, &n) == nil && n > 0 && n <= len(s.company.Close) {
		return s.company.Close[:n]
	}
	return nil
}

func (s *stage) win(e Event) error {
	deals := s.deals(e)
	if len(deals) == 0 {
		return fmt.Errorf("win %s: neither an id nor a number up to %d", e.Win, len(s.company.Close))
	}
	s.tick()
	for _, id := range deals {
		if err := s.sf.CloseWon(id); err != nil {
			return err
		}
	}
	return nil
}

// pay pays an invoice, named by its number or id, or "first" for the first invoice
// that can be paid.
func (s *stage) pay(p Payment) error {
	for _, inv := range s.books.Invoices() {
		if p.Invoice != fmt.Sprint(inv["InvoiceNumber"]) && p.Invoice != fmt.Sprint(inv["InvoiceID"]) {
			continue
		}
		amount := p.Amount
		if amount == "" {
			amount = fmt.Sprint(inv["AmountDue"])
		}
		d, err := decimal.Parse(amount)
		if err != nil {
			return fmt.Errorf("pay %s: %w", p.Invoice, err)
		}
		return s.books.Pay(fmt.Sprint(inv["InvoiceID"]), d, "")
	}
	return fmt.Errorf("pay %s: no such invoice", p.Invoice)
}

// apply changes the starting world.
func (p Patch) apply(w *world.World) error {
	side, object, _ := strings.Cut(p.Object, ".")
	records := map[string]map[string][]world.Record{"salesforce": w.Salesforce, "xero": w.Xero}[side]
	if records == nil || object == "" {
		return fmt.Errorf("object %q is none of salesforce.OBJECT and xero.COLLECTION", p.Object)
	}
	if p.ID == "" {
		records[object] = append(records[object], world.CloneRecord(p.Set))
		return nil
	}
	i := slices.IndexFunc(records[object], func(r world.Record) bool { return named(r, p.ID) })
	if i < 0 {
		return fmt.Errorf("%s has no record named %q", p.Object, p.ID)
	}
	if p.Drop {
		records[object] = slices.Delete(records[object], i, i+1)
		return nil
	}
	for k, v := range p.Set {
		records[object][i][k] = v
		if v == nil {
			delete(records[object][i], k)
		}
	}
	return nil
}

// named reports whether a top-level text of the record is the name.
func named(r world.Record, name string) bool {
	for _, v := range r {
		if v == name {
			return true
		}
	}
	return false
}

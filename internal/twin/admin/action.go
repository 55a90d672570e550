package admin

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/planwright/planwright/internal/decimal"
)

// Action is something that a person at a vendor, its admins or its rules could do, beside
// the API.
type Action struct {
	Name   string `json:"name"`
	System string `json:"system"`
	Does   string `json:"does"`
	// Needs are the arguments, in order; those that end in a question mark may be left out.
	Needs []string `json:"needs,omitempty"`

	run func(t Twins, in inputs) error
}

// inputs are the arguments of an action, all as text.
type inputs map[string]string

// fields reads an argument that is a JSON object.
func (in inputs) fields(name string) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(in[name])))
	d.UseNumber()
	var out map[string]any
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("%s: a JSON object is needed: %w", name, err)
	}
	return out, nil
}

func (in inputs) amount() (decimal.Decimal, error) {
	d, err := decimal.Parse(in["amount"])
	if err != nil {
		return d, fmt.Errorf("amount %.40q: not a number", in["amount"])
	}
	return d, nil
}

// Actions lists what can be done, by system and name.
func Actions() []Action {
	out := append(salesforceActions(), xeroActions()...)
	slices.SortStableFunc(out, func(a, b Action) int {
		return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func plainly(f func(Twins)) func(Twins, inputs) error {
	return func(t Twins, _ inputs) error { f(t); return nil }
}

func salesforceActions() []Action {
	const system = systemSalesforce
	return []Action{
		{"expire-sessions", system, "make every token given out so far invalid", nil, plainly(func(t Twins) { t.Salesforce.ExpireSessions() })},
		{"use-calls", system, "let so many API calls have been made just now, against the daily limit", []string{"calls"}, func(t Twins, in inputs) error {
			n, err := strconv.Atoi(in["calls"])
			if err != nil || n < 0 {
				return fmt.Errorf("calls %.40q: a count is needed", in["calls"])
			}
			t.Salesforce.SetUsage(n)
			return nil
		}},
		{"close-won", system, "win an opportunity, as its seller does", []string{"id"}, func(t Twins, in inputs) error {
			return t.Salesforce.CloseWon(in["id"])
		}},
		{"create", system, "make a record under the rules of the API; fields are a JSON object", []string{"object", "fields"}, func(t Twins, in inputs) error {
			fields, err := in.fields("fields")
			if err == nil {
				_, err = t.Salesforce.Create(in["object"], fields)
			}
			return err
		}},
		{"update", system, "change a record under the rules of the API; fields are a JSON object", []string{"object", "id", "fields"}, func(t Twins, in inputs) error {
			fields, err := in.fields("fields")
			if err == nil {
				err = t.Salesforce.Update(in["object"], in["id"], fields)
			}
			return err
		}},
		{"delete", system, "delete a record under the rules of the API", []string{"object", "id"}, func(t Twins, in inputs) error {
			return t.Salesforce.Delete(in["object"], in["id"])
		}},
		{"hide-field", system, "take a field from the sight of the calling user", []string{"object", "field"}, func(t Twins, in inputs) error {
			return t.Salesforce.Hide(in["object"], in["field"])
		}},
		{"undelete", system, "bring a record back from the recycle bin", []string{"object", "id"}, func(t Twins, in inputs) error {
			return t.Salesforce.Undelete(in["object"], in["id"])
		}},
		{"merge", system, "merge one record into another of its object", []string{"object", "master", "loser"}, func(t Twins, in inputs) error {
			return t.Salesforce.Merge(in["object"], in["master"], in["loser"])
		}},
		{"hold-record", system, "keep a record locked by another transaction up to an instant", []string{"id", "until"}, func(t Twins, in inputs) error {
			until, err := time.Parse(time.RFC3339, in["until"])
			if err != nil {
				return fmt.Errorf("until %.40q: an instant like 2026-11-22T10:00:00Z is needed", in["until"])
			}
			return t.Salesforce.Hold(in["id"], until)
		}},
		{"release-record", system, "take back hold-record", []string{"id"}, func(t Twins, in inputs) error {
			t.Salesforce.Release(in["id"])
			return nil
		}},
		{"send-for-approval", system, "lock a record for as long as its approval is pending", []string{"id"}, func(t Twins, in inputs) error {
			return t.Salesforce.SetApproval(in["id"], true)
		}},
		{"end-approval", system, "take back send-for-approval", []string{"id"}, func(t Twins, in inputs) error {
			return t.Salesforce.SetApproval(in["id"], false)
		}},
		{"read-only", system, "refuse writes, as the vendor does while it maintains the org", nil, plainly(func(t Twins) { t.Salesforce.SetReadOnly(true) })},
		{"writable", system, "take back read-only", nil, plainly(func(t Twins) { t.Salesforce.SetReadOnly(false) })},
		{"protect-field", system, "let the calling user see a field and not change it", []string{"object", "field"}, func(t Twins, in inputs) error {
			return t.Salesforce.Protect(in["object"], in["field"])
		}},
	}
}

func xeroActions() []Action {
	const system = systemXero
	return []Action{
		{"revoke-tokens", system, "make every token given out so far unknown", nil, plainly(func(t Twins) { t.Xero.RevokeTokens() })},
		{"disconnect", system, "end the app's connection to the organisation", nil, plainly(func(t Twins) { t.Xero.Disconnect() })},
		{"reconnect", system, "take back disconnect", nil, plainly(func(t Twins) { t.Xero.Reconnect() })},
		{"offline", system, "take the organisation off line", nil, plainly(func(t Twins) { t.Xero.SetOffline(true) })},
		{"online", system, "take back offline", nil, plainly(func(t Twins) { t.Xero.SetOffline(false) })},
		{"pay", system, "pay an approved invoice, named by number or id, from the first bank account", []string{"invoice", "amount", "date?"}, func(t Twins, in inputs) error {
			amount, err := in.amount()
			if err == nil {
				err = t.Xero.Pay(in["invoice"], amount, in["date"])
			}
			return err
		}},
		{"void", system, "void an invoice, named by number or id", []string{"invoice"}, func(t Twins, in inputs) error { return t.Xero.Void(in["invoice"]) }},
		{"unpay", system, "take a payment back, named by id", []string{"payment"}, func(t Twins, in inputs) error { return t.Xero.Unpay(in["payment"]) }},
		{"credit", system, "credit an invoice in part or whole", []string{"invoice", "amount", "date?"}, func(t Twins, in inputs) error {
			amount, err := in.amount()
			if err == nil {
				_, err = t.Xero.Credit(in["invoice"], amount, in["date"])
			}
			return err
		}},
		{"overpay", system, "pay more than an invoice comes to", []string{"invoice", "amount", "date?"}, func(t Twins, in inputs) error {
			amount, err := in.amount()
			if err == nil {
				_, err = t.Xero.Overpay(in["invoice"], amount, in["date"])
			}
			return err
		}},
		{"archive-contact", system, "archive a contact, named by number or id", []string{"contact"}, func(t Twins, in inputs) error {
			return t.Xero.Archive(in["contact"])
		}},
		{"merge-contacts", system, "merge one contact into another", []string{"loser", "winner"}, func(t Twins, in inputs) error {
			return t.Xero.Merge(in["loser"], in["winner"])
		}},
		{"archive-account", system, "archive an account, named by code or id", []string{"account"}, func(t Twins, in inputs) error {
			return t.Xero.Change("Accounts", in["account"], map[string]any{"Status": "ARCHIVED"})
		}},
		{"lock-date", system, "lock the books up to a date", []string{"date"}, func(t Twins, in inputs) error {
			return t.Xero.Change("Organisation", "", map[string]any{"PeriodLockDate": in["date"]})
		}},
		{"change", system, "set members of a record past the rules of the API; members are a JSON object", []string{"collection", "id", "members"}, func(t Twins, in inputs) error {
			members, err := in.fields("members")
			if err == nil {
				err = t.Xero.Change(in["collection"], in["id"], members)
			}
			return err
		}},
		{"add", system, "add a record as a person does in the web pages; members are a JSON object", []string{"collection", "members"}, func(t Twins, in inputs) error {
			members, err := in.fields("members")
			if err == nil {
				_, err = t.Xero.Add(in["collection"], members)
			}
			return err
		}},
	}
}

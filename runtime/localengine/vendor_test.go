package localengine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs/catalog"
)

// vendor is both far ends in memory. It would take a second invoice of the same number:
// only the engine's care keeps it from making one. Contact numbers are unique, because
// runs of one account meet there.
type vendor struct {
	mu       sync.Mutex
	deals    []string
	contacts map[string]string   // number to id
	invoices map[string][]string // number to ids
	back     map[string]string   // deal to invoice number
	calls    []string            // operations, in the order they arrived
	wrote    []string            // digests of the writes that arrived
	script   map[string][]turn   // by operation, one for each call
}

// turn is what happens to one call. The zero turn is a good answer.
type turn struct {
	lost bool             // nothing is done; with neither out nor hang this is an answer that never came
	out  *apicall.Outcome // the answer instead of the true one
	hang bool             // no answer until the caller leaves
	do   func()           // something that happens while the call is under way
}

func answer(c catalog.Class, after time.Duration) *apicall.Outcome {
	return &apicall.Outcome{Class: c, RetryAfter: after, Message: "scripted"}
}

var (
	lostBefore = turn{lost: true, out: answer(catalog.ClassUnknown, 0)}
	lostAfter  = turn{out: answer(catalog.ClassUnknown, 0)}
)

// refuse answers with that class and does nothing.
func refuse(c catalog.Class, after time.Duration) turn {
	return turn{lost: true, out: answer(c, after)}
}

// times repeats a turn.
func times(n int, t turn) []turn { return slices.Repeat([]turn{t}, n) }

const (
	getDeal    = "salesforce.Opportunity.get"
	getAccount = "salesforce.Account.get"
	query      = "salesforce.query"
	update     = "salesforce.Opportunity.update"
	getContact = "xero.getContacts"
	newContact = "xero.createContacts"
	getInvoice = "xero.getInvoices"
	newInvoice = "xero.createInvoices"
	oneInvoice = "xero.getInvoice"
	putInvoice = "xero.updateOrCreateInvoices" // and here it creates, each time
)

func newVendor() *vendor {
	return &vendor{contacts: map[string]string{}, invoices: map[string][]string{}, back: map[string]string{}, script: map[string][]turn{}}
}

// win adds n deals, three to an account.
func (v *vendor) win(n int) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	from := len(v.deals)
	for i := range n {
		v.deals = append(v.deals, fmt.Sprintf("006D%03d", from+i))
		v.contacts[accountOf(v.deals[from+i])] = "c-" + accountOf(v.deals[from+i])
	}
	return slices.Clone(v.deals[from:])
}

func accountOf(deal string) string {
	var n int
	fmt.Sscanf(deal, "006D%d", &n) //nolint:errcheck // ids are of win's making
	return fmt.Sprintf("001A%03d", n/3)
}

func (v *vendor) Call(ctx context.Context, req apicall.Request) apicall.Outcome {
	v.mu.Lock()
	v.calls = append(v.calls, req.Operation)
	if req.Method != "GET" {
		v.wrote = append(v.wrote, req.Digest())
	}
	var now turn
	if list := v.script[req.Operation]; len(list) > 0 {
		now, v.script[req.Operation] = list[0], list[1:]
	}
	var out apicall.Outcome
	if !now.lost {
		out = v.serve(req)
	}
	v.mu.Unlock()
	if now.do != nil {
		now.do()
	}
	if now.hang {
		<-ctx.Done()
	}
	if now.out != nil {
		return *now.out
	}
	return out
}

func (v *vendor) count(op string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := 0
	for _, c := range v.calls {
		if c == op {
			n++
		}
	}
	return n
}

func ok(value any) apicall.Outcome {
	return apicall.Outcome{Class: catalog.ClassOK, Status: 200, Value: value}
}

func (v *vendor) serve(req apicall.Request) apicall.Outcome {
	at, err := url.Parse(req.Path)
	if err != nil {
		panic(err)
	}
	id := path.Base(at.Path)
	switch req.Operation {
	case getDeal:
		return ok(map[string]any{
			"Id": id, "IsWon": true, "AccountId": accountOf(id), "Name": "Deal " + id, "CloseDate": "2026-11-01", "StageName": "Closed Won",
		})
	case getAccount:
		return ok(map[string]any{"Id": id, "Name": "Account " + id, "BillingCountry": "NZ"})
	case query:
		return ok(tree(`[{"Id":"00kA","Quantity":2,"UnitPrice":10.5,"TotalPrice":21,"Product2Id":"01tA","Product2":{"Name":"Core","Family":"Software"}}]`))
	case getContact:
		return v.find(at.Query().Get("where"))
	case newContact:
		return v.contact(element(req.Body, "Contacts"))
	case getInvoice:
		number := at.Query().Get("InvoiceNumbers")
		list := []any{}
		for _, id := range v.invoices[number] {
			list = append(list, invoice(id, number))
		}
		return ok(list)
	case oneInvoice:
		for number, ids := range v.invoices {
			if slices.Contains(ids, id) {
				return ok(invoice(id, number))
			}
		}
		return apicall.Outcome{Class: catalog.ClassAbsent}
	case newInvoice, putInvoice:
		number := fmt.Sprint(element(req.Body, "Invoices")["InvoiceNumber"])
		id := fmt.Sprintf("i-%s-%d", number, len(v.invoices[number]))
		v.invoices[number] = append(v.invoices[number], id)
		return ok(invoice(id, number))
	case update:
		v.back[id] = fmt.Sprint(tree(string(req.Body)).(map[string]any)["Xero_Invoice_Number__c"])
		return ok(nil)
	}
	return apicall.Outcome{Class: catalog.ClassBug, Message: "not served: " + req.Operation}
}

func invoice(id, number string) map[string]any {
	return map[string]any{"InvoiceID": id, "InvoiceNumber": number, "Status": "AUTHORISED", "SubTotal": json.Number("21"), "Type": "ACCREC"}
}

// find lists the contacts whose number a filter names.
func (v *vendor) find(where string) apicall.Outcome {
	list := []any{}
	for number, id := range v.contacts {
		if strings.Contains(where, `"`+number+`"`) {
			list = append(list, map[string]any{"ContactID": id, "ContactNumber": number, "Name": "Account " + number, "ContactStatus": "ACTIVE"})
		}
	}
	return ok(list)
}

func (v *vendor) contact(body map[string]any) apicall.Outcome {
	number := fmt.Sprint(body["ContactNumber"])
	if v.contacts[number] != "" {
		return apicall.Outcome{Class: catalog.ClassDuplicate, Status: 400, Message: "The contact number is taken"}
	}
	v.contacts[number] = "c-" + number
	return ok(map[string]any{"ContactID": "c-" + number, "ContactNumber": number, "Name": body["Name"]})
}

func element(body []byte, envelope string) map[string]any {
	return tree(string(body)).(map[string]any)[envelope].([]any)[0].(map[string]any)
}

func tree(s string) any {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		panic(err)
	}
	return v
}

// as reads the particulars of an entry.
func as[T any](t *testing.T, e engine.Entry) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(e.Data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

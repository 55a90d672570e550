package xero

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// bookOperations lists what can be done with documents and settings beyond writing them
// in lists.
func (t *Twin) bookOperations() map[string]operation {
	out := map[string]operation{
		"GET Invoices/{id}":               t.readPaper,
		"GET Invoices/{id}/pdf":           t.paper,
		"GET CreditNotes/{id}":            t.readPaper,
		"GET CreditNotes/{id}/pdf":        t.paper,
		"GET Invoices/{id}/OnlineInvoice": t.onlineInvoice,
		"POST Invoices/{id}/Email":        t.email,
		"DELETE Items/{id}":               t.deleteItem,
		"PUT Accounts":                    t.writeAccount,
		"POST Accounts/{id}":              t.writeAccount,
		"DELETE Accounts/{id}":            t.deleteAccount,
		"PUT TaxRates":                    t.writeTaxRate,
		"POST TaxRates":                   t.writeTaxRate,
		"GET TrackingCategories":          t.readTracking,
		"GET TrackingCategories/{id}":     t.readTracking,
		"PUT TrackingCategories":          t.writeTracking,
		"POST TrackingCategories/{id}":    t.writeTracking,
		"DELETE TrackingCategories/{id}":  t.deleteTracking,

		"PUT TrackingCategories/{id}/Options":         t.writeOption,
		"POST TrackingCategories/{id}/Options/{id}":   t.writeOption,
		"DELETE TrackingCategories/{id}/Options/{id}": t.writeOption,

		"GET ContactGroups":                       t.readGroup,
		"GET ContactGroups/{id}":                  t.readGroup,
		"PUT ContactGroups":                       t.writeGroups,
		"POST ContactGroups/{id}":                 t.writeGroups,
		"PUT ContactGroups/{id}/Contacts":         t.joinGroup,
		"DELETE ContactGroups/{id}/Contacts":      t.leaveGroup,
		"DELETE ContactGroups/{id}/Contacts/{id}": t.leaveGroup,

		"GET History":      t.none,
		"GET History/{id}": t.none,
	}
	for _, name := range chronicled() {
		out["GET "+name+"/{id}/History"], out["PUT "+name+"/{id}/History"] = t.readHistory, t.writeHistory
	}
	return out
}

// readPaper answers GET of one document: as a PDF to who accepts that, else as data.
func (t *Twin) readPaper(tb *table, q *call, id string) (reply, error) {
	if strings.Contains(q.r.Header.Get("Accept"), "application/pdf") {
		return t.paper(tb, q, id)
	}
	return t.read(tb, q, id)
}

// paper answers the PDF of a document: one page that names it and its total.
func (t *Twin) paper(tb *table, _ *call, id string) (reply, error) {
	at := t.one(tb, id)
	if at == nil {
		return reply{}, refuseAbsent()
	}
	block, _ := at.rec["Contact"].(record)
	contact := t.tables["Contacts"].byID[str(block, "ContactID")]
	text := []string{
		fmt.Sprint(str(at.rec, "Type"), " ", str(at.rec, tb.key[:len(tb.key)-2]+"Number")), str(contact.rec, "Name"), str(at.rec, "Date"),
		fmt.Sprint(str(at.rec, "CurrencyCode"), " ", at.rec["Total"]),
	}
	return reply{media: "application/pdf", raw: pdf(text)}, nil
}

// pdf writes a page with lines of text. Letters beyond ASCII, which the built-in fonts
// do not have in this encoding, become question marks.
func pdf(lines []string) []byte {
	var page strings.Builder
	page.WriteString("BT /F1 12 Tf 72 770 Td 16 TL")
	for _, line := range lines {
		plain := strings.Map(func(r rune) rune {
			if r < ' ' || r > '~' {
				return '?'
			}
			return r
		}, line)
		fmt.Fprintf(&page, " (%s) Tj T*", strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(plain))
	}
	page.WriteString(" ET")
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>",
		fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", page.Len(), &page),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	}
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n")
	var table strings.Builder
	for i, o := range objects {
		fmt.Fprintf(&table, "%010d 00000 n \n", out.Len())
		fmt.Fprintf(&out, "%d 0 obj%s endobj\n", i+1, o)
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n%s", len(objects)+1, &table)
	fmt.Fprintf(&out, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return out.Bytes()
}

// onlineInvoice answers the link under which the customer sees an approved sales invoice.
func (t *Twin) onlineInvoice(tb *table, _ *call, id string) (reply, error) {
	at := t.one(tb, id)
	if at == nil {
		return reply{}, refuseAbsent()
	}
	status := str(at.rec, "Status")
	if str(at.rec, "Type") != typeSale || status != statusAuthorised && status != statusPaid {
		return reply{}, refuseRecord(tb, at, textOnline)
	}
	sum := sha256.Sum256([]byte(at.id))
	url := "https://in.xero.com/" + base64.RawURLEncoding.EncodeToString(sum[:30])
	return reply{name: "OnlineInvoices", list: []any{map[string]any{"OnlineInvoiceUrl": url}}}, nil
}

// email answers POST of an invoice's e-mail: the sales invoice goes to its contact and
// is marked as sent. Nothing keeps a second call from sending it again.
func (t *Twin) email(tb *table, q *call, id string) (reply, error) {
	at := t.one(tb, id)
	if at == nil {
		return reply{}, refuseAbsent()
	}
	block, _ := at.rec["Contact"].(record)
	contact := t.tables["Contacts"].byID[str(block, "ContactID")]
	ready := []string{statusSubmitted, statusAuthorised, statusPaid}
	if t.otherwise[doubtMailDrafts] {
		ready = append(ready, statusDraft)
	}
	day := q.now.UTC().Format(dayLayout)
	switch {
	case str(at.rec, "Type") != typeSale:
		return reply{}, refuseRecord(tb, at, textMailKind)
	case !slices.Contains(ready, str(at.rec, "Status")):
		return reply{}, refuseRecord(tb, at, textMailStatus)
	case str(contact.rec, "EmailAddress") == "":
		return reply{}, refuseRecord(tb, at, textMailAddress)
	case t.mails[day] >= t.mailsADay():
		return reply{}, refuseRecord(tb, at, textMailLimit)
	}
	sent := t.mails[day]
	clear(t.mails) // other days no longer count
	t.mails[day] = sent + 1
	rec := clone(at.rec)
	rec["SentToContact"] = true
	if !t.applied(rec) {
		rec["UpdatedDateUTC"] = stamp(q.now) // which on invoices with money on them stays as it is
	}
	t.keep(tb, rec, "")
	t.remark(tb.name, at.id, "Invoice sent", str(rec, "InvoiceNumber")+" to "+str(contact.rec, "EmailAddress"))
	return reply{status: http.StatusNoContent}, nil
}

// mailsADay is how many invoices an organisation may send by e-mail in a day.
func (t *Twin) mailsADay() int {
	switch str(t.organisation(), "Class") {
	case "DEMO":
		return 0
	case "TRIAL":
		return 20
	}
	return 1000
}

// refuseRecord refuses to do something with one stored record.
func refuseRecord(tb *table, at *row, text string) *refusal {
	return refuseValidation([]any{map[string]any{tb.key: at.id, "ValidationErrors": messages([]string{text})}})
}

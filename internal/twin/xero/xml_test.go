package xero_test

import (
	"encoding/xml"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/xero"
)

// invoiceXML is an answer about invoices as a client of the XML form reads it.
type invoiceXML struct {
	XMLName      xml.Name
	ID           string `xml:"Id"`
	Status       string
	ProviderName string
	DateTimeUTC  string
	Invoices     []struct {
		State         string `xml:"status,attr"`
		InvoiceNumber string
		Date          string
		DateString    string
		Total         string
		UpdatedUTC    string `xml:"UpdatedDateUTC"`
		Contact       struct{ Name string }
		Lines         []struct {
			Description string
			Quantity    string
			UnitAmount  string
			Tracking    []struct{ Name, Option string } `xml:"Tracking>TrackingCategory"`
		} `xml:"LineItems>LineItem"`
		Problems []string `xml:"ValidationErrors>ValidationError>Message"`
	} `xml:"Invoices>Invoice"`
	ErrorNumber string
	Type        string
	Message     string
	Elements    []struct {
		Type     string   `xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		Problems []string `xml:"ValidationErrors>ValidationError>Message"`
	} `xml:"Elements>DataContractBase"`
}

const saleXML = `<?xml version="1.0" encoding="utf-8"?>
<Invoices><Invoice>
	<Type>ACCREC</Type><InvoiceNumber>X-1</InvoiceNumber><Status>AUTHORISED</Status>
	<Contact><Name>Fish &amp; Chips</Name><EmailAddress /></Contact>
	<Date>2026-11-20T00:00:00</Date><DueDate>2026-12-20</DueDate><LineAmountTypes>Exclusive</LineAmountTypes>
	<LineItems>
		<LineItem><Description>Saw</Description><Quantity> 2 </Quantity><UnitAmount>10.5</UnitAmount><AccountCode>200</AccountCode><TaxAmount/></LineItem>
		<LineItem><Description>Oil</Description><Quantity>1</Quantity><UnitAmount>1</UnitAmount><AccountCode>200</AccountCode></LineItem>
	</LineItems>
	<Colour>red</Colour>
</Invoice></Invoices>`

// write sends XML and asks for XML.
func (b *bench) writeXML(path, body string, headers ...string) (answer, invoiceXML) {
	b.t.Helper()
	a := b.call("PUT", path, body, append([]string{"Content-Type", "application/xml", "Accept", ""}, headers...)...)
	var doc invoiceXML
	if err := xml.Unmarshal([]byte(a.body), &doc); err != nil || !strings.HasPrefix(a.header.Get("Content-Type"), "text/xml") {
		b.t.Fatalf("%v: %q %s", err, a.header.Get("Content-Type"), a.body)
	}
	return a, doc
}

func TestXMLThroughAndThrough(t *testing.T) {
	b := open(t, nil)
	a, doc := b.writeXML("/Invoices", saleXML)
	a.want(200)
	if doc.XMLName.Local != "Response" || doc.Status != "OK" || doc.ID == "" || doc.ProviderName != "planwright" || doc.DateTimeUTC != "2026-11-22T10:08:01.16Z" {
		t.Errorf("envelope %+v", doc)
	}
	if !strings.Contains(a.body, "</DateTimeUTC><Invoices><Invoice>") || !strings.Contains(a.body, "><Id>") {
		t.Errorf("order of members: %s", a.body)
	}
	if len(doc.Invoices) != 1 || len(doc.Invoices[0].Lines) != 2 {
		t.Fatalf("answer %s", a.body)
	}
	got := doc.Invoices[0]
	if got.Total != "25.30" || got.Date != "2026-11-20T00:00:00" || got.DateString != "" || got.UpdatedUTC != "2026-11-22T10:08:01.16" ||
		got.Contact.Name != "Fish & Chips" || got.Lines[0].Quantity != "2.0000" || got.State != "" {
		t.Errorf("invoice %+v", got)
	}
	stored := b.get("/Invoices/X-1").want(200)
	if stored.text("Invoices", 0, "Total") != "25.30" || stored.text("Invoices", 0, "LineItems", 1, "Description") != "Oil" {
		t.Errorf("stored %s", stored.body)
	}

	// The same again: refused, in both forms.
	a, doc = b.writeXML("/Invoices", saleXML)
	a.want(400)
	if doc.XMLName.Local != "ApiException" || doc.ErrorNumber != "10" || doc.Type != "ValidationException" || doc.Message != "A validation exception occurred" ||
		len(doc.Elements) != 1 || doc.Elements[0].Type != "Invoice" || !cmp.Equal(doc.Elements[0].Problems, []string{"Invoice # must be unique."}) {
		t.Errorf("refusal %+v: %s", doc, a.body)
	}
	a, doc = b.writeXML("/Invoices?summarizeErrors=false", strings.ReplaceAll(saleXML, "</Invoices>", `<Invoice><Type>ACCREC</Type></Invoice></Invoices>`))
	a.want(200)
	if len(doc.Invoices) != 2 || doc.Invoices[0].State != "ERROR" || len(doc.Invoices[1].Problems) == 0 {
		t.Errorf("told apart %+v: %s", doc, a.body)
	}
	if strings.Contains(a.body, "StatusAttributeString") {
		t.Errorf("the status is an attribute: %s", a.body)
	}
}

func TestBodiesInXML(t *testing.T) {
	one := func(number string) string {
		s := strings.ReplaceAll(saleXML, "X-1", number)
		return strings.TrimSuffix(strings.Replace(s, "<Invoices>", "", 1), "</Invoices>")
	}
	form := url.Values{"xml": {one("F-1")}}.Encode()
	b := open(t, nil)
	for fact, tt := range map[string]struct {
		body, media string
		code        int
	}{
		"one element alone":         {one("A-1"), "text/xml", 200},
		"the member of a form":      {form, "application/x-www-form-urlencoded", 200},
		"no content type":           {one("A-2"), "", 200},
		"a form without the member": {"json=1", "application/x-www-form-urlencoded", 400},
		"not well-formed":           {"<Invoices><Invoice>", "application/xml", 400},
		"two roots":                 {"<Invoice/><Invoice/>", "application/xml", 400},
		"nothing":                   {" ", "application/xml", 400},
		"an entity":                 {"<Invoice><Type>&boom;</Type></Invoice>", "application/xml", 400},
		"a bad number":              {strings.Replace(one("A-3"), "10.5", "ten", 1), "application/xml", 400},
		"too deep":                  {strings.Repeat("<a>", 99) + strings.Repeat("</a>", 99), "application/xml", 400},
		"JSON under another name":   {`{"Invoices":[]}`, "application/xml", 400},
		"a list of none":            {"<Invoices/>", "application/xml", 400},
		"nil is nothing":            {strings.Replace(one("A-4"), "<Type>", `<Reference xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/><Type>`, 1), "application/xml", 200},
	} {
		t.Run(fact, func(t *testing.T) {
			b.t = t
			a := b.call("PUT", "/Invoices", tt.body, "Content-Type", tt.media, "X-Off-Spec", "XML")
			if a.code != tt.code {
				t.Errorf("status %d, want %d: %.500s", a.code, tt.code, a.body)
			}
		})
	}
}

// xmlFacts are what is known of the form that is not JSON.
func xmlFacts() []fact {
	return []fact{
		{
			name: "an answer is XML unless JSON is asked for", source: "documentation/api/accounting/requests-and-responses",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, change)
				for accept, want := range map[string]string{"": "text/xml", "*/*": "text/xml", "application/json": "application/json"} {
					if got := b.get("/Items", "Accept", accept).want(200).header.Get("Content-Type"); !strings.HasPrefix(got, want) {
						t.Errorf("accepting %q gave %s", accept, got)
					}
				}
			},
		},
		{
			name: "a write may be XML", source: "documentation/api/accounting/requests-and-responses",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, change)
				a, doc := b.writeXML("/Invoices", saleXML)
				if a.want(200); len(doc.Invoices) != 1 || doc.Invoices[0].Total != "25.30" {
					t.Errorf("answer %s", a.body)
				}
			},
		},
	}
}

package apicall

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"
)

// TestDigest holds the digest beside that of what encoding/json writes: digests lie in journals.
func TestDigest(t *testing.T) {
	for _, r := range []Request{
		{},
		{Operation: "xero.createInvoices", Method: "PUT", Path: "/Invoices?unitdp=4&summarizeErrors=false", Header: map[string]string{"b": "<1>", "a": "é"}, Body: []byte(`{"a":1}`)},
		{Operation: "salesforce.query", Method: "GET", Path: "/query?q=a>b", Object: "Account", Pages: true},
	} {
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		if got, want := r.Digest(), "sha256:"+hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%+v: got %s, want %s", r, got, want)
		}
	}
}

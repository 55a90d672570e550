package trigger

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs/catalog"
)

func xeroHooks() catalog.Webhooks {
	return catalog.Webhooks{
		Header: "x-xero-signature", Hash: "sha256", Code: "base64", Events: "events", ID: "resourceId", Tenant: "tenantId",
		Category: "eventCategory", Objects: map[string]string{"INVOICE": "Invoice"},
	}
}

// TestSignature holds the check to a vector, and another vendor's form to its prefix.
func TestSignature(t *testing.T) {
	body := []byte(`{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "QZKTWVMADEUPENTROPYX"}`)
	keys := [][]byte{[]byte("another"), []byte("example-signing-key-not-a-secret")}
	if !signed(xeroHooks(), keys, body, []string{"Q/S0Xy6Gg3/D3LBu3zyXUrSDl7EB7ejwF0BAg2aiGFw="}) {
		t.Error("the vendor's signature was refused")
	}
	other := catalog.Webhooks{Hash: "sha256", Code: "hex", Prefix: "sha256="}
	for header, want := range map[string]bool{
		"sha256=43f4b45f2e86837fc3dcb06edf3c9752b48397b101ede8f01740408366a2185c": true,
		"43f4b45f2e86837fc3dcb06edf3c9752b48397b101ede8f01740408366a2185c":        false,
		"sha256=": false,
	} {
		if got := signed(other, keys, body, []string{header}); got != want {
			t.Errorf("%s: %v, want %v", header, got, want)
		}
	}
	if signed(xeroHooks(), nil, body, []string{"Q/S0Xy6Gg3/D3LBu3zyXUrSDl7EB7ejwF0BAg2aiGFw="}) {
		t.Error("taken without a key")
	}
}

// TestReadDelivery reads events as two vendors write them.
func TestReadDelivery(t *testing.T) {
	single := catalog.Webhooks{ID: "data.object.id", Category: "type", Objects: map[string]string{"item.changed": "Item"}}
	got, passed, _, err := readDelivery(single, []byte(`{"type": "Item.Changed", "data": {"object": {"id": "i1"}}}`))
	if diff := cmp.Diff([]Hint{{Object: "Item", Record: "i1"}}, got); diff != "" || passed != 0 || err != nil {
		t.Errorf("%d passed, %v (-want +got):\n%s", passed, err, diff)
	}
	for _, bad := range []string{``, `null`, `{}`, `{"events":{}}`, `{"events":[1]}`, `{"events":[{"eventCategory":"INVOICE"}]}`, `{"events":[{"eventCategory":"INVOICE","resourceId":"a b","tenantId":"t"}]}`} {
		if hints, _, unclear, err := readDelivery(xeroHooks(), []byte(bad)); err == nil && unclear == 0 || len(hints) > 0 {
			t.Errorf("%s: got %v, %v; want an error", bad, hints, err)
		}
	}
	mixed := `{"events":[1,{"eventCategory":"INVOICE","resourceId":"a b","tenantId":"t"},{"eventCategory":"INVOICE","resourceId":"i","tenantId":"t"},{"eventCategory":"OTHER"},{}]}`
	got, passed, unclear, err := readDelivery(xeroHooks(), []byte(mixed))
	if diff := cmp.Diff([]Hint{{Object: "Invoice", Record: "i", Tenant: "t"}}, got); diff != "" || passed != 1 || unclear != 3 || err != nil {
		t.Errorf("one good event among bad ones: %d passed, %d unclear, %v (-want +got):\n%s", passed, unclear, err, diff)
	}
}

// FuzzReadDelivery holds that no body makes a hint that could lead elsewhere.
func FuzzReadDelivery(f *testing.F) {
	f.Add([]byte(`{"events":[{"resourceId":"r","eventCategory":"invoice","tenantId":"t"}]}`))
	f.Add([]byte(`{"events":[{"resourceId":"../r","eventCategory":"INVOICE","tenantId":"t"}]}`))
	f.Add([]byte(`{"events":[[],null,{"eventCategory":7}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		hints, _, _, err := readDelivery(xeroHooks(), body)
		if err != nil && hints != nil {
			t.Error("hints with an error")
		}
		for _, h := range hints {
			if h.Object != "Invoice" || h.Record == "" || !plainID(h.Record) || !plainID(h.Tenant) {
				t.Errorf("got %+v", h)
			}
		}
	})
}

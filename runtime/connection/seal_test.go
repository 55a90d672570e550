package connection

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func testKey(b byte) []byte { return bytes.Repeat([]byte{b}, keySize) }

func TestSeal(t *testing.T) {
	sealed, err := Seal(rand.Reader, testKey(1), "s3cr3t", "xero", "purpose")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(sealed, "s3cr3t") {
		t.Fatalf("sealed text %q", sealed)
	}
	if got, err := Unseal(testKey(1), sealed, "xero", "purpose"); err != nil || got != "s3cr3t" {
		t.Errorf("got %q, %v", got, err)
	}
	again, err := Seal(rand.Reader, testKey(1), "s3cr3t", "xero", "purpose")
	if err != nil || again == sealed {
		t.Errorf("two sealings are equal (%v)", err)
	}
	for name, open := range map[string]func() (string, error){
		"another key":           func() (string, error) { return Unseal(testKey(2), sealed, "xero", "purpose") },
		"another connection":    func() (string, error) { return Unseal(testKey(1), sealed, "xero-nz", "purpose") },
		"another purpose":       func() (string, error) { return Unseal(testKey(1), sealed, "xero", "other") },
		"bound texts run on":    func() (string, error) { return Unseal(testKey(1), sealed, "xeropurpose") },
		"bound texts swapped":   func() (string, error) { return Unseal(testKey(1), sealed, "purpose", "xero") },
		"without its version":   func() (string, error) { return Unseal(testKey(1), sealed[3:], "xero", "purpose") },
		"cut short":             func() (string, error) { return Unseal(testKey(1), sealed[:12], "xero", "purpose") },
		"empty":                 func() (string, error) { return Unseal(testKey(1), "", "xero", "purpose") },
		"short key":             func() (string, error) { return Unseal(testKey(1)[:16], sealed, "xero", "purpose") },
		"not base64":            func() (string, error) { return Unseal(testKey(1), sealVersion+"!!", "xero", "purpose") },
		"base64 with extra bit": func() (string, error) { return Unseal(testKey(1), sealed+"=", "xero", "purpose") },
	} {
		if got, err := open(); err == nil || got != "" {
			t.Errorf("%s: opened as %q", name, got)
		}
	}
	text, err := base64.RawStdEncoding.DecodeString(strings.TrimPrefix(sealed, sealVersion))
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		changed := bytes.Clone(text)
		changed[i] ^= 1
		if _, err := Unseal(testKey(1), sealVersion+base64.RawStdEncoding.EncodeToString(changed), "xero", "purpose"); err == nil {
			t.Fatalf("byte %d can be changed", i)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	if _, err := Seal(rand.Reader, testKey(1)[:31], "x"); err == nil {
		t.Error("a short key was taken")
	}
	if _, err := Seal(strings.NewReader("few"), testKey(1), "x"); err == nil {
		t.Error("a short source of chance was taken")
	}
	var broken failingReader
	if _, err := Seal(broken, testKey(1), "s3cr3t"); err == nil || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("got %v", err)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("no chance") }

func TestParseKey(t *testing.T) {
	key := testKey(0xfb)
	for _, text := range []string{
		hex.EncodeToString(key), strings.ToUpper(hex.EncodeToString(key)), base64.StdEncoding.EncodeToString(key),
		base64.RawStdEncoding.EncodeToString(key), base64.URLEncoding.EncodeToString(key), base64.RawURLEncoding.EncodeToString(key), " " + hex.EncodeToString(key) + "\n",
	} {
		if got, err := ParseKey(text); err != nil || !bytes.Equal(got, key) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"", "short", hex.EncodeToString(key[:31]), base64.StdEncoding.EncodeToString(append(key, 1)), strings.Repeat("z", 64)} {
		_, err := ParseKey(text)
		if err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

// FuzzUnseal holds that nothing opens but what was sealed.
func FuzzUnseal(f *testing.F) {
	good, err := Seal(strings.NewReader("twelve bytes"), testKey(1), "s3cr3t", "a")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("v1.")
	f.Add("v1." + strings.Repeat("A", 80))
	f.Fuzz(func(t *testing.T, sealed string) {
		got, err := Unseal(testKey(1), sealed, "a")
		if err == nil && (sealed != good || got != "s3cr3t") {
			t.Fatalf("%q opened as %q", sealed, got)
		}
	})
}

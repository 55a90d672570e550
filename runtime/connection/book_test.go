package connection

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs/catalog"
)

const clientSecret = "cs-S3CR3T-pl4nted"

type apis map[string]*catalog.API

func (a apis) API(name string) (*catalog.API, bool) { api, ok := a[name]; return api, ok }

func testAPIs() apis {
	return apis{
		"xero": {Name: "xero", Server: "https://api.example.test/api.xro/2.0", Auth: catalog.Auth{
			Flow: ClientCredentials, Client: "basic",
			Token: "https://identity.example.test/connect/token", Scopes: []string{"accounting.invoices", "accounting.contacts"}, Tenant: "xero-tenant-id",
		}},
		"salesforce": {Name: "salesforce", Auth: catalog.Auth{
			Flow: ClientCredentials, Client: "form",
			Token: "/services/oauth2/token", Base: "instance_url", Prefix: "/services/data/v67.0",
		}},
	}
}

func now() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }

func openBook(t *testing.T, dir string, change ...func(*Config)) *Book {
	t.Helper()
	cfg := Config{Dir: dir, APIs: testAPIs(), Now: now}
	for _, f := range change {
		f(&cfg)
	}
	b, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func xero() Connection {
	return Connection{
		Name: "xero", API: "xero", Flow: ClientCredentials, Base: "https://api.example.test/api.xro/2.0",
		Token: "https://identity.example.test/connect/token", Client: "client-1", Tenant: "tenant-1",
	}
}

func TestBookKeeps(t *testing.T) {
	dir := t.TempDir()
	b := openBook(t, dir)
	if list, err := b.List(); err != nil || len(list) != 0 {
		t.Fatalf("a new book holds %v, %v", list, err)
	}
	nz := xero()
	nz.Name, nz.Base = "xero-nz", nz.Base+"/"
	for _, c := range []Connection{nz, xero()} {
		if err := b.Put(c, clientSecret); err != nil {
			t.Fatal(err)
		}
	}
	nz.Base = xero().Base
	again := openBook(t, dir)
	list, err := again.List()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Connection{xero(), nz}, list); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, err := again.Get("xero-nz"); err != nil || !cmp.Equal(got, nz) {
		t.Errorf("got %+v, %v", got, err)
	}
	e, err := again.entry("xero")
	if err != nil {
		t.Fatal(err)
	}
	key, err := again.key(false)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := e.open(key); err != nil || got != clientSecret {
		t.Errorf("the secret is %q, %v", got, err)
	}
	changed := xero()
	changed.Client = "client-2"
	if err := b.Put(changed, "other"); err != nil {
		t.Fatal(err)
	}
	if got, err := again.Get("xero"); err != nil || got.Client != "client-2" {
		t.Errorf("another book of the folder sees %+v, %v", got, err)
	}
	if err := b.Remove("xero"); err != nil {
		t.Fatal(err)
	}
	if _, err := again.Get("xero"); !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "planwright connect xero") {
		t.Errorf("got %v", err)
	}
	if err := b.Remove("xero"); !errors.Is(err, ErrNone) {
		t.Errorf("got %v", err)
	}
}

func TestFilesArePrivateAndTellNothing(t *testing.T) {
	dir := t.TempDir()
	if err := openBook(t, dir).Put(xero(), clientSecret); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Fatalf("the folder holds %v, %v", files, err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", f.Name(), info.Mode(), err)
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil || bytes.Contains(text, []byte("S3CR3T")) {
			t.Errorf("%s tells the secret (%v)", f.Name(), err)
		}
	}
}

func TestGivenKeyIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	given := func(c *Config) { c.Key = testKey(7) }
	if err := openBook(t, dir, given).Put(xero(), clientSecret); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, keyName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a key file: %v", err)
	}
	for name, change := range map[string]func(*Config){"another key": func(c *Config) { c.Key = testKey(8) }, "no key": func(*Config) {}} {
		_, err := openBook(t, dir, change).Token(t.Context(), "xero")
		if err == nil || !strings.Contains(err.Error(), "connect") || strings.Contains(err.Error(), "S3CR3T") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPutRefuses(t *testing.T) {
	for name, change := range map[string]func(*Connection){
		"no name":           func(c *Connection) { c.Name = "" },
		"name with a slash": func(c *Connection) { c.Name = "../x" },
		"upper case":        func(c *Connection) { c.Name = "Xero" },
		"unknown API":       func(c *Connection) { c.API = "nope" },
		"no API":            func(c *Connection) { c.API = "" },
		"unknown flow":      func(c *Connection) { c.Flow = "password" },
		"no client":         func(c *Connection) { c.Client = "" },
		"odd client":        func(c *Connection) { c.Client = "a\nb" },
		"odd tenant":        func(c *Connection) { c.Tenant = "a\r\nX: y" },
		"plain http":        func(c *Connection) { c.Base = "http://api.example.test" },
		"private base":      func(c *Connection) { c.Base = "https://10.0.0.1" },
		"private token":     func(c *Connection) { c.Token = "http://127.0.0.1:1/token" },
		"no token address":  func(c *Connection) { c.Token = "" },
	} {
		c := xero()
		change(&c)
		dir := t.TempDir()
		err := openBook(t, dir).Put(c, clientSecret)
		if err == nil || strings.Contains(err.Error(), "S3CR3T") {
			t.Errorf("%s: %v", name, err)
		}
		if files, _ := os.ReadDir(dir); len(files) > 0 {
			t.Errorf("%s: %v was written", name, files)
		}
	}
	if err := openBook(t, t.TempDir()).Put(xero(), ""); err == nil {
		t.Error("an empty secret was taken")
	}
}

func TestDamage(t *testing.T) {
	write := func(name, text string, mode os.FileMode) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(text), mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	chmod := func(name string, mode os.FileMode) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tc := range []struct {
		name   string
		damage func(*testing.T, string)
		open   string // in Open's error; empty: it opens and Token fails
		token  string
	}{
		{"not JSON", write(fileName, "{", 0o600), "the file is damaged", ""},
		{"unknown member", write(fileName, `{"version":1,"connections":[{"name":"S3CR3T","nope":1}]}`, 0o600), "the file is damaged", ""},
		{"other version", write(fileName, `{"version":9}`, 0o600), "version 9", ""},
		{"others may read", chmod(fileName, 0o644), "chmod 600", ""},
		{"group may write", chmod(fileName, 0o620), "chmod 600", ""},
		{"too large", write(fileName, strings.Repeat(" ", maxFile+1), 0o600), "larger than", ""},
		{"a folder", func(t *testing.T, dir string) {
			os.Remove(filepath.Join(dir, fileName))
			if err := os.Mkdir(filepath.Join(dir, fileName), 0o700); err != nil {
				t.Fatal(err)
			}
		}, "not a file", ""},
		{"key gone", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, keyName)) }, "", "the key is missing"},
		{"key cut short", write(keyName, "short", 0o600), "", "has 5 bytes"},
		{"key others may read", chmod(keyName, 0o640), "", "chmod 600"},
		{"another key", write(keyName, strings.Repeat("k", keySize), 0o600), "", "does not open"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := openBook(t, dir).Put(xero(), clientSecret); err != nil {
				t.Fatal(err)
			}
			tc.damage(t, dir)
			b, err := Open(Config{Dir: dir, APIs: testAPIs(), Now: now})
			want := tc.open
			if err == nil {
				want = tc.token
				_, err = b.Token(t.Context(), "xero")
			}
			if err == nil || want == "" || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "S3CR3T") {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

// TestNewKeyBesideOldSecrets: a lost key must not be replaced silently by a new one.
func TestNewKeyBesideOldSecrets(t *testing.T) {
	dir := t.TempDir()
	b := openBook(t, dir)
	if err := b.Put(xero(), clientSecret); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, keyName)); err != nil {
		t.Fatal(err)
	}
	other := xero()
	other.Name = "other"
	if err := b.Put(other, "x"); err == nil || !strings.Contains(err.Error(), "the key is missing") {
		t.Errorf("got %v", err)
	}
}

func TestMovedSecretDoesNotOpen(t *testing.T) {
	dir := t.TempDir()
	b := openBook(t, dir)
	nz := xero()
	nz.Name = "xero-nz"
	for c, secret := range map[*Connection]string{&nz: "one", {Name: "xero", API: "xero", Flow: ClientCredentials, Base: nz.Base, Token: nz.Token, Client: "c"}: "two"} {
		if err := b.Put(*c, secret); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, fileName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var doc document
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	doc.Connections[0].Secret, doc.Connections[1].Secret = doc.Connections[1].Secret, doc.Connections[0].Secret
	if err := b.file.write(doc.Connections); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Token(t.Context(), "xero"); err == nil || !strings.Contains(err.Error(), "does not open") {
		t.Errorf("got %v", err)
	}
}

func TestWriteFails(t *testing.T) {
	b := openBook(t, filepath.Join(t.TempDir(), "nowhere"))
	err := b.Put(xero(), clientSecret)
	if err == nil || strings.Contains(err.Error(), "S3CR3T") || !strings.HasPrefix(err.Error(), "write ") {
		t.Errorf("got %v", err)
	}
	b = openBook(t, t.TempDir(), func(c *Config) { c.Random = failingReader{} })
	if err := b.Put(xero(), clientSecret); err == nil {
		t.Error("a connection was put without chance")
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no folder": {APIs: testAPIs(), Now: now}, "no APIs": {Dir: "x", Now: now}, "no clock": {Dir: "x", APIs: testAPIs()},
		"short key": {Dir: "x", APIs: testAPIs(), Now: now, Key: []byte("x")},
	} {
		if _, err := Open(cfg); err == nil {
			t.Errorf("%s: it opened", name)
		}
	}
}

func TestFor(t *testing.T) {
	a := testAPIs()
	got, err := For(a["xero"], "xero", "")
	want := Connection{
		Name: "xero", API: "xero", Flow: ClientCredentials, Base: "https://api.example.test/api.xro/2.0",
		Token: "https://identity.example.test/connect/token", Scopes: []string{"accounting.invoices", "accounting.contacts"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	got, err = For(a["salesforce"], "sf", "https://acme.my.salesforce.com/")
	if err != nil || got.Base != "https://acme.my.salesforce.com" || got.Token != "https://acme.my.salesforce.com/services/oauth2/token" {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, base := range []string{"", "https://%zz"} {
		if _, err := For(a["salesforce"], "sf", base); err == nil {
			t.Errorf("%q was taken", base)
		}
	}
}

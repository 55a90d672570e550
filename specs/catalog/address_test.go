package catalog

import "testing"

func TestAddress(t *testing.T) {
	for _, c := range []struct{ server, own, prefix, pinned, want string }{
		{"https://api.test/v2", "", "", "https://api.test/v2", "https://api.test/v2"},
		{"https://api.test/v2", "https://api.test/v2", "", "https://eu.api.test/v2", "https://eu.api.test/v2"},
		{"https://api.test", "", "/data/v67.0", "https://my.org.test", "https://my.org.test/data/v67.0"},
		{"https://api.test/v2", "https://api.test", "", "https://api.test/v2", "https://api.test"},
		{"https://api.test/v2", "https://api.test/", "", "http://127.0.0.1:8080/v2/", "http://127.0.0.1:8080"},
		{"https://api.test/v2", "https://api.test/files/", "/prefix", "https://api.test/v2", "https://api.test/files"},
		{"https://api.test/v2", "/files", "", "https://api.test/v2", "https://api.test/files"},
		{"", "/files", "", "https://my.org.test", "https://my.org.test/files"},
		{"https://api.test/v2", "https://files.test/v2", "", "https://api.test/v2", ""},
		{"https://api.test/v2", "http://api.test/files", "", "https://api.test/v2", ""},
		{"https://api.test/v2", "https://api.test/files", "", "https://proxy.test/xero", ""},
		{"", "https://files.test", "", "https://my.org.test", ""},
		{"https://api.test/v2", "https://{region}.test:port", "", "https://api.test/v2", ""},
	} {
		a, o := &API{Server: c.server, Auth: Auth{Prefix: c.prefix}}, &Operation{Server: c.own}
		if got, ok := a.Address(o, c.pinned); ok != (c.want != "") || ok && got != c.want {
			t.Errorf("API at %q, operation at %q, connection to %q: %q %v, want %q", c.server, c.own, c.pinned, got, ok, c.want)
		}
	}
}

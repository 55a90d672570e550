package salesforce

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"
)

func TestPrettyPrint(t *testing.T) {
	c := serve(t, nil)
	for value, want := range map[string]bool{"1": true, "": false} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+base+"/limits", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Authorization": {"Bearer " + c.token}, "X-Prettyprint": {value}}
		if _, text := c.plain(req); strings.Contains(text, "\n  \"DailyApiRequests\": {\n") != want {
			t.Errorf("X-PrettyPrint %q: %s", value, text)
		}
	}
}

func TestGzipIsNotForEverything(t *testing.T) {
	for value, want := range map[string]bool{"gzip": true, "br, GZIP;q=0.5": true, "gzip; q=0": false, "br": false, "": false} {
		if got := takesGzip(http.Header{"Accept-Encoding": {value}}); got != want {
			t.Errorf("Accept-Encoding %q: %v, want %v", value, got, want)
		}
	}
	c := serve(t, nil)
	_, _, small := c.exchange(http.MethodGet, "/", "", map[string]string{"Accept-Encoding": "gzip"})
	if small.Get("Content-Encoding") != "" {
		t.Error("a short answer is packed")
	}
}

func TestPackedBodies(t *testing.T) {
	c := serve(t, nil)
	pack := func(size int) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write(bytes.Repeat([]byte(" "), size)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	cut := pack(100)
	for name, tt := range map[string]struct {
		body string
		want int
	}{
		"not packed":                 {"{}", http.StatusBadRequest},
		"cut short":                  {cut[:len(cut)-6], http.StatusBadRequest},
		"larger than a message, out": {pack(maxBody + 1), http.StatusRequestEntityTooLarge},
	} {
		status, _, _ := c.exchange(http.MethodPatch, "/sobjects/Account/"+acme, tt.body, map[string]string{"Content-Encoding": "gzip", "X-Off-Spec": "yes"})
		if status != tt.want {
			t.Errorf("%s: status %d, want %d", name, status, tt.want)
		}
	}
}

func TestDatesOfHeaders(t *testing.T) {
	for text, want := range map[string]string{
		"Mon, 30 Nov 2020 08:34:54 MST": "2020-11-30T15:34:54.000+0000",
		"Mon, 30 Nov 2020 08:34:54 GMT": "2020-11-30T08:34:54.000+0000",
		"Mon, 3 Aug 2020 08:34:54 PDT":  "2020-08-03T15:34:54.000+0000",
		"Mon, 30 Nov 2020 08:34:54 XYZ": "", "Mon, 30 Nov 2020 08:34:54": "", "2020-11-30T08:34:54Z": "", "": "",
	} {
		got, ok := parseHTTPDate(text)
		if ok != (want != "") || ok && stamp(got) != want {
			t.Errorf("%q: %s %v, want %q", text, stamp(got), ok, want)
		}
	}
}

package web

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

// TestContrast computes how well text stands out from what it stands on, in the light and
// in the dark, from the colours of the style sheet itself.
func TestContrast(t *testing.T) {
	data, err := staticFiles.ReadFile("static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	colours := map[string][2]float64{} // luminance in the light and in the dark
	for _, m := range regexp.MustCompile(`--([a-z-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\);`).FindAllStringSubmatch(string(data), -1) {
		colours[m[1]] = [2]float64{luminance(t, m[2]), luminance(t, m[3])}
	}
	if len(colours) < 18 {
		t.Fatalf("found %d colours in the style sheet", len(colours))
	}
	const text, edge = 4.5, 3.0
	for _, c := range []struct {
		front string
		backs []string
		least float64
	}{
		{"ink", []string{"paper", "card", "well", "accent-wash", "good-wash", "warn-wash", "bad-wash", "wait-wash"}, text},
		{"soft", []string{"paper", "card", "well"}, text},
		{"accent", []string{"paper", "card", "accent-wash"}, text},
		{"accent-ink", []string{"accent"}, text},
		{"good", []string{"card", "good-wash"}, text},
		{"warn", []string{"card", "warn-wash"}, text},
		{"bad", []string{"card", "bad-wash"}, text},
		{"wait", []string{"card", "wait-wash"}, text},
		{"edge", []string{"card", "paper"}, edge},
	} {
		for _, back := range c.backs {
			for i, scheme := range []string{"light", "dark"} {
				a, b := colours[c.front][i], colours[back][i]
				if got := (max(a, b) + 0.05) / (min(a, b) + 0.05); got < c.least {
					t.Errorf("%s on %s in the %s: contrast %.2f, want %.1f", c.front, back, scheme, got, c.least)
				}
			}
		}
	}
}

// luminance is the relative luminance of a colour, as WCAG defines it.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

package web_test

import "testing"

// TestBrowser drives the pages in a real browser, one for all of it. Its parts are told
// apart by what they are about, not by page.
func TestBrowser(t *testing.T) {
	b := startBrowser(t)
	t.Run("canary", func(t *testing.T) { testCanary(t, b) })
}

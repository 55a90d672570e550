package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// module is a small one: package half has a test, and package user one that notices more.
var module = map[string]string{
	"go.mod": "module example.org/half\n\ngo 1.24\n",
	"half/half.go": `package half

func Of(n int) int { return n / 2 }

func Name() string { return "half" }

func Unused() int { return 1 }
`,
	"half/half_test.go": `package half

import "testing"

func TestOf(t *testing.T) {
	t.Run("even", func(t *testing.T) {
		if Of(4) != 2 {
			t.Fail()
		}
	})
}
`,
	"wrong/wrong_test.go": "package wrong\n\nimport \"testing\"\n\nfunc TestWrong(t *testing.T) { t.Fail() }\n",
	"user/user_test.go": `package user

import (
	"testing"

	"example.org/half/half"
)

func TestName(t *testing.T) {
	if half.Name() != "half" {
		t.Fail()
	}
}
`,
}

func write(t *testing.T, files map[string]string) (root string) {
	t.Helper()
	root = t.TempDir()
	for name, text := range files {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestRun(t *testing.T) {
	t.Setenv("GOFLAGS", "-mod=readonly")
	t.Setenv("GOWORK", "off")
	o := options{packages: []string{"./half", "./user"}, parallel: 2, timeout: 20 * time.Second}
	for _, tt := range []struct {
		name, text, out, err string
		change               func(*options)
	}{
		{"its own package notices", "# a third\nhalf/half.go\n- n / 2\n+ n / 3\n", "noticed by TestOf/even", "", nil},
		{"another package notices", "# renamed\nhalf/half.go\n- \"half\" }\n+ \"third\" }\n", "noticed by TestName", "", nil},
		{"nobody notices", "# two\nhalf/half.go\n- return 1\n+ return 2\n", "noticed by NOBODY\n0 of 1 mutations noticed", "unnoticed: two", nil},
		{"an unnoticed one is allowed", "# two\nhalf/half.go\n- return 1\n+ return 2\n", "noticed by NOBODY", "", func(o *options) { o.unnoticed = 1 }},
		{"only the other package would notice, and is not asked", "# renamed\nhalf/half.go\n- \"half\" }\n+ \"third\" }\n", "NOBODY", "renamed", func(o *options) { o.packages = nil }},
		{"tests that do not end", "# for ever\nhalf/half.go\n- return n / 2\n+ for { n++ }\n", "noticed by tests that did not end", "", func(o *options) { o.timeout = time.Second }},
		{"a panic", "# breaks off\nhalf/half.go\n- return n / 2\n+ panic(n)\n", "noticed by TestOf/even", "", nil},
		{"it does not build", "# unknown\nhalf/half.go\n- n / 2\n+ m / 2\n", "COULD NOT BE TESTED", "does not build", func(o *options) { o.unnoticed = 5 }},
		{"several lines, and one taken away", "# less\nhalf/half.go\n- \n- func Unused() int { return 1 }\n", "NOBODY", "less", nil},
		{"tests that fail by themselves", "# two\nhalf/half.go\n- return 1\n+ return 2\n", "", "fail without a mutation", func(o *options) { o.packages = []string{"./wrong"} }},
		{"only some", "# a third\nhalf/half.go\n- n / 2\n+ n / 3\n# two\nhalf/half.go\n- return 1\n+ return 2\n", "1 of 1 mutations noticed", "", func(o *options) { o.only = "third" }},
		{"a check runs nothing", "# two\nhalf/half.go\n- return 1\n+ return 2\n", "1 mutations fit\n", "", func(o *options) { o.check = true }},
		{"a check finds what does not fit", "# two\nhalf/half.go\n- return 7\n", "", "0 times", func(o *options) { o.check = true }},
		{"all that does not fit is told", "# two\nhalf/half.go\n- return 7\n# three\nhalf/half.go\n- return 8\n", "", "\n\"three\": the text is in half/half.go 0 times", nil},
		{"the text must be there once", "# two\nhalf/half.go\n- return\n", "", "3 times", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := o
			o.root = write(t, module)
			if tt.change != nil {
				tt.change(&o)
			}
			var out, progress strings.Builder
			err := o.run(t.Context(), tt.text, &out, &progress)
			if !strings.Contains(out.String(), tt.out) {
				t.Errorf("said\n%s\nwant %q in it", out.String(), tt.out)
			}
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
			if kept, _ := os.ReadFile(filepath.Join(o.root, "half/half.go")); string(kept) != module["half/half.go"] {
				t.Error("the file itself was changed")
			}
		})
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ name, text, err string }{
		{"text before a title", "a.go\n", "line 1: text before the first title"},
		{"no file", "# a\n", "no file or no text"},
		{"no text", "# a\na.go\n+ b\n", "no file or no text"},
		{"another line", "# a\na.go\n- b\nc\n", "line 4: neither - nor +"},
		{"a title given twice", "# a\na.go\n- b\n# a\na.go\n- c\n", "given twice"},
	} {
		if _, err := parse(tt.text); err == nil || !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.err)
		}
	}
	list, err := parse("\n# a b\n x/y.go \n- one\n- \ttwo\n+ three\n\n# c\nz.go\n- gone\n")
	if err != nil || len(list) != 2 || list[0].file != "x/y.go" || list[0].old != "one\n\ttwo\n" || list[0].put != "three\n" || list[1].put != "" {
		t.Errorf("parsed %+v, %v", list, err)
	}
}

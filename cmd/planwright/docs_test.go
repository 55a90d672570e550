package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocCommands confirms that every command of the documents exists, with its flags and
// as many arguments. What the commands do is held by the scripts.
func TestDocCommands(t *testing.T) {
	docs, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, doc := range append(docs, "../../README.md", "../../CONTRIBUTING.md") {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range commands(string(text)) {
			words := shellSplit(line)
			root := (&program{env: map[string]string{}}).root()
			cmd, rest, err := root.Find(words[1:])
			// A command that only holds others has no flags of its own.
			holds := err == nil && cmd.HasSubCommands() && cmd != root && !cmd.LocalNonPersistentFlags().HasFlags()
			if err != nil || !cmd.Runnable() || holds {
				t.Errorf("%s: %s: no such command", doc, line)
				continue
			}
			if err := cmd.ParseFlags(rest); err != nil {
				t.Errorf("%s: %s: %v", doc, line, err)
				continue
			}
			given := cmd.Flags().Args()
			if len(given) == 0 && cmd.Flags().NFlag() == 0 {
				n++ // prose that names the command
				continue
			}
			if err := cmd.ValidateArgs(given); err != nil {
				t.Errorf("%s: %s: %v", doc, line, err)
			}
			n++
		}
	}
	if n < 20 {
		t.Errorf("only %d commands were found", n)
	}
}

var inline = regexp.MustCompile("`(planwright [^`]+)`")

// commands lists the planwright commands of a document: the lines of fenced blocks, and
// what stands between back-quotes.
func commands(text string) (out []string) {
	fenced := false
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
			continue
		}
		if !fenced {
			for _, m := range inline.FindAllStringSubmatch(line, -1) {
				out = append(out, m[1])
			}
			continue
		}
		for part := range strings.SplitSeq(strings.TrimSpace(line), " && ") {
			part = strings.TrimPrefix(part, "bin/")
			if strings.HasPrefix(part, "planwright ") {
				out = append(out, part)
			}
		}
	}
	return out
}

// shellSplit splits as a shell does words, quotes, and what follows < | or #.
func shellSplit(line string) (words []string) {
	var word strings.Builder
	quote, open := rune(0), false
	end := func() {
		if open {
			words = append(words, word.String())
		}
		word.Reset()
		open = false
	}
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, open = r, true
		case r == ' ':
			end()
		case (r == '<' || r == '|' || r == '#') && !open:
			return words
		default:
			word.WriteRune(r)
			open = true
		}
	}
	end()
	return words
}

// TestDocTargets confirms that every make target the documents name exists.
func TestDocTargets(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("(?m)(?:^|`)make ([a-z]+)")
	for _, doc := range []string{"../../README.md", "../../CONTRIBUTING.md", "../../.ci/run"} {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		found := named.FindAllStringSubmatch(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s names no target", doc)
		}
		for _, m := range found {
			if !strings.Contains(string(makefile), "\n"+m[1]+": ") {
				t.Errorf("%s: make %s: no such target", doc, m[1])
			}
		}
	}
}

package plan

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// readYAML returns the one document in the text, or nil after a finding.
func (s *source) readYAML(data []byte) *node {
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		s.add(errNoPlan(), "", Place{1, 1})
		return nil
	case err != nil:
		s.broken(data, err)
		return nil
	}
	var second yaml.Node
	switch err := d.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		s.broken(data, err)
		return nil
	default:
		s.add(errManyDocuments(), "", Place{second.Line, max(second.Column, 1)})
		return nil
	}
	if len(doc.Content) == 0 {
		s.add(errNoPlan(), "", Place{1, 1})
		return nil
	}
	return s.fromYAML(doc.Content[0], "", 0)
}

func (s *source) fromYAML(y *yaml.Node, pointer string, depth int) *node {
	n := &node{at: Place{y.Line, y.Column}}
	if !s.within(pointer, depth, n.at) {
		return n
	}
	if y.Anchor != "" && y.Kind != yaml.AliasNode {
		s.add(errAlias("the anchor &"+clip(y.Anchor)), pointer, n.at)
	}
	if y.Style&yaml.TaggedStyle != 0 {
		s.add(errTag(y.Tag), pointer, n.at)
	}
	switch y.Kind {
	case yaml.MappingNode:
		n.kind = mapNode
		s.mapYAML(n, y, pointer, depth)
	case yaml.SequenceNode:
		n.kind = listNode
		for i, item := range y.Content {
			n.items = append(n.items, s.fromYAML(item, index(pointer, i), depth+1))
		}
	case yaml.AliasNode:
		s.add(errAlias("the alias *"+clip(y.Value)), pointer, n.at)
	default:
		n.text = y.Value
		n.scalar = y.Value
		if y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
			n.scalar = s.plain(y.Value, pointer, n.at)
		}
	}
	return n
}

func (s *source) mapYAML(n *node, y *yaml.Node, pointer string, depth int) {
	seen := map[string]Place{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		at := Place{k.Line, k.Column}
		switch {
		case k.Kind == yaml.ScalarNode && k.Tag == "!!merge":
			s.add(errAlias("the merge key <<"), pointer, at)
			continue
		case k.Kind != yaml.ScalarNode || len(k.Value) > maxKey:
			s.add(errBadKey(), pointer, at)
			continue
		case k.Anchor != "":
			s.add(errAlias("the anchor &"+clip(k.Anchor)), pointer, at)
		case k.Style&yaml.TaggedStyle != 0:
			s.add(errTag(k.Tag), pointer, at)
		}
		inner := Join(pointer, k.Value)
		if first, dup := seen[k.Value]; dup {
			s.add(errDuplicateKey(k.Value, first), inner, at)
			continue
		}
		seen[k.Value] = at
		n.members = append(n.members, member{k.Value, at, s.fromYAML(v, inner, depth+1)})
	}
}

var yamlError = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?(.*)$`)

// broken turns the reader's error into one finding with the line that a person has to
// look at. Complaints about structure name the line where the block began, so for them
// the first line that cannot be read is found by reading ever longer beginnings.
func (s *source) broken(data []byte, err error) {
	line, message := 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlError.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1]) // no line means the first
		line, message = max(line, 1), m[2]
	}
	if strings.HasPrefix(message, "did not find expected") {
		line = max(firstBroken(data), 1)
	}
	line = min(line, len(s.lines))
	if name, ok := strings.CutPrefix(message, "unknown anchor '"); ok {
		s.unknownAnchor(strings.TrimSuffix(name, "' referenced"))
		return
	}
	hint := "look at the indentation and the quotes on this line and the one before"
	text := s.lines[line-1]
	switch {
	case strings.HasPrefix(strings.TrimLeft(text, " "), "\t"):
		message, hint = "a tab cannot indent YAML", "use spaces"
	case oddQuote(s.lines[:line]) > 0:
		line = oddQuote(s.lines[:line])
		text = s.lines[line-1]
		message, hint = "the quote on this line is not closed", "close it on the same line"
	case strings.Contains(message, "end of stream"):
		message, hint = "the quote on this line is not closed", "close it on the same line"
	case strings.Contains(message, "mapping values are not allowed") && strings.Count(text, ":") > 1:
		hint = "text that holds a colon and a blank must be in quotes"
	case strings.Contains(text, "${") && strings.Contains(text, "{"):
		hint = `inside { } and [ ] an expression must be in quotes: "${…}"`
	}
	s.add(errSyntax("this is not YAML: "+message, hint), "", Place{line, 1 + len(text) - len(strings.TrimLeft(text, " \t"))})
}

// oddQuote returns the number of the line whose double quote is not closed before the end
// of the lines; 0 for none. It swallows what follows, up to the next quote.
func oddQuote(lines []string) int {
	open := 0
	for i, line := range lines {
		if strings.Count(strings.ReplaceAll(line, `\"`, ""), `"`)%2 == 1 {
			if open == 0 {
				open = i + 1
			} else {
				open = 0 // it was closed here
			}
		}
	}
	return open
}

// unknownAnchor reports an alias of nothing, for which the reader names no line.
func (s *source) unknownAnchor(name string) {
	for i, line := range s.lines {
		if at := strings.Index(line, "*"+name); at >= 0 {
			s.add(errAlias("the alias *"+clip(name)), "", Place{i + 1, 1 + utf8.RuneCountInString(line[:at])})
			return
		}
	}
	s.add(errAlias("the alias *"+clip(name)), "", Place{1, 1}) // unreachable: the reader found it in the text
}

// firstBroken returns the number of the last line of a beginning that cannot be read
// while one line less can.
func firstBroken(data []byte) int {
	lines := bytes.SplitAfter(data, []byte("\n"))
	good, bad := 0, len(lines)
	for bad-good > 1 {
		mid := (good + bad) / 2
		var n yaml.Node
		if yaml.Unmarshal(bytes.Join(lines[:mid], nil), &n) == nil {
			good = mid
		} else {
			bad = mid
		}
	}
	return bad
}

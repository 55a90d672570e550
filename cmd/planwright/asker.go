package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// asker asks a person on a terminal, or takes the scripted answer.
type asker struct {
	in       io.Reader
	out      io.Writer
	scripted bool
	lines    *bufio.Scanner
}

// yes asks a yes-or-no question; yes is the default.
func (a *asker) yes(question string) bool {
	if a.scripted {
		return true
	}
	answer := strings.ToLower(a.ask(question + " [Y/n] "))
	return answer == "" || strings.HasPrefix(answer, "y")
}

// agreed asks for a yes that nothing stands in for: an empty answer is a no.
func (a *asker) agreed(question string) bool {
	return strings.HasPrefix(strings.ToLower(a.ask(question+" [y/N] ")), "y")
}

// text asks for a text, with the scripted answer as the default; "-" leaves it open.
func (a *asker) text(question, scripted string) string {
	if a.scripted {
		return scripted
	}
	switch answer := a.ask(fmt.Sprintf("%s [%s, - leaves it open] ", question, scripted)); answer {
	case "":
		return scripted
	case "-":
		return ""
	default:
		return answer
	}
}

func (a *asker) ask(question string) string {
	if a.lines == nil {
		a.lines = bufio.NewScanner(a.in)
	}
	fmt.Fprint(a.out, question)
	if !a.lines.Scan() {
		a.scripted = true // end of input: the rest is scripted
		fmt.Fprintln(a.out)
	}
	return strings.TrimSpace(a.lines.Text())
}

package config

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a setting. It never holds a secret,
// nor the value of an unknown key, which may be a secret under a mistyped name.
type Problem struct {
	// Key is the setting, or the name of an unknown variable. It is empty when
	// the whole file is meant.
	Key string
	// Value is what was given, with "<redacted>" for secrets. It is empty when
	// there is no value to show.
	Value string
	// Place is where it was given: file and line, the name of a variable, or
	// "Odoo". It is empty for something that is missing.
	Place string
	// Cause says what is wrong and, if possible, what to do.
	Cause string
	// Nearest is the known name closest to an unknown one, or empty.
	Nearest string
}

// Error returns the problem in one line.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Key)
	if p.Value != "" {
		fmt.Fprintf(&b, " = %q", p.Value)
	}
	if p.Place != "" && p.Place != p.Key {
		if p.Key == "" {
			b.WriteString(p.Place)
		} else {
			fmt.Fprintf(&b, " (%s)", p.Place)
		}
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(p.Cause)
	if p.Nearest != "" {
		fmt.Fprintf(&b, "; did you mean %s?", p.Nearest)
	}
	return b.String()
}

// ProblemsError is everything that is wrong with a configuration: first by
// place, then what is missing.
type ProblemsError struct {
	// Problems has at least one element.
	Problems []Problem
	hint     string
}

// Hint says what to do about all problems. It may be empty.
func (e *ProblemsError) Hint() string { return e.hint }

// Error returns one line for each problem, and a heading when there are
// several.
func (e *ProblemsError) Error() string {
	if len(e.Problems) == 1 {
		return "the configuration has a problem: " + e.Problems[0].Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the configuration has %d problems:", len(e.Problems))
	for _, p := range e.Problems {
		b.WriteString("\n  " + p.Error())
	}
	return b.String()
}

// Unwrap returns each [Problem].
func (e *ProblemsError) Unwrap() []error {
	errs := make([]error, len(e.Problems))
	for i, p := range e.Problems {
		errs[i] = p
	}
	return errs
}

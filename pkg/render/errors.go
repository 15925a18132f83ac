package render

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/spelling"
)

// What can be wrong with a template that parses.
var (
	errNothing   = errors.New("the result is empty")
	errDocument  = errors.New("must hold the message only: the document around it (html, head, body) is " + layoutFile)
	errNoContent = errors.New(`does not show the message: {{template "content" .}} is missing`)
	errNoLink    = errors.New("does not show where to answer: {{.Link}} is missing")
	errNotThere  = errors.New("is missing")
	errUnsafe    = errors.New("shows a field where its text could do harm, as in a style, a script or at the beginning of a link; " +
		"a mail would have #ZgotmplZ there")
	errMissing = errors.New("is missing; a mail needs its subject, its html and its txt")
)

// located matches the errors of both template packages, which give the place of
// an error only in their text.
var located = regexp.MustCompile(`(?s)^(?:html/)?template: ?([^:\s]+):(?:(\d+):(?:\d+:)?)? (.*)$`)

// executing matches what they add about the template that was running.
var executing = regexp.MustCompile(`^executing "[^"]*" at (<.*>): `)

// internals matches what html/template adds about its own state.
var internals = regexp.MustCompile(`: \{state.*$`)

// templateError converts an error of the template packages. file is used when the
// error names none.
func templateError(file string, err error) *overlay.FileError {
	if errors.Is(err, errTooLong) {
		return &overlay.FileError{File: file, Err: errTooLong}
	}
	m := located.FindStringSubmatch(err.Error())
	if m == nil {
		return &overlay.FileError{File: file, Err: err}
	}
	line, convErr := strconv.Atoi(m[2])
	if convErr != nil {
		line = 0
	}
	cause := internals.ReplaceAllString(executing.ReplaceAllString(m[3], "$1: "), "")
	return &overlay.FileError{File: m[1], Line: line, Err: errors.New(explain(cause))}
}

// noField and noFunction match the errors about unknown names.
var (
	noField    = regexp.MustCompile(`can't evaluate field (\w+) in type render\.(\w+)$`)
	noFunction = regexp.MustCompile(`^function "([^"]*)" not defined$`)
)

// explain replaces a message about Go types by one that an author of templates can
// use.
func explain(cause string) string {
	if m := noFunction.FindStringSubmatch(cause); m != nil {
		// The functions of text/template itself.
		names := strings.Fields("and or not eq ne lt le gt ge len index slice print printf println html js urlquery call")
		for _, f := range Functions() {
			names = append(names, f.Name)
		}
		if field := fieldFor(m[1]); field != "" && spelling.Nearest(m[1], names) == "" {
			return fmt.Sprintf("there is no function %s; a field is written as %s", m[1], field)
		}
		return fmt.Sprintf("there is no function %s%s", m[1], instead(m[1], names))
	}
	m := noField.FindStringSubmatch(cause)
	if m == nil {
		return cause
	}
	for _, kind := range []reflect.Type{reflect.TypeFor[ReminderData](), reflect.TypeFor[FeedbackData](), reflect.TypeFor[WarningData](), reflect.TypeFor[WarnedData]()} {
		if names := namesIn(kind, m[2]); names != nil {
			return strings.TrimSuffix(cause, m[0]) + fmt.Sprintf("there is no field %s here%s", m[1], instead(m[1], names))
		}
	}
	return cause
}

// namesIn returns the names of the documented fields of a type: kind, or one
// of its parts.
func namesIn(kind reflect.Type, name string) []string {
	var names []string
	for _, f := range reflect.VisibleFields(kind) {
		switch {
		case f.Anonymous || !f.IsExported():
		case f.Type.Name() == name:
			return namesIn(f.Type, name)
		default:
			names = append(names, f.Name)
		}
	}
	if kind.Name() != name {
		return nil
	}
	return names
}

// instead names the candidate that was probably meant, or all of them.
func instead(name string, candidates []string) string {
	if near := spelling.Nearest(name, candidates); near != "" {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	return "; there is " + strings.Join(candidates, ", ")
}

// report adds an error of rendering. file is used when the error names none.
func report(found *overlay.Faults, file string, err error) {
	if err == nil {
		return
	}
	e, ok := errors.AsType[*overlay.FileError](err)
	if !ok {
		e = templateError(file, err)
	}
	found.Add(e.File, e.Line, e.Err)
}

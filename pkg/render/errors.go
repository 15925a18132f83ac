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

// What a template can do wrong besides not being one.
var (
	errNothing   = errors.New("the result is empty")
	errDocument  = errors.New("holds the message alone: the document around it (html, head, body) is " + layoutFile)
	errNoContent = errors.New(`does not show the message: {{template "content" .}} is missing`)
	errNoLink    = errors.New("does not show where to answer: {{.Link}} is missing")
	errNotThere  = errors.New("is missing")
	errUnsafe    = errors.New("shows a field where its text could do harm, as in a style, a script or at the beginning of a link; " +
		"a mail would have #ZgotmplZ there")
	errMissing = errors.New("is missing; a mail needs its subject, its html and its txt")
)

// located is the form in which both template packages say where an error is;
// they have no type that tells it.
var located = regexp.MustCompile(`(?s)^(?:html/)?template: ?([^:\s]+):(?:(\d+):(?:\d+:)?)? (.*)$`)

// executing is what they add about the way to the place.
var executing = regexp.MustCompile(`^executing "[^"]*" at (<.*>): `)

// internals are what html/template tells about its own state.
var internals = regexp.MustCompile(`: \{state.*$`)

// templateError turns an error of the template packages into ours. file is
// taken when the error names none.
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

// noField and noFunction are what the template packages say of a name that
// there is not.
var (
	noField    = regexp.MustCompile(`can't evaluate field (\w+) in type render\.(\w+)$`)
	noFunction = regexp.MustCompile(`^function "([^"]*)" not defined$`)
)

// explain puts what an author can use in the place of what only we understand.
func explain(cause string) string {
	if m := noFunction.FindStringSubmatch(cause); m != nil {
		// Those of text/template itself are well known, and many.
		names := strings.Fields("and or not eq ne lt le gt ge len index slice print printf println html js urlquery call")
		for _, f := range Functions() {
			names = append(names, f.Name)
		}
		return fmt.Sprintf("there is no function %s%s", m[1], instead(m[1], names))
	}
	m := noField.FindStringSubmatch(cause)
	if m == nil {
		return cause
	}
	for _, kind := range []reflect.Type{reflect.TypeFor[ReminderData](), reflect.TypeFor[FeedbackData]()} {
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
	for f := range kind.Fields() {
		if f.Anonymous || !f.IsExported() {
			continue
		}
		if f.Type.Name() == name {
			return namesIn(f.Type, name)
		}
		names = append(names, f.Name)
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

// blame adds an error of rendering, which may name its place already; file is
// blamed when it does not.
func blame(found *overlay.Faults, file string, err error) {
	if err == nil {
		return
	}
	e, ok := errors.AsType[*overlay.FileError](err)
	if !ok {
		e = templateError(file, err)
	}
	found.Add(e.File, e.Line, e.Err)
}

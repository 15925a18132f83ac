package render

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/spelling"
)

// What a template can do wrong besides not being one.
var (
	errNothing   = errors.New("the result is empty")
	errDocument  = errors.New("holds the message alone: the document around it (html, head, body) is " + layoutFile)
	errNoContent = errors.New(`does not show the message: {{template "content" .}} is missing`)
	errEmptyFile = errors.New("is empty")
	errTooBig    = errors.New("is larger than 256 KiB")
	errNotUTF8   = errors.New("is not written in UTF-8")
	errNoLink    = errors.New("does not show where to answer: {{.Link}} is missing")
	errNotThere  = errors.New("is missing")
	errUnsafe    = errors.New("shows a field where its text could do harm, as in a style, a script or at the beginning of a link; " +
		"a mail would have #ZgotmplZ there")
	errMissing = errors.New("is missing; a mail needs its subject, its html and its txt")
)

// TemplateError is one thing that is wrong with one template file.
type TemplateError struct {
	// File is the file's name within its directory.
	File string
	// Line counts from 1; 0 when the fault lies in no line.
	Line int
	// Err is the cause.
	Err error
}

// Error names file, line and cause.
func (e *TemplateError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("template %s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("template %s, line %d: %v", e.File, e.Line, e.Err)
}

// Unwrap returns the cause.
func (e *TemplateError) Unwrap() error { return e.Err }

// located is the form in which both template packages say where an error is;
// they have no type that tells it.
var located = regexp.MustCompile(`(?s)^(?:html/)?template: ?([^:\s]+):(?:(\d+):(?:\d+:)?)? (.*)$`)

// executing is what they add about the way to the place.
var executing = regexp.MustCompile(`^executing "[^"]*" at (<.*>): `)

// internals are what html/template tells about its own state.
var internals = regexp.MustCompile(`: \{state.*$`)

// templateError turns an error of the template packages into ours. file is
// taken when the error names none.
func templateError(file string, err error) *TemplateError {
	if errors.Is(err, errTooLong) {
		return &TemplateError{File: file, Err: errTooLong}
	}
	m := located.FindStringSubmatch(err.Error())
	if m == nil {
		return &TemplateError{File: file, Err: err}
	}
	line, convErr := strconv.Atoi(m[2])
	if convErr != nil {
		line = 0
	}
	cause := internals.ReplaceAllString(executing.ReplaceAllString(m[3], "$1: "), "")
	return &TemplateError{File: m[1], Line: line, Err: errors.New(explain(cause))}
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

// problems collects what is wrong with a set of templates. One fault in a
// shared file shows in every mail; it is kept once.
type problems struct {
	list []*TemplateError
}

func (p *problems) add(e *TemplateError) {
	if !slices.ContainsFunc(p.list, func(o *TemplateError) bool { return o.Error() == e.Error() }) {
		p.list = append(p.list, e)
	}
}

// addErr adds an error of rendering, which may be one of ours already; file is
// blamed when it names none.
func (p *problems) addErr(file string, err error) {
	if err == nil {
		return
	}
	if e, ok := errors.AsType[*TemplateError](err); ok {
		p.add(e)
		return
	}
	p.add(templateError(file, err))
}

// err returns all problems, sorted by file and line, or nil.
func (p *problems) err() error {
	slices.SortFunc(p.list, func(a, b *TemplateError) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return strings.Compare(a.Err.Error(), b.Err.Error())
	})
	errs := make([]error, len(p.list))
	for i, e := range p.list {
		errs[i] = e
	}
	return errors.Join(errs...)
}

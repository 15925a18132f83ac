package questionnaire

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// FileError is one thing that is wrong with one questionnaire's file.
type FileError struct {
	// File is the file's path within the folder of templates.
	File string
	// Line counts from 1; 0 when the fault lies in no line.
	Line int
	// Err is the cause.
	Err error
}

// Error names file, line and cause.
func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("questionnaire %s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("questionnaire %s, line %d: %v", e.File, e.Line, e.Err)
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// UnknownError is a questionnaire that there is not.
type UnknownError struct {
	Name string
	// Nearest is the one that was probably meant, or empty.
	Nearest string
}

// Error names both.
func (e *UnknownError) Error() string {
	if e.Nearest == "" {
		return "there is no questionnaire " + e.Name
	}
	return fmt.Sprintf("there is no questionnaire %s; did you mean %s?", e.Name, e.Nearest)
}

// What can be wrong with a file as a whole.
var (
	errName = errors.New("is no questionnaire's name: NAME.LANG.yaml is, with a NAME of at most 40 lower-case letters, " +
		"digits and hyphens that is not none (LANG: fr, fr_CA)")
	errPlace    = errors.New("belongs into the folder " + folder)
	errTooBig   = errors.New("is larger than 256 KiB")
	errNotUTF8  = errors.New("is not written in UTF-8")
	errEmpty    = errors.New("is empty")
	errDocument = errors.New("holds a second document; a file is one questionnaire")
)

// faults collects what is wrong.
type faults []*FileError

// err returns all faults, sorted by file and line, or nil.
func (f faults) err() error {
	slices.SortStableFunc(f, func(a, b *FileError) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	errs := make([]error, len(f))
	for i, e := range f {
		errs[i] = e
	}
	return errors.Join(errs...)
}

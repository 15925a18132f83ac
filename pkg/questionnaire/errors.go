package questionnaire

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// FileError is one thing that is wrong with the file of a questionnaire.
type FileError struct {
	// File is the file's path within the folder of templates.
	File string
	// Line counts from 1; 0 means that the whole file is meant.
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

// UnknownError says that there is no questionnaire of this name.
type UnknownError struct {
	Name string
	// Nearest is the name that was probably meant, or empty.
	Nearest string
}

// Error names the questionnaire and the nearest one.
func (e *UnknownError) Error() string {
	if e.Nearest == "" {
		return "there is no questionnaire " + e.Name
	}
	return fmt.Sprintf("there is no questionnaire %s; did you mean %s?", e.Name, e.Nearest)
}

// What can be wrong with a file as a whole.
var (
	errName = errors.New("must be named NAME.LANG.yaml: NAME is at most 40 lower-case letters, digits and hyphens, and not none; " +
		"LANG is as in fr or fr_CA")
	errPlace  = errors.New("belongs in the folder " + folder)
	errTooBig = errors.New("is larger than 256 KiB")
	errEmpty  = errors.New("is empty")
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

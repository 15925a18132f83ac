package questionnaire

import (
	"errors"
	"fmt"
)

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
	errPlace = errors.New("belongs in the folder " + folder + ", if it is a questionnaire")
	errEmpty = errors.New("is empty")
)

package report

import (
	"fmt"
	"io"
)

// WriteError says that a report could not be written, as when the disk is full
// or the reader of a pipe has gone. The work that it reports is done.
type WriteError struct {
	// Err is the error of the underlying writer.
	Err error
}

// Error describes the failure.
func (e *WriteError) Error() string { return fmt.Sprintf("write report: %v", e.Err) }

// Unwrap returns the error of the underlying writer.
func (e *WriteError) Unwrap() error { return e.Err }

// output writes pieces whole and in order. It keeps its first error and writes
// nothing after it: a document with a hole in it could pass for a whole one.
type output struct {
	w   io.Writer
	err error
}

func (o *output) write(piece []byte) error {
	if o.err != nil {
		return o.err
	}
	n, err := o.w.Write(piece)
	if err == nil && n < len(piece) {
		err = io.ErrShortWrite
	}
	if err != nil {
		o.err = &WriteError{Err: err}
	}
	return o.err
}

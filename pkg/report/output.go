package report

import (
	"cmp"
	"fmt"
	"io"
)

// WriteError says that a report could not be written, for example because the disk
// is full or the reader of a pipe is gone. The work itself was done.
type WriteError struct {
	// Err is the error of the underlying writer.
	Err error
}

// Error describes the failure.
func (e *WriteError) Error() string { return fmt.Sprintf("write report: %v", e.Err) }

// Unwrap returns the error of the underlying writer.
func (e *WriteError) Unwrap() error { return e.Err }

// frame is what every [Writer] has.
type frame struct {
	out    *output
	head   Head
	counts Counts
}

func newFrame(w io.Writer, h Head) frame { return frame{out: &output{w: w}, head: h} }

func (f *frame) summary(t Tail) string { return Summary(f.head, cmp.Or(t.Counts, &f.counts), t) }

// output writes pieces in order. After its first error it writes nothing more: a
// document with a gap could look complete.
type output struct {
	w   io.Writer
	err error
}

func (o *output) write(piece string) error {
	if o.err != nil {
		return o.err
	}
	n, err := o.w.Write([]byte(piece))
	if err == nil && n < len(piece) {
		err = io.ErrShortWrite
	}
	if err != nil {
		o.err = &WriteError{Err: err}
	}
	return o.err
}

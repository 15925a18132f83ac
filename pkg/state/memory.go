package state

import (
	"io"
	"os"
)

// memoryMost is the longest text that is remembered, in bytes.
const memoryMost = 1 << 10

// Recall returns what [Remember] kept last for a job; empty if there is nothing. Its
// error is a [*DirError].
func Recall(dir string, job Job) (text string, err error) {
	err = within(patience, func() error {
		folder, err := openFolder(dir)
		if err != nil {
			return err
		}
		f, err := folder.open(job.file("alert"), os.O_CREATE)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // It was only read.
		content, err := io.ReadAll(io.LimitReader(f, memoryMost))
		text = string(content)
		return err
	})
	if err != nil {
		return "", &DirError{Dir: dir, Err: err}
	}
	return text, nil
}

// Remember keeps a short text for a job: which alert people got. A run that is killed
// may leave half of it. Its error is a [*DirError].
func Remember(dir string, job Job, text string) error {
	err := within(patience, func() error {
		folder, err := openFolder(dir)
		if err != nil {
			return err
		}
		f, err := folder.open(job.file("alert"), os.O_CREATE)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // WriteAt tells.
		if err := f.Truncate(0); err != nil {
			return err
		}
		_, err = f.WriteAt([]byte(text), 0)
		return err
	})
	if err != nil {
		return &DirError{Dir: dir, Err: err}
	}
	return nil
}

package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

// Saved is a text that runs on this host keep for later ones, in a file that is for its
// owner alone. It may be lost at any time.
type Saved struct {
	// Dir is the folder, Name that of the file in it.
	Dir, Name string
}

// How long a process waits for another one that has the text, and how often it looks.
const (
	lockPatience = 10 * time.Second
	lockPause    = 50 * time.Millisecond
	maxSaved     = 64 << 10
)

// Lock waits until no other process has the text, for some seconds. The lock ends with
// release, or with the process.
func (s Saved) Lock(ctx context.Context) (release func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	for {
		held, err := inFolder(s, func(dir folder) (locked, error) {
			file, err := dir.open(s.Name+".lock", os.O_CREATE)
			if err != nil {
				return locked{}, err
			}
			held, err := lockFile(file)
			if err != nil {
				return locked{}, errors.Join(err, file.Close())
			}
			return held, nil
		})
		switch {
		case err == nil:
			return func() { _ = within(notePatience, held.Close) }, nil
		case !errors.Is(err, errHeld):
			return nil, err
		}
		select {
		case <-time.After(lockPause):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// Load returns the text, or nothing if there is none.
func (s Saved) Load() ([]byte, error) {
	text, err := inFolder(s, func(dir folder) ([]byte, error) {
		file, err := dir.open(s.Name, 0)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(io.LimitReader(file, maxSaved))
		return text, errors.Join(err, file.Close())
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}

// Save replaces the text in one step: who reads it gets the old one or the new.
func (s Saved) Save(text []byte) error {
	_, err := inFolder(s, func(dir folder) (struct{}, error) { return struct{}{}, dir.replace(s.Name, text) })
	return err
}

// replace writes a file of the folder anew, in one step.
func (d folder) replace(name string, content []byte) error {
	next := filepath.Join(d.path, name+".new")
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := d.open(name+".new", os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(next))
	}
	return os.Rename(next, filepath.Join(d.path, name))
}

// inFolder does something in the folder of a text. Its error is a [*DirError].
func inFolder[T any](s Saved, do func(folder) (T, error)) (T, error) {
	value, err := hostfile.Within(patience, func() (T, error) {
		dir, err := openFolder(s.Dir)
		if err != nil {
			var none T
			return none, err
		}
		return do(dir)
	})
	if err != nil {
		err = &DirError{Dir: s.Dir, Err: fmt.Errorf("keep %s: %w", s.Name, err)}
	}
	return value, err
}

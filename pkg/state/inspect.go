package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Holder is a run that holds a lock.
type Holder struct {
	// File is the lock's name in its folder.
	File  string
	PID   int
	Since time.Time
}

// Holders returns the runs of this host that hold a lock in dir, in the order of the
// locks' names. It makes nothing. Its error is a [*DirError].
func Holders(dir string) (held []Holder, err error) {
	err = each(dir, ".lock", func(f *os.File) error {
		var h holder
		content, err := io.ReadAll(io.LimitReader(f, maxHolder))
		if err != nil || json.Unmarshal(content, &h) != nil || !alive(h.PID) {
			return err // A run that cannot be told from a dead one is none.
		}
		// The lock is tried only where a process is, so that no run finds it taken.
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			held = append(held, Holder{File: filepath.Base(f.Name()), PID: h.PID, Since: h.Since})
			return nil
		}
		return errors.Join(err, syscall.Flock(int(f.Fd()), syscall.LOCK_UN))
	})
	return held, err
}

// CheckJournals returns an error for each journal in dir that is damaged, and how many
// are not. One in which a run has just written counts as not damaged. It changes
// nothing. Its second error is a [*DirError].
func CheckJournals(dir string, now time.Time) (right int, damaged []error, err error) {
	err = each(dir, ".journal", func(f *os.File) error {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		content, err := io.ReadAll(io.LimitReader(f, maxJournal+1))
		if err != nil {
			return err
		}
		if _, flaw := parse(content); flaw != nil && now.Sub(info.ModTime()) > slack {
			damaged = append(damaged, fmt.Errorf("the journal %s is damaged: %w", f.Name(), flaw))
			return nil
		}
		right++
		return nil
	})
	return right, damaged, err
}

// each opens the files of dir with an extension, one after the other.
func each(dir, extension string, look func(*os.File) error) error {
	err := within(patience, func() error {
		folder, err := lookAt(dir)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // No run was here yet.
		}
		if err != nil {
			return err
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if filepath.Ext(e.Name()) != extension {
				continue
			}
			f, err := folder.open(e.Name(), 0)
			if errors.Is(err, fs.ErrNotExist) {
				continue // A run has just removed it.
			}
			if err != nil {
				return err
			}
			if err := errors.Join(look(f), f.Close()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return &DirError{Dir: dir, Err: err}
	}
	return nil
}

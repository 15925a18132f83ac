package state

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// Usable tells whether this user can make files in dir, or can make dir, and can
// open the files that runs left there. It changes nothing. Its error is a
// [*DirError].
func Usable(dir string) error {
	if err := within(patience, func() error { return usable(dir) }); err != nil {
		return &DirError{Dir: dir, Err: err}
	}
	return nil
}

func usable(dir string) error {
	at := dir
	info, err := os.Stat(at)
	for errors.Is(err, fs.ErrNotExist) && filepath.Dir(at) != at {
		at = filepath.Dir(at)
		info, err = os.Stat(at)
	}
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	if err == nil {
		err = unix.Access(at, unix.W_OK|unix.X_OK)
	}
	if err != nil {
		return &os.PathError{Op: "write to", Path: at, Err: withoutPath(err)}
	}
	if at != dir {
		return nil
	}
	return usableFiles(dir)
}

// usableFiles opens the files of runs, and closes them again.
func usableFiles(dir string) error {
	there, err := lookAt(dir)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !slices.Contains([]string{".lock", ".journal", ".alert"}, filepath.Ext(e.Name())) {
			continue
		}
		f, err := there.open(e.Name(), 0)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// withoutPath returns the cause of an error that names a path.
func withoutPath(err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err
	}
	return err
}

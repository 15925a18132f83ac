package state

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Usable tells whether this user can make files in dir, or can make dir. It makes
// nothing. Its error is a [*DirError].
func Usable(dir string) error {
	at := dir
	info, err := os.Stat(at)
	for errors.Is(err, fs.ErrNotExist) && filepath.Dir(at) != at {
		at = filepath.Dir(at)
		info, err = os.Stat(at)
	}
	switch {
	case err != nil:
	case !info.IsDir():
		err = syscall.ENOTDIR
	default:
		err = unix.Access(at, unix.W_OK|unix.X_OK)
	}
	if err != nil {
		return &DirError{Dir: dir, Err: err}
	}
	return nil
}

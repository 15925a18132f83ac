package state

import (
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
)

// lockName is the form of a lock file's name; see [Job].
var lockName = regexp.MustCompile(`^(.+)-[0-9a-f]{12}\.lock$`)

// Running returns a [*LockedError] if a run is under way on this host, of any command but
// this job. It is for what must not happen meanwhile, and keeps no run from beginning after
// it. Any other error is a [*DirError].
func Running(dir string, but Job) error {
	err := within(patience, func() error { return anyLock(dir, but.file("lock")) })
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, held := errors.AsType[*LockedError](err); held || err == nil {
		return err
	}
	return &DirError{Dir: dir, Err: err}
}

func anyLock(dir, but string) error {
	d, err := lookAt(dir)
	if err != nil {
		return err
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.lock"))
	for _, path := range paths {
		name := lockName.FindStringSubmatch(filepath.Base(path))
		if name == nil || name[0] == but {
			continue
		}
		file, openErr := d.open(name[0], 0)
		if openErr != nil {
			return openErr
		}
		f, lockErr := lockFile(file)
		if errors.Is(lockErr, errHeld) {
			return errors.Join(lockedBy(file, Job{Command: strings.ReplaceAll(name[1], "-", " ")}), file.Close())
		}
		if err := errors.Join(lockErr, f.Close()); err != nil {
			return err
		}
	}
	return err
}

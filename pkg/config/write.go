package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/google/renameio/v2"
)

// A file is a file that is about to be written.
type file struct {
	// path is the file itself, at the end of all symbolic links.
	path string
	data []byte
	// info is nil for a file that does not exist.
	info fs.FileInfo
}

func openFile(path string) (file, error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return file{path: path}, nil
	} else if err != nil {
		return file{}, fmt.Errorf("open configuration: %w", err)
	}
	// A link stays a link: the file may be under version control elsewhere. A
	// broken link is an error.
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return file{}, fmt.Errorf("open configuration: %w", err)
	}
	info, err := os.Stat(target)
	if err != nil {
		return file{}, fmt.Errorf("open configuration: %w", err)
	}
	if !info.Mode().IsRegular() {
		return file{}, &EditError{path, "is not a regular file"}
	}
	data, err := OSFiles{}.ReadFile(target)
	if err != nil {
		return file{}, fmt.Errorf("read configuration: %w", err)
	}
	return file{path: target, data: data, info: info}, nil
}

// Save writes a configuration or a file with a secret, in one step. A new file
// has mode 0600, and folders made for it 0700. An existing file keeps mode and
// owner.
func Save(path string, content []byte) error {
	f, err := openFile(path)
	if err != nil {
		return err
	}
	return f.replace(content)
}

// replace replaces the content in one step: a reader sees the old or the new.
// Mode and owner stay.
func (f file) replace(data []byte) (err error) {
	mode := fs.FileMode(0o600)
	dir := filepath.Dir(f.path)
	if f.info != nil {
		mode = f.info.Mode().Perm()
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make configuration folder: %w", err)
	}
	// The temporary file may contain secrets. It is made in the same folder with
	// mode 0600, and gets its own mode when it has the right owner.
	pending, err := renameio.NewPendingFile(f.path, renameio.WithTempDir(dir), renameio.WithStaticPermissions(0o600))
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	defer func() {
		if cleanup := pending.Cleanup(); cleanup != nil {
			err = errors.Join(err, fmt.Errorf("remove temporary file: %w", cleanup))
		}
	}()
	if _, err := pending.Write(data); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	if err := f.keepOwner(pending); err != nil {
		return fmt.Errorf("keep the owner of the configuration: %w", err)
	}
	if err := pending.Chmod(mode); err != nil {
		return fmt.Errorf("keep the mode of the configuration: %w", err)
	}
	if err := pending.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return nil
}

func (f file) keepOwner(pending *renameio.PendingFile) error {
	if f.info == nil {
		return nil
	}
	owner, ok := f.info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return pending.Chown(int(owner.Uid), int(owner.Gid))
}

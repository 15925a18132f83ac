package hostfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/google/renameio/v2"
)

// ErrNotRegular says that a folder, pipe or device is in the place of a file.
var ErrNotRegular = errors.New("is not a regular file")

// Original is a file that is about to be replaced, or one that does not exist yet.
type Original struct {
	// Data is its content.
	Data []byte

	// path is the file itself, at the end of all symbolic links.
	path string
	// info is nil for a file that does not exist.
	info fs.FileInfo
}

// Open reads a file that is to be replaced. A link stays a link: the file may be
// under version control elsewhere. A broken link is an error.
func Open(path string) (Original, error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return Original{path: path}, nil
	} else if err != nil {
		return Original{}, fmt.Errorf("open the file: %w", err)
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return Original{}, fmt.Errorf("open the file: %w", err)
	}
	info, err := os.Stat(target)
	if err != nil {
		return Original{}, fmt.Errorf("open the file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return Original{}, &fs.PathError{Op: "write", Path: path, Err: ErrNotRegular}
	}
	data, err := Files{}.ReadFile(target)
	if err != nil {
		return Original{}, fmt.Errorf("read the file: %w", err)
	}
	return Original{path: target, Data: data, info: info}, nil
}

// Save writes a configuration or a file with a secret, in one step. A new file
// has mode 0600, and folders made for it 0700. An existing file keeps mode and
// owner.
func Save(path string, content []byte) error {
	f, err := Open(path)
	if err != nil {
		return err
	}
	return f.Replace(content)
}

// SaveBeside writes a file with a secret as [Save] does. But if there is a
// configuration, a new file gets its owner and group, and its mode without what
// everybody may do: whoever reads the one has to read the other.
func SaveBeside(configuration, path string, content []byte) error {
	f, err := Open(path)
	if err != nil {
		return err
	}
	if info, err := os.Stat(configuration); f.info == nil && err == nil {
		f.info = closedInfo{info}
	}
	return f.Replace(content)
}

// closedInfo is a file as it would be if not everybody might read it.
type closedInfo struct{ fs.FileInfo }

func (i closedInfo) Mode() fs.FileMode { return i.FileInfo.Mode() &^ 0o007 }

// Replace replaces the content in one step: a reader sees the old or the new.
// Mode and owner stay.
func (f Original) Replace(data []byte) (err error) {
	mode := fs.FileMode(0o600)
	dir := filepath.Dir(f.path)
	if f.info != nil {
		mode = f.info.Mode().Perm()
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	// The temporary file may contain secrets. It is made in the same folder with
	// mode 0600, and gets its own mode when it has the right owner.
	pending, err := renameio.NewPendingFile(f.path, renameio.WithTempDir(dir), renameio.WithStaticPermissions(0o600))
	if err != nil {
		return fmt.Errorf("write the file: %w", err)
	}
	defer func() {
		if cleanup := pending.Cleanup(); cleanup != nil {
			err = errors.Join(err, fmt.Errorf("remove temporary file: %w", cleanup))
		}
	}()
	if _, err := pending.Write(data); err != nil {
		return fmt.Errorf("write the file: %w", err)
	}
	if err := f.keepOwner(pending); err != nil {
		return fmt.Errorf("keep the owner of the file: %w", err)
	}
	if err := pending.Chmod(mode); err != nil {
		return fmt.Errorf("keep the mode of the file: %w", err)
	}
	if err := pending.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("write the file: %w", err)
	}
	return nil
}

func (f Original) keepOwner(pending *renameio.PendingFile) error {
	if f.info == nil {
		return nil
	}
	owner, ok := f.info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return pending.Chown(int(owner.Uid), int(owner.Gid))
}

// Remove removes a file that [Save] made. It is no error if there is none.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Package hostfile reads the files of this host that people name in settings, and
// says who else can read or change them.
//
// A pipe that nobody writes to and a file system that hangs keep no run from
// ending. Links are followed: the files are the administrator's, who may keep them
// elsewhere. For the files with fixed names, which crm-tool itself makes, see the
// package state.
package hostfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// Limit is far more than any configuration, secret or template needs.
const Limit = 1 << 20

// patience is how long a file may take. A signal ends a run within ten seconds.
const patience = 8 * time.Second

// ErrHangs says that a file did not answer in time.
var ErrHangs = errors.New("no answer: its file system hangs, or it is a pipe that nobody writes to")

// Files is the file system of this host.
type Files struct{}

// ReadFile returns the content of a file of at most [Limit] bytes. The error is
// an [*fs.PathError]. It may be a pipe, as in --config <(decrypt FILE).
func (Files) ReadFile(name string) ([]byte, error) {
	data, err := Within(patience, func() ([]byte, error) { return read(name) })
	return data, named("read", name, err)
}

func read(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // Nothing was written that could be lost.
	data, err := io.ReadAll(io.LimitReader(f, Limit+1))
	if err != nil {
		return nil, err
	}
	if len(data) > Limit {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("larger than 1 MiB")}
	}
	return data, nil
}

// Stat describes a file or folder; it follows links.
func (Files) Stat(name string) (fs.FileInfo, error) {
	info, err := Within(patience, func() (fs.FileInfo, error) { return os.Stat(name) })
	return info, named("stat", name, err)
}

// ReadDir lists a folder.
func (Files) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := Within(patience, func() ([]fs.DirEntry, error) { return os.ReadDir(name) })
	return entries, named("open", name, err)
}

// named gives [ErrHangs] the form of the other errors.
func named(op, name string, err error) error {
	if err == ErrHangs { //nolint:errorlint // One that is wrapped has its name.
		return &fs.PathError{Op: op, Path: name, Err: ErrHangs}
	}
	return err
}

// Within returns what f returns or, after that time, [ErrHangs]. Then f goes on in
// vain.
func Within[T any](d time.Duration, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := f()
		done <- result{value, err}
	}()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-timer.C:
		var none T
		return none, ErrHangs
	}
}

// Folder returns a folder of files that people wrote. What is neither a regular
// file nor a folder is an error.
func Folder(path string) fs.FS {
	return &folder{ReadLinkFS: os.DirFS(path).(fs.ReadLinkFS), path: path}
}

type folder struct {
	fs.ReadLinkFS

	path string
	// hangs is set after the first file that did not answer: the others lie on
	// the same file system.
	hangs atomic.Bool
}

// Open opens a folder, or a file whose content has been read.
func (f *folder) Open(name string) (fs.File, error) {
	path := filepath.Join(f.path, filepath.FromSlash(name))
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if f.hangs.Load() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: ErrHangs}
	}
	opened, err := Within(patience, func() (fs.File, error) {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return nil, err
		case info.IsDir():
			return f.ReadLinkFS.Open(name)
		case !info.Mode().IsRegular():
			return nil, &fs.PathError{Op: "open", Path: path, Err: ErrNotRegular}
		}
		content, err := read(path)
		return &file{Reader: bytes.NewReader(content), info: info}, err
	})
	if errors.Is(err, ErrHangs) {
		f.hangs.Store(true)
	}
	if err != nil {
		return nil, named("open", path, err)
	}
	return opened, nil
}

// file is a file that was read as a whole.
type file struct {
	*bytes.Reader

	info fs.FileInfo
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (*file) Close() error                 { return nil }

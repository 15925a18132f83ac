package hostfile

import (
	"errors"
	"io/fs"
)

// Reader reads files and folders, as [Files] does.
type Reader interface {
	// ReadFile returns the content of a file.
	ReadFile(name string) ([]byte, error)
	// Stat describes a file or folder.
	Stat(name string) (fs.FileInfo, error)
	// ReadDir lists a folder.
	ReadDir(name string) ([]fs.DirEntry, error)
}

// Patient waits for a file system that hangs only once: after that, reading from any
// is [ErrHangs] at once.
type Patient struct {
	Reader

	hangs bool
}

// ReadFile returns the content of a file.
func (p *Patient) ReadFile(name string) ([]byte, error) {
	if p.hangs {
		return nil, &fs.PathError{Op: "read", Path: name, Err: ErrHangs}
	}
	data, err := p.Reader.ReadFile(name)
	p.hangs = errors.Is(err, ErrHangs)
	return data, err
}

// Stat describes a file or folder.
func (p *Patient) Stat(name string) (fs.FileInfo, error) {
	if p.hangs {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: ErrHangs}
	}
	info, err := p.Reader.Stat(name)
	p.hangs = errors.Is(err, ErrHangs)
	return info, err
}

// ReadDir lists a folder.
func (p *Patient) ReadDir(name string) ([]fs.DirEntry, error) {
	if p.hangs {
		return nil, &fs.PathError{Op: "open", Path: name, Err: ErrHangs}
	}
	return p.Reader.ReadDir(name)
}

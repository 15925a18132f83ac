// Package overlay lays a folder of a user's own files over the files that a
// program carries. Where both have a file of the same name, the user's counts.
//
// A user's file is never replaced in silence: one that cannot be read is an
// error, although there is a built-in one of its name. The package reads what
// its two file systems give it and nothing else.
package overlay

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// FS shows the files of both folders under one root.
type FS struct {
	own, builtin fs.FS
}

var _ fs.ReadDirFS = FS{}

// New lays own over builtin; own may be nil.
func New(own, builtin fs.FS) FS { return FS{own: own, builtin: builtin} }

// Layers returns the file systems, the one that counts first.
func (f FS) Layers() []fs.FS {
	if f.own == nil {
		return []fs.FS{f.builtin}
	}
	return []fs.FS{f.own, f.builtin}
}

// Builtin returns the files that the program carries.
func (f FS) Builtin() fs.FS { return f.builtin }

// Own reports whether the file of this name is one of the user's. A folder is
// not: the folders of both are shown as one.
func (f FS) Own(name string) bool {
	if f.own == nil {
		return false
	}
	entries, err := fs.ReadDir(f.own, path.Dir(name))
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return e.Name() == path.Base(name) && !e.IsDir()
	})
}

// Open implements [fs.FS]. The entries of a folder come from [FS.ReadDir] alone.
func (f FS) Open(name string) (fs.File, error) {
	if f.Own(name) {
		return f.own.Open(name)
	}
	return f.builtin.Open(name)
}

// ReadDir implements [fs.ReadDirFS]. The user need not have a folder of this
// name, but must have the root.
func (f FS) ReadDir(name string) ([]fs.DirEntry, error) {
	var all []fs.DirEntry
	missing := 0
	for _, layer := range f.Layers() {
		entries, err := fs.ReadDir(layer, name)
		switch {
		case errors.Is(err, fs.ErrNotExist) && name != ".":
			missing++
		case err != nil:
			return nil, err
		}
		for _, entry := range entries {
			all = add(all, entry)
		}
	}
	if missing == len(f.Layers()) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

// add adds an entry of a lower layer, except below a file of the same name. A
// folder gives way to a file.
func add(all []fs.DirEntry, entry fs.DirEntry) []fs.DirEntry {
	at := slices.IndexFunc(all, func(e fs.DirEntry) bool { return e.Name() == entry.Name() })
	switch {
	case at < 0:
		return append(all, entry)
	case all[at].IsDir():
		all[at] = entry
	}
	return all
}

package render

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// File is a template file that counts.
type File struct {
	// Name is its name within its directory.
	Name string
	// Mail is the mail that it is a part of, as in reminder-7, and Language
	// the one it is written in; both are empty for a file that all mails share.
	Mail     string
	Language string
	// Own says that it is one of the user's, and not a built-in one.
	Own bool
}

// Files lists the templates that Load would take, by name, whatever is wrong
// with them.
func Files(own, builtin fs.FS) ([]File, error) {
	var out []File
	taken := map[string]bool{}
	for i, dir := range []fs.FS{own, builtin} {
		if dir == nil {
			continue
		}
		entries, err := fs.ReadDir(dir, ".")
		if err != nil {
			return nil, fmt.Errorf("list templates: %w", err)
		}
		for _, entry := range entries {
			kind, key := classify(entry.Name())
			if taken[entry.Name()] || entry.IsDir() || kind != mailFile && kind != sharedName {
				continue
			}
			taken[entry.Name()] = true
			f := File{Name: entry.Name(), Language: key.Lang, Own: i == 0}
			if kind == mailFile {
				f.Mail, _, _ = strings.Cut(f.Name, ".")
			}
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

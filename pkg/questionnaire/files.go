package questionnaire

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// File is a questionnaire's file that counts.
type File struct {
	// Path is the file's path within the folder of templates.
	Path     string
	Name     string
	Language string
	// Own says that it is one of the user's, and not a built-in one.
	Own bool
}

// Files lists the questionnaires that Load would take, by path, whatever is
// wrong with them. The folders are those of Load.
func Files(own, builtin fs.FS) ([]File, error) {
	var out []File
	taken := map[string]bool{}
	for i, dir := range []fs.FS{own, builtin} {
		if dir == nil {
			continue
		}
		entries, err := fs.ReadDir(dir, folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("list questionnaires: %w", err)
		}
		for _, entry := range entries {
			m := fileName.FindStringSubmatch(entry.Name())
			if m == nil || taken[entry.Name()] || entry.IsDir() {
				continue
			}
			taken[entry.Name()] = true
			out = append(out, File{Path: path.Join(folder, entry.Name()), Name: m[1], Language: m[2], Own: i == 0})
		}
	}
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

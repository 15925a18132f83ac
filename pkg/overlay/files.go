package overlay

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/plaintext"
	"github.com/crm-tool/crm-tool/pkg/yamlfile"
)

// maxFile is the size of a file, in bytes.
const maxFile = 256 << 10

// What can be wrong with any file.
var (
	errTooBig = errors.New("is larger than 256 KiB")
	errEmpty  = errors.New("is empty")
)

// File is a file that counts.
type File struct {
	// Path is the file's path below the root.
	Path string
	// Name says what the file is part of, as in reminder-7, and Language in
	// which one it is written. Both are empty for a file that all others share.
	Name     string
	Language string
	// Own says that it is one of the user's, and not a built-in one.
	Own bool
}

// List returns the files of a folder that parse knows by their names, by path;
// parse returns what the name says. A folder that is missing has none.
func (f FS) List(folder string, parse func(base string) (name, lang string, ok bool)) ([]File, error) {
	entries, err := f.ReadDir(folder)
	if err != nil && (folder == "." || !errors.Is(err, fs.ErrNotExist)) {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	var out []File
	for _, entry := range entries {
		name, lang, ok := parse(entry.Name())
		if ok && !entry.IsDir() {
			file := path.Join(folder, entry.Name())
			out = append(out, File{Path: file, Name: name, Language: lang, Own: f.Own(file)})
		}
	}
	return out, nil
}

// ReadText returns a file's text without what editors on other systems leave in
// it: a byte order mark and carriage returns. It must be UTF-8, not empty and of
// a sensible size.
func ReadText(fsys fs.FS, name string) (string, error) {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		// A FileError names the file.
		if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
			err = pathErr.Err
		}
		return "", fmt.Errorf("read: %w", err)
	}
	if len(raw) > maxFile {
		return "", errTooBig
	}
	if err := plaintext.Check(raw); err != nil {
		return "", err
	}
	text := strings.ReplaceAll(strings.TrimPrefix(string(raw), "\uFEFF"), "\r\n", "\n")
	if strings.TrimSpace(text) == "" {
		return "", errEmpty
	}
	return text, nil
}

// FileError is one thing that is wrong with one file.
type FileError struct {
	// File is the file's path below the root.
	File string
	// Line counts from 1; 0 when the fault is in no line.
	Line int
	// Err is the cause.
	Err error
}

// Error names file, line and cause.
func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s, line %d: %v", e.File, e.Line, e.Err)
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// Faults collects what is wrong. A fault in a shared file shows in every file
// that uses it; it is kept once.
type Faults []*FileError

// Add adds a fault. An error about the form of the file brings its own line.
func (f *Faults) Add(file string, line int, err error) {
	if bad, ok := errors.AsType[*plaintext.Error](err); ok {
		line, err = bad.Line, errors.New(bad.Cause)
	}
	fault := &FileError{File: file, Line: line, Err: err}
	if !slices.ContainsFunc(*f, func(o *FileError) bool { return o.Error() == fault.Error() }) {
		*f = append(*f, fault)
	}
}

// ReadYAML returns the root of a YAML file, or nil when it holds nothing but
// comments. What is wrong with the file is added; then ok is false.
func (f *Faults) ReadYAML(fsys fs.FS, file string) (root *yaml.Node, ok bool) {
	text, err := ReadText(fsys, file)
	if err == nil {
		root, err = yamlfile.Parse([]byte(text))
	}
	if err != nil {
		f.Add(file, 0, err)
	}
	return root, err == nil
}

// Err joins all faults, sorted by file, line and text, or returns nil.
func (f Faults) Err() error { return errors.Join(f.sorted()...) }

func (f Faults) sorted() []error {
	sorted := slices.SortedFunc(slices.Values(f), func(a, b *FileError) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Err.Error(), b.Err.Error()))
	})
	errs := make([]error, len(sorted))
	for i, e := range sorted {
		errs[i] = e
	}
	return errs
}

// Join joins the errors of several readers as if one had found everything:
// sorted, and each fault once.
func Join(errs ...error) error {
	var faults Faults
	var others []error
	var add func(err error)
	add = func(err error) {
		fault, ok := err.(*FileError) //nolint:errorlint // what wraps one says more than it
		joined, many := err.(interface{ Unwrap() []error })
		switch {
		case err == nil:
		case ok:
			faults.Add(fault.File, fault.Line, fault.Err)
		case many:
			for _, e := range joined.Unwrap() {
				add(e)
			}
		default:
			others = append(others, err)
		}
	}
	for _, err := range errs {
		add(err)
	}
	return errors.Join(append(others, faults.sorted()...)...)
}

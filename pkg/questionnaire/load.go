package questionnaire

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/language"
	"github.com/crm-tool/crm-tool/pkg/spelling"
)

// folder holds the questionnaires within a folder of templates.
const folder = "questionnaires"

// maxName is the longest name of a questionnaire, in characters.
const maxName = 40

// None is the name that no questionnaire has: it stands for asking nothing.
const None = "none"

// fileName is NAME.LANG.yaml. A name without underscores leaves no doubt where
// the language begins in an external id.
var fileName = regexp.MustCompile(`^([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\.(` + language.Pattern + `)\.yaml$`)

// Set is a complete set of questionnaires without faults. It is safe for
// concurrent use; what it returns is not to be changed.
type Set struct {
	byName map[string]map[string]Questionnaire
}

// Load reads all questionnaires: those of own, and from builtin the files that
// are missing there. Both are folders of templates, the questionnaires lie in
// their folder questionnaires; own may be nil, and need not have it. The error
// joins one *FileError for everything that is wrong, also for names that look
// like mistyped ones; only when a folder cannot be listed it is another.
func Load(own, builtin fs.FS) (*Set, error) {
	s := Set{byName: map[string]map[string]Questionnaire{}}
	var found faults
	taken := map[string]bool{}
	if own != nil {
		if err := misplaced(own, &found); err != nil {
			return nil, fmt.Errorf("list your own templates: %w", err)
		}
		if err := s.read(own, taken, &found); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("list your own questionnaires: %w", err)
		}
	}
	if err := s.read(builtin, taken, &found); err != nil {
		return nil, fmt.Errorf("list built-in questionnaires: %w", err)
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	return &s, nil
}

// misplaced finds questionnaires that lie among the mail templates: they would
// stay unused and the built-in ones go out in their place.
func misplaced(own fs.FS, found *faults) error {
	entries, err := fs.ReadDir(own, ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !entry.IsDir() && fileName.MatchString(entry.Name()) {
			*found = append(*found, &FileError{File: entry.Name(), Err: errPlace})
		}
	}
	return nil
}

// read adds the questionnaires of a folder, except those whose files are taken.
func (s *Set) read(dir fs.FS, taken map[string]bool, found *faults) error {
	entries, err := fs.ReadDir(dir, folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		base := entry.Name()
		file := path.Join(folder, base)
		if taken[base] || entry.IsDir() || !meant(base) {
			continue
		}
		taken[base] = true // a broken file of one's own is never replaced in silence
		q, err := readFile(dir, file)
		if err != nil {
			*found = append(*found, err...)
			continue
		}
		if s.byName[q.Name] == nil {
			s.byName[q.Name] = map[string]Questionnaire{}
		}
		s.byName[q.Name][q.Language] = q
	}
	return nil
}

// meant is true for what somebody must have meant as a questionnaire; hidden
// files, a readme and an editor's copies are not.
func meant(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return !strings.HasPrefix(name, ".") && (ext == ".yaml" || ext == ".yml")
}

func readFile(dir fs.FS, file string) (Questionnaire, faults) {
	raw, err := fs.ReadFile(dir, file)
	if err != nil {
		// The path is known to the reader of a FileError.
		if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
			err = pathErr.Err
		}
		return Questionnaire{}, faults{{File: file, Err: fmt.Errorf("read: %w", err)}}
	}
	return parse(file, raw)
}

// Find returns the questionnaire of this name. languages are the client's wishes
// in order, as Odoo writes them (fr_CA); for each one the language without its
// country comes next, then English, and last of all the first language in
// alphabetical order. An error is an *UnknownError.
func (s *Set) Find(name string, languages []string) (Questionnaire, error) {
	versions, ok := s.byName[name]
	if !ok {
		return Questionnaire{}, &UnknownError{Name: name, Nearest: spelling.Nearest(name, s.Names())}
	}
	codes := append(language.Fallbacks(languages), slices.Sorted(maps.Keys(versions))...)
	for _, code := range codes {
		if q, ok := versions[code]; ok {
			return q, nil
		}
	}
	return Questionnaire{}, &UnknownError{Name: name}
}

// Names lists the names in alphabetical order.
func (s *Set) Names() []string { return slices.Sorted(maps.Keys(s.byName)) }

// All lists every questionnaire in every language, by name and language.
func (s *Set) All() []Questionnaire {
	var out []Questionnaire
	for _, versions := range s.byName {
		out = slices.AppendSeq(out, maps.Values(versions))
	}
	slices.SortFunc(out, func(a, b Questionnaire) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Language, b.Language))
	})
	return out
}

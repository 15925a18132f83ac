package questionnaire

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/language"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/spelling"
)

// folder holds the questionnaires within a folder of templates.
const folder = "questionnaires"

// maxName is the longest name of a questionnaire, in characters.
const maxName = 40

// None is the name that no questionnaire has: it stands for asking nothing.
const None = "none"

// fileName matches NAME.LANG.yaml. A name has no underscores, so that an external id
// shows where the language begins.
var fileName = regexp.MustCompile(`^([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\.(` + language.Pattern + `)\.yaml$`)

// Set is a complete set of valid questionnaires. It is safe for concurrent use; what
// it returns must not be changed.
type Set struct {
	byName map[string]map[string]Questionnaire
}

// Files lists the questionnaires that [Load] takes, by path, whatever is wrong
// with them.
func Files(all overlay.FS) ([]overlay.File, error) {
	return all.List(folder, func(base string) (name, lang string, ok bool) {
		m := fileName.FindStringSubmatch(base)
		if m == nil {
			return "", "", false
		}
		return m[1], m[2], true
	})
}

// Load reads all questionnaires, which are in the folder questionnaires. The error
// joins one [*overlay.FileError] for everything that is wrong, also for names that
// look mistyped. It is another error only when a folder cannot be listed.
func Load(all overlay.FS) (*Set, error) {
	var found overlay.Faults
	if err := misplaced(all, &found); err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	entries, err := fs.ReadDir(all, folder)
	if err != nil {
		return nil, fmt.Errorf("list questionnaires: %w", err)
	}
	s := Set{byName: map[string]map[string]Questionnaire{}}
	for _, entry := range entries {
		if entry.IsDir() || !meant(entry.Name()) {
			continue
		}
		q := read(all, path.Join(folder, entry.Name()), &found)
		if s.byName[q.Name] == nil {
			s.byName[q.Name] = map[string]Questionnaire{}
		}
		s.byName[q.Name][q.Language] = q
	}
	if err := found.Err(); err != nil {
		return nil, err
	}
	return &s, nil
}

// misplaced finds questionnaires among the mail templates, where they would not
// be used.
func misplaced(all fs.FS, found *overlay.Faults) error {
	entries, err := fs.ReadDir(all, ".")
	for _, entry := range entries {
		if !entry.IsDir() && fileName.MatchString(entry.Name()) {
			found.Add(entry.Name(), 0, errPlace)
		}
	}
	return err
}

// meant is true for a name that was meant as a questionnaire's. Hidden files, a
// readme and an editor's copies are not.
func meant(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return !strings.HasPrefix(name, ".") && (ext == ".yaml" || ext == ".yml")
}

// Find returns the questionnaire of this name. languages are those that the client
// may want, the best first, as Odoo writes them (fr_CA); see [language.Fallbacks].
// A questionnaire without English comes in its first language in alphabetical
// order. An error is an [*UnknownError].
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

// Names returns the names in alphabetical order.
func (s *Set) Names() []string { return slices.Sorted(maps.Keys(s.byName)) }

// All returns every questionnaire in every language, by name and language.
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

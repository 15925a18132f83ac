// Package phrase reads short texts in several languages from files: another
// language needs a file and no compiler.
//
// Texts that belong together are a kind. For the program, a kind is a struct:
//
//	type Greetings struct {
//		Title string              `text:"title"`
//		Hello phrase.Text[Person] `text:"hello"`
//		Days  [7]string           `text:"days"`
//	}
//
// For a translator, it is one file for each language, texts/greetings.en.yaml:
//
//	title: Greetings
//	hello: Hello {{.Name}}{{if eq .Age 0}}, little one{{end}}!
//	days: [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday]
//
// A [Text] has fields to fill in, which are those of its type: {{.Name}} shows
// one, {{if}} and {{else}} depend on one. This is all that it may use of
// [text/template]. So what [Load] accepts can neither fail nor run away later.
//
// Texts are plain: whoever puts one into HTML escapes it as a whole. A text that
// a file lacks is taken from the built-in file of the same name, and then from
// the languages that [language.Fallbacks] names. The package is pure: files come
// in as an [overlay.FS].
package phrase

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/language"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/spelling"
)

// folder holds the files within a folder of templates.
const folder = "texts"

// fileName is KIND.LANG.yaml.
var fileName = regexp.MustCompile(`^([a-z]+)\.(` + language.Pattern + `)\.yaml$`)

// parseName returns the kind and the language of a file.
func parseName(base string) (kind, lang string, ok bool) {
	m := fileName.FindStringSubmatch(base)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

// Path is where the texts of a kind in a language are.
func Path(kind, lang string) string { return path.Join(folder, kind+"."+lang+".yaml") }

// Files lists the files that [Load] takes, of all kinds, whatever is wrong with
// them.
func Files(all overlay.FS) ([]overlay.File, error) { return all.List(folder, parseName) }

// Set holds the texts of one kind in all languages. It is safe for concurrent use.
type Set[T any] struct {
	byLanguage map[string]T
}

// Load reads the texts of a kind into the struct T, see above. The error joins one
// [*overlay.FileError] for everything that is wrong, also for files of no kind. It
// is another error only when the folder cannot be listed.
func Load[T any](all overlay.FS, kind string) (*Set[T], error) {
	var found overlay.Faults
	languages, err := languagesOf(all, kind, &found)
	if err != nil {
		return nil, err
	}
	read := reader{all: all, kind: kind, fields: reflect.TypeFor[T](), found: &found}
	set := Set[T]{byLanguage: map[string]T{}}
	for _, lang := range languages {
		var texts T
		read.fill(reflect.ValueOf(&texts).Elem(), lang)
		set.byLanguage[lang] = texts
	}
	if err := found.Err(); err != nil {
		return nil, err
	}
	return &set, nil
}

// languagesOf returns the languages with a file of this kind, and [language.Last].
// It reports files of no kind; the kinds are those with a built-in file.
func languagesOf(all overlay.FS, kind string, found *overlay.Faults) ([]string, error) {
	entries, err := fs.ReadDir(all, folder)
	if err != nil {
		return nil, fmt.Errorf("list texts: %w", err)
	}
	builtin, err := overlay.New(nil, all.Builtin()).List(folder, parseName)
	if err != nil {
		return nil, err
	}
	kinds, languages := map[string]bool{kind: true}, map[string]bool{language.Last: true}
	for _, file := range builtin {
		kinds[file.Name] = true
	}
	known := slices.Sorted(maps.Keys(kinds))
	for _, entry := range entries {
		base := entry.Name()
		name, lang, ok := parseName(base)
		switch {
		case entry.IsDir() || strings.HasPrefix(base, ".") || !slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(path.Ext(base))):
		case !ok || !kinds[name]:
			stem, _, _ := strings.Cut(base, ".")
			found.Add(path.Join(folder, base), 0, fmt.Errorf("must be named NAME.LANG.yaml, with LANG as in fr or fr_CA%s", spelling.Instead(stem, known)))
		case name == kind:
			languages[lang] = true
		}
	}
	return slices.Sorted(maps.Keys(languages)), nil
}

// In returns the texts in the first language that has some, and its code. Wishes
// are languages as Odoo (fr_CA) or a browser (fr-CA) writes them, the best first;
// see [language.Fallbacks]. A set that [Load] returned always has the last one.
func (s *Set[T]) In(wishes ...string) (texts T, code string) {
	for _, code = range language.Fallbacks(wishes) {
		if texts, ok := s.byLanguage[code]; ok {
			return texts, code
		}
	}
	return texts, code
}

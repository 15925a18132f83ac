package render

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	texttemplate "text/template"
	"text/template/parse"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/language"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/phrase"
)

// errName explains a file name that is almost right.
var errName = errors.New("is no template's name: reminder-DAY.LANG.html, .txt and .subject, reminder.LANG.…, " +
	"feedback.LANG.…, feedback-reminder.LANG.…, warning.LANG.…, " + layoutFile + ", footer.LANG.html, footer.LANG.txt, " + signatureHTMLFile + " and " + signatureTextFile + " are (LANG: fr, fr_CA)")

// Files lists the templates that [Load] takes, by name, whatever is wrong with
// them.
func Files(all overlay.FS) ([]overlay.File, error) {
	return all.List(".", func(base string) (name, lang string, ok bool) {
		kind, key := classify(base)
		if kind == mailFile || kind == footerKind {
			name, _, _ = strings.Cut(base, ".")
		}
		return name, key.Lang, kind == mailFile || kind == footerKind || kind == sharedName
	})
}

// Load reads all templates. It parses what a user's own file can have changed, and
// tries it on a full, an empty and a hostile record. The built-in ones are
// tried by a test: with each start, that took longer than all the rest. The error joins one [*overlay.FileError] for everything that is
// wrong, also for names that look mistyped. It is another error only when the
// files cannot be listed.
func Load(all overlay.FS) (*Set, error) {
	var found overlay.Faults
	files, err := collect(all, &found)
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	dates, datesErr := phrase.Load[phrase.Dates](all, phrase.DatesKind)
	if datesErr != nil {
		dates = &phrase.Set[phrase.Dates]{} // the templates are tried all the same
	}
	set := Set{units: map[unitKey]func() *unit{}}
	tried := newSamples()
	for _, key := range files.keys() {
		date := dateIn(key.Lang, dates)
		// A run uses few of the built-in mails, and parses only those.
		set.units[key] = sync.OnceValue(func() *unit { return files.parse(key, date, new(overlay.Faults)) })
		if changed(all, key) {
			u := files.parse(key, date, &found)
			u.try(tried.of(key), &found)
			u.tryBranches(tried.of(key)[hostileSample], &found)
		}
	}
	for _, mail := range mails() {
		if last := (unitKey{Mail: mail, Lang: language.Last, Day: anyDay}); set.units[last] == nil {
			found.Add(last.file("html"), 0, errMissing)
		}
	}
	if err := overlay.Join(found.Err(), datesErr); err != nil {
		return nil, err
	}
	return &set, nil
}

// footerCall is how a template includes the footer.
var footerCall = regexp.MustCompile(`\{\{-?\s*template\s+"` + footerName + `"`)

// WithoutFooter returns those of a user's own files that take the footer out of
// mails: it says why a client gets a mail, and how to stop. The layout shows it in
// HTML, the signature in plain text.
func WithoutFooter(all overlay.FS) ([]string, error) {
	files, err := Files(all)
	if err != nil {
		return nil, err
	}
	var without []string
	for _, f := range files {
		text, err := fs.ReadFile(all, f.Path)
		if err != nil {
			return nil, err
		}
		ends := f.Path == layoutFile || f.Path == signatureTextFile
		// Without the signature, a text has to include the footer itself.
		alone := strings.HasSuffix(f.Path, ".txt") && f.Name != "" && f.Name != footerName && !signatureCall.Match(text)
		if f.Own && (ends || alone) && !footerCall.Match(text) {
			without = append(without, f.Path)
		}
	}
	return without, nil
}

var signatureCall = regexp.MustCompile(`\{\{-?\s*template\s+"` + signatureName + `"`)

// changed tells whether one of the files of which the mail is made is a user's.
func changed(all overlay.FS, key unitKey) bool {
	names := []string{layoutFile, signatureHTMLFile, signatureTextFile}
	for _, lang := range language.Fallbacks([]string{key.Lang}) {
		names = append(names, phrase.Path(phrase.DatesKind, lang), footerName+"."+lang+".html", footerName+"."+lang+".txt")
	}
	for _, part := range parts() {
		names = append(names, key.file(part))
	}
	return slices.ContainsFunc(names, all.Own)
}

// sources are the template files by name. A file without an entry is missing, one
// with an empty text cannot be used.
type sources map[string]string

// collect reads all templates.
func collect(all overlay.FS, found *overlay.Faults) (sources, error) {
	entries, err := fs.ReadDir(all, ".")
	if err != nil {
		return nil, err
	}
	files := sources{}
	for _, entry := range entries {
		name := entry.Name()
		kind, _ := classify(name)
		switch {
		case entry.IsDir() || kind == foreignName:
		case kind == mistypedName:
			found.Add(name, 0, errName)
		default:
			text, err := overlay.ReadText(all, name)
			if err != nil {
				found.Add(name, 0, err)
			}
			if all.Own(name) && reportForeign(found, name, text) {
				text = ""
			}
			files[name] = text
		}
	}
	files.replaceBroken(found)
	return files, nil
}

// replaceBroken reports shared files that are missing or broken, and puts a
// minimal one in their place. The mails can still be tried, so that one check
// reports everything.
func (s sources) replaceBroken(found *overlay.Faults) {
	shared := map[string]string{
		layoutFile:        `{{template "content" .}}`,
		signatureHTMLFile: " ",
		signatureTextFile: " ",
	}
	for _, part := range parts()[1:] {
		shared[footerName+"."+language.Last+"."+part] = " "
	}
	for name := range s {
		if kind, _ := classify(name); kind == footerKind {
			shared[name] = " "
		}
	}
	s[footerName] = " " // See footerOf.
	for name, minimal := range shared {
		text, ok := s[name]
		if !ok {
			found.Add(name, 0, errNotThere)
		}
		_, err := texttemplate.New(name).Funcs(functions(calendar.Date.String)).Parse(text)
		if err != nil {
			report(found, name, err)
		}
		if err != nil || text == "" {
			s[name] = minimal
		}
	}
}

// keys lists the mails that have at least one file.
func (s sources) keys() []unitKey {
	keys := map[unitKey]bool{}
	for name := range s {
		if kind, key := classify(name); kind == mailFile {
			keys[key] = true
		}
	}
	return slices.SortedFunc(maps.Keys(keys), func(a, b unitKey) int {
		return strings.Compare(a.file(""), b.file(""))
	})
}

// parse parses the mail's three templates. One that is missing or broken is
// reported and stays nil.
func (s sources) parse(key unitKey, date dateFunc, found *overlay.Faults) *unit {
	u := unit{key: key, sizes: map[string]int{layoutFile: len(s[layoutFile])}}
	for _, part := range parts() {
		file := key.file(part)
		text, ok := s[file]
		u.sizes[part] = len(text)
		var err error
		switch {
		case !ok:
			err = errMissing
		case text == "": // reported when it was read
		case part == "subject":
			u.subject, err = s.parseText(date, key, part)
		case part == "txt":
			u.text, err = s.parseText(date, key, part)
		default:
			u.html, err = s.parseHTML(date, key)
		}
		report(found, file, err)
	}
	return &u
}

// footerOf returns the file with the footer of a mail. A mail to a colleague has none.
func (s sources) footerOf(key unitKey, part string) string {
	if key.Mail == warningMail {
		return footerName
	}
	return footerFile(func(name string) bool { return s[name] != "" }, key.Lang, part)
}

func (s sources) parseText(date dateFunc, key unitKey, part string) (*texttemplate.Template, error) {
	file := key.file(part)
	t := texttemplate.New(file).Option("missingkey=error").Funcs(functions(date))
	return parseAll(s, t, file, map[string]string{signatureName: signatureTextFile, footerName: s.footerOf(key, "txt")}, file,
		func(t *texttemplate.Template) *parse.Tree { return t.Tree })
}

func (s sources) parseHTML(date dateFunc, key unitKey) (*htmltemplate.Template, error) {
	file := key.file("html")
	t := htmltemplate.New(layoutFile).Option("missingkey=error").Funcs(htmlFunctions(date))
	included := map[string]string{contentName: file, signatureName: signatureHTMLFile, footerName: s.footerOf(key, "html")}
	return parseAll(s, t, layoutFile, included, file,
		func(t *htmltemplate.Template) *parse.Tree { return t.Tree })
}

// parsed is a template of one of the two template packages.
type parsed[T any] interface {
	Name() string
	New(name string) T
	Parse(text string) (T, error)
	AddParseTree(name string, tree *parse.Tree) (T, error)
	Templates() []T
}

// parseAll parses a mail's file with the files that it needs. Each of those is
// added twice: under its own name, for errors, and under the name by which other
// templates include it.
func parseAll[T parsed[T]](s sources, t T, root string, included map[string]string, mail string, treeOf func(T) *parse.Tree) (T, error) {
	var none T
	for name, file := range included {
		part, err := t.New(file).Parse(s[file])
		if err != nil {
			return none, err
		}
		if _, err := t.AddParseTree(name, treeOf(part)); err != nil {
			return none, err
		}
	}
	if _, err := t.Parse(s[root]); err != nil {
		return none, err
	}
	if err := checkLimits(mail, t.Templates(), treeOf); err != nil {
		return none, err
	}
	return t, nil
}

// refusedText is what html/template writes instead of a text that could do harm.
const refusedText = "ZgotmplZ"

// try renders each part with each sample, and reports what goes wrong.
func (u *unit) try(samples []data, found *overlay.Faults) {
	for _, d := range samples {
		if u.subject != nil {
			_, err := u.oneLine(d)
			report(found, u.key.file("subject"), err)
		}
		if u.text != nil {
			_, err := u.plain(d)
			report(found, u.key.file("txt"), err)
		}
		if u.html != nil {
			message, document, err := u.document(d)
			report(found, u.key.file("html"), err)
			switch {
			case strings.Contains(message.html, refusedText):
				found.Add(u.key.file("html"), 0, errUnsafe)
			case strings.Contains(document, refusedText):
				found.Add(layoutFile, 0, errUnsafe)
			}
		}
	}
}

// Package catalog knows the texts that users may replace, mail templates,
// questionnaires and short texts: those that are built in, and over them the files
// of a folder of the user's own. It loads, checks, lists and copies them.
//
// It needs neither Odoo nor a mail server. A broken file of the user's own is
// an error; the built-in one never takes its place.
package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/alert"
	"github.com/crm-tool/crm-tool/pkg/hostfile"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/phrase"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/pkg/scorecard"
	"github.com/crm-tool/crm-tool/templates"
)

// Folder is the path of the user's own files, as in templates.dir; empty for
// none.
type Folder string

// Templates loads the mail templates.
func (f Folder) Templates() (*render.Set, error) { return load(f, render.Load) }

// Set loads the mail templates of a folder in this one, over those of this one.
func (f Folder) Set(name string) (*render.Set, error) {
	set := Folder(path.Join(string(f), name))
	own := overlay.New(hostfile.Folder(string(set)), hostfile.Folder(string(f)))
	texts, err := render.Load(overlay.New(own, templates.FS))
	return texts, set.explain(err)
}

// Questionnaires loads the questionnaires.
func (f Folder) Questionnaires() (*questionnaire.Set, error) { return load(f, questionnaire.Load) }

// Notes loads the texts of the notes in an opportunity's history.
func (f Folder) Notes() (*mailing.Notes, error) { return load(f, mailing.LoadNotes) }

// ReportTexts loads the texts of the reports' pages.
func (f Folder) ReportTexts() (*scorecard.Texts, error) { return load(f, scorecard.LoadTexts) }

// AlertTexts loads the texts of the mails about runs that failed.
func (f Folder) AlertTexts() (*alert.Texts, error) { return load(f, alert.LoadTexts) }

func load[T any](f Folder, read func(overlay.FS) (*T, error)) (*T, error) {
	texts, err := read(f.files())
	return texts, f.explain(err)
}

// Check returns everything that is wrong with the folder's files.
func (f Folder) Check() error {
	_, err := render.Load(f.files())
	_, formErr := questionnaire.Load(f.files())
	_, noteErr := mailing.LoadNotes(f.files())
	_, textErr := scorecard.LoadTexts(f.files())
	_, alertErr := alert.LoadTexts(f.files())
	return f.explain(overlay.Join(err, formErr, noteErr, textErr, alertErr))
}

// WithoutFooter returns the files of the folder that take the footer out of mails.
func (f Folder) WithoutFooter() ([]string, error) { return render.WithoutFooter(f.files()) }

// files are the user's own files over the built-in ones.
func (f Folder) files() overlay.FS {
	if f == "" {
		return overlay.New(nil, templates.FS)
	}
	return overlay.New(hostfile.Folder(string(f)), templates.FS)
}

func (f Folder) explain(err error) error {
	if err == nil || f == "" {
		return err
	}
	return &FolderError{Folder: f, Err: err}
}

// FolderError says in which folder the files are broken.
type FolderError struct {
	Folder Folder
	Err    error
}

func (e *FolderError) Error() string {
	return fmt.Sprintf("templates in %s:\n  %s", e.Folder, strings.ReplaceAll(e.Err.Error(), "\n", "\n  "))
}

// Unwrap returns what is wrong with the files.
func (e *FolderError) Unwrap() error { return e.Err }

// Hint tells where to look things up.
func (e *FolderError) Hint() string {
	return "crm-tool templates list --fields shows what a template may use; crm-tool templates check tries all of them again"
}

// List returns all files that count, broken ones too.
func (f Folder) List() (Files, error) {
	mails, err := render.Files(f.files())
	forms, formErr := questionnaire.Files(f.files())
	texts, textErr := phrase.Files(f.files())
	return slices.Concat(mails, forms, texts), f.explain(cmp.Or(err, formErr, textErr))
}

// Read returns the text of a file, and where it comes from.
func (f Folder) Read(file overlay.File) (text, from string, err error) {
	from = file.Path + ": built in"
	if file.Own {
		from = path.Join(string(f), file.Path)
	}
	b, err := fs.ReadFile(f.files(), file.Path)
	if err != nil {
		err = errors.Join(fmt.Errorf("read the template %s", from), err)
	}
	return string(b), from, err
}

// Files are the files that count on this host.
type Files []overlay.File

// Entry describes a mail or a questionnaire in one language, or a file that all
// mails share.
type Entry struct {
	Name, Language string
	// Origin says which parts are built in.
	Origin string
	// About says what it is used for.
	About string
}

// Entries describes the files, those of one mail and language in one entry.
func (l Files) Entries() []Entry {
	var entries []Entry
	parts := map[Entry][]overlay.File{}
	for _, f := range l {
		e := Entry{Name: cmp.Or(f.Name, f.Path), Language: f.Language, About: about(f)}
		if parts[e] == nil {
			entries = append(entries, e)
		}
		parts[e] = append(parts[e], f)
	}
	for i, e := range entries {
		entries[i].Origin = origin(parts[e])
	}
	return entries
}

// origin says where the parts of a mail come from, part by part when they
// differ.
func origin(parts []overlay.File) string {
	var own, builtin []string
	for _, f := range parts {
		part := strings.TrimPrefix(path.Ext(f.Path), ".")
		if f.Own {
			own = append(own, part)
		} else {
			builtin = append(builtin, part)
		}
	}
	switch {
	case own == nil:
		return "built-in"
	case builtin == nil:
		return "own"
	}
	return fmt.Sprintf("own: %s; built-in: %s", strings.Join(own, ", "), strings.Join(builtin, ", "))
}

func about(f overlay.File) string {
	folder := path.Dir(f.Path)
	day, isDay := strings.CutPrefix(path.Join(folder, f.Name), "reminder-")
	known := map[string]string{
		"texts/alert":       "the mails to alerts.to, about runs that failed",
		"texts/dates":       "how dates are written",
		"texts/notes":       "the notes in an opportunity's history",
		"texts/report":      "the pages that feedback report and remind report write",
		"reminder":          "the reminder of any other day",
		"feedback":          "asks for an opinion about a finished activity",
		"feedback-reminder": "asks once more",
		"warning":           "tells a salesperson what will be archived",
		"layout.html":       "the page around every mail's HTML",
		"footer":            "who writes to the client, why, and how to stop",
	}[path.Join(folder, cmp.Or(f.Name, f.Path))]
	switch {
	case known != "":
		return known
	case isDay:
		return "the reminder of day " + day
	case folder != ".":
		return "a questionnaire"
	}
	return "the end of every mail"
}

// Names returns the names that [Files.Find] knows: a file's, and for the parts of
// a mail its name and language.
func (l Files) Names() []string {
	var names []string
	for _, f := range l {
		names = append(names, path.Base(f.Path))
		if f.Name != "" {
			names = append(names, f.Name+"."+f.Language)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Find returns the files of a name, none when nothing has it.
func (l Files) Find(name string) []overlay.File {
	var found []overlay.File
	for _, f := range l {
		if f.Path == name || path.Base(f.Path) == name || f.Name != "" && f.Name+"."+f.Language == name {
			found = append(found, f)
		}
	}
	return found
}

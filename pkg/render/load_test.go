package render_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/templates"
	"github.com/crm-tool/crm-tool/templates/templatestest"
)

func TestOnesOwnFilesReplaceTheBuiltInOnesOneByOne(t *testing.T) {
	t.Parallel()
	set, err := own(t, map[string]string{
		"reminder-7.fr.subject": "\uFEFFÀ propos de {{.Opportunity.Name}}\r\n",
		"signature.txt":         "À bientôt, {{.Salesperson.Name}}\r\n",
	})
	require.NoError(t, err)
	before, after := reminder(t, builtin(t), record(), 7, "fr"), reminder(t, set, record(), 7, "fr")
	assert.Equal(t, "À propos de Office chairs", after.Subject)
	assert.Equal(t, before.HTML, after.HTML)
	assert.True(t, strings.HasSuffix(after.Text, "Bien cordialement,\n\nÀ bientôt, Sam Seller\n"))
	assert.Equal(t, reminder(t, builtin(t), record(), 15, "fr").Subject, reminder(t, set, record(), 15, "fr").Subject)
}

func TestOnesOwnLayoutGoesRoundEveryMail(t *testing.T) {
	t.Parallel()
	set, err := own(t, map[string]string{
		"layout.html":    `<html lang="{{.Language}}"><body><main>{{template "content" .}}</main></body></html>`,
		"signature.html": `<p>{{.Salesperson.Name}}</p>`,
	})
	require.NoError(t, err)
	m := reminder(t, set, record(), 60, "en")
	assert.Equal(t, `<html lang="en"><body><main>`+m.Chatter+"\n</main></body></html>", m.HTML)
}

func TestEverythingThatIsWrongIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	_, err := own(t, map[string]string{
		"layout.html":                "<html><body>\n{{template \"contents\" .}}</body></html>",
		"signature.html":             "<p>{{if}}</p>",
		"signature.txt":              " \n",
		"reminder-7.en.subject":      "{{/* nothing */}}",
		"reminder-7.en.txt":          "Hello\n{{.Client.FullName}}",
		"reminder-7.en.html":         "<p>Hello</p>\n<p>{{.Client.Name</p>",
		"reminder-7.fr.subject":      "{{sprintf .Day}}",
		"reminder-7.fr.html":         "<!DOCTYPE html><html><body><p>Bonjour</p></body></html>",
		"reminder-7.fr.txt":          "Bonjour \xe9",
		"reminder-15.en.html":        `<p>{{if .Client.Name}}<a href="{{end}}">x</a></p>`,
		"reminder-15.en.txt":         "{{if not .Client.Name}}{{index .Client.Name 3}}{{end}}Hello",
		"reminder-15.en.subject":     "{{.Client.Name}}",
		"reminder-15.fr.html":        `<p>{{outlook .Client.Name}}</p>`,
		"reminder-15.fr.txt":         `{{template "missing"}}`,
		"reminder-30.en.txt":         `{{template "reminder-30.en.txt" .}}`,
		"reminder-30.en.subject":     `{{range 100000}}xx{{end}}`,
		"reminder-30.en.html":        "{{range 100000}}<p>x</p>{{end}}",
		"reminder-30.fr.html":        strings.Repeat(" ", 300<<10),
		"reminder-30.fr.subject":     `{{date .Client.Name}}`,
		"reminder-20.fr.subject":     "Suite",
		"reminder-20.de.html":        "<p>Guten Tag</p>",
		"remindr-7.fr.html":          "x",
		"reminder-07.fr.html":        "x",
		"reminder-7.FR.html":         "x",
		"reminder-7.fr.htm":          "x",
		"reminder-7.html":            "x",
		"reminder-7.fr.html.txt":     "x",
		"Layout.html":                "x",
		"reminder-7.fr.subjcet":      "x",
		"reminder-100000.fr.html":    "x",
		"feedback.en.html":           "<p>Answer: {{.Link}}</p>",
		"feedback.en.txt":            "{{with .Client.Name}}{{$.Link}}{{else}}Hello{{end}}",
		"feedback.fr.html":           `<p>{{.Day}} <a href="{{.Link}}">x</a></p>`,
		"feedback.fr.subject":        "{{date .Activity}}",
		"feedback.qaa.txt":           "{{.Link}}",
		"feedback-7.fr.html":         "x",
		"feedback_reminder.html":     "x",
		"feedback-reminder.fr.html":  `<p><a href="{{.Opportunity.Name}}">{{.Link}}</a></p>`,
		"feedbackk.fr":               "x",
		"feedback-reminder.fr.html~": "x",
	})
	const notAName = "is no template's name: reminder-DAY.LANG.html, .txt and .subject, reminder.LANG.…, feedback.LANG.…, " +
		"feedback-reminder.LANG.…, warning.LANG.…, layout.html, footer.LANG.html, footer.LANG.txt, signature.html and signature.txt are (LANG: fr, fr_CA)"
	const missing = "is missing; a mail needs its subject, its html and its txt"
	const noLink = "does not show where to answer: {{.Link}} is missing"
	assert.Equal(t, []string{
		"Layout.html: " + notAName,
		"feedback-7.fr.html: " + notAName,
		"feedback-reminder.fr.html: " + noLink,
		"feedback.en.html: " + noLink,
		"feedback.en.txt: " + noLink,
		"feedback.fr.html, line 1: <.Day>: there is no field Day here; there is Link, Deadline, Questions, " +
			"Activity, Language, Opportunity, Client, Salesperson, Company, Preheader, Unsubscribe",
		"feedback.fr.subject, line 1: <.Activity>: wrong type for value; expected calendar.Date; got render.ActivityData",
		"feedback.qaa.html: " + missing,
		"feedback.qaa.subject: " + missing,
		"feedback_reminder.html: " + notAName,
		"feedbackk.fr: " + notAName,
		`layout.html, line 2: no such template "contents"`,
		"reminder-07.fr.html: " + notAName,
		"reminder-100000.fr.html: " + notAName,
		"reminder-15.en.html, line 1: {{if}} branches end in different contexts",
		"reminder-15.en.subject: the result is empty",
		"reminder-15.en.txt, line 1: <index .Client.Name 3>: error calling index: index out of range: 3",
		"reminder-15.fr.html, line 1: <.Client.Name>: wrong type for value; expected render.literal; got string",
		`reminder-15.fr.txt, line 1: <{{template "missing"}}>: template "missing" not defined`,
		"reminder-20.de.subject: " + missing,
		"reminder-20.de.txt: " + missing,
		"reminder-20.fr.html: " + missing,
		"reminder-20.fr.txt: " + missing,
		"reminder-30.en.html: the result is too long",
		"reminder-30.en.subject: the result is too long",
		"reminder-30.en.txt: includes itself, directly or through another template, and would never end",
		"reminder-30.fr.html: is larger than 256 KiB",
		"reminder-30.fr.subject, line 1: <.Client.Name>: wrong type for value; expected calendar.Date; got string",
		"reminder-7.FR.html: " + notAName,
		"reminder-7.en.html, line 2: bad character U+003C '<'",
		"reminder-7.en.subject: the result is empty",
		"reminder-7.en.txt, line 2: <.Client.FullName>: there is no field FullName here; there is Name, Organization",
		"reminder-7.fr.htm: " + notAName,
		"reminder-7.fr.html: must hold the message only: the document around it (html, head, body) is layout.html",
		"reminder-7.fr.html.txt: " + notAName,
		"reminder-7.fr.subjcet: " + notAName,
		"reminder-7.fr.subject, line 1: there is no function sprintf; did you mean printf?",
		"reminder-7.fr.txt, line 1: is not UTF-8 text: save the file as UTF-8, not as Latin-1 or Windows-1252",
		"reminder-7.html: " + notAName,
		"remindr-7.fr.html: " + notAName,
		"signature.html, line 1: missing value for if",
		"signature.txt: is empty",
	}, messages(t, err))
}

func TestANameThatThereIsNotIsMetByTheOneThatWasMeant(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{{.Opportunty.Name}}":                          "<.Opportunty.Name>: there is no field Opportunty here; did you mean Opportunity?",
		"{{with .Salesperson}}{{.Nam}}{{end}}":          "<.Nam>: there is no field Nam here; did you mean Name?",
		"{{.Client.Name.First}}":                        "<.Client.Name.First>: can't evaluate field First in type string",
		"{{dat .Opportunity.FirstContact}}":             "there is no function dat; did you mean date?",
		"{{.Opportunity.FirstContact.Format \"2006\"}}": "<.Opportunity.FirstContact.Format>: can't evaluate field Format in type calendar.Date",
	} {
		_, err := own(t, map[string]string{"reminder-7.en.txt": "Hello\n" + text})
		assert.Equal(t, []string{"reminder-7.en.txt, line 2: " + want}, messages(t, err), text)
	}
}

func TestAFieldWhereItsTextCouldDoHarmIsRefused(t *testing.T) {
	t.Parallel()
	const harm = "shows a field where its text could do harm, as in a style, a script or at the beginning of a link; " +
		"a mail would have #ZgotmplZ there"
	for file, text := range map[string]string{
		"reminder-7.en.html":  `<p><a href="{{.Opportunity.Name}}">Hello</a></p>`,
		"reminder-15.en.html": `<p style="color: {{.Company.Name}}">Hello</p>`,
		"layout.html":         `<html><body bgcolor="x" style="{{.Company.Name}}">{{template "content" .}}</body></html>`,
	} {
		_, err := own(t, map[string]string{file: text})
		assert.Equal(t, []string{file + ": " + harm}, messages(t, err), file)
	}
	_, err := own(t, map[string]string{"reminder-7.en.html": `<p><a href="https://example.com/?q={{.Opportunity.Name}}">Hello</a></p>`})
	assert.NoError(t, err)
}

func TestFilesAreListedWithWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	dir := fstest.MapFS{
		"reminder-7.fr.subject":      {Data: []byte("{{broken")},
		"reminder-20.de.txt":         {Data: []byte("Hallo")},
		"layout.html":                {Data: []byte("x")},
		"notes.md":                   {Data: []byte("x")},
		"remindr-7.fr.html":          {Data: []byte("x")},
		"questionnaires/nps.en.yaml": {Data: []byte("x")},
	}
	files, err := render.Files(overlay.New(dir, templates.FS))
	require.NoError(t, err)
	var ours []overlay.File
	for _, f := range files {
		if f.Own {
			ours = append(ours, f)
		}
	}
	assert.Equal(t, []overlay.File{
		{Path: "layout.html", Own: true},
		{Path: "reminder-20.de.txt", Name: "reminder-20", Language: "de", Own: true},
		{Path: "reminder-7.fr.subject", Name: "reminder-7", Language: "fr", Own: true},
	}, ours)
	assert.Contains(t, files, overlay.File{Path: "feedback-reminder.fr.txt", Name: "feedback-reminder", Language: "fr"})
	assert.Contains(t, files, overlay.File{Path: "signature.html"})
	assert.Len(t, files, 3+len(templatestest.Languages(t))*(2+7*3)+1)

	_, err = render.Files(overlay.New(os.DirFS(filepath.Join(t.TempDir(), "missing")), templates.FS))
	assert.ErrorIs(t, err, fs.ErrNotExist)
}

func TestALayoutMustShowTheMessageAndEnd(t *testing.T) {
	t.Parallel()
	inScript := []string{
		`layout.html: '/' could start a division or regexp: "/p>"`, "signature.html, line 6: {{if}} branches end in different contexts",
	}
	for _, language := range templatestest.Languages(t) {
		inScript = append(inScript, "warning."+language+".html, line 6: {{if}} branches end in different contexts")
	}
	for layout, want := range map[string][]string{
		"<html><body>Hello</body></html>":                          {`layout.html: does not show the message: {{template "content" .}} is missing`},
		`<html>{{template "content" .}}{{range 100000}}xxx{{end}}`: {"layout.html: the result is too long"},
		`<html>{{template "content" .}}{{template "layout.html" .}}`: {
			"layout.html: includes itself, directly or through another template, and would never end",
		},
		`<html>{{template "content" .}}{{.Nonsense}}`: {
			"layout.html, line 1: <.Nonsense>: there is no field Nonsense here; there is Day, FirstSubject, Language, Opportunity, Client, Salesperson, Company, Preheader, Unsubscribe",
			"layout.html, line 1: <.Nonsense>: there is no field Nonsense here; there is Link, Deadline, Questions, " +
				"Activity, Language, Opportunity, Client, Salesperson, Company, Preheader, Unsubscribe",
			"layout.html, line 1: <.Nonsense>: there is no field Nonsense here; there is Opportunities, Rest, Total, KeepTags, " +
				"Language, Opportunity, Client, Salesperson, Company, Preheader, Unsubscribe",
		},
		`<script>{{template "content" .}}</script>`: inScript,
	} {
		_, err := own(t, map[string]string{"layout.html": layout})
		assert.Equal(t, want, messages(t, err), layout)
	}
}

// messages are those of a joined error, each of which must be an [overlay.FileError].
func messages(t *testing.T, err error) []string {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%v", err)
	var out []string
	for _, e := range joined.Unwrap() {
		_, ok := errors.AsType[*overlay.FileError](e)
		require.True(t, ok, "%v", e)
		out = append(out, e.Error())
	}
	return out
}

func TestADirectoryThatCannotBeListedIsAnError(t *testing.T) {
	t.Parallel()
	_, err := render.Load(overlay.New(brokenFS{}, templates.FS))
	assert.ErrorIs(t, err, fs.ErrPermission)
	assert.EqualError(t, err, "list templates: permission denied")
}

type brokenFS struct{}

func (brokenFS) Open(string) (fs.File, error) { return nil, fs.ErrPermission }

func TestAnUnreadableFileIsNotReplacedInSilence(t *testing.T) {
	t.Parallel()
	_, err := render.Load(overlay.New(unreadable{fstest.MapFS{"reminder-7.en.txt": {Data: []byte("x")}}}, templates.FS))
	assert.EqualError(t, err, "reminder-7.en.txt: read: permission denied")
	assert.ErrorIs(t, err, fs.ErrPermission)
}

// unreadable lists files that nobody may open.
type unreadable struct{ fstest.MapFS }

func (u unreadable) Open(name string) (fs.File, error) {
	if name == "." {
		return u.MapFS.Open(name)
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func (u unreadable) ReadFile(name string) ([]byte, error) {
	_, err := u.Open(name)
	return nil, err
}

func TestWithoutAnyEnglishTextNothingIsLoaded(t *testing.T) {
	t.Parallel()
	dates, err := fs.ReadFile(templates.FS, "texts/dates.en.yaml")
	require.NoError(t, err)
	_, err = render.Load(overlay.New(nil, fstest.MapFS{
		"texts/dates.en.yaml": {Data: dates},
		"layout.html":         {Data: []byte(`{{template "content" .}}`)},
		"footer.en.html":      {Data: []byte("x")},
		"footer.en.txt":       {Data: []byte("x")},
		"signature.html":      {Data: []byte("<p>x</p>")},
		"signature.txt":       {Data: []byte("x")},
	}))
	const missing = ".en.html: is missing; a mail needs its subject, its html and its txt\n"
	const all = "feedback-reminder" + missing + "feedback" + missing
	assert.EqualError(t, err, all+"reminder"+missing+strings.TrimSpace("warning"+missing))

	_, err = render.Load(overlay.New(nil, fstest.MapFS{"texts/dates.en.yaml": {Data: dates}}))
	assert.EqualError(t, err, all+"footer.en.html: is missing\nfooter.en.txt: is missing\nlayout.html: is missing\nreminder"+missing+
		"signature.html: is missing\nsignature.txt: is missing\n"+strings.TrimSpace("warning"+missing))
}

func TestARecordThatNoTrialKnewFailsAlone(t *testing.T) {
	t.Parallel()
	set, err := own(t, map[string]string{"reminder-7.en.txt": "Hello\n{{if eq .Client.Name \"Zoé Martin\"}}{{slice .Client.Name 99}}{{end}}"})
	require.NoError(t, err)
	_, err = set.Reminder([]string{"en"}, render.ReminderData{Day: 7, MailData: render.MailData{Client: render.ClientData{Name: "Zoé Martin"}}})
	broken, ok := errors.AsType[*overlay.FileError](err)
	require.True(t, ok)
	assert.Equal(t, []any{"reminder-7.en.txt", 2}, []any{broken.File, broken.Line})
}

func TestATemplateThatWouldNeverEndIsRefused(t *testing.T) {
	t.Parallel()
	const refused = ": includes itself, directly or through another template, and would never end"
	for name, c := range map[string]struct {
		text string
		ends bool
	}{
		"one that includes itself":               {`Hello{{define "x"}}{{template "x"}}{{end}}{{template "x"}}`, false},
		"even where it is not used":              {`Hello{{define "x"}}{{template "x"}}{{end}}`, false},
		"two that include each other":            {`Hello{{define "x"}}{{template "y"}}{{end}}{{define "y"}}{{template "x"}}{{end}}`, false},
		"under a condition":                      {`Hello{{define "x"}}{{if .}}{{else}}{{template "x" .}}{{end}}{{end}}`, false},
		"in a loop":                              {`Hello{{define "x"}}{{range .}}{{template "x"}}{{end}}{{end}}`, false},
		"with a value":                           {`Hello{{define "x"}}{{with .}}{{template "x"}}{{end}}{{end}}`, false},
		"one that is included twice":             {`Hello{{define "x"}}1{{end}}{{template "x"}}{{template "x"}}`, true},
		"one that is included in two ways":       {`Hello{{define "x"}}1{{end}}{{define "y"}}{{template "x"}}{{end}}{{template "x"}}{{template "y"}}`, true},
		"the signature, which the tool provides": {`Hello{{template "signature" .}}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, file := range []string{"reminder.en.txt", "reminder.en.html"} {
				_, err := own(t, map[string]string{file: c.text})
				if c.ends {
					assert.NoError(t, err)
				} else {
					assert.EqualError(t, err, file+refused)
				}
			}
		})
	}
}

func TestATemplateThatCountsTooFarIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, trouble string }{
		"to a number that takes hours":    {"Hello\n{{range 9999999999}}{{end}}", ", line 2: has a range over a number that is above 100000"},
		"deep within":                     {"{{with .}}{{if .}}\n\n{{range $i := 100001}}{{$i}}{{end}}{{end}}{{end}}", ", line 3: has a range over a number that is above 100000"},
		"in a part that it defines":       {`Hello{{define "x"}}{{range 1e9}}{{end}}{{end}}`, ", line 1: has a range over a number that is above 100000"},
		"to a number that is still right": {"Hello{{range 3}} again{{end}}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, file := range []string{"reminder.en.txt", "reminder.en.html"} {
				_, err := own(t, map[string]string{file: c.text})
				if c.trouble == "" {
					assert.NoError(t, err)
				} else {
					assert.EqualError(t, err, file+c.trouble)
				}
			}
		})
	}
}

// FuzzTemplate looks for a template that makes loading or rendering hang, panic
// or let a field out of its place.
func FuzzTemplate(f *testing.F) {
	for _, text := range []string{
		"", "Hello", "<p>Hello {{.Client.Name}}</p>", "{{.}}", "{{template \"x\"}}", "{{define \"x\"}}{{template \"x\"}}{{end}}{{template \"x\"}}",
		"{{range .}}{{end}}", "<a href=\"{{.Opportunity.Name}}\">x</a>", "<script>{{.Opportunity.Name}}</script>", "{{printf \"%999999999d\" 1}}",
		"{{$x := .Opportunity.Name}}{{$x}}", "<style>{{.Company.Name}}</style>", "{{block \"layout\" .}}x{{end}}", "{{/* */}}", "{{", "\xff", "{{- 1 -}}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		set, err := own(t, map[string]string{"reminder.en.html": text, "reminder.en.txt": text, "reminder.en.subject": text})
		if err != nil {
			return
		}
		r := record()
		r.Opportunity.Name, r.Opportunity.ContactName, r.Company.Name = hostile, hostile, hostile
		m, err := set.Reminder([]string{"en"}, render.NewReminderData(r, 7, time.UTC))
		if err != nil {
			return
		}
		require.True(t, utf8.ValidString(m.Subject+m.HTML+m.Text+m.Chatter))
		require.NotContains(t, m.Subject, "\n")
		if !strings.Contains(text, "<script") {
			require.NotContains(t, m.HTML, "<script>alert")
		}
	})
}

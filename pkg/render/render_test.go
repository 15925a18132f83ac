package render_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/templates"
	"github.com/crm-tool/crm-tool/templates/templatestest"
)

var update = flag.Bool("update", false, "write testdata anew")

func builtin(t testing.TB) *render.Set {
	t.Helper()
	set, err := render.Load(overlay.New(nil, templates.FS))
	require.NoError(t, err)
	return set
}

// own loads the built-in templates with some of the user's.
func own(t testing.TB, files map[string]string) (*render.Set, error) {
	t.Helper()
	dir := fstest.MapFS{}
	for name, text := range files {
		dir[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return render.Load(overlay.New(dir, templates.FS))
}

func TestTheBuiltInTemplatesPassTheTrialOfAUsersOwn(t *testing.T) {
	t.Parallel()
	_, err := render.Load(overlay.New(templates.FS, templates.FS))
	require.NoError(t, err)
}

func record() render.Record {
	return render.Record{
		Title: "Office chairs",
		Opportunity: crm.Opportunity{
			ID: 42, Name: "Office chairs", Active: true,
			Created:     time.Date(2026, 11, 12, 9, 0, 0, 0, time.UTC),
			ContactName: "Zoé Martin", OrganizationName: "SARL Dupont",
		},
		Salesperson: crm.Salesperson{
			ID: 5, Name: "Sam Seller", Email: "Sam <sam@example.com>", Phone: "+33 (0)1 23 45 67 89",
			Signature: "<p>--<br>Sam Seller</p>", Active: true,
		},
		Company: crm.Company{
			ID: 1, Name: "Example & Sons", Email: "info@example.com", Phone: "01 00 00 00 00", Website: "http://www.example.com",
			Street: "1 rue de la Paix", Zip: "75002", City: "Paris", Country: "France",
		},
	}
}

func reminder(t testing.TB, set *render.Set, r render.Record, day int, languages ...string) render.Mail {
	t.Helper()
	m, err := set.Reminder(languages, render.NewReminderData(r, day, time.UTC))
	require.NoError(t, err)
	return m
}

func TestTheBuiltInMailsReadAsWritten(t *testing.T) {
	t.Parallel()
	set := builtin(t)
	signed := record()
	unsigned := record()
	unsigned.Salesperson = crm.Salesperson{}
	bare := render.Record{Title: "Office chairs", Opportunity: crm.Opportunity{Name: "Office chairs"}, Company: crm.Company{Name: "Example & Sons"}}
	for name, r := range map[string]render.Record{"salesperson": signed, "company": unsigned, "bare": bare} {
		for _, language := range templatestest.Languages(t) {
			for _, day := range []int{7, 15, 30, 60} {
				m := reminder(t, set, r, day, language)
				compare(t, m, fmt.Sprintf("%d.%s.%s.txt", day, language, name))
			}
		}
	}
}

// compare compares a mail with a file of testdata. Its subject is one that inboxes
// show whole.
func compare(t *testing.T, m render.Mail, name string) {
	t.Helper()
	assert.Less(t, utf8.RuneCountInString(m.Subject), 60, m.Subject)
	got := fmt.Sprintf("Subject: %s\n\n%s\n%s\n", m.Subject, m.Text, m.Chatter)
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, file)
}

func TestTheLanguageFallsBackFromTheCountryToTheNextWishToEnglish(t *testing.T) {
	t.Parallel()
	set, err := own(t, map[string]string{
		"reminder.qaa.subject":       "Demando",
		"reminder.qaa.html":          "<p>Saluton</p>",
		"reminder.qaa.txt":           "Saluton",
		"reminder-7.fr_CA.subject":   "Suivi",
		"reminder-7.fr_CA.html":      "<p>Bonjour du Québec</p>",
		"reminder-7.fr_CA.txt":       "Bonjour du Québec",
		"reminder-7.es_419.subject":  "Hola",
		"reminder-7.es_419.html":     "<p>Hola</p>",
		"reminder-7.es_419.txt":      "Hola",
		"reminder-0.en.subject":      "Thank you",
		"reminder-0.en.html":         "<p>Thank you</p>",
		"reminder-0.en.txt":          "Thank you",
		"reminder-99999.en.subject":  "Late",
		"reminder-99999.en.html":     "<p>Late</p>",
		"reminder-99999.en.txt":      "Late",
		"README.txt":                 "our texts",
		"reminder-7.fr_CA.html~":     "<p>",
		"reminder-7.fr_CA.html.bak":  "<p>",
		".reminder-7.fr_CA.html.swp": "<p>",
		"logo.png":                   "\x89PNG",
	})
	require.NoError(t, err)
	for _, c := range []struct {
		name      string
		languages []string
		day       int
		language  string
		subject   string
	}{
		{"a country's own text", []string{"fr_CA"}, 7, "fr_CA", "Suivi"},
		{"a country without texts takes the language's", []string{"fr_BE"}, 7, "fr", "«~Office chairs~»~: avez-vous tout ce qu’il vous faut~?"},
		{"a country's language is preferred to its text for another day", []string{"fr_CA"}, 15, "fr", "«~Office chairs~»~: qu’est-ce qui vous aiderait~?"},
		{"a language with general texts alone is preferred to another's text for the day", []string{"qaa_QA", "fr"}, 7, "qaa", "Demando"},
		{"the next wish when there is nothing in the first", []string{"qab_QB", "fr_FR"}, 7, "fr", "«~Office chairs~»~: avez-vous tout ce qu’il vous faut~?"},
		{"empty wishes are none", []string{"", "", "fr"}, 7, "fr", "«~Office chairs~»~: avez-vous tout ce qu’il vous faut~?"},
		{"nonsense is no wish", []string{"../fr", "french", "fr"}, 7, "fr", "«~Office chairs~»~: avez-vous tout ce qu’il vous faut~?"},
		{"a script is passed over", []string{"sr@latin", "fr"}, 7, "fr", "«~Office chairs~»~: avez-vous tout ce qu’il vous faut~?"},
		{"a region of several countries", []string{"es_419"}, 7, "es_419", "Hola"},
		{"other ways to write a language", []string{"FR-ca"}, 7, "fr_CA", "Suivi"},
		{"English last of all", []string{"qab_QB"}, 7, "en", "“Office chairs”: do you have what you need?"},
		{"English without any wish", nil, 30, "en", "“Office chairs”: shall we keep your request open?"},
		{"a day without texts takes the general ones", []string{"fr"}, 90, "fr", "«~Office chairs~»~: où en êtes-vous~?"},
		{"day 0 is a day", nil, 0, "en", "Thank you"},
		{"the last day that a Message-ID can hold", nil, 99999, "en", "Late"},
	} {
		m := reminder(t, set, record(), c.day, c.languages...)
		assert.Equal(t, []string{c.language, strings.ReplaceAll(c.subject, "~", "\u00a0")}, []string{m.Language, m.Subject}, c.name)
	}
	m := reminder(t, set, record(), 7, "fr_CA")
	assert.Contains(t, m.HTML, `<html lang="fr-CA"`, "HTML writes a language with a hyphen")
}

func TestADocumentIsCompleteAndLoadsNothing(t *testing.T) {
	t.Parallel()
	m := reminder(t, builtin(t), record(), 7, "fr")
	assert.True(t, strings.HasPrefix(m.HTML, "<!DOCTYPE html>"))
	assert.True(t, strings.HasSuffix(strings.TrimSpace(m.HTML), "</html>"))
	doc := parse(t, m.HTML)
	for _, tag := range []string{"html", "head", "title", "body"} {
		assert.Len(t, elements(doc, tag), 1, tag)
	}
	for _, tag := range []string{"script", "link", "img", "iframe", "object", "form"} {
		assert.Empty(t, elements(doc, tag), tag)
	}
	assert.NotContains(t, m.HTML, "url(")
	assert.NotContains(t, m.HTML, "@import")
	assert.NotContains(t, m.HTML, "ZgotmplZ", "html/template found nothing that it could not place")
	assert.Contains(t, m.HTML, `<!--[if mso]><table role="presentation" width="640"`, "Outlook's own table survives")
	var links []string
	for _, a := range elements(doc, "a") {
		links = append(links, a.Attr[0].Val)
	}
	assert.Equal(t, []string{"tel:+33123456789", "mailto:sam@example.com", "http://www.example.com"}, links)
	assert.Contains(t, m.HTML, "prefers-color-scheme: dark")
	assert.Less(t, len(m.HTML), 20<<10, "far from the size at which mail programs cut")
}

// hostile is a text with everything that has a meaning somewhere on its way.
const hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{.Day}}${7*7}\r\nBcc: x@evil.example\r\n\r\n" +
	"\x00\x1b[31m\u202etxt\u2066\u2028\xff --> ]]> javascript:alert(1)"

func TestHostileRecordsStayText(t *testing.T) {
	t.Parallel()
	set := builtin(t)
	long := hostile + strings.Repeat("A", 1<<20)
	for _, evil := range []string{hostile, long, strings.Repeat("\n", 1<<20), strings.Repeat("\u202e", 1000), "\xff\xfe"} {
		r := record()
		r.Title, r.Opportunity.Name, r.Opportunity.ContactName, r.Opportunity.OrganizationName = evil, evil, evil, evil
		r.Salesperson.Name, r.Salesperson.Email, r.Salesperson.Phone, r.Salesperson.Signature = evil, evil, evil, evil
		r.Company = crm.Company{
			Name: evil, Email: evil, Phone: evil, Website: evil, Street: evil, Zip: evil, City: evil, Country: evil,
		}
		for _, day := range []int{7, 15, 30, 60} {
			for _, language := range templatestest.Languages(t) {
				checkHarmless(t, reminder(t, set, r, day, language))
			}
		}
	}
}

// checkHarmless fails when a mail does anything but show text.
func checkHarmless(t testing.TB, m render.Mail) {
	t.Helper()
	for name, text := range map[string]string{"subject": m.Subject, "html": m.HTML, "text": m.Text, "chatter": m.Chatter} {
		require.True(t, utf8.ValidString(text), name)
		require.NotContains(t, text, "ZgotmplZ", name)
		require.Less(t, len(text), 64<<10, name)
		require.False(t, strings.ContainsFunc(text, func(r rune) bool {
			return (unicode.IsControl(r) && r != '\n') || unicode.Is(unicode.Bidi_Control, r)
		}), name)
	}
	require.NotContains(t, m.Subject, "\n")
	require.Equal(t, strings.TrimSpace(m.Subject), m.Subject)
	for _, fragment := range []string{m.HTML, m.Chatter} {
		for n := range parse(t, fragment).Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			require.NotContains(t, []string{"script", "iframe", "object", "form", "svg"}, n.Data)
			for _, a := range n.Attr {
				require.False(t, strings.HasPrefix(a.Key, "on"), a.Key)
				if a.Key == "href" || a.Key == "src" {
					require.Regexp(t, `^(?i)(https?://|mailto:|tel:)`, a.Val)
				}
			}
		}
	}
	for line := range strings.SplitSeq(m.Text, "\n") {
		if strings.Contains(strings.TrimSpace(line), " ") {
			require.LessOrEqual(t, spacing(line), 78, line)
		}
	}
}

// spacing counts the characters that take room on a line.
func spacing(line string) int {
	n := 0
	for _, r := range line {
		if !unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
			n++
		}
	}
	return n
}

func TestAPlainTextIsWrapped(t *testing.T) {
	t.Parallel()
	set, err := own(t, map[string]string{"reminder.en.txt": "\r\n\r\n  \n" +
		strings.Repeat("word ", 20) + "\n\n\n\n" +
		"  - " + strings.Repeat("item ", 20) + "\n" +
		"https://www.example.com/" + strings.Repeat("x", 80) + " end\n" +
		strings.Repeat("日本語 ", 14) + "\n" +
		"x: " + strings.Repeat("aa\u00a0: ", 16) + "\n" +
		"-- \nSam   Seller  \t\n\n\n"})
	require.NoError(t, err)
	m := reminder(t, set, record(), 3, "en")
	assert.Equal(t, strings.Join([]string{
		"word word word word word word word word word word word word word word word",
		"word word word word word",
		"",
		"  - item item item item item item item item item item item item item item item",
		"    item item item item item",
		"https://www.example.com/" + strings.Repeat("x", 80),
		"end",
		"日本語 日本語 日本語 日本語 日本語 日本語 日本語 日本語 日本語 日本語 日本語",
		"日本語 日本語 日本語",
		"x: aa\u00a0: aa\u00a0: aa\u00a0: aa\u00a0: aa\u00a0: aa\u00a0: aa\u00a0: aa\u00a0: aa\u00a0: aa\u00a0: aa\u00a0: aa\u00a0: aa\u00a0: aa\u00a0: aa\u00a0:",
		"aa\u00a0:",
		"-- ",
		"Sam   Seller",
		"",
	}, "\n"), m.Text)
}

func TestASubjectIsOneShortLine(t *testing.T) {
	t.Parallel()
	set, err := own(t, map[string]string{"reminder.en.subject": "\n  About\n\t{{.Opportunity.Name}}  \n{{range 300}}y{{end}}\n"})
	require.NoError(t, err)
	m := reminder(t, set, record(), 3, "en")
	assert.Equal(t, "About Office chairs "+strings.Repeat("y", 179)+"…", m.Subject)
}

func parse(t testing.TB, document string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(document))
	require.NoError(t, err)
	return doc
}

func elements(doc *html.Node, tag string) []*html.Node {
	var out []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == tag {
			out = append(out, n)
		}
	}
	return out
}

func FuzzReminder(f *testing.F) {
	set := builtin(f)
	f.Add("Office chairs", "Zoé Martin", "<p>--<br>Sam</p>", "www.example.com", "sam@example.com", "+33 1 23")
	f.Add(hostile, hostile, hostile, hostile, hostile, hostile)
	f.Add("", "", `<a href="https://x"><img src="https://x"><table><td>`, "http://[::1]:8080/%zz", "a?b@c.de", "(0)(0)+")
	f.Fuzz(func(t *testing.T, name, person, signature, website, address, phone string) {
		r := record()
		r.Title, r.Opportunity.Name, r.Opportunity.ContactName, r.Salesperson.Name = name, name, person, person
		r.Salesperson.Signature, r.Company.Website, r.Company.Email, r.Salesperson.Phone = signature, website, address, phone
		checkHarmless(t, reminder(t, set, r, 15, "fr"))
	})
}

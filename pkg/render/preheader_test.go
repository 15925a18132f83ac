package render_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/templates/templatestest"
)

// inboxLine is what an inbox shows after the subject: the first text of the body, up to
// the padding.
func inboxLine(t *testing.T, m render.Mail) string {
	t.Helper()
	found := regexp.MustCompile(`(?s)<body[^>]*>\s*<div style="display:none;[^"]*mso-hide:all;">(.*?)((?:&#847;&zwnj;&nbsp;){100})</div>`).FindStringSubmatch(m.HTML)
	require.Len(t, found, 3, "what is hidden comes first, and is padded")
	return found[1]
}

func TestAnInboxShowsWhatTheMailDefines(t *testing.T) {
	t.Parallel()
	set := builtin(t)
	for _, day := range []int{7, 15, 30, 60} {
		for _, language := range templatestest.Languages(t) {
			m := reminder(t, set, record(), day, language)
			line := inboxLine(t, m)
			assert.NotEmpty(t, line)
			for name, text := range map[string]string{"subject": m.Subject, "text": m.Text, "chatter": m.Chatter} {
				assert.NotContains(t, text, line, "day %d in %s: %s", day, language, name)
			}
		}
	}
	assert.Equal(t, "5 questions, a few minutes. Thank you for telling us what you think.", inboxLine(t, feedback(t, set, record(), asked(), "en")))
}

func TestAMailThatDefinesNothingShowsItsBeginning(t *testing.T) {
	t.Parallel()
	set, err := own(t, map[string]string{
		"reminder.en.html": "<p>Hello</p>", "reminder-7.en.html": `{{define "preheader"}} {{end}}<p>Hello</p>`,
	})
	require.NoError(t, err)
	for _, day := range []int{7, 60} {
		assert.NotContains(t, reminder(t, set, record(), day, "en").HTML, "display:none")
	}
}

func TestWhatAnInboxShowsIsOneShortLineOfPlainText(t *testing.T) {
	t.Parallel()
	set, err := own(t, map[string]string{
		"reminder-1.en.html":    "{{define \"preheader\"}}\n  <b>For</b>\n{{.Opportunity.Title}} &amp; more{{end}}<p>Hello</p>",
		"reminder-2.en.html":    `{{define "preheader"}}{{range 40}}some words {{end}}{{end}}<p>Hello</p>`,
		"feedback.en.html":      `{{define "preheader"}}Answer at {{.Link}}{{end}}<p><a href="{{.Link}}">Hello</a></p>`,
		"reminder-1.en.txt":     "x",
		"reminder-1.en.subject": "x",
		"reminder-2.en.txt":     "x",
		"reminder-2.en.subject": "x",
	})
	require.NoError(t, err)
	r := record()
	r.Title = "<script>alert(1)</script>"
	assert.Equal(t, "For &lt;script&gt;alert(1)&lt;/script&gt; &amp; more", inboxLine(t, reminder(t, set, r, 1, "en")))
	assert.Equal(t, strings.Repeat("some words ", 9)+"some words…", inboxLine(t, reminder(t, set, r, 2, "en")))
	assert.Equal(t, "Answer at …", inboxLine(t, feedback(t, set, record(), asked(), "en")), "the client's secret shows on no locked screen")
}

func TestMistakesInWhatAnInboxShowsAreFound(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{{define "preheader"}}{{.Client.Nme}}{{end}}<p>Hello</p>`:                            "reminder.en.html, line 1: <.Client.Nme>: there is no field Nme here; did you mean Name?",
		`{{define "preheader"}}{{if eq .Day 99}}{{.Nonsens}}{{end}}{{end}}<p>Hello</p>`:       "reminder.en.html, line 1: <.Nonsens>: there is no field Nonsens here",
		`{{define "preheader"}}{{template "preheader" .}}{{end}}<p>Hello</p>`:                 "reminder.en.html: includes itself, directly or through another template, and would never end",
		`{{define "preheader"}}{{range 300}}{{range 1000}}y{{end}}{{end}}{{end}}<p>Hello</p>`: "reminder.en.html: the result is too long",
	} {
		_, err := own(t, map[string]string{"reminder.en.html": text})
		assert.ErrorContains(t, err, want)
	}
}

func TestALongNameEndsAfterAWord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"after a word", strings.Repeat("chairs, ", 40), strings.Repeat("chairs, ", 17) + "chairs…"},
		{"a word that ends just there", strings.Repeat("x", 149) + " y", strings.Repeat("x", 149) + "…"},
		{"within a word that takes most of the line", "of " + strings.Repeat("x", 200), "of " + strings.Repeat("x", 146) + "…"},
		{"not between a letter and its accent", strings.Repeat("x", 148) + "e\u0301" + strings.Repeat("x", 9), strings.Repeat("x", 148) + "…"},
		{"no-break spaces are no ends", strings.Repeat("x\u00a0", 100), strings.Repeat("x\u00a0", 74) + "x…"},
	} {
		r := record()
		r.Opportunity.Name = c.in
		assert.Equal(t, c.want, render.NewReminderData(r, 7, time.UTC).Opportunity.Name, c.name)
	}
}

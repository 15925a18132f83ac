package render_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/templates"
	"github.com/crm-tool/crm-tool/templates/templatestest"
)

// secretLink is a client's, with two tokens in it.
const secretLink = "https://odoo.example.com/survey/start/SURVEYTOKEN?answer_token=CLIENTTOKEN"

func asked() render.Feedback {
	return render.Feedback{
		Type: "Meeting", Finished: time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC),
		Link: secretLink, Deadline: time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC), Questions: 5,
	}
}

func feedback(t testing.TB, set *render.Set, r render.Record, f render.Feedback, languages ...string) render.Mail {
	t.Helper()
	m, err := set.Feedback(languages, render.NewFeedbackData(r, f, time.UTC))
	require.NoError(t, err)
	return m
}

func feedbackReminder(t testing.TB, set *render.Set, r render.Record, f render.Feedback, languages ...string) render.Mail {
	t.Helper()
	m, err := set.FeedbackReminder(languages, render.NewFeedbackData(r, f, time.UTC))
	require.NoError(t, err)
	return m
}

func TestAQuestionnaireBecomesTheFieldsOfTemplates(t *testing.T) {
	t.Parallel()
	around := render.NewReminderData(record(), 7, time.UTC)
	assert.Equal(t, render.FeedbackData{
		Link: secretLink, Deadline: calendar.Date{Year: 2026, Month: time.December, Day: 4}, Questions: 5,
		Activity: render.ActivityData{
			Type: "Meeting", Date: calendar.Date{Year: 2026, Month: time.November, Day: 20},
		},
		MailData: around.MailData,
	}, render.NewFeedbackData(record(), asked(), time.UTC))
	assert.Equal(t, render.FeedbackData{}, render.NewFeedbackData(render.Record{}, render.Feedback{Questions: -1}, time.UTC))
}

func TestTheSummaryOfAnActivityIsNoFieldButOlderTemplatesStillWork(t *testing.T) {
	t.Parallel()
	for _, f := range render.Fields() {
		assert.NotContains(t, f.Name, "Summary")
	}
	older := `{{.Activity.Type}}{{if and .Activity.Type .Activity.Summary}}: {{end}}{{.Activity.Summary}}`
	set, err := render.Load(overlay.New(fstest.MapFS{"feedback.en.txt": {Data: []byte(older + "\n{{.Link}}\n")}}, templates.FS))
	require.NoError(t, err)
	assert.Equal(t, "Meeting\n"+secretLink+"\n", feedback(t, set, record(), asked(), "en").Text)
}

func TestADeadlineIsTheLastDayOnWhichAnswersAreTaken(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	require.NoError(t, err)
	for _, c := range []struct {
		name, deadline, want string
	}{
		{"at midnight the day that ends", "2026-12-04T23:00:00Z", "2026-12-04"},
		{"within a day that day", "2026-12-05T09:30:00Z", "2026-12-05"},
		{"after midnight the day that begins", "2026-12-04T23:00:01Z", "2026-12-05"},
	} {
		f := asked()
		f.Deadline, err = time.Parse(time.RFC3339, c.deadline)
		require.NoError(t, err)
		assert.Equal(t, c.want, render.NewFeedbackData(record(), f, paris).Deadline.String(), c.name)
	}
}

func TestTheBuiltInQuestionMailsReadAsWritten(t *testing.T) {
	t.Parallel()
	set := builtin(t)
	unsigned := record()
	unsigned.Salesperson = crm.Salesperson{}
	one := asked()
	one.Questions = 1
	for name, c := range map[string]struct {
		record   render.Record
		feedback render.Feedback
	}{
		"salesperson": {record(), asked()},
		"company":     {unsigned, one},
		"bare":        {render.Record{Company: crm.Company{Name: "Example & Sons"}}, render.Feedback{Link: secretLink}},
	} {
		for _, language := range templatestest.Languages(t) {
			for kind, m := range map[string]render.Mail{
				"feedback":          feedback(t, set, c.record, c.feedback, language),
				"feedback-reminder": feedbackReminder(t, set, c.record, c.feedback, language),
			} {
				compare(t, m, fmt.Sprintf("%s.%s.%s.txt", kind, language, name))
			}
		}
	}
}

func TestALinkStandsInTheMailAndNowhereElse(t *testing.T) {
	t.Parallel()
	shown, err := own(t, map[string]string{
		"feedback.en.subject": "Answer: {{.Link}}",
		"feedback.en.html":    `<p title="{{.Link}}"><a href="{{.Link}}">{{.Link}}</a> <b>{{slice .Link 1}}</b> {{printf "%x" .Link}}</p>`,
	})
	require.NoError(t, err)
	for name, m := range map[string]render.Mail{
		"a mail":                    feedback(t, builtin(t), record(), asked(), "en"),
		"a reminder":                feedbackReminder(t, builtin(t), record(), asked(), "fr"),
		"a template that writes it": feedback(t, shown, record(), asked(), "en"),
	} {
		assert.Contains(t, m.HTML, `<a href="`+secretLink+`"`, name)
		assert.Contains(t, m.Text, "\n"+secretLink+"\n", name)
		for _, open := range []string{m.Chatter, m.Subject} {
			assert.NotContains(t, open, "TOKEN", name)
			assert.NotContains(t, open, "odoo.example.com", name)
			assert.NotContains(t, open, fmt.Sprintf("%x", "CLIENTTOKEN"), name)
		}
	}
	assert.Equal(t, "Answer: …", feedback(t, shown, record(), asked(), "en").Subject)
}

func TestNothingPrintsALink(t *testing.T) {
	t.Parallel()
	d := render.NewFeedbackData(record(), asked(), time.UTC)
	for _, value := range []any{d, &d, asked(), []any{d}, struct{ F render.Feedback }{asked()}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			assert.NotContains(t, fmt.Sprintf(verb, value), "TOKEN", verb)
			assert.NotContains(t, fmt.Sprintf(verb, value), fmt.Sprintf("%x", "TOKEN"), verb)
		}
		raw, err := json.Marshal(value)
		require.NoError(t, err)
		assert.NotContains(t, string(raw), "TOKEN")
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
		assert.NotContains(t, log.String(), "TOKEN")
	}
}

func TestAMailWithoutALinkIsNotMade(t *testing.T) {
	t.Parallel()
	set := builtin(t)
	for _, link := range []string{
		"", "odoo.example.com/survey", "//odoo.example.com", "javascript:alert(1)", "ftp://odoo.example.com/x", "https:///x",
		"https://user:pass@odoo.example.com/", "https://odoo.example.com/a b", "https://odoo.example.com/\"><script>",
		"https://odoo.example.com/\r\nBcc: x@example.com", "https://odoo.example.com/'", "https://odoo.example.com/é",
		"https://odoo.example.com/" + strings.Repeat("x", 2000),
	} {
		f := asked()
		f.Link = link
		_, err := set.Feedback([]string{"en"}, render.NewFeedbackData(record(), f, time.UTC))
		assert.EqualError(t, err, "render feedback: there is no link to answer", link)
		_, err = set.FeedbackReminder([]string{"en"}, render.NewFeedbackData(record(), f, time.UTC))
		assert.EqualError(t, err, "render feedback-reminder: there is no link to answer", link)
	}
}

func TestALinkReachesTheClientAsItIs(t *testing.T) {
	t.Parallel()
	set := builtin(t)
	for _, link := range []string{
		secretLink, "http://localhost:8069/survey/start/a-b?answer_token=c_d&x=1", "https://odoo.example.com/a%20b/~c?d=%3D#e",
	} {
		f := asked()
		f.Link = link
		m := feedback(t, set, record(), f, "en")
		assert.Contains(t, m.Text, "\n"+link+"\n")
		assert.Equal(t, link, elements(parse(t, m.HTML), "a")[0].Attr[0].Val)
	}
}

func TestTheQuestionMailsFollowTheWishesForALanguage(t *testing.T) {
	t.Parallel()
	set, err := own(t, map[string]string{
		"feedback.fr_CA.subject": "Votre avis",
		"feedback.fr_CA.html":    `<p><a href="{{.Link}}">ici</a></p>`,
		"feedback.fr_CA.txt":     "{{.Link}}",
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"fr_CA", "fr", "fr", "en"}, []string{
		feedback(t, set, record(), asked(), "fr_CA").Language,
		feedback(t, set, record(), asked(), "fr_BE").Language,
		feedbackReminder(t, set, record(), asked(), "fr_CA").Language,
		feedback(t, set, record(), asked(), "qaa").Language,
	})
	assert.Contains(t, feedback(t, set, record(), asked(), "fr_CA").HTML, `<html lang="fr-CA"`)
}

func TestAQuestionMailLoadsNothingAndLinksToOnePlaceBesidesTheSender(t *testing.T) {
	t.Parallel()
	m := feedback(t, builtin(t), record(), asked(), "fr")
	doc := parse(t, m.HTML)
	for _, tag := range []string{"script", "link", "img", "iframe", "object", "form"} {
		assert.Empty(t, elements(doc, tag), tag)
	}
	assert.NotContains(t, m.HTML, "url(")
	var links []string
	for _, a := range elements(doc, "a") {
		links = append(links, a.Attr[0].Val)
	}
	assert.Equal(t, []string{secretLink, "tel:+33123456789", "mailto:sam@example.com", "http://www.example.com"}, links)
}

func TestAHostileActivityStaysText(t *testing.T) {
	t.Parallel()
	set := builtin(t)
	for _, evil := range []string{hostile, hostile + strings.Repeat("A", 1<<20), strings.Repeat("\u202e", 1000), "\xff\xfe"} {
		f := asked()
		f.Type = evil
		r := record()
		r.Opportunity.ContactName, r.Salesperson.Name, r.Salesperson.Signature, r.Company.Name = evil, evil, evil, evil
		for _, language := range templatestest.Languages(t) {
			checkHarmless(t, feedback(t, set, r, f, language))
			checkHarmless(t, feedbackReminder(t, set, r, f, language))
		}
	}
}

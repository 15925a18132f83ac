package alert_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/alert"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/templates"
	"github.com/crm-tool/crm-tool/templates/templatestest"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestPeopleAreToldOnceADayAndWhenItWorksAgain(t *testing.T) {
	t.Parallel()
	type run struct {
		after  time.Duration
		failed bool
		// unsent says that the mail cannot be sent.
		unsent bool
		want   alert.Kind
	}
	for name, runs := range map[string][]run{
		"a run that works":                {{0, false, false, alert.Nothing}},
		"a run that fails":                {{0, true, false, alert.Failed}, {time.Hour, true, false, alert.Nothing}, {time.Hour, false, false, alert.Works}, {time.Hour, false, false, alert.Nothing}},
		"a command that fails for days":   {{0, true, false, alert.Failed}, {24*time.Hour - time.Minute, true, false, alert.StillFailing}, {time.Hour, true, false, alert.Nothing}},
		"a mail that cannot be sent":      {{0, true, true, alert.Failed}, {time.Hour, true, false, alert.Failed}, {time.Hour, true, false, alert.Nothing}},
		"one of which nobody heard":       {{0, true, true, alert.Failed}, {time.Hour, false, false, alert.Nothing}},
		"good news that cannot be sent":   {{0, true, false, alert.Failed}, {time.Hour, false, true, alert.Works}, {time.Hour, false, false, alert.Works}},
		"one that fails, works and fails": {{0, true, false, alert.Failed}, {time.Hour, false, false, alert.Works}, {time.Hour, true, false, alert.Failed}},
	} {
		var e alert.Episode
		at := noon
		for i, r := range runs {
			at = at.Add(r.after)
			kind, said, unsaid := alert.Read(e.Text()).Next(r.failed, at)
			assert.Equal(t, r.want, kind, "%s, run %d", name, i)
			if e = said; r.unsent {
				e = unsaid
			}
		}
	}
}

func TestADamagedEpisodeIsNone(t *testing.T) {
	t.Parallel()
	assert.Equal(t, alert.Episode{}, alert.Read("x"))
	assert.Equal(t, alert.Episode{}, alert.Read(""))
}

func TestTheMailSaysWhatFailedAndWhatHelps(t *testing.T) {
	t.Parallel()
	texts, err := alert.LoadTexts(overlay.New(nil, templates.FS))
	require.NoError(t, err)
	about := alert.About{
		Command: "feedback send", Host: "crm1", At: noon, Since: noon.AddDate(0, 0, -1), Exit: 77, Meaning: "login refused",
		Error: "Odoo refuses the login", Hint: "make a new key", Summary: "feedback send: 0 sent",
	}
	assert.Equal(t, alert.Mail{
		Subject: "crm-tool feedback send failed on crm1", Language: "en",
		Text: `crm-tool feedback send failed on crm1 at 2026-11-23 12:00 UTC, with exit status 77: login refused.

What failed: Odoo refuses the login

What helps: make a new key

What the run did: feedback send: 0 sent

On that host, crm-tool doctor tries everything, and crm-tool runs lists the runs.

The next mail about this comes in a day if it still fails, else when it works again.
`,
	}, texts.Mail(alert.Failed, about, "en_GB"))
	subjects := map[string]bool{}
	for _, language := range templatestest.Languages(t) {
		for _, kind := range []alert.Kind{alert.Failed, alert.StillFailing, alert.Works, alert.Late} {
			m := texts.Mail(kind, about, language)
			assert.Equal(t, language, m.Language)
			assert.Contains(t, m.Subject, "feedback send")
			assert.Contains(t, m.Text, "crm1")
			assert.NotContains(t, m.Subject+m.Text, "<")
			subjects[m.Subject] = true
			if kind == alert.Late {
				assert.Contains(t, m.Text, "2026-11-22 12:00 UTC")
			}
		}
	}
	assert.Len(t, subjects, 3*len(templatestest.Languages(t)))
	about.Error, about.Hint = "", ""
	assert.Equal(t, 3, strings.Count(texts.Mail(alert.StillFailing, about, "en").Text, "\n\n"))
}

func TestATimeInTheFutureDoesNotSilenceAlerts(t *testing.T) {
	t.Parallel()
	kind, said, _ := alert.Episode{Since: noon, Told: noon.AddDate(9, 0, 0)}.Next(true, noon)
	assert.Equal(t, alert.StillFailing, kind)
	assert.Equal(t, noon, said.Told)
}

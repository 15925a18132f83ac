package mailing_test

import (
	"html"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/answer"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/templates/templatestest"
)

// TestAQuotedMailOfOursIsNoRequestToStop answers each built-in mail as mail programs do.
func TestAQuotedMailOfOursIsNoRequestToStop(t *testing.T) {
	t.Parallel()
	about := render.Record{
		Opportunity: crm.Opportunity{ID: 42, Name: "Office chairs", ContactName: "Zoë Martin"},
		Salesperson: crm.Salesperson{Name: "Sam Seller", Active: true}, Company: crm.Company{Name: "Example & Sons"},
		Unsubscribe: "https://example.com/stop?mail=zoe%40client.example",
	}
	plain := func(text string) string { return "<pre>" + html.EscapeString(text) + "</pre>" }
	for _, lang := range templatestest.Languages(t) {
		for _, day := range []int{7, 15, 30, 60} {
			m, err := mailingtest.Templates().Reminder([]string{lang}, render.NewReminderData(about, day, time.UTC))
			require.NoError(t, err)
			marked := "> " + strings.ReplaceAll(m.Text, "\n", "\n> ")
			for name, body := range map[string]string{
				"with marks":         plain("How much are they?\n\nOn Mon, 30 Nov 2026, Example Sales <sales@example.com> wrote:\n" + marked),
				"with marks, German": plain("Was kosten sie?\n\nAm 30.11.2026 um 10:00 schrieb Example Sales <sales@example.com>:\n" + marked),
				"with marks, French": plain("Combien ?\n\nLe lun. 30 nov. 2026 à 10:00, Example Sales <sales@example.com> a écrit :\n" + marked),
				"below its header": plain("How much are they?\n\nFrom: Example Sales <sales@example.com>\nSent: Monday, 30 November 2026 10:00\n" +
					"To: Zoë\nSubject: Office chairs\n\n" + m.Text),
				"of Gmail":       "<div dir=\"ltr\">How much are they?</div><br><div class=\"gmail_quote\"><blockquote class=\"gmail_quote\">" + m.HTML + "</blockquote></div>",
				"of Apple Mail":  "<div>How much are they?</div><blockquote type=\"cite\">" + m.HTML + "</blockquote>",
				"without a mark": plain("How much are they?\n\n" + m.Text),
			} {
				assert.False(t, answer.AsksToStop("Re: "+m.Subject, body), "%s %d %s", lang, day, name)
				assert.True(t, answer.AsksToStop("Re: "+m.Subject, strings.NewReplacer("How much are they?", "STOP", "Combien ?", "STOP", "Was kosten sie?", "STOP").Replace(body)) || name == "without a mark",
					"%s %d %s", lang, day, name)
			}
		}
	}
}

package render_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/render"
)

// warnedOf returns a warning about so many opportunities of this name.
func warnedOf(number int, name string) render.Warning {
	r := record()
	w := render.Warning{Salesperson: r.Salesperson, Company: r.Company, KeepTags: []string{"Keep", "VIP"}}
	reminded := crm.Entry{Key: crm.ReminderKey(42, 15), Confirmed: true, At: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)}
	for i := range number {
		o := r.Opportunity
		o.Name = name
		w.Opportunities = append(w.Opportunities, render.Warned{
			Record:   crm.Record{Opportunity: o, Contact: r.Contact, Entries: []crm.Entry{reminded}},
			Archived: calendar.Date{Year: 2026, Month: time.December, Day: 12 + i%3}, Today: calendar.Date{Year: 2026, Month: time.December, Day: 7},
			Link: "https://odoo.example.com/mail/view?model=crm.lead&res_id=42",
		})
	}
	return w
}

func TestAWarningSaysWhatIsArchivedWhenAndHowToKeepIt(t *testing.T) {
	t.Parallel()
	set := builtin(t)
	one, err := set.Warning([]string{"en_US"}, render.NewWarningData(warnedOf(1, "Office chairs"), time.UTC))
	require.NoError(t, err)
	assert.Equal(t, "One of your opportunities is archived soon", one.Subject)
	assert.Equal(t, `Hello Sam Seller,

One of your opportunities in Odoo will be archived automatically, because
nothing has come of it for a while:

Office chairs, Zoé Martin, SARL Dupont
25 days old, last reminder on 27 November 2026. Archived on 12 December 2026.
https://odoo.example.com/mail/view?model=crm.lead&res_id=42

If that is fine, there is nothing for you to do. To keep it:

- Answer this mail.
- Write a note or a message on the opportunity in Odoo to keep it.
- Give it the tag “Keep” or “VIP” to keep it as long as it has that.

Archiving deletes nothing: you find archived opportunities in Odoo with the
filter “Archived”.
`, one.Text)
	assert.Contains(t, one.HTML, `<a href="https://odoo.example.com/mail/view?model=crm.lead&amp;res_id=42">`)

	french, err := set.Warning([]string{"fr_FR"}, render.NewWarningData(warnedOf(3, "Chaises"), time.UTC))
	require.NoError(t, err)
	assert.Equal(t, "3 de vos opportunités seront bientôt archivées", french.Subject)
	assert.Contains(t, french.Text, "Répondez à cet e-mail pour les garder toutes.")
}

func TestAWarningListsTwoHundredAtMostWithinItsLimits(t *testing.T) {
	t.Parallel()
	set := builtin(t)
	for _, name := range []string{"Office chairs", strings.Repeat("<&'\"", 100), strings.Repeat("椅", 200)} {
		for _, lang := range []string{"en", "fr"} {
			d := render.NewWarningData(warnedOf(233, name), time.UTC)
			require.Len(t, d.Opportunities, 200)
			assert.Equal(t, 12, d.Opportunities[0].Archived.Day, "those that are archived first come first")
			m, err := set.Warning([]string{lang}, d)
			require.NoError(t, err)
			assert.Contains(t, m.Text, "33")
			assert.Contains(t, m.Subject, "233")
		}
	}
}

package render_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/templates/templatestest"
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

func TestAWarningReadsAsWritten(t *testing.T) {
	t.Parallel()
	set := builtin(t)
	bare := render.Warning{Company: crm.Company{Name: "Example & Sons"}, Opportunities: warnedOf(1, "Office chairs").Opportunities}
	for name, w := range map[string]render.Warning{"one": warnedOf(1, "Office chairs"), "three": warnedOf(3, "Office chairs"), "bare": bare} {
		for _, language := range templatestest.Languages(t) {
			m, err := set.Warning([]string{language}, render.NewWarningData(w, time.UTC))
			require.NoError(t, err)
			compare(t, m, fmt.Sprintf("warning.%s.%s.txt", language, name))
			assert.Contains(t, m.HTML, `<a href="https://odoo.example.com/mail/view?model=crm.lead&amp;res_id=42">`)
		}
	}
}

func TestAWarningListsTwoHundredAtMostWithinItsLimits(t *testing.T) {
	t.Parallel()
	set := builtin(t)
	for _, name := range []string{"Office chairs", strings.Repeat("<&'\"", 100), strings.Repeat("椅", 200)} {
		for _, lang := range templatestest.Languages(t) {
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

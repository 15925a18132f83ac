package scorecard_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/scorecard"
)

func remindersOf(all ...scorecard.Reminded) scorecard.Reminders {
	tally := scorecard.NewReminderTally(time.UTC)
	for _, r := range all {
		tally.Add(r)
	}
	return tally.Report()
}

// reminded has a month without reminders, few of one step, names that are markup and
// formulas, no salesperson, an unknown template, and one that is uncertain.
func reminded() scorecard.Reminders {
	all := []scorecard.Reminded{
		{Salesperson: "=1+1", SalespersonID: 3, Step: 15, Template: "<b>/reminder-15.fr", SentAt: sent(9, 20), Answered: true, Stopped: true},
		{Step: 30, SentAt: sent(11, 30), Archived: true, StillArchived: true},
		{Salesperson: "Zoë", SalespersonID: 2, Step: 30, Template: "reminder-30.en", SentAt: sent(11, 30), Uncertain: true},
	}
	for i := range 6 {
		all = append(all, scorecard.Reminded{
			Salesperson: "Zoë", SalespersonID: 2, Step: 7, Template: "reminder-7.en", SentAt: sent(9, 14),
			Answered: i < 2, Won: i == 0, Archived: i > 2, StillArchived: i > 3,
		})
	}
	return remindersOf(all...)
}

func TestTheTableOfReminders(t *testing.T) {
	for name, c := range map[string]struct {
		reminders scorecard.Reminders
		want      string
	}{
		"steps in their order, the others by their number": {reminded(), `
MONTH    SENT  ANSWERED  WON      ARCHIVED  STOPPED
2026-09  7     3 (43%)   1 (14%)  3 (43%)   1 (14%)
2026-10  0     0         0        0         0
2026-11  1     0 (0%)    0 (0%)   1 (100%)  0 (0%)

STEP  SENT  ANSWERED  WON      ARCHIVED  STOPPED
7     6     2 (33%)   1 (17%)  3 (50%)   0 (0%)
15    1     1 (100%)  0 (0%)   0 (0%)    1 (100%)
30    1     0 (0%)    0 (0%)   1 (100%)  0 (0%)

TEMPLATE            SENT  ANSWERED  WON      ARCHIVED  STOPPED
reminder-7.en       6     2 (33%)   1 (17%)  3 (50%)   0 (0%)
<b>/reminder-15.fr  1     1 (100%)  0 (0%)   0 (0%)    1 (100%)
reminder-30.en      0     0         0        0         0
(unknown)           1     0 (0%)    0 (0%)   1 (100%)  0 (0%)

SALESPERSON  SENT  ANSWERED  WON      ARCHIVED  STOPPED
Zoë          6     2 (33%)   1 (17%)  3 (50%)   0 (0%)
=1+1         1     1 (100%)  0 (0%)   0 (0%)    1 (100%)
(none)       1     0 (0%)    0 (0%)   1 (100%)  0 (0%)

remind report: 8 sent, 3 answered (38%), 1 won (13%), 4 archived (50%), 1 stopped (13%); 1 uncertain
`},
		"without reminders there is the last line alone": {remindersOf(), `
remind report: 0 sent, 0 answered, 0 won, 0 archived, 0 stopped
`},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			require.NoError(t, scorecard.WriteTable(&b, c.reminders, report.TableOptions{}))
			assert.Equal(t, strings.TrimPrefix(c.want, "\n"), b.String())
		})
	}
}

func TestTheCSVOfReminders(t *testing.T) {
	var b strings.Builder
	require.NoError(t, scorecard.WriteCSV(&b, reminded()))
	assert.Equal(t, strings.ReplaceAll(
		`section,name,sent,answered,answered_rate,won,won_rate,archived,archived_rate,still_archived,stopped,stopped_rate,uncertain
total,,8,3,0.375,1,0.125,4,0.5,3,1,0.125,1
month,2026-09,7,3,0.4286,1,0.1429,3,0.4286,2,1,0.1429,0
month,2026-10,0,0,,0,,0,,0,0,,0
month,2026-11,1,0,0,0,0,1,1,1,0,0,1
step,7,6,2,0.3333,1,0.1667,3,0.5,2,0,0,0
step,15,1,1,1,0,0,0,0,0,1,1,0
step,30,1,0,0,0,0,1,1,1,0,0,1
template,reminder-7.en,6,2,0.3333,1,0.1667,3,0.5,2,0,0,0
template,<b>/reminder-15.fr,1,1,1,0,0,0,0,0,1,1,0
template,reminder-30.en,0,0,,0,,0,,0,0,,1
template,,1,0,0,0,0,1,1,1,0,0,0
salesperson,Zoë,6,2,0.3333,1,0.1667,3,0.5,2,0,0,1
salesperson,'=1+1,1,1,1,0,0,0,0,0,1,1,0
salesperson,,1,0,0,0,0,1,1,1,0,0,0
`, "\n", "\r\n"), b.String())
}

func TestTheJSONOfReminders(t *testing.T) {
	h := head
	h.Command = "remind report"
	const begin = `{"version":1,"command":"remind report","run":"20261201T080000Z-7f3a","dry_run":false,"started":"2026-12-01T08:00:00Z","timezone":"UTC",`
	const end = `"finished":"2026-12-01T08:00:02Z","exit":0}` + "\n"
	figures := func(n int) string {
		return fmt.Sprintf(`"sent":%[1]d,"answered":%[1]d,"answered_rate":1,"won":0,"won_rate":0,"archived":%[1]d,"archived_rate":1,"still_archived":0,`+
			`"stopped":0,"stopped_rate":0,"uncertain":0}`, n)
	}
	var b strings.Builder
	require.NoError(t, scorecard.WriteJSON(&b, h, remindersOf(scorecard.Reminded{
		Salesperson: "Zoë", SalespersonID: 2, Step: 7, Template: "reminder-7.fr", SentAt: sent(9, 2), Answered: true, Archived: true,
	}), tail))
	assert.Equal(t, begin+`"first":"2026-09-02","last":"2026-09-02","total":{`+figures(1)+
		`,"by_step":[{"name":"7",`+figures(1)+`],"by_template":[{"name":"reminder-7.fr",`+figures(1)+
		`],"by_salesperson":[{"name":"Zoë",`+figures(1)+`],"by_month":[{"name":"2026-09",`+figures(1)+`],`+end, b.String())
	b.Reset()
	require.NoError(t, scorecard.WriteJSON(&b, h, remindersOf(), tail))
	assert.Equal(t, begin+`"first":null,"last":null,"total":{"sent":0,"answered":0,"answered_rate":null,"won":0,"won_rate":null,"archived":0,`+
		`"archived_rate":null,"still_archived":0,"stopped":0,"stopped_rate":null,"uncertain":0},`+
		`"by_step":[],"by_template":[],"by_salesperson":[],"by_month":[],`+end, b.String())
}

// monthsOfReminders has reminders in each of n months up to November 2026.
func monthsOfReminders(n int) scorecard.Reminders {
	tally := scorecard.NewReminderTally(time.UTC)
	for i := range n {
		for j := range 9 {
			step := []int{7, 15, 30}[j%3]
			tally.Add(scorecard.Reminded{
				Salesperson: fmt.Sprintf("Salesperson %d", j), SalespersonID: crm.UserID(j + 1), Step: step,
				Template: fmt.Sprintf("reminder-%d.en", step), SentAt: sent(11-time.Month(i), 1+j),
				Answered: (i+j)%4 == 0, Won: (i+j)%7 == 0, Archived: j%2 == 0, StillArchived: j%4 == 0,
			})
		}
	}
	return tally.Report()
}

func TestThePageOfRemindersMarksWhatRestsOnLittle(t *testing.T) {
	text := pageOf(t, scorecard.Page{Report: reminded()})
	for _, want := range []string{
		"Pale: fewer than 5 reminders sent.", "Figures in grey rest on fewer than 5 reminders", "Nobody knows whether 1 more left",
		"4 of 8 reminders; still archived: 3", "&lt;b&gt;/reminder-15.fr", "Not known", "Day 15",
	} {
		assert.True(t, strings.Contains(text, want), want)
	}
	text = pageOf(t, scorecard.Page{Report: monthsOfReminders(6)})
	for _, unwanted := range []string{`class="pale"`, "fewer than 5", "Nobody knows"} {
		assert.False(t, strings.Contains(text, unwanted), unwanted)
	}
}

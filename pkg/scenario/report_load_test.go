package scenario_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// reportFigures are those of a line of the report: sent, answered, won, archived, still archived, stopped.
type reportFigures [6]int

// A report over ten thousand reminders takes few calls and little memory, and its figures
// are those that the reminders were made with. With a real Odoo, SQL counts them, too.
func TestAReportOfTenThousandRemindersCostsFewCallsAndLittleMemory(t *testing.T) {
	const opportunities, most = 3334, 60
	beside(t)
	s := newSite(t)
	want := s.remindedLongAgo(t, opportunities)
	require.Equal(t, 3*opportunities, want["total,"][0])
	require.NoError(t, s.Settle())

	proxy := newProxy(t, s.Connection().URL)
	peak := filepath.Join(t.TempDir(), "peak")
	begun := time.Now()
	p := s.start(t, []string{
		"CRM_TOOL_ODOO_URL=" + proxy.URL, peakVariable + "=" + peak, "GOGC=100", "GOMEMLIMIT=off", "CRM_TOOL_TIMEZONE=UTC",
	}, "remind", "report", "-o", "csv")
	require.NoError(t, p.Wait(), "%s", &p.stderr)
	memory := kilobytes(t, peak)
	t.Logf("%d reminders: %s, %d calls, %d kB: %v", 3*opportunities, time.Since(begun).Round(time.Millisecond), proxy.count(), memory, proxy.tally())
	assert.LessOrEqual(t, proxy.count(), most)
	if !raceDetector() { // It takes several times as much.
		assert.Less(t, memory, 60<<10, "kB of memory")
	}

	got := map[string]reportFigures{}
	rows, err := csv.NewReader(strings.NewReader(p.stdout.String())).ReadAll()
	require.NoError(t, err)
	for _, row := range rows[1:] {
		var f reportFigures
		for i, column := range []int{2, 3, 5, 7, 9, 10} {
			f[i], err = strconv.Atoi(row[column])
			require.NoError(t, err)
		}
		got[row[0]+","+row[1]] = f
	}
	maps.DeleteFunc(got, func(_ string, f reportFigures) bool { return f == reportFigures{} })
	assert.Equal(t, want, got)
	if counted := countBySQL(t, s); counted != nil {
		assert.Equal(t, counted, got)
	}
}

// remindedLongAgo makes opportunities with three reminders each, and what became of them
// in every way, and returns the figures of the report's lines.
func (s *site) remindedLongAgo(t *testing.T, n int) map[string]reportFigures {
	t.Helper()
	const token, domain = "aa", "example.com"
	ids := s.pipeline(t, "client", n, 500*24*time.Hour)
	start := time.Now().UTC().Truncate(time.Second)
	at := func(i, step int) time.Time { // of a reminder
		return start.AddDate(0, 0, -100-30*(i%12)+[]int{0, 8, 23}[step])
	}
	entry := func(key crm.Key) map[string]any {
		return map[string]any{
			"model": leadModel, "res_id": int64(key.Opportunity), "message_id": key.MessageID(token, domain), "message_type": "comment", "body": "<p>Hello</p>",
		}
	}
	dated := map[time.Time][]int64{}
	note := func(at time.Time, made []int64) { dated[at] = append(dated[at], made...) }
	messages := func(login string, rows []map[string]any) (made []int64) {
		for from := 0; from < len(rows); from += 500 {
			made = append(made, s.createAs(login, messageModel, rows[from:min(from+500, len(rows))]...)...)
		}
		return made
	}
	stopped := map[int]int64{}
	for step, day := range []int{7, 15, 30} {
		var rows, answers []map[string]any
		var of []int
		for i, id := range ids {
			row := entry(crm.ReminderKey(crm.OpportunityID(id), day))
			if name := templateOfLongAgo(i, day); name != "" {
				row["email_layout_xmlid"] = "crm_tool." + name
			}
			rows = append(rows, row)
			subject := "Re: your request"
			switch {
			case i%5 == step, i%5 == 4 && step == 2:
			case i%5 == 3 && step == 0:
				subject = "Automatic reply: away"
			default:
				continue
			}
			of = append(of, i)
			answers = append(answers, map[string]any{
				"model": leadModel, "res_id": id, "message_type": "email", "subject": subject, "author_id": false, "email_from": "client@client.example",
			})
		}
		for i, id := range messages(bot, rows) {
			note(at(i, step), []int64{id})
		}
		for j, id := range messages(admin, answers) {
			i := of[j]
			when := at(i, step).Add(time.Hour)
			if i%5 == 4 {
				when = at(i, step).AddDate(0, 0, 40)
			}
			note(when, []int64{id})
			if i%50 == 1 && step == 1 {
				stopped[i] = id
			}
		}
	}
	var rows []map[string]any
	var archived, won, lost, alone []int64
	for i, id := range ids {
		o := crm.OpportunityID(id)
		if mail := stopped[i]; mail != 0 {
			rows = append(rows, entry(crm.StopKey(o, crm.EntryID(mail))))
		}
		if i%4 == 1 {
			rows = append(rows, entry(crm.ArchivedKey(o)))
		}
		if i%8 == 1 {
			archived = append(archived, id)
		}
		if i%6 == 0 {
			won = append(won, id)
		}
		if i%12 == 0 {
			lost = append(lost, id)
		}
		if i%9 == 0 {
			alone = append(alone, id)
		}
	}
	messages(bot, rows)
	stage := s.search("crm.stage", []any{[]any{"is_won", "=", true}}, "name")[0].id()
	s.write(leadModel, won, map[string]any{"stage_id": stage})
	s.write(leadModel, lost, map[string]any{"date_closed": "2020-01-01 00:00:00"})
	s.write(leadModel, alone, map[string]any{"user_id": false})
	s.write(leadModel, archived, map[string]any{"active": false})
	for when, made := range dated {
		require.NoError(t, s.SetCreated(messageModel, made, when))
	}

	want := map[string]reportFigures{}
	for i := range ids {
		for step, day := range []int{7, 15, 30} {
			salesperson := "Sam Seller"
			if i%9 == 0 {
				salesperson = ""
			}
			for _, line := range []string{
				"total,", "month," + at(i, step).Format("2006-01"), fmt.Sprintf("step,%d", day), "template," + templateOfLongAgo(i, day), "salesperson," + salesperson,
			} {
				f := want[line]
				for figure, is := range []bool{true, i%5 == step, i%6 == 0 && i%12 != 0, i%4 == 1, i%8 == 1, i%50 == 1 && step == 1} {
					if is {
						f[figure]++
					}
				}
				want[line] = f
			}
		}
	}
	return want
}

// templateOfLongAgo is the template of a reminder; empty for one of an earlier version.
func templateOfLongAgo(i, day int) string {
	switch {
	case i%10 == 9:
		return ""
	case i%2 == 1:
		return fmt.Sprintf("export/reminder-%d.fr", day)
	}
	return fmt.Sprintf("reminder-%d.en", day)
}

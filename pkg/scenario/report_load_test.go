package scenario_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
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
		"CRM_TOOL_ODOO_URL=" + proxy.URL, peakVariable + "=" + peak, "GOGC=100", "GOMEMLIMIT=", "CRM_TOOL_TIMEZONE=UTC",
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

// pastClient is the number of an opportunity with three reminders, on which depends what
// became of them.
type pastClient int

// steps are the days of the reminders.
func steps() []int { return []int{7, 15, 30} }

// at is when the reminder of a step, from 0, was sent.
func (c pastClient) at(start time.Time, step int) time.Time {
	return start.AddDate(0, 0, -100-30*int(c%12)+[]int{0, 8, 23}[step])
}

// answer returns the subject of what came in after a reminder, and how much later; an
// empty one for nothing.
func (c pastClient) answer(step int) (subject string, later time.Duration) {
	switch {
	case c.answered(step):
		return "Re: your request", time.Hour
	case c%5 == 3 && step == 0:
		return "Automatic reply: away", time.Hour
	case c%5 == 4 && step == 2:
		return "Re: your request", 40 * 24 * time.Hour // too late
	}
	return "", 0
}

func (c pastClient) answered(step int) bool { return int(c%5) == step }

// stopped tells whether the answer asked for no more mails.
func (c pastClient) stopped(step int) bool { return c%50 == 1 && step == 1 }

// wonBefore tells whether the opportunity was won before the reminders.
func (c pastClient) wonBefore() bool { return c%12 == 0 }

func (c pastClient) won() bool { return c%6 == 0 }

func (c pastClient) archived() bool { return c%4 == 1 }

func (c pastClient) stillArchived() bool { return c%8 == 1 }

// alone tells whether there is no salesperson.
func (c pastClient) alone() bool { return c%9 == 0 }

// template is the one of a day's reminder; empty for one of an earlier version.
func (c pastClient) template(day int) string {
	switch {
	case c%10 == 9:
		return ""
	case c%2 == 1:
		return fmt.Sprintf("export/reminder-%d.fr", day)
	}
	return fmt.Sprintf("reminder-%d.en", day)
}

// count adds the reminder of a step to the lines of the report.
func (c pastClient) count(lines map[string]reportFigures, start time.Time, step int) {
	salesperson := "Sam Seller"
	if c.alone() {
		salesperson = ""
	}
	day := steps()[step]
	for _, line := range []string{
		"total,", "month," + c.at(start, step).Format("2006-01"), fmt.Sprintf("step,%d", day), "template," + c.template(day), "salesperson," + salesperson,
	} {
		f := lines[line]
		is := []bool{true, c.answered(step), c.won() && !c.wonBefore(), c.archived(), c.stillArchived(), c.stopped(step)}
		for figure := range f {
			if is[figure] {
				f[figure]++
			}
		}
		lines[line] = f
	}
}

// remindedLongAgo makes opportunities with three reminders each, and what became of them
// in every way, and returns the figures of the report's lines.
func (s *site) remindedLongAgo(t *testing.T, n int) map[string]reportFigures {
	t.Helper()
	ids, start := s.pipeline(t, "client", n, 500*24*time.Hour), time.Now().UTC().Truncate(time.Second)
	lines, dated := map[string]reportFigures{}, map[time.Time][]int64{}
	stops := map[pastClient]int64{}
	for step := range steps() {
		s.remindAll(ids, start, step, dated)
		s.answerThose(ids, start, step, dated, stops)
		for i := range ids {
			pastClient(i).count(lines, start, step)
		}
	}
	s.endAll(ids, stops)
	for at, made := range dated {
		require.NoError(t, s.SetCreated(messageModel, made, at))
	}
	return lines
}

// pastEntry is a message of bot's that says what a key says.
func pastEntry(key crm.Key) map[string]any {
	return map[string]any{
		"model": leadModel, "res_id": int64(key.Opportunity), "message_id": key.MessageID("aa", "example.com"), "message_type": "comment", "body": "<p>Hello</p>",
	}
}

// writeMessages makes messages, some at once.
func (s *site) writeMessages(login string, rows []map[string]any) (made []int64) {
	for some := range slices.Chunk(rows, 500) {
		made = append(made, s.createAs(login, messageModel, some...)...)
	}
	return made
}

func (s *site) remindAll(ids []int64, start time.Time, step int, dated map[time.Time][]int64) {
	day := steps()[step]
	rows := make([]map[string]any, len(ids))
	for i, id := range ids {
		rows[i] = pastEntry(crm.ReminderKey(crm.OpportunityID(id), day))
		if name := pastClient(i).template(day); name != "" {
			rows[i]["email_layout_xmlid"] = "crm_tool." + name
		}
	}
	for i, id := range s.writeMessages(bot, rows) {
		at := pastClient(i).at(start, step)
		dated[at] = append(dated[at], id)
	}
}

func (s *site) answerThose(ids []int64, start time.Time, step int, dated map[time.Time][]int64, stops map[pastClient]int64) {
	var rows []map[string]any
	var clients []pastClient
	for i, id := range ids {
		subject, _ := pastClient(i).answer(step)
		if subject == "" {
			continue
		}
		clients = append(clients, pastClient(i))
		rows = append(rows, map[string]any{
			"model": leadModel, "res_id": id, "message_type": "email", "subject": subject, "author_id": false, "email_from": "client@client.example",
		})
	}
	for j, id := range s.writeMessages(admin, rows) {
		c := clients[j]
		_, later := c.answer(step)
		at := c.at(start, step).Add(later)
		dated[at] = append(dated[at], id)
		if c.stopped(step) {
			stops[c] = id
		}
	}
}

// endAll notes who asked for no more mails and what was archived, and changes the
// opportunities.
func (s *site) endAll(ids []int64, stops map[pastClient]int64) {
	which := func(is func(pastClient) bool) (some []int64) {
		for i, id := range ids {
			if is(pastClient(i)) {
				some = append(some, id)
			}
		}
		return some
	}
	var rows []map[string]any
	for c, mail := range stops {
		rows = append(rows, pastEntry(crm.StopKey(crm.OpportunityID(ids[c]), crm.EntryID(mail))))
	}
	for _, id := range which(pastClient.archived) {
		rows = append(rows, pastEntry(crm.ArchivedKey(crm.OpportunityID(id))))
	}
	s.writeMessages(bot, rows)
	stage := s.search("crm.stage", []any{[]any{"is_won", "=", true}}, "name")[0].id()
	s.write(leadModel, which(pastClient.won), map[string]any{"stage_id": stage})
	s.write(leadModel, which(pastClient.wonBefore), map[string]any{"date_closed": "2020-01-01 00:00:00"})
	s.write(leadModel, which(pastClient.alone), map[string]any{"user_id": false})
	s.write(leadModel, which(pastClient.stillArchived), map[string]any{"active": false})
}

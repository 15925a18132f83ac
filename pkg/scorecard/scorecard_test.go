package scorecard_test

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/scorecard"
)

// TestMain fixes how wide ambiguous characters are taken to be; the library
// asks the locale of whoever runs the tests.
func TestMain(m *testing.M) {
	twwidth.SetEastAsian(false)
	os.Exit(m.Run())
}

var (
	head = report.Head{
		Command: "feedback report", Run: "20261201T080000Z-7f3a", Started: time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC),
	}
	tail = report.Tail{Finished: time.Date(2026, 12, 1, 8, 0, 2, 0, time.UTC)}
)

// sent is a day of 2026; the months before it have numbers below 1.
func sent(month time.Month, day int) time.Time {
	return time.Date(2026, month, day, 9, 0, 0, 0, time.UTC)
}

func summaryOf(all ...scorecard.Asked) scorecard.Feedback {
	tally := scorecard.NewFeedbackTally(time.UTC)
	for _, a := range all {
		tally.Add(a)
	}
	return tally.Report()
}

// autumn has a month without questionnaires, one without scores, names that
// are markup and formulas, and no salesperson.
func autumn() scorecard.Feedback {
	all := []scorecard.Asked{
		{
			Salesperson: "=1+1", SalespersonID: 3, ActivityType: "<b>Call</b>", SentAt: sent(9, 2),
			Answered: true, Score: 40, HasScore: true, Recommend: 2, HasRecommend: true,
		},
		{Salesperson: "=1+1", SalespersonID: 3, ActivityType: "<b>Call</b>", SentAt: sent(9, 20)},
		{ActivityType: "Meeting, on site", SentAt: sent(11, 30), Answered: true},
	}
	for range 6 {
		all = append(all, scorecard.Asked{
			Salesperson: "Zoë", SalespersonID: 2, ActivityType: "<b>Call</b>", SentAt: sent(9, 14),
			Answered: true, Score: 90, HasScore: true, Recommend: 9, HasRecommend: true,
		})
	}
	return summaryOf(all...)
}

func nothing() scorecard.Feedback { return scorecard.NewFeedbackTally(time.UTC).Report() }

func TestTable(t *testing.T) {
	cases := map[string]struct {
		summary scorecard.Feedback
		options report.TableOptions
		want    string
	}{
		"each section is a table, and the total is the last line": {autumn(), report.TableOptions{}, `
MONTH    SENT  ANSWERED  RATE  SCORE  NPS
2026-09  8     7         88%   82.9   +71
2026-10  0     0
2026-11  1     1         100%

SALESPERSON  SENT  ANSWERED  RATE  SCORE  NPS
Zoë          6     6         100%  90.0   +100
=1+1         2     1         50%   40.0   -100
(none)       1     1         100%

ACTIVITY TYPE     SENT  ANSWERED  RATE  SCORE  NPS
<b>Call</b>       8     7         88%   82.9   +71
Meeting, on site  1     1         100%

feedback report: 9 sent, 8 answered (89%), mean score 82.9, NPS +71
`},
		"a terminal's width is kept": {autumn(), report.TableOptions{Width: 56}, `
 MONTH   │ SENT │ ANSWERED │ RATE │ SCORE │ NPS
─────────┼──────┼──────────┼──────┼───────┼─────
 2026-09 │ 8    │ 7        │ 88%  │ 82.9  │ +71
 2026-10 │ 0    │ 0        │      │       │
 2026-11 │ 1    │ 1        │ 100% │       │

 SALESPERSON │ SENT │ ANSWERED │ RATE │ SCORE │ NPS
─────────────┼──────┼──────────┼──────┼───────┼──────
 Zoë         │ 6    │ 6        │ 100% │ 90.0  │ +100
 =1+1        │ 2    │ 1        │ 50%  │ 40.0  │ -100
 (none)      │ 1    │ 1        │ 100% │       │

 ACTIVITY TYPE   │ SENT │ ANSWERED │ RATE │ SCORE │ NPS
─────────────────┼──────┼──────────┼──────┼───────┼─────
 <b>Call</b>     │ 8    │ 7        │ 88%  │ 82.9  │ +71
 Meeting, on si… │ 1    │ 1        │ 100% │       │

feedback report: 9 sent, 8 answered (89%), mean score 82.9, NPS +71
`},
		"without questionnaires there is the last line alone": {nothing(), report.TableOptions{}, `
feedback report: 0 sent, 0 answered
`},
		"a figure that there is not is left out of the last line": {
			summaryOf(scorecard.Asked{Salesperson: "Zoë", SalespersonID: 2, ActivityType: "Call", SentAt: sent(9, 2)}),
			report.TableOptions{},
			`
MONTH    SENT  ANSWERED  RATE  SCORE  NPS
2026-09  1     0         0%

SALESPERSON  SENT  ANSWERED  RATE  SCORE  NPS
Zoë          1     0         0%

ACTIVITY TYPE  SENT  ANSWERED  RATE  SCORE  NPS
Call           1     0         0%

feedback report: 1 sent, 0 answered (0%)
`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			require.NoError(t, scorecard.WriteTable(&b, c.summary, c.options))
			assert.Equal(t, strings.TrimPrefix(c.want, "\n"), b.String())
		})
	}
}

// headline is the last line of the table about a total.
func headline(t *testing.T, total scorecard.FeedbackLine) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, scorecard.WriteTable(&b, scorecard.Feedback{Total: total}, report.TableOptions{}))
	return strings.TrimSuffix(b.String(), "\n")
}

func TestAHalfIsRoundedAwayFromZero(t *testing.T) {
	line := scorecard.FeedbackLine{
		Sent: 8, Answered: 1, Rate: 0.125, HasRate: true, MeanScore: 80.25, HasScore: true, NPS: -12.5, HasNPS: true,
	}
	assert.Equal(
		t, "feedback report: 8 sent, 1 answered (13%), mean score 80.3, NPS -13",
		headline(t, line),
	)
}

func TestANetPromoterScoreAroundZeroHasNoSign(t *testing.T) {
	for _, value := range []float64{-0.4, math.Copysign(0, -1), 0, 0.4} {
		line := scorecard.FeedbackLine{NPS: value, HasNPS: true}
		assert.Equal(t, "feedback report: 0 sent, 0 answered, NPS 0", headline(t, line))
	}
}

func TestCSV(t *testing.T) {
	const header = "section,name,sent,answered,rate,scored,mean_score,promoters,passives,detractors,nps\n"
	cases := map[string]struct {
		summary scorecard.Feedback
		want    string
	}{
		"a column says which section a line is of": {autumn(), header + `total,,9,8,0.8889,7,82.86,6,0,1,71.43
month,2026-09,8,7,0.875,7,82.86,6,0,1,71.43
month,2026-10,0,0,,0,,0,0,0,
month,2026-11,1,1,1,0,,0,0,0,
salesperson,Zoë,6,6,1,6,90,6,0,0,100
salesperson,'=1+1,2,1,0.5,1,40,0,0,1,-100
salesperson,,1,1,1,0,,0,0,0,
activity_type,<b>Call</b>,8,7,0.875,7,82.86,6,0,1,71.43
activity_type,"Meeting, on site",1,1,1,0,,0,0,0,
`},
		"without questionnaires there is the total": {nothing(), header + "total,,0,0,,0,,0,0,0,\n"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			require.NoError(t, scorecard.WriteCSV(&b, c.summary))
			assert.Equal(t, strings.ReplaceAll(c.want, "\n", "\r\n"), b.String())
		})
	}
}

func TestJSON(t *testing.T) {
	broken := report.Tail{
		Finished: tail.Finished, Exit: 69,
		Error: &report.Failure{Message: "read answers: connection refused", Hint: "check odoo.url"},
	}
	const begin = `{"version":1,"command":"feedback report","run":"20261201T080000Z-7f3a","dry_run":false,"started":"2026-12-01T08:00:00Z",`
	cases := map[string]struct {
		summary scorecard.Feedback
		tail    report.Tail
		want    string
	}{
		"figures that there are not are null": {
			summaryOf(
				scorecard.Asked{
					Salesperson: "<Zoë>", SalespersonID: 2, ActivityType: "Call", SentAt: sent(9, 2),
					Answered: true, Score: 66.666, HasScore: true, Recommend: 7, HasRecommend: true,
				},
				scorecard.Asked{ActivityType: "Call", SentAt: sent(10, 2)},
			),
			tail,
			begin + `"timezone":"UTC","first":"2026-09-02","last":"2026-10-02",` +
				`"total":{"sent":2,"answered":1,"rate":0.5,"scored":1,"mean_score":66.67,"promoters":0,"passives":1,"detractors":0,"nps":0},` +
				`"by_salesperson":[` +
				`{"name":"<Zoë>","sent":1,"answered":1,"rate":1,"scored":1,"mean_score":66.67,"promoters":0,"passives":1,"detractors":0,"nps":0},` +
				`{"name":"","sent":1,"answered":0,"rate":0,"scored":0,"mean_score":null,"promoters":0,"passives":0,"detractors":0,"nps":null}],` +
				`"by_activity_type":[` +
				`{"name":"Call","sent":2,"answered":1,"rate":0.5,"scored":1,"mean_score":66.67,"promoters":0,"passives":1,"detractors":0,"nps":0}],` +
				`"by_month":[` +
				`{"name":"2026-09","sent":1,"answered":1,"rate":1,"scored":1,"mean_score":66.67,"promoters":0,"passives":1,"detractors":0,"nps":0},` +
				`{"name":"2026-10","sent":1,"answered":0,"rate":0,"scored":0,"mean_score":null,"promoters":0,"passives":0,"detractors":0,"nps":null}],` +
				`"finished":"2026-12-01T08:00:02Z","exit":0}
`,
		},
		"a run that was stopped is a whole document too": {
			nothing(), broken,
			begin + `"timezone":"UTC","first":null,"last":null,` +
				`"total":{"sent":0,"answered":0,"rate":null,"scored":0,"mean_score":null,"promoters":0,"passives":0,"detractors":0,"nps":null},` +
				`"by_salesperson":[],"by_activity_type":[],"by_month":[],` +
				`"finished":"2026-12-01T08:00:02Z","exit":69,"error":{"message":"read answers: connection refused","hint":"check odoo.url"}}
`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			require.NoError(t, scorecard.WriteJSON(&b, head, c.summary, c.tail))
			assert.Equal(t, c.want, b.String())
			assert.True(t, json.Valid([]byte(b.String())))
		})
	}
}

// failing takes so many bytes and then fails.
type failing struct {
	room int
	err  error
}

func (f *failing) Write(p []byte) (int, error) {
	n := min(len(p), f.room)
	f.room -= n
	if n < len(p) {
		return n, f.err
	}
	return n, nil
}

func TestAFailingOutputIsReported(t *testing.T) {
	full := errors.New("no space left on device")
	writers := map[string]func(io.Writer) error{
		"table": func(w io.Writer) error { return scorecard.WriteTable(w, autumn(), report.TableOptions{}) },
		"CSV":   func(w io.Writer) error { return scorecard.WriteCSV(w, autumn()) },
		"JSON":  func(w io.Writer) error { return scorecard.WriteJSON(w, head, autumn(), tail) },
		"page": func(w io.Writer) error {
			return scorecard.WritePage(w, scorecard.Page{Texts: texts(), Report: autumn()})
		},
	}
	for name, write := range writers {
		t.Run(name, func(t *testing.T) {
			var whole strings.Builder
			require.NoError(t, write(&whole))
			for room := 0; room < whole.Len(); room += 1 + whole.Len()/40 {
				err := write(&failing{room: room, err: full})
				require.ErrorIs(t, err, full)
				if name != "page" {
					assert.Equal(t, &report.WriteError{Err: full}, err)
				}
			}
		})
	}
}

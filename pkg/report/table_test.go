package report_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// TestMain fixes how wide ambiguous characters are taken to be; the library
// asks the locale of whoever runs the tests.
func TestMain(m *testing.M) {
	twwidth.SetEastAsian(false)
	os.Exit(m.Run())
}

func TestTable(t *testing.T) {
	dry := head
	dry.DryRun = true
	dryArchiving := archiving
	dryArchiving.DryRun = true
	broken := tail
	broken.Error = &report.Failure{Message: "read opportunities: connection refused"}
	cases := map[string]struct {
		head    report.Head
		options report.TableOptions
		items   []report.Item
		tail    report.Tail
		want    string
	}{
		"a pipe gets everything, plain": {head, report.TableOptions{}, items(), tail, `
ID    NAME                STEP  OUTCOME  DETAIL
42    Office chairs       7     sent     zoe@client.example, cc sam@example.com
43    Desks, oak          15    skipped  no-email
1044  Bureaux à Besançon        skipped  outside-window
45    日本の椅子          0     failed   send RCPT command: 451 4.7.1 <ken@client.example>: "greylisted" & please try again later
46    Lamps               30    failed   uncertain: end message: connection reset

no-email: Neither the opportunity nor its contact has an e-mail address.
outside-window: Its day has not come yet.
uncertain: Nobody can know whether the mail left; ` + "`crm-tool remind settle`, `crm-tool feedback settle` or `crm-tool archive settle`" + ` decides.
remind: 1 sent, 2 skipped (1 no-email, 1 outside-window), 2 failed (1 uncertain) in 1.2s
`},
		"a mail before archiving: what happens comes first": {archiving, report.TableOptions{Width: 60}, []report.Item{
			{Opportunity: 1, Name: "Old", Outcome: report.Planned, To: []string{"sam@example.com"}, Note: "to be archived on 2027-01-02"},
		}, tail, `
 ID │ NAME │ OUTCOME │ DETAIL
────┼──────┼─────────┼──────────────────────────────────────
 1  │ Old  │ planned │ to be archived on 2027-01-02; mail …

archive: 0 archived, 0 restored, 0 skipped, 0 failed in 1.2s
`},
		"what a reason tells is not cut, such as the number of another opportunity": {head, report.TableOptions{Width: 60}, []report.Item{
			{Opportunity: 1, Name: "Chairs", Step: new(7), Outcome: report.Skipped, Reason: crm.RecentlyMailed, Note: "the client was reminded of opportunity 1044"},
		}, tail, `
 ID │ NAME   │ STEP │ OUTCOME │ DETAIL
────┼────────┼──────┼─────────┼─────────────────────────────
 1  │ Chairs │ 7    │ skipped │ recently-mailed: the client
    │        │      │         │ was reminded of opportunity
    │        │      │         │ 1044

recently-mailed: Another reminder went to this client less
than reminders.min_days_between days before; it is mailed
later, within reminders.catch_up_days.
remind: 0 sent, 1 skipped (1 recently-mailed), 0 failed in
1.2s
`},
		"a terminal's width is kept: long texts are cut, failures wrapped": {head, report.TableOptions{Width: 60}, items(), tail, `
 ID   │ NAME            │ STEP │ OUTCOME │ DETAIL
──────┼─────────────────┼──────┼─────────┼──────────────────
 42   │ Office chairs   │ 7    │ sent    │ zoe@client.exam…
 43   │ Desks, oak      │ 15   │ skipped │ no-email
 1044 │ Bureaux à Besa… │      │ skipped │ outside-window
 45   │ 日本の椅子      │ 0    │ failed  │ send RCPT
      │                 │      │         │ command: 451
      │                 │      │         │ 4.7.1
      │                 │      │         │ <ken@client.exam
      │                 │      │         │ ple>:
      │                 │      │         │ "greylisted" &
      │                 │      │         │ please try again
      │                 │      │         │ later
 46   │ Lamps           │ 30   │ failed  │ uncertain: end
      │                 │      │         │ message:
      │                 │      │         │ connection reset

no-email: Neither the opportunity nor its contact has an
e-mail address.
outside-window: Its day has not come yet.
uncertain: Nobody can know whether the mail left; ` + "`crm-tool\nremind settle`, `crm-tool feedback settle` or `crm-tool\narchive settle` decides." + `
remind: 1 sent, 2 skipped (1 no-email, 1 outside-window), 2
failed (1 uncertain) in 1.2s
`},
		"colours mark the outcomes": {dry, report.TableOptions{Width: 80, Color: true}, []report.Item{
			{Opportunity: 1, Name: "a", Outcome: report.Planned, To: []string{"zoe@client.example"}},
			{Opportunity: 2, Name: "b", Outcome: report.Sent, To: []string{"zoe@client.example"}},
			{Opportunity: 3, Name: "c", Outcome: report.Skipped, Reason: crm.Won},
			{Opportunity: 4, Name: "d", Outcome: report.Failed, Error: "render: unknown field"},
		}, tail, `
 ID │ NAME │ STEP │ OUTCOME │ DETAIL
────┼──────┼──────┼─────────┼───────────────────────
 1  │ a    │      │ ESC[36mplannedESC[0m │ zoe@client.example
 2  │ b    │      │ ESC[32msentESC[0m    │ zoe@client.example
 3  │ c    │      │ ESC[33mskippedESC[0m │ won
 4  │ d    │      │ ESC[31mfailedESC[0m  │ render: unknown field

won: The opportunity is won.
remind (dry run): 1 planned, 1 skipped (1 won), 1 failed in 1.2s
`},
		"what is no mail has no step": {archiving, report.TableOptions{}, archived(), tail, `
ID  NAME  OUTCOME   DETAIL
1   Old   archived
2   Back  restored
3   Kept  skipped   kept-tag

kept-tag: It has a tag that archive.keep names.
archive: 1 archived, 1 restored, 1 skipped (1 kept-tag), 0 failed in 1.2s
`},
		"a dry run that mails nobody counts what it planned": {dryArchiving, report.TableOptions{}, []report.Item{
			{Opportunity: 1, Name: "Old", Outcome: report.Planned},
		}, tail, `
ID  NAME  OUTCOME  DETAIL
1   Old   planned

archive (dry run): 1 planned, 0 skipped, 0 failed in 1.2s
`},
		"without items there is the summary alone": {head, report.TableOptions{Width: 80}, nil, tail, `
remind: 0 sent, 0 skipped, 0 failed in 1.2s
`},
		"a run that was stopped says so in its last line": {head, report.TableOptions{}, items()[:1], broken, `
ID  NAME           STEP  OUTCOME  DETAIL
42  Office chairs  7     sent     zoe@client.example, cc sam@example.com

remind: 1 sent, 0 skipped, 0 failed in 1.2s, then stopped by an error
`},
		"no text of a stranger acts on the terminal or adds a line": {head, report.TableOptions{}, []report.Item{
			{
				Opportunity: 1, Name: " a\x1b[2J\x1b]0;title\x07\u009b31m\tb\r\nc\u2028d\u202ee\u2066f\ufeff \x00 g\xff", Outcome: report.Failed,
				Error: "550\r\n\x1b[1mno",
			},
			{Opportunity: 2, Name: "می\u200cخواهم", Outcome: report.Sent, To: []string{"a\nb@c.example"}},
		}, tail, `
ID  NAME                        STEP  OUTCOME  DETAIL
1   a[2J]0;title31m b c def g` + "\ufffd" + `        failed   550 [1mno
2   ` + "می\u200cخواهم" + `                           sent     a b@c.example

remind: 1 sent, 0 skipped, 1 failed in 1.2s
`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := written(t, report.Table, c.head, c.options, c.items, c.tail)
			assert.Equal(t, strings.TrimPrefix(c.want, "\n"), strings.ReplaceAll(got, "\x1b", "ESC"))
		})
	}
}

func TestTableNeverExceedsTheTerminal(t *testing.T) {
	names := []string{strings.Repeat("long name ", 20), strings.Repeat("椅子", 60), strings.Repeat("x", 300), "short"}
	var list []report.Item
	for i, name := range names {
		list = append(
			list,
			report.Item{Opportunity: crm.OpportunityID(i + 1), Name: name, Step: new(7), Outcome: report.Sent, To: []string{name}},
			report.Item{Opportunity: crm.OpportunityID(i + 1), Name: name, Step: new(7), Outcome: report.Failed, Error: name},
		)
	}
	for width := 54; width < 200; width += 3 {
		got := written(t, report.Table, head, report.TableOptions{Width: width}, list, tail)
		table, _, found := strings.Cut(got, "\n\n")
		require.True(t, found)
		for line := range strings.Lines(table) {
			assert.LessOrEqual(t, twwidth.Width(strings.TrimSuffix(line, "\n")), width, line)
		}
		assert.Equal(t, 300, strings.Count(table, "x")-countOfCut(table, "x"), "a failure is shown whole at width %d", width)
	}
}

// countOfCut counts the letters in cells that were cut.
func countOfCut(table, letter string) int {
	count := 0
	for line := range strings.Lines(table) {
		for cell := range strings.SplitSeq(line, "│") {
			if strings.Contains(cell, "…") {
				count += strings.Count(cell, letter)
			}
		}
	}
	return count
}

func TestTableOfManyPagesHasOneHeaderAndEveryItem(t *testing.T) {
	list := make([]report.Item, 2500)
	for i := range list {
		list[i] = report.Item{Opportunity: crm.OpportunityID(i + 1), Name: fmt.Sprint("opportunity ", i), Outcome: report.Sent}
	}
	got := written(t, report.Table, head, report.TableOptions{}, list, tail)
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	require.Len(t, lines, 1+2500+2)
	assert.Equal(t, "ID    NAME             STEP  OUTCOME  DETAIL", lines[0])
	assert.Equal(t, "1     opportunity 0          sent", lines[1])
	assert.Equal(t, "2500  opportunity 2499        sent", lines[2500])
}

func TestWriteRows(t *testing.T) {
	header := []string{"KEY", "VALUE", "FROM"}
	rows := [][]string{
		{"timezone", "Europe/Paris", "Odoo"},
		{"smtp.host", "smtp.example.com\x1b[31m", "/etc/crm-tool/config.yaml"},
	}
	cases := map[string]struct {
		rows  [][]string
		width int
		want  string
	}{
		"a pipe gets everything, plain": {rows, 0, `
KEY        VALUE                 FROM
timezone   Europe/Paris          Odoo
smtp.host  smtp.example.com[31m  /etc/crm-tool/config.yaml
`},
		"the widest columns give way to a terminal": {rows, 50, `
 KEY       │ VALUE            │ FROM
───────────┼──────────────────┼───────────────────
 timezone  │ Europe/Paris     │ Odoo
 smtp.host │ smtp.example.co… │ /etc/crm-tool/co…
`},
		"a terminal too narrow for words still shows their beginnings": {rows, 5, `
 KEY       │ VALUE      │ FROM
───────────┼────────────┼────────────
 timezone  │ Europe/Pa… │ Odoo
 smtp.host │ smtp.exam… │ /etc/crm-…
`},
		"what names the row is cut last": {[][]string{{"feedback.questionnaire", "satisfaction", "default"}}, 47, `
 KEY                    │ VALUE      │ FROM
────────────────────────┼────────────┼─────────
 feedback.questionnaire │ satisfact… │ default
`},
		"without rows there is nothing": {nil, 50, "\n"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			require.NoError(t, report.WriteRows(&b, header, c.rows, report.TableOptions{Width: c.width}))
			assert.Equal(t, strings.TrimPrefix(c.want, "\n"), b.String())
		})
	}
}

func TestSummary(t *testing.T) {
	count := func(outcome report.Outcome, reasons ...crm.Reason) *report.Counts {
		c := &report.Counts{}
		for _, r := range reasons {
			c.Add(report.Item{Outcome: outcome, Reason: r})
		}
		return c
	}
	cases := map[string]struct {
		counts *report.Counts
		took   time.Duration
		want   string
	}{
		"reasons come by frequency, then by name": {
			count(report.Skipped, crm.Won, crm.Replied, crm.NoEmail, crm.NoEmail), 1249 * time.Millisecond,
			"remind: 0 sent, 4 skipped (2 no-email, 1 replied, 1 won), 0 failed in 1.2s",
		},
		"a long run is timed in seconds": {
			count(report.Sent, "", ""), 3725700 * time.Millisecond,
			"remind: 2 sent, 0 skipped, 0 failed in 1h2m6s",
		},
		"a clock that was set back gives no negative time": {
			count(report.Failed, ""), -time.Hour,
			"remind: 0 sent, 0 skipped, 1 failed in 0s",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, report.Summary(head, c.counts, report.Tail{Finished: head.Started.Add(c.took)}))
		})
	}
}

func FuzzTableIsOneLineForEachItem(f *testing.F) {
	f.Add("Office chairs", 0)
	f.Add("a\x1b[31m\r\nb\u2028c\u0085d\ve\ff\u202e\xff", 60)
	f.Add("|│┼─\t=1", 80)
	f.Add("0", 15)
	f.Fuzz(func(t *testing.T, name string, width int) {
		list := []report.Item{{Opportunity: 1, Name: name, Outcome: report.Sent, To: []string{name}, CC: []string{name}}}
		options := report.TableOptions{Width: width % 300}
		got := written(t, report.Table, head, options, list, tail)
		table, _, _ := strings.Cut(got, "\n\n") // The summary may take several lines at a narrow terminal.
		lines := 2                              // header, item
		if options.Width > 0 {
			lines++ // the rule below the header
		}
		assert.Len(t, strings.Split(table, "\n"), lines)
		assert.True(t, utf8.ValidString(got))
		assert.NotRegexp(t, "[\x00-\x09\x0b-\x1f\x7f\u0080-\u009f\u202a-\u202e\u2066-\u2069]", got)
	})
}

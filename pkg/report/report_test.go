package report_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
)

var (
	head = report.Head{
		Command: "remind",
		Run:     "20261123T080000Z-7f3a",
		Started: time.Date(2026, 11, 23, 9, 0, 0, 987654321, time.FixedZone("CET", 3600)),
	}
	tail = report.Tail{Finished: time.Date(2026, 11, 23, 8, 0, 2, 187654321, time.UTC)}
)

// archiving is the head of a run that mails nobody.
var archiving = report.Head{
	Command: "archive",
	Run:     head.Run,
	Done:    []report.Outcome{report.Archived, report.Restored},
	NoMails: true,
	Started: head.Started,
}

func archived() []report.Item {
	return []report.Item{
		{Opportunity: 1, Name: "Old", Outcome: report.Archived},
		{Opportunity: 2, Name: "Back", Outcome: report.Restored},
		{Opportunity: 3, Name: "Kept", Outcome: report.Skipped, Reason: crm.KeptTag},
	}
}

func items() []report.Item {
	return []report.Item{
		{
			Opportunity: 42, Name: "Office chairs", Step: new(7), Outcome: report.Sent,
			To: []string{"zoe@client.example"}, CC: []string{"sam@example.com"},
		},
		{Opportunity: 43, Name: "Desks, oak", Step: new(15), Outcome: report.Skipped, Reason: crm.NoEmail},
		{Opportunity: 1044, Name: "Bureaux à Besançon", Outcome: report.Skipped, Reason: crm.OutsideWindow},
		{
			Opportunity: 45, Name: "日本の椅子", Step: new(0), Outcome: report.Failed,
			To: []string{"ken@client.example"}, CC: []string{},
			Error: `send RCPT command: 451 4.7.1 <ken@client.example>: "greylisted" & please try again later`,
		},
		{
			Opportunity: 46, Name: "Lamps", Step: new(30), Outcome: report.Failed, Reason: crm.IsUncertain,
			To: []string{"lea@client.example"}, CC: []string{"sam@example.com"},
			Error: "end message: connection reset",
		},
	}
}

// written returns what a writer of that format makes of the items.
func written(t *testing.T, f report.Format, h report.Head, o report.TableOptions, items []report.Item, end report.Tail) string {
	t.Helper()
	var b strings.Builder
	w := report.New(f, &b, h, o)
	for _, item := range items {
		require.NoError(t, w.Item(item))
	}
	require.NoError(t, w.Close(end))
	return b.String()
}

func TestJSON(t *testing.T) {
	broken := tail
	broken.Exit = 69
	broken.Error = &report.Failure{Message: "read opportunities: connection refused", Hint: "check odoo.url"}
	dry := head
	dry.DryRun = true
	cases := map[string]struct {
		head  report.Head
		items []report.Item
		tail  report.Tail
		want  string
	}{
		"items stand one a line, their fields in the documented order": {
			head, items(), tail,
			`{"version":1,"command":"remind","run":"20261123T080000Z-7f3a","dry_run":false,"started":"2026-11-23T08:00:00Z","items":[
{"opportunity":42,"name":"Office chairs","step":7,"to":["zoe@client.example"],"cc":["sam@example.com"],"outcome":"sent"},
{"opportunity":43,"name":"Desks, oak","step":15,"to":[],"cc":[],"outcome":"skipped","reason":"no-email"},
{"opportunity":1044,"name":"Bureaux à Besançon","to":[],"cc":[],"outcome":"skipped","reason":"outside-window"},
{"opportunity":45,"name":"日本の椅子","step":0,"to":["ken@client.example"],"cc":[],"outcome":"failed","error":"send RCPT command: 451 4.7.1 <ken@client.example>: \"greylisted\" & please try again later"},
{"opportunity":46,"name":"Lamps","step":30,"to":["lea@client.example"],"cc":["sam@example.com"],"outcome":"failed","reason":"uncertain","error":"end message: connection reset"}
],"counts":{"sent":1,"skipped":2,"failed":2},"finished":"2026-11-23T08:00:02Z","exit":0}
`,
		},
		"a run without items is a document with an empty list": {
			head, nil, tail,
			`{"version":1,"command":"remind","run":"20261123T080000Z-7f3a","dry_run":false,"started":"2026-11-23T08:00:00Z","items":[` +
				`],"counts":{"sent":0,"skipped":0,"failed":0},"finished":"2026-11-23T08:00:02Z","exit":0}
`,
		},
		"a run that was stopped has the items so far and the error": {
			head, items()[:1], broken,
			`{"version":1,"command":"remind","run":"20261123T080000Z-7f3a","dry_run":false,"started":"2026-11-23T08:00:00Z","items":[
{"opportunity":42,"name":"Office chairs","step":7,"to":["zoe@client.example"],"cc":["sam@example.com"],"outcome":"sent"}
],"counts":{"sent":1,"skipped":0,"failed":0},"finished":"2026-11-23T08:00:02Z","exit":69,` +
				`"error":{"message":"read opportunities: connection refused","hint":"check odoo.url"}}
`,
		},
		"a dry run counts what it planned": {
			dry,
			[]report.Item{{Opportunity: 1, Step: new(7), Outcome: report.Planned}},
			tail,
			`{"version":1,"command":"remind","run":"20261123T080000Z-7f3a","dry_run":true,"started":"2026-11-23T08:00:00Z","items":[
{"opportunity":1,"name":"","step":7,"to":[],"cc":[],"outcome":"planned"}
],"counts":{"planned":1,"skipped":0,"failed":0},"finished":"2026-11-23T08:00:02Z","exit":0}
`,
		},
		"an item that is no mail has no addresses, and the counts are those of its command": {
			archiving, archived(), tail,
			`{"version":1,"command":"archive","run":"20261123T080000Z-7f3a","dry_run":false,"started":"2026-11-23T08:00:00Z","items":[
{"opportunity":1,"name":"Old","outcome":"archived"},
{"opportunity":2,"name":"Back","outcome":"restored"},
{"opportunity":3,"name":"Kept","outcome":"skipped","reason":"kept-tag"}
],"counts":{"archived":1,"restored":1,"skipped":1,"failed":0},"finished":"2026-11-23T08:00:02Z","exit":0}
`,
		},
		"what a terminal would obey is escaped, and nothing is lost": {
			head,
			[]report.Item{{
				Opportunity: 1, Name: "a\x1b[31m\u009b2J\x7f\u202eb\U000e0041\u200dc\td\n\xff", Outcome: report.Sent,
			}},
			tail,
			`{"version":1,"command":"remind","run":"20261123T080000Z-7f3a","dry_run":false,"started":"2026-11-23T08:00:00Z","items":[
{"opportunity":1,"name":"a\u001b[31m\u009b2J\u007f\u202eb\udb40\udc41\u200dc\td\n\ufffd","to":[],"cc":[],"outcome":"sent"}
],"counts":{"sent":1,"skipped":0,"failed":0},"finished":"2026-11-23T08:00:02Z","exit":0}
`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := written(t, report.JSON, c.head, report.TableOptions{}, c.items, c.tail)
			assert.Equal(t, c.want, got)
			assert.True(t, json.Valid([]byte(got)))
		})
	}
}

func TestEscapedTextMeansTheSame(t *testing.T) {
	name := "a\x1b[31m\u009b2J\x7f\u202eb\U000e0041\u200dc\td\n\\\"<&>\u2028"
	got := written(t, report.NDJSON, head, report.TableOptions{}, []report.Item{{Opportunity: 1, Name: name}}, tail)
	var item struct{ Name string }
	require.NoError(t, json.NewDecoder(strings.NewReader(got)).Decode(&item))
	assert.Equal(t, name, item.Name)
}

func TestNDJSONEndsWithTheSummary(t *testing.T) {
	want := `{"opportunity":42,"name":"Office chairs","step":7,"to":["zoe@client.example"],"cc":["sam@example.com"],"outcome":"sent"}
{"opportunity":43,"name":"Desks, oak","step":15,"to":[],"cc":[],"outcome":"skipped","reason":"no-email"}
{"version":1,"command":"remind","run":"20261123T080000Z-7f3a","dry_run":false,"started":"2026-11-23T08:00:00Z",` +
		`"counts":{"sent":1,"skipped":1,"failed":0},"finished":"2026-11-23T08:00:02Z","exit":0}
`
	assert.Equal(t, want, written(t, report.NDJSON, head, report.TableOptions{}, items()[:2], tail))
}

func TestNDJSONIsWrittenItemByItem(t *testing.T) {
	var b strings.Builder
	w := report.New(report.NDJSON, &b, head, report.TableOptions{})
	require.NoError(t, w.Item(report.Item{Opportunity: 42, Outcome: report.Sent}))
	assert.Equal(t, `{"opportunity":42,"name":"","to":[],"cc":[],"outcome":"sent"}`+"\n", b.String())
}

func TestCSV(t *testing.T) {
	const header = "opportunity,name,step,to,cc,outcome,reason,error,activity,activity_type\n"
	cases := map[string]struct {
		items []report.Item
		want  string
	}{
		"each item is a line, quoted where it has to be": {items(), header +
			`42,Office chairs,7,zoe@client.example,sam@example.com,sent,,,,
43,"Desks, oak",15,,,skipped,no-email,,,
1044,Bureaux à Besançon,,,,skipped,outside-window,,,
45,日本の椅子,0,ken@client.example,,failed,,"send RCPT command: 451 4.7.1 <ken@client.example>: ""greylisted"" & please try again later",,
46,Lamps,30,lea@client.example,sam@example.com,failed,uncertain,end message: connection reset,,
`},
		"without items there is the header": {nil, header},
		"a cell that a spreadsheet would calculate begins with an apostrophe": {[]report.Item{
			{Opportunity: 1, Name: `=HYPERLINK("http://x.example")`, Outcome: report.Sent, To: []string{"+zoe@client.example"}},
			{Opportunity: 2, Name: "\t@SUM(A1)", Outcome: report.Failed, Error: "-1"},
		}, header + `1,"'=HYPERLINK(""http://x.example"")",,'+zoe@client.example,,sent,,,,
2,'@SUM(A1),,,,failed,,'-1,,
`},
		"nor is it one behind a character without a glyph, or in wide signs": {[]report.Item{
			{Opportunity: 1, Name: "\u200d=1+1", Outcome: report.Sent, To: []string{"\u200c\u200d@SUM(A1)"}},
			{Opportunity: 2, Name: "\u034f\ufe0f\u3164-1", Outcome: report.Failed, Error: "＝1+1"},
			{Opportunity: 3, Name: "می\u200cخواهم = 1", Outcome: report.Failed},
		}, header + "1,'\u200d=1+1,,'\u200c\u200d@SUM(A1),,sent,,,,\n" +
			"2,'\u034f\ufe0f\u3164-1,,,,failed,,'＝1+1,,\n3,می\u200cخواهم = 1,,,,failed,,,,\n"},
		"an item is one line whatever its name holds": {[]report.Item{
			{Opportunity: 1, Name: "two\r\nlines\x00 and \x1b[31mred", Outcome: report.Sent, To: []string{"a@b.example", "c@d.example"}},
		}, header + "1,two lines and [31mred,,a@b.example c@d.example,,sent,,,,\n"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := written(t, report.CSV, head, report.TableOptions{}, c.items, tail)
			assert.Equal(t, strings.ReplaceAll(c.want, "\n", "\r\n"), got)
		})
	}
}

func TestProblemsAreQuietAndNameNobody(t *testing.T) {
	cases := map[string]struct {
		items []report.Item
		want  string
	}{
		"nothing is written when nothing failed": {items()[:3], ""},
		"a failure is an id, a reason and an answer without its address": {
			items(),
			`opportunity 45, step 0: send RCPT command: 451 4.7.1 <address> "greylisted" & please try again later
opportunity 46, step 30: uncertain: end message: connection reset
remind: 1 sent, 2 skipped (1 no-email, 1 outside-window), 2 failed (1 uncertain) in 1.2s
`,
		},
		"a quoted local part with a space is hidden too": {[]report.Item{
			{Opportunity: 1, Name: "Zoe", Outcome: report.Failed, Error: `550 "zoe smith"@client.example unknown`},
		}, `opportunity 1: 550 <address> unknown
remind: 0 sent, 0 skipped, 1 failed in 1.2s
`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			w := report.NewProblems(&b, head)
			for _, item := range c.items {
				require.NoError(t, w.Item(item))
			}
			require.NoError(t, w.Close(tail))
			assert.Equal(t, c.want, b.String())
		})
	}
}

// failing takes so many bytes and then fails.
type failing struct {
	room  int
	err   error
	calls int
}

func (f *failing) Write(p []byte) (int, error) {
	f.calls++
	n := min(len(p), f.room)
	f.room -= n
	if n < len(p) {
		return n, f.err
	}
	return n, nil
}

func TestAFailingOutputIsReported(t *testing.T) {
	full := errors.New("no space left on device")
	writers := map[string]func(io.Writer) report.Writer{
		"problems": func(w io.Writer) report.Writer { return report.NewProblems(w, head) },
	}
	for _, f := range report.Formats() {
		writers[string(f)] = func(w io.Writer) report.Writer { return report.New(f, w, head, report.TableOptions{}) }
	}
	for name, open := range writers {
		for room := range 20 {
			t.Run(fmt.Sprintf("%s with room for %d bytes", name, room), func(t *testing.T) {
				out := &failing{room: room, err: full}
				w := open(out)
				for _, item := range items() {
					_ = w.Item(item) // some formats have written nothing yet
				}
				err := w.Close(tail)
				assert.Equal(t, &report.WriteError{Err: full}, err)
				require.ErrorIs(t, err, full)
				assert.EqualError(t, err, "write report: no space left on device")

				calls := out.calls
				assert.ErrorIs(t, w.Item(items()[3]), full)
				assert.ErrorIs(t, w.Close(tail), full)
				assert.Equal(t, calls, out.calls, "nothing is written after the first error")
			})
		}
	}
}

func TestAWriterThatWritesLessIsReported(t *testing.T) {
	w := report.New(report.JSON, &failing{room: 5}, head, report.TableOptions{})
	assert.ErrorIs(t, w.Item(items()[0]), io.ErrShortWrite)
}

func TestExplainKnowsEveryReason(t *testing.T) {
	source, err := os.ReadFile("../crm/reason.go")
	require.NoError(t, err)
	reasons := regexp.MustCompile(`Reason = "([a-z-]+)"`).FindAllSubmatch(source, -1)
	require.NotEmpty(t, reasons)
	sentences := map[string]string{}
	for _, r := range reasons {
		sentence := report.Explain(crm.Reason(r[1]))
		assert.Regexp(t, `^[A-Z].*\.$`, sentence, string(r[1]))
		sentences[sentence] = string(r[1])
	}
	assert.Len(t, sentences, len(reasons), "two reasons with the same sentence")
	assert.Empty(t, report.Explain("no reason at all"))
}

func TestMemoryStaysFlat(t *testing.T) {
	for _, f := range report.Formats() {
		t.Run(string(f), func(t *testing.T) {
			w := report.New(f, io.Discard, head, report.TableOptions{Width: 100})
			var before, after runtime.MemStats
			for i := range 20_000 {
				if i == 4_000 {
					runtime.GC()
					runtime.ReadMemStats(&before)
				}
				item := report.Item{
					Opportunity: crm.OpportunityID(i), Name: fmt.Sprintf("Opportunity number %d", i), Step: new(7),
					Outcome: report.Sent, To: []string{fmt.Sprintf("client-%d@client.example", i)},
				}
				require.NoError(t, w.Item(item))
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			require.NoError(t, w.Close(tail))
			grown := int64(after.HeapAlloc) - int64(before.HeapAlloc)
			assert.Less(t, grown, int64(2<<20), "16,000 items kept %d bytes", grown)
		})
	}
}

func TestAMessageCannotActOnATerminal(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"ordinary text":                       {"Zoë: “chairs”\n\tand desks", "Zoë: “chairs”\n\tand desks"},
		"a command that clears the screen":    {"a\x1b[2Jb", `a\u001b[2Jb`},
		"the same in one character":           {"a\u009b2Jb", `a\u009b2Jb`},
		"the same as a byte that is no UTF-8": {"a\x9b2Jb", "a\ufffd2Jb"},
		"a title for the window":              {"\x1b]0;root\a", `\u001b]0;root\u0007`},
		"a return to the line's beginning":    {"failed\rdone", `failed\u000ddone`},
		"a mark that reorders what follows":   {"moc.elpmaxe\u202e!", `moc.elpmaxe\u202e!`},
		"an isolate":                          {"\u2066x\u2069", `\u2066x\u2069`},
		"an invisible tag":                    {"a\U000e0041", `a\udb40\udc41`},
		"a joiner that spelling needs":        {"می\u200cخواهم", "می\u200cخواهم"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, report.Visible(c.text))
		})
	}
}

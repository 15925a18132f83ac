package report_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
)

func TestATextWithoutEndWidensNoLineAndTakesNoMemory(t *testing.T) {
	for f, widest := range map[report.Format]int{report.Table: 500, report.CSV: 2500} {
		for name, options := range map[string]report.TableOptions{"a pipe": {}, "a terminal": {Width: 100}} {
			t.Run(string(f)+" on "+name, func(t *testing.T) {
				var longest, size int
				w := report.New(f, lineWriter(func(line string) { longest, size = max(longest, len(line)), size+len(line) }), head, options)
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				for i := range 1000 {
					item := report.Item{Opportunity: crm.OpportunityID(i), Name: "Chairs", Step: new(7), Outcome: report.Sent, To: []string{"zoe@client.example"}}
					switch {
					case i == 500:
						item.Name = strings.Repeat("long ", 80_000)
					case i%10 == 0:
						item.Name = strings.Repeat("é", 3000+i)
					}
					require.NoError(t, w.Item(item))
				}
				require.NoError(t, w.Close(tail))
				runtime.ReadMemStats(&after)
				assert.Less(t, longest, widest)
				assert.Less(t, size, 1<<20)
				assert.Less(t, int64(after.HeapSys)-int64(before.HeapSys), int64(60<<20))
			})
		}
	}
}

// lineWriter is called with each piece of output, line by line.
type lineWriter func(line string)

func (w lineWriter) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		w(line)
	}
	return len(p), nil
}

func TestATextWithoutEndIsWholeInJSON(t *testing.T) {
	endless := strings.Repeat("long ", 80_000)
	for _, f := range []report.Format{report.JSON, report.NDJSON} {
		got := written(t, f, head, report.TableOptions{}, []report.Item{{Opportunity: 1, Name: endless, Outcome: report.Sent}}, tail)
		assert.Contains(t, got, endless)
	}
}

func TestATextIsCutAtItsLimitAndSaysSo(t *testing.T) {
	for letters, want := range map[int]string{
		199: strings.Repeat("é", 199), 200: strings.Repeat("é", 200), 201: strings.Repeat("é", 199) + "…",
	} {
		var b strings.Builder
		require.NoError(t, report.WriteRows(&b, []string{"NAME"}, [][]string{{strings.Repeat("é", letters)}}, report.TableOptions{}))
		assert.Equal(t, "NAME\n"+want+"\n", b.String())
	}
	for f, limit := range map[report.Format]int{report.Table: 1000, report.CSV: 1000} {
		got := written(t, f, head, report.TableOptions{}, []report.Item{{Opportunity: 1, Outcome: report.Failed, Error: strings.Repeat("x", 5000)}}, tail)
		assert.Contains(t, got, strings.Repeat("x", limit-1)+"…", f)
		assert.NotContains(t, got, strings.Repeat("x", limit), f)
	}
}

func TestAPageAndTheProblemsOfAQuietRunHaveLimitsToo(t *testing.T) {
	endless := strings.Repeat("long ", 80_000)
	var b strings.Builder
	require.NoError(t, report.WritePage(&b, []report.Section{{
		Title: endless, Rows: []report.Row{{Cells: []string{endless, endless}, Text: []string{endless}}, {Cells: []string{"a", "b"}}},
	}}, report.TableOptions{}))
	assert.Less(t, b.Len(), 3000)
	b.Reset()
	w := report.NewProblems(&b, head)
	require.NoError(t, w.Item(report.Item{Opportunity: 1, Outcome: report.Failed, Error: endless}))
	require.NoError(t, w.Close(tail))
	assert.Less(t, b.Len(), 1500)
}

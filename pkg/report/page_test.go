package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/report"
)

func TestWritePage(t *testing.T) {
	sections := []report.Section{
		{Title: "Office\x1b[2J chairs (42)", Rows: []report.Row{
			{Cells: []string{"Client"}, Text: []string{"zoe@client.example"}},
			{Cells: []string{"Salesperson"}, Text: []string{"Sam Seller"}},
		}},
		{Title: "Reminders", Rows: []report.Row{
			{Cells: []string{"day 7", "sent"}, Text: []string{"Sent on Monday to zoe@client.example.", "<crm-tool.remind.42.7.7b47e3cb1875a2db@example.com>"}},
			{Cells: []string{"day 15", "planned"}},
		}},
		{Title: "Next", Rows: []report.Row{{Text: []string{"Nothing."}}}},
	}
	cases := map[string]struct {
		options report.TableOptions
		want    string
	}{
		"a pipe gets each paragraph on a line": {report.TableOptions{}, `
Office[2J chairs (42)
  Client       zoe@client.example
  Salesperson  Sam Seller

Reminders
  day 7   sent     Sent on Monday to zoe@client.example.
                   <crm-tool.remind.42.7.7b47e3cb1875a2db@example.com>
  day 15  planned

Next
  Nothing.
`},
		"a terminal has them wrapped beside the cells, and one long word whole below them": {report.TableOptions{Width: 55, Color: true}, `
ESC[1mOffice[2J chairs (42)ESC[0m
  Client       zoe@client.example
  Salesperson  Sam Seller

ESC[1mRemindersESC[0m
  day 7   ESC[32msentESC[0m     Sent on Monday to
                   zoe@client.example.
    <crm-tool.remind.42.7.7b47e3cb1875a2db@example.com>
  day 15  ESC[36mplannedESC[0m

ESC[1mNextESC[0m
  Nothing.
`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			require.NoError(t, report.WritePage(&b, sections, c.options))
			assert.Equal(t, strings.TrimPrefix(c.want, "\n"), strings.ReplaceAll(b.String(), "\x1b", "ESC"))
		})
	}
}

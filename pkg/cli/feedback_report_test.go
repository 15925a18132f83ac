package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli/demo"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// asking returns premises where two clients were asked and one has answered.
func asking(t *testing.T) *premises {
	t.Helper()
	p := newPremises(t, sandboxodoo.Options{})
	require.Equal(t, 0, p.run(t, "", nil, "remind", "--yes", "--quiet").status)
	require.NoError(t, p.odoo.FinishActivities())
	got := p.run(t, "", nil, "feedback", "send", "--yes")
	require.Equal(t, 0, got.status, "%v", got)
	clients, err := demo.Clients(p.mailbox)
	require.NoError(t, err)
	require.Len(t, clients, 2)
	require.NoError(t, clients[1].Answer(t.Context(), 0, "Thank you."))
	return p
}

func TestTheFeedbackReportHasThreeForms(t *testing.T) {
	t.Parallel()
	p := asking(t)
	page := filepath.Join(t.TempDir(), "feedback.html")
	for name, c := range map[string]struct{ args, want string }{
		"for a person": {
			"feedback report",
			"MONTH    SENT  ANSWERED  RATE  SCORE  NPS\n2026-11  2     1         50%   100.0\n\n" +
				"SALESPERSON      SENT  ANSWERED  RATE  SCORE  NPS\n" +
				"Camille Laurent  1     1         100%  100.0\nSam Seller       1     0         0%\n\n" +
				"ACTIVITY TYPE  SENT  ANSWERED  RATE  SCORE  NPS\n" +
				"Call           1     1         100%  100.0\nMeeting        1     0         0%\n\n" +
				"feedback report: 2 sent, 1 answered (50%), mean score 100.0\n",
		},
		"for a spreadsheet": {
			"feedback report -o csv",
			"section,name,sent,answered,rate,scored,mean_score,promoters,passives,detractors,nps\n" +
				"total,,2,1,0.5,1,100,0,0,0,\nmonth,2026-11,2,1,0.5,1,100,0,0,0,\n" +
				"salesperson,Camille Laurent,1,1,1,1,100,0,0,0,\nsalesperson,Sam Seller,1,0,0,0,,0,0,0,\n" +
				"activity_type,Call,1,1,1,1,100,0,0,0,\nactivity_type,Meeting,1,0,0,0,,0,0,0,\n",
		},
		"quietly": {"feedback report --quiet --html " + page, ""},
	} {
		got := p.run(t, "", nil, strings.Fields(c.args)...)
		got.stdout = strings.ReplaceAll(got.stdout, "\r\n", "\n")
		assert.Equal(t, outcome{stdout: c.want}, got, name)
	}
	html, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.Contains(t, string(html), "Northwind Office")
	assert.Contains(t, string(html), "Camille Laurent")
	assert.NotContains(t, string(html), "priya@")

	var document struct {
		Command string
		Total   struct{ Sent, Answered int }
		Exit    int
	}
	got := p.run(t, "", nil, "feedback", "report", "-o", "json")
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &document), "%v", got)
	assert.Equal(t, []any{"feedback report", 2, 1, 0}, []any{document.Command, document.Total.Sent, document.Total.Answered, document.Exit})
}

func TestAFeedbackReportThatFailsIsADocumentAllTheSame(t *testing.T) {
	t.Parallel()
	p := newPremises(t, sandboxodoo.Options{WithoutSurveys: true})
	got := p.run(t, "", nil, "feedback", "report", "-o", "json")
	assert.Equal(t, 78, got.status)
	var document struct {
		Exit  int
		Error struct{ Message, Hint string }
	}
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &document), "%v", got)
	assert.Equal(t, 78, document.Exit)
	assert.Equal(t, "run once: crm-tool setup", document.Error.Hint)
}

func TestAFeedbackReportRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	p := newPremises(t, sandboxodoo.Options{})
	got := p.run(t, "", nil, "feedback", "report", "-o", "ndjson")
	assert.Equal(t, outcome{
		status: 64, stderr: "crm-tool: invalid argument \"ndjson\" for \"-o, --output\" flag: choose one of table, json, csv; did you mean json?\n",
	}, got)
	got = p.run(t, "", nil, "feedback", "report", "--html", filepath.Join(t.TempDir(), "missing", "page.html"))
	assert.Equal(t, 74, got.status)
}

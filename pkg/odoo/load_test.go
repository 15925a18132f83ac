package odoo_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// importer plays BaseModel.load: the row "crm_tool.N" gets the id 100+N, and
// one bad row, whose second cell is "bad", refuses all and blames the first.
// The first conflicts calls lose against another transaction.
func importer(conflicts int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		if conflicts > 0 {
			conflicts--
			refuse(w, "could not serialize access due to concurrent update\n")
			return
		}
		_, params := parseCall(body)
		rows := params[5].([]any)[1].([]any)
		ids := make([]any, len(rows))
		for i, row := range rows {
			cells := texts(row)
			if cells[1] == "bad" {
				refuse(w, "No matching record found for external id 'x' in field 'Subtype'")
				return
			}
			var n int
			if _, err := fmt.Sscanf(cells[0], "crm_tool.%d", &n); err != nil {
				panic(err)
			}
			ids[i] = 100 + n
		}
		_, _ = w.Write(response(map[string]any{"ids": ids, "messages": []any{}, "nextrow": 0}))
	}
}

func refuse(w io.Writer, message string) {
	messages := []any{map[string]any{"record": 0, "type": "error", "message": message}, map[string]any{"type": "error", "message": message}}
	_, _ = w.Write(response(map[string]any{"ids": false, "messages": messages, "nextrow": 0}))
}

func importRows(n int, bad ...int) [][]string {
	rows := make([][]string, n)
	for i := range rows {
		rows[i] = []string{fmt.Sprintf("crm_tool.%d", i), "good"}
	}
	for _, i := range bad {
		rows[i][1] = "bad"
	}
	return rows
}

func TestLoadSeparatesTheBadRowsFromTheGoodOnes(t *testing.T) {
	for name, c := range map[string]struct {
		rows  int
		bad   []int
		calls int
	}{
		"all are good":       {200, nil, 1},
		"the first is bad":   {8, []int{0}, 7},
		"the last is bad":    {8, []int{7}, 7},
		"two of many":        {200, []int{3, 150}, 27},
		"all are bad":        {3, []int{0, 1, 2}, 5},
		"the only one":       {1, []int{0}, 1},
		"there are no rows":  {0, nil, 0},
		"an odd one is good": {1, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, importer(0))
			got, err := connect(t, options(s.URL)).Load(t.Context(), "mail.message", []string{"id", "subject"}, importRows(c.rows, c.bad...), nil)
			require.NoError(t, err)

			type outcome struct {
				ID  int64
				Err string
			}
			want := make([]outcome, c.rows)
			for i := range want {
				want[i].ID = int64(100 + i)
			}
			for _, i := range c.bad {
				want[i] = outcome{Err: "call mail.message.load: Odoo refuses the record: No matching record found for external id 'x' in field 'Subtype'"}
			}
			seen := make([]outcome, len(got))
			for i, l := range got {
				seen[i].ID = l.ID
				if l.Err != nil {
					seen[i].Err = l.Err.Error()
					assert.Equal(t, odoo.Invalid, failureOf(t, l.Err).Kind)
				}
			}
			assert.Equal(t, want, seen)
			assert.Equal(t, c.calls, s.seen())
		})
	}
}

func TestLoadTriesAgainWhenAnotherTransactionWasFaster(t *testing.T) {
	s := serve(t, importer(3))
	got, err := connect(t, options(s.URL)).Load(t.Context(), "mail.message", []string{"id", "subject"}, importRows(2), nil)
	require.NoError(t, err)
	assert.Equal(t, []odoo.Loaded{{ID: 100}, {ID: 101}}, got)
	assert.Equal(t, 4, s.seen())
}

func TestLoadGivesUpWhenOthersAreAlwaysFaster(t *testing.T) {
	s := serve(t, importer(1000))
	_, err := connect(t, options(s.URL)).Load(t.Context(), "mail.message", []string{"id", "subject"}, importRows(2), nil)
	assert.Equal(t, failure{
		odoo.Temporary, "call mail.message.load: another transaction was faster: could not serialize access due to concurrent update",
		"run again later; if it stays so, read the logs of Odoo and of the proxy before it",
	}, failureOf(t, err))
	assert.Equal(t, 5, s.seen())
}

func TestLoadAsksOdooToLeaveAloneWhatExists(t *testing.T) {
	s := serve(t, importer(0))
	_, err := connect(t, options(s.URL)).Load(t.Context(), "mail.activity", []string{"id", "summary"}, importRows(1),
		map[string]any{"mail_activity_quick_update": true, "noupdate": false})
	require.NoError(t, err)
	assert.Equal(t, [][]any{{
		"crm19", int64(5), password, "mail.activity", "load",
		[]any{[]any{"id", "summary"}, []any{[]any{"crm_tool.0", "good"}}},
		map[string]any{"context": map[string]any{"mode": "update", "noupdate": true, "mail_activity_quick_update": true}},
	}}, s.calls)
}

func TestLoadBelievesOnlyOneIDForEachRow(t *testing.T) {
	for name, answer := range map[string]any{
		"too few ids":      map[string]any{"ids": []any{1}},
		"no ids":           map[string]any{"messages": []any{}},
		"an id of nothing": map[string]any{"ids": []any{1, 0}},
		"an id of text":    map[string]any{"ids": []any{1, "2"}},
		"a list":           []any{1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, value(answer))
			_, err := connect(t, options(s.URL)).Load(t.Context(), "mail.message", []string{"id", "subject"}, importRows(2), nil)
			got := failureOf(t, err)
			assert.Equal(t, odoo.Malformed, got.Kind)
			assert.True(t, strings.HasPrefix(got.Text, "call mail.message.load: Odoo answered with "), got.Text)
		})
	}
}

func TestLoadReadsTheRecordedRefusals(t *testing.T) {
	eachVersion(t, func(t *testing.T, version int) {
		c := connect(t, options(replay(t, version, "authenticate.response", "load-bad-row.response")))
		got, err := c.Load(t.Context(), "mail.message", []string{"id", "subject"}, importRows(1), nil)
		require.NoError(t, err)
		require.Len(t, got, 1)
		assert.Equal(t, odoo.Invalid, failureOf(t, got[0].Err).Kind)
		assert.Contains(t, got[0].Err.Error(), "'not-a-number' does not seem to be an integer for field 'Related Document ID'")
	})
}

func TestARefusalWithoutAWordIsReported(t *testing.T) {
	s := serve(t, value(map[string]any{"ids": false, "messages": []any{}}))
	got, err := connect(t, options(s.URL)).Load(t.Context(), "mail.message", []string{"id", "subject"}, importRows(1), nil)
	require.NoError(t, err)
	assert.EqualError(t, got[0].Err, "call mail.message.load: Odoo refuses the record: it does not say why")
}

func TestAnErrorThatIsNoRowsOwnEndsALoad(t *testing.T) {
	s := serve(t, importer(0), importer(0), faultAnswer(4, "no right"))
	_, err := connect(t, options(s.URL)).Load(t.Context(), "mail.message", []string{"id", "subject"}, importRows(8, 0), nil)
	assert.Equal(t, odoo.AccessDenied, failureOf(t, err).Kind)
	assert.Equal(t, 3, s.seen())
}

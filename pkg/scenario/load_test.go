package scenario_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What asking, reminding and collecting cost Odoo depends on the questionnaires
// alone.
func TestAskingCostsFewCalls(t *testing.T) {
	beside(t)
	s := newSite(t)
	proxy := newProxy(t, s.Connection().URL)
	run := func(settings ...string) document {
		proxy.reset()
		p := s.start(t, append(settings, "CRM_TOOL_ODOO_URL="+proxy.URL), "feedback", "send", "--yes", "-o", "json")
		d, status := p.end(t)
		require.Equal(t, 0, status, "%s", &p.stderr)
		return d
	}
	require.Empty(t, run().Items)
	require.Empty(t, run().Items)
	t.Logf("nothing finished: %d calls: %v", proxy.count(), proxy.tally())
	assert.LessOrEqual(t, proxy.count(), 9)

	clients := s.pipeline(t, "client", loaded, week)
	s.finishAll(t, clients)
	begun := time.Now()
	require.Equal(t, loaded, run().Counts["sent"])
	t.Logf("%d finished: %s, %d calls: %v", loaded, time.Since(begun).Round(time.Millisecond), proxy.count(), proxy.tally())
	assert.LessOrEqual(t, proxy.count(), 14*loaded/100)
	to := map[string]int{}
	for _, m := range s.mailbox.Messages() {
		to[strings.Join(m.Recipients, ",")]++
	}
	require.Len(t, to, loaded)
	require.Len(t, s.mailbox.Messages(), loaded, "nobody is asked twice")

	require.Empty(t, run().Items)
	t.Logf("all asked: %d calls", proxy.count())
	assert.LessOrEqual(t, proxy.count(), 9)

	require.NoError(t, s.Later(3*24*time.Hour))
	require.Equal(t, loaded, run("CRM_TOOL_FEEDBACK_REMIND_AFTER_DAYS=3").Counts["sent"])
	t.Logf("%d reminded: %d calls: %v", loaded, proxy.count(), proxy.tally())
	assert.LessOrEqual(t, proxy.count(), 14*loaded/100)
	require.Len(t, s.mailbox.Messages(), 2*loaded)
	require.Empty(t, run("CRM_TOOL_FEEDBACK_REMIND_AFTER_DAYS=3").Items)
	t.Logf("all reminded: %d calls", proxy.count())

	s.collectAll(t, proxy)
}

// collectAll lets everybody have answered, and collects the answers.
func (s *site) collectAll(t testing.TB, proxy *proxy) {
	t.Helper()
	s.answerAll()
	proxy.reset()
	p := s.start(t, []string{"CRM_TOOL_ODOO_URL=" + proxy.URL}, "feedback", "collect", "-o", "json")
	d, status := p.end(t)
	require.Equal(t, 0, status, "%s", &p.stderr)
	require.Equal(t, loaded, d.Counts["collected"])
	t.Logf("%d collected: %d calls: %v", loaded, proxy.count(), proxy.tally())
	assert.LessOrEqual(t, proxy.count(), 8+3*loaded/100)
}

// answerAll lets everybody who was asked have answered.
func (s *site) answerAll() {
	var ids []int64
	for _, r := range s.search(inputModel, []any{}, "state") {
		ids = append(ids, r.id())
	}
	s.write(inputModel, ids, map[string]any{"state": "done", "end_datetime": time.Now().UTC().Format(odooTime)})
}

// finishAll marks a meeting on each opportunity as done.
func (s *site) finishAll(t testing.TB, opportunities []int64) {
	t.Helper()
	model := s.search("ir.model", []any{[]any{"model", "=", leadModel}}, "model")[0].id()
	meeting := s.search("mail.activity.type", []any{[]any{"name", "=", "Meeting"}}, "name")[0].id()
	seller := s.user(sam)
	for from := 0; from < len(opportunities); from += 200 {
		var rows []map[string]any
		for _, id := range opportunities[from:min(from+200, len(opportunities))] {
			rows = append(rows, map[string]any{"res_model_id": model, "res_id": id, "activity_type_id": meeting, "user_id": seller})
		}
		made := s.create("mail.activity", rows...)
		s.execute(sam, "mail.activity", "action_feedback", []any{made}, nil)
	}
}

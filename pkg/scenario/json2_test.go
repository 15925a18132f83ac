package scenario_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A run that calls Odoo by JSON-2 makes sure that what it reads is up to date, as a
// replica of Odoo's database may not be. That costs a few calls for each run, whatever it
// mails.
func TestARunByJSON2CostsAFewCallsMore(t *testing.T) {
	beside(t)
	idle, busy := map[string]int{}, map[string]int{}
	// With a slow server, what a run knows is too old before it reads a page, and it makes
	// sure once more.
	const usual, cost = 2, 3
	again := 0
	for _, by := range []string{"xmlrpc", json2} {
		s := newSiteOn(t, t.TempDir(), variant{version: served(t), by: by})
		proxy := newProxy(t, s.Connection().URL)
		run := func() (document, int) {
			proxy.reset()
			p := s.start(t, []string{"CRM_TOOL_ODOO_URL=" + proxy.URL}, "remind", "--yes", "-o", "json")
			d, status := p.end(t)
			require.Equal(t, 0, status, "%s", &p.stderr)
			return d, proxy.count()
		}
		clients := s.pipeline(t, "client", comparedDue, week)
		d, _ := run()
		require.Equal(t, comparedDue, d.Counts["sent"])
		require.NoError(t, s.Later(8*24*time.Hour))
		began := time.Now()
		d, busy[by] = run()
		require.Equal(t, comparedDue, d.Counts["sent"])
		t.Logf("%s: %d due: %d calls, %d kB, %s: %v",
			by, comparedDue, busy[by], proxy.bytes/1000, time.Since(began).Round(time.Millisecond), proxy.tally())
		again = max(0, proxy.tally()["ir.attachment unlink"]-usual)
		_, idle[by] = run()
		require.Len(t, s.mailbox.Messages(), 2*len(clients))
	}
	if os.Getenv("CRM_TOOL_TEST_ODOO_BEHIND") != "" {
		t.Skip("how often a run looks depends on how far the replica is behind")
	}
	assert.LessOrEqual(t, idle[json2], idle["xmlrpc"]+4)
	assert.LessOrEqual(t, busy[json2], busy["xmlrpc"]+7+again*cost)
}

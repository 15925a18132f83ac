package scenario_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cost is what runs took: calls, bytes over them, and time of the processor.
type cost struct {
	calls, bytes int
	cpu          time.Duration
}

// Four parts at the same time cost Odoo little more than one run over all: each begins and
// ends as a run does, reads the addresses of all, and in full only what is its own. From
// 4,000 reminders on, that is at most 15 % more calls.
func TestPartsTogetherCostLittleMoreThanOneRun(t *testing.T) {
	const parts, ofItsOwn, much, share = 4, 30, 4000, 1.15
	beside(t)
	var sent int
	of := func(n int) (total cost) {
		s := newSite(t)
		proxy := newProxy(t, s.Connection().URL)
		start := func(args ...string) *process {
			return s.start(t, []string{"CRM_TOOL_ODOO_URL=" + proxy.URL, "CRM_TOOL_STATE_DIR=" + t.TempDir()}, append(args, "-o", "json")...)
		}
		clients := s.pipeline(t, "first", 1, week)
		_, status := start("remind").end(t) // The first run of all makes more calls.
		require.Equal(t, 0, status)
		clients = append(clients, s.pipeline(t, "client", partsDue, week)...)
		proxy.reset()
		runs := make([]*process, n)
		for i := range runs {
			runs[i] = start("remind", "--yes", "--shard", fmt.Sprintf("%d/%d", i, n))
		}
		for _, p := range runs {
			d, status := p.end(t)
			require.Equal(t, 0, status, "%s", &p.stderr)
			sent += d.Counts["sent"]
			total.cpu += p.ProcessState.UserTime() + p.ProcessState.SystemTime()
		}
		require.Equal(t, once(clients), s.mailed(t))
		total.calls, total.bytes = proxy.count(), proxy.bytes
		t.Logf("%d parts: %d calls: %v", n, total.calls, proxy.tally())
		return total
	}
	one := of(1)
	all := of(parts)
	require.Equal(t, 2*partsDue, sent)
	t.Logf("%d due: one run %+v, %d parts %+v: calls %.2f, bytes %.2f, CPU %.2f", partsDue, one, parts, all,
		float64(all.calls)/float64(one.calls), float64(all.bytes)/float64(one.bytes), float64(all.cpu)/float64(one.cpu))
	assert.LessOrEqual(t, all.calls, one.calls+ofItsOwn*(parts-1), "calls")
	if partsDue >= much {
		assert.LessOrEqual(t, float64(all.calls), share*float64(one.calls), "calls")
	}
}

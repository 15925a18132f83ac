package scenario_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Two parts of one host share a rate. One that is told to stop ends at once, and a later
// run mails the rest.
func TestThePartsOfAHostShareARate(t *testing.T) {
	const due, interval = 20, 200 * time.Millisecond
	beside(t)
	s := newSite(t)
	clients := s.pipeline(t, "client", due, week)
	dir := t.TempDir()
	begun := time.Now()
	runs := make([]*process, 2)
	for i := range runs {
		runs[i] = s.start(t, []string{"CRM_TOOL_STATE_DIR=" + dir},
			"remind", "--yes", "--shard", fmt.Sprintf("%d/2", i), "--rate", fmt.Sprint(int(time.Minute/interval)), "-o", "json")
	}
	sent := 0
	for _, p := range runs {
		d, status := p.end(t)
		assert.Equal(t, 0, status, "%s", &p.stderr)
		sent += d.Counts["sent"]
	}
	assert.Equal(t, due, sent)
	assert.GreaterOrEqual(t, time.Since(begun), (due-1)*interval)
	require.Equal(t, once(clients), s.mailed(t))

	later := s.pipeline(t, "later", 2, week)
	slow := s.start(t, []string{"CRM_TOOL_STATE_DIR=" + t.TempDir()}, "remind", "--yes", "--rate", "6", "-o", "json")
	for len(s.mailbox.Messages()) == due {
		time.Sleep(10 * time.Millisecond)
	}
	told := time.Now()
	require.NoError(t, slow.Process.Signal(syscall.SIGTERM))
	d, status := slow.end(t)
	assert.Equal(t, 143, status, "%s", &slow.stderr)
	assert.Equal(t, map[string]int{"sent": 1, "skipped interrupted": 1}, d.outcomes())
	assert.Less(t, time.Since(told), 10*time.Second)
	d, status = s.run(t, "remind", "--yes")
	assert.Equal(t, 0, status)
	assert.Equal(t, 1, d.Counts["sent"])
	require.Equal(t, once(append(clients, later...)), s.mailed(t))
	s.requireAgreement(t)
}

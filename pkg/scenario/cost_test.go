package scenario_test

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a run costs Odoo depends on the mails, not on how much there is in the
// database, and its memory on neither.
func TestARunCostsFewCallsAndLittleMemory(t *testing.T) {
	s := newSite(t)
	s.pipeline(t, "young", loaded/2, 2*24*time.Hour)
	s.pipeline(t, "old", loaded/2, 100*24*time.Hour)
	proxy := newProxy(t, s.Connection().URL)
	peak := filepath.Join(t.TempDir(), "peak")
	extra := []string{"CRM_TOOL_ODOO_URL=" + proxy.URL, peakVariable + "=" + peak, "GOGC=100", "GOMEMLIMIT="}
	run := func() document {
		proxy.reset()
		p := s.start(t, extra, "remind", "--yes", "-o", "json")
		d, status := p.end(t)
		require.Equal(t, 0, status, "%s", &p.stderr)
		return d
	}
	require.Empty(t, run().Items)
	t.Logf("nothing due among %d: %d calls: %v", loaded, proxy.count(), proxy.tally())
	assert.LessOrEqual(t, proxy.count(), 8)

	clients := s.pipeline(t, "due", loaded, week)
	begun := time.Now()
	require.Equal(t, loaded, run().Counts["sent"])
	memory := kilobytes(t, peak)
	t.Logf("%d due: %s, %d calls, %d kB: %v", loaded, time.Since(begun).Round(time.Millisecond), proxy.count(), memory, proxy.tally())
	assert.LessOrEqual(t, proxy.count(), 12*loaded/100)
	if !raceDetector() { // It takes several times as much.
		assert.Less(t, memory, 60<<10, "kB of memory")
	}
	require.Equal(t, once(clients), s.mailed(t))
	s.requireAgreement(t)

	require.Empty(t, run().Items)
	t.Logf("all mailed: %d calls", proxy.count())
	assert.LessOrEqual(t, proxy.count(), 8)
}

// kilobytes reads the most memory that a process took.
func kilobytes(t *testing.T, peak string) int {
	t.Helper()
	memory, err := os.ReadFile(peak)
	require.NoError(t, err)
	n, err := strconv.Atoi(strings.TrimSuffix(string(memory), " kB"))
	require.NoError(t, err)
	return n
}

// raceDetector tells whether the tool was built with the race detector.
func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

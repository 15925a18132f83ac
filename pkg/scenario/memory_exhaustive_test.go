//go:build exhaustive && !odoo

package scenario_test

import (
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// One name without end among a thousand widens no line and takes no memory but its
// own, in any format, in a dry run and in a real one.
func TestANameWithoutEndCostsLittleMemory(t *testing.T) {
	const letters, limit = 400_000, 60 << 10
	s := newSite(t)
	clients := s.pipeline(t, "client", 1000, week)
	endless := strings.Repeat("x", letters)
	s.execute(admin, leadModel, "write", []any{[]any{clients[500]}, map[string]any{"name": endless}}, nil)
	commands := []string{
		"remind --dry-run", "remind --dry-run -o csv", "remind --dry-run -o json", "remind --dry-run -v",
		"archive --dry-run", "explain " + strconv.FormatInt(clients[500], 10), "remind --yes", "runs show last", "runs show last -o csv",
	}
	for _, line := range commands {
		p, memory := s.measured(t, strings.Fields(line)...)
		if memory >= limit { // The collector is late on a machine with other work.
			p, memory = s.measured(t, strings.Fields(line)...)
		}
		t.Logf("%s: %d kB", line, memory)
		if !raceDetector() { // It takes several times as much.
			assert.Less(t, memory, limit, "kB of memory of %s", line)
		}
		out := p.stdout.String()
		if strings.HasSuffix(line, "json") {
			assert.Contains(t, out, `"name":"`+endless+`"`, "JSON has it whole")
			assert.True(t, json.Valid([]byte(out)))
			continue
		}
		for l := range strings.Lines(out + p.stderr.String()) {
			assert.Less(t, len(l), 3000, "a line of %s", line)
		}
	}
}

// measured runs the tool to its end, and returns the most memory that it took, in kB.
func (s *site) measured(t *testing.T, args ...string) (*process, int) {
	t.Helper()
	peak := filepath.Join(t.TempDir(), "peak")
	p := s.start(t, []string{peakVariable + "=" + peak, "GOGC=100", "GOMEMLIMIT="}, args...)
	require.NoError(t, p.Wait(), "%v: %s", args, &p.stderr)
	return p, kilobytes(t, peak)
}

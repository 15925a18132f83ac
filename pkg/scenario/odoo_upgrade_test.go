//go:build !odoo

package scenario_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Odoo is upgraded from version to version while its clients are on their way.
func TestOdooIsUpgradedUnderARunningInstallation(t *testing.T) {
	beside(t)
	s := newSiteOf(t, t.TempDir(), 16)
	run := func(line string) {
		p := s.start(t, nil, strings.Fields(line)...)
		require.NoError(t, p.Wait(), "%s: %s", line, &p.stderr)
	}
	sent := func(want int, line string) {
		d, status := s.run(t, strings.Fields(line)...)
		require.Equal(t, 0, status, line)
		require.Equal(t, want, d.Counts["sent"], line)
	}
	old := s.pipeline(t, "old", 2, 100*24*time.Hour)
	s.planActivities(t, old, 2)
	plans := s.openActivities()
	run("config set archive.after_days 60")
	sent(0, "feedback send")
	for version := 16; version <= newestRead; version++ {
		if version > 16 {
			require.NoError(t, s.backend.(standIn).Upgrade(version))
		}
		due := s.pipeline(t, fmt.Sprintf("in-%d", version), 2, week)
		run("config check")
		run("archive --yes")
		s.requireArchivedOnce(t, old)
		sent(len(due), "remind")
		sent(0, "remind")
		s.finishAll(t, due)
		sent(len(due), "feedback send")
		sent(0, "feedback send")
	}
	run("runs")
	s.undoAll(t)
	s.requireActive(t, old)
	assert.Equal(t, plans, s.openActivities(), "they are as they were in Odoo 16")
}

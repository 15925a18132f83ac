//go:build !odoo

package scenario_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Odoo lists all its databases for a call that does not name its own.
func TestEveryCallNamesItsDatabase(t *testing.T) {
	for _, version := range []int{16, 17, 18, newest, newestRead} {
		s := newSiteOf(t, t.TempDir(), version)
		clients := s.pipeline(t, "client", 3, week)
		s.pipeline(t, "old", 3, 100*24*time.Hour)
		proxy := newProxy(t, s.Connection().URL)
		for _, line := range []string{
			"feedback send", "remind --yes", "archive --yes", "archive undo last", "feedback collect", "runs", "config list", "explain client-1",
		} {
			p := s.start(t, []string{"CRM_TOOL_ODOO_URL=" + proxy.URL}, strings.Fields(line)...)
			require.NoError(t, p.Wait(), "%s: %s", line, &p.stderr)
			if line == "feedback send" {
				s.finishAll(t, clients)
			}
		}
		assert.Greater(t, proxy.count(), 50)
		assert.Empty(t, proxy.unnamed, "on Odoo %d", version)
	}
}

//go:build !odoo

package scenario_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Odoo lists all its databases for a call that does not name its own. The page of a
// survey is looked at as a client sees it, who names none.
func TestEveryCallNamesItsDatabase(t *testing.T) {
	beside(t)
	for _, v := range namedOn() {
		s := newSiteOn(t, t.TempDir(), v)
		clients := s.pipeline(t, "client", 3, week)
		s.pipeline(t, "old", 3, 100*24*time.Hour)
		proxy := newProxy(t, s.Connection().URL)
		for i, line := range []string{
			"feedback send", "feedback send --yes", "remind --yes", "archive --yes", "archive undo last", "feedback collect", "runs", "config list", "explain client-1",
		} {
			p := s.start(t, []string{"CRM_TOOL_ODOO_URL=" + proxy.URL, "CRM_TOOL_ODOO_PUBLIC_URL=" + proxy.URL}, strings.Fields(line)...)
			require.NoError(t, p.Wait(), "%s: %s", line, &p.stderr)
			if i == 0 { // Nobody is asked about what was finished before the first run.
				s.finishAll(t, clients)
			}
		}
		assert.Greater(t, proxy.count(), 50)
		assert.Positive(t, proxy.tally()["page"])
		assert.Empty(t, proxy.unnamed, "%+v", v)
		assert.Empty(t, proxy.named, "%+v", v)
	}
}

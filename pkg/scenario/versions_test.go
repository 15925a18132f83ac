//go:build !odoo

package scenario_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// newestRead is the newest version whose source was read.
const newestRead = 20

// tellVersion lets the stand-in tell another version than the one that it plays.
func (s standIn) tellVersion(major string) {
	const answer = `<?xml version="1.0"?><methodResponse><params><param><value><struct>` +
		`<member><name>server_version</name><value><string>MAJOR.0</string></value></member>` +
		`<member><name>server_version_info</name><value><array><data><value><int>MAJOR</int></value></data></array></value></member>` +
		`</struct></value></param></params></methodResponse>`
	s.Fail(func(c sandboxodoo.Call) *sandboxodoo.Injected {
		if c.Service != "common" || c.Method != "version" {
			return nil
		}
		return &sandboxodoo.Injected{Body: strings.ReplaceAll(answer, "MAJOR", major)}
	})
}

func TestAnOdooThatIsNewerThanAllKnownOnesIsServedWithOneWarning(t *testing.T) {
	beside(t)
	s := newSiteOf(t, t.TempDir(), newestRead)
	s.backend.(standIn).tellVersion("21")
	ids := s.pipeline(t, "client", 2, week)
	for _, line := range []string{"config check", "remind", "archive", "feedback send", "feedback collect"} {
		p := s.start(t, nil, strings.Fields(line)...)
		require.NoError(t, p.Wait(), "%s: %s", line, &p.stderr)
		assert.Equal(t, 1, strings.Count(p.stderr.String(), "newer than those that crm-tool was tried with"), "%s: %s", line, &p.stderr)
	}
	assert.Equal(t, once(ids), s.mailed(t))
}

func TestAnOdooThatIsTooOldIsRefused(t *testing.T) {
	beside(t)
	s := newSiteOf(t, t.TempDir(), 16)
	s.backend.(standIn).tellVersion("15")
	s.pipeline(t, "client", 2, week)
	p := s.start(t, nil, "remind")
	require.Error(t, p.Wait())
	assert.Equal(t, 78, p.ProcessState.ExitCode())
	assert.Contains(t, p.stderr.String(), "is Odoo 15.0; crm-tool needs 16 or later")
	assert.Empty(t, s.mailed(t))
}

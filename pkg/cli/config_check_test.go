package cli

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

func TestAnUntrustedCertificateOfOdooIsFound(t *testing.T) {
	t.Parallel()
	p := newPremises(t, sandboxodoo.Options{})
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	config, err := os.ReadFile(p.config)
	require.NoError(t, err)
	text := "odoo:\n  url: " + server.URL + "\n  database: sandbox\n  user: bot\n  password: x\nsmtp:\n  host: 127.0.0.1\n  port: 1\nmail:\n  from: sales@example.com\n"
	require.NoError(t, os.WriteFile(p.config, []byte(text), 0o600), string(config))
	got := p.run(t, "", nil, "config", "check")
	assert.Equal(t, 69, got.status)
	assert.Contains(t, got.stdout, "\nerror    odoo.url\nskipped  odoo.database      needs odoo.url\n")
	assert.Contains(t, got.stderr, "signed by unknown authority")
	assert.Contains(t, got.stderr, "\nhint: set odoo.ca_file to the certificate of the authority that signed Odoo's\n")
	assert.Contains(t, got.stderr, "connect to the mail server: ", "the mail server is tried all the same")
}

func TestAnOdooWithoutSurveysIsAWarning(t *testing.T) {
	t.Parallel()
	p := newPremises(t, sandboxodoo.Options{WithoutSurveys: true})
	got := p.run(t, "", nil, "config", "check")
	assert.Equal(t, 0, got.status, got.stderr)
	const lacking = "\nwarning  feedback.surveys   clients cannot be asked for feedback yet: Odoo lacks the Survey app\n         hint: run crm-tool setup once; "
	assert.Contains(t, got.stdout, lacking)

	require.Equal(t, 0, p.run(t, "", nil, "config", "set", "feedback", "off").status)
	assert.Contains(t, p.run(t, "", nil, "config", "check").stdout, "\nskipped  feedback.surveys   feedback is switched off\n")
}

func TestWhatTheSettingsLackIsToldAlone(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := runTool(t, "config", "check")
	assert.Equal(t, 78, status)
	assert.Contains(t, stdout, "error    settings\nskipped  templates          needs settings\n")
	assert.Contains(t, stderr, "the configuration has 6 problems:")
}

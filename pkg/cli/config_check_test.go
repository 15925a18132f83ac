package cli

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
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
	text := "odoo:\n  url: " + server.URL + "\n  database: sandbox\n  user: bot\n  password: x\nsmtp:\n  host: 127.0.0.1\n  port: 1\nmail:\n  from: sales@example.com\n"
	require.NoError(t, os.WriteFile(p.config, []byte(text), 0o600))
	got := p.run(t, "", nil, "config", "check")
	assert.Equal(t, 69, got.status)
	assert.Regexp(t, "\nerror    odoo.url           ask for Odoo's version: the certificate of https://…\n", got.stdout, "the beginning, within 80 columns")
	assert.NotContains(t, got.stdout, "signed by unknown authority", "it is told once")
	assert.Contains(t, got.stderr, "signed by unknown authority")
	assert.Contains(t, got.stderr, "\nhint: set odoo.ca_file to the certificate of the authority that signed Odoo's\n")
	assert.Contains(t, got.stderr, "connect to the mail server: ", "the mail server is tried all the same")
}

func TestAnOdooWithoutSurveysIsAWarning(t *testing.T) {
	t.Parallel()
	p := newPremises(t, sandboxodoo.Options{WithoutSurveys: true})
	got := p.run(t, "", nil, "config", "check")
	assert.Equal(t, 0, got.status, got.stderr)
	const lacking = "\nwarning  feedback.surveys   clients cannot be asked for feedback yet: Odoo lacks the Survey app\n                            hint: run crm-tool setup once; "
	assert.Contains(t, got.stdout, lacking)

	require.Equal(t, 0, p.run(t, "", nil, "config", "set", "feedback", "off").status)
	assert.Contains(t, p.run(t, "", nil, "config", "check").stdout, "\nskipped  feedback.surveys   feedback is switched off\n")
}

func TestWhatTheSettingsLackIsToldAlone(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := runTool(t, "config", "check")
	assert.Equal(t, 78, status)
	assert.Contains(t, stdout, "error    settings           the configuration has 6 problems\nskipped  templates          needs settings\n")
	assert.Contains(t, stderr, "the configuration has 6 problems:")
}

func TestInitAsksForTheAuthorityOfOdoosCertificate(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t, newPremises(t, sandboxodoo.Options{AliasDomain: "odoo.example.com"}), sandboxodoo.BotPassword)
	behind, err := url.Parse(n.odoo.URL())
	require.NoError(t, err)
	server := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(behind))
	t.Cleanup(server.Close)
	authority := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	nothing := filepath.Join(t.TempDir(), "empty.pem")
	require.NoError(t, os.WriteFile(nothing, nil, 0o600))

	got := n.answers("", append([]string{server.URL, nothing, authority}, append(n.right()[1:7], "")...)...)
	require.Equal(t, 0, got.status, got.stderr)
	const question = "A PEM file with the authority that signed its certificate, if that is one of your own: "
	assert.Equal(t, 2, strings.Count(got.stderr, question), got.stderr)
	assert.Contains(t, got.stderr, question+"  trying ... Odoo 19.0 answers\n")
	assert.Contains(t, got.stderr, "Where clients' answers go, none for catchall@odoo.example.com, the company's address in Odoo [none]: ")
	assert.Contains(t, got.stderr, "  trying ... the mail server takes mails from bounce@odoo.example.com, and answers go to catchall@odoo.example.com\n")
	assert.Contains(t, n.written(t)["config.yaml"], "\n  ca_file: "+authority+"\n")
	check := n.run(t, "", nil, "config", "check", "--config", n.file())
	assert.Equal(t, 0, check.status, check.stderr)
	assert.Contains(t, check.stdout, "\nok       mail.reply_to      answers go to catchall@odoo.example.com\n")
}

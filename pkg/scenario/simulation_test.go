//go:build !odoo

package scenario_test

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// lab is a site of which all parts are in this process, in a bubble of
// testing/synctest: the tool, the stand-in, the mail server, and the network
// between, with its proxies. The tool is the one that users have, with its
// timeouts and pauses; they cost nothing, as time passes when all wait.
type lab struct {
	*site

	proxy *proxy
	wire  *wire
	env   cli.Env
}

// The names under which the servers of a lab are reached.
const (
	labOdoo = "localhost:8069"
	labMail = "localhost:587"
)

// labBegin is a Monday.
func labBegin() time.Time { return time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC) }

// inLab lets something happen in a lab of its own. Its environment goes before
// the settings.
func inLab(t *testing.T, encrypted bool, do func(t *testing.T, l *lab)) {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "lab")
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(labBegin()))
		l := newLab(t, dir, encrypted)
		do(t, l)
	})
}

func newLab(t *testing.T, dir string, encrypted bool) *lab {
	t.Helper()
	network := &memory{}
	odoo, err := sandboxodoo.New(sandboxodoo.Options{Clock: time.Now, PublicURL: "http://" + labOdoo})
	require.NoError(t, err)
	l := &lab{proxy: &proxy{odoo: odoo, calls: map[string]int{}}}
	web := &http.Server{Handler: l.proxy, ReadHeaderTimeout: time.Minute}
	served, listener := make(chan struct{}), network.listen(labOdoo)
	go func() { defer close(served); _ = web.Serve(listener) }() // It ends when it is closed.
	transport := &http.Transport{DialContext: network.dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		require.NoError(t, web.Close())
		<-served
	})

	options := sandboxsmtp.Options{TLS: sandboxsmtp.NoTLS, Listener: network.listen(labMail)}
	if encrypted {
		options.TLS, options.User, options.Password = sandboxsmtp.StartTLS, "crm-tool", mailPassword
	}
	mailbox, err := sandboxsmtp.New(options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, mailbox.Close()) })
	l.wire = &wire{dial: network.dial}
	l.site = &site{server: server{backend: standIn{odoo}, t: t}, mailbox: mailbox, environ: labEnviron(t, dir, mailbox, encrypted)}
	l.env = cli.Env{
		Stdin: &bytes.Buffer{}, Environ: l.environ, Clock: time.Now, Signals: make(chan os.Signal),
		Abort: func(int) { panic("nobody signals") }, Transport: transport, Dial: l.wire.connect,
	}
	return l
}

// labEnviron is the configuration of a lab's tool.
func labEnviron(t *testing.T, dir string, mailbox *sandboxsmtp.Mailbox, encrypted bool) []string {
	t.Helper()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	host, port, err := net.SplitHostPort(labMail)
	require.NoError(t, err)
	environ := []string{
		"HOME=" + dir, "CRM_TOOL_CONFIG=" + file("config.yaml", "{}\n"),
		"CRM_TOOL_ODOO_URL=http://" + labOdoo, "CRM_TOOL_ODOO_DATABASE=" + sandboxodoo.Database,
		"CRM_TOOL_ODOO_USER=" + sandboxodoo.BotLogin, "CRM_TOOL_ODOO_PASSWORD_FILE=" + file("odoo", sandboxodoo.BotPassword),
		"CRM_TOOL_SMTP_HOST=" + host, "CRM_TOOL_SMTP_PORT=" + port, "CRM_TOOL_SMTP_CONNECTIONS=1",
		"CRM_TOOL_MAIL_FROM=Example Sales <sales@example.com>", "CRM_TOOL_FEEDBACK_LOW_SCORE=5",
		"CRM_TOOL_STATE_DIR=none",
	}
	if !encrypted {
		return append(environ, "CRM_TOOL_SMTP_TLS=none")
	}
	return append(environ, "CRM_TOOL_SMTP_USER=crm-tool",
		"CRM_TOOL_SMTP_PASSWORD_FILE="+file("smtp", mailPassword), "CRM_TOOL_SMTP_CA_FILE="+file("ca.pem", string(mailbox.CA())))
}

// tool runs the tool in this process.
func (l *lab) tool(t require.TestingT, args ...string) (document, int) {
	env := l.env
	var out, log bytes.Buffer
	env.Args, env.Stdout, env.Stderr = append(args, "-o", "json"), &out, &log
	status := cli.Main(env)
	var d document
	require.NoError(t, json.Unmarshal(out.Bytes(), &d), "the report of %v: %s\n%s", args, &out, &log)
	require.Equal(t, status, d.Exit)
	return d, status
}

//go:build !odoo

package scenario_test

import (
	"bytes"
	"context"
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

// simulation is a site of which all parts are in this process, in a bubble of
// testing/synctest: the tool, the stand-in, the mail server, and the network
// between, with its proxies. The tool is the one that users have, with its
// timeouts and pauses; they cost nothing, as time passes when all wait.
type simulation struct {
	*site

	proxy   *proxy
	link    *mailLink
	env     cli.Env
	network *memoryNetwork
	// dir is for files of this simulation.
	dir string
}

// The names under which the servers of a simulation are reached.
const (
	simulatedOdoo = "localhost:8069"
	simulatedMail = "localhost:587"
)

// simulationStart is a Monday.
func simulationStart() time.Time { return time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC) }

// simulate lets something happen in a simulation of its own. Its environment goes before
// the settings.
func simulate(t *testing.T, encrypted bool, do func(t *testing.T, sim *simulation)) {
	t.Helper()
	simulateOn(t, sandboxodoo.Options{}, encrypted, do)
}

// simulateOn is simulate with another Odoo.
func simulateOn(t *testing.T, o sandboxodoo.Options, encrypted bool, do func(t *testing.T, sim *simulation)) {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "simulation")
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(simulationStart()))
		sim := newSimulation(t, dir, o, encrypted)
		do(t, sim)
	})
}

func newSimulation(t *testing.T, dir string, o sandboxodoo.Options, encrypted bool) *simulation {
	t.Helper()
	network := &memoryNetwork{}
	o.Clock, o.PublicURL, o.ReplicaDelay = time.Now, "http://"+simulatedOdoo, behind(t)
	odoo, err := sandboxodoo.New(o)
	require.NoError(t, err)
	require.NoError(t, odoo.AddKey(sandboxodoo.BotLogin, apiKey))
	requireModels(t, odoo)
	sim := &simulation{proxy: &proxy{odoo: odoo, calls: map[string]int{}}, dir: dir, network: network}
	transport := sim.serve(t, simulatedOdoo, sim.proxy)

	options := sandboxsmtp.Options{TLS: sandboxsmtp.NoTLS, Listener: network.listen(simulatedMail)}
	if encrypted {
		options.TLS, options.User, options.Password = sandboxsmtp.StartTLS, "crm-tool", mailPassword
	}
	mailbox, err := sandboxsmtp.New(options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, mailbox.Close()) })
	sim.link = &mailLink{dial: network.dial}
	sim.site = &site{server: server{backend: standIn{odoo}, t: t}, mailbox: mailbox, environ: simulatedEnviron(t, dir, mailbox, encrypted)}
	sim.env = cli.Env{
		Stdin: &bytes.Buffer{}, Environ: sim.environ, Clock: time.Now, Signals: make(chan os.Signal),
		Abort: func(int) { panic("nobody signals") }, Transport: transport, Dial: sim.link.connect,
	}
	return sim
}

// serve lets a way to Odoo answer at an address until the test ends. It returns the
// network of a host all of whose ways lead there.
func (sim *simulation) serve(t *testing.T, address string, way http.Handler) *http.Transport {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return sim.network.dial(ctx, network, address)
	}}
	web := &http.Server{Handler: way, ReadHeaderTimeout: time.Minute}
	served, listener := make(chan struct{}), sim.network.listen(address)
	go func() { defer close(served); _ = web.Serve(listener) }() // It ends when it is closed.
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		require.NoError(t, web.Close())
		<-served
	})
	return transport
}

// host is another host, with a state directory and a way to Odoo of its own, on
// which Odoo's clock seems to be ahead.
func (sim *simulation) host(t *testing.T, name string, ahead time.Duration) *simulation {
	t.Helper()
	other := *sim
	other.proxy = &proxy{odoo: sim.proxy.odoo, calls: map[string]int{}, ahead: ahead}
	other.link = &mailLink{dial: sim.network.dial}
	other.env.Transport, other.env.Dial, other.env.Stdin = sim.serve(t, name, other.proxy), other.link.connect, &bytes.Buffer{}
	other.dir = filepath.Join(sim.dir, name)
	other.keepJournal()
	return &other
}

// simulatedEnviron is the configuration of a simulation's tool.
func simulatedEnviron(t *testing.T, dir string, mailbox *sandboxsmtp.Mailbox, encrypted bool) []string {
	t.Helper()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	host, port, err := net.SplitHostPort(simulatedMail)
	require.NoError(t, err)
	api, password := variant{}.api(), sandboxodoo.BotPassword
	if api == json2 {
		password = apiKey // It takes no password.
	}
	environ := []string{
		"HOME=" + dir, "CRM_TOOL_CONFIG=" + file("config.yaml", "{}\n"),
		"CRM_TOOL_ODOO_URL=http://" + simulatedOdoo, "CRM_TOOL_ODOO_DATABASE=" + sandboxodoo.Database,
		"CRM_TOOL_ODOO_USER=" + sandboxodoo.BotLogin, "CRM_TOOL_ODOO_PASSWORD_FILE=" + file("odoo", password), "CRM_TOOL_ODOO_API=" + api,
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

// keepJournal gives the tool a state directory, which belongs to this Odoo.
func (sim *simulation) keepJournal() {
	sim.env.Environ = append([]string{"CRM_TOOL_STATE_DIR=" + filepath.Join(sim.dir, "state")}, sim.env.Environ...)
}

// tool runs the tool in this process.
func (sim *simulation) tool(t require.TestingT, args ...string) (document, int) {
	env := sim.env
	var out, log bytes.Buffer
	env.Args, env.Stdout, env.Stderr = append(args, "-o", "json"), &out, &log
	status := cli.Main(env)
	var d document
	require.NoError(t, json.Unmarshal(out.Bytes(), &d), "the report of %v: %s\n%s", args, &out, &log)
	require.Equal(t, status, d.Exit)
	return d, status
}

// Package scenario_test runs the tool as its users do: as a process, against
// an Odoo and a mail server.
//
// Each file in testdata is one scenario, a script whose first sentence is the
// requirement that it holds; testdata/README.md describes the commands that
// scripts have besides those of testscript. The test binary itself is the tool.
// Each script has an Odoo with an empty CRM, a mail server, a home and a
// configuration of its own, so they run beside each other.
//
// Which Odoo it is, the build tag decides: the stand-in of package sandbox
// (go test) or a real server (make test-odoo). The scripts are the same, and
// so is what they expect. Clocks are real; opportunities are made to look old.
package scenario_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

var update = flag.Bool("update", false, "write what the scenarios print into their files")

// peakVariable names the file into which the tool writes the most memory that
// it used. What the kernel tells a parent would include the parent's own.
const peakVariable = "SCENARIO_PEAK_FILE"

func TestMain(m *testing.M) {
	syscall.Umask(0o022) // The tool warns of files that others can change.
	testscript.Main(withBackends{m}, map[string]func(){"crm-tool": func() {
		cli.KeepMemorySmall()
		env := cli.System()
		env.Files = systemFiles{root: os.Getenv(rootVariable)}
		env.Sleep, env.Resolver = pause, zoneOfScript()
		status := cli.Main(env)
		if path := os.Getenv(peakVariable); path != "" {
			if err := os.WriteFile(path, []byte(peakMemory()), 0o600); err != nil {
				panic(err)
			}
		}
		os.Exit(status)
	}})
}

// withBackends ends what the tests share when they have run.
type withBackends struct{ *testing.M }

func (w withBackends) Run() int {
	// The stand-ins make much garbage and hold little.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(512 << 20)
	status := w.M.Run()
	if err := endBackends(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return status
}

// peakMemory returns the most memory that this process had at once, as Linux
// tells it: a number and its unit.
func peakMemory() string {
	content, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(content)) {
		if peak, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(peak)
		}
	}
	return ""
}

func TestScenarios(t *testing.T) {
	beside(t)
	runScenarios(t, served(t), "*")
}

// runScenarios runs the scripts with such names against a version of Odoo;
// extra are commands that these alone have.
func runScenarios(t *testing.T, version int, names string, extra ...commandGroup) {
	runScenariosOn(t, variant{version: version}, names, nil, extra...)
}

// runScenariosOn runs them against an Odoo that is told more exactly, with more
// conditions.
func runScenariosOn(t *testing.T, v variant, names string, conditions map[string]bool, extra ...commandGroup) {
	files, err := filepath.Glob(filepath.Join("testdata", names+".txtar"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	testscript.Run(t, testscript.Params{
		Files:         files,
		Setup:         func(env *testscript.Env) error { return setUp(env, v) },
		Cmds:          commands(extra...),
		UpdateScripts: *update,
		Condition: func(name string) (bool, error) {
			if holds, known := conditions[name]; known {
				return holds, nil
			}
			since, named := strings.CutPrefix(name, "since:")
			first, err := strconv.Atoi(since)
			switch {
			case name == "newest":
				return v.version == served(t), nil
			case named && err == nil:
				return v.version >= first, nil
			case name == json2:
				return v.api() == json2, nil
			case name == "behind":
				return v.api() == json2 && (v.behind > 0 || os.Getenv("CRM_TOOL_TEST_ODOO_BEHIND") != ""), nil
			}
			return false, fmt.Errorf("no condition %s", name)
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

func TestEveryScenarioBeginsWithItsRequirement(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	special, err := filepath.Glob("testdata/*/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, special)
	for _, file := range append(files, special...) {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Regexp(t, `\A# [A-Z][^\n]+(\n# [^\n]+)*\n\n`, string(content), file)
	}
}

// site is an installation of the tool: an Odoo, a mail server, and the
// environment in which it runs.
type site struct {
	server
	mailbox *sandboxsmtp.Mailbox
	environ []string
	// clear says that the mails come from Odoo, in clear.
	clear bool
}

const mailPassword = "password of the mailbox"

// newSite makes one for a test.
func newSite(t testing.TB) *site {
	t.Helper()
	return newSiteOf(t, t.TempDir(), served(t))
}

// newSiteOf makes one with its files in dir. The test does not begin shortly
// before midnight: everything would be a day older at its end.
func newSiteOf(t testing.TB, dir string, version int) *site {
	t.Helper()
	return newSiteOn(t, dir, variant{version: version})
}

// newSiteOn makes one whose Odoo is told more exactly.
func newSiteOn(t testing.TB, dir string, v variant) *site {
	t.Helper()
	if left := time.Until(time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)); left < time.Minute {
		time.Sleep(left)
	}
	mailbox, err := sandboxsmtp.New(sandboxsmtp.Options{User: "crm-tool", Password: mailPassword})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, mailbox.Close()) })
	s := &site{server: server{backend: newBackend(t, v), t: t}, mailbox: mailbox}
	c := s.Connection()
	password := c.Password
	if v.api() == json2 {
		password = s.Key() // It takes no password.
	}
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	file(userConfig, "# The settings of this host.\n")
	// Neither this host's authorities count, nor do they take their time.
	none := file("secrets/none.pem", "")
	s.environ = []string{
		"HOME=" + filepath.Join(dir, "home"), rootVariable + "=" + filepath.Join(dir, "root"),
		"SSL_CERT_FILE=" + none, "SSL_CERT_DIR=" + filepath.Dir(none),
		// Most runs end before garbage matters.
		"GOGC=off", "GOMEMLIMIT=64MiB",
		"CRM_TOOL_ODOO_URL=" + c.URL,
		"CRM_TOOL_ODOO_DATABASE=" + c.Database,
		"CRM_TOOL_ODOO_USER=" + c.User,
		"CRM_TOOL_ODOO_PASSWORD_FILE=" + file("secrets/odoo", password),
		"CRM_TOOL_SMTP_HOST=127.0.0.1",
		"CRM_TOOL_SMTP_PORT=" + strconv.Itoa(mailbox.Port()),
		"CRM_TOOL_SMTP_USER=crm-tool",
		"CRM_TOOL_SMTP_PASSWORD_FILE=" + file("secrets/smtp", mailPassword),
		"CRM_TOOL_SMTP_CA_FILE=" + file("secrets/ca.pem", string(mailbox.CA())),
		"CRM_TOOL_MAIL_FROM=Example Sales <sales@example.com>",
		"CRM_TOOL_STATE_DIR=" + filepath.Join(dir, "state"),
	}
	if api := v.api(); api != "auto" { // An older version does not know the setting.
		s.environ = append(s.environ, "CRM_TOOL_ODOO_API="+api)
	}
	return s
}

// fixtureKey is where a script's fixture is kept.
type fixtureKey struct{}

func setUp(env *testscript.Env, v variant) error {
	t, ok := env.T().(testing.TB)
	if !ok {
		panic("testscript.Run gives a testing.TB")
	}
	s := newSiteOn(t, env.WorkDir, v)
	env.Vars = append(env.Vars, s.environ...)
	env.Values[fixtureKey{}] = &fixture{site: s, tb: t, names: map[int64]string{}, tokens: map[string]string{}}
	return nil
}

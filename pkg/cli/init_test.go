package cli

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config/configfile"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// newcomer is somebody at a terminal who has not configured anything yet.
type newcomer struct {
	*premises
	dir string
	// secrets are typed in their order, whenever one is asked for.
	secrets []string
	environ []string
}

func newNewcomer(t *testing.T, p *premises, secrets ...string) *newcomer {
	t.Helper()
	return &newcomer{premises: p, dir: t.TempDir(), secrets: secrets}
}

func (n *newcomer) file() string { return filepath.Join(n.dir, "config.yaml") }

// answers runs init and gives these answers.
func (n *newcomer) answers(args string, answers ...string) outcome {
	var out, errs bytes.Buffer
	secrets := n.secrets
	status := Main(Env{
		Args: append([]string{"init"}, strings.Fields(args)...), Stdin: strings.NewReader(strings.Join(answers, "\n") + "\n"),
		Stdout: &out, Stderr: &errs, Clock: func() time.Time { return n.clock }, Width: 80, Abort: func(int) {},
		Environ: append([]string{"CRM_TOOL_CONFIG=" + n.file()}, n.environ...),
		ReadSecret: func(context.Context) (string, error) {
			if len(secrets) == 0 {
				return "", io.EOF
			}
			secret := secrets[0]
			secrets = secrets[1:]
			return secret, nil
		},
	})
	return outcome{status: status, stdout: out.String(), stderr: errs.String()}
}

// mailPort is where the mailbox listens.
func (p *premises) mailPort() string { return strconv.Itoa(p.mailbox.Port()) }

// right are the answers that work at once.
func (p *premises) right() []string {
	return []string{
		p.odoo.URL() + "/web#action=1", sandboxodoo.Database, sandboxodoo.BotLogin,
		"127.0.0.1", "none", p.mailPort(), "Example Sales <sales@example.com>", "answers@example.com",
	}
}

// written are the files that a newcomer has, with their content.
func (n *newcomer) written(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(n.dir)
	require.NoError(t, err)
	for _, entry := range entries {
		info, err := entry.Info()
		require.NoError(t, err)
		assert.Equal(t, fs.FileMode(0o600), info.Mode(), entry.Name())
		content, err := os.ReadFile(filepath.Join(n.dir, entry.Name()))
		require.NoError(t, err)
		files[entry.Name()] = string(content)
	}
	return files
}

func TestInitWritesAConfigurationThatWorks(t *testing.T) {
	t.Parallel()
	for _, version := range []int{16, 17, 18, 19} {
		t.Run(strconv.Itoa(version), func(t *testing.T) {
			t.Parallel()
			n := newNewcomer(t, newPremises(t, sandboxodoo.Options{Version: version}), sandboxodoo.BotPassword)
			got := n.answers("", n.right()...)
			assert.Equal(t, 0, got.status, got.stderr)
			for _, verdict := range []string{
				"  trying ... Odoo " + strconv.Itoa(version) + ".0 answers\n", "  trying ... Odoo has it\n",
				"  trying ... logged in, and the rights suffice\n", "  trying ... the mail server answers\n",
			} {
				assert.Contains(t, got.stderr, verdict)
			}
			assert.Equal(t, "\nwritten, for you alone to read:\n  "+n.file()+"\n  "+filepath.Join(n.dir, "odoo.key")+"\n\nNext:\n"+
				"  crm-tool config check        try all of it once more, with the templates\n"+
				"  crm-tool remind --dry-run    who would get a reminder, and why others would not\n", got.stdout)

			text, err := configfile.Template(map[string]string{
				"odoo.url": n.odoo.URL(), "odoo.database": sandboxodoo.Database, "odoo.user": sandboxodoo.BotLogin, "odoo.password_file": "odoo.key",
				"smtp.host": "127.0.0.1", "smtp.port": n.mailPort(), "smtp.tls": "none", "mail.from": "Example Sales <sales@example.com>", "mail.reply_to": "answers@example.com",
			})
			require.NoError(t, err)
			assert.Equal(t, map[string]string{"config.yaml": text, "odoo.key": sandboxodoo.BotPassword + "\n"}, n.written(t))
			assert.Empty(t, n.mailbox.Messages(), "trying mails nobody")
			check := n.run(t, "", nil, "config", "check", "--config", n.file())
			assert.Equal(t, 0, check.status, check.stderr)
		})
	}
}

func TestInitFillsInWhatAPackageInstalled(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t, newPremises(t, sandboxodoo.Options{}), sandboxodoo.BotPassword)
	text, err := configfile.Template(map[string]string{"state_dir": "/var/lib/crm-tool"})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(n.file(), []byte(text), 0o600))
	require.NoError(t, os.Chmod(n.file(), 0o640))
	got := n.answers("", n.right()...)
	require.Equal(t, 0, got.status, got.stderr)
	assert.NotContains(t, got.stderr, "exist already")
	for _, name := range []string{n.file(), filepath.Join(n.dir, "odoo.key")} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		assert.Equal(t, fs.FileMode(0o640), info.Mode(), name)
	}
	content, err := os.ReadFile(n.file())
	require.NoError(t, err)
	assert.Contains(t, string(content), "\nstate_dir: /var/lib/crm-tool\n")

	n.secrets = []string{sandboxodoo.BotPassword}
	assert.Contains(t, n.answers("", "n").stderr, "These files exist already:", "now there is something to lose")
}

func TestInitLetsCorrectWhatDoesNotWork(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t, newPremises(t, sandboxodoo.Options{WithoutSurveys: true}), "guess", "sam-password", sandboxodoo.BotPassword)
	mail, err := sandboxsmtp.New(sandboxsmtp.Options{TLS: sandboxsmtp.StartTLS, User: "mailer", Password: "open sesame"})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, mail.Close()) })
	authority := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(authority, mail.CA(), 0o600))
	n.secrets = append(n.secrets, "wrong", "", "open sesame")
	got := n.answers("",
		"ftp://example.com", "", "http://192.0.2.1", "n", "http://192.0.2.1", "http://127.0.0.1:1", "x", n.odoo.URL()+"/web/login",
		"nosuch", sandboxodoo.Database,
		sandboxodoo.BotLogin, "sam", "yes", sandboxodoo.BotLogin,
		"mail.example.com:25", "127.0.0.1", "startls", "", strconv.Itoa(mail.Port()), authority,
		"mailer", "", "",
		"sales at example.com", "sales@example.com", "",
	)
	require.Equal(t, 0, got.status, got.stderr)
	for _, said := range []string{
		"  odoo.url = \"ftp://example.com\": must begin with https://\n",
		"  it cannot work without this\n",
		"Over http:// the password travels unencrypted. Is the network between trusted? [y/N] ",
		"no connection to http://127.0.0.1:1: connect: connection refused\n  hint: ",
		"  taken as odoo.url\n  trying ... Odoo 19.0 answers\n", "  taken as odoo.database\n  trying ... Odoo has it\n", "  taken as odoo.user\nIts password",
		"  trying ... the mail server takes mails from sales@example.com\n  warning: answers go to sales@example.com, where Odoo may not see them",
		"  look for the database: Odoo has no database \"nosuch\"\n  hint: ",
		"  log in: Odoo refuses the login of \"bot\" in database \"sandbox\"\n  hint: ",
		"  sam may not work on all opportunities\n  hint: give this user the right Sales / Administrator in Odoo\n",
		"  trying ... logged in, and the rights suffice\n  warning: clients cannot be asked for feedback yet: Odoo lacks the Survey app\n  hint: run crm-tool setup once",
		"must not contain the port: set smtp.port\n",
		"did you mean starttls?\n",
		"certificate signed by unknown authority\n  hint: ",
		"  log in to the mail server: 535",
		"  trying ... logged in\n",
		"  mail.from = \"sales at example.com\": is not an e-mail address",
	} {
		assert.Contains(t, got.stderr, said)
	}
	for _, secret := range []string{"guess", "sam-password", sandboxodoo.BotPassword, "wrong", "sesame"} {
		assert.NotContains(t, got.stdout+got.stderr, secret)
	}
	files := n.written(t)
	assert.Equal(t, "open sesame\n", files["smtp.password"])
	assert.Contains(t, files["config.yaml"], "\n  ca_file: "+authority+"\n")
	assert.Contains(t, files["config.yaml"], "\n  # allow_http: false\n", "what was declined is forgotten")
	assert.NotContains(t, files["config.yaml"], "sesame")
	check := n.run(t, "", nil, "config", "check", "--config", n.file())
	assert.Equal(t, 0, check.status, check.stderr)
}

func TestInitKeepsWhatCannotBeTriedHere(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t, newPremises(t, sandboxodoo.Options{}), "a key", "a password")
	got := n.answers("", "http://127.0.0.1:1", "n", "production", "bot", "127.0.0.1", "implicit", "1", "n", "mailer", "sales@example.com", "")
	require.Equal(t, 0, got.status, got.stderr)
	assert.Contains(t, got.stdout, "\nnot proven to work: Odoo, the mail server\n")
	assert.Equal(t, 2, strings.Count(got.stderr, "trying ..."), "what depends on it is not tried")
	files := n.written(t)
	assert.Equal(t, []string{"a key\n", "a password\n"}, []string{files["odoo.key"], files["smtp.password"]})
	assert.Contains(t, files["config.yaml"], "\n  tls: implicit\n")
}

func TestInitReplacesNothingUnasked(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t, newPremises(t, sandboxodoo.Options{}), sandboxodoo.BotPassword)
	const before = "odoo:\n  database: sandbox\n  password: antique\nreminders:\n  days: [5]  # by hand\n" +
		"smtp:\n  oauth2:\n    client_secret: Corn8\n    refresh_token: Flake9\nmonitor:\n  url: https://monitor.example/Grain7\n"
	require.NoError(t, os.WriteFile(n.file(), []byte(before), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(n.dir, "smtp.password"), []byte("old"), 0o600))

	got := n.answers("", "")
	assert.Equal(t, outcome{
		stdout: "nothing was changed\n",
		stderr: "These files exist already:\n  " + n.file() + "\n  " + filepath.Join(n.dir, "smtp.password") + "\nReplace them? [y/N] ",
	}, got)
	assert.Equal(t, map[string]string{"config.yaml": before, "smtp.password": "old"}, n.written(t))

	answers := n.right()
	answers[1] = "" // the database is there already
	got = n.answers("--force", answers...)
	require.Equal(t, 0, got.status, got.stderr)
	assert.NotContains(t, got.stderr, "Replace them?")
	assert.Contains(t, got.stderr, "Name of the database [sandbox]: ")
	files := n.written(t)
	assert.Contains(t, files["config.yaml"], "\n  database: sandbox\n")
	assert.Contains(t, files["config.yaml"], "\n  days: [5]\n", "other settings stay")
	for _, kept := range []string{"\n    client_secret: Corn8\n", "\n    refresh_token: Flake9\n", "\n  url: https://monitor.example/Grain7\n"} {
		assert.Contains(t, files["config.yaml"], kept, "and secrets that nobody asks for")
	}
	assert.NotRegexp(t, "Corn8|Flake9|Grain7", got.stdout+got.stderr)
	assert.NotContains(t, files["config.yaml"], "antique")
	assert.Contains(t, files["config.yaml"], "\n  # enabled: true\n", "and none is made up")
}

func TestInitThatIsBrokenOffWritesNothing(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t, newPremises(t, sandboxodoo.Options{}))
	for _, known := range [][]string{nil, n.right()[:1], n.right()[:2], n.right()[:3]} {
		got := n.answers("", known...)
		assert.Equal(t, 64, got.status)
		assert.Contains(t, got.stderr, "crm-tool: the questions were not answered to the end, and nothing is written: ")
		assert.Empty(t, n.written(t))
	}
}

func TestInitTellsWhatTheEnvironmentOverrides(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t, newPremises(t, sandboxodoo.Options{}), sandboxodoo.BotPassword)
	n.environ = []string{"CRM_TOOL_MAIL_FROM=other@example.com"}
	got := n.answers("", n.right()...)
	require.Equal(t, 0, got.status, got.stderr)
	assert.Contains(t, got.stderr, "note: on this host mail.from comes from CRM_TOOL_MAIL_FROM and not from the file\n")
}

func TestInitNamesTheFileInTheNextCommands(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t, newPremises(t, sandboxodoo.Options{}), sandboxodoo.BotPassword)
	file := filepath.Join(n.dir, "other", "crm.yaml")
	got := n.answers("--config "+file, n.right()...)
	require.Equal(t, 0, got.status, got.stderr)
	assert.Contains(t, got.stdout, "crm-tool remind --dry-run --config "+file+" ")
	assert.FileExists(t, filepath.Join(n.dir, "other", "odoo.key"))
	assert.NoFileExists(t, n.file())
}

func TestInitWithoutATerminalPrintsTheTemplate(t *testing.T) {
	t.Parallel()
	template, err := configfile.Template(nil)
	require.NoError(t, err)
	status, stdout, stderr := runTool(t, "init")
	assert.Equal(t, []any{0, template, ""}, []any{status, stdout, stderr})
}

func TestAHostWithoutAConfigurationIsToldOfInit(t *testing.T) {
	t.Parallel()
	status, _, stderr := runTool(t, "remind")
	assert.Equal(t, 78, status)
	assert.True(t, strings.HasSuffix(stderr,
		"\nhint: nothing is configured yet: crm-tool init asks for what it needs, tries it, and writes the file\n"), stderr)
	status, _, stderr = runTool(t, "config", "path")
	assert.Equal(t, []any{0, "the file does not exist yet; `crm-tool init` makes it\n"}, []any{status, stderr})

	file := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(file, []byte("odoo:\n  database: production\n"), 0o600))
	_, _, stderr = runTool(t, "remind", "--config", file)
	assert.NotContains(t, stderr, "hint", "who has one sees what is missing in it")
}

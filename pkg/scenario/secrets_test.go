package scenario_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// Passwords that are given where they are wrong. XML, SMTP and JSON write their
// characters in different ways.
const (
	wrongOdooPassword  = `wrong&<odoo>"password`
	wrongMailPassword  = `wrong&<mail>"password`
	wrongAdminPassword = `wrong&<admin>"password`
	typedPassword      = `typed&<odoo>"password`
	// pingKey is in the URL of a monitor, typedKey in one that is typed.
	pingKey  = "ping-key-8f3b1c"
	typedKey = "typed-key-5d20aa"
)

// invocation is a command line that is tried, and what it reads.
type invocation struct {
	line, stdin string
	// alone asks no server.
	alone bool
}

// invocations has every command, but for groups and those that speak of the
// tool alone.
func invocations(opportunity int64) []invocation {
	id := strconv.FormatInt(opportunity, 10)
	return []invocation{
		{line: "archive"},
		{line: "archive settle --all --as sent"},
		{line: "archive undo last"},
		{line: "config adopt"},
		{line: "config check"},
		{line: "config get odoo.password"},
		{line: "config get smtp.password"},
		{line: "config get monitor.url"},
		{line: "config list"},
		{line: "config path", alone: true},
		{line: "config schema", alone: true},
		{line: "config set reminders.catch_up_days 3"},
		{line: "config set --local --config typed.yaml odoo.password", stdin: typedPassword + "\n"},
		{line: "config set --local --config typed.yaml monitor.url", stdin: "https://monitor.example/" + typedKey + "\n"},
		{line: "config rotate-key --yes"},
		{line: "config unset reminders.catch_up_days"},
		{line: "doctor"},
		{line: "doctor -o json"},
		{line: "explain " + id},
		{line: "feedback collect"},
		{line: "feedback report"},
		{line: "feedback settle --all --as sent"},
		{line: "feedback send"},
		{line: "init --config new.yaml", alone: true},
		{line: "optout lift zoe@client.example"},
		{line: "optout list"},
		{line: "optout zoe@client.example"},
		{line: "preview feedback " + id},
		{line: "preview remind " + id},
		{line: "preview remind " + id + " --send-to sam@example.com"},
		{line: "remind"},
		{line: "remind --dry-run --save-mails mails -o json"},
		{line: "remind --opportunity " + id + " -o ndjson"},
		{line: "remind report"},
		{line: "remind settle --all --as sent"},
		{line: "runs"},
		{line: "runs show last"},
		{line: "runs uncertain"},
		{line: "schedule crontab"},
		{line: "schedule kubernetes"},
		{line: "setup --yes --admin-user admin", stdin: wrongAdminPassword + "\n"},
		{line: "snooze " + id + " --until 2999-01-01"},
		{line: "templates check", alone: true},
		{line: "templates init own", alone: true},
		{line: "templates list", alone: true},
		{line: "templates show reminder.en.txt", alone: true},
	}
}

func TestEveryCommandIsTriedForSecrets(t *testing.T) {
	pages, err := filepath.Glob("../../docs/cli/crm-tool-*.md")
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	none := []string{"completion", "demo", "help", "version"}
	for _, page := range pages {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(page), "crm-tool-"), ".md")
		tried := slices.ContainsFunc(invocations(1), func(i invocation) bool {
			return strings.HasPrefix(strings.ReplaceAll(i.line, "-", " ")+" ", strings.ReplaceAll(name, "-", " ")+" ")
		})
		assert.True(t, tried || slices.Contains(none, name), "no command line tries %s", name)
	}
}

// situation is an environment in which something is wrong.
type situation struct {
	name  string
	extra []string
}

// TestNobodyIsToldASecret runs every command at every verbosity, with servers
// that answer, refuse, and repeat what they were told; then it looks for
// passwords, keys and links into everything that was written.
func TestNobodyIsToldASecret(t *testing.T) {
	beside(t)
	s := newSite(t)
	dir := t.TempDir()
	ids := s.pipeline(t, "client", 3, 7*24*time.Hour)
	secrets := map[string]string{
		"the password for Odoo": s.Connection().Password, "the API key": s.Key(), "the mailbox's password": mailPassword,
		"a wrong password for Odoo": wrongOdooPassword, "a wrong one for the mail server": wrongMailPassword,
		"a wrong one of an administrator": wrongAdminPassword, "one that was typed": typedPassword,
		"the URL of the monitor": pingKey, "one of a monitor that was typed": typedKey,
	}
	heard := s.echoMonitor(t)
	// The mails have to leave before all else fails; of what was finished
	// before its first run the tool asks nobody.
	told := map[string]string{"the first run": s.tell(t, dir, nil, invocation{line: "remind -v"})}
	s.finishMeeting(ids[0])
	told["the question"] = s.tell(t, dir, nil, invocation{line: "feedback send -v"})
	for _, r := range s.search("survey.user_input", []any{[]any{"nickname", "=like", "crm-tool:%"}}, "access_token", "invite_token") {
		secrets["the token of a participation"], secrets["the token of an invitation"] = r.text("access_token"), r.text("invite_token")
	}
	require.Len(t, secrets, 11, "a questionnaire was sent")
	for n, situation := range s.situations(t, dir) {
		if situation.name == "an echo for a mail server" {
			s.mailbox.Inject(sandboxsmtp.Fault{Step: sandboxsmtp.AtAuth, Reply: "535 5.7.8 " + mailPassword + " " +
				base64.StdEncoding.EncodeToString([]byte("\x00crm-tool\x00"+mailPassword))})
		}
		for _, flags := range verbosities(situation) {
			for m, i := range invocations(ids[1]) {
				if situation.name != fine && (i.alone || !triedIn(n, m)) {
					continue
				}
				i.line += flags
				told[i.line+" with "+situation.name] = s.tell(t, dir, situation.extra, i)
			}
		}
	}
	require.Positive(t, heard.Load(), "the monitor was told")
	maps.Copy(told, s.written(t, dir))
	for where, text := range told {
		for what, secret := range secrets {
			for _, form := range []string{
				secret, html.EscapeString(secret), strings.Trim(strconv.Quote(secret), `"`), url.QueryEscape(secret),
				base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte("\x00crm-tool\x00" + secret)),
			} {
				require.NotContains(t, text, form, "%s tells %s", where, what)
			}
		}
	}
}

const fine = "nothing wrong"

// situations returns what can be wrong; the first is nothing.
func (s *site) situations(t *testing.T, dir string) []situation {
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	odoo := "CRM_TOOL_ODOO_PASSWORD_FILE=" + file("wrong-odoo", wrongOdooPassword)
	mail := "CRM_TOOL_SMTP_PASSWORD_FILE=" + file("wrong-mail", wrongMailPassword)
	return []situation{
		{name: fine},
		{name: "a wrong password for Odoo", extra: []string{odoo}},
		{name: "a wrong password for the mail server", extra: []string{mail}},
		{name: "an echo instead of Odoo", extra: []string{odoo, s.echo(t, page, "version")}},
		{name: "an echo of faults instead of Odoo", extra: []string{odoo, s.echo(t, fault, "version")}},
		{name: "an echo behind the login", extra: []string{s.echo(t, page, "version", "authenticate")}},
		{name: "an echo of faults behind the login", extra: []string{s.echo(t, fault, "version", "authenticate")}},
		{name: "passwords in the environment", extra: []string{
			"CRM_TOOL_ODOO_PASSWORD_FILE=", "CRM_TOOL_ODOO_PASSWORD=" + wrongOdooPassword,
			"CRM_TOOL_SMTP_PASSWORD_FILE=", "CRM_TOOL_SMTP_PASSWORD=" + wrongMailPassword,
		}},
		{name: "no monitor", extra: []string{"CRM_TOOL_MONITOR_URL=http://127.0.0.1:1/" + pingKey}},
		{name: "a monitor's URL that is none", extra: []string{"CRM_TOOL_MONITOR_URL=ftp://monitor.example/" + pingKey}},
		{name: "an echo for a mail server"},
	}
}

// page and fault are how an echo answers.
func page(w http.ResponseWriter, text string) { http.Error(w, text, http.StatusBadRequest) }

func fault(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/xml")
	// The client may be gone.
	_, _ = io.WriteString(w, `<?xml version="1.0"?><methodResponse><fault><value><struct>`+
		`<member><name>faultCode</name><value><int>1</int></value></member>`+
		`<member><name>faultString</name><value><string>`+html.EscapeString(text)+`</string></value></member>`+
		`</struct></value></fault></methodResponse>`)
}

// echo starts an Odoo that answers some methods; for all others it repeats what
// it was asked. It returns the setting that leads there.
func (s *site) echo(t *testing.T, answer func(http.ResponseWriter, string), methods ...string) string {
	t.Helper()
	u, err := url.Parse(s.Connection().URL)
	require.NoError(t, err)
	forward := httputil.NewSingleHostReverseProxy(u)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if slices.ContainsFunc(methods, func(m string) bool { return bytes.Contains(body, []byte("<methodName>"+m+"<")) }) {
			r.Body = io.NopCloser(bytes.NewReader(body))
			forward.ServeHTTP(w, r)
			return
		}
		answer(w, string(body))
	}))
	t.Cleanup(server.Close)
	return "CRM_TOOL_ODOO_URL=" + server.URL
}

// echoMonitor starts a monitor that refuses each report and repeats it, and lets all later
// commands know it. It returns how many reports it got.
func (s *site) echoMonitor(t *testing.T) *atomic.Int64 {
	t.Helper()
	var heard atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard.Add(1)
		w.Header().Set("Location", r.URL.String())
		http.Error(w, r.URL.String(), http.StatusBadRequest)
	}))
	t.Cleanup(server.Close)
	s.environ = append(s.environ, "CRM_TOOL_MONITOR_URL="+server.URL+"/"+pingKey+"/{command}")
	return &heard
}

// tell runs the tool and returns what everybody on its host can see of it: its
// arguments and what it writes. How it ends does not matter.
func (s *site) tell(t *testing.T, dir string, extra []string, i invocation) string {
	t.Helper()
	p := &process{Cmd: exec.Command("crm-tool", strings.Fields(i.line)...)}
	p.Dir, p.Stdin = dir, strings.NewReader(i.stdin)
	p.Env = append(append([]string{"PATH=" + os.Getenv("PATH")}, s.environ...), extra...)
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	require.NoError(t, p.Start())
	arguments, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.Process.Pid))
	require.NoError(t, err)
	_ = p.Wait() // Most of it fails.
	require.NotContains(t, p.stderr.String(), "defect in crm-tool", i.line)
	return string(bytes.Join([][]byte{arguments, p.stdout.Bytes(), p.stderr.Bytes()}, []byte("\n")))
}

// finishMeeting lets sam plan a meeting and mark it as done.
func (s *site) finishMeeting(lead int64) {
	model := s.search("ir.model", []any{[]any{"model", "=", leadModel}}, "model")[0].id()
	kind := s.search("mail.activity.type", []any{[]any{"name", "=", "Meeting"}}, "name")[0].id()
	made := s.create("mail.activity", map[string]any{
		"res_model_id": model, "res_id": lead, "activity_type_id": kind, "user_id": s.user(sam),
	})
	s.execute(sam, "mail.activity", "action_feedback", []any{made}, nil)
}

// written returns what the tool left on its host, but for the files that were
// made to hold a password, and in Odoo.
func (s *site) written(t *testing.T, dir string) map[string]string {
	texts := map[string]string{}
	state := ""
	for _, pair := range s.environ {
		if path, found := strings.CutPrefix(pair, "CRM_TOOL_STATE_DIR="); found {
			state = path
		}
	}
	for _, root := range []string{state, dir} {
		require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || slices.Contains([]string{"typed.yaml", "wrong-odoo", "wrong-mail"}, entry.Name()) {
				return err
			}
			content, err := os.ReadFile(path)
			texts[path] = string(content)
			return err
		}))
	}
	require.NotEmpty(t, texts)
	for _, m := range s.search(messageModel, []any{[]any{"message_id", "=like", "<crm-tool.%"}}, "subject", "body", "email_from", "reply_to") {
		texts[fmt.Sprint("message ", m.id())] = fmt.Sprint(m)
	}
	for _, a := range s.search("ir.attachment", []any{[]any{"name", "=like", "crm-tool/%"}}, "name", "description") {
		texts["attachment "+a.text("name")] = a.text("description")
	}
	return texts
}

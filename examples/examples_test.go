// Package examples_test tries every example as its reader would: it loads the
// settings and runs each command line of a schedule, with the real program
// against an Odoo and a mail server in memory.
package examples_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli"
	"github.com/crm-tool/crm-tool/pkg/config"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// program is where the examples expect crm-tool.
const program = "/usr/bin/crm-tool"

// servers are an Odoo with opportunities of all ages and a mail server, in
// place of those that the examples name.
type servers struct {
	t       *testing.T
	odoo    *sandboxodoo.Server
	mailbox *sandboxsmtp.Mailbox
	// here are the settings that replace the examples' own.
	here map[string]string
	// config is an empty configuration, so that the host's is not read.
	config string
}

func newServers(t *testing.T) *servers {
	t.Helper()
	odoo, err := sandboxodoo.New(sandboxodoo.Options{})
	require.NoError(t, err)
	require.NoError(t, odoo.Seed())
	_, err = odoo.Start()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, odoo.Close()) })

	const password = "a password for mail"
	mailbox, err := sandboxsmtp.New(sandboxsmtp.Options{User: "crm-tool", Password: password})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, mailbox.Close()) })

	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	return &servers{t: t, odoo: odoo, mailbox: mailbox, config: write("config.yaml", "{}\n"), here: map[string]string{
		"CRM_TOOL_ODOO_DATABASE":      sandboxodoo.Database,
		"CRM_TOOL_ODOO_USER":          sandboxodoo.BotLogin,
		"CRM_TOOL_ODOO_PASSWORD_FILE": write("odoo.key", sandboxodoo.BotPassword),
		"CRM_TOOL_SMTP_HOST":          "127.0.0.1",
		"CRM_TOOL_SMTP_PORT":          strconv.Itoa(mailbox.Port()),
		"CRM_TOOL_SMTP_PASSWORD_FILE": write("smtp.password", password),
		"CRM_TOOL_SMTP_CA_FILE":       write("ca.pem", string(mailbox.CA())),
		"CRM_TOOL_STATE_DIR":          filepath.Join(dir, "state"),
	}}
}

// run runs crm-tool with the settings of an example, and returns its exit
// status and all that it printed.
func (s *servers) run(settings map[string]string, args ...string) (status int, output string) {
	s.t.Helper()
	return s.runWith(settings, "", args...)
}

// runWith does the same with something on standard input.
func (s *servers) runWith(settings map[string]string, stdin string, args ...string) (status int, output string) {
	s.t.Helper()
	environment := maps.Clone(s.here)
	environment["CRM_TOOL_CONFIG"] = s.config
	for name, value := range settings {
		if _, replaced := s.here[name]; !replaced {
			environment[name] = value
		}
	}
	var environ []string
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		environ = append(environ, name+"="+environment[name])
	}
	target, err := url.Parse(s.odoo.URL())
	require.NoError(s.t, err)
	var printed bytes.Buffer
	status = cli.Main(cli.Env{
		Args: args, Stdin: strings.NewReader(stdin), Stdout: &printed, Stderr: &printed, Environ: environ,
		Clock:     func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) },
		Abort:     func(int) { panic("no signal was sent") },
		Transport: redirect{target: target},
	})
	return status, printed.String()
}

// redirect sends every request to another server.
type redirect struct{ target *url.URL }

var _ http.RoundTripper = redirect{}

// RoundTrip sends the request to the target.
func (r redirect) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.URL.Scheme, request.URL.Host = r.target.Scheme, r.target.Host
	return http.DefaultTransport.RoundTrip(request)
}

// counts runs a command and returns the counts in its JSON report.
func (s *servers) counts(settings map[string]string, args ...string) map[string]int {
	s.t.Helper()
	status, output := s.run(settings, append(args, "--quiet", "--output", "json")...)
	require.Zero(s.t, status, output)
	var document struct {
		Counts map[string]int `json:"counts"`
	}
	require.NoError(s.t, json.Unmarshal([]byte(output), &document), output)
	return document.Counts
}

// day tries a day's schedule: reminders, archiving, feedback. Each command does
// what a dry run announced and prints nothing. Run again, it finds nothing to
// do.
func (s *servers) day(settings map[string]string, schedule [][]string) {
	s.t.Helper()
	var names []string
	for _, args := range schedule {
		require.NotEmpty(s.t, args)
		words := slices.DeleteFunc(slices.Clone(args), func(word string) bool { return strings.HasPrefix(word, "-") })
		names = append(names, strings.Join(words, " "))
	}
	require.Equal(s.t, []string{"remind", "archive", "feedback collect", "feedback send"}, names, "the order of the day")

	// What was finished before the first run is not asked about.
	status, output := s.run(settings, "config", "adopt")
	require.Zero(s.t, status, output)
	require.NoError(s.t, s.odoo.FinishActivities())

	reminders := s.counts(settings, "remind", "--dry-run")["planned"]
	require.Positive(s.t, reminders)
	questions := s.counts(settings, "feedback", "send", "--dry-run")["planned"]
	require.Positive(s.t, questions)
	for range 2 {
		for _, args := range schedule {
			status, output := s.run(settings, args...)
			assert.Zero(s.t, status, "%v", args)
			assert.Empty(s.t, output, "%v", args)
		}
		assert.Equal(s.t, reminders+questions, len(s.mailbox.Messages()))
	}
	archived := s.counts(settings, "archive", "undo", "last", "--dry-run")["planned"]
	assert.Positive(s.t, archived, "opportunities that the day archived")
}

// requireSettings fails unless each variable of the environment is a setting.
func requireSettings(t *testing.T, variables map[string]string) {
	t.Helper()
	var known []string
	for _, key := range config.Keys() {
		known = append(known, key.Env())
	}
	require.NotEmpty(t, variables)
	for name := range variables {
		assert.Contains(t, known, name)
	}
}

package scenario_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// fixture is all that one script deals with.
type fixture struct {
	*site
	tb testing.TB
	// proxy is nil until the script has one.
	proxy *proxy
	// tokenServer is nil until the script has one.
	tokenServer *sandboxsmtp.TokenServer
	// pings are what the monitor heard, nil without one.
	pings *pings
	// held is where the tool is held, nil when it is not.
	held *holdPoint
	// backedUp are the highest ids of a backup, by model.
	backedUp map[string]int64
	// names are the leads, by id; strangers count their mails.
	names     map[int64]string
	strangers int
	// tokens are the letters that stand for the tokens in Message-IDs, in the
	// order in which the script came across them.
	tokens map[string]string
	// heard is what Odoo had told people when the script began to listen.
	heard map[string]string
	// status is what the last program that was run with exits ended with.
	status int
}

// script is a fixture while one command of the script runs.
type script struct {
	*fixture
	server // fails this command

	ts *testscript.TestScript
}

// Errorf and FailNow make a failed assertion a failed command.
func (s *script) Errorf(format string, args ...any) {
	s.ts.Fatalf("%s", strings.TrimSpace(fmt.Sprintf(format, args...)))
}

// FailNow is never reached: Errorf ends the command.
func (s *script) FailNow() { s.ts.Fatalf("failed") }

// print writes to the command's standard output, which the next command can
// look at.
func (s *script) print(format string, args ...any) {
	fmt.Fprintf(s.ts.Stdout(), format+"\n", args...)
}

type (
	command = func(ts *testscript.TestScript, neg bool, args []string)
	// commandGroup is commands by their names.
	commandGroup = map[string]func(*script, []string)
)

// commands are those that testdata/README.md describes.
func commands(extra ...commandGroup) map[string]command {
	all := map[string]command{}
	groups := []commandGroup{
		recordCommands(), archiveCommands(), mailCommands(), reportCommands(), serverCommands(), feedbackCommands(), answeringCommands(), ruleCommands(),
		hostileCommands(), killCommands(), personCommands(), strangerCommands(), scheduleCommands(),
		transportCommands(), keyCommands(), watchCommands(),
	}
	for _, group := range append(groups, extra...) {
		for name, run := range group {
			all[name] = func(ts *testscript.TestScript, neg bool, args []string) {
				if neg {
					ts.Fatalf("%s cannot be negated", name)
				}
				w := ts.Value(fixtureKey{}).(*fixture)
				s := &script{fixture: w, ts: ts}
				s.server = server{backend: w.backend, t: s}
				run(s, args)
			}
		}
	}
	return all
}

// options reads NAME=VALUE arguments; a bare NAME has the value "true".
func (s *script) options(args []string, allowed ...string) map[string]string {
	options := map[string]string{}
	for _, arg := range args {
		name, value, found := strings.Cut(arg, "=")
		require.Contains(s, allowed, name, "unknown option %s", arg)
		if !found {
			value = "true"
		}
		options[name] = value
	}
	return options
}

// arguments checks how many there are.
func (s *script) arguments(args []string, names ...string) {
	require.Len(s, args, len(names), "write: %s", strings.Join(names, " "))
}

// lead returns the id of the lead with a name.
func (s *script) lead(name string) int64 {
	for id, n := range s.names {
		if n == name {
			return id
		}
	}
	s.ts.Fatalf("no opportunity %s", name)
	return 0
}

// duration reads a length of time such as 7d3h or 16m.
func (s *script) duration(text string) time.Duration {
	var whole time.Duration
	if days, rest, found := strings.Cut(text, "d"); found {
		n, err := strconv.Atoi(days)
		require.NoError(s, err, "days of %s", text)
		whole, text = time.Duration(n)*24*time.Hour, rest
	}
	if text == "" {
		return whole
	}
	part, err := time.ParseDuration(text)
	require.NoError(s, err)
	return whole + part
}

// token returns the letter for a token: A for the first that the script sees.
func (w *fixture) token(token string) string {
	if w.tokens[token] == "" {
		w.tokens[token] = string(rune('A' + len(w.tokens)))
	}
	return w.tokens[token]
}

func reportCommands() map[string]func(*script, []string) {
	return map[string]func(*script, []string){
		"exits": exits,
		"items": items,
	}
}

// exits runs a program, which has to end with this status.
func exits(s *script, args []string) {
	require.GreaterOrEqual(s, len(args), 2, "write: exits STATUS PROGRAM ARGUMENT...")
	want, err := strconv.Atoi(args[0])
	require.NoError(s, err, "the status")
	s.status = 0
	if args[1] == "crm-tool" && onlyShows(args[2:]) {
		require.NoError(s, s.Settle())
	}
	if err := s.ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		require.True(s, ok, "%v", err)
		s.status = exit.ExitCode()
	}
	require.Equal(s, want, s.status, "exit status of %s", strings.Join(args[1:], " "))
	s.fitsSchema(args[1], args[2:])
}

// onlyShows tells whether a command changes nothing in Odoo. Then it does not wait for a
// replica, and shows what that shows; people who look at it are slower than replicas.
func onlyShows(args []string) bool {
	shows := []string{"explain", "preview", "runs", "feedback report", "remind report", "config check", "config get", "config list"}
	flags := []string{"--dry-run", "--as-of", "--save-mails"}
	line := strings.Join(args, " ")
	return slices.ContainsFunc(shows, func(command string) bool { return line == command || strings.HasPrefix(line, command+" ") }) ||
		slices.ContainsFunc(flags, func(flag string) bool { return slices.Contains(args, flag) })
}

// document is the report that the tool writes with -o json.
type document struct {
	Version  int            `json:"version"`
	Command  string         `json:"command"`
	Run      string         `json:"run"`
	DryRun   bool           `json:"dry_run"`
	Started  time.Time      `json:"started"`
	Items    []item         `json:"items"`
	Counts   map[string]int `json:"counts"`
	Finished time.Time      `json:"finished"`
	Exit     int            `json:"exit"`
	Error    *struct {
		Message string `json:"message"`
		Hint    string `json:"hint"`
	} `json:"error"`
}

type item struct {
	Opportunity int64    `json:"opportunity"`
	Name        string   `json:"name"`
	Rule        int      `json:"rule"`
	Step        *int     `json:"step"`
	To          []string `json:"to"`
	CC          []string `json:"cc"`
	Outcome     string   `json:"outcome"`
	Reason      string   `json:"reason"`
	Error       string   `json:"error"`
	Note        string   `json:"note"`

	Activity     int64  `json:"activity"`
	ActivityType string `json:"activity_type"`
	Reminder     bool   `json:"reminder"`
}

// items prints the items of the report on standard output, one a line, by
// opportunity, and the error, if there is one. The report has to be
// whole and to agree with itself.
func items(s *script, args []string) {
	s.arguments(args)
	d := s.document(s.ts.ReadFile("stdout"))
	slices.SortStableFunc(d.Items, func(a, b item) int { return cmp.Compare(a.Opportunity, b.Opportunity) })
	for _, i := range d.Items {
		// What mails nobody speaks of no addresses.
		mailless := strings.HasPrefix(d.Command, "archive") || d.Command == "feedback collect"
		warning := d.Command == "archive" && len(i.To) == 1 && i.CC == nil
		require.Equal(s, mailless && !warning, i.To == nil && i.CC == nil, "%+v", i)
		s.print("%s", s.line(i))
	}
	if d.Error != nil {
		s.print("error: %s", d.Error.Message)
	}
	if len(d.Items) == 0 && d.Error == nil {
		s.print("nothing")
	}
}

func (s *script) document(text string) document {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	var d document
	require.NoError(s, decoder.Decode(&d), "the report")
	require.False(s, decoder.More(), "something follows the report")
	require.Equal(s, 1, d.Version)
	require.Equal(s, s.status, d.Exit, "exit in the report and of the process")
	require.NotNil(s, d.Items)
	counts := map[string]int{}
	for outcome := range d.Counts {
		counts[outcome] = 0
	}
	for _, i := range d.Items {
		counts[i.Outcome]++
		if d.Command == "remind" || d.Command == "feedback send" {
			require.NotNil(s, i.To)
			require.NotNil(s, i.CC)
		}
	}
	require.Equal(s, counts, d.Counts)
	return d
}

// line is an item as the scripts show it.
func (s *script) line(i item) string {
	words := []string{s.names[i.Opportunity]}
	if words[0] == "" {
		words[0] = strconv.FormatInt(i.Opportunity, 10)
	}
	if i.Step != nil {
		words = append(words, strconv.Itoa(*i.Step))
	}
	if i.ActivityType != "" {
		words = append(words, i.ActivityType)
	}
	if i.Reminder {
		words = append(words, "reminder")
	}
	words = append(words, i.Outcome, i.Reason)
	if len(i.To) > 0 {
		words = append(words, "to", strings.Join(i.To, ","))
	}
	if len(i.CC) > 0 {
		words = append(words, "cc", strings.Join(i.CC, ","))
	}
	if i.Error != "" {
		words = append(words, "error:", i.Error)
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	return strings.Join(words, " ")
}

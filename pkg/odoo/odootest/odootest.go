//go:build odoo

// Package odootest gives tests a real Odoo: the server that the environment names, and databases on it.
//
// What a test may do there depends on what the environment grants. With a template, each test has a database of its
// own. Without, all have the same one after another, and each leaves it as it was. Dates are set by SQL, if there is
// access to the database. A test that needs what was not granted is skipped, and [Server.Close] tells how many were.
//
// The variables are described in pkg/scenario/testdata/README.md.
package odootest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/pace"
)

// Prefix is how all variables begin.
const Prefix = "CRM_TOOL_TEST_ODOO_"

// The users of every database. Administrator stands for the one whom the environment names, whatever their login.
const (
	Administrator = "admin"
	Bot           = "bot"
	Sam           = "sam"
)

// callTimeout is how long a call may take: copying a database takes Odoo a while.
const callTimeout = 5 * time.Minute

// Server is the server that the environment names.
type Server struct {
	URL     string
	version int
	// logins and passwords are those of the users.
	logins, passwords map[string]string
	// key is an API key of bot; empty if there is none.
	key string
	// behind is how late the server's replica is; 0 if it has none.
	behind time.Duration
	// pages is how the addresses of pages begin, with NAME for the database; empty if nobody needs to care.
	pages        string
	sql, restart command
	databases    source

	// summary is the file in which the skipped tests are counted; empty for none.
	summary string

	mu      sync.Mutex
	skipped map[string]int
}

// source has the databases of tests.
type source interface {
	// take returns the name of a database as the template is.
	take(t testing.TB) (string, error)
	// giveBack gets it back when the test has ended.
	giveBack(name string) error
	// close ends what is left.
	close() error
}

// command is a line for the shell; what it works on follows as its last word.
type command string

func (c command) run(input string, args ...string) error {
	_, err := c.output(input, args...)
	return err
}

// output returns what the command prints.
func (c command) output(input string, args ...string) (string, error) {
	cmd := exec.Command("sh", append([]string{"-c", string(c) + ` "$@"`, "sh"}, args...)...) //nolint:gosec,noctx // The tester's own command; it ends by itself.
	cmd.Stdin = strings.NewReader(input)
	var out, problems strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w: %s%s", c, strings.Join(args, " "), err, &out, &problems)
	}
	return out.String(), nil
}

// New reads the variables, and asks the server for its version. It changes nothing.
func New(getenv func(string) string) (*Server, error) {
	get := func(name string) string { return getenv(Prefix + name) }
	s := &Server{
		URL: strings.TrimRight(get("URL"), "/"), key: get("BOT_API_KEY"), sql: command(get("SQL")), restart: command(get("RESTART")),
		pages:  get("PAGES"),
		logins: map[string]string{Administrator: get("USER")},
		passwords: map[string]string{
			Administrator: get("PASSWORD"),
			Bot:           cmp.Or(get("BOT_PASSWORD"), "bot-password"),
			Sam:           cmp.Or(get("SAM_PASSWORD"), "sam-password"),
		},
		summary: get("SKIPPED"), skipped: map[string]int{},
	}
	for _, name := range []string{"URL", "USER", "PASSWORD"} {
		if get(name) == "" {
			return nil, fmt.Errorf("%s%s is not set; make test-odoo sets it, and pkg/scenario/testdata/README.md says how to test any server", Prefix, name)
		}
	}
	if rate, reason := pace.Rate(0, s.URL); rate > 0 {
		return nil, fmt.Errorf("%sURL: tests make many calls a second, but this server permits %g (%s); name another one", Prefix, rate, reason)
	}
	if text := get("BEHIND"); text != "" {
		behind, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("%sBEHIND: %w", Prefix, err)
		}
		s.behind = behind
	}
	version, err := odoo.Greet(context.Background(), s.options("", "", ""))
	if err != nil {
		return nil, fmt.Errorf("%sURL: %w", Prefix, err)
	}
	s.version = version.Major
	switch {
	case get("NEWDB") != "" && get("DROPDB") != "":
		s.databases = newCopies(s, byCommand{newdb: command(get("NEWDB")), dropdb: command(get("DROPDB"))})
	case get("DB_TEMPLATE") != "" && get("MASTER_PASSWORD") != "":
		s.pages = cmp.Or(s.pages, namedPages(s.URL))
		s.databases = newCopies(s, manager{url: s.URL, template: get("DB_TEMPLATE"), password: get("MASTER_PASSWORD"), settle: s.behind})
	case get("DB") != "":
		s.databases = newOnly(s, get("DB"))
	default:
		return nil, fmt.Errorf("set %[1]sDB_TEMPLATE and %[1]sMASTER_PASSWORD, or %[1]sDB", Prefix)
	}
	return s, nil
}

// namedPages returns an address of this host as which Odoo can see, with a filter by host name, what database is meant:
// browsers know that all names below localhost are this host. On another host a page's address is that of Odoo.
func namedPages(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback() {
		return address
	}
	u.Host = net.JoinHostPort("NAME.localhost", u.Port())
	return u.String()
}

func (s *Server) options(database, user, password string) odoo.Options {
	return odoo.Options{
		URL: s.URL, AllowHTTP: true, Database: database, User: user, Password: func() string { return password },
		Timeout: callTimeout, Now: time.Now, //nolint:forbidigo // A test's client goes by the clock of the host.
	}
}

// Version returns the major version of the server.
func (s *Server) Version() int { return s.version }

// Restart restarts Odoo. The test is skipped if nothing was granted that does.
func (s *Server) Restart(t testing.TB) error {
	t.Helper()
	if s.restart == "" {
		s.Skip(t, "it restarts Odoo: set "+Prefix+"RESTART")
	}
	return s.restart.run("")
}

// Skip skips a test, and counts it.
func (s *Server) Skip(t testing.TB, reason string) {
	t.Helper()
	s.mu.Lock()
	s.skipped[reason]++
	s.mu.Unlock()
	t.Skip(reason)
}

// Open returns a database that has an empty CRM, for one test.
func (s *Server) Open(t testing.TB) *Database {
	t.Helper()
	name, err := s.databases.take(t)
	if err != nil {
		t.Fatalf("take a database of Odoo: %v", err)
	}
	d := s.database(t, name)
	t.Cleanup(func() {
		d.close()
		if err := s.databases.giveBack(name); err != nil {
			t.Errorf("give the database %s back: %v", name, err)
		}
	})
	return d
}

// Close drops what the tests made, and writes how many of them were skipped, and why: also at the end of the file that
// the environment names, because go test shows nothing of what passes.
func (s *Server) Close(w io.Writer) error {
	err := s.databases.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, reason := range slices.Sorted(maps.Keys(s.skipped)) {
		fmt.Fprintf(&b, "%d skipped: %s\n", s.skipped[reason], reason)
	}
	_, failed := io.WriteString(w, b.String())
	return errors.Join(err, failed, s.note(b.String()))
}

// note appends a text to the file of skipped tests.
func (s *Server) note(text string) error {
	if s.summary == "" || text == "" {
		return nil
	}
	f, err := os.OpenFile(s.summary, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

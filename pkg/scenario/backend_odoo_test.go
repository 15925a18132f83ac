//go:build odoo

package scenario_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// How much the tests of load and of faults do: what the tool promises.
const (
	concurrentDue = 200
	kills         = 12
	killedDue     = 600
	killWithin    = 4 * time.Second
	loaded        = 1000
	comparedDue   = 1000

	concurrentArchived = 300
	archiveKills       = 8
	killedArchived     = 600
)

// archiveVersions are those on which archiving can be tried.
func archiveVersions() []int { return []int{newest} }

// verbosities are the flags with which the most is told. Only some situation is
// another one with a real Odoo, and it takes its time over each login.
func verbosities(s situation) []string {
	if s.name == fine || s.name == "a wrong password for Odoo" {
		return []string{" -v"}
	}
	return nil
}

// triedIn tells that every command is tried wherever something is wrong.
func triedIn(int, int) bool { return true }

// realOdoo is a database of its own on a real server, which .ci/odoo made.
type realOdoo struct {
	script, url, database string

	mu      sync.Mutex
	clients map[string]*odoo.Client
}

var _ backend = (*realOdoo)(nil)

// leftovers is done once: what runs of the tests left that were killed.
var leftovers sync.Once

func newBackend(t testing.TB, v variant) backend {
	t.Helper()
	require.Equal(t, newest, v.version, "the real server has one version")
	o := &realOdoo{
		script:  setting(t, "CRM_TOOL_TEST_ODOO"),
		url:     setting(t, "CRM_TOOL_TEST_ODOO_URL"),
		clients: map[string]*odoo.Client{},
	}
	leftovers.Do(func() { require.NoError(t, o.removeLeftovers()) })
	o.database = databases.take()
	require.NoError(t, o.manage("", "newdb", o.database))
	t.Cleanup(func() {
		for _, client := range o.clients {
			client.Close()
		}
		databases.giveBack(o.database)
	})
	return o
}

// pool holds the names of databases that no test has now. A test's database is
// made for it, but under a name that was used before, if there is one: Odoo's
// workers load what they must know of a database once for each name.
type pool struct {
	mu   sync.Mutex
	free []string
	made int
}

var databases pool

// take returns a name. Runs of the tests beside each other have different ones.
func (p *pool) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := len(p.free) - 1; last >= 0 {
		name := p.free[last]
		p.free = p.free[:last]
		return name
	}
	p.made++
	return fmt.Sprintf("scn_%d_%d", os.Getpid(), p.made)
}

func (p *pool) giveBack(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, name)
}

// pause is a real one: a real Odoo needs it.
var pause func(ctx context.Context, d time.Duration)

// beside does nothing: all tests have one server, and some load it.
func beside(*testing.T) {}

// endBackends drops the databases.
func endBackends() error {
	o := &realOdoo{script: os.Getenv("CRM_TOOL_TEST_ODOO")}
	for _, name := range databases.free {
		if err := o.manage("", "dropdb", name); err != nil {
			return err
		}
	}
	return nil
}

// removeLeftovers drops the databases of runs that were killed.
func (o *realOdoo) removeLeftovers() error {
	out, err := exec.Command(o.script, "status").Output()
	if err != nil {
		return fmt.Errorf("%s status: %w", o.script, err)
	}
	for _, found := range regexp.MustCompile(`(?m)^database (scn_(\d+)_\d+)$`).FindAllStringSubmatch(string(out), -1) {
		if _, err := os.Stat("/proc/" + found[2]); err == nil {
			continue
		}
		if err := o.manage("", "dropdb", found[1]); err != nil {
			return err
		}
	}
	return nil
}

// manage runs a command of .ci/odoo.
func (o *realOdoo) manage(input string, args ...string) error {
	cmd := exec.Command(o.script, args...)
	cmd.Stdin = strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", o.script, strings.Join(args, " "), err, out)
	}
	return nil
}

// Settle relies on .ci/odoo, which waits for the replica after each SQL.
func (o *realOdoo) Settle() error {
	if os.Getenv("CRM_TOOL_TEST_ODOO_BEHIND") == "" {
		return nil
	}
	return o.manage("", "sql", o.database)
}

func (o *realOdoo) Connection() connection {
	return connection{
		URL: o.url, Database: o.database,
		User: os.Getenv("CRM_TOOL_TEST_ODOO_BOT_LOGIN"), Password: os.Getenv("CRM_TOOL_TEST_ODOO_BOT_PASSWORD"),
		Key: os.Getenv("CRM_TOOL_TEST_ODOO_BOT_API_KEY"),
	}
}

func (o *realOdoo) Execute(login, model, method string, args []any, kwargs map[string]any) (any, error) {
	ctx := context.Background()
	client, err := o.client(ctx, login)
	if err != nil {
		return nil, err
	}
	return client.Call(ctx, odoo.Request{Model: model, Method: method, Args: args, Kwargs: kwargs})
}

func (o *realOdoo) client(ctx context.Context, login string) (*odoo.Client, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if c := o.clients[login]; c != nil {
		return c, nil
	}
	password := cmp.Or(os.Getenv("CRM_TOOL_TEST_ODOO_"+strings.ToUpper(login)+"_PASSWORD"), personPassword(login))
	c, err := odoo.New(odoo.Options{
		URL: o.url, Database: o.database, User: login, Password: func() string { return password },
		Timeout: 2 * time.Minute, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	if _, err := c.Login(ctx); err != nil {
		return nil, err
	}
	o.clients[login] = c
	return c, nil
}

func (o *realOdoo) SetCreated(model string, ids []int64, at time.Time) error {
	list := strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ","), "[]")
	return o.manage(fmt.Sprintf("UPDATE %s SET create_date = '%s' WHERE id IN (%s);",
		strings.ReplaceAll(model, ".", "_"), at.UTC().Format(odooTime), list), "sql", o.database)
}

func (o *realOdoo) Later(d time.Duration) error {
	older := fmt.Sprintf("- interval '%d seconds'", int64(d.Seconds()))
	return o.manage(
		"UPDATE crm_lead SET create_date = create_date "+older+", date_conversion = date_conversion "+older+
			", date_closed = date_closed "+older+";"+
			"UPDATE mail_message SET create_date = create_date "+older+";"+
			"UPDATE survey_user_input SET create_date = create_date "+older+", deadline = deadline "+older+";",
		"sql", o.database)
}

func (o *realOdoo) Blacklist(address string) error {
	_, err := o.Execute(admin, "mail.blacklist", "create", []any{map[string]any{"email": address}}, nil)
	return err
}

func (o *realOdoo) ReceiveMail(domain string) error {
	_, err := o.Execute(admin, "mail.alias.domain", "create", []any{map[string]any{"name": domain}}, nil)
	return err
}

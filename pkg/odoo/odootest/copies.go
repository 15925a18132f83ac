//go:build odoo

package odootest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crm-tool/crm-tool/pkg/odoo/xmlvalue"
)

// maker makes and drops databases.
type maker interface {
	// make makes a copy of the template.
	make(name string) error
	drop(name string) error
	// reuses tells whether a database may have the name of one that was dropped. Odoo's workers keep what they know of a
	// database under its name.
	reuses() bool
}

// copies makes each test a copy of a template.
type copies struct {
	maker

	server *Server
	// leftovers is done once: what tests left that were killed.
	leftovers sync.Once

	mu   sync.Mutex
	free []string
	made int
}

var _ source = (*copies)(nil)

func newCopies(s *Server, m maker) *copies { return &copies{maker: m, server: s} }

// host is part of the names: tests of several hosts may use one server.
func host() string {
	name, err := os.Hostname()
	if err != nil {
		name = "unknown"
	}
	return regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "")
}

func (c *copies) take(testing.TB) (string, error) {
	var err error
	c.leftovers.Do(func() { err = c.dropLeftovers() })
	if err != nil {
		return "", err
	}
	name := c.name()
	if err := c.make(name); err != nil {
		return "", err
	}
	if c.server.pages == "" {
		return name, nil // The command cares for them.
	}
	d := c.server.database(nil, name)
	defer d.close()
	return name, d.linkPages(c.server.pages)
}

// name returns a name that no test has now, one that was used before if that is better.
func (c *copies) name() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if last := len(c.free) - 1; last >= 0 {
		name := c.free[last]
		c.free = c.free[:last]
		return name
	}
	c.made++
	return fmt.Sprintf("scn_%s_%d_%d", host(), os.Getpid(), c.made)
}

func (c *copies) giveBack(name string) error {
	if !c.reuses() {
		return c.drop(name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.free = append(c.free, name)
	return nil
}

func (c *copies) close() error {
	var err error
	for _, name := range c.free {
		err = errors.Join(err, c.drop(name))
	}
	return err
}

// dropLeftovers drops the databases of tests on this host that were killed.
func (c *copies) dropLeftovers() error {
	answer, err := manager{url: c.server.URL}.call("list")
	if err != nil {
		return nil //nolint:nilerr // A server that lists its databases to nobody keeps its leftovers.
	}
	names, _ := answer.([]any)
	ours := regexp.MustCompile(`^scn_` + host() + `_(\d+)_\d+$`)
	for _, name := range names {
		text, _ := name.(string)
		found := ours.FindStringSubmatch(text)
		if found == nil || lives(found[1]) {
			continue
		}
		if err := c.drop(text); err != nil {
			return err
		}
	}
	return nil
}

// lives tells whether there is a process with an id.
func lives(pid string) bool {
	_, err := os.Stat("/proc/" + pid)
	return err == nil
}

// byCommand makes and drops databases by commands, as .ci/odoo does. They care for what Odoo's workers know.
type byCommand struct{ newdb, dropdb command }

var _ maker = byCommand{}

func (b byCommand) make(name string) error { return b.newdb.run("", name) }
func (b byCommand) drop(name string) error { return b.dropdb.run("", name) }
func (byCommand) reuses() bool             { return true }

// manager is Odoo's own database manager.
type manager struct {
	url, template, password string
	// settle is how long a replica needs to have a new database.
	settle time.Duration
}

var _ maker = manager{}

func (m manager) make(name string) error {
	if _, err := m.call("duplicate_database", m.password, m.template, name); err != nil {
		return err
	}
	time.Sleep(m.settle) //nolint:forbidigo // Nothing ends a test's wait but its time.
	return nil
}

func (m manager) drop(name string) error {
	_, err := m.call("drop", m.password, name)
	return err
}

func (manager) reuses() bool { return false }

// call calls a method of the service db.
func (m manager) call(method string, params ...any) (any, error) {
	body, err := xmlvalue.Encode(method, params)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Timeout: callTimeout}
	response, err := client.Post(m.url+"/xmlrpc/2/db", "text/xml", bytes.NewReader(body)) //nolint:noctx // The client has its timeout.
	if err != nil {
		return nil, fmt.Errorf("%s of the database manager: %w", method, err)
	}
	defer func() { _ = response.Body.Close() }() // It was read.
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("%s of the database manager: %w", method, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, errors.New(method + " of the database manager: status " + strconv.Itoa(response.StatusCode))
	}
	const depth = 10
	answer, err := xmlvalue.Decode(content, depth)
	if err != nil {
		return nil, fmt.Errorf("%s of the database manager: %w", method, err)
	}
	return answer, nil
}

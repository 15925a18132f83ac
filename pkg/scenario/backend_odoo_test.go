//go:build odoo

package scenario_test

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo/odootest"
)

// How much the tests of load and of faults do: what the tool promises.
const (
	concurrentDue = 200
	kills         = 12
	killedDue     = 600
	killWithin    = 4 * time.Second
	loaded        = 1000
	comparedDue   = 1000
	partsDue      = 200

	concurrentArchived = 300
	archiveKills       = 8
	killedArchived     = 600
)

// archiveVersions are those on which archiving can be tried.
func archiveVersions(t testing.TB) []int { return []int{served(t)} }

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

// realOdoo is a database on the server that the environment names.
type realOdoo struct{ *odootest.Database }

var _ backend = realOdoo{}

var realServer = sync.OnceValues(func() (*odootest.Server, error) { return odootest.New(os.Getenv) })

func theServer(t testing.TB) *odootest.Server {
	t.Helper()
	s, err := realServer()
	require.NoError(t, err)
	return s
}

// served is the version of Odoo that a test gets which asks for no other.
func served(t testing.TB) int {
	t.Helper()
	return theServer(t).Version()
}

func newBackend(t testing.TB, v variant) backend {
	t.Helper()
	require.Equal(t, served(t), v.version, "the real server has one version")
	return realOdoo{theServer(t).Open(t)}
}

// pause is a real one: a real Odoo needs it.
var pause func(ctx context.Context, d time.Duration)

// beside does nothing: all tests have one server, and some load it.
func beside(*testing.T) {}

// endBackends drops the databases, and tells what was skipped.
func endBackends() error {
	s, err := realServer()
	if err != nil {
		return nil //nolint:nilerr // Each test has told it.
	}
	return s.Close(os.Stderr)
}

func (o realOdoo) Connection() connection {
	return connection{
		URL: o.URL, Database: o.Name, User: odootest.Bot, Password: o.Password(odootest.Bot), Admin: o.Login(admin),
	}
}

// Package console is what the process gives to the program, and the ways to
// talk to the person in front of it: results on standard output, messages on
// standard error, questions, and a line that shows how far a run is.
//
// Arguments, streams, environment, clock and signals come in through an [Env],
// so tests replace all of them. Messages are cleaned of control characters
// before they reach a terminal; results are written as they are.
package console

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // Zones work on hosts without a zone database.

	"golang.org/x/term"

	"github.com/crm-tool/crm-tool/pkg/config"
)

// Env is what the process gives to the program.
type Env struct {
	// Args are the arguments without the program's name.
	Args   []string
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	// ReadSecret reads a line from the terminal without showing it. It is nil
	// when standard input is no terminal: then nobody can be asked.
	ReadSecret func(ctx context.Context) (string, error)
	// Environ holds "NAME=value" strings.
	Environ []string
	// Clock is this host's clock.
	Clock func() time.Time
	// Signals carries SIGINT and SIGTERM.
	Signals <-chan os.Signal
	// Abort ends the process at once, at the second signal.
	Abort func(status int)
	// Width is the number of columns when standard output is a terminal, else 0.
	Width int
	// ErrWidth is the same for standard error.
	ErrWidth int
	// Root says that the process runs as root.
	Root bool
	// Proxy chooses the HTTP proxy on the way to Odoo; nil for none.
	Proxy func(*http.Request) (*url.URL, error)
	// Files replaces the files that settings are read from, in tests; nil for
	// the host's.
	Files config.Files
	// Transport replaces the network on the way to Odoo, in tests; nil for the
	// network.
	Transport http.RoundTripper
	// Dial replaces the network on the way to the mail server, in tests; nil
	// for the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Resolver replaces the DNS, in tests; nil for this host's.
	Resolver Resolver
	// Sleep replaces the pauses between the attempts of a call to Odoo, in
	// tests; nil for real ones.
	Sleep func(ctx context.Context, d time.Duration)
}

// Resolver asks the DNS, as [net.Resolver] does.
type Resolver interface {
	// LookupMX returns the mail servers of a domain.
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	// LookupNS returns the name servers of a domain.
	LookupNS(ctx context.Context, name string) ([]*net.NS, error)
	// LookupHost returns the addresses of a host.
	LookupHost(ctx context.Context, name string) ([]string, error)
	// LookupTXT returns the texts of a name.
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

var _ Resolver = (*net.Resolver)(nil)

// System returns the Env of this process.
func System() Env {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	return Env{
		Args:     os.Args[1:],
		Stdin:    os.Stdin,
		Stdout:   os.Stdout,
		Stderr:   os.Stderr,
		Environ:  os.Environ(),
		Clock:    time.Now,
		Signals:  signals,
		Abort:    os.Exit,
		Width:    terminalWidth(os.Stdout),
		ErrWidth: terminalWidth(os.Stderr),
		Root:     os.Geteuid() == 0,
		Proxy:    http.ProxyFromEnvironment,

		ReadSecret: secretReader(os.Stdin),
	}
}

// terminalWidth returns the width of a terminal, or 0 when f is none. A serial
// line does not know its width.
func terminalWidth(f *os.File) int {
	const usual = 80
	width, _, err := term.GetSize(int(f.Fd()))
	switch {
	case err != nil:
		return 0
	case width == 0:
		return usual
	}
	return width
}

// Getenv returns the value of a variable, as [os.Getenv] does.
func (e Env) Getenv(name string) string {
	value := ""
	for _, pair := range e.Environ {
		if len(pair) > len(name) && pair[len(name)] == '=' && pair[:len(name)] == name {
			value = pair[len(name)+1:]
		}
	}
	return value
}

// Package cli is the command line: the tree of commands, their flags, what
// they are wired to, and what the process ends with. What the commands do
// lies in package run.
//
// This package alone knows cobra, and it alone touches the process: arguments,
// streams, environment, clock, signals and exit status come in through an Env.
package cli

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
	// ReadSecret reads a line from the terminal without showing it; nil when
	// standard input is no terminal, and nobody can be asked.
	ReadSecret func(ctx context.Context) (string, error)
	// Environ holds "NAME=value" strings.
	Environ []string
	// Clock is this host's clock.
	Clock func() time.Time
	// Signals carries SIGINT and SIGTERM.
	Signals <-chan os.Signal
	// Abort ends the process at once; it is called at the second signal.
	Abort func(status int)
	// Width is the terminal's width in columns when standard output is one,
	// else 0.
	Width int
	// ErrWidth is the same for standard error.
	ErrWidth int
	// Root tells whether the process runs as root.
	Root bool
	// Proxy chooses the HTTP proxy on the way to Odoo; nil for none.
	Proxy func(*http.Request) (*url.URL, error)
	// Files replaces the file system that the settings are read from in tests;
	// nil for the host's.
	Files config.Files
	// Transport replaces the network of the connection to Odoo in tests; nil
	// for the network.
	Transport http.RoundTripper
	// Dial replaces the network of the connection to the mail server in tests;
	// nil for the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// System is the Env of this process.
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

// terminalWidth returns the width of the terminal, 0 when f is none. A serial
// line does not tell its width.
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

// getenv looks a variable up.
func (e Env) getenv(name string) string {
	value := ""
	for _, pair := range e.Environ {
		if len(pair) > len(name) && pair[len(name)] == '=' && pair[:len(name)] == name {
			value = pair[len(name)+1:]
		}
	}
	return value
}

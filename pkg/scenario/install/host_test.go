//go:build odoo && install

package install_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// host is a copy of a clean Debian, of which .ci/debian-root makes one.
type host struct{ dir string }

const debianRoot = top + "/.ci/debian-root"

func newHost(t *testing.T) *host {
	t.Helper()
	// Its users have to reach it.
	parent, err := os.MkdirTemp("", "install")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(parent)) })
	require.NoError(t, os.Chmod(parent, 0o755))
	h := &host{dir: filepath.Join(parent, "root")}
	out, err := exec.CommandContext(t.Context(), debianRoot, "copy", h.dir).CombinedOutput()
	require.NoError(t, err, string(out))
	// Whatever cron has to say is kept.
	write(t, filepath.Join(h.dir, "usr/sbin/sendmail"), "#!/bin/sh\nexec cat >>/var/mail/cron\n", 0o755)
	write(t, filepath.Join(h.dir, "var/mail/cron"), "", 0o666)
	return h
}

// command is a command in the host, as root.
func (h *host) command(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, debianRoot, append([]string{"run", h.dir}, args...)...)
}

func (h *host) read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(h.dir, path))
	require.NoError(t, err)
	return string(content)
}

// exchange is a question of a program, and what a person types then.
type exchange struct{ question, answer string }

// terminal runs a line of shell at a terminal of root's, answers its questions, and
// returns all that the terminal showed.
func (h *host) terminal(t *testing.T, line string, talk []exchange) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	inside := strings.Join(h.command(ctx, "bash", "-o", "pipefail", "-c", `"$LINE"`).Args, " ")
	c := exec.CommandContext(ctx, "script", "--quiet", "--return", "--flush", "--command", "stty cols 100; exec "+inside, "/dev/null")
	c.Env = append(os.Environ(), "SHELL=/bin/sh", "LINE=cd /root; "+line)
	in, err := c.StdinPipe()
	require.NoError(t, err)
	var screen screen
	c.Stdout, c.Stderr = &screen, &screen
	require.NoError(t, c.Start())
	for _, x := range talk {
		require.NoError(t, screen.await(ctx, x.question))
		_, err := io.WriteString(in, x.answer+"\n")
		require.NoError(t, err)
	}
	require.NoError(t, c.Wait(), "%s\n%s", line, screen.String())
	return screen.String()
}

// screen is what a terminal has shown.
type screen struct {
	mu    sync.Mutex
	shown bytes.Buffer
	// seen is how much of it was read before the last answer.
	seen int
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown.Write(bytes.ReplaceAll(p, []byte("\r\n"), []byte("\n")))
	return len(p), nil
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String()
}

// await waits for a question after the last one.
func (s *screen) await(ctx context.Context, question string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		s.mu.Lock()
		_, after, found := strings.Cut(s.shown.String()[s.seen:], question)
		if found {
			s.seen = s.shown.Len() - len(after)
		}
		s.mu.Unlock()
		if found {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nobody asked %q:\n%s", question, s)
		case <-tick.C:
		}
	}
}

// advance moves the reminders in the crontab of the user crm-tool to the next
// minute, and the other runs out of the way.
func (h *host) advance(t *testing.T) {
	t.Helper()
	out, err := h.command(t.Context(), "crontab", "-u", "crm-tool", "-l").CombinedOutput()
	require.NoError(t, err, string(out))
	next := time.Now().UTC().Add(10 * time.Second).Truncate(time.Minute).Add(time.Minute)
	found := 0
	table := regexp.MustCompile(`(?m)^\d+ +\d+ +(\S+ +\S+) +\S+ +(.*)$`).ReplaceAllStringFunc(string(out), func(entry string) string {
		fields := strings.Fields(entry)
		if !strings.Contains(entry, "/usr/bin/crm-tool remind") {
			return "# " + entry
		}
		found++
		return fmt.Sprintf("%d %d * * * %s", next.Minute(), next.Hour(), strings.Join(fields[5:], " "))
	})
	require.Equal(t, 1, found, "reminders in\n%s", out)
	load := h.command(t.Context(), "crontab", "-u", "crm-tool", "-")
	load.Stdin = strings.NewReader(table)
	out, err = load.CombinedOutput()
	require.NoError(t, err, string(out))
}

// startCron starts cron, which runs until the test ends.
func (h *host) startCron(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cron := h.command(ctx, "cron", "-f")
	require.NoError(t, cron.Start())
	t.Cleanup(func() {
		cancel()
		_ = cron.Wait() // It was killed.
	})
}

// Package shell runs the commands that an administrator named in a setting, as sh does.
//
// Such a command reads nothing, writes no more than some lines, and ends in time, or it
// is killed with all that it started. It does not get the settings of crm-tool, among
// which may be secrets. An error quotes what the command complains of on standard error,
// without what it wrote to standard output, which may be a secret.
package shell

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/crm-tool/crm-tool/pkg/plaintext"
)

// The limits of a command: of its time, of the time that it has to end after that, and
// of what is kept of its output and of its complaints.
const (
	timeout      = 30 * time.Second
	endsWithin   = time.Second
	maxOutput    = 64 << 10
	maxComplaint = 4 << 10
	maxQuote     = 300
)

// Commands runs commands, each once: the second time it returns the first one's result.
// Several goroutines may use it.
type Commands struct {
	ctx     context.Context
	environ []string
	timeout time.Duration

	mu   sync.Mutex
	done map[string]result
}

type result struct {
	output []byte
	err    error
}

// New returns Commands that end with ctx and get this environment, but for the settings
// of crm-tool.
func New(ctx context.Context, environ []string) *Commands {
	return &Commands{ctx: ctx, environ: withoutSettings(environ), timeout: timeout, done: map[string]result{}}
}

// withoutSettings returns an environment without the variables of crm-tool.
func withoutSettings(environ []string) []string {
	rest := []string{}
	for _, variable := range environ {
		if !strings.HasPrefix(variable, "CRM_TOOL_") {
			rest = append(rest, variable)
		}
	}
	return rest
}

// Output runs a command and returns what it writes to standard output.
func (c *Commands) Output(line string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.done[line]; ok {
		return known.output, known.err
	}
	output, err := c.run(line)
	c.done[line] = result{output, err}
	return output, err
}

func (c *Commands) run(line string) ([]byte, error) {
	return run(c.ctx, line, c.environ, c.timeout)
}

func run(ctx context.Context, line string, environ []string, timeout time.Duration) ([]byte, error) {
	limit := errors.New("did not end within " + timeout.String())
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, limit)
	defer cancel()
	output, complaint := &buffer{limit: maxOutput}, &buffer{limit: maxComplaint}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", line) //nolint:gosec // To run what the administrator named is what it is for.
	cmd.Env, cmd.Stdout, cmd.Stderr = environ, output, complaint
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = endsWithin
	err := cmd.Run()
	exited, isExit := errors.AsType[*exec.ExitError](err)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case isExit:
		return nil, fmt.Errorf("ended with %s%s", exited.ProcessState, quote(string(complaint.kept), string(output.kept)))
	case errors.Is(err, exec.ErrWaitDelay):
		return nil, errors.New("left a process behind that keeps its output open")
	case err != nil:
		return nil, fmt.Errorf("cannot be run: %w", err)
	case output.full:
		return nil, fmt.Errorf("printed more than %d KiB", maxOutput>>10)
	}
	return output.kept, nil
}

// buffer keeps the beginning of what is written.
type buffer struct {
	kept  []byte
	limit int
	full  bool
}

func (b *buffer) Write(p []byte) (int, error) {
	room := min(len(p), b.limit-len(b.kept))
	b.full = b.full || room < len(p)
	b.kept = append(b.kept, p[:room]...)
	return len(p), nil
}

// quote returns a complaint as the rest of a sentence, on one line and without the words
// that stand in the output.
func quote(complaint, output string) string {
	for line := range strings.Lines(output) {
		if line = strings.TrimSpace(line); line != "" {
			complaint = strings.ReplaceAll(complaint, line, "<redacted>")
		}
	}
	text := plaintext.OneLine(complaint, maxQuote)
	if text == "" {
		return ""
	}
	return ": " + text
}

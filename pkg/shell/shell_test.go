package shell

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOutput(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ line, want, failure string }{
		"is what the command prints":               {"printf '%s\\n' 'a b'", "a b\n", ""},
		"may come through a pipe":                  {"printf 'first\\nsecond\\n' | head -1", "first\n", ""},
		"does not wait for input":                  {"cat; echo end", "end\n", ""},
		"of a command that fails is none":          {"echo secret; echo no such entry >&2; exit 3", "", "ended with exit status 3: no such entry"},
		"of a command that says nothing is none":   {"exit 1", "", "ended with exit status 1"},
		"is never quoted":                          {"echo secret; echo not secret here >&2; exit 1", "", "ended with exit status 1: not <redacted> here"},
		"of a command that is killed is none":      {"kill -9 $$", "", "ended with signal: killed"},
		"has a limit":                              {"head -c 70000 /dev/zero", "", "printed more than 64 KiB"},
		"of an unknown command is none":            {"no-such-command-here 2>/dev/null", "", "ended with exit status 127"},
		"does not control a terminal":              {"printf '\\033[2Jx\\ny' >&2; exit 1", "", "ended with exit status 1: [2Jx y"},
		"of complaints is cut":                     {"head -c 5000 /dev/zero | tr '\\0' x >&2; exit 1", "", "ended with exit status 1: " + strings.Repeat("x", maxQuote-1) + "…"},
		"sees the environment without our setting": {"echo $HOME $CRM_TOOL_ODOO_PASSWORD.", "/home/bob .\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			commands := New(t.Context(), []string{"PATH=" + os.Getenv("PATH"), "HOME=/home/bob", "CRM_TOOL_ODOO_PASSWORD=x"})
			output, err := commands.Output(c.line)
			assert.Equal(t, c.want, string(output))
			if c.failure == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, c.failure)
		})
	}
}

func TestACommandIsRunOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "runs")
	commands := New(t.Context(), os.Environ())
	for range 3 {
		output, err := commands.Output("echo x >>" + file + "; wc -l <" + file)
		require.NoError(t, err)
		assert.Equal(t, "1", strings.TrimSpace(string(output)))
	}
}

func TestACommandEnds(t *testing.T) {
	t.Parallel()
	t.Run("in time, with what it started", func(t *testing.T) {
		t.Parallel()
		commands := New(t.Context(), os.Environ())
		commands.timeout = 20 * time.Millisecond
		_, err := commands.Output("sleep 60 | cat")
		require.EqualError(t, err, "did not end within 20ms")
	})
	t.Run("with the run", func(t *testing.T) {
		t.Parallel()
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(10*time.Millisecond, func() { cancel(stop) })
		_, err := New(ctx, os.Environ()).Output("sleep 60")
		require.ErrorIs(t, err, stop)
	})
}

//go:build bench

package bench_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// tool is crm-tool as it was built, on a host.
type tool struct {
	*instance

	path string
	home string
	// odooURL is where it finds Odoo, if not where it is.
	odooURL  string
	sinkPort int
}

func newTool(t *testing.T, i *instance) *tool {
	t.Helper()
	path, err := filepath.Abs(root + "/bin/crm-tool")
	require.NoError(t, err)
	return &tool{instance: i, path: path, home: t.TempDir(), odooURL: i.url, sinkPort: i.sink}
}

// command prepares a run on a host of a number.
func (c *tool) command(t *testing.T, host int, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), c.path, args...)
	key := filepath.Join(c.home, "odoo.key")
	require.NoError(t, os.WriteFile(key, []byte(c.key), 0o600))
	cmd.Env = []string{
		"HOME=" + c.home, "CRM_TOOL_STATE_DIR=" + filepath.Join(c.home, fmt.Sprint("state", host)),
		"CRM_TOOL_ODOO_URL=" + c.odooURL, "CRM_TOOL_ODOO_DATABASE=" + c.database,
		"CRM_TOOL_ODOO_USER=bot", "CRM_TOOL_ODOO_PASSWORD_FILE=" + key,
		"CRM_TOOL_SMTP_HOST=127.0.0.1", "CRM_TOOL_SMTP_PORT=" + strconv.Itoa(c.sinkPort), "CRM_TOOL_SMTP_TLS=none",
		"CRM_TOOL_MAIL_FROM=Example Sales <sales@example.com>",
	}
	return cmd
}

// forget removes what its hosts remember, such as mails that a database which was put back
// knows nothing of.
func (c *tool) forget(t *testing.T) {
	t.Helper()
	states, err := filepath.Glob(filepath.Join(c.home, "state*"))
	require.NoError(t, err)
	for _, state := range states {
		require.NoError(t, os.RemoveAll(state))
	}
}

// do runs the tool and measures nothing.
func (c *tool) do(t *testing.T, args ...string) {
	t.Helper()
	_, err := watch(c.command(t, 0, args...))
	require.NoError(t, err)
}

// run measures a command that has to do something to so many records.
func (c *tool) run(t *testing.T, records int, args ...string) usage {
	t.Helper()
	return c.parts(t, 1, records, args...)
}

// parts measures a command that so many processes share, each on a host of its own.
func (c *tool) parts(t *testing.T, n, records int, args ...string) usage {
	t.Helper()
	ends, failures := make([]ended, n), make([]error, n)
	metrics := func(part int) string { return filepath.Join(c.home, fmt.Sprint("metrics", part)) }
	u := c.measure(t, func() {
		var running sync.WaitGroup
		for part := range n {
			words := append(slices.Clip(args), "--yes", "-o", "json", "--metrics-file", metrics(part))
			if n > 1 {
				words = append(words, "--shard", fmt.Sprintf("%d/%d", part, n))
			}
			cmd := c.command(t, part, words...)
			require.NoError(t, os.RemoveAll(metrics(part))) // Of other commands it keeps what they were.
			running.Go(func() { ends[part], failures[part] = watch(cmd) })
		}
		running.Wait()
	})
	require.NoError(t, errors.Join(failures...))
	acted := 0
	for part, e := range ends {
		var report struct{ Counts map[string]int }
		require.NoError(t, json.Unmarshal([]byte(e.out), &report))
		for word, n := range report.Counts {
			if word != "skipped" {
				acted += n
			}
		}
		u.Client += e.cpu
		u.ClientMemory = max(u.ClientMemory, e.memory)
		u.Calls += callsIn(t, metrics(part))
	}
	require.Equal(t, records, acted, "%v: records that were not skipped", args)
	return u
}

// callsIn reads how many calls to Odoo a run made.
func callsIn(t *testing.T, metrics string) int {
	t.Helper()
	content, err := os.ReadFile(metrics)
	require.NoError(t, err)
	found := regexp.MustCompile(`(?m)^crm_tool_odoo_calls\{.*\} (\d+)$`).FindSubmatch(content)
	require.NotNil(t, found, "%s", content)
	n, err := strconv.Atoi(string(found[1]))
	require.NoError(t, err)
	return n
}

//go:build exhaustive && !odoo

package scenario_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// Every call of config rotate-key fails in every way, once or from there on as if the tool
// had died. The key in the file works all the time, and the next rotation ends with at most
// one key too many.
func TestWhicheverCallOfARotationFailsTheKeyInPlaceWorks(t *testing.T) {
	for _, api := range []string{"xmlrpc", json2} {
		for _, f := range callFaults() {
			for _, times := range []int{1, math.MaxInt} {
				t.Run(fmt.Sprint(api, " ", f.name, " ", times == 1), func(t *testing.T) {
					t.Parallel()
					runs := 0
					for n := 0; rotationFails(t, api, f, n, times); n++ {
						runs++
					}
					assert.Greater(t, runs, 10, "calls that failed")
				})
			}
		}
	}
}

// rotationFails rotates a key while a call fails, and says whether it came to that call.
func rotationFails(t *testing.T, api string, f callFault, n, times int) (injected bool) {
	t.Helper()
	simulate(t, false, func(t *testing.T, sim *simulation) {
		odoo := sim.backend.(standIn).Server
		require.NoError(t, odoo.ManageKeys())
		path := filepath.Join(sim.dir, "odoo")
		require.NoError(t, os.WriteFile(path, []byte(apiKey), 0o600))
		sim.env.Environ = append([]string{"CRM_TOOL_ODOO_API=" + api}, sim.env.Environ...)
		sim.keepJournal()
		fault := &proxyFault{skip: n, times: times, does: f.does}
		sim.proxy.faults = []*proxyFault{fault}
		_, said := sim.say("config", "rotate-key")
		injected = fault.times < times
		sim.clearFaults()
		time.Sleep(time.Hour) // What comes late has come.
		where := fmt.Sprintf("%s at call %d: %s", f.name, n+1, said)
		status, log := sim.say("config", "get", "reminders.days")
		require.Zero(t, status, "the key in place works: %s: %s", where, log)
		status, log = sim.say("config", "rotate-key")
		require.Zero(t, status, "the next rotation: %s: %s", where, log)
		status, _ = sim.say("config", "get", "reminders.days")
		require.Zero(t, status, where)

		content, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.NotContains(t, said+log, strings.TrimSpace(string(content)), where)
		assert.NotContains(t, said+log, apiKey, where)
		_, err = os.Stat(path + ".rotate-key")
		require.ErrorIs(t, err, os.ErrNotExist, where)
		names := odoo.KeyNames(sandboxodoo.BotLogin)
		assert.LessOrEqual(t, len(names), 2, "%s: %v", where, names)
		assert.NotContains(t, names, "crm-tool", "the first key is revoked: %s", where)
		if len(names) > 1 {
			assert.Contains(t, log, "is not in use here: delete it in Odoo", where)
		}
	})
	return injected
}

// say runs the tool in this process, and returns all that it wrote.
func (sim *simulation) say(args ...string) (status int, text string) {
	env := sim.env
	var out bytes.Buffer
	env.Args, env.Stdout, env.Stderr = args, &out, &out
	return cli.Main(env), out.String()
}

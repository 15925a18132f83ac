//go:build bench

package bench_test

import (
	"bufio"
	"bytes"
	"embed"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo/xmlvalue"
)

const (
	// root is the repository.
	root = "../../.."
	// command is the server that is measured.
	command = root + "/.ci/odoo"
	workers = 4
)

//go:embed testdata
var testdata embed.FS

// instance is the Odoo that is measured, with what is around it.
type instance struct {
	url, key string
	// database is the one in which everything happens. Copies are made of it, and it is
	// made anew of them: crm-tool works in no copy under another name.
	database string
	// odoo and postgres are their main processes.
	odoo, postgres int
	// sink is the port of the mail server.
	sink int
}

func newInstance(t *testing.T) *instance {
	t.Helper()
	i := &instance{database: "bench", sink: startSink(t)}
	for line := range strings.Lines(output(t, "", "env")) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch name {
		case "CRM_TOOL_TEST_ODOO_URL":
			i.url = value
		case "CRM_TOOL_TEST_ODOO_BOT_API_KEY":
			i.key = value
		}
	}
	require.NotEmpty(t, i.key)
	_, err := fmt.Sscan(output(t, "", "pids"), &i.odoo, &i.postgres)
	require.NoError(t, err)
	return i
}

// output runs .ci/odoo and returns what it prints.
func output(t *testing.T, input string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command, args...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = strings.NewReader(input), &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%v: %s", args, &stderr)
	return string(out)
}

// save keeps the database under another name.
func (i *instance) save(t *testing.T, name string) {
	t.Helper()
	output(t, "VACUUM (ANALYZE);", "sql", i.database)
	output(t, "", "newdb", name, i.database)
}

// restore makes the database anew of what was saved, or as [instance.fresh] does. Odoo's
// workers know it when it is measured: they have loaded their registry, and nothing else.
func (i *instance) restore(t *testing.T, saved ...string) {
	t.Helper()
	if len(saved) == 0 {
		i.fresh(t)
	} else {
		output(t, "", "newdb", i.database, saved[0])
	}
	i.warm(t)
}

// fresh makes the database anew, as it is after the installation. The user of crm-tool is
// as the guide makes it: it has two-factor authentication.
func (i *instance) fresh(t *testing.T) {
	t.Helper()
	output(t, "", "newdb", i.database)
	i.twoFactors(t, true)
}

// twoFactors gives the user of crm-tool two-factor authentication, or takes it away. Without
// it, Odoo tries each key as a password first (_check_credentials of res.users).
func (i *instance) twoFactors(t *testing.T, on bool) {
	t.Helper()
	secret := "NULL"
	if on {
		secret = "'JBSWY3DPEHPK3PXP'"
	}
	output(t, "UPDATE res_users SET totp_secret = "+secret+" WHERE login = 'bot';", "sql", i.database)
}

// warm lets each worker load its registry. A stranger's login does so; while one worker is
// busy with it, the next login reaches another.
func (i *instance) warm(t *testing.T) {
	t.Helper()
	for range 3 {
		var logins sync.WaitGroup
		for range 2 * workers {
			logins.Go(func() { i.logIn(t, "nobody", "nothing") })
		}
		logins.Wait()
	}
	time.Sleep(time.Second) // What still writes the new database ends.
}

// logIn logs in. The answer does not matter.
func (i *instance) logIn(t *testing.T, user, password string) {
	t.Helper()
	body, err := xmlvalue.Encode("authenticate", []any{i.database, user, password, map[string]any{}})
	assert.NoError(t, err)
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, i.url+"/xmlrpc/2/common", bytes.NewReader(body))
	assert.NoError(t, err)
	if answer, err := http.DefaultClient.Do(q); assert.NoError(t, err) {
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
	}
}

// keyCheck tells what processor time Odoo takes to check the API key of a user with
// two-factor authentication, and that of one without.
func (i *instance) keyCheck(t *testing.T) string {
	t.Helper()
	const logins = 20
	check := func(twoFactors bool) float64 {
		i.twoFactors(t, twoFactors)
		u := i.measure(t, func() {
			for range logins {
				i.logIn(t, "bot", i.key)
			}
		})
		return (u.Odoo / logins).Seconds()
	}
	without, with := check(false), check(true)
	return fmt.Sprintf("To log in with an API key takes Odoo %.2f s of CPU for a user with two-factor authentication, as crm-tool's has here, and %.2f s "+
		"for one without.\n", with, without)
}

// processes are Odoo's.
func (i *instance) processes() []int { return keys(family(i.odoo)) }

// measure tells what work takes of Odoo and PostgreSQL.
func (i *instance) measure(t *testing.T, work func()) usage {
	t.Helper()
	processes := i.processes()
	forgetPeaks(processes...)
	statements := i.statements(t)
	odoo, postgres, began := cpuOf(i.odoo), cpuOf(i.postgres), time.Now()
	work()
	u := usage{Wall: time.Since(began), Odoo: cpuOf(i.odoo) - odoo, Postgres: cpuOf(i.postgres) - postgres}
	u.Statements = i.statements(t) - statements
	u.OdooMemory = peakOf(processes...)
	return u
}

func (i *instance) statements(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(output(t, "", "statements", i.database)))
	require.NoError(t, err)
	return n
}

// script returns Python files one after the other, with variables before them.
func script(t *testing.T, variables map[string]any, names ...string) string {
	t.Helper()
	var b strings.Builder
	for name, value := range variables {
		text := fmt.Sprintf("%#v", value)
		switch value {
		case true:
			text = "True"
		case false:
			text = "False"
		}
		fmt.Fprintf(&b, "%s = %s\n", name, text)
	}
	for _, name := range names {
		content, err := testdata.ReadFile("testdata/" + name)
		require.NoError(t, err)
		b.Write(content)
	}
	return b.String()
}

// inside measures a script inside Odoo, in a process of its own, from the moment when it
// prints "begin" until it prints "end".
func (i *instance) inside(t *testing.T, text string) usage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command, "shell", i.database)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = strings.NewReader(text), &stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(stdout)
	await := func(word string) bool {
		for lines.Scan() {
			if lines.Text() == word {
				return true
			}
		}
		return false
	}
	begun := await("begin")
	shell := cmd.Process.Pid
	forgetPeaks(shell)
	before, ended := cpuOf(shell), false
	var after time.Duration
	var peak int64
	u := i.measure(t, func() {
		ended = await("end")
		after, peak = cpuOf(shell), peakOf(shell)
	})
	require.NoError(t, cmd.Wait(), "%s", &stderr)
	require.True(t, begun && ended, "%s", &stderr)
	u.Odoo += after - before
	u.OdooMemory = peak
	return u
}

// plain measures a plain script, which prints how many calls it made.
func (i *instance) plain(t *testing.T, text string) usage {
	t.Helper()
	var e ended
	var err error
	u := i.measure(t, func() {
		cmd := exec.CommandContext(t.Context(), command, "python", "-")
		cmd.Stdin = strings.NewReader(text)
		e, err = watch(cmd)
	})
	require.NoError(t, err)
	u.Client, u.ClientMemory = e.cpu, e.memory
	u.Calls, err = strconv.Atoi(strings.TrimSpace(e.out))
	require.NoError(t, err)
	return u
}

// ended is a program that ended well: what it printed, its processor time, and the most
// memory that it had.
type ended struct {
	out    string
	cpu    time.Duration
	memory int64
}

// watch runs a program.
func watch(cmd *exec.Cmd) (ended, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		return ended{}, err
	}
	done, peak := make(chan struct{}), make(chan int64)
	go func() { peak <- watchPeak(cmd.Process.Pid, done) }()
	err := cmd.Wait()
	close(done)
	e := ended{out: stdout.String(), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), memory: <-peak}
	if err != nil {
		err = fmt.Errorf("%w: %s%s", err, &stderr, &stdout)
	}
	return e, err
}

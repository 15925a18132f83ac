//go:build !odoo

package scenario_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// onlineOdoo is an Odoo of Odoo Online: it refuses a request that comes less than a
// second after the last one, or while another one is under way.
type onlineOdoo struct {
	http.Handler

	// retryAfter is the header of that name in a refusal; empty for none.
	retryAfter string

	mu       sync.Mutex
	last     time.Time
	underway int
	// calls counts all requests, refused those with status 429.
	calls, refused int
}

// The way to Odoo Online and the work there take a while, and not always the same.
const (
	onlineWay  = 90 * time.Millisecond
	onlineWork = 300 * time.Millisecond
)

func (o *onlineOdoo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	time.Sleep(rand.N(onlineWay)) //nolint:gosec // A delay is no secret.
	if !o.enter() {
		if o.retryAfter != "" {
			w.Header().Set("Retry-After", o.retryAfter)
		}
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	time.Sleep(rand.N(onlineWork)) //nolint:gosec // As above.
	o.Handler.ServeHTTP(w, r)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.underway--
}

func (o *onlineOdoo) enter() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls++
	if o.underway > 0 || time.Since(o.last) < time.Second {
		o.refused++
		return false
	}
	o.last = time.Now()
	o.underway++
	return true
}

// counts returns how many calls there were since it was asked last, and how many of them
// were refused.
func (o *onlineOdoo) counts() (calls, refused int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	calls, refused = o.calls, o.refused
	o.calls, o.refused = 0, 0
	return calls, refused
}

// online moves a simulation's Odoo to Odoo Online, where it is called by an API.
func (sim *simulation) online(t *testing.T, api string) *onlineOdoo {
	t.Helper()
	odoo := &onlineOdoo{Handler: sim.proxy}
	sim.env.Transport = sim.serve(t, "company.odoo.com:80", odoo)
	key := filepath.Join(sim.dir, "key")
	require.NoError(t, os.WriteFile(key, []byte(apiKey), 0o600))
	sim.env.Environ = append([]string{
		"CRM_TOOL_ODOO_URL=http://company.odoo.com", "CRM_TOOL_ODOO_ALLOW_HTTP=true", "CRM_TOOL_ODOO_API=" + api, "CRM_TOOL_ODOO_PASSWORD_FILE=" + key,
	}, sim.env.Environ...)
	return odoo
}

// sharedDue is how many clients two hosts mail, and stoppedDue how many one would mail that
// is told to stop.
const (
	sharedDue  = 100
	stoppedDue = 200
)

// apis are those by which Odoo is called.
func apis() []string { return []string{"xmlrpc", json2} }

// Odoo Online permits one call a second and none in parallel: on company.odoo.com no run
// makes more, also right after another one, whatever each of them does.
func TestOdooOnlineRefusesNoCallOfAnyRun(t *testing.T) {
	beside(t)
	for _, api := range apis() {
		simulate(t, false, func(t *testing.T, sim *simulation) {
			odoo := sim.online(t, api)
			run := func(done string, n int, command ...string) {
				began := time.Now()
				d, status := sim.tool(t, command...)
				assert.Equal(t, 0, status, "%v", command)
				assert.Equal(t, n, d.Counts[done], "%v: %s", command, done)
				calls, refused := odoo.counts()
				t.Logf("%s: %v: %d %s, %d calls, %s", api, command, n, done, calls, time.Since(began).Round(time.Second))
				assert.Zero(t, refused, "%v: calls that Odoo Online refused", command)
			}
			clients := sim.pipeline(t, "client", onlineDue, week)
			run("sent", onlineDue, "remind", "--yes")
			run("sent", 0, "remind")
			run("sent", 0, "feedback", "send")
			time.Sleep(time.Hour)
			sim.finishAll(t, clients)
			run("sent", onlineDue, "feedback", "send", "--yes")
			sim.answerAll()
			run("collected", onlineDue, "feedback", "collect")
			sim.pipeline(t, "old", onlineDue, 40*24*time.Hour)
			run("archived", onlineDue, "archive", "--yes")
			run("restored", onlineDue, "archive", "undo", "last")
			to := map[string]int{}
			for _, m := range sim.mailbox.Messages() {
				to[m.Recipients[0]]++
			}
			assert.Len(t, to, onlineDue)
			assert.Len(t, sim.mailbox.Messages(), 2*onlineDue, "a reminder and a questionnaire for each client")
		})
	}
}

// Hosts do not know of each other. What Odoo Online refuses then is asked again when it
// says, and nobody gets a mail twice.
func TestHostsShareWhatOdooOnlinePermits(t *testing.T) {
	beside(t)
	for _, retryAfter := range []string{"", "1"} {
		simulate(t, false, func(t *testing.T, sim *simulation) {
			odoo := sim.online(t, "xmlrpc")
			odoo.retryAfter = retryAfter
			_, status := sim.tool(t, "remind")
			require.Equal(t, 0, status)
			about := sim.pipeline(t, "client", sharedDue, week)
			odoo.counts()
			var hosts sync.WaitGroup
			for range 2 {
				hosts.Go(func() {
					host := *sim
					host.env.Stdin = &bytes.Buffer{}
					d, status := host.tool(t, "remind")
					assert.Equal(t, 0, status, "%+v", d)
				})
			}
			hosts.Wait()
			calls, refused := odoo.counts()
			t.Logf("Retry-After %q: %d calls, %d of them refused", retryAfter, calls, refused)
			assert.NotZero(t, refused)
			assert.Equal(t, outcomes{once: sharedDue}, verifyMails(crm.Reminder)(t, sim, about))
		})
	}
}

// A run that is told to stop on Odoo Online leaves nothing uncertain, tells in the history
// that it was, and takes ten seconds at most.
func TestARunOnOdooOnlineStopsWhenItIsTold(t *testing.T) {
	beside(t)
	for _, api := range apis() {
		for _, after := range toldToStop() {
			if api == json2 {
				after += 15 * time.Second // for its first calls
			}
			simulate(t, false, func(t *testing.T, sim *simulation) {
				sim.online(t, api)
				_, status := sim.tool(t, "remind")
				require.Equal(t, 0, status)
				about := sim.pipeline(t, "client", stoppedDue, week)
				signals := make(chan os.Signal, 1)
				sim.env.Signals = signals
				var told time.Time
				time.AfterFunc(after, func() { told = time.Now(); signals <- syscall.SIGTERM })
				d, status := sim.tool(t, "remind")
				if status != 0 || d.Counts["sent"] < stoppedDue { // Otherwise it was told too late.
					assert.Equal(t, 143, status)
				}
				assert.Less(t, time.Since(told), 10*time.Second)
				assert.Len(t, sim.mailbox.Messages(), d.Counts["sent"])
				t.Logf("%s: told after %s, ended %s later, %d sent", api, after, time.Since(told), d.Counts["sent"])
				sim.env.Signals = make(chan os.Signal)
				histories := sim.search("ir.attachment", []any{[]any{"name", "=like", "crm-tool-run/%"}}, "name")
				assert.Len(t, histories, 1)
				_, status = sim.tool(t, "remind", "--yes")
				assert.Equal(t, 0, status)
				assert.Equal(t, outcomes{once: stoppedDue}, verifyMails(crm.Reminder)(t, sim, about))
			})
		}
	}
}

// comeBack asks to come back later.
func comeBack(status int, after string) faultHandler {
	return func(w http.ResponseWriter, r *http.Request, work func() *httptest.ResponseRecorder) {
		w.Header().Set("Retry-After", after)
		instead(status, "text/html", "later")(w, r, work)
	}
}

// A server may ask at each call to come back later. A run waits for two minutes, and ends
// rather than wait for an hour; the next one does the rest.
func TestARunComesBackWhenOdooSays(t *testing.T) {
	beside(t)
	for _, o := range operations() {
		for n := 0; ; n += putOffEvery {
			status := []int{http.StatusTooManyRequests, http.StatusServiceUnavailable}[n%2]
			waited := runWithFault(t, o, false, laterAt(n, status, "120"))
			if waited.runs == 0 {
				assert.Greater(t, n, putOffEvery, "%s makes calls", o)
				break
			}
			ended := runWithFault(t, o, false, laterAt(n, status, "3600"))
			assert.Equal(t, outcomes{once: few}, waited.worst, "%s, call %d", o, n+1)
			assert.Zero(t, ended.worst.wrong, "%s, call %d", o, n+1)
		}
	}
}

// laterAt asks for it at a call, counted from 0.
func laterAt(n, status int, after string) injection {
	fault := &proxyFault{skip: n, times: 1, does: comeBack(status, after)}
	return injection{
		where:    fmt.Sprintf("%d for %s s at call %d", status, after, n+1),
		inject:   func(sim *simulation) { sim.proxy.faults = []*proxyFault{fault} },
		injected: func() bool { return fault.times == 0 },
	}
}

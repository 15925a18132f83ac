package scenario_test

import (
	"context"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// inTime is how long a run may take to end that was told to stop.
const inTime = 10 * time.Second

// silentServer lets the mail server never answer the end of a mail again, and
// returns what is closed when it has so many mails in hand.
func (s *site) silentServer(t *testing.T, mails int) <-chan struct{} {
	t.Helper()
	arrived, full := make(chan struct{}, mails), make(chan struct{})
	ctx, end := context.WithCancel(context.Background())
	t.Cleanup(end)
	s.mailbox.Inject(sandboxsmtp.Fault{Step: sandboxsmtp.AtFinal, Cut: true, Meanwhile: func() {
		select {
		case arrived <- struct{}{}:
			if len(arrived) == mails {
				close(full)
			}
		default:
		}
		<-ctx.Done()
	}})
	return full
}

// hangingRun is a run that is told to stop while a server hangs.
type hangingRun struct {
	name   string
	signal syscall.Signal
	// hang is the call that Odoo never answers, and deaf says that the mail
	// server answers no mail.
	hang   string
	deaf   bool
	status int
	want   map[string]int
}

// stop brings a run to where a server hangs, and tells it to stop. What it
// returns waits for the end and tells how long that took.
func (c hangingRun) stop(t *testing.T) (p *process, end func() time.Duration) {
	t.Helper()
	s := newSite(t)
	s.pipeline(t, "client", 5, week)
	proxy := newProxy(t, s.Connection().URL)
	hanging := make(chan struct{})
	if c.hang != "" {
		proxy.inject(proxyFault{call: c.hang, times: 1, does: hang(hanging)})
	}
	var inHands <-chan struct{} = hanging
	if c.deaf {
		inHands = s.silentServer(t, inHand)
	}
	p = s.start(t, []string{"CRM_TOOL_ODOO_URL=" + proxy.URL, "CRM_TOOL_ODOO_TIMEOUT=2m", "CRM_TOOL_SMTP_TIMEOUT=2m"}, "remind", "-o", "json")
	select {
	case <-inHands:
	case <-time.After(time.Minute):
		require.Fail(t, "nothing hangs", "%s", &p.stderr)
	}
	told, took := time.Now(), make(chan time.Duration, 1)
	require.NoError(t, p.Process.Signal(c.signal))
	go func() {
		_ = p.Wait() // The status says it.
		took <- time.Since(told)
	}()
	return p, func() time.Duration { return <-took }
}

// A signal ends a run within ten seconds, whatever hangs. What had been begun
// and what became of it is reported; the rest goes to the next run.
func TestASignalEndsARunInTimeThoughAServerHangs(t *testing.T) {
	beside(t)
	var checks []func()
	for _, c := range []hangingRun{
		{"Odoo hangs while it is read", syscall.SIGTERM, "crm.lead search_read", false, 143, map[string]int{}},
		{"Odoo hangs in the claim", syscall.SIGINT, "mail.message load", false, 130, map[string]int{"skipped interrupted": 5}},
		{"Odoo hangs in the confirmation", syscall.SIGTERM, "mail.message write", false, 143, map[string]int{"sent": 5}},
		{"the mail server hangs", syscall.SIGTERM, "", true, 143, map[string]int{"failed uncertain": 2, "skipped interrupted": 3}},
		{"both hang", syscall.SIGTERM, "mail.message unlink", true, 143, map[string]int{"failed uncertain": 2, "skipped interrupted": 3}},
	} {
		// They wait together, most of the time.
		p, end := c.stop(t)
		checks = append(checks, func() {
			t.Run(c.name, func(t *testing.T) {
				took := end()
				d, status := p.report(t)
				t.Logf("ended %s after the signal: %v", took.Round(10*time.Millisecond), d.outcomes())
				assert.Less(t, took, inTime)
				assert.Equal(t, c.status, status, "%s", &p.stderr)
				assert.Equal(t, c.want, d.outcomes())
			})
		})
	}
	for _, check := range checks {
		check()
	}
}

// Who cannot wait for that sends a second signal.
func TestASecondSignalEndsARunAtOnce(t *testing.T) {
	beside(t)
	s := newSite(t)
	s.pipeline(t, "client", 5, week)
	full := s.silentServer(t, inHand)
	p := s.start(t, []string{"CRM_TOOL_SMTP_TIMEOUT=2m"}, "remind", "-o", "json")
	select {
	case <-full:
	case <-time.After(time.Minute):
		require.Fail(t, "no mail within a minute", "%s", &p.stderr)
	}
	require.NoError(t, p.Process.Signal(os.Interrupt))
	time.Sleep(300 * time.Millisecond) // The first one has to arrive.
	told := time.Now()
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	_ = p.Wait() // The status says it.
	assert.Equal(t, 143, p.ProcessState.ExitCode())
	assert.Less(t, time.Since(told), time.Second)

	// The next run does not wait for the first one's claims to die.
	s.mailbox.Reset()
	d, status := s.run(t, "remind")
	assert.Equal(t, 1, status)
	assert.Equal(t, map[string]int{"failed uncertain": inHand, "sent": 3}, d.outcomes())
}

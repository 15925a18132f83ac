//go:build !odoo

package scenario_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/crm"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// sendMail is the call with which Odoo sends a mail.
const sendMail = "mail.template send_mail"

// throughOdoo lets Odoo send the mails, through the simulation's mail server.
func (sim *simulation) throughOdoo() {
	sim.backend.(standIn).SetMailServer(func(ctx context.Context) (net.Conn, error) {
		return sim.link.connect(ctx, "tcp", simulatedMail)
	})
	sim.clear = true
	sim.env.Environ = append([]string{"CRM_TOOL_MAIL_TRANSPORT=odoo", "CRM_TOOL_SMTP_HOST="}, sim.env.Environ...)
}

// sendingFails runs an operation of which the n-th mail, counted from 0, is handed to Odoo
// in a call that fails.
func sendingFails(t *testing.T, o operation, f callFault, n int) faultCounts {
	t.Helper()
	fault := &proxyFault{call: sendMail, skip: n, times: 1, does: f.does}
	return runWithFault(t, o, false, injection{
		where: fmt.Sprintf("%s at mail %d through Odoo", f.name, n+1), throughOdoo: true,
		inject:   func(sim *simulation) { sim.proxy.faults = []*proxyFault{fault} },
		injected: func() bool { return fault.times == 0 },
	})
}

// worstSending is what a failed call leads to: nobody repeats it, and nobody knows what
// became of it. By JSON-2 the answer is a bare number, of which a part is one, too, and
// which is too short to be garbled: the mail counts as sent, as it was.
func worstSending(f callFault) outcomes {
	switch f.name {
	case "cut", "late", "502", "webpage", "conflict":
		return outcomes{lost: 1}
	case "truncated", "garbled":
		if (variant{}).api() == json2 {
			return outcomes{}
		}
	}
	return outcomes{arrived: 1}
}

// stepFailsThroughOdoo is stepFails where Odoo speaks with the mail server.
func stepFailsThroughOdoo(t *testing.T, o operation, s mailStep, f mailFault, occasion int) faultCounts {
	t.Helper()
	trouble, injected := s.trouble, false
	f.does(&trouble)
	trouble.Times, trouble.Skip, trouble.Meanwhile = 1, occasion, func() { injected = true }
	return runWithFault(t, o, false, injection{
		where: fmt.Sprintf("%s at %s %d through Odoo", f.title, s.title, occasion+1), throughOdoo: true,
		inject: func(sim *simulation) { sim.mailbox.Inject(trouble) }, injected: func() bool { return injected },
	})
}

// possibleThroughOdoo tells whether a step can fail so where Odoo speaks, in clear and
// without a login. Half of a reply that a server gives to a mail which it does not keep is
// left out: it would have to begin with 250.
func possibleThroughOdoo(s mailStep, f mailFault) bool {
	at := s.trouble.Step
	halfLie := at == sandboxsmtp.AtFinal && !s.trouble.Stored && breaksOff(f)
	return at != sandboxsmtp.AtStartTLS && at != sandboxsmtp.AtAuth && !halfLie && possible(s, f)
}

func breaksOff(f mailFault) bool {
	var trouble sandboxsmtp.Fault
	f.does(&trouble)
	return trouble.Half
}

// worstThroughOdoo is what a fault at a step leads to. Python's smtplib takes a line that
// breaks off after its code for a whole one, and goes on. Where it is in DATA, nothing
// tells.
func worstThroughOdoo(s mailStep, f mailFault) outcomes {
	at := s.trouble.Step
	switch {
	case breaksOff(f) && at == sandboxsmtp.AtFinal:
		return outcomes{}
	case breaksOff(f) && at == sandboxsmtp.AtRcpt, !f.verdict && at == sandboxsmtp.AtData:
		return outcomes{lost: 1}
	}
	return worst(s, f)
}

// On Odoo Online each mail through Odoo is one more call.
func TestOdooOnlineSendsMailsOneASecond(t *testing.T) {
	beside(t)
	for _, api := range apis() {
		simulate(t, false, func(t *testing.T, sim *simulation) {
			odoo := sim.online(t, api)
			sim.throughOdoo()
			about := sim.pipeline(t, "client", onlineDue, week)
			began := time.Now()
			_, status := sim.tool(t, "remind", "--yes")
			assert.Equal(t, 0, status)
			calls, refused := odoo.counts()
			t.Logf("%s: %d mails, %d calls, %s", api, onlineDue, calls, time.Since(began).Round(time.Second))
			assert.Zero(t, refused)
			assert.Equal(t, outcomes{once: onlineDue}, verifyMails(crm.Reminder)(t, sim, about))
		})
	}
}

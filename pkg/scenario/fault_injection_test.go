//go:build !odoo

package scenario_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// injection makes one thing go wrong in a run.
type injection struct {
	// where is for the reader of a failure.
	where string
	// journal gives the tool a state directory.
	journal bool
	// throughOdoo lets Odoo send the mails.
	throughOdoo bool
	// inject prepares the fault; injected tells whether it happened.
	inject   func(*simulation)
	injected func() bool
}

// faultCounts sums up runs with faults of one kind: worst holds, of each
// outcome, the most that one run had.
type faultCounts struct {
	runs  int
	worst outcomes
}

// runWithFault runs an operation with a fault. Then it lets time pass, and
// repeats the operation until there is nothing left to do. It counts no run
// when the fault did not happen.
func runWithFault(t *testing.T, o operation, encrypted bool, in injection) faultCounts {
	t.Helper()
	var counts faultCounts
	simulate(t, encrypted, func(t *testing.T, sim *simulation) {
		about := o.prepare(t, sim)
		if in.journal {
			sim.keepJournal()
		}
		if in.throughOdoo {
			sim.throughOdoo()
		}
		sim.clearFaults()
		sim.mailbox.Reset()
		in.inject(sim)
		d, status := sim.tool(t, o.command...)
		if !in.injected() {
			return
		}
		where := o.String() + ", " + in.where
		assert.Contains(t, statuses(o), status, where)
		assert.LessOrEqual(t, d.Counts["sent"], len(sim.mailbox.Messages()), "mails that the report calls sent: %s", where)
		sim.clearFaults()
		for range 4 {
			time.Sleep(ledger.ClaimTTL + time.Minute)
			if d, status = sim.tool(t, o.command...); d.acted() == 0 {
				break
			}
		}
		assert.Equal(t, 0, status, "the last run: %s: %+v", where, d.Error)
		assert.Zero(t, d.acted(), "the last run: %s", where)
		counts = faultCounts{runs: 1, worst: o.verify(named{t, where}, sim, about)}
	})
	return counts
}

// statuses are those with which a run may end; the mail server may have refused
// its login. Whether clients can open a questionnaire's page is a question of
// the settings, for all the tool knows.
func statuses(o operation) []int {
	if o.String() == "feedback send" {
		return []int{0, 1, 69, 75, 77, 78}
	}
	return []int{0, 1, 69, 75, 77}
}

// named adds to what a failure says.
type named struct {
	*testing.T

	name string
}

func (n named) Errorf(format string, args ...any) {
	n.Helper()
	n.T.Errorf("%s: "+format, append([]any{n.name}, args...)...)
}

// clearFaults lets Odoo and the mail server work again.
func (sim *simulation) clearFaults() {
	sim.proxy.reset()
	sim.link.reset()
}

// callFails runs an operation of which the n-th call to Odoo, counted from 0,
// and those after it fail, so many in all.
func callFails(t *testing.T, o operation, f callFault, n, times int, journal bool) faultCounts {
	t.Helper()
	fault := &proxyFault{skip: n, times: times, does: f.does}
	return runWithFault(t, o, false, injection{
		where: fmt.Sprintf("%s at call %d", f.name, n+1), journal: journal,
		inject:   func(sim *simulation) { sim.proxy.faults = []*proxyFault{fault} },
		injected: func() bool { return fault.times < times },
	})
}

// mailStep is a step of the conversation with the mail server.
type mailStep struct {
	title   string
	trouble sandboxsmtp.Fault
	// nth are the occasions at which something goes wrong, from 0; nil are all.
	nth []int
}

// unlucky is one of the clients.
const unlucky = "client-9@client.example"

// mailSteps are the steps in their order. Those of a mail are tried at the
// first, the tenth, and the last of few.
func mailSteps() []mailStep {
	some := []int{0, few/2 - 1, few - 1}
	step := func(title string, at sandboxsmtp.Step, nth []int) mailStep {
		return mailStep{title: title, trouble: sandboxsmtp.Fault{Step: at}, nth: nth}
	}
	client := step("`RCPT` (client)", sandboxsmtp.AtRcpt, []int{0})
	client.trouble.Address = unlucky
	copies := step("`RCPT` (copy)", sandboxsmtp.AtRcpt, some)
	copies.trouble.Address = "sam@example.com"
	stored := step("reply to the mail, which was kept", sandboxsmtp.AtFinal, some)
	stored.trouble.Stored = true
	return []mailStep{
		step("greeting", sandboxsmtp.AtConnect, nil), step("`EHLO`", sandboxsmtp.AtHello, nil), step("`STARTTLS`", sandboxsmtp.AtStartTLS, nil),
		step("`AUTH`", sandboxsmtp.AtAuth, nil), step("`MAIL`", sandboxsmtp.AtMail, some), client, copies,
		step("`DATA`", sandboxsmtp.AtData, some), step("the mail itself", sandboxsmtp.AtBody, some),
		step("reply to the mail, which was not kept", sandboxsmtp.AtFinal, some), stored, step("`QUIT`", sandboxsmtp.AtQuit, nil),
	}
}

// mailFault is a way in which a step can fail.
type mailFault struct {
	title string
	// does completes a trouble.
	does func(*sandboxsmtp.Fault)
	// verdict: the server says what it does with the mail.
	verdict bool
}

func mailFaults() []mailFault {
	reply := func(text string) func(*sandboxsmtp.Fault) { return func(t *sandboxsmtp.Fault) { t.Reply = text } }
	return []mailFault{
		{"hangs up", func(t *sandboxsmtp.Fault) { t.Cut = true }, false},
		{"is silent", func(t *sandboxsmtp.Fault) { t.Delay, t.Cut = time.Hour, !t.Stored }, false},
		{"half a reply", func(t *sandboxsmtp.Fault) { t.Half = true }, false},
		{"no reply at all, but bytes", reply("\x00%@!{garbage}"), false},
		{"421", reply("421 4.3.2 Closing"), true},
		{"451", reply("451 4.3.0 Try again"), true},
		{"550", reply("550 5.1.1 No such user"), true},
	}
}

// possible tells whether a step can fail so: in the midst of a mail a server
// can say nothing, and one that keeps a mail does not refuse it.
func possible(s mailStep, f mailFault) bool {
	trouble := s.trouble
	f.does(&trouble)
	if s.trouble.Step == sandboxsmtp.AtBody {
		return trouble.Reply == "" && !trouble.Half
	}
	return !s.trouble.Stored || !f.verdict
}

// stepFails runs an operation in which a step of the mail server fails at one
// occasion, counted from 0.
func stepFails(t *testing.T, o operation, s mailStep, f mailFault, occasion int) faultCounts {
	t.Helper()
	trouble, injected := s.trouble, false
	f.does(&trouble)
	trouble.Times, trouble.Skip, trouble.Meanwhile = 1, occasion, func() { injected = true }
	return runWithFault(t, o, true, injection{
		where:  fmt.Sprintf("%s at %s %d", f.title, s.title, occasion+1),
		inject: func(sim *simulation) { sim.mailbox.Inject(trouble) }, injected: func() bool { return injected },
	})
}

// worst is what a fault at a step leads to. A mail is uncertain exactly when
// the server's verdict on it could not be heard.
func worst(s mailStep, f mailFault) outcomes {
	begun := s.trouble.Step == sandboxsmtp.AtBody || s.trouble.Step == sandboxsmtp.AtFinal
	switch {
	case begun && !f.verdict && s.trouble.Stored:
		return outcomes{arrived: 1}
	case begun && !f.verdict: // A mail is short: its end is sent before anybody hangs up.
		return outcomes{lost: 1}
	case f.title == "550" && (begun || s.trouble.Step == sandboxsmtp.AtData || s.trouble.Address == unlucky):
		return outcomes{refused: 1}
	}
	return outcomes{}
}

// byteFails runs reminders while something happens to the n-th of so many
// bytes, all at the same distance, that the tool sends or is sent.
func byteFails(t *testing.T, does byteFault, sent bool, n, of int) faultCounts {
	t.Helper()
	var way *direction
	all := 6000
	if sent {
		all = 140000
	}
	at := 1 + n*all/of
	counts := runWithFault(t, operations()[0], true, injection{
		where: fmt.Sprintf("fault %d at byte %d", does, at),
		inject: func(sim *simulation) {
			if way = &sim.link.heard; sent {
				way = &sim.link.sent
			}
			way.at, way.does = at, does
		},
		injected: func() bool { return way.passed >= way.at },
	})
	require.Equal(t, 1, counts.runs)
	assert.LessOrEqual(t, counts.worst.arrived+counts.worst.lost, 1, "in doubt")
	return counts
}

// byteFaults are those that are tried, with a sentence for people.
func byteFaults() map[byteFault]string {
	return map[byteFault]string{severed: "the connection ends", silenced: "silence begins", flipped: "the byte is another one"}
}

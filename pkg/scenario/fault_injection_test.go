//go:build !odoo

package scenario_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// outage is something that goes wrong in a run.
type outage struct {
	// where is for the reader of a failure.
	where string
	// settings go before those of the lab.
	settings []string
	// begin lets it begin; struck tells whether it came to pass.
	begin  func(*lab)
	struck func() bool
}

// toll is what came of outages of one kind, one run each: of each outcome the
// most that one run had.
type toll struct {
	runs  int
	worst outcomes
}

func (a *toll) add(b toll) {
	a.runs += b.runs
	a.worst.refused = max(a.worst.refused, b.worst.refused)
	a.worst.arrived = max(a.worst.arrived, b.worst.arrived)
	a.worst.lost = max(a.worst.lost, b.worst.lost)
	a.worst.wrong = max(a.worst.wrong, b.worst.wrong)
}

// suffer runs an errand with an outage; then it lets time pass, and runs it
// until there is nothing left to do. The toll is empty when the outage did not
// come to pass.
func suffer(t *testing.T, e errand, encrypted bool, out outage) toll {
	t.Helper()
	var paid toll
	inLab(t, encrypted, func(t *testing.T, l *lab) {
		about := e.prepare(t, l)
		l.env.Environ = append(out.settings, l.env.Environ...)
		l.calm()
		l.mailbox.Reset()
		out.begin(l)
		d, status := l.tool(t, e.command...)
		if !out.struck() {
			return
		}
		where := e.String() + ", " + out.where
		assert.Contains(t, statuses(e), status, where)
		assert.LessOrEqual(t, d.Counts["sent"], len(l.mailbox.Messages()), "mails that the report calls sent: %s", where)
		l.calm()
		for range 4 {
			time.Sleep(ledger.Life + time.Minute)
			if d, status = l.tool(t, e.command...); d.deeds() == 0 {
				break
			}
		}
		assert.Equal(t, 0, status, "the last run: %s", where)
		assert.Zero(t, d.deeds(), "the last run: %s", where)
		paid = toll{runs: 1, worst: e.judge(named{t, where}, l, about)}
	})
	return paid
}

// statuses are those with which a run may end; the mail server may have refused
// its login. Whether clients can open a questionnaire's page is a question of
// the settings, for all the tool knows.
func statuses(e errand) []int {
	if e.String() == "feedback send" {
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

// calm lets nothing go wrong any more on the way to Odoo and the mail server.
func (l *lab) calm() {
	l.proxy.reset()
	l.wire.reset()
}

// everyCall lets a fault happen to each call of the errand in turn, so many
// times from there on, in a run of its own.
func everyCall(t *testing.T, e errand, f callFault, times int, settings ...string) toll {
	t.Helper()
	var sum toll
	for n := range math.MaxInt {
		s := &spoil{skip: n, times: times, does: f.does}
		paid := suffer(t, e, false, outage{
			where: fmt.Sprintf("%s at call %d", f.name, n+1), settings: settings,
			begin:  func(l *lab) { l.proxy.spoils = []*spoil{s} },
			struck: func() bool { return s.times < times },
		})
		if paid.runs == 0 {
			require.Greater(t, n, 5, "the run makes more calls than that")
			break
		}
		sum.add(paid)
	}
	return sum
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

// everyStep lets a fault happen at the occasions of a step, in runs of their
// own, while reminders and questionnaires are mailed.
func everyStep(t *testing.T, s mailStep, f mailFault) toll {
	t.Helper()
	var sum toll
	for _, e := range errands() {
		if e.String() != "remind" && e.String() != "feedback send" {
			continue
		}
		for n := 0; s.nth == nil || n < len(s.nth); n++ {
			trouble, hit := s.trouble, false
			f.does(&trouble)
			trouble.Times, trouble.Skip, trouble.Meanwhile = 1, n, func() { hit = true }
			if s.nth != nil {
				trouble.Skip = s.nth[n]
			}
			paid := suffer(t, e, true, outage{
				where: fmt.Sprintf("%s at %s %d", f.title, s.title, trouble.Skip+1),
				begin: func(l *lab) { l.mailbox.Inject(trouble) }, struck: func() bool { return hit },
			})
			if paid.runs == 0 {
				// Questionnaires have no copies.
				require.True(t, s.nth == nil || e.String() != "remind", "%s happens %d times", s.title, trouble.Skip+1)
				break
			}
			sum.add(paid)
		}
	}
	require.NotZero(t, sum.runs)
	return sum
}

// cell says in a word or two what came of it at the worst. Sums would change
// with every call that the tool makes.
func (a toll) cell() string {
	switch w := a.worst; {
	case w.wrong > 0:
		return "**wrong**"
	case w.refused > 0:
		return "refused"
	case w.arrived+w.lost > 1:
		return fmt.Sprintf("once, or uncertain: up to %d", max(w.arrived, w.lost))
	case w.arrived > 0:
		return "uncertain, and has it"
	case w.lost > 0:
		return "uncertain, and has it not"
	}
	return "once"
}

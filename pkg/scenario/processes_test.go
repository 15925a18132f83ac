package scenario_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

const week = 7 * 24 * time.Hour

// inHand is how many mails are in hand at once: the default of
// smtp.connections.
const inHand = 2

// Four hosts begin at the same moment: each client is mailed once, and none of
// them fails for it.
func TestRunsAtTheSameMomentMailEachClientOnce(t *testing.T) {
	beside(t)
	s := newSite(t)
	clients := s.pipeline(t, "client", concurrentDue, week)
	begun := time.Now()
	runs := make([]*process, 4)
	for i := range runs {
		runs[i] = s.start(t, []string{"CRM_TOOL_STATE_DIR=" + t.TempDir()}, "remind", "-o", "json")
	}
	sent := 0
	for i, p := range runs {
		d, status := p.end(t)
		assert.Equal(t, 0, status, "%s", &p.stderr)
		sent += d.Counts["sent"]
		t.Logf("run %d: %v", i, d.outcomes())
	}
	t.Logf("%d mails in %s", sent, time.Since(begun).Round(time.Millisecond))
	require.Equal(t, concurrentDue, sent)
	require.Equal(t, once(clients), s.mailed(t))
	s.requireAgreement(t)
}

// Four hosts begin at the same moment, and some clients have several opportunities: each
// client gets one reminder that day, and the rest is mailed the next one. As each host
// takes a part of the opportunities, none sees what the others have for its clients.
func TestRunsAtTheSameMomentRemindEachClientOnceADay(t *testing.T) {
	const due, clients = 200, 150
	beside(t)
	s := newSite(t)
	ids := s.pipeline(t, "client", due, week)
	for i, id := range ids[clients:] {
		s.write(leadModel, []int64{id}, map[string]any{"email_from": fmt.Sprintf("client-%d@client.example", i)})
	}
	remind := func() (sent int) {
		runs := make([]*process, 4)
		for i := range runs {
			runs[i] = s.start(t, []string{"CRM_TOOL_STATE_DIR=" + t.TempDir()}, "remind", "--yes", "--shard", fmt.Sprintf("%d/4", i), "-o", "json")
		}
		for i, p := range runs {
			d, status := p.end(t)
			assert.Equal(t, 0, status, "%s", &p.stderr)
			sent += d.Counts["sent"]
			t.Logf("run %d: %v", i, d.outcomes())
		}
		return sent
	}
	perClient := func() map[string]int {
		counts := map[string]int{}
		for _, m := range s.mailbox.Messages() {
			counts[m.Recipients[0]]++
		}
		return counts
	}
	require.Equal(t, clients, remind())
	for client, mails := range perClient() {
		require.Equal(t, 1, mails, client)
	}
	require.NoError(t, s.Later(24*time.Hour))
	require.Equal(t, due-clients, remind())
	require.Equal(t, once(ids), s.mailed(t))
	for client, mails := range perClient() {
		require.LessOrEqual(t, mails, 2, client)
	}
	s.requireAgreement(t)
}

// Three hosts overlap, one of which sees Odoo through a proxy whose clock is fast,
// so that it takes the claims of the others for dead: it mails nobody, takes
// nothing from the others, and says why.
func TestAHostThatSeesAFastClockTakesNothingFromOthers(t *testing.T) {
	// By the first clock the others' claims are dead at once; by the second, ten
	// seconds after they were made.
	t.Run("by more than a claim lives", func(t *testing.T) { fastClock(t, ledger.ClaimTTL+time.Second, 0) })
	t.Run("by 893 seconds", func(t *testing.T) { fastClock(t, 893*time.Second, 10*time.Second) })
}

// fastClock lets a host see a clock that is ahead, when the claims of another one have
// an age.
func fastClock(t *testing.T, ahead, age time.Duration) {
	t.Helper()
	beside(t)
	s := newSite(t)
	clients := s.pipeline(t, "client", 60, week)
	proxy := newProxy(t, s.Connection().URL)
	proxy.ahead = ahead
	host := func(extra ...string) *process {
		return s.start(t, append(extra, "CRM_TOOL_STATE_DIR="+t.TempDir()), "remind", "--yes", "-o", "json")
	}
	first, goOn := s.hold(t, func() *process { return host() })
	require.NoError(t, s.Later(age))
	other, skewed := host(), host("CRM_TOOL_ODOO_URL="+proxy.URL)
	d, status := skewed.end(t)
	assert.Equal(t, 78, status, "%s", &skewed.stderr)
	assert.Empty(t, d.Items)
	goOn()
	sent := 0
	for _, p := range []*process{first, other} {
		d, status := p.end(t)
		assert.Equal(t, 0, status, "%s", &p.stderr)
		sent += d.Counts["sent"]
	}
	assert.Equal(t, len(clients), sent)
	require.Equal(t, once(clients), s.mailed(t))
	s.requireAgreement(t)
	require.Empty(t, s.search("ir.attachment", []any{[]any{"name", "=", "crm-tool-clock"}}, "name"), "what it wrote to compare is gone")
}

// Runs are killed at random moments. Those that follow, at once or later, mail
// the rest: no client twice, and of each run at most the mails that it had in
// hand remain of which nobody can know, which are listed, and which a person
// then settles.
func TestKilledRunsMailNobodyTwice(t *testing.T) {
	beside(t)
	s := newSite(t)
	clients := s.pipeline(t, "client", killedDue, week)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	// So slow that the runs are killed at all stages, with mails in hand.
	s.mailbox.Inject(sandboxsmtp.Fault{Step: sandboxsmtp.AtFinal, Delay: 40 * time.Millisecond})
	args := []string{"remind", "--yes"}
	for i := range kills {
		before := len(s.mailbox.Messages())
		p := s.start(t, nil, append(args, "-o", "json")...)
		after, mails := time.Duration(random.Int64N(int64(killWithin))), 0
		if i%2 == 1 { // In the midst of the mails, however slow this machine is.
			after, mails = time.Duration(random.Int64N(int64(50*time.Millisecond))), 1+random.IntN(2*ledger.BatchSize)
		}
		status := s.kill(t, p, before+mails, after)
		t.Logf("run %d: killed %s after %d mails, status %d, %d mails",
			i, after.Round(time.Millisecond), mails, status, len(s.mailbox.Messages())-before)
		if i%3 == 0 {
			require.NoError(t, s.Later(ledger.ClaimTTL+time.Minute))
		}
	}
	// Odoo may have carried out the last call of a killed run after that run's
	// claims were made older, so one run more than seems to be needed.
	for runs, idle := 0, 0; idle < 2; runs++ {
		require.Less(t, runs, 10)
		require.NoError(t, s.Later(ledger.ClaimTTL+time.Minute))
		d, status := s.run(t, args...)
		t.Logf("status %d, %v", status, d.outcomes())
		require.Contains(t, []int{0, 1}, status)
		if len(d.Items) == 0 {
			idle++
		}
	}

	d, status := s.run(t, "runs", "uncertain")
	require.Equal(t, 0, status)
	uncertain := map[int64]bool{}
	for _, i := range d.Items {
		require.False(t, uncertain[i.Opportunity], "listed twice: %v", i)
		uncertain[i.Opportunity] = true
	}
	var lost, arrived []string
	mailed := s.mailed(t)
	for _, id := range clients {
		assert.LessOrEqual(t, mailed[id], 1, "mails to the client of %d", id)
		assert.True(t, mailed[id] == 1 || uncertain[id], "the client of %d got no mail, and nobody is told", id)
		switch {
		case uncertain[id] && mailed[id] == 0:
			lost = append(lost, strconv.FormatInt(id, 10))
		case uncertain[id]:
			arrived = append(arrived, strconv.FormatInt(id, 10))
		}
	}
	t.Logf("%d kills, %d clients: %d mailed, %d uncertain, %d of those had left", kills, killedDue, len(mailed), len(uncertain), len(arrived))
	assert.LessOrEqual(t, len(uncertain), kills*inHand)

	s.settle(t, "sent", arrived)
	s.settle(t, "unsent", lost)
	d, _ = s.run(t, "runs", "uncertain")
	require.Empty(t, d.Items)
	require.Equal(t, once(clients), s.mailed(t))
	s.requireAgreement(t)
}

// The next run on the host of one that was killed waits for nothing, and is in
// doubt about the mails in hand alone.
func TestTheNextRunAfterAKillGoesOnAtOnce(t *testing.T) {
	beside(t)
	s := newSite(t)
	const due = 120
	clients := s.pipeline(t, "client", due, week)
	s.mailbox.Inject(sandboxsmtp.Fault{Step: sandboxsmtp.AtFinal, Delay: 10 * time.Millisecond})
	status := s.kill(t, s.start(t, nil, "remind", "--yes", "-o", "json"), 50, 0)
	require.Equal(t, -1, status)
	before := len(s.mailbox.Messages())
	begun := time.Now()
	d, status := s.run(t, "remind", "--yes")
	t.Logf("killed after %d mails of %d; the next run took %s: %v", before, due, time.Since(begun).Round(time.Millisecond), d.outcomes())
	uncertain := d.outcomes()["failed uncertain"]
	assert.LessOrEqual(t, uncertain, inHand)
	assert.Equal(t, min(uncertain, 1), status)
	assert.GreaterOrEqual(t, d.Counts["sent"], due-before-inHand)
	mailed := s.mailed(t)
	for _, id := range clients {
		assert.LessOrEqual(t, mailed[id], 1, "mails to the client of %d", id)
	}
	assert.GreaterOrEqual(t, len(mailed), due-uncertain)
	d, _ = s.run(t, "runs", "uncertain")
	assert.Len(t, d.Items, uncertain)
}

// kill kills a process that long after so many mails have arrived, unless it
// ends before, and returns its status.
func (s *site) kill(t *testing.T, p *process, mails int, after time.Duration) int {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := s.mailbox.Wait(ctx, mails); err != nil {
			return
		}
		select {
		case <-time.After(after):
			_ = p.Process.Kill() // It may have ended.
		case <-ctx.Done():
		}
	}()
	_, status := p.end(t)
	cancel()
	<-done
	return status
}

// settle decides about uncertain mails.
func (s *site) settle(t *testing.T, as string, ids []string) {
	t.Helper()
	if len(ids) == 0 {
		return
	}
	d, status := s.run(t, append([]string{"remind", "settle", "--as", as}, ids...)...)
	require.Equal(t, 0, status, "%v", d)
	require.Equal(t, len(ids), d.Counts["sent"], "%v", d.outcomes())
}

// hold makes the mail server wait with its verdict on the next mail, and
// returns when the tool has that mail in hand; goOn lets it leave.
func (s *site) hold(t testing.TB, start func() *process) (p *process, goOn func()) {
	t.Helper()
	held, verdict := make(chan struct{}), make(chan struct{})
	s.mailbox.Inject(sandboxsmtp.Fault{Step: sandboxsmtp.AtFinal, Times: 1, Meanwhile: func() { close(held); <-verdict }})
	p = start()
	select {
	case <-held:
	case <-time.After(time.Minute):
		require.Fail(t, "no mail within a minute", "%s", &p.stderr)
	}
	return p, func() { close(verdict) }
}

// SIGTERM ends a run after the mail in hand; what it had claimed and not begun
// goes to the next run. Meanwhile no second one begins on this host, and one
// on another host finds the claims taken.
func TestARunThatIsToldToStopFinishesTheMailInHand(t *testing.T) {
	beside(t)
	s := newSite(t)
	clients := s.pipeline(t, "client", 30, week)
	p, goOn := s.hold(t, func() *process {
		return s.start(t, []string{"CRM_TOOL_SMTP_CONNECTIONS=1"}, "remind", "-o", "json")
	})

	d, status := s.run(t, "remind")
	assert.Equal(t, 75, status, "a second run on this host")
	_, status = s.run(t, "remind", "settle", "--all", "--as", "sent")
	assert.Equal(t, 75, status, "a decision on this host")
	assert.Contains(t, d.Error.Message, "process "+strconv.Itoa(p.Process.Pid))
	other := s.start(t, []string{"CRM_TOOL_STATE_DIR=" + t.TempDir()}, "remind", "-o", "json",
		"--opportunity", strconv.FormatInt(clients[0], 10)+","+strconv.FormatInt(clients[29], 10))
	d, status = other.end(t)
	assert.Equal(t, 0, status)
	assert.Equal(t, map[string]int{"skipped claimed-elsewhere": 2}, d.outcomes())

	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	time.Sleep(100 * time.Millisecond) // The signal has to arrive before the server's verdict.
	goOn()
	d, status = p.end(t)
	assert.Equal(t, 143, status, "%s", &p.stderr)
	assert.Equal(t, map[string]int{"sent": 1, "skipped interrupted": 29}, d.outcomes())
	s.requireAgreement(t)
	history := s.search("ir.attachment", []any{[]any{"name", "=", "crm-tool-run/" + d.Run}}, "description")
	require.Len(t, history, 1, "the run remembers how it ended")
	assert.Contains(t, history[0].text("description"), `"exit":143,"stopped":true`)

	d, status = s.run(t, "remind")
	assert.Equal(t, 0, status)
	assert.Equal(t, map[string]int{"sent": 29}, d.outcomes())
	require.Equal(t, once(clients), s.mailed(t))
	s.requireAgreement(t)
}

// What somebody deletes in Odoo while its mail is in hand: the entry is written
// again, for the mail did leave; with the opportunity it is gone.
func TestWhatIsDeletedWhileItsMailIsInHand(t *testing.T) {
	beside(t)
	s := newSite(t)
	clients := s.pipeline(t, "client", 3, week)
	p, goOn := s.hold(t, func() *process { return s.start(t, nil, "remind", "-o", "json") })
	claims := s.search(messageModel, []any{
		[]any{"model", "=", leadModel}, []any{"res_id", "=", clients[0]}, []any{"message_id", "=like", "<crm-tool.%"},
	}, "res_id")
	require.Len(t, claims, 1)
	s.unlink(messageModel, []int64{claims[0].id()})
	s.unlink(leadModel, clients[1:2])
	goOn()
	d, status := p.end(t)
	assert.Equal(t, 0, status, "%s", &p.stderr)
	assert.Equal(t, map[string]int{"sent": 3}, d.outcomes())

	entries := s.search(messageModel, []any{
		[]any{"model", "=", leadModel}, []any{"message_id", "=like", "<crm-tool.%"}, []any{"message_type", "=", "comment"},
	}, "res_id")
	on := map[int64]int{}
	for _, e := range entries {
		on[e.number("res_id")]++
	}
	require.Equal(t, map[int64]int{clients[0]: 1, clients[2]: 1}, on)
	d, status = s.run(t, "remind")
	assert.Equal(t, 0, status)
	require.Empty(t, d.Items)
}

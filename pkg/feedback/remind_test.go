package feedback_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// remindAfter runs once, and reminds of what is so many days old.
func (w *fakeOdoo) remindAfter(t testing.TB, days int, p *ledgertest.Process, token string) ([]string, error) {
	t.Helper()
	a, items, _ := w.asking(t, p, token)
	a.RemindAfterDays = days
	err := a.Run(t.Context())
	return items.Lines(), err
}

func (w *fakeOdoo) reminded(t testing.TB, token string) []string {
	t.Helper()
	lines, err := w.remindAfter(t, 5, &ledgertest.Process{Backend: w.Backend}, token)
	if err != nil {
		require.ErrorIs(t, err, run.ErrFailures)
	}
	return lines
}

func TestAnUnansweredQuestionnaireIsRemindedOfOnce(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(3).finish(1, 2, 3)
	w.ask(t, "a")
	for _, p := range w.participations {
		p.Begun = p.Opportunity == 2
		if p.Opportunity == 3 {
			p.Deadline = w.Now().Add(5*day + 30*time.Second)
		}
	}
	w.Pass(5*day - 13*time.Hour)
	assert.Empty(t, w.reminded(t, "b"), "it is the fourth day still")
	w.Pass(13 * time.Hour)
	assert.Equal(t, []string{"skipped 3 expired", "sent 1"}, w.reminded(t, "c"), "the last minute is too late to begin")
	w.Pass(day)
	assert.Empty(t, w.reminded(t, "d"))
	require.Len(t, w.Mails[ledgertest.Client(1)], 2)
	first, second := w.Mails[ledgertest.Client(1)][0].Raw, w.Mails[ledgertest.Client(1)][1].Raw
	link := answerLink.FindStringSubmatch(strings.ReplaceAll(first, "=\n", ""))
	require.NotNil(t, link)
	assert.Contains(t, strings.ReplaceAll(second, "=\n", ""), link[1], "with the same link")
	assert.Contains(t, second, "Message-ID: <crm-tool.feedback-reminder.1000.c@example.com>")
	for _, e := range w.Stored() {
		assert.False(t, w.leaks(e.Body), "the chatter: %s", e.Body)
	}
}

func TestAnotherAttemptThatWasBegunEndsTheReminder(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(1).finish(1)
	w.ask(t, "a")
	w.again(1).Begun = true
	w.Pass(5 * day)
	assert.Equal(t, []string{"skipped 1 replied"}, w.reminded(t, "b"))
}

func TestOnlyQuestionnairesThatLeftAreRemindedOf(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(2).finish(1, 2)
	w.Replies[ledgertest.Client(1)] = ledgertest.Reply{Err: ledgertest.ErrGreylisted}
	w.Replies[ledgertest.Client(2)] = ledgertest.Reply{Err: ledgertest.ErrCutOff, Leaves: true}
	w.ask(t, "a")
	w.Pass(6 * day)
	assert.Equal(t, []string{"failed 1: " + ledgertest.ErrGreylisted.Text}, w.reminded(t, "b"), "it is asked about, and not reminded of")
	delete(w.Replies, ledgertest.Client(1))
	assert.Equal(t, []string{"sent 1"}, w.reminded(t, "c"))
	w.Pass(2 * day)
	assert.Empty(t, w.reminded(t, "d"), "days count from the mail")
}

func TestWhereverARemindingRunDiesNobodyIsRemindedTwice(t *testing.T) {
	t.Parallel()
	const clients = 3
	for die := 1; ; die++ {
		w := newFakeOdoo(clients).finish(1, 2, 3)
		w.ask(t, "a")
		w.Pass(8 * day)
		p := &ledgertest.Process{Backend: w.Backend, DieAfter: die}
		_, err := w.remindAfter(t, 5, p, "dead")
		if p.Steps < die {
			require.Greater(t, die, 12, "there are so many moments to die at")
			break
		}
		require.Error(t, err)
		require.False(t, w.leaks(err.Error()))
		for range 3 {
			w.Pass(ledger.ClaimTTL + time.Minute)
			_, _ = w.remindAfter(t, 5, &ledgertest.Process{Backend: w.Backend}, "next")
		}
		doubts, mails := 0, 0
		for _, e := range w.Stored() {
			if e.Key.Kind == crm.FeedbackReminderUncertain {
				doubts++
			}
		}
		for id := crm.OpportunityID(1); id <= clients; id++ {
			require.LessOrEqual(t, len(w.Mails[ledgertest.Client(id)]), 2, "dead after %d", die)
			mails += len(w.Mails[ledgertest.Client(id)]) - 1
		}
		require.GreaterOrEqual(t, mails+doubts, clients, "dead after %d (%s): nobody is forgotten", die, p.Calls[len(p.Calls)-1])
	}
}

func TestTheGuardCountsRemindersAsWell(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(4).finish(1, 2, 3)
	w.ask(t, "a")
	w.Pass(5 * day)
	w.finish(4)
	a, _, _ := w.asking(t, &ledgertest.Process{Backend: w.Backend}, "b")
	a.RemindAfterDays, a.Guard = 5, run.Guard{MaxRecords: 3, MaxShare: 0.5}
	var stop *run.GuardError
	require.ErrorAs(t, a.Run(t.Context()), &stop)
	assert.Equal(t, 4, stop.Records)
}

// inDoubtAbout leaves a questionnaire and a reminder of another in doubt.
func inDoubtAbout(t *testing.T) *fakeOdoo {
	t.Helper()
	w := newFakeOdoo(2).finish(1)
	w.ask(t, "a")
	w.Pass(5 * day)
	w.finish(2)
	w.Replies[ledgertest.Client(1)], w.Replies[ledgertest.Client(2)] = ledgertest.Reply{Err: ledgertest.ErrCutOff}, ledgertest.Reply{Err: ledgertest.ErrCutOff}
	assert.Equal(t, []string{"failed 2 uncertain: " + ledgertest.ErrCutOff.Text, "failed 1 uncertain: " + ledgertest.ErrCutOff.Text}, w.reminded(t, "b"))
	clear(w.Replies)
	return w
}

func (w *fakeOdoo) settle(t *testing.T, only []crm.OpportunityID, sent bool) []string {
	t.Helper()
	a, items, log := w.asking(t, &ledgertest.Process{Backend: w.Backend}, "person")
	require.NoError(t, a.Settle(t.Context(), only, sent))
	assert.False(t, w.leaks(log.String()+strings.Join(items.Lines(), "")))
	return items.Lines()
}

func TestQuestionnairesInDoubtWaitForAPerson(t *testing.T) {
	t.Parallel()
	w := inDoubtAbout(t)
	a, _, _ := w.asking(t, &ledgertest.Process{Backend: w.Backend}, "look")
	doubts, err := a.Uncertain(t.Context())
	require.NoError(t, err)
	require.Len(t, doubts, 2)
	kinds := map[crm.EntryKind]string{}
	for _, d := range doubts {
		kinds[d.Claim.Key.Kind] = d.Item.ActivityType
		assert.Equal(t, d.Claim.Key.Kind == crm.FeedbackReminder, d.Item.Reminder)
	}
	assert.Equal(t, map[crm.EntryKind]string{crm.Feedback: "Meeting", crm.FeedbackReminder: "Meeting"}, kinds)

	assert.Equal(t, []string{"skipped 9 already-done"}, w.settle(t, []crm.OpportunityID{9}, true))
	assert.Equal(t, []string{"sent 1"}, w.settle(t, []crm.OpportunityID{1}, true))
	assert.Equal(t, []string{"sent 2"}, w.settle(t, nil, false))
	assert.Empty(t, w.settle(t, nil, false))
	assert.Len(t, w.Mails[ledgertest.Client(1)], 1, "the questionnaire alone")
	require.Len(t, w.Mails[ledgertest.Client(2)], 1)
	mail := strings.ReplaceAll(w.Mails[ledgertest.Client(2)][0].Raw, "=\n", "")
	assert.Contains(t, mail, "Message-ID: <crm-tool.feedback.1001.b@example.com>", "under its own Message-ID")
	assert.Regexp(t, answerLink, mail)
	assert.Empty(t, w.reminded(t, "c"))
}

func TestAQuestionnaireInDoubtThatWasAnsweredIsNotMailedAgain(t *testing.T) {
	t.Parallel()
	w := inDoubtAbout(t)
	for _, p := range w.participations {
		p.Begun = true
	}
	assert.Equal(t, []string{"skipped 2 replied", "skipped 1 replied"}, w.settle(t, nil, false))
	assert.Empty(t, w.Mails[ledgertest.Client(2)])
}

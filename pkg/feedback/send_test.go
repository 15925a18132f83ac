package feedback_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	feedbackplan "github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/run"
)

func TestEachFinishedActivityIsAskedAboutOnce(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(2).finish(1, 2)
	assert.Equal(t, []string{"sent 1", "sent 2"}, w.ask(t, "a"))
	assert.Empty(t, w.ask(t, "b"))
	w.Pass(2 * day)
	w.finish(1)
	assert.Equal(t, []string{"sent 1"}, w.ask(t, "c"))
	assert.Len(t, w.Mails[ledgertest.Client(1)], 2)
	assert.Len(t, w.Mails[ledgertest.Client(2)], 1)
}

func TestTheCooldownCountsClientsAndNotOpportunities(t *testing.T) {
	t.Parallel()
	for days, want := range map[int][]string{
		0: {"sent 1", "sent 1", "sent 2"},
		1: {"skipped 1 cooldown", "skipped 2 cooldown", "sent 1"},
	} {
		t.Run(fmt.Sprintf("of %d days", days), func(t *testing.T) {
			t.Parallel()
			w := newFakeOdoo(2).finish(1, 1, 2)
			w.Change(2, func(o *crm.Opportunity) { o.Email = "CLIENT1@client.example" })
			a, items, _ := w.asking(t, &ledgertest.Process{Backend: w.Backend}, "a")
			a.Policy.CooldownDays = days
			require.NoError(t, a.Run(t.Context()))
			assert.Equal(t, want, items.Lines())
		})
	}
}

func TestWhomAFeedbackRunLeavesAlone(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(8).finish(1, 2, 3, 4, 5, 6, 7, 8)
	w.done[0].Ours = true
	w.done[1].Type = 5
	w.done[2].At = ledgertest.Noon.AddDate(0, 0, -31)
	w.DeleteOpportunity(4)
	w.Change(5, func(o *crm.Opportunity) { o.Email = "" })
	w.Change(6, func(o *crm.Opportunity) { o.Blacklisted = true })
	w.Change(7, func(o *crm.Opportunity) { o.Active = false })
	a, items, _ := w.asking(t, &ledgertest.Process{Backend: w.Backend}, "a")
	a.Policy.Rules = []feedbackplan.Rule{{Types: []crm.ActivityTypeID{5}}}
	require.NoError(t, a.Run(t.Context()))
	assert.Equal(t, []string{
		"skipped 1 excluded", "skipped 2 excluded", "skipped 4 gone", "skipped 5 no-email", "skipped 6 blacklisted", "sent 7", "sent 8",
	}, items.Lines())

	a, items, _ = w.asking(t, &ledgertest.Process{Backend: w.Backend}, "b")
	a.Select.Only, a.LookbackDays = []crm.OpportunityID{3, 7}, 60
	require.NoError(t, a.Run(t.Context()))
	assert.Equal(t, []string{"skipped 3 before-install", "skipped 7 already-done"}, items.Lines())
}

func TestALimitLeavesTheOthersToTheNextRun(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(3).finish(1, 2, 3)
	a, items, _ := w.asking(t, &ledgertest.Process{Backend: w.Backend}, "a")
	a.Select.Limit = 2
	require.NoError(t, a.Run(t.Context()))
	assert.Equal(t, []string{"skipped 3 limit", "sent 1", "sent 2"}, items.Lines())
	assert.Equal(t, []string{"sent 3"}, w.ask(t, "b"))
}

func TestADryRunAsksNobody(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(2).finish(1, 2)
	p := &ledgertest.Process{Backend: w.Backend}
	a, items, log := w.asking(t, p, "a")
	a.DryRun, a.OdooURL = true, "https://odoo.example.com"
	a.Courier.Entries, a.Courier.Sender = &ledger.DryEntries{Clock: p.Now}, ledger.DrySender{}
	var drafts []string
	a.Composer.Keep = func(d mailing.Draft) { drafts = append(drafts, string(d.Raw)) }
	require.NoError(t, a.Run(t.Context()))
	assert.Equal(t, []string{"planned 1", "planned 2"}, items.Lines())
	assert.Empty(t, w.participations)
	assert.Empty(t, w.Mails)
	assert.Empty(t, w.Entries())
	assert.Empty(t, log.String())
	require.Len(t, drafts, 2)
	for _, call := range p.Calls {
		assert.NotContains(t, []string{"Invite", "Look", "Claim", "Confirm", "Release", "Note", "Close"}, call)
	}
	for _, draft := range drafts {
		assert.Contains(t, draft, "PREVIEW")
		assert.NotRegexp(t, "[0-9a-f]{40}", strings.ReplaceAll(draft, "=\r\n", ""))
	}
}

func TestTheLinkStandsInTheMailAndNowhereElse(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(6).finish(1, 2, 3, 4, 5, 6)
	w.Replies[ledgertest.Client(2)], w.Replies[ledgertest.Client(3)] = ledgertest.Reply{Err: ledgertest.ErrNoClient}, ledgertest.Reply{Err: ledgertest.ErrGreylisted}
	w.Replies[ledgertest.Client(4)] = ledgertest.Reply{Err: ledgertest.ErrCutOff, Leaves: true}
	a, items, log := w.asking(t, &ledgertest.Process{Backend: w.Backend}, "a")
	require.ErrorIs(t, a.Run(t.Context()), run.ErrFailures)
	for id := crm.OpportunityID(5); id <= 6; id++ {
		raw := strings.ReplaceAll(w.Mails[ledgertest.Client(id)][0].Raw, "=\n", "")
		assert.True(t, w.leaks(raw), "the mail has the link")
		assert.Regexp(t, answerLink, raw)
	}
	require.Len(t, w.secrets(), 12)
	assert.False(t, w.leaks(strings.Join(items.Lines(), "\n")), "the report")
	assert.False(t, w.leaks(log.String()), "the log")
	for _, e := range w.Stored() {
		assert.False(t, w.leaks(e.Body), "the chatter: %s", e.Body)
		assert.NotContains(t, e.Body, "/survey/")
	}
	for _, p := range w.participations {
		assert.False(t, w.leaks(fmt.Sprintf("%v %+v %#v", *p, *p, *p)))
	}
}

func TestNobodyIsMailedWhenClientsCannotOpenThePage(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(2).finish(1, 2)
	w.page = errors.New("a page on odoo.example.com answers with status 404")
	a, _, _ := w.asking(t, &ledgertest.Process{Backend: w.Backend}, "a")
	err := a.Run(t.Context())
	require.ErrorIs(t, err, w.page)
	assert.ErrorContains(t, err, "open the page of the survey “")
	assert.False(t, w.leaks(err.Error()))
	assert.Empty(t, w.Mails)
	assert.Empty(t, w.Entries())

	w.page = nil
	assert.Equal(t, []string{"sent 1", "sent 2"}, w.ask(t, "b"), "what was made ready does not count as asked")
	assert.Len(t, w.participations, 2)
}

func TestAQuestionnaireThatCannotBeAnsweredAnyMoreIsNotMailed(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(1).finish(1)
	w.Replies[ledgertest.Client(1)] = ledgertest.Reply{Err: ledgertest.ErrGreylisted}
	assert.Equal(t, []string{"failed 1: " + ledgertest.ErrGreylisted.Text}, w.ask(t, "a"))
	w.Pass(2 * day)
	delete(w.Replies, ledgertest.Client(1))
	for _, p := range w.participations {
		p.Deadline = w.Now().Add(-time.Minute)
	}
	assert.Equal(t, []string{"skipped 1 expired"}, w.ask(t, "b"))
	assert.Empty(t, w.Mails)
}

func TestAParticipationThatOdooRefusesKeepsNobodyElseFromBeingAsked(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(2).finish(1, 2)
	w.refused = map[crm.OpportunityID]error{1: errors.New("no such contact")}
	assert.Equal(t, []string{"failed 1: make the participation: no such contact", "sent 2"}, w.ask(t, "a"))
	w.refused = nil
	assert.Equal(t, []string{"sent 1"}, w.ask(t, "b"))
}

func TestTheGuardCountsThoseWhoAreAsked(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(10).finish(1, 2, 3, 4, 5, 6)
	for i := range w.done[:4] {
		w.done[i].Ours = true
	}
	guarded := func(limit int, guard run.Guard) error {
		a, _, _ := w.asking(t, &ledgertest.Process{Backend: w.Backend}, "a")
		a.Guard, a.Select.Limit = guard, limit
		return a.Run(t.Context())
	}
	var stop *run.GuardError
	require.ErrorAs(t, guarded(0, run.Guard{MaxRecords: 1, MaxShare: 0.1}), &stop)
	assert.Equal(t, []int{2, 10}, []int{stop.Records, stop.Active})
	assert.Empty(t, w.Mails)
	require.NoError(t, guarded(1, run.Guard{MaxRecords: 1, MaxShare: 0.1}))
	require.NoError(t, guarded(0, run.Guard{MaxRecords: 2, MaxShare: 0.1}), "two are not too many")
	assert.Len(t, w.Mails, 2)
}

func TestQuestionnairesThatWereNotBegunInTimeAreReadAgain(t *testing.T) {
	t.Parallel()
	var all []crm.OpportunityID
	for id := crm.OpportunityID(1); id <= 60; id++ {
		all = append(all, id)
	}
	w := newFakeOdoo(60).finish(all...)
	a, items, _ := w.asking(t, &ledgertest.Process{Backend: w.Backend, MailTakes: 2 * time.Second}, "a")
	require.NoError(t, a.Run(t.Context()))
	assert.Len(t, w.Mails, 60)
	assert.Empty(t, w.Stale)
	for _, line := range items.Lines() {
		assert.Contains(t, line, "sent ")
	}

	slow := newFakeOdoo(2).finish(1, 2)
	a, items, _ = slow.asking(t, &ledgertest.Process{Backend: slow.Backend, CallTakes: 20 * time.Second}, "a")
	require.ErrorIs(t, a.Run(t.Context()), run.ErrFailures)
	assert.Equal(t, []string{
		"failed 1: not begun in 3 attempts: Odoo answers too slowly", "failed 2: not begun in 3 attempts: Odoo answers too slowly",
	}, items.Lines())
	assert.Empty(t, slow.Mails)
}

func TestWhereverAFeedbackRunDiesEachClientIsAskedOnceOrInDoubt(t *testing.T) {
	t.Parallel()
	const clients = 4
	for die := 1; ; die++ {
		w := newFakeOdoo(clients).finish(1, 2, 3, 4)
		w.Replies[ledgertest.Client(4)] = ledgertest.Reply{Err: ledgertest.ErrNoClient}
		p := &ledgertest.Process{Backend: w.Backend, DieAfter: die}
		a, _, _ := w.asking(t, p, "dead")
		err := a.Run(t.Context())
		if p.Steps < die {
			require.Greater(t, die, 12, "there are so many moments to die at")
			break
		}
		require.Error(t, err)
		require.False(t, w.leaks(err.Error()))
		for range 3 {
			w.Pass(ledger.ClaimTTL + time.Minute)
			w.ask(t, "next")
		}
		doubts := 0
		for _, e := range w.Stored() {
			if e.Key.Kind == crm.FeedbackUncertain {
				doubts++
			}
		}
		mails := 0
		for id := crm.OpportunityID(1); id < clients; id++ {
			require.LessOrEqual(t, len(w.Mails[ledgertest.Client(id)]), 1, "dead after %d", die)
			mails += len(w.Mails[ledgertest.Client(id)])
		}
		require.Empty(t, w.Mails[ledgertest.Client(4)])
		require.GreaterOrEqual(t, mails+doubts, clients-1, "dead after %d (%s): nobody is forgotten", die, p.Calls[len(p.Calls)-1])
	}
}

func TestEveryQuestionnaireIsReportedWhenOdooIsLostWhileItIsReadAgain(t *testing.T) {
	t.Parallel()
	broken := errors.New("Odoo is not there")
	for _, call := range []string{"Opportunities", "History", "Invite", "Claim"} {
		w := newFakeOdoo(60)
		for id := crm.OpportunityID(1); id <= 60; id++ {
			w.finish(id)
		}
		seen := 0
		p := &ledgertest.Process{Backend: w.Backend, MailTakes: 2 * time.Second, Before: func(name string) error {
			if name == call {
				seen++
			}
			if name == call && seen == 2 {
				return broken
			}
			return nil
		}}
		a, items, _ := w.asking(t, p, "a")
		require.ErrorIs(t, a.Run(t.Context()), broken, call)
		assert.Contains(t, items.Lines(), "sent 1", call)
		assert.Contains(t, items.Lines(), "skipped 60 interrupted", call)
		assert.Len(t, items.Items, 60, call)
	}
}

// While the mails of a page go out, nobody knows yet what becomes of them; the next page
// is decided about as if all leave.
func TestAClientOfTwoPagesIsAskedOnceWhileMailsGoOut(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(run.PageSize + 1)
	for id := crm.OpportunityID(1); id <= run.PageSize+1; id++ {
		w.finish(id)
	}
	w.finish(1)
	claimed := make(chan struct{})
	w.Replies[ledgertest.Client(3)] = ledgertest.Reply{During: func(context.Context) error { <-claimed; return nil }}
	claims := 0
	p := &ledgertest.Process{Backend: w.Backend, After: func(call string) {
		if call == "Claim" {
			if claims++; claims == 2 {
				close(claimed)
			}
		}
	}}
	a, items, _ := w.asking(t, p, "a")
	a.Policy.CooldownDays = 30
	require.NoError(t, a.Run(t.Context()))
	assert.Len(t, w.Mails[ledgertest.Client(1)], 1)
	assert.Len(t, w.Mails, run.PageSize+1)
	assert.Contains(t, items.Lines(), "skipped 1 "+string(crm.Cooldown))
}

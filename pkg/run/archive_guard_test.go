package run_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/remind"
)

func TestWhatSomebodyWorksOnIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*attic)
		want   string
	}{
		"an activity is planned":  {func(a *attic) { a.plan(2, "call her back") }, "skipped 2 changed"},
		"an activity is finished": {func(a *attic) { delete(a.planned, 3) }, "skipped 2 changed"},
		"an activity is moved": {func(a *attic) {
			moved := a.planned[3]
			moved.Deadline = "2026-12-24"
			a.planned[3] = moved
		}, "skipped 2 changed"},
		"it is won":         {func(a *attic) { a.change(2, func(o *crm.Opportunity) { o.Stage = crm.Stage{ID: 4, Won: true} }) }, "skipped 2 changed"},
		"it is archived":    {func(a *attic) { a.byHand(2, false) }, "skipped 2 changed"},
		"it is handed over": {func(a *attic) { a.change(2, func(o *crm.Opportunity) { o.Salesperson = 4 }) }, "skipped 2 changed"},
		"it is deleted":     {func(a *attic) { delete(a.leads, 2) }, "skipped 2 gone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAttic(true).old(1, 3, 30).busy(3)
			p := &process{office: a.office}
			claimed := false
			p.before = func(call string) error {
				if call == "Claim" {
					claimed = true
				}
				if call == "Opportunities" && claimed {
					c.change(a)
				}
				return nil
			}
			r, items := a.archivingBy(p, "r")
			require.NoError(t, r.Run(t.Context()))
			assert.ElementsMatch(t, []string{"archived 1", c.want, "archived 3"}, items.lines())
			assert.Equal(t, []string{"archive 1 by r done", "archive 3 by r done"}, a.ledger())
			assert.Len(t, a.kept["r"], 2)
		})
	}
}

func TestAMachineThatSleptTooLongArchivesNothing(t *testing.T) {
	t.Parallel()
	a := newAttic(true).old(1, 3, 30)
	p := &process{office: a.office}
	p.before = func(call string) error {
		if call == "Keep" {
			p.pass(ledger.LastData + time.Second)
		}
		return nil
	}
	r, items := a.archivingBy(p, "r")
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, each(3, "skipped N interrupted"), items.lines())
	assert.Empty(t, a.archived())
	assert.Empty(t, a.ledger())
	assert.Equal(t, each(3, "archived N"), a.run(t, "s"))
}

func TestToldToStopARunFinishesThePageThatItHasBegun(t *testing.T) {
	t.Parallel()
	stop := errors.New("told to stop")
	a := newAttic(true).old(1, 400, 30)
	ctx, cancel := context.WithCancelCause(t.Context())
	p := &process{office: a.office, before: func(call string) error {
		if call == "Keep" {
			cancel(stop)
		}
		return nil
	}}
	r, items := a.archivingBy(p, "r")
	require.ErrorIs(t, r.Run(ctx), stop)
	assert.Equal(t, each(250, "archived N"), items.lines())
	assert.Equal(t, each(250, "archive N by r done"), a.ledger())
}

func TestTheLastReminderIsWaitedFor(t *testing.T) {
	t.Parallel()
	a := newAttic(true).old(1, 3, 30)
	a.change(2, func(o *crm.Opportunity) { o.Blacklisted = true })
	archiving := func(name string) []string {
		r, items := a.archiving(name)
		r.Policy.Reminders = &remind.Policy{Days: []int{7, 15, 30}, CatchUp: 3, StopOnReply: true, Zone: time.UTC}
		require.NoError(t, r.Run(t.Context()))
		return items.lines()
	}
	assert.Equal(t, []string{"skipped 1 reminder-pending", "skipped 3 reminder-pending", "archived 2"}, archiving("r"))
	m, _, _ := reminders(t, &process{office: a.office}, "m")
	m.Select.Only = []crm.OpportunityID{1}
	require.NoError(t, m.Run(t.Context()))
	assert.Equal(t, []string{"skipped 3 reminder-pending", "archived 1"}, archiving("s"))
}

func TestAStrangersMailThatLooksLikeAnArchivingChangesNothing(t *testing.T) {
	t.Parallel()
	a := newAttic(true).old(1, 2, 30)
	key := crm.Key{Kind: crm.Archived, Opportunity: 1}
	a.forged = []crm.Entry{{ID: 900, Key: key, On: 1, MessageID: crm.FormatMessageID(key, "evil", "client.example"), Confirmed: true, At: noon}}
	assert.Equal(t, each(2, "archived N"), a.run(t, "r"))
	a.undo(t, "r")
	assert.Equal(t, []string{"skipped 1 restored"}, a.run(t, "s"), "it is looked at again, and left alone")
}

func TestWhatAnotherRunHasInHandIsItsOwn(t *testing.T) {
	t.Parallel()
	a := newAttic(true).old(1, 2, 30)
	p := &process{office: a.office}
	p.before = func(call string) error {
		if call == "Claim" {
			p.before = nil
			other, items := a.archiving("other")
			other.Select.Only = []crm.OpportunityID{1}
			require.NoError(t, other.Run(t.Context()))
			require.Equal(t, []string{"archived 1"}, items.lines())
		}
		return nil
	}
	r, items := a.archivingBy(p, "r")
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, []string{"skipped 1 already-done", "archived 2"}, items.lines())
	assert.Equal(t, []string{"archive 1 by other done", "archive 2 by r done"}, a.ledger())
}

func TestAnErrorOfOdooEndsTheRun(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection lost")
	for _, at := range []string{
		"OpenClaims", "WroteSince", "CountDue", "Due", "Activities", "Salespeople", "Contacts", "Companies", "History", "Claim", "Keep",
		"Opportunities", "Shelve", "Confirm", "Share",
	} {
		t.Run("at "+at, func(t *testing.T) {
			t.Parallel()
			a := newAttic(true).old(1, 2, 30)
			r, _ := a.archivingBy(&process{office: a.office, before: func(call string) error {
				if call == at {
					return lost
				}
				return nil
			}}, "r")
			require.ErrorIs(t, r.Run(t.Context()), lost)
		})
	}
}

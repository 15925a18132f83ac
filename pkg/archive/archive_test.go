package archive_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/archive"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
	"github.com/crm-tool/crm-tool/pkg/remind"
	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
	"github.com/crm-tool/crm-tool/pkg/run"
)

func TestWhatIsOldIsArchivedOnce(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, deletes bool) {
		a := newFakeOdoo(deletes).old(1, 3, 30).old(4, 5, 29).busy(2)
		before := a.activities()
		assert.Equal(t, each(3, "archived N"), a.run(t, "20261123T120000Z-7f3a"))
		assert.Equal(t, []crm.OpportunityID{1, 2, 3}, a.archived())
		assert.Equal(t, each(3, "archive N by 20261123t120000z7f3a done"), a.ledger())
		assert.Equal(t, deletes, len(a.activities()) == 0)

		assert.Empty(t, a.run(t, "second"))
		assert.Empty(t, a.run(t, "third"))
		assert.Len(t, a.ledger(), 3)

		assert.Equal(t, each(3, "restored N"), a.undo(t, "20261123T120000Z-7f3a"))
		assert.Equal(t, before, a.activities())
		assert.Empty(t, a.archived())
		assert.Equal(t, append(each(3, "archive N by 20261123t120000z7f3a done"), each(3, "restored N by undo done")...), a.ledger())

		a.Pass(40 * day)
		assert.Equal(t, []string{"archived 4", "archived 5"}, a.run(t, "fourth"), "what was restored is left alone for ever")
	})
}

func TestTheNoteSaysWhenWhyAndWhatWasPlanned(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 2, 31)
	a.Salespeople[4] = crm.Salesperson{ID: 4, Name: "Zoé Vendeuse", Language: "fr_BE", Active: true}
	a.Change(2, func(o *crm.Opportunity) { o.Salesperson = 4 })
	a.plan(2, "Rappeler <b>Zoë</b>")
	a.run(t, "R-1")
	a.undo(t, "r1")
	assert.Equal(t, []string{
		"archive 1: <p>Archived automatically by crm-tool: open since 2026-10-23, this opportunity is 31 days old (run R-1). " +
			"Stage and probability are as they were. If you unarchive it, it will not be archived automatically again.</p>",
		"archive 2: <p>Opportunité archivée automatiquement par crm-tool : ouverte le 2026-10-23, elle a 31 jours (exécution R-1). " +
			"Étape et probabilité restent inchangées. Si vous la désarchivez, elle ne sera plus archivée automatiquement.</p>" +
			"<p>Activités ouvertes à ce moment-là, conservées pour une annulation :</p>" +
			"<ul><li>Call · Rappeler &lt;b&gt;Zoë&lt;/b&gt; · 2026-12-01 · Sam Sales</li></ul>",
		"restored 1: <p>Restored by crm-tool: the archiving was taken back (run undo). It will not be archived automatically again.</p>",
		"restored 2: <p>Opportunité rétablie par crm-tool : l’archivage a été annulé (exécution undo). Elle ne sera plus archivée automatiquement.</p>",
	}, a.Notes())
}

func TestWhatIsKeptWillBringEverythingBack(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 1, 30)
	closed := ledgertest.Noon.Add(-day)
	a.Change(1, func(o *crm.Opportunity) { o.Closed, o.Stage = closed, crm.Stage{ID: 7, Name: "Proposition"} })
	whole := a.add(crm.Activity{
		Opportunity: 1, Type: 2, TypeName: "Call", Summary: "call", Note: "<p>Now</p>", Deadline: "2026-12-01", User: 3, UserName: "Sam",
		CalendarEvent: 9, Automated: true,
	})
	a.run(t, "r")
	assert.Equal(t, map[crm.OpportunityID]crm.Snapshot{1: {
		Opportunity: 1, Closed: closed, Stage: 7, Activities: []crm.Activity{{
			ID: whole, Opportunity: 1, Type: 2, TypeName: "Call", Summary: "call", Note: "<p>Now</p>", Deadline: "2026-12-01", User: 3, UserName: "Sam",
			CalendarEvent: 9, Automated: true,
		}},
	}}, a.kept["r"])
	assert.Equal(t, ledgertest.Noon, a.Opportunities[1].Closed)
	a.undo(t, "r")
	assert.Equal(t, closed, a.Opportunities[1].Closed)
}

func TestARunCanBeNarrowedDown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		selection run.Selection
		want      []string
		left      []crm.OpportunityID
	}{
		"to so many":       {run.Selection{Limit: 2}, []string{"skipped 3 limit", "skipped 4 limit", "archived 1", "archived 2"}, []crm.OpportunityID{1, 2}},
		"to a part":        {run.Selection{Shard: crm.Shard{Index: 1, Count: 2}}, []string{"archived 1", "archived 3"}, []crm.OpportunityID{1, 3}},
		"to some, by id":   {run.Selection{Only: []crm.OpportunityID{2, 5, 99}}, []string{"skipped 99 gone", "skipped 5 outside-window", "archived 2"}, []crm.OpportunityID{2}},
		"and not narrowed": {run.Selection{}, each(4, "archived N"), []crm.OpportunityID{1, 2, 3, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newFakeOdoo(true).old(1, 4, 30).old(5, 5, 3)
			r, items := a.archiving("r")
			r.Select = c.selection
			require.NoError(t, r.Run(t.Context()))
			assert.Equal(t, c.want, items.Lines())
			assert.Equal(t, c.left, a.archived())
			assert.Equal(t, len(c.left), r.Archived)
		})
	}
}

func TestAskedForByIDEachOneTellsItsReason(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 7, 30)
	a.run(t, "first")
	for _, id := range []crm.OpportunityID{2, 3, 4, 5} {
		a.byHand(id, true)
	}
	a.old(6, 6, 29).old(7, 7, 30)
	a.Delete(crm.ArchivedKey(7))
	a.byHand(7, false)
	r, items := a.archiving("second")
	r.Select.Only = []crm.OpportunityID{1, 2, 6, 7}
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, []string{"skipped 1 already-done", "skipped 2 restored", "skipped 6 outside-window", "skipped 7 gone"}, items.Lines())
}

func TestManyPagesAreArchivedOneAfterTheOther(t *testing.T) {
	t.Parallel()
	const many = 600
	a := newFakeOdoo(true).old(1, many, 30)
	p := &ledgertest.Process{Backend: a.Backend}
	r, items := a.archivingBy(p, "r")
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, each(many, "archived N"), items.Lines())
	assert.Equal(t, each(many, "archive N by r done"), a.ledger())
	assert.Equal(t, each(many, "restored N"), a.undo(t, "r"))
	shelvings := 0
	for _, call := range p.Calls {
		if call == "Shelve" {
			shelvings++
		}
	}
	assert.Equal(t, 3, shelvings, "in calls of many")
}

func TestNothingToDoCostsFewCalls(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 3, 5)
	p := &ledgertest.Process{Backend: a.Backend}
	r, items := a.archivingBy(p, "r")
	require.NoError(t, r.Run(t.Context()))
	assert.Empty(t, items.Lines())
	assert.Equal(t, []string{"OpenClaims", "Due", "Due", "Share"}, p.Calls)
}

func TestAPageOfTheWonIsNotReadAgainUntilSomethingIsDue(t *testing.T) {
	t.Parallel()
	const many = run.PageSize + 1
	a := newFakeOdoo(true).old(1, many, 40)
	for id := range crm.OpportunityID(many) {
		a.Change(id+1, func(o *crm.Opportunity) { o.Stage.Won = true })
	}
	archive := func(name string, manyWon bool) (*archive.Run, []string, []string) {
		p := &ledgertest.Process{Backend: a.Backend}
		r, items := a.archivingBy(p, name)
		r.ManyWon = manyWon
		require.NoError(t, r.Run(t.Context()))
		return r, items.Lines(), p.Calls
	}
	r, lines, _ := archive("first", false)
	assert.Equal(t, each(run.PageSize, "skipped N won"), lines)
	assert.True(t, r.ManyWon)

	r, lines, calls := archive("second", true)
	assert.Empty(t, lines)
	assert.Equal(t, []string{"OpenClaims", "Due", "Share"}, calls)
	assert.True(t, r.ManyWon)

	a.Change(1, func(o *crm.Opportunity) { o.Stage.Won = false })
	a.Change(2, func(o *crm.Opportunity) { o.Stage.Won = false })
	r, lines, _ = archive("third", true)
	assert.Len(t, lines, 2+many-2)
	assert.False(t, r.ManyWon, "they are fewer than a page")
}

func TestAGuardStopsUnusuallyMany(t *testing.T) {
	t.Parallel()
	guard := run.Guard{MaxRecords: 10, MaxShare: 0.2}
	a := newFakeOdoo(true).old(1, 30, 40).old(31, 60, 3)
	r, items := a.archiving("r")
	r.Guard = guard
	err := r.Run(t.Context())
	guarded := &run.GuardError{}
	require.ErrorAs(t, err, &guarded)
	assert.Equal(t, &run.GuardError{Records: 30, Active: 60, Guard: guard}, guarded)
	assert.Empty(t, items.Lines())
	assert.Empty(t, a.ledger())
	assert.Empty(t, a.archived())

	r, _ = a.archiving("r")
	r.Guard, r.Select.Limit = guard, 10
	require.NoError(t, r.Run(t.Context()))
	assert.Len(t, a.archived(), 10, "a portion is no reason to stop")
	r, items = a.archiving("s")
	r.Guard, r.Guard.Overruled = guard, true
	require.NoError(t, r.Run(t.Context()))
	assert.Len(t, a.archived(), 30)
	assert.Len(t, items.Lines(), 20)
}

func TestTheGuardCountsWhatADeadRunLeft(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 30, 40).old(31, 60, 3)
	r, _ := a.archivingBy(&ledgertest.Process{Backend: a.Backend, DieAfter: steps(t, a, "Claim")}, "dead")
	require.ErrorIs(t, r.Run(t.Context()), ledgertest.ErrKilled)
	a.Pass(beyond)
	r, items := a.archiving("r")
	r.Guard = run.Guard{MaxRecords: 10, MaxShare: 0.2}
	guarded := &run.GuardError{}
	require.ErrorAs(t, r.Run(t.Context()), &guarded)
	assert.Equal(t, 30, guarded.Records)
	assert.Empty(t, items.Lines())
	assert.Len(t, a.ledger(), 30, "nothing was released either")
}

// steps returns after how many steps a run has made the named call; it tries
// that in a copy of its opportunities.
func steps(t testing.TB, like *fakeOdoo, name string) int {
	t.Helper()
	try := newFakeOdoo(like.deletes)
	maps.Copy(try.Opportunities, like.Opportunities)
	p := &ledgertest.Process{Backend: try.Backend}
	after := 0
	p.Before = func(string) error {
		if slices.Index(p.Calls, name) == len(p.Calls)-1 && len(p.Calls) > 0 {
			after = p.Steps
		}
		return nil
	}
	r, _ := try.archivingBy(p, "try")
	require.NoError(t, r.Run(t.Context()))
	require.Positive(t, after, "no call of %s in %v", name, p.Calls)
	return after
}

func TestADryRunPlansAndWritesNothing(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 5, 30).busy(3)
	r, _ := a.archivingBy(&ledgertest.Process{Backend: a.Backend, DieAfter: steps(t, a, "Claim")}, "dead")
	r.Select.Limit = 2
	require.ErrorIs(t, r.Run(t.Context()), ledgertest.ErrKilled)
	a.Pass(beyond)
	r, _ = a.archiving("first")
	r.Select.Only = []crm.OpportunityID{5}
	require.NoError(t, r.Run(t.Context()))
	a.Pass(time.Minute)
	a.answers(5)
	ledgerBefore, activities, leads := a.ledger(), a.activities(), fmt.Sprint(a.Opportunities)

	p := &ledgertest.Process{Backend: a.Backend}
	r, items := a.archivingBy(p, "dry")
	r.DryRun, r.Store = true, archive.DryStore{Store: r.Store, Entries: &ledger.DryEntries{Clock: a.Now}}
	r.Seen = func(context.Context, time.Time) error { return nil }
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, []string{"planned 5 replied", "planned 1", "planned 2", "planned 3", "planned 4"}, items.Lines())
	r, items = a.archivingBy(p, "dry")
	r.DryRun, r.Store = true, archive.DryStore{Store: r.Store, Entries: &ledger.DryEntries{Clock: a.Now}}
	require.NoError(t, r.Undo(t.Context(), "first"))
	assert.Equal(t, []string{"planned 5"}, items.Lines())

	assert.Equal(t, ledgerBefore, a.ledger())
	assert.Equal(t, activities, a.activities())
	assert.Equal(t, leads, fmt.Sprint(a.Opportunities))
	for _, call := range p.Calls {
		assert.NotContains(t, []string{"Claim", "Confirm", "Release", "Keep", "Forget", "Shelve", "Unshelve", "PlanActivities", "Share"}, call)
	}
}

func TestTheLastReminderIsWaitedFor(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 3, 30)
	a.Change(2, func(o *crm.Opportunity) { o.Blacklisted = true })
	reminders := remindplan.Policy{Days: []int{7, 15, 30}, CatchUp: 3, StopOnReply: true, Zone: time.UTC}
	archiving := func(name string) []string {
		r, items := a.archiving(name)
		r.Policy.Reminders = &reminders
		require.NoError(t, r.Run(t.Context()))
		return items.Lines()
	}
	assert.Equal(t, []string{"skipped 1 reminder-pending", "skipped 3 reminder-pending", "archived 2"}, archiving("r"))
	p := &ledgertest.Process{Backend: a.Backend}
	mails := &remind.Run{
		Base: mailingtest.Base(p, &mailingtest.Sink{}, io.Discard), Courier: mailingtest.Courier(p, "m"), Composer: mailingtest.Composer(), Policy: reminders,
	}
	mails.Select.Only = []crm.OpportunityID{1}
	require.NoError(t, mails.Run(t.Context()))
	assert.Equal(t, []string{"skipped 3 reminder-pending", "archived 1"}, archiving("s"))
}

func TestAStrangersMailThatLooksLikeAnArchivingChangesNothing(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 2, 30)
	key := crm.ArchivedKey(1)
	a.Forged = []crm.Entry{{ID: 900, Key: key, On: 1, MessageID: key.MessageID("evil", "client.example"), Confirmed: true, At: ledgertest.Noon}}
	assert.Equal(t, each(2, "archived N"), a.run(t, "r"))
	a.undo(t, "r")
	assert.Equal(t, []string{"skipped 1 restored"}, a.run(t, "s"), "it is looked at again, and left alone")
}

func TestWhatAnotherRunHasInHandIsItsOwn(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 2, 30)
	p := &ledgertest.Process{Backend: a.Backend}
	p.Before = func(call string) error {
		if call == "Claim" {
			p.Before = nil
			other, items := a.archiving("other")
			other.Select.Only = []crm.OpportunityID{1}
			require.NoError(t, other.Run(t.Context()))
			require.Equal(t, []string{"archived 1"}, items.Lines())
		}
		return nil
	}
	r, items := a.archivingBy(p, "r")
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, []string{"skipped 1 already-done", "archived 2"}, items.Lines())
	assert.Equal(t, []string{"archive 1 by other done", "archive 2 by r done"}, a.ledger())
}

func (c *fakeStore) ActivityTypeNames(context.Context, string) (map[crm.ActivityTypeID]string, error) {
	return nil, nil
}

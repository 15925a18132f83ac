package archive_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/archive"
	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// fakeOdoo is a backend with what archiving needs: activities, and a place for
// what archiving changes.
type fakeOdoo struct {
	*ledgertest.Backend

	// deletes is how Odoo 16 to 18 treat the activities of what is archived;
	// 19 leaves them.
	deletes bool

	planned map[crm.ActivityID]crm.Activity
	// finished activities still exist; replanned are external ids.
	finished  map[crm.ActivityID]bool
	replanned map[string]crm.ActivityID
	activity  crm.ActivityID

	kept map[string]map[crm.OpportunityID]crm.Snapshot
	// stuck opportunities cannot be changed, unkept ones not be attached to,
	// and refused activities not be planned as they are.
	stuck   map[crm.OpportunityID]error
	unkept  map[crm.OpportunityID]error
	refused func(crm.Activity) error
}

func newFakeOdoo(deletes bool) *fakeOdoo {
	return &fakeOdoo{
		Backend: ledgertest.NewBackend(), deletes: deletes,
		planned: map[crm.ActivityID]crm.Activity{}, finished: map[crm.ActivityID]bool{}, replanned: map[string]crm.ActivityID{},
		kept: map[string]map[crm.OpportunityID]crm.Snapshot{}, stuck: map[crm.OpportunityID]error{}, unkept: map[crm.OpportunityID]error{},
		refused: func(crm.Activity) error { return nil },
	}
}

// old makes opportunities that are so many days old.
func (a *fakeOdoo) old(first, last crm.OpportunityID, days int) *fakeOdoo {
	a.Open(first, last, days)
	for id := first; id <= last; id++ {
		a.Backend.Change(id, func(o *crm.Opportunity) { o.Written = o.Created })
	}
	return a
}

// Change changes an opportunity, as somebody does now.
func (a *fakeOdoo) Change(id crm.OpportunityID, how func(*crm.Opportunity)) {
	a.Backend.Change(id, func(o *crm.Opportunity) {
		how(o)
		o.Written = a.Time
	})
}

// plan plans an activity on an opportunity.
func (a *fakeOdoo) plan(on crm.OpportunityID, summary string) crm.ActivityID {
	a.Lock()
	defer a.Unlock()
	return a.add(crm.Activity{
		Opportunity: on, Type: 2, TypeName: "Call", Summary: summary, Note: "<p>Ask her.</p>", Deadline: "2026-12-01", User: 3, UserName: "Sam Sales",
	})
}

func (a *fakeOdoo) add(activity crm.Activity) crm.ActivityID {
	a.activity++
	activity.ID = a.activity
	a.planned[activity.ID] = activity
	return activity.ID
}

// busy plans two activities on each of the first opportunities.
func (a *fakeOdoo) busy(last crm.OpportunityID) *fakeOdoo {
	for id := crm.OpportunityID(1); id <= last; id++ {
		a.plan(id, fmt.Sprintf("call %d", id))
		a.plan(id, fmt.Sprintf("visit %d", id))
	}
	return a
}

// activities lists the open activities without their ids, with their opportunity.
func (a *fakeOdoo) activities() []string {
	var list []string
	for id, activity := range a.planned {
		if !a.finished[id] {
			activity.ID = 0
			list = append(list, fmt.Sprintf("%+v", activity))
		}
	}
	slices.Sort(list)
	return list
}

func (a *fakeOdoo) archiving(name string) (*archive.Run, *mailingtest.Sink) {
	return a.archivingBy(&ledgertest.Process{Backend: a.Backend}, name)
}

func (a *fakeOdoo) archivingBy(p *ledgertest.Process, name string) (*archive.Run, *mailingtest.Sink) {
	items, c := &mailingtest.Sink{}, &fakeStore{Process: p, odoo: a}
	seen := a.Now().AddDate(0, 0, -30)
	if text, ok := a.Shared[instance.AnswersKey]; ok {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			panic(err)
		}
		seen = at
	}
	return &archive.Run{
		Base: run.Base{
			Odoo: p, Now: p.Now(), Begin: func(context.Context) error { return nil }, Sink: items, Company: 1,
		},
		Clock: a.Now, Store: c, Notes: mailingtest.Notes(), Token: crm.RunToken(name), Domain: "odoo.example.com", RunID: name, Answers: &seen,
		Policy: archiveplan.Policy{AfterDays: 30, Keep: archiveplan.Keep{Won: true}, Zone: time.UTC},
		Seen: func(ctx context.Context, at time.Time) error {
			return p.Share(ctx, instance.AnswersKey, at.UTC().Format(time.RFC3339))
		},
	}, items
}

// run archives, and returns the report.
func (a *fakeOdoo) run(t testing.TB, name string) []string {
	t.Helper()
	r, items := a.archiving(name)
	require.NoError(t, r.Run(t.Context()))
	return items.Lines()
}

// undo takes a run back, and returns the report.
func (a *fakeOdoo) undo(t testing.TB, name string) []string {
	t.Helper()
	r, items := a.archiving("undo")
	require.NoError(t, r.Undo(t.Context(), name))
	return items.Lines()
}

// byHand is what a person does to an opportunity: Odoo notes when it is
// archived, and leaves that on restoring.
func (a *fakeOdoo) byHand(id crm.OpportunityID, active bool) {
	a.Change(id, func(o *crm.Opportunity) {
		o.Active = active
		if !active {
			o.Closed = a.Time
		}
	})
}

// answers stores a mail of the client, now.
func (a *fakeOdoo) answers(id crm.OpportunityID) { a.Write(id, a.Now(), true) }

// ledger lists the entries of the kinds that archiving writes, by kind,
// opportunity, token and whether they are confirmed.
func (a *fakeOdoo) ledger() []string {
	var list []string
	for _, e := range a.Stored() {
		if e.Key.Kind != crm.Archived && e.Key.Kind != crm.Restored {
			continue
		}
		state := "open"
		if e.Confirmed {
			state = "done"
		}
		list = append(list, fmt.Sprintf("%s %d by %s %s", e.Key.Kind, e.On, e.Token, state))
	}
	return list
}

// archived lists the archived opportunities.
func (a *fakeOdoo) archived() []crm.OpportunityID {
	var list []crm.OpportunityID
	for _, id := range slices.Sorted(maps.Keys(a.Opportunities)) {
		if !a.Opportunities[id].Active {
			list = append(list, id)
		}
	}
	return list
}

// each returns the lines of a report that says the same of all opportunities.
func each(last crm.OpportunityID, format string) []string {
	var list []string
	for id := crm.OpportunityID(1); id <= last; id++ {
		list = append(list, strings.ReplaceAll(format, "N", fmt.Sprint(id)))
	}
	return list
}

// versions are the two ways in which Odoo treats activities.
func versions(t *testing.T, test func(t *testing.T, deletes bool)) {
	t.Helper()
	for name, deletes := range map[string]bool{"Odoo deletes activities": true, "Odoo leaves activities": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, deletes)
		})
	}
}

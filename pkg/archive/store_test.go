package archive_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
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
	"github.com/crm-tool/crm-tool/pkg/odoo"
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
	return a
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

// fakeStore is a process that archives.
type fakeStore struct {
	*ledgertest.Process

	odoo *fakeOdoo
}

var _ archive.Store = (*fakeStore)(nil)

func (c *fakeStore) Activities(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Activity, error) {
	found := map[crm.OpportunityID][]crm.Activity{}
	err := c.Call(ctx, "Activities", func() {
		for _, id := range slices.Sorted(maps.Keys(c.odoo.planned)) {
			activity := c.odoo.planned[id]
			if slices.Contains(ids, activity.Opportunity) && !c.odoo.finished[id] {
				found[activity.Opportunity] = append(found[activity.Opportunity], activity)
			}
		}
	})
	return found, err
}

func (c *fakeStore) Colleagues(context.Context, []crm.Entry) ([]crm.Colleague, error) {
	return nil, nil
}

func (c *fakeStore) BaseURL(context.Context, crm.OpportunityID) (string, error) { return "", nil }

func (c *fakeStore) StandingActivities(ctx context.Context, ids []crm.ActivityID) (map[crm.ActivityID]bool, error) {
	standing := map[crm.ActivityID]bool{}
	err := c.Call(ctx, "StandingActivities", func() {
		for _, id := range ids {
			if _, ok := c.odoo.planned[id]; ok {
				standing[id] = true
			}
		}
	})
	return standing, err
}

func (c *fakeStore) PlanActivities(ctx context.Context, list []crm.PlannedActivity) ([]error, error) {
	errs := make([]error, len(list))
	if len(list) == 0 {
		return nil, nil
	}
	err := c.Call(ctx, "PlanActivities", func() {
		for i, activity := range list {
			if _, there := c.odoo.planned[c.odoo.replanned[activity.ExternalID]]; there {
				continue
			}
			if errs[i] = c.odoo.refused(activity.Activity); errs[i] == nil {
				c.odoo.replanned[activity.ExternalID] = c.odoo.add(activity.Activity)
			}
		}
	})
	return errs, err
}

// active changes whether opportunities are active. Odoo changes all of a call or,
// because of one of them, none.
func (c *fakeStore) active(ctx context.Context, name string, ids []crm.OpportunityID, active bool, closed time.Time) (map[crm.OpportunityID]error, error) {
	refusals, err := odoo.Bisect(len(ids), func(from, to int) (error, error) {
		return c.activeAtOnce(ctx, name, ids[from:to], active, closed)
	})
	refused := map[crm.OpportunityID]error{}
	for i, refusal := range refusals {
		if refusal != nil {
			refused[ids[i]] = refusal
		}
	}
	return refused, err
}

func (c *fakeStore) activeAtOnce(ctx context.Context, name string, ids []crm.OpportunityID, active bool, closed time.Time) (refusal, err error) {
	err = c.Call(ctx, name, func() {
		for _, id := range ids {
			if _, exists := c.odoo.Opportunities[id]; !exists {
				refusal = errors.New("the record does not exist")
			} else if c.odoo.stuck[id] != nil {
				refusal = c.odoo.stuck[id]
			}
		}
		if refusal != nil {
			return
		}
		for _, id := range ids {
			lead := c.odoo.Opportunities[id]
			lead.Active, lead.Closed = active, closed
			c.odoo.Opportunities[id] = lead
		}
		if !active && c.odoo.deletes {
			maps.DeleteFunc(c.odoo.planned, func(_ crm.ActivityID, activity crm.Activity) bool {
				return slices.Contains(ids, activity.Opportunity)
			})
		}
	})
	return refusal, err
}

func (c *fakeStore) Archive(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]error, error) {
	return c.active(ctx, "Shelve", ids, false, c.Now())
}

func (c *fakeStore) Unarchive(ctx context.Context, ids []crm.OpportunityID, closed time.Time) (map[crm.OpportunityID]error, error) {
	return c.active(ctx, "Unshelve", ids, true, closed)
}

func (c *fakeStore) ArchivedAmong(ctx context.Context, ids []crm.OpportunityID) (list []crm.Opportunity, err error) {
	err = c.Call(ctx, "Shelved", func() {
		for _, id := range ids {
			if lead, ok := c.odoo.Opportunities[id]; ok && !lead.Active && c.archivingNoted(id) {
				list = append(list, lead)
			}
		}
	})
	return list, err
}

func (c *fakeStore) SaveSnapshots(ctx context.Context, token string, kept []crm.Snapshot) ([]error, error) {
	errs := make([]error, len(kept))
	err := c.Call(ctx, "Keep", func() {
		if c.odoo.kept[token] == nil {
			c.odoo.kept[token] = map[crm.OpportunityID]crm.Snapshot{}
		}
		for i, k := range kept {
			if errs[i] = c.odoo.unkept[k.Opportunity]; errs[i] == nil {
				c.odoo.kept[token][k.Opportunity] = k
			}
		}
	})
	return errs, err
}

func (c *fakeStore) Snapshots(ctx context.Context, token string, ids []crm.OpportunityID) (map[crm.OpportunityID]crm.Snapshot, error) {
	found := map[crm.OpportunityID]crm.Snapshot{}
	err := c.Call(ctx, "Kept", func() {
		for _, id := range ids {
			if k, ok := c.odoo.kept[token][id]; ok {
				found[id] = k
			}
		}
	})
	return found, err
}

func (c *fakeStore) DeleteSnapshots(ctx context.Context, token string, ids []crm.OpportunityID) error {
	return c.Call(ctx, "Forget", func() {
		for _, id := range ids {
			delete(c.odoo.kept[token], id)
		}
	})
}

func (c *fakeStore) ConfirmNotes(ctx context.Context, ids []crm.EntryID) error {
	return c.Confirm(ctx, ids)
}

// archivingNoted tells whether a message with the Message-ID of an archiving is
// on the opportunity, whoever wrote it.
func (c *fakeStore) archivingNoted(id crm.OpportunityID) bool {
	return slices.ContainsFunc(slices.Concat(c.EntriesInCall(), c.Forged), func(e crm.Entry) bool {
		return e.On == id && e.Key.Kind == crm.Archived
	})
}

func (c *fakeStore) ArchivedBy(ctx context.Context, token string, after crm.EntryID, limit int) (list []crm.Entry, err error) {
	// Odoo takes the token as a pattern.
	pattern := regexp.MustCompile("^" + strings.NewReplacer("%", ".*", "_", ".").Replace(token) + "$")
	err = c.Call(ctx, "ArchivedBy", func() {
		for _, e := range c.EntriesInCall() {
			if e.Key.Kind == crm.Archived && pattern.MatchString(e.Token) && e.ID > after && len(list) < limit {
				list = append(list, e)
			}
		}
	})
	return list, err
}

func (c *fakeStore) LastArchiving(ctx context.Context) (last crm.Entry, ok bool, err error) {
	err = c.Call(ctx, "LastArchiving", func() {
		for _, e := range c.EntriesInCall() {
			if e.Key.Kind == crm.Archived {
				last, ok = e, true
			}
		}
	})
	return last, ok, err
}

func (c *fakeStore) WroteSince(ctx context.Context, since time.Time) (ids []crm.OpportunityID, err error) {
	err = c.Call(ctx, "WroteSince", func() {
		for _, m := range c.Messages {
			if m.Incoming && !m.At.Before(since) {
				ids = append(ids, m.Opportunity)
			}
		}
	})
	return ids, err
}

// archiving is a run of its own, as the cli would make it, with its report.
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
		Store: c, Notes: mailingtest.Notes(), Token: crm.RunToken(name), Domain: "odoo.example.com", RunID: name, Answers: &seen,
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

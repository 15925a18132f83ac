package archive_test

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/archive"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

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
			lead.Active, lead.Closed, lead.Written = active, closed, c.Time
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

func (c *fakeStore) Written(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]time.Time, error) {
	written := map[crm.OpportunityID]time.Time{}
	err := c.Call(ctx, "Written", func() {
		for _, id := range ids {
			if o, ok := c.odoo.Opportunities[id]; ok {
				written[id] = o.Written
			}
		}
	})
	return written, err
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

// archiving is a run of its own, as the cli would make it, with its report.

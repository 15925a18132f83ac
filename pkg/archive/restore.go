package archive

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// restore brings opportunities back as they were: first the note that says so
// is claimed, then their activities are planned again, then they are restored,
// then the note is confirmed. Done again after a crash at any point, it ends in
// the same state. Reason is why, empty for an undo.
func (a *Run) restore(ctx context.Context, back []reopening, reason crm.Reason) error {
	ctx, done := ledger.Grace(ctx, pageGrace)
	defer done()
	kept, err := a.snapshots(ctx, back)
	if err != nil {
		return err
	}
	back = slices.DeleteFunc(back, func(c reopening) bool {
		k, known := kept[c.opportunity.ID]
		moved := known && k.Stage != c.opportunity.Stage.ID && reason == ""
		if moved {
			a.skip(c.opportunity, crm.Changed)
		}
		return moved
	})
	back, err = a.claimRestorings(ctx, back, reason)
	if err != nil || len(back) == 0 {
		return err
	}
	troubles := map[crm.OpportunityID][]string{}
	if err := a.restoreActivities(ctx, back, kept, troubles); err != nil {
		return err
	}
	if back, err = a.unarchive(ctx, back, kept); err != nil {
		return err
	}
	return a.finish(ctx, back, troubles, reason)
}

// snapshots returns what the archivings changed, by opportunity.
func (a *Run) snapshots(ctx context.Context, back []reopening) (map[crm.OpportunityID]crm.Snapshot, error) {
	archivings := make([]crm.Entry, len(back))
	for i, c := range back {
		archivings[i] = c.archiving
	}
	kept := map[crm.OpportunityID]crm.Snapshot{}
	for token, on := range byToken(archivings) {
		some, err := a.Store.Snapshots(ctx, token, on)
		if err != nil {
			return nil, fmt.Errorf("read what archiving changed: %w", err)
		}
		maps.Copy(kept, some)
	}
	return kept, nil
}

// claimRestorings writes the notes, and returns the opportunities that this run
// restores. An undo continues where an earlier one was cut off. If another run is
// about to restore an opportunity because of an answer, it is left to that run.
func (a *Run) claimRestorings(ctx context.Context, back []reopening, reason crm.Reason) ([]reopening, error) {
	if len(back) == 0 {
		return nil, nil
	}
	owners, err := a.owners(ctx, back)
	if err != nil {
		return nil, err
	}
	rows := make([]ledger.Claim, len(back))
	for i, c := range back {
		key := crm.RestoredKey(c.opportunity.ID)
		rows[i] = ledger.Claim{
			Key:       key,
			MessageID: key.MessageID(a.Token, a.Domain),
			Body:      c.restoredNote(a.Notes.In(owners[c.opportunity.ID].Owner.Language), a.RunID),
		}
	}
	got, err := a.Store.Claim(ctx, rows)
	if err != nil {
		return nil, fmt.Errorf("claim restorings in Odoo: %w", err)
	}
	var mine []reopening
	for i, g := range got {
		c := back[i]
		others := g.Entry.MessageID != rows[i].MessageID
		switch {
		case g.Err != nil:
			a.fail(c.opportunity, g.Err)
			a.unanswered = true
		case g.Entry.Confirmed:
			a.skip(c.opportunity, crm.AlreadyDone)
		case others && reason == crm.Replied && a.alive(g.Entry):
			a.skip(c.opportunity, crm.ClaimedElsewhere)
			a.unanswered = true
		default:
			if others {
				if err := a.TrustAges(ctx); err != nil {
					return nil, err
				}
			}
			c.note = g.Entry
			mine = append(mine, c)
		}
	}
	return mine, nil
}

func (a *Run) owners(ctx context.Context, back []reopening) (map[crm.OpportunityID]run.Owned, error) {
	list := make([]crm.Opportunity, len(back))
	for i, c := range back {
		list[i] = c.opportunity
	}
	return run.Owners(ctx, a.Odoo, list)
}

// restoreActivities plans again what Odoo does not have any more: 19 kept the
// activities, 16 to 18 deleted them. What was done meanwhile stays done.
func (a *Run) restoreActivities(
	ctx context.Context, back []reopening, kept map[crm.OpportunityID]crm.Snapshot, troubles map[crm.OpportunityID][]string,
) error {
	var known []crm.ActivityID
	for _, c := range back {
		for _, activity := range kept[c.opportunity.ID].Activities {
			known = append(known, activity.ID)
		}
	}
	standing, err := a.Store.StandingActivities(ctx, known)
	if err != nil {
		return fmt.Errorf("look for activities: %w", err)
	}
	missing := map[string][]lostActivity{}
	for _, c := range back {
		o := c.opportunity
		k, recorded := kept[o.ID]
		if !recorded {
			troubles[o.ID] = append(troubles[o.ID], "the attachment with its activities and its date of closing is gone or damaged")
		}
		for _, activity := range k.Activities {
			if !standing[activity.ID] {
				activity.Opportunity = o.ID
				missing[c.archiving.Token] = append(missing[c.archiving.Token], lostActivity{activity, o.Salesperson})
			}
		}
	}
	for token, list := range missing {
		if err := a.planAgain(ctx, token, list, troubles); err != nil {
			return err
		}
	}
	return nil
}

// lostActivity is an activity to plan again, on an opportunity of a salesperson.
type lostActivity struct {
	crm.Activity

	salesperson crm.UserID
}

// fallbacks returns what to make of the activity, the best first: Odoo refuses one
// whose responsible was deactivated, or whose meeting or type is gone.
func (l lostActivity) fallbacks() []crm.Activity {
	handedOver := l.Activity
	handedOver.User, handedOver.Role = l.salesperson, 0
	unlinked := l.Activity
	unlinked.CalendarEvent = 0
	both := handedOver
	both.CalendarEvent = 0
	plain := both
	plain.Type = 0
	return []crm.Activity{l.Activity, handedOver, unlinked, both, plain}
}

// planAgain restores activities, each in the best form that Odoo takes. What it
// refuses in every form is named in troubles.
func (a *Run) planAgain(ctx context.Context, token string, list []lostActivity, troubles map[crm.OpportunityID][]string) error {
	var why []error
	for form := range (lostActivity{}).fallbacks() {
		rows := make([]crm.PlannedActivity, len(list))
		for i, l := range list {
			rows[i] = crm.PlannedActivity{ExternalID: crm.UndoneExternalID(token, l.ID), Activity: l.fallbacks()[form]}
		}
		errs, err := a.Store.PlanActivities(ctx, rows)
		if err != nil {
			return fmt.Errorf("restore activities: %w", err)
		}
		var refused []lostActivity
		why = nil
		for i, e := range errs {
			if e != nil {
				refused, why = append(refused, list[i]), append(why, e)
			}
		}
		if list = refused; len(list) == 0 {
			return nil
		}
	}
	for i, l := range list {
		troubles[l.Opportunity] = append(troubles[l.Opportunity], fmt.Sprintf("activity %q: %v", l.Summary, why[i]))
	}
	return nil
}

// unarchive restores the opportunities, in one call for each date of closing,
// and returns those that Odoo let go.
func (a *Run) unarchive(ctx context.Context, back []reopening, kept map[crm.OpportunityID]crm.Snapshot) ([]reopening, error) {
	groups := map[time.Time][]crm.OpportunityID{}
	for _, c := range back {
		closed := kept[c.opportunity.ID].Closed
		groups[closed] = append(groups[closed], c.opportunity.ID)
	}
	refused := map[crm.OpportunityID]error{}
	for closed, list := range groups {
		some, err := a.Store.Unarchive(ctx, list, closed)
		if err != nil {
			return nil, fmt.Errorf("restore opportunities: %w", err)
		}
		maps.Copy(refused, some)
	}
	var restored []reopening
	var release []crm.EntryID
	for _, c := range back {
		if reason := refused[c.opportunity.ID]; reason != nil {
			a.fail(c.opportunity, reason)
			a.unanswered = true
			release = append(release, c.note.ID)
			continue
		}
		restored = append(restored, c)
	}
	if err := a.Store.Release(ctx, release); err != nil {
		return nil, fmt.Errorf("release notes about restoring: %w", err)
	}
	return restored, nil
}

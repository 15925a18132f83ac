package run

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// answerOverlap is how far before the last look answers are looked at again:
// a message can become visible later than the time it carries.
const answerOverlap = time.Hour

// openArchivings is what runs that died left open.
type openArchivings struct {
	// done were archived, undone were not; their entries are not confirmed.
	done, undone []crm.Entry
	// forged opportunities hold a message that only looks like an archiving.
	forged []crm.OpportunityID
}

// recover looks for archivings that a run began and did not confirm.
func (a *Archive) recover(ctx context.Context) (openArchivings, error) {
	pending, forged, err := a.Odoo.OpenClaims(ctx, crm.Archived)
	if err != nil {
		return openArchivings{}, fmt.Errorf("read open archivings: %w", err)
	}
	out := openArchivings{forged: forged}
	now := a.Attic.Now()
	dead := slices.DeleteFunc(pending, func(e crm.Entry) bool { return now.Before(e.At.Add(ledger.Life)) })
	if len(dead) == 0 {
		return out, nil
	}
	list, err := a.Odoo.Opportunities(ctx, distinct(onOf(dead)))
	if err != nil {
		return out, fmt.Errorf("read opportunities: %w", err)
	}
	active := map[crm.OpportunityID]bool{}
	for _, o := range list {
		active[o.ID] = o.Active
	}
	for _, e := range dead {
		if active[e.On] {
			out.undone = append(out.undone, e)
		} else {
			out.done = append(out.done, e)
		}
	}
	for _, e := range out.undone {
		out.forged = append(out.forged, e.On)
	}
	return out, nil
}

func onOf(entries []crm.Entry) []crm.OpportunityID {
	on := make([]crm.OpportunityID, len(entries))
	for i, e := range entries {
		on[i] = e.On
	}
	return on
}

// applyRecovery confirms what was archived, and releases what was not: it is
// archived anew by this run.
func (a *Archive) applyRecovery(ctx context.Context, rec openArchivings) error {
	if err := a.Attic.ConfirmNotes(ctx, ids(rec.done)); err != nil {
		return fmt.Errorf("confirm archivings of a run that died: %w", err)
	}
	for token, on := range byToken(rec.undone) {
		if err := a.Attic.Forget(ctx, token, on); err != nil {
			return fmt.Errorf("remove what a run that died had kept: %w", err)
		}
	}
	if err := a.Attic.Release(ctx, ids(rec.undone)); err != nil {
		return fmt.Errorf("release claims of a run that died: %w", err)
	}
	return nil
}

func byToken(entries []crm.Entry) map[string][]crm.OpportunityID {
	groups := map[string][]crm.OpportunityID{}
	for _, e := range entries {
		groups[e.Token] = append(groups[e.Token], e.On)
	}
	return groups
}

// comeback is an archived opportunity to restore.
type comeback struct {
	opportunity crm.Opportunity
	archiving   crm.Entry
}

// answered returns the opportunities that crm-tool archived and whose clients
// wrote since.
func (a *Archive) answered(ctx context.Context) ([]comeback, error) {
	if a.Answers == nil {
		return nil, nil
	}
	wrote, err := a.Attic.WroteSince(ctx, a.Answers.Add(-answerOverlap))
	if err != nil {
		return nil, fmt.Errorf("look for answers: %w", err)
	}
	var back []comeback
	for page := range slices.Chunk(distinct(wrote), pageSize) {
		archived, err := a.Attic.Shelved(ctx, page)
		if err != nil {
			return nil, fmt.Errorf("read archived opportunities: %w", err)
		}
		archived = slices.DeleteFunc(archived, func(o crm.Opportunity) bool { return !a.Select.has(o.ID) })
		entries, messages, err := a.Odoo.History(ctx, idsOf(archived))
		if err != nil {
			return nil, fmt.Errorf("read the history of archived opportunities: %w", err)
		}
		for _, o := range archived {
			if e, ok := answeredArchiving(entries[o.ID], messages[o.ID]); ok {
				back = append(back, comeback{opportunity: o, archiving: e})
			}
		}
	}
	return back, nil
}

func idsOf(list []crm.Opportunity) []crm.OpportunityID {
	ids := make([]crm.OpportunityID, len(list))
	for i, o := range list {
		ids[i] = o.ID
	}
	return ids
}

// answeredArchiving returns the archiving after which the client wrote. What
// was restored since then was answered before.
func answeredArchiving(entries []crm.Entry, messages []crm.Message) (crm.Entry, bool) {
	var archiving crm.Entry
	var since time.Time
	for _, e := range entries {
		switch {
		case e.Key.Kind == crm.Archived && e.Confirmed:
			archiving = e
			since = later(since, e.At)
		case e.Key.Kind == crm.Restored:
			since = later(since, e.At)
		}
	}
	wrote := slices.ContainsFunc(messages, func(m crm.Message) bool {
		return m.Incoming && !m.Automatic() && m.At.After(since)
	})
	return archiving, wrote && archiving.ID != 0
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Undo takes back what the archiving run of that name archived. What somebody
// changed since is left alone.
func (a *Archive) Undo(ctx context.Context, runID string) error {
	token := TokenOf(runID)
	for after := crm.EntryID(0); ; {
		entries, err := a.Attic.ArchivedBy(ctx, token, after, pageSize)
		if err != nil {
			return fmt.Errorf("read the run's archivings: %w", err)
		}
		if len(entries) == 0 && after == 0 {
			return &UnknownRunError{RunID: runID}
		}
		if err := a.undoPage(ctx, entries); err != nil {
			return err
		}
		if len(entries) < pageSize {
			return a.end()
		}
		after = entries[len(entries)-1].ID
	}
}

// UnknownRunError says that nothing was archived by a run of that name.
type UnknownRunError struct{ RunID string }

func (e *UnknownRunError) Error() string {
	return fmt.Sprintf("no archiving by run %q is recorded in this Odoo", e.RunID)
}

// Hint tells where to find the name.
func (e *UnknownRunError) Hint() string {
	return "the note on an archived opportunity names its run; `last` is the newest"
}

// Last returns the name by which Undo finds the newest archiving run.
func (a *Archive) Last(ctx context.Context) (string, error) {
	e, ok, err := a.Attic.LastArchiving(ctx)
	if err != nil {
		return "", fmt.Errorf("look for the last archiving: %w", err)
	}
	if !ok {
		return "", &UnknownRunError{RunID: "last"}
	}
	return e.Token, nil
}

func (a *Archive) undoPage(ctx context.Context, entries []crm.Entry) error {
	list, err := a.Odoo.Opportunities(ctx, distinct(onOf(entries)))
	if err != nil {
		return fmt.Errorf("read opportunities: %w", err)
	}
	history, _, err := a.Odoo.History(ctx, idsOf(list))
	if err != nil {
		return fmt.Errorf("read the history of opportunities: %w", err)
	}
	byID := map[crm.OpportunityID]crm.Opportunity{}
	for _, o := range list {
		byID[o.ID] = o
	}
	var back []comeback
	for _, e := range entries {
		o, exists := byID[e.Key.Opportunity]
		restored := slices.ContainsFunc(history[e.On], func(h crm.Entry) bool {
			return h.Key.Kind == crm.Restored && h.Key.Opportunity == e.Key.Opportunity
		})
		switch {
		case !exists || e.On != e.Key.Opportunity:
			a.skip(crm.Opportunity{ID: e.Key.Opportunity}, crm.Gone)
		case restored && o.Active:
			a.skip(o, crm.AlreadyDone)
		case restored || o.Active || o.Lost:
			a.skip(o, crm.Changed)
		default:
			back = append(back, comeback{opportunity: o, archiving: e})
		}
	}
	if len(back) == 0 {
		return nil
	}
	if err := a.Begin(ctx); err != nil {
		return err
	}
	return a.restore(ctx, back, "")
}

// restore brings opportunities back as they were: first their activities, then
// themselves, then the note that says so. Done again after a crash at any
// point, it ends in the same state. Reason is why, empty for an undo.
func (a *Archive) restore(ctx context.Context, back []comeback, reason crm.Reason) error {
	kept := map[crm.OpportunityID]Kept{}
	for token, on := range byToken(archivingsOf(back)) {
		some, err := a.Attic.Kept(ctx, token, on)
		if err != nil {
			return fmt.Errorf("read what archiving changed: %w", err)
		}
		for id, k := range some {
			kept[id] = k
		}
	}
	back = slices.DeleteFunc(back, func(c comeback) bool {
		k, ok := kept[c.opportunity.ID]
		moved := ok && k.Stage != c.opportunity.Stage.ID && reason == ""
		if moved {
			a.skip(c.opportunity, crm.Changed)
		}
		return moved
	})
	troubles, err := a.restoreActivities(ctx, back, kept)
	if err != nil {
		return err
	}
	if err := a.unshelve(ctx, back, kept); err != nil {
		return err
	}
	if err := a.noteRestored(ctx, back, reason); err != nil {
		return err
	}
	for _, c := range back {
		item := archiveItem(c.opportunity)
		item.Outcome, item.Reason = report.Restored, reason
		if a.DryRun {
			item.Outcome = report.Planned
		}
		if lost := troubles[c.opportunity.ID]; len(lost) > 0 {
			item.Outcome, item.Error = report.Failed, "restored, but not all of its activities: "+strings.Join(lost, "; ")
		}
		a.report(item)
	}
	return nil
}

func archivingsOf(back []comeback) []crm.Entry {
	entries := make([]crm.Entry, len(back))
	for i, c := range back {
		entries[i] = c.archiving
	}
	return entries
}

// restoreActivities plans again what is not open any more: Odoo 19 kept the
// activities, 16 to 18 deleted them. One whose responsible or type Odoo does
// not take any more goes to the salesperson, without a type.
func (a *Archive) restoreActivities(ctx context.Context, back []comeback, kept map[crm.OpportunityID]Kept) (map[crm.OpportunityID][]string, error) {
	var known []crm.ActivityID
	for _, c := range back {
		for _, activity := range kept[c.opportunity.ID].Activities {
			known = append(known, activity.ID)
		}
	}
	live, err := a.Attic.LiveActivities(ctx, known)
	if err != nil {
		return nil, fmt.Errorf("look for open activities: %w", err)
	}
	troubles := map[crm.OpportunityID][]string{}
	for token, group := range groupByToken(back) {
		var missing, plain []crm.Activity
		for _, c := range group {
			for _, activity := range kept[c.opportunity.ID].Activities {
				if !live[activity.ID] {
					activity.Opportunity = c.opportunity.ID
					missing = append(missing, activity)
					activity.User, activity.Type = c.opportunity.Salesperson, 0
					plain = append(plain, activity)
				}
			}
		}
		if err := a.planAgain(ctx, token, missing, plain, troubles); err != nil {
			return nil, err
		}
	}
	return troubles, nil
}

func groupByToken(back []comeback) map[string][]comeback {
	groups := map[string][]comeback{}
	for _, c := range back {
		groups[c.archiving.Token] = append(groups[c.archiving.Token], c)
	}
	return groups
}

// planAgain restores activities, and in their plain form those that Odoo
// refuses. What it refuses even then is named in troubles.
func (a *Archive) planAgain(ctx context.Context, token string, missing, plain []crm.Activity, troubles map[crm.OpportunityID][]string) error {
	errs, err := a.Attic.RestoreActivities(ctx, token, missing)
	if err != nil {
		return fmt.Errorf("restore activities: %w", err)
	}
	var second []crm.Activity
	for i, refused := range errs {
		if refused != nil {
			second = append(second, plain[i])
		}
	}
	errs, err = a.Attic.RestoreActivities(ctx, token, second)
	if err != nil {
		return fmt.Errorf("restore activities: %w", err)
	}
	for i, refused := range errs {
		if refused != nil {
			o := second[i].Opportunity
			troubles[o] = append(troubles[o], fmt.Sprintf("%s: %v", second[i].Summary, refused))
		}
	}
	return nil
}

// unshelve restores the opportunities, in one call for each date of closing.
func (a *Archive) unshelve(ctx context.Context, back []comeback, kept map[crm.OpportunityID]Kept) error {
	groups := map[time.Time][]crm.OpportunityID{}
	for _, c := range back {
		closed := kept[c.opportunity.ID].Closed
		groups[closed] = append(groups[closed], c.opportunity.ID)
	}
	for closed, list := range groups {
		if err := a.Attic.Unshelve(ctx, list, closed); err != nil {
			return fmt.Errorf("restore opportunities: %w", err)
		}
	}
	return nil
}

func (a *Archive) noteRestored(ctx context.Context, back []comeback, reason crm.Reason) error {
	languages, err := a.languages(ctx, back)
	if err != nil {
		return err
	}
	notes := make([]ledger.Note, len(back))
	for i, c := range back {
		key := crm.Key{Kind: crm.Restored, Opportunity: c.opportunity.ID}
		notes[i] = ledger.Note{
			ExternalID: fmt.Sprintf("crm_tool.restored_%d", c.archiving.ID),
			On:         c.opportunity.ID,
			MessageID:  crm.FormatMessageID(key, a.Token, a.Domain),
			Body:       Notes{}.restored(languages[c.opportunity.Salesperson], a.RunID, reason == crm.Replied),
		}
	}
	if _, err := a.Attic.Note(ctx, notes); err != nil {
		return fmt.Errorf("note what was restored: %w", err)
	}
	return nil
}

func (a *Archive) languages(ctx context.Context, back []comeback) (map[crm.UserID]string, error) {
	var users []crm.UserID
	for _, c := range back {
		users = append(users, c.opportunity.Salesperson)
	}
	people, err := a.Odoo.Salespeople(ctx, distinct(users))
	if err != nil {
		return nil, fmt.Errorf("read salespeople: %w", err)
	}
	languages := map[crm.UserID]string{}
	for id, p := range people {
		languages[id] = p.Language
	}
	return languages, nil
}

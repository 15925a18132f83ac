package archive

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/answer"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
)

// answerOverlap is how far before the last look, and before an archiving, the run
// looks for answers. A message can become visible later than its own time says, and
// nobody read an answer that arrived so shortly before the archiving.
const answerOverlap = time.Hour

// reopening is an archived opportunity to restore.
type reopening struct {
	opportunity crm.Opportunity
	archiving   crm.Entry
	// wrote is when the client wrote last; zero for an undo.
	wrote time.Time
	// note is the entry about the restoring.
	note crm.Entry
}

// answersSince returns from when on answers are looked for; a zero time for never.
func (a *Run) answersSince() time.Time {
	if a.Answers == nil || a.FirstRun {
		return time.Time{}
	}
	return a.Answers.Add(-answerOverlap - ledger.ClaimTTL)
}

func isAmong(list []reopening, id crm.OpportunityID) bool {
	return slices.ContainsFunc(list, func(c reopening) bool { return c.opportunity.ID == id })
}

// answered returns the opportunities that crm-tool archived and whose clients
// wrote since, and did not ask for no more mails.
func (a *Run) answered(ctx context.Context, recovery openArchivings) ([]reopening, error) {
	wrote := recovery.wrote
	if at := slices.Index(wrote, 0); at >= 0 {
		a.Log.Warn("a message in Odoo does not tell to which opportunity it belongs: it is looked at again by each run")
		a.unanswered = true
		wrote = slices.Delete(slices.Clone(wrote), at, at+1)
	}
	has, err := a.Selected(ctx, wrote)
	if err != nil {
		return nil, err
	}
	wrote = slices.DeleteFunc(crm.Distinct(wrote), func(id crm.OpportunityID) bool { return !has(id) })
	var back []reopening
	for page := range slices.Chunk(wrote, a.PageSize()) {
		some, err := a.answeredAmong(ctx, page, recovery)
		if err != nil {
			return nil, err
		}
		back = append(back, some...)
	}
	return back, nil
}

func (a *Run) answeredAmong(ctx context.Context, page []crm.OpportunityID, recovery openArchivings) ([]reopening, error) {
	archived, err := a.Store.ArchivedAmong(ctx, page)
	if err != nil {
		return nil, fmt.Errorf("read archived opportunities: %w", err)
	}
	entries, messages, err := a.Odoo.History(ctx, crm.OpportunityIDs(archived), time.Time{})
	if err != nil {
		return nil, fmt.Errorf("read the history of archived opportunities: %w", err)
	}
	var answered []reopening
	for _, o := range archived {
		if why := cmp.Or(o.Unreadable, crm.UnreadableMessage(messages[o.ID])); why != nil {
			a.fail(o, why)
			a.unanswered = true
			continue
		}
		for i, e := range entries[o.ID] {
			entries[o.ID][i].Confirmed = e.Confirmed || recovery.confirmed(e)
		}
		if c, ok := answeredArchiving(o, entries[o.ID], messages[o.ID]); ok {
			answered = append(answered, c)
		}
	}
	if err := a.leaveOutStops(ctx, answered, messages); err != nil {
		return nil, err
	}
	var back []reopening
	for _, c := range answered {
		if c, still := answeredArchiving(c.opportunity, entries[c.opportunity.ID], messages[c.opportunity.ID]); still {
			back = append(back, c)
		}
	}
	return back, nil
}

// leaveOutStops removes from messages the mails that ask for no more mails: who sends
// one does not want to be answered. The runs that mail note them.
func (a *Run) leaveOutStops(ctx context.Context, answered []reopening, messages map[crm.OpportunityID][]crm.Message) error {
	var ids []crm.EntryID
	for _, c := range answered {
		for _, m := range recent(messages[c.opportunity.ID], c.archiving) {
			if m.Incoming {
				ids = append(ids, m.ID)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	bodies, err := a.Odoo.Bodies(ctx, ids)
	if err != nil {
		return fmt.Errorf("read what clients wrote: %w", err)
	}
	for _, c := range answered {
		id := c.opportunity.ID
		messages[id] = slices.DeleteFunc(messages[id], func(m crm.Message) bool {
			return m.Incoming && slices.Contains(ids, m.ID) && answer.AsksToStop(m.Subject, bodies[m.ID])
		})
	}
	return nil
}

// recent returns the messages from an archiving on, and from shortly before.
func recent(messages []crm.Message, archiving crm.Entry) []crm.Message {
	return slices.DeleteFunc(slices.Clone(messages), func(m crm.Message) bool {
		return !m.At.After(archiving.At.Add(-answerOverlap))
	})
}

// answeredArchiving returns the archiving after which the client wrote. What
// was restored once, or closed by a person since, is the salesperson's.
func answeredArchiving(o crm.Opportunity, entries []crm.Entry, messages []crm.Message) (reopening, bool) {
	archiving, ok := ourArchiving(o, entries)
	if !ok || closedAgain(o, archiving) {
		return reopening{}, false
	}
	since := recent(messages, archiving)
	back := reopening{opportunity: o, archiving: archiving}
	for _, m := range since {
		if m.Incoming && !m.Automatic(entries) && m.At.After(back.wrote) {
			back.wrote = m.At
		}
	}
	return back, crm.Answered(o, nil, since)
}

// ourArchiving returns the archiving of the opportunity that nothing took back.
func ourArchiving(o crm.Opportunity, entries []crm.Entry) (crm.Entry, bool) {
	var archiving crm.Entry
	for _, e := range entries {
		switch {
		case e.Key.Opportunity != o.ID || !e.Confirmed:
		case e.Key.Kind == crm.Restored:
			return crm.Entry{}, false
		case e.Key.Kind == crm.Archived:
			archiving = e
		}
	}
	return archiving, archiving.ID != 0
}

// reopen restores what was answered, as far as the run's limit goes.
func (a *Run) reopen(ctx context.Context, answered []reopening) error {
	var back []reopening
	for _, c := range answered {
		if a.LimitReached() {
			a.skip(c.opportunity, crm.OverLimit)
			a.unanswered = true
			continue
		}
		a.Taken++
		back = append(back, c)
	}
	for page := range slices.Chunk(back, a.PageSize()) {
		if err := a.restore(ctx, page, crm.Replied); err != nil {
			return err
		}
	}
	return nil
}

// sawAllAnswers tells whether this run left no answer to another one.
func (a *Run) sawAllAnswers() bool {
	return len(a.Select.Only) == 0 && a.Select.Shard.All() && !a.unanswered
}

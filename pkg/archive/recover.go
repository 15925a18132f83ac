package archive

import (
	"context"
	"fmt"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
)

// openArchivings is what runs that died left open.
type openArchivings struct {
	// done were archived, undone were not; their entries are not confirmed.
	done, undone []crm.Entry
	// forged opportunities hold a message that only looks like an archiving, or
	// something that cannot be read; 0 if that does not tell its opportunity.
	forged []crm.OpportunityID
	// wrote are the opportunities on which somebody from outside wrote since the
	// instant that [Run.Answers] says, and the forged ones if they were looked for.
	wrote []crm.OpportunityID
}

// recheck returns the opportunities to read even if they have entries.
func (r openArchivings) recheck() []crm.OpportunityID {
	return crm.Distinct(append(crm.OpportunitiesOf(r.undone), r.forged...))
}

// released tells whether the entry is a claim that this run releases.
func (r openArchivings) released(e crm.Entry) bool {
	return slices.ContainsFunc(r.undone, func(u crm.Entry) bool { return u.ID == e.ID })
}

// confirmed tells whether the entry is a claim that this run confirms.
func (r openArchivings) confirmed(e crm.Entry) bool {
	return slices.ContainsFunc(r.done, func(d crm.Entry) bool { return d.ID == e.ID })
}

// recover looks for archivings that a run began and did not confirm, and for what
// clients wrote. It writes nothing.
func (a *Run) recover(ctx context.Context) (openArchivings, error) {
	since := a.answersSince()
	open, err := a.Odoo.OpenClaims(ctx, crm.Archived, since)
	if err != nil {
		return openArchivings{}, fmt.Errorf("read open archivings: %w", err)
	}
	out := openArchivings{forged: open.Forged}
	if !since.IsZero() {
		mails := crm.IDs(open.Mails, func(m crm.ClientMail) crm.OpportunityID { return m.Opportunity })
		out.wrote = crm.Distinct(slices.Concat(mails, open.Forged))
	}
	dead := slices.DeleteFunc(open.Claims, a.alive)
	if len(dead) == 0 {
		return out, nil
	}
	list, err := a.Odoo.Opportunities(ctx, crm.OpportunitiesOf(dead))
	if err != nil {
		return out, fmt.Errorf("read opportunities: %w", err)
	}
	opportunities := crm.ByID(list)
	for _, e := range dead {
		switch o, exists := opportunities[e.On]; {
		case o.Unreadable != nil:
			a.Log.Warn("an open archiving is left as it is: its opportunity cannot be read", "opportunity", e.On, "error", o.Unreadable)
			out.forged = append(out.forged, e.On)
		case exists && o.Active && !cameBack(o, e):
			out.undone = append(out.undone, e)
		default:
			out.done = append(out.done, e)
		}
	}
	return out, nil
}

// alive tells whether a claim may still be put into effect by its run.
func (a *Run) alive(e crm.Entry) bool {
	return a.Store.Now().Before(e.At.Add(ledger.ClaimTTL))
}

// cameBack tells whether an active opportunity was archived after the claim,
// and somebody restored it: Odoo writes down when it was closed, and leaves
// that as it is on restoring. For a won opportunity this says nothing.
func cameBack(o crm.Opportunity, claim crm.Entry) bool {
	return !o.Stage.Won && !o.Closed.Before(claim.At)
}

// closedAgain tells whether a person archived or lost the opportunity after
// crm-tool had archived it, which happens before its claim is too old.
func closedAgain(o crm.Opportunity, archiving crm.Entry) bool {
	return o.Lost || o.Closed.After(archiving.At.Add(ledger.ClaimTTL))
}

// applyRecovery confirms what was archived, and releases what was not: it is
// archived anew by this run.
func (a *Run) applyRecovery(ctx context.Context, rec openArchivings) error {
	if err := a.Store.ConfirmNotes(ctx, crm.EntryIDs(rec.done)); err != nil {
		return fmt.Errorf("confirm archivings of a run that died: %w", err)
	}
	for token, on := range byToken(rec.undone) {
		if err := a.Store.DeleteSnapshots(ctx, token, on); err != nil {
			return fmt.Errorf("remove what a run that died had kept: %w", err)
		}
	}
	if err := a.Store.Release(ctx, crm.EntryIDs(rec.undone)); err != nil {
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

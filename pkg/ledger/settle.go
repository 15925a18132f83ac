package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

const (
	// handGrace is for how long the mails in hand may go on after the run was
	// told to stop, and settleGrace for how long Odoo may be told about them.
	// Both begin with the word to stop, so that a run ends within ten seconds
	// although mail server and Odoo hang.
	handGrace   = 5 * time.Second
	settleGrace = 7 * time.Second
)

// Grace returns a context that outlives ctx by d, to finish what was begun when
// a run is told to stop; the function releases it. It has to be made before
// that happens.
func Grace(ctx context.Context, d time.Duration) (context.Context, func()) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(d, func() { cancel(context.Cause(ctx)) })
		context.AfterFunc(longer, func() { timer.Stop() })
	})
	return longer, func() { stop(); cancel(nil) }
}

// settle writes into Odoo how each mail of the window ended.
func (b *batch) settle(ctx context.Context, window []slot) error {
	var sent, release []crm.EntryID
	var notes []Note
	for _, s := range window {
		m, r := b.mails[s.index], b.results[s.index]
		switch r.Outcome {
		case Sent:
			sent = append(sent, s.entry.ID)
		case Refused:
			notes = append(notes, b.refusal(m, s.entry.On, r))
			release = append(release, s.entry.ID)
		case Uncertain:
			notes = append(notes, b.Doubt(s.entry, b.Notes.Uncertain(m)))
		case NotBegun, Failed:
			release = append(release, s.entry.ID)
		case Lost, Rejected:
		}
	}
	if len(sent) > 0 {
		if err := b.Book.Confirm(ctx, sent); err != nil {
			return fmt.Errorf("confirm %d sent mails in Odoo: %w", len(sent), err)
		}
	}
	if len(notes) > 0 {
		if _, err := b.Book.Note(ctx, notes); err != nil {
			return fmt.Errorf("write notes into Odoo: %w", err)
		}
	}
	if len(release) > 0 {
		if err := b.Book.Release(ctx, release); err != nil {
			return fmt.Errorf("release %d claims in Odoo: %w", len(release), err)
		}
	}
	return nil
}

// release gives claims of mails back that were never begun.
func (b *batch) release(ctx context.Context, slots []slot) error {
	if len(slots) == 0 {
		return nil
	}
	ids := make([]crm.EntryID, len(slots))
	for i, s := range slots {
		ids[i] = s.entry.ID
	}
	return b.Book.Release(ctx, ids)
}

// refusal is the note that quotes the server's refusal of the client.
func (c *Courier) refusal(m Mail, on crm.OpportunityID, r Result) Note {
	key := crm.Key{Kind: crm.Refused, Opportunity: m.Key.Opportunity, Step: m.Key.Step}
	token := crm.AddressToken(m.Envelope.To)
	return Note{
		ExternalID: fmt.Sprintf("crm_tool.refused_%d_%d_%s", key.Opportunity, key.Step, token),
		On:         on,
		MessageID:  crm.FormatMessageID(key, token, c.Domain),
		Body:       c.Notes.Refused(m, r.Err.Error()),
	}
}

// Doubt is the note that declares a claim uncertain, once for each claim.
func (c *Courier) Doubt(claim crm.Entry, body string) Note {
	key := crm.Key{Kind: claim.Key.Kind.UncertainKind(), Opportunity: claim.Key.Opportunity, Step: claim.Key.Step}
	return Note{
		ExternalID: verdictID(claim),
		On:         claim.On,
		MessageID:  crm.FormatMessageID(key, c.Token, c.Domain),
		Body:       body,
	}
}

// verify reads the confirmations back. What is missing is written again, also
// an entry that somebody deleted in the meantime: a mail that left must stand
// in the ledger.
func (b *batch) verify(ctx context.Context, sent []slot) error {
	if len(sent) == 0 {
		return nil
	}
	rows := make(map[crm.EntryID]Claim, len(sent))
	ids := make([]crm.EntryID, len(sent))
	for i, s := range sent {
		ids[i] = s.entry.ID
		rows[s.entry.ID] = b.mails[s.index].claim()
	}
	missing, err := b.Book.Unconfirmed(ctx, ids)
	if err != nil {
		return fmt.Errorf("read confirmations back from Odoo: %w", err)
	}
	if len(missing) == 0 {
		return nil
	}
	again := make([]Claim, len(missing))
	for i, id := range missing {
		again[i] = rows[id]
	}
	claimed, err := b.Book.Claim(ctx, again)
	if err != nil {
		return fmt.Errorf("write %d missing entries again: %w", len(again), err)
	}
	var confirm []crm.EntryID
	for _, got := range claimed {
		// A row that is refused belongs to an opportunity that is gone.
		if got.Err == nil {
			confirm = append(confirm, got.Entry.ID)
		}
	}
	if err := b.Book.Confirm(ctx, confirm); err != nil {
		return fmt.Errorf("confirm %d entries written again: %w", len(confirm), err)
	}
	return nil
}

package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

const (
	// handGrace is how long sending may go on after the run was told to stop,
	// and settleGrace how long settling may. Both begin at that moment, so that
	// the run ends within ten seconds even if the mail server and Odoo hang.
	handGrace   = 5 * time.Second
	settleGrace = 7 * time.Second
)

// Grace returns a context that ends the time d after ctx, in which a run that is
// told to stop can finish what it began. It must be made before ctx ends. The
// function releases it.
func Grace(ctx context.Context, d time.Duration) (context.Context, func()) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(d, func() { cancel(context.Cause(ctx)) })
		context.AfterFunc(longer, func() { timer.Stop() })
	})
	return longer, func() { stop(); cancel(nil) }
}

// settle writes into Odoo how each mail of the batch ended.
func (d *delivery) settle(ctx context.Context, batch []slot) error {
	var sent, release []crm.EntryID
	var notes []Note
	for _, s := range batch {
		m, r := d.mails[s.index], d.results[s.index]
		ids := crm.EntryIDs(s.entries())
		switch r.Outcome {
		case Sent:
			sent = append(sent, ids...)
		case Refused:
			notes = append(notes, d.refusal(m, s, r)...)
			release = append(release, ids...)
		case Uncertain:
			body := d.Notes.Uncertain(m)
			for _, e := range s.entries() {
				notes = append(notes, d.UncertainNote(e, body))
			}
		case NotBegun, Failed, OutOfTurn:
			release = append(release, ids...)
		case Lost, Rejected:
		}
	}
	if len(sent) > 0 {
		if err := d.Entries.Confirm(ctx, sent); err != nil {
			return fmt.Errorf("confirm %d sent mails in Odoo: %w", len(sent), err)
		}
	}
	if len(notes) > 0 {
		if _, err := d.Entries.Note(ctx, notes); err != nil {
			return fmt.Errorf("write notes into Odoo: %w", err)
		}
	}
	if len(release) > 0 {
		if err := d.Entries.Release(ctx, release); err != nil {
			return fmt.Errorf("release %d claims in Odoo: %w", len(release), err)
		}
	}
	return nil
}

// refusal returns the notes that quote the server's refusal of the client, one for
// each claim.
func (c *Courier) refusal(m Mail, s slot, r Result) []Note {
	token, body := crm.AddressToken(m.Envelope.To), c.Notes.Refused(m, r.Err.Error())
	entries := s.entries()
	notes := make([]Note, len(entries))
	for i, claim := range m.claims() {
		key := claim.Key.Note(crm.Refused)
		notes[i] = Note{ExternalID: key.RefusalExternalID(token), On: entries[i].On, MessageID: key.MessageID(token, c.Domain), Body: body}
	}
	return notes
}

// UncertainNote returns the note that declares a claim uncertain. A claim gets
// one at most.
func (c *Courier) UncertainNote(claim crm.Entry, body string) Note {
	return Note{
		ExternalID: crm.VerdictExternalID(claim.ID),
		On:         claim.On,
		MessageID:  claim.Key.Note(crm.Uncertain).MessageID(c.Token, c.Domain),
		Body:       body,
	}
}

// verify reads the confirmations back and writes again what is missing. Somebody
// may have deleted an entry in between, but a mail that left must be in the
// ledger.
func (d *delivery) verify(ctx context.Context, sent []slot) error {
	if len(sent) == 0 {
		return nil
	}
	var ids []crm.EntryID
	for _, s := range sent {
		ids = append(ids, crm.EntryIDs(s.entries())...)
	}
	missing, err := d.Entries.Unconfirmed(ctx, ids)
	if err != nil {
		return fmt.Errorf("read confirmations back from Odoo: %w", err)
	}
	if len(missing) == 0 {
		return nil
	}
	d.rewrote = true
	var again []Claim
	for _, s := range sent {
		claims := d.mails[s.index].claims()
		for i, e := range s.entries() {
			if slices.Contains(missing, e.ID) {
				again = append(again, claims[i])
			}
		}
	}
	claimed, err := d.Entries.Claim(ctx, again)
	if err != nil {
		return fmt.Errorf("write %d missing entries again: %w", len(again), err)
	}
	var confirm []crm.EntryID
	for _, got := range claimed {
		// A row is refused if its opportunity was deleted.
		if got.Err == nil {
			confirm = append(confirm, got.Entry.ID)
		}
	}
	if err := d.Entries.Confirm(ctx, confirm); err != nil {
		return fmt.Errorf("confirm %d entries written again: %w", len(confirm), err)
	}
	return nil
}

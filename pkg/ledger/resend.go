package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Decide writes a person's decision about an uncertain claim into the chatter of
// its opportunity. It returns whether the caller is the one to carry it out: if
// several decide at once, one of them is. A decision keeps others away for
// [ClaimTTL]. Entries are crm-tool's entries on the opportunity.
func (c *Courier) Decide(ctx context.Context, claim crm.Entry, entries []crm.Entry, body string) (bool, error) {
	key := claim.Key.Note(crm.Settled)
	earlier := 0
	for _, e := range entries {
		if e.Key != key {
			continue
		}
		if c.Entries.Now().Before(e.At.Add(ClaimTTL)) {
			return false, nil
		}
		earlier++
	}
	mine, err := c.Entries.Note(ctx, []Note{{
		ExternalID: crm.DecisionExternalID(claim.ID, earlier),
		On:         claim.On,
		MessageID:  key.MessageID(c.Token, c.Domain),
		Body:       body,
	}})
	if err != nil {
		return false, fmt.Errorf("write the decision into Odoo: %w", err)
	}
	return mine[0], nil
}

// Resend sends the mail of an uncertain claim again, after [Courier.Decide]. The
// Message-ID stays the same, so if the client has the mail already, most mail
// programs show only one. The mail is not begun after freshUntil, by the
// Courier's Clock. If it does not leave, the claim stays uncertain. An error
// means that no mail can be sent now: Odoo is lost, or the mail server refuses
// everything.
func (c *Courier) Resend(ctx context.Context, m Mail, claim crm.Entry, freshUntil time.Time) (Result, error) {
	// The decision keeps others away now, and the claim does not any more.
	claim.At = c.Entries.Now()
	s := slot{entry: claim}
	d := &delivery{Courier: c, mails: []Mail{m}, results: make([]Result, 1), freshUntil: freshUntil}
	inHand, release := Grace(ctx, handGrace)
	defer release()
	settling, done := Grace(ctx, settleGrace)
	defer done()
	d.sendBatch(ctx, inHand, []slot{s})
	switch d.results[0].Outcome {
	case Sent:
		if err := errors.Join(d.settle(settling, []slot{s}), d.verify(settling, []slot{s})); err != nil {
			return d.results[0], err
		}
	case Refused:
		if err := d.settle(settling, []slot{s}); err != nil {
			return d.results[0], err
		}
	case NotBegun, Failed, Uncertain, Lost, Rejected, OutOfTurn:
	}
	return d.results[0], d.fatal
}

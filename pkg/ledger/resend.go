package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Decide writes a person's decision about an uncertain claim into its
// opportunity's chatter, and tells whether the decision is the caller's to
// carry out: of several at once one is, and a decision keeps others away for
// Life. Entries are ours on that opportunity.
func (c *Courier) Decide(ctx context.Context, claim crm.Entry, entries []crm.Entry, body string) (bool, error) {
	key := crm.Key{Kind: crm.Settled, Opportunity: claim.Key.Opportunity, Step: claim.Key.Step}
	earlier := 0
	for _, e := range entries {
		if e.Key != key {
			continue
		}
		if c.Book.Now().Before(e.At.Add(Life)) {
			return false, nil
		}
		earlier++
	}
	mine, err := c.Book.Note(ctx, []Note{{
		ExternalID: fmt.Sprintf("crm_tool.settled_%d_%d", claim.ID, earlier),
		On:         claim.On,
		MessageID:  crm.FormatMessageID(key, c.Token, c.Domain),
		Body:       body,
	}})
	if err != nil {
		return false, fmt.Errorf("write the decision into Odoo: %w", err)
	}
	return mine[0], nil
}

// Resend mails an uncertain claim again, under the Message-ID it has, so that
// a client who did get it is shown one mail by most mail programs. It is not
// begun after freshUntil, by the Courier's clock. The caller has Decided. A
// mail that does not leave keeps the claim uncertain. An error means that no
// other mail can be sent now: Odoo is lost or the mail server refuses all.
func (c *Courier) Resend(ctx context.Context, m Mail, claim crm.Entry, freshUntil time.Time) (Result, error) {
	// The decision, and not the claim, keeps the others away now.
	claim.At = c.Book.Now()
	s := slot{entry: claim}
	b := &batch{Courier: c, mails: []Mail{m}, results: make([]Result, 1), freshUntil: freshUntil}
	inHand, release := Grace(ctx, handGrace)
	defer release()
	settling, done := Grace(ctx, settleGrace)
	defer done()
	b.sendWindow(ctx, inHand, []slot{s})
	switch b.results[0].Outcome {
	case Sent:
		if err := errors.Join(b.settle(settling, []slot{s}), b.verify(settling, []slot{s})); err != nil {
			return b.results[0], err
		}
	case Refused:
		if err := b.settle(settling, []slot{s}); err != nil {
			return b.results[0], err
		}
	case NotBegun, Failed, Uncertain, Lost, Rejected:
	}
	return b.results[0], b.fatal
}

package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/remind"
)

// ErrNoOpportunity says that there is no such opportunity, or that the user may
// not see it.
var ErrNoOpportunity = errors.New("there is no such opportunity")

// Preview is a mail as its client would get it, made as a run makes it, and
// what keeps a run from sending it.
type Preview struct {
	Draft

	// Against is all that speaks against sending it now; for the reminder of a
	// questionnaire that is left open.
	Against []crm.Reason
	// Due is the day on which a reminder falls due.
	Due calendar.Date
	// Unfinished is set when there is no finished activity to ask about: the
	// mail is as if one had been finished now.
	Unfinished bool
}

// nobody stands for the address that a client does not have.
func nobody() address.Address {
	return address.Address{Name: "no e-mail address", Mailbox: "nobody@client.invalid"}
}

// preview returns the mail that compose makes.
func (l *Letters) preview(compose func(*Letters) error) (Draft, error) {
	var kept Draft
	looked := *l
	looked.Keep = func(d Draft) { kept = d }
	err := compose(&looked)
	return kept, err
}

// Preview returns the reminder of one opportunity for a step; nil is the one
// that is due, or else the next. It writes nothing and sends nothing.
func (r *Remind) Preview(ctx context.Context, id crm.OpportunityID, step *int) (Preview, error) {
	record, err := r.lookAt(ctx, id)
	if err != nil {
		return Preview{}, err
	}
	o := remind.Foresee(record, step, r.Policy, r.Now)
	if o.To.IsZero() {
		o.To = nobody()
	}
	p := Preview{Against: o.Against, Due: o.Due}
	p.Draft, err = r.Letters.preview(func(l *Letters) error {
		_, err := l.Reminder(record, o.Decision, r.Courier.Token, r.Now)
		return err
	})
	return p, err
}

// lookAt reads one opportunity with the people around it.
func (b *Base) lookAt(ctx context.Context, id crm.OpportunityID) (remind.Record, error) {
	found, err := b.Odoo.Opportunities(ctx, []crm.OpportunityID{id})
	if err != nil {
		return remind.Record{}, fmt.Errorf("read the opportunity: %w", err)
	}
	records, err := b.complete(ctx, found)
	if err != nil {
		return remind.Record{}, err
	}
	if len(records) == 0 {
		return remind.Record{}, fmt.Errorf("%w: %d", ErrNoOpportunity, id)
	}
	return records[0], nil
}

// Preview returns the mail with a questionnaire about the newest finished
// activity of one opportunity that its client would be asked about, or else
// about the newest; or the mail that reminds of it. Its link leads nowhere. It
// needs a run that is dry, writes nothing and sends nothing.
func (a *Ask) Preview(ctx context.Context, id crm.OpportunityID, reminder bool) (Preview, error) {
	a.Select.Only = []crm.OpportunityID{id}
	q, unfinished, err := a.foresee(ctx, id)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Unfinished: unfinished}
	switch {
	case reminder:
		q.kind = crm.Nudge
	case q.decision.Reason != "":
		p.Against = []crm.Reason{q.decision.Reason}
	}
	if q.decision.To, _ = q.record.Addressees(); q.decision.To.IsZero() {
		q.decision.To = nobody()
	}
	if q.decision.Questionnaire != "" {
		if q.survey, err = a.survey(ctx, q); err != nil {
			return Preview{}, err
		}
	}
	invited, err := a.invite(ctx, []question{q})
	if err != nil {
		return Preview{}, err
	}
	p.Draft, err = a.Letters.preview(func(l *Letters) error {
		_, err := a.compose(l, q, invited[0], a.messageID(q))
		return err
	})
	return p, err
}

// foresee chooses the activity to ask about.
func (a *Ask) foresee(ctx context.Context, id crm.OpportunityID) (chosen question, unfinished bool, err error) {
	if _, err := a.lookAt(ctx, id); err != nil {
		return question{}, false, err
	}
	open, err := a.open(ctx, recovery{})
	if err != nil {
		return question{}, false, err
	}
	if unfinished = len(open) == 0; unfinished {
		open = []crm.DoneActivity{{Opportunity: id, At: a.Now}}
	}
	asked, err := a.recent(ctx, open)
	if err != nil {
		return question{}, false, err
	}
	records, err := a.records(ctx, open, recovery{})
	if err != nil {
		return question{}, false, err
	}
	for i, d := range feedback.Plan(records, a.Policy, asked, a.Now) {
		if d.Ask() || !chosen.decision.Ask() || i == 0 {
			chosen = question{kind: crm.Feedback, record: records[i], decision: d}
		}
	}
	return chosen, unfinished, nil
}

// Test makes a mail to somebody else of a preview: for him alone, marked as a
// test, and under a Message-ID by which neither Odoo nor crm-tool takes it for
// one of its own. Answers and delivery reports do not reach Odoo either.
func (p Preview) Test(to, envelopeFrom address.Address, token string, now time.Time) (mail.Envelope, []byte, error) {
	msg := p.Message
	msg.To, msg.CC, msg.ReplyTo = []address.Address{to}, nil, to
	msg.Subject = "[Test] " + msg.Subject
	msg.MessageID = fmt.Sprintf("<test.%s@%s>", token, msg.From.Domain())
	msg.Date = now
	raw, err := mail.Compose(msg)
	if err != nil {
		return mail.Envelope{}, nil, fmt.Errorf("compose the test: %w", err)
	}
	from := firstAddress(envelopeFrom, msg.From.Mailbox) // not the one that Odoo fetches
	return mail.Envelope{From: from.Mailbox, To: to.Mailbox}, raw, nil
}

package plan

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Pending is a questionnaire that was mailed and not answered, with all that a
// decision about reminding of it needs.
type Pending struct {
	Record

	// Email is the address that was asked.
	Email string
	// Asked is when the questionnaire was mailed, Deadline until when it can be
	// answered.
	Asked    time.Time
	Deadline time.Time
	// Begun says that the client has begun to answer.
	Begun bool
	// Closed says that its survey takes no answers any more.
	Closed bool
	// Err is why its participation, or its survey, cannot be read in full.
	Err error
}

// Unreadable returns why nothing can be decided; nil if something can.
func (q Pending) Unreadable() error { return cmp.Or(q.Err, q.Record.Unreadable()) }

// DecideReminders decides about reminding of every questionnaire, in their order,
// at the instant now.
func DecideReminders(list []Pending, p Policy, asked Recent, now time.Time) []Decision {
	return decide(list, asked, now, func(q Pending, asked *Recent) Decision { return p.remind(q, asked, now) })
}

func (p Policy) remind(q Pending, asked *Recent, now time.Time) Decision {
	d := Decision{Activity: q.Activity.Message, Opportunity: q.Activity.Opportunity, Err: q.Unreadable()}
	if d.Err != nil {
		return d
	}
	if q.Opportunity.ID == 0 || q.Opportunity.Lead {
		d.Reason = crm.Gone
		return d
	}
	if d.Reason = q.handled(crm.FeedbackReminder); d.Reason != "" {
		return d
	}
	if d = q.Again(p, now); d.Reason != "" {
		return d
	}
	// Two questionnaires must not bring one client two mails a day.
	since := now.AddDate(0, 0, -p.CooldownDays)
	if q.Asked.After(since) {
		since = q.Asked
	}
	if p.CooldownDays > 0 && asked.after(d.To, since) {
		d.Reason = crm.Cooldown
	}
	return d
}

// Again decides about mailing the questionnaire once more, whatever stands
// about it in the chatter: all that speaks against mailing the client counts.
func (q Pending) Again(p Policy, now time.Time) Decision {
	d := Decision{
		Activity: q.Activity.Message, Opportunity: q.Activity.Opportunity, Rule: p.Opportunities.For(q.Opportunity).Number, Err: q.Unreadable(),
	}
	switch {
	case d.Err != nil:
		return d
	case q.Opportunity.ID == 0 || q.Opportunity.Lead:
		d.Reason = crm.Gone
	case p.Opportunities.For(q.Opportunity).Exclude:
		d.Reason = crm.RuleExcluded
	case q.Begun || q.wrote():
		d.Reason = crm.Replied
	case q.Closed || !q.Deadline.After(now):
		d.Reason = crm.Expired
	default:
		d.To, d.Reason = q.Client()
	}
	// Whoever has another address now was not asked, and may be somebody else.
	if d.Reason == "" && !strings.EqualFold(d.To.Mailbox, q.Email) {
		d.Reason = crm.Changed
	}
	return d
}

// wrote tells whether the client wrote after the questionnaire was mailed.
func (q Pending) wrote() bool {
	return slices.ContainsFunc(q.Messages, func(m crm.Message) bool {
		return m.Incoming && !m.Automatic(q.Entries) && m.At.After(q.Asked)
	})
}

// Package plan decides who gets which reminder mail.
//
// It is pure: records, a policy and an instant go in, one decision with a reason
// for every record comes out. It reads no clock and no network, and changes
// nothing that it is given.
package plan

import (
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/rule"
)

// Policy is what the administrator set.
type Policy struct {
	// Days are the steps: ages in calendar days, ascending, each once.
	Days []int
	// Rules say what is different for some opportunities.
	Rules rule.List
	// CatchUp is for how many days after its day a step is still sent.
	CatchUp int
	// StopOnReply ends the reminders of a client who answered.
	StopOnReply bool
	// Zone is where days begin and end.
	Zone *time.Location
	// Window are the hours in which reminders leave, Freeze the dates on which none
	// does.
	Window calendar.Hours
	Freeze []calendar.Period
	// DaysBetween is how many days after a reminder its client gets the next one, of
	// whichever opportunity; 0 is no matter.
	DaysBetween int
	// Ahead is for how many days a planned activity or meeting holds reminders back,
	// Quiet for how many those do that the company's people write themselves. 0 is
	// none.
	Ahead, Quiet int
	// Work tells the working days on which reminders leave, and in which CatchUp counts
	// then; nil if they leave every day. It knows the leaves from [Policy.Span] on.
	Work *crm.WorkingTimes
}

// Decision is what to do about one opportunity.
type Decision struct {
	Opportunity crm.OpportunityID
	// Rule is the number of the rule that counts for it; 0 for none.
	Rule int
	// Step is the reminder's day; HasStep is false when none has come yet.
	Step    int
	HasStep bool
	// Reason is empty when the mail is to be sent, or Err is set.
	Reason crm.Reason
	// Until is the first day on which what holds the mail back does not any more, if
	// that is known; Last is the last day on which the step is mailed.
	Until, Last calendar.Date
	// Err is why nothing can be decided: the record cannot be read in full.
	Err error
	// TurnOf is the opportunity of which the client was reminded, if the reason is
	// [crm.RecentlyMailed].
	TurnOf crm.OpportunityID
	// To is the client; CC the salesperson, zero when there is nobody to copy.
	To address.Address
	CC address.Address
	// DayOff is why it is no working day, if that is the Reason.
	DayOff calendar.DayOff
}

// Send tells whether the decision is to mail.
func (d Decision) Send() bool { return d.Reason == "" && d.Err == nil }

// Decide decides about every record, in their order, at the instant now.
func Decide(records []crm.Record, p Policy, now time.Time) []Decision {
	decisions := make([]Decision, len(records))
	for i, r := range records {
		decisions[i] = decide(r, p.For(r.Opportunity), now)
		decisions[i].Rule = p.Rules.For(r.Opportunity).Number
	}
	if p.DaysBetween > 0 {
		p.takeTurns(records, decisions, now)
	}
	return decisions
}

// For returns the policy for an opportunity: with the days of its rule.
func (p Policy) For(o crm.Opportunity) Policy {
	p.Days = p.Rules.For(o).Steps(p.Days)
	return p
}

// Windows returns the origins of the opportunities of which a step is due at now. The
// windows are disjoint. Without working days, [Decide] finds a step due just within
// them. With working days they have some for which it is missed.
func (p Policy) Windows(now time.Time) []crm.Window {
	windows := []crm.Window{}
	seen := [][]int{}
	for _, r := range append(rule.List{{}}, p.Rules...) {
		days := r.Steps(p.Days)
		if slices.ContainsFunc(seen, func(other []int) bool { return slices.Equal(days, other) }) {
			continue
		}
		seen = append(seen, days)
		of, some := p.Rules.Choice(func(r rule.Rule) bool { return slices.Equal(r.Steps(p.Days), days) })
		if !some {
			continue
		}
		same := p
		same.Days = days
		for _, w := range same.windows(now) {
			w.Of = of
			windows = append(windows, w)
		}
	}
	return windows
}

// Age is the opportunity's age in calendar days of the zone.
func (p Policy) Age(o crm.Opportunity, now time.Time) int {
	return calendar.Of(now, p.Zone).DaysSince(calendar.Of(o.Origin(), p.Zone))
}

func decide(r crm.Record, p Policy, now time.Time) Decision {
	d := Decision{Opportunity: r.Opportunity.ID, Err: r.Unreadable()}
	if d.Err != nil {
		return d
	}
	if r.Opportunity.Lead || !r.Opportunity.Active {
		d.Reason = crm.Gone
		return d
	}
	age := p.Age(r.Opportunity, now)
	for _, day := range p.Days {
		if day <= age {
			d.Step, d.HasStep = day, true
		}
	}
	if !d.HasStep {
		d.Reason = crm.OutsideWindow
		return d
	}
	if d.Reason = settled(r, d.Step); d.Reason != "" {
		return d
	}
	if p.missed(r, age-d.Step, now) {
		d.Reason = crm.Missed
		return d
	}
	if d = addressed(r, d, p); d.Send() {
		if h := p.holds(r, now); h.reason != "" {
			d.Reason, d.Until, d.DayOff, d.Last = h.reason, h.until, h.dayOff, p.lastDay(r, d.Step)
		}
	}
	return d
}

// Again decides about mailing a step once more because a person said that it
// did not leave: neither its age nor its entries matter then, nor what holds
// mails back, but all that speaks against mailing the client does.
func Again(r crm.Record, step int, p Policy) Decision {
	d := Decision{Opportunity: r.Opportunity.ID, Step: step, HasStep: true, Err: r.Unreadable()}
	if d.Err != nil {
		return d
	}
	if r.Opportunity.Lead || !r.Opportunity.Active {
		d.Reason = crm.Gone
		return d
	}
	return addressed(r, d, p)
}

// addressed completes a decision about a due step by whom to mail, or why not.
func addressed(r crm.Record, d Decision, p Policy) Decision {
	if p.Rules.For(r.Opportunity).RemindsNobody() {
		d.Reason = crm.RuleExcluded
		return d
	}
	if r.Opportunity.Stage.Won {
		d.Reason = crm.Won
		return d
	}
	if p.StopOnReply && crm.Answered(r.Opportunity, r.Entries, r.Messages) {
		d.Reason = crm.Replied
		return d
	}
	d.To, d.Reason = r.Client()
	if d.Reason == "" {
		d.CC = r.CopyTo(d.To)
	}
	return d
}

// settled returns why the step needs no more thought: its own entry, or one of
// a later step. An entry counts by the chatter it is in, so that opportunities
// that Odoo merged share what was sent to either.
func settled(r crm.Record, step int) crm.Reason {
	var reason crm.Reason
	for _, e := range r.Entries {
		if e.Key.Kind != crm.Reminder {
			continue
		}
		switch {
		case e.Key.Step > step && reason == "":
			reason = crm.Superseded
		case e.Key.Step != step:
		case e.Confirmed:
			return crm.AlreadyDone
		case e.NotedUncertain(r.Entries):
			reason = crm.IsUncertain
		default:
			reason = crm.ClaimedElsewhere
		}
	}
	return reason
}

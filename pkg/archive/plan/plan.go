// Package plan decides which opportunities are archived.
//
// It is pure: records, a policy and an instant go in, one decision with a reason
// for every record comes out. It changes nothing that it is given.
package plan

import (
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
	"github.com/crm-tool/crm-tool/pkg/rule"
)

// Policy is what the administrator set.
type Policy struct {
	// AfterDays is the age, in calendar days of Zone, from which on an
	// opportunity is archived.
	AfterDays int
	// Rules say what is different for some opportunities.
	Rules rule.List
	// WarnDays is how many days before it is archived the salesperson is told; 0 is
	// not at all.
	WarnDays int
	Keep     Keep
	Zone     *time.Location
	// Reminders is the policy of the reminders, nil when they are switched
	// off: no opportunity is archived before its last reminder.
	Reminders *remindplan.Policy
}

// Keep says what is never archived.
type Keep struct {
	Won          bool
	OpenActivity bool
	// Unanswered keeps an opportunity whose client wrote last, a short time ago.
	Unanswered bool
	Stages     []crm.StageID
	Tags       []crm.TagID
}

// Record is an opportunity with all that a decision about it needs.
type Record struct {
	crm.Record

	// Activities are the open ones.
	Activities []crm.Activity
	// Colleagues is what was written since the last warning, and answers to it.
	Colleagues []crm.Colleague
}

// Unreadable returns why the record cannot be read in full; nil if it can.
func (r Record) Unreadable() error {
	if err := r.Record.Unreadable(); err != nil {
		return err
	}
	for _, a := range r.Activities {
		if a.Unreadable != nil {
			return a.Unreadable
		}
	}
	for _, c := range r.Colleagues {
		if c.Unreadable != nil {
			return c.Unreadable
		}
	}
	return nil
}

// Decision is what to do about one opportunity.
type Decision struct {
	Opportunity crm.OpportunityID
	// Reason is empty when it is to be archived or warned about, or Err is set.
	Reason crm.Reason
	// Warn says that the salesperson is to be told first.
	Warn bool
	// On is the day of the archiving of what is to be warned about, or was; zero
	// for the others.
	On calendar.Date
	// Unwarned is why there is nobody to tell. It is archived on its day.
	Unwarned string
	// Err is why nothing can be decided: the record cannot be read in full.
	Err error
}

// Archive tells whether the decision is to archive.
func (d Decision) Archive() bool { return d.Reason == "" && d.Err == nil && !d.Warn }

// Decide decides about every record, in their order, at the instant now.
func Decide(records []Record, p Policy, now time.Time) []Decision {
	decisions := make([]Decision, len(records))
	for i, r := range records {
		decisions[i] = Decision{Opportunity: r.Opportunity.ID, Err: r.Unreadable()}
		if decisions[i].Err != nil {
			continue
		}
		if decisions[i].Reason = p.keeps(r, now); decisions[i].Reason == "" && p.WarnDays > 0 {
			p.warn(&decisions[i], r, now)
		}
	}
	return decisions
}

// Windows returns the origins of the opportunities that are old enough at now, to be
// archived or to be warned about. The windows are disjoint.
func (p Policy) Windows(now time.Time) []crm.Window {
	today := calendar.Of(now, p.Zone)
	var windows []crm.Window
	var seen []int
	for _, r := range append(rule.List{{}}, p.Rules...) {
		age := r.Age(p.AfterDays)
		if slices.Contains(seen, age) {
			continue
		}
		seen = append(seen, age)
		if of, some := p.Rules.Choice(func(r rule.Rule) bool { return r.Age(p.AfterDays) == age }); some {
			windows = append(windows, crm.Window{Until: today.AddDays(1 - age + p.WarnDays).Start(p.Zone).UTC(), Of: of})
		}
	}
	return windows
}

// Age returns the age at which an opportunity is archived, unless it is kept.
func (p Policy) Age(o crm.Opportunity) int { return p.Rules.For(o).Age(p.AfterDays) }

// keeps returns the reason to leave the opportunity where it is.
func (p Policy) keeps(r Record, now time.Time) crm.Reason {
	o := r.Opportunity
	age := calendar.Of(now, p.Zone).DaysSince(calendar.Of(o.Origin(), p.Zone))
	hasTag := func(t crm.TagID) bool { return slices.Contains(p.Keep.Tags, t) }
	switch {
	case o.Lead:
		return crm.Gone
	case !o.Active:
		return archivedBy(r.Entries)
	case age < p.Age(o)-p.WarnDays:
		return crm.OutsideWindow
	case p.Rules.For(o).Archive.Never:
		return crm.RuleExcluded
	case p.Keep.Won && o.Stage.Won:
		return crm.Won
	case p.Keep.OpenActivity && len(r.Activities) > 0:
		return crm.OpenActivity
	case slices.Contains(p.Keep.Stages, o.Stage.ID):
		return crm.KeptStage
	case slices.ContainsFunc(o.Tags, hasTag):
		return crm.KeptTag
	}
	if reason := archivedBefore(r.Entries); reason != "" {
		return reason
	}
	if p.Keep.Unanswered && crm.UnansweredMail(r.Entries, r.Messages, now) {
		return crm.Unanswered
	}
	if _, waits := (remindplan.Policy{Zone: p.Zone}).Snoozed(r.Record, now); waits {
		return crm.SnoozedUntil
	}
	if p.reminderPending(r, now) {
		return crm.ReminderPending
	}
	return ""
}

// archivedBy tells, for an archived opportunity, whether it was crm-tool that
// archived it, or a run is just doing so; Gone when somebody else did.
func archivedBy(entries []crm.Entry) crm.Reason {
	switch archivedBefore(entries) {
	case crm.WasRestored:
		return crm.AlreadyDone
	case crm.ClaimedElsewhere:
		return crm.ClaimedElsewhere
	default:
		return crm.Gone
	}
}

// archivedBefore tells, for an active opportunity, that crm-tool archived it
// once, and it came back, or that another run is about to. A confirmed entry
// weighs more than a claim: after Odoo merged two opportunities, one may hold
// both.
func archivedBefore(entries []crm.Entry) crm.Reason {
	var reason crm.Reason
	for _, e := range entries {
		switch {
		case e.Key.Kind != crm.Archived:
		case e.Confirmed:
			return crm.WasRestored
		default:
			reason = crm.ClaimedElsewhere
		}
	}
	return reason
}

// reminderPending tells whether the next reminder run would mail the client, one is
// doing so, or a later one will.
func (p Policy) reminderPending(r Record, now time.Time) bool {
	if p.Reminders == nil {
		return false
	}
	d := remindplan.Decide([]crm.Record{r.Record}, *p.Reminders, now)[0]
	return d.Send() || d.Held() || d.Reason == crm.ClaimedElsewhere
}

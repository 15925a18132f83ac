package run

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/answer"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
)

const (
	// awaySpan is for how long an automatic answer can say that somebody is away, which
	// is as far as [answer.Return] looks.
	awaySpan = 180 * 24 * time.Hour
	// scoreSpan is for how long a low score counts.
	scoreSpan = 15 * 24 * time.Hour
	// anyZone is by how many days, at most, the dates of an instant differ, and one more.
	anyZone = 2
)

// Holds says what a run looks for that holds reminders back. Most of it comes with
// what is read anyway; a call more is made where that does not decide.
type Holds struct {
	// Zone is where days begin and end.
	Zone *time.Location
	// Ahead is for how many days a planned activity or meeting matters, Quiet for how
	// many days a mail of the company's people does; 0 is never.
	Ahead, Quiet int
	// Due tells whether a reminder of the record is due; nil means that one is of each.
	Due func(r crm.Record) bool
	// LowScore is the score of a client's answers below which it matters; 0 is never.
	LowScore float64
}

// quietSince returns the instant from which on what the company's people write
// matters; zero if nothing does.
func (h *Holds) quietSince(now time.Time) time.Time {
	if h == nil || h.Quiet == 0 {
		return time.Time{}
	}
	return calendar.Of(now, h.Zone).AddDays(1 - h.Quiet).Start(h.Zone).UTC()
}

// maybeOwn tells whether somebody of the company may have written a message of a
// history.
func (h *Holds) maybeOwn(m crm.Message, now time.Time) bool {
	since := h.quietSince(now)
	return !since.IsZero() && m.Author != 0 && !m.At.Before(since)
}

// takeOwn removes from messages what somebody of the company wrote, and returns when
// they wrote last.
func (h *Holds) takeOwn(messages map[crm.OpportunityID][]crm.Message, contacts map[crm.ContactID]crm.Contact, now time.Time) map[crm.OpportunityID]time.Time {
	wrote := map[crm.OpportunityID]time.Time{}
	for id, list := range messages {
		messages[id] = slices.DeleteFunc(list, func(m crm.Message) bool {
			author, known := contacts[m.Author]
			own := known && author.Colleague && author.Unreadable == nil && m.Unreadable == nil && h.maybeOwn(m, now)
			if own && m.At.After(wrote[id]) {
				wrote[id] = m.At
			}
			return own
		})
	}
	return wrote
}

// lookForHolds adds to records what holds their reminders back.
func (b *Base) lookForHolds(ctx context.Context, records []crm.Record) error {
	if b.Holds == nil {
		return nil
	}
	var due []*crm.Record
	for i, r := range records {
		if r.Unreadable() == nil && (b.Holds.Due == nil || b.Holds.Due(r)) {
			due = append(due, &records[i])
		}
	}
	for _, look := range []func(context.Context, []*crm.Record) error{b.activities, b.meetings, b.absences} {
		if err := look(ctx, due); err != nil {
			return err
		}
	}
	b.lowScores(due)
	return nil
}

// activities finds what is planned, and to-dos of ours about low scores. It reads the
// activities of opportunities of which the first one is overdue and not the only one,
// and of those whose client answered a questionnaire, or whose first activity has no
// date.
func (b *Base) activities(ctx context.Context, due []*crm.Record) error {
	today := calendar.Of(b.Now, b.Holds.Zone).String()
	var open []crm.OpportunityID
	for _, r := range due {
		o := r.Opportunity
		_, err := calendar.Parse(o.NextActivity)
		answered := slices.ContainsFunc(r.Entries, func(e crm.Entry) bool { return e.Key.Kind == crm.Answer })
		switch {
		case o.OpenActivities == 0:
		case answered, b.Holds.Ahead > 0 && (err != nil || o.OpenActivities > 1 && o.NextActivity < today):
			open = append(open, o.ID)
		default:
			r.Holds.Appointments = append(r.Holds.Appointments, crm.Appointment{Date: o.NextActivity})
		}
	}
	if len(open) == 0 {
		return nil
	}
	planned, err := b.Odoo.Activities(ctx, open)
	if err != nil {
		return fmt.Errorf("read activities: %w", err)
	}
	for _, r := range due {
		if slices.Contains(open, r.Opportunity.ID) {
			takeActivities(r, planned[r.Opportunity.ID])
		}
	}
	return nil
}

func takeActivities(r *crm.Record, list []crm.Activity) {
	for _, a := range list {
		switch {
		case a.Unreadable != nil:
			r.Opportunity.Unreadable = a.Unreadable
		case a.FollowUp:
			r.Holds.FollowUp = true
		default:
			r.Holds.Appointments = append(r.Holds.Appointments, crm.Appointment{Date: a.Deadline})
		}
	}
}

// meetings finds meetings. It reads those of opportunities whose next one begins so
// near to an end of the days that matter that its date in another time zone decides. Of
// one that cannot be read, the date counts that Odoo shows.
func (b *Base) meetings(ctx context.Context, due []*crm.Record) error {
	h, today := b.Holds, calendar.Of(b.Now, b.Holds.Zone)
	if h.Ahead == 0 {
		return nil
	}
	var open []crm.OpportunityID
	for _, r := range due {
		next, err := calendar.Parse(r.Opportunity.Meeting)
		if err != nil {
			continue // There is none.
		}
		switch days := next.DaysSince(today); {
		case days > 0 && days < h.Ahead:
			r.Holds.Appointments = append(r.Holds.Appointments, crm.Appointment{Date: next.String(), Meeting: true})
		case days >= -1 && days <= h.Ahead+1:
			open = append(open, r.Opportunity.ID)
		}
	}
	if len(open) == 0 {
		return nil
	}
	begin, err := b.Odoo.Meetings(ctx, open, today.AddDays(-anyZone).Start(h.Zone).UTC(), today.AddDays(h.Ahead+1+anyZone).Start(h.Zone).UTC())
	if err != nil {
		return fmt.Errorf("read meetings: %w", err)
	}
	for _, r := range due {
		id := r.Opportunity.ID
		if len(begin[id]) == 0 && slices.Contains(open, id) { // A private one, which Odoo shows to nobody else.
			r.Holds.Appointments = append(r.Holds.Appointments, crm.Appointment{Date: r.Opportunity.Meeting, Meeting: true})
		}
		for _, at := range begin[id] {
			r.Holds.Appointments = append(r.Holds.Appointments, crm.Appointment{Date: calendar.Of(at, h.Zone).String(), Meeting: true})
		}
	}
	return nil
}

// absences finds the day of return that the newest automatic answer of a client
// names. Who has written themselves since is back.
func (b *Base) absences(ctx context.Context, due []*crm.Record) error {
	notices := map[crm.OpportunityID][]crm.Message{}
	var ids []crm.EntryID
	for _, r := range due {
		list := b.notices(*r)
		notices[r.Opportunity.ID] = list
		for _, m := range list {
			ids = append(ids, m.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	bodies, err := b.Odoo.Bodies(ctx, ids)
	if err != nil {
		return fmt.Errorf("read automatic answers: %w", err)
	}
	for _, r := range due {
		for _, m := range notices[r.Opportunity.ID] {
			if back, named := answer.Return(m.Subject, bodies[m.ID], m.At, b.Holds.Zone); named {
				r.Holds.Away = back.String()
				break
			}
		}
	}
	return nil
}

// notices returns the automatic answers since the client last wrote themselves, the
// newest first.
func (b *Base) notices(r crm.Record) []crm.Message {
	var list []crm.Message
	var wrote time.Time
	for _, m := range r.Messages {
		switch {
		case !m.Incoming:
		case !m.Automatic(r.Entries):
			wrote = latest(wrote, m.At)
		case m.At.After(b.Now.Add(-awaySpan)):
			list = append(list, m)
		}
	}
	list = slices.DeleteFunc(list, func(m crm.Message) bool { return m.At.Before(wrote) })
	slices.SortFunc(list, func(a, b crm.Message) int { return b.At.Compare(a.At) })
	return list
}

// lowScores finds low scores of answers that came in lately.
func (b *Base) lowScores(due []*crm.Record) {
	for _, r := range due {
		for _, e := range r.Entries {
			if score, known := e.Score(); known && score < b.Holds.LowScore && e.At.After(b.Now.Add(-scoreSpan)) {
				r.Holds.LowScore = latest(r.Holds.LowScore, e.At)
			}
		}
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

package feedback

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/mailing"
)

// lastMail is for how long after its planning a mail may still be begun.
const lastMail = time.Minute

// dueBefore is the instant before which a questionnaire was mailed that a
// reminder is due for now: days count as on a calendar.
func (a *Send) dueBefore() time.Time {
	return calendar.Of(a.Now, a.Composer.Zone).AddDays(1 - a.RemindAfterDays).Start(a.Composer.Zone).UTC()
}

// pending returns the unanswered questionnaires that nobody was reminded of.
func (a *Send) pending(ctx context.Context, recovery mailing.Recovery) ([]crm.Participation, error) {
	if a.RemindAfterDays == 0 {
		return nil, nil
	}
	var open []crm.Participation
	var reminded map[crm.EntryID]bool
	for after := int64(0); ; {
		page, last, err := a.Participations.Pending(ctx, a.dueBefore(), a.Now, after, atOnce)
		if err != nil {
			return nil, fmt.Errorf("look for unanswered questionnaires: %w", err)
		}
		page = slices.DeleteFunc(page, func(p crm.Participation) bool { return p.Again || !a.Select.Has(p.Opportunity, p.Email) })
		if len(page) > 0 && reminded == nil {
			if reminded, err = a.reminded(ctx, page[0].Created, recovery); err != nil {
				return nil, err
			}
		}
		for _, p := range page {
			if !reminded[p.Activity] {
				open = append(open, p)
			}
		}
		if after = last; after == 0 {
			return open, nil
		}
	}
}

// reminded returns the activities of whose questionnaires clients were reminded since.
func (a *Send) reminded(ctx context.Context, since time.Time, recovery mailing.Recovery) (map[crm.EntryID]bool, error) {
	reminded, err := a.Activities.Mailed(ctx, crm.FeedbackReminder, since)
	if err != nil {
		return nil, fmt.Errorf("look for reminders that were sent: %w", err)
	}
	for _, e := range recovery.GivenBack() {
		delete(reminded, e.Key.Activity)
	}
	if len(a.Select.Only) > 0 {
		clear(reminded) // Each is to be shown with its reason.
	}
	return reminded, nil
}

// planReminders decides about a page of unanswered questionnaires, on what Odoo
// says of them now. One whose mail is not known to have left for long enough
// waits: it is left out.
func (a *Send) planReminders(ctx context.Context, page []*question, recovery mailing.Recovery) ([]outgoing, error) {
	due, pending, err := a.unanswered(ctx, page, recovery)
	if err != nil {
		return nil, err
	}
	now := a.Now
	if !a.DryRun {
		now = a.Courier.Entries.Now().Add(lastMail)
	}
	planned := make([]outgoing, len(due))
	for i, d := range plan.DecideReminders(pending, a.Policy, a.recent(), now) {
		due[i].decision = d
		planned[i] = due[i].outgoing()
	}
	return planned, nil
}

// unanswered returns those of a page whose mails have left before reminders of
// them are due, with all that is known of them.
func (a *Send) unanswered(ctx context.Context, page []*question, recovery mailing.Recovery) (due []*question, pending []plan.Pending, err error) {
	sent := make([]crm.Participation, len(page))
	surveys := make([]int64, len(page))
	for i, q := range page {
		sent[i], surveys[i] = q.sent, q.sent.Survey
	}
	open, err := a.Surveys.OpenSurveys(ctx, crm.Distinct(surveys))
	if err != nil {
		return nil, nil, fmt.Errorf("read surveys: %w", err)
	}
	finished, err := a.Activities.DoneActivities(ctx, activitiesOf(sent))
	if err != nil {
		return nil, nil, fmt.Errorf("read finished activities: %w", err)
	}
	about := activities(page)
	for i, d := range about {
		// Odoo moves the activity when it merges opportunities.
		if done, exists := finished[d.Message]; exists {
			about[i] = done
		}
	}
	records, err := a.records(ctx, about, recovery)
	if err != nil {
		return nil, nil, err
	}
	begun, err := a.begun(ctx, sent)
	if err != nil {
		return nil, nil, err
	}
	for i, q := range page {
		survey, isOpen := open[q.sent.Survey]
		unreadable := cmp.Or(q.sent.Err, survey.Unreadable)
		left, ok := mailedAt(records[i])
		if cmp.Or(unreadable, records[i].Unreadable()) == nil && (!ok || !left.Before(a.dueBefore())) {
			continue
		}
		q.record, q.survey = records[i], survey
		due = append(due, q)
		pending = append(pending, plan.Pending{
			Record: q.record, Email: q.sent.Email, Asked: left, Deadline: q.sent.Deadline, Begun: begun[q.sent.Invite], Closed: !isOpen,
			Err: unreadable,
		})
	}
	return due, pending, nil
}

// begun tells at which questionnaires an answer was begun, at whatever attempt. One
// that cannot be read may have been.
func (a *Send) begun(ctx context.Context, list []crm.Participation) (map[crm.AccessToken]bool, error) {
	attempts, err := a.Participations.Attempts(ctx, list)
	if err != nil {
		return nil, fmt.Errorf("look for answers that were begun: %w", err)
	}
	begun := map[crm.AccessToken]bool{}
	for _, p := range attempts {
		begun[p.Invite] = begun[p.Invite] || p.Begun || p.Err != nil
	}
	return begun, nil
}

// mailedAt is when the questionnaire about a record's activity was mailed; false
// when it is not known to have left.
func mailedAt(r plan.Record) (time.Time, bool) {
	i := slices.IndexFunc(r.Entries, func(e crm.Entry) bool {
		return e.Key.Kind == crm.Feedback && e.Key.Activity == r.Activity.Message && e.Confirmed
	})
	if i < 0 {
		return time.Time{}, false
	}
	return r.Entries[i].At, true
}

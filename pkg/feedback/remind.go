package feedback

import (
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
func (a *Send) pending(ctx context.Context, recovery mailing.Recovery) ([]candidate, error) {
	if a.RemindAfterDays == 0 {
		return nil, nil
	}
	list, err := a.Surveys.Pending(ctx, a.dueBefore(), a.Now)
	if err != nil {
		return nil, fmt.Errorf("look for unanswered questionnaires: %w", err)
	}
	list = slices.DeleteFunc(list, func(p crm.Participation) bool { return p.Again || !a.Select.Has(p.Opportunity) })
	if len(list) == 0 {
		return nil, nil
	}
	reminded, err := a.Activities.Mailed(ctx, crm.FeedbackReminder, list[0].Created)
	if err != nil {
		return nil, fmt.Errorf("look for reminders that were sent: %w", err)
	}
	for _, e := range recovery.GivenBack() {
		delete(reminded, crm.EntryID(e.Key.Step))
	}
	if len(a.Select.Only) > 0 {
		clear(reminded) // Each is to be shown with its reason.
	}
	var open []candidate
	for _, p := range list {
		if !reminded[p.Activity] {
			open = append(open, candidate{activity: crm.DoneActivity{Message: p.Activity, Opportunity: p.Opportunity}, sent: p})
		}
	}
	return open, nil
}

// planReminders decides about a page of unanswered questionnaires, on what Odoo
// says of them now, and reports those that nobody is reminded of. One whose mail
// is not known to have left for long enough waits.
func (a *Send) planReminders(ctx context.Context, page []candidate, asked plan.Recent, recovery mailing.Recovery) ([]question, error) {
	list, surveys, err := a.unanswered(ctx, page, recovery)
	if err != nil {
		return nil, err
	}
	now := a.Now
	if !a.DryRun {
		now = a.Courier.Book.Now().Add(lastMail)
	}
	var questions []question
	for i, d := range plan.DecideReminders(pendings(list), a.Policy, asked, now) {
		q := question{kind: crm.FeedbackReminder, record: list[i].Record, decision: d, survey: surveys[list[i].sent.Survey], sent: list[i].sent}
		q.item = newItem(q.record, d)
		q.item.Reminder = true
		if a.admits(q) {
			questions = append(questions, q)
		}
	}
	return questions, nil
}

// unansweredQuestion is a questionnaire that was mailed, with its participation.
type unansweredQuestion struct {
	plan.Pending

	sent crm.Participation
}

func pendings(list []unansweredQuestion) []plan.Pending {
	all := make([]plan.Pending, len(list))
	for i, u := range list {
		all[i] = u.Pending
	}
	return all
}

// unanswered completes a page of questionnaires whose mails have left before
// reminders of them are due, and returns their surveys.
func (a *Send) unanswered(ctx context.Context, page []candidate, recovery mailing.Recovery) ([]unansweredQuestion, map[int64]crm.Survey, error) {
	sent := make([]crm.Participation, len(page))
	var surveys []int64
	for i, c := range page {
		sent[i] = c.sent
		surveys = append(surveys, c.sent.Survey)
	}
	slices.Sort(surveys)
	open, err := a.Surveys.OpenSurveys(ctx, slices.Compact(surveys))
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
	var list []unansweredQuestion
	for i, p := range sent {
		left, ok := mailedAt(records[i])
		if !ok || !left.Before(a.dueBefore()) {
			continue
		}
		_, isOpen := open[p.Survey]
		list = append(list, unansweredQuestion{plan.Pending{
			Record: records[i], Email: p.Email, Asked: left, Deadline: p.Deadline, Begun: begun[p.Invite], Closed: !isOpen,
		}, p})
	}
	return list, open, nil
}

// begun tells at which questionnaires an answer was begun, at whatever attempt.
func (a *Send) begun(ctx context.Context, list []crm.Participation) (map[crm.AccessToken]bool, error) {
	attempts, err := a.Surveys.Attempts(ctx, list)
	if err != nil {
		return nil, fmt.Errorf("look for answers that were begun: %w", err)
	}
	begun := map[crm.AccessToken]bool{}
	for _, p := range attempts {
		begun[p.Invite] = begun[p.Invite] || p.Begun
	}
	return begun, nil
}

// mailedAt is when the questionnaire about a record's activity was mailed; false
// when it is not known to have left.
func mailedAt(r plan.Record) (time.Time, bool) {
	i := slices.IndexFunc(r.Entries, func(e crm.Entry) bool {
		return e.Key.Kind == crm.Feedback && e.Key.Step == int(r.Activity.Message) && e.Confirmed
	})
	if i < 0 {
		return time.Time{}, false
	}
	return r.Entries[i].At, true
}

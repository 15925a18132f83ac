package explanation

import (
	"context"
	"fmt"
	"slices"

	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/crm"
	feedbackplan "github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// Source is what an explanation reads from Odoo beyond what the runs read.
type Source interface {
	// Activities returns the open activities of opportunities.
	Activities(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Activity, error)
	// FinishedOn returns the newest activities that were finished on an
	// opportunity, at most limit, oldest first.
	FinishedOn(ctx context.Context, id crm.OpportunityID, limit int) ([]crm.DoneActivity, error)
	// Ours returns which of the activities crm-tool had planned.
	Ours(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]bool, error)
	// InvitedAbout returns the participations about activities, and all those
	// of an address. Without the Survey app there are none.
	InvitedAbout(ctx context.Context, activities []crm.EntryID, email string) ([]crm.Participation, error)
	// Colleagues returns what keeps opportunities after their warnings.
	Colleagues(ctx context.Context, warnings []crm.Entry) ([]crm.Colleague, error)
	// Bodies returns the HTML of entries.
	Bodies(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]string, error)
}

// explainedMost is how many finished activities are explained.
const explainedMost = 50

// Loader explains an opportunity. It writes nothing.
type Loader struct {
	run.Base

	Source Source
	Rules  Rules
}

// Explain reads all that is known of the opportunity, and explains it.
func (x *Loader) Explain(ctx context.Context, o crm.Opportunity) (Explanation, error) {
	c := Case{Record: archiveplan.Record{Record: crm.Record{Opportunity: o}}}
	if !o.Lead {
		var err error
		if c, err = x.load(ctx, o); err != nil {
			return Explanation{}, err
		}
	}
	return Explain(c, x.Rules, x.Now), nil
}

// load reads the case of an opportunity.
func (x *Loader) load(ctx context.Context, o crm.Opportunity) (Case, error) {
	records, err := x.Complete(ctx, []crm.Opportunity{o})
	if err != nil {
		return Case{}, err
	}
	if x.Rules.Reminders.DaysBetween > 0 {
		if err := x.AddTurns(ctx, records, x.Rules.Reminders.Since(x.Now)); err != nil {
			return Case{}, err
		}
	}
	open, err := x.Source.Activities(ctx, []crm.OpportunityID{o.ID})
	if err != nil {
		return Case{}, fmt.Errorf("read activities: %w", err)
	}
	records[0].Holds.Appointments = appointments(records[0].Holds.Appointments, open[o.ID])
	c := Case{Record: archiveplan.Record{Record: records[0], Activities: open[o.ID]}}
	if x.Rules.Archive.WarnDays > 0 {
		if c.Colleagues, err = x.Source.Colleagues(ctx, archiveplan.Warnings([]archiveplan.Record{c.Record})); err != nil {
			return Case{}, fmt.Errorf("read what was written since a warning: %w", err)
		}
	}
	if err := c.Unreadable(); err != nil {
		return c, err
	}
	if c.Recipients, err = x.recipients(ctx, c.Entries); err != nil {
		return c, err
	}
	if c.Finished, err = x.finished(ctx, o.ID); err != nil {
		return c, err
	}
	return c, x.questionnaires(ctx, &c)
}

// appointments returns the meetings, and all activities: a run knows the first one alone.
func appointments(known []crm.Appointment, open []crm.Activity) []crm.Appointment {
	list := slices.DeleteFunc(slices.Clone(known), func(a crm.Appointment) bool { return !a.Meeting })
	for _, a := range open {
		if !a.FollowUp {
			list = append(list, crm.Appointment{Date: a.Deadline})
		}
	}
	return list
}

// recipients reads to whom mails went from their copies in the chatter.
func (x *Loader) recipients(ctx context.Context, entries []crm.Entry) (map[crm.EntryID]Recipients, error) {
	var mails []crm.EntryID
	for _, e := range entries {
		if e.Key.Kind == crm.Reminder || e.Key.Kind == crm.Feedback {
			mails = append(mails, e.ID)
		}
	}
	list := map[crm.EntryID]Recipients{}
	if len(mails) == 0 {
		return list, nil
	}
	bodies, err := x.Source.Bodies(ctx, mails)
	if err != nil {
		return nil, fmt.Errorf("read mails: %w", err)
	}
	for id, body := range bodies {
		to, cc := mailing.RecipientsIn(body)
		list[id] = Recipients{To: to, CC: cc}
	}
	return list, nil
}

func (x *Loader) finished(ctx context.Context, id crm.OpportunityID) ([]crm.DoneActivity, error) {
	list, err := x.Source.FinishedOn(ctx, id, explainedMost)
	if err != nil {
		return nil, fmt.Errorf("read finished activities: %w", err)
	}
	if len(list) == 0 {
		return nil, nil
	}
	ours, err := x.Source.Ours(ctx, messages(list))
	if err != nil {
		return nil, fmt.Errorf("look for activities of our own: %w", err)
	}
	for i := range list {
		if list[i].Unreadable != nil {
			return nil, list[i].Unreadable
		}
		list[i].Ours = ours[list[i].Message]
	}
	return list, nil
}

// questionnaires adds what became of the questionnaires, and when the client
// was asked. One that was made ready and never mailed does not count.
func (x *Loader) questionnaires(ctx context.Context, c *Case) error {
	c.Questionnaires, c.Asked = map[crm.EntryID]Questionnaire{}, feedbackplan.Recent{}
	if len(c.Finished) == 0 {
		return nil
	}
	here := map[crm.EntryID]bool{}
	for _, d := range c.Finished {
		here[d.Message] = true
	}
	client, _ := c.Client()
	invited, err := x.Source.InvitedAbout(ctx, messages(c.Finished), client.Mailbox)
	if err != nil {
		return fmt.Errorf("look for questionnaires: %w", err)
	}
	mailed, noted := map[crm.EntryID]bool{}, map[int64]bool{}
	for _, e := range c.Entries {
		switch e.Key.Kind { //nolint:exhaustive // The others are not about questionnaires.
		case crm.Feedback:
			mailed[e.Key.Activity] = true
		case crm.Answer:
			noted[e.Key.Participation] = true
		}
	}
	for _, p := range invited {
		if p.Err != nil {
			return p.Err
		}
		if here[p.Activity] {
			q := c.Questionnaires[p.Activity]
			if !p.Again {
				q.Email, q.Deadline = p.Email, p.Deadline
			}
			q.Begun = q.Begun || p.Begun
			if q.Answered.IsZero() {
				q.Answered = p.Answered
			}
			q.Noted = q.Noted || noted[p.ID]
			c.Questionnaires[p.Activity] = q
		}
		if !here[p.Activity] || mailed[p.Activity] {
			c.Asked.Add(p.Email, p.Created)
		}
	}
	return nil
}

// messages returns the messages that stand for activities.
func messages(list []crm.DoneActivity) []crm.EntryID {
	return crm.IDs(list, func(d crm.DoneActivity) crm.EntryID { return d.Message })
}

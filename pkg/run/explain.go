package run

import (
	"context"
	"fmt"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/archive"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/explanation"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/remind"
)

// Witness is what an explanation asks of Odoo beyond what the runs read.
type Witness interface {
	// Activities returns the open ones of opportunities.
	Activities(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Activity, error)
	// FinishedOn returns the newest activities that were finished on an
	// opportunity, at most limit, oldest first.
	FinishedOn(ctx context.Context, id crm.OpportunityID, limit int) ([]crm.DoneActivity, error)
	// Ours returns those of the activities that crm-tool had planned.
	Ours(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]bool, error)
	// InvitedAbout returns the participations about activities, and all of
	// the client with an address. Without the Survey app there are none.
	InvitedAbout(ctx context.Context, activities []crm.EntryID, email string) ([]Participation, error)
	// Bodies returns the HTML of entries.
	Bodies(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]string, error)
}

// explainedMost is how many finished activities an explanation tells of.
const explainedMost = 50

// Explain explains an opportunity. It writes nothing.
type Explain struct {
	Base

	Witness Witness
	Rules   explanation.Rules
}

// Of reads all that is known of the opportunity, and explains it.
func (x *Explain) Of(ctx context.Context, o crm.Opportunity) (explanation.Explanation, error) {
	rules := x.Rules
	rules.ClaimLife, rules.RunOf = ledger.Life, NameOf
	if o.Lead {
		return explanation.Of(explanation.Case{Record: archive.Record{Record: remind.Record{Opportunity: o}}}, rules, x.Now), nil
	}
	c, err := x.open(ctx, o)
	if err != nil {
		return explanation.Explanation{}, err
	}
	return explanation.Of(c, rules, x.Now), nil
}

// open reads the case of an opportunity.
func (x *Explain) open(ctx context.Context, o crm.Opportunity) (explanation.Case, error) {
	records, err := x.complete(ctx, []crm.Opportunity{o})
	if err != nil {
		return explanation.Case{}, err
	}
	open, err := x.Witness.Activities(ctx, []crm.OpportunityID{o.ID})
	if err != nil {
		return explanation.Case{}, fmt.Errorf("read activities: %w", err)
	}
	c := explanation.Case{Record: archive.Record{Record: records[0], Activities: open[o.ID]}}
	if c.Recipients, err = x.recipients(ctx, c.Entries); err != nil {
		return c, err
	}
	if c.Finished, err = x.finished(ctx, o.ID); err != nil {
		return c, err
	}
	return c, x.questionnaires(ctx, &c)
}

// recipients reads to whom mails went from their copies in the chatter.
func (x *Explain) recipients(ctx context.Context, entries []crm.Entry) (map[crm.EntryID]explanation.Recipients, error) {
	var mails []crm.EntryID
	for _, e := range entries {
		if e.Key.Kind == crm.Reminder || e.Key.Kind == crm.Feedback {
			mails = append(mails, e.ID)
		}
	}
	list := map[crm.EntryID]explanation.Recipients{}
	if len(mails) == 0 {
		return list, nil
	}
	bodies, err := x.Witness.Bodies(ctx, mails)
	if err != nil {
		return nil, fmt.Errorf("read mails: %w", err)
	}
	for id, body := range bodies {
		to, cc := recipientsIn(body)
		list[id] = explanation.Recipients{To: to, CC: cc}
	}
	return list, nil
}

func (x *Explain) finished(ctx context.Context, id crm.OpportunityID) ([]crm.DoneActivity, error) {
	list, err := x.Witness.FinishedOn(ctx, id, explainedMost)
	if err != nil {
		return nil, fmt.Errorf("read finished activities: %w", err)
	}
	if len(list) == 0 {
		return nil, nil
	}
	ids := make([]crm.EntryID, len(list))
	for i, d := range list {
		ids[i] = d.Message
	}
	ours, err := x.Witness.Ours(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("look for activities of our own: %w", err)
	}
	for i := range list {
		list[i].Ours = ours[list[i].Message]
	}
	return list, nil
}

// questionnaires adds what became of the questionnaires, and when the client
// was asked. One that was made ready and never mailed does not count.
func (x *Explain) questionnaires(ctx context.Context, c *explanation.Case) error {
	c.Questionnaires, c.Asked = map[crm.EntryID]explanation.Questionnaire{}, feedback.Recent{}
	if len(c.Finished) == 0 {
		return nil
	}
	here := map[crm.EntryID]bool{}
	activities := make([]crm.EntryID, len(c.Finished))
	for i, d := range c.Finished {
		activities[i], here[d.Message] = d.Message, true
	}
	client, _ := c.Client()
	invited, err := x.Witness.InvitedAbout(ctx, activities, client.Mailbox)
	if err != nil {
		return fmt.Errorf("look for questionnaires: %w", err)
	}
	mailed, noted := map[crm.EntryID]bool{}, map[crm.OpportunityID]bool{}
	for _, e := range c.Entries {
		mailed[crm.EntryID(e.Key.Step)] = mailed[crm.EntryID(e.Key.Step)] || e.Key.Kind == crm.Feedback
		noted[e.Key.Opportunity] = noted[e.Key.Opportunity] || e.Key.Kind == crm.Answer
	}
	for _, p := range invited {
		if here[p.Activity] {
			q := c.Questionnaires[p.Activity]
			if !p.Again {
				q.Email, q.Deadline = p.Email, p.Deadline
			}
			q.Begun = q.Begun || p.Begun
			if q.Answered.IsZero() {
				q.Answered = p.Answered
			}
			q.Noted = q.Noted || noted[crm.OpportunityID(p.ID)] // See crm.ParseMessageID.
			c.Questionnaires[p.Activity] = q
		}
		if !here[p.Activity] || mailed[p.Activity] {
			mailbox := strings.ToLower(p.Email)
			c.Asked[mailbox] = append(c.Asked[mailbox], p.Created)
		}
	}
	return nil
}

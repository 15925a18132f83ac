package feedback

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// composeAll invites the clients, and makes their mails with the links.
func (a *Send) composeAll(ctx context.Context, list []outgoing) error {
	var open []*outgoing
	for i := range list {
		o := &list[i]
		if o.About.sent.ID == 0 {
			var err error
			if o.About.survey, err = a.survey(ctx, o.About); err != nil {
				return err
			}
		}
		if why := o.About.survey.Unreadable; why != nil {
			o.Fail(why)
			continue
		}
		open = append(open, o)
	}
	if len(open) == 0 {
		return nil
	}
	invited, err := a.invite(ctx, open)
	if err != nil {
		return err
	}
	for i, o := range open {
		if err := a.composeOne(ctx, o, invited[i]); err != nil {
			return err
		}
	}
	return nil
}

// composeOne makes the mail with the link to a participation, or says in its
// item why there is none to send.
func (a *Send) composeOne(ctx context.Context, o *outgoing, p crm.Participation) error {
	q := o.About
	switch {
	case p.Err != nil:
		o.Fail(fmt.Errorf("make the participation: %w", p.Err))
		return nil
	case !p.Deadline.After(a.Now) || !p.Answered.IsZero():
		// An earlier run made it and never got to mailing it.
		o.Item.Outcome, o.Item.Reason = report.Skipped, crm.Expired
		return nil
	}
	if err := a.look(ctx, q.survey, a.link(q.survey, p.Token)); err != nil {
		return err
	}
	var err error
	if o.Mail, err = a.compose(ctx, a.Composer, q, p, a.messageID(q)); err != nil {
		o.Fail(err)
	}
	return nil
}

// invite makes a participation for each question that has none; a dry run only
// draws one up.
func (a *Send) invite(ctx context.Context, list []*outgoing) ([]crm.Participation, error) {
	wanted := make([]crm.Participation, len(list))
	for i, o := range list {
		wanted[i] = o.About.sent
	}
	if wanted[0].ID != 0 {
		return wanted, nil
	}
	for i, o := range list {
		d := o.About.decision
		wanted[i] = crm.Participation{
			Activity: d.Activity, Opportunity: d.Opportunity, Email: d.To.Mailbox, Contact: o.About.record.Opportunity.Contact,
			Survey: o.About.survey.ID, Token: newSecret(), Deadline: a.Now.AddDate(0, 0, a.DeadlineDays),
		}
	}
	if a.DryRun {
		return wanted, nil
	}
	invited, err := a.Participations.Invite(ctx, wanted)
	if err != nil {
		return nil, fmt.Errorf("make participations: %w", err)
	}
	return invited, nil
}

// compose makes the mail about a question under a Message-ID; that of a dry run
// leads nowhere.
func (a *Send) compose(ctx context.Context, letters *mailing.Composer, q *question, p crm.Participation, messageID string) (ledger.Mail, error) {
	typeName, err := a.typeName(ctx, q.record)
	if err != nil {
		return ledger.Mail{}, err
	}
	token := p.Token
	if a.DryRun {
		token = "PREVIEW"
	}
	return Compose(letters, q.record, q.decision.To, q.key(), messageID, render.Feedback{
		Type: typeName, Link: a.link(q.survey, token), Deadline: p.Deadline, Questions: q.survey.Questions,
	}, a.Now)
}

// typeName returns the name of an activity's type in the language of its mail, as far
// as Odoo has it.
func (a *Send) typeName(ctx context.Context, r plan.Record) (string, error) {
	names, err := a.Activities.ActivityTypeNames(ctx, a.Composer.FeedbackLanguage(r.Record))
	if err != nil {
		return "", fmt.Errorf("read types of activities: %w", err)
	}
	return cmp.Or(names[r.Activity.Type], r.Activity.TypeName), nil
}

// messageID is this run's for the mail about a question.
func (a *Send) messageID(q *question) string {
	return q.key().MessageID(a.Courier.Token, a.Composer.From.Domain())
}

// link is where a client answers.
func (a *Send) link(s crm.Survey, t crm.AccessToken) string {
	base := cmp.Or(a.PublicURL, s.Base, a.OdooURL)
	return strings.TrimRight(base, "/") + "/survey/start/" + s.Token + "?answer_token=" + string(t)
}

// look opens each survey's page once, as a client without an account would,
// before anybody is mailed about it, unless there is no way to. Looking at a page records nothing.
func (a *Send) look(ctx context.Context, s crm.Survey, link string) error {
	if a.DryRun || a.Pages == nil || a.looked[s.ID] {
		return nil
	}
	if err := a.Pages.Look(ctx, link); err != nil {
		return fmt.Errorf("open the page of the survey “%s” as a client would: %w", s.Title, err)
	}
	a.looked[s.ID] = true
	return nil
}

// newSecret makes a token that nobody can guess.
func newSecret() crm.AccessToken {
	var b [20]byte
	_, _ = rand.Read(b[:]) // Never fails; see crypto/rand.
	return crm.AccessToken(hex.EncodeToString(b[:]))
}

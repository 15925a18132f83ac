package feedback

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// mail invites the clients, and delivers their mails. It returns those whose
// turn did not come in time.
func (a *Send) mail(ctx context.Context, questions []question, freshUntil time.Time) (late []question, err error) {
	if len(questions) == 0 {
		return nil, nil
	}
	invited, err := a.invite(ctx, questions)
	if err != nil {
		return nil, err
	}
	var mails []ledger.Mail
	var asked []question
	for i, q := range questions {
		letter, ok, err := a.letter(ctx, &q, invited[i])
		if err != nil {
			return nil, err
		}
		if !ok {
			a.Report(q.item)
			continue
		}
		mails, asked = append(mails, letter), append(asked, q)
	}
	results, err := a.Courier.Deliver(ctx, mails, freshUntil)
	for i, result := range results {
		if err == nil && result.Outcome == ledger.NotBegun && (errors.Is(result.Err, ledger.ErrStale) || errors.Is(result.Err, ledger.ErrClaimOld)) {
			late = append(late, asked[i])
			a.Taken--
			continue
		}
		a.Report(mailing.WithResult(&a.Base, asked[i].item, result))
	}
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return late, err
}

// invite makes a participation for each question that has none; a dry run only
// draws one up.
func (a *Send) invite(ctx context.Context, questions []question) ([]crm.Participation, error) {
	wanted := make([]crm.Participation, len(questions))
	for i, q := range questions {
		wanted[i] = q.sent
	}
	if questions[0].sent.ID != 0 {
		return wanted, nil
	}
	for i, q := range questions {
		wanted[i] = crm.Participation{
			Activity: q.decision.Activity, Opportunity: q.decision.Opportunity, Email: q.decision.To.Mailbox,
			Contact: q.record.Opportunity.Contact,
			Survey:  q.survey.ID, Token: newSecret(), Deadline: a.Now.AddDate(0, 0, a.DeadlineDays),
		}
	}
	if a.DryRun {
		return wanted, nil
	}
	invited, err := a.Surveys.Invite(ctx, wanted)
	if err != nil {
		return nil, fmt.Errorf("make participations: %w", err)
	}
	return invited, nil
}

// letter makes the mail with the link to a participation. It is false, with
// the question's item telling why, when there is none to send.
func (a *Send) letter(ctx context.Context, q *question, p crm.Participation) (ledger.Mail, bool, error) {
	switch {
	case p.Err != nil:
		q.item.Outcome, q.item.Error = report.Failed, "make the participation: "+p.Err.Error()
		return ledger.Mail{}, false, nil
	case !p.Deadline.After(a.Now) || !p.Answered.IsZero():
		// An earlier run made it and never got to mailing it.
		q.item.Outcome, q.item.Reason = report.Skipped, crm.Expired
		return ledger.Mail{}, false, nil
	}
	link := a.link(q.survey, p.Token)
	if err := a.look(ctx, q.survey, link); err != nil {
		return ledger.Mail{}, false, err
	}
	letter, err := a.compose(a.Composer, *q, p, a.messageID(*q))
	if err != nil {
		q.item.Outcome, q.item.Error = report.Failed, err.Error()
		return ledger.Mail{}, false, nil //nolint:nilerr // The item carries it; the others go on.
	}
	return letter, true, nil
}

// compose makes the mail about a question under a Message-ID; that of a dry run
// leads nowhere.
func (a *Send) compose(letters *mailing.Composer, q question, p crm.Participation, messageID string) (ledger.Mail, error) {
	token := p.Token
	if a.DryRun {
		token = "PREVIEW"
	}
	return Compose(letters, q.record, q.decision.To, q.key(), messageID, render.Feedback{
		Link: a.link(q.survey, token), Deadline: p.Deadline, Questions: q.survey.Questions,
	}, a.Now)
}

// messageID is this run's for the mail about a question.
func (a *Send) messageID(q question) string {
	return crm.FormatMessageID(q.key(), a.Courier.Token, a.Composer.From.Domain())
}

// link is where a client answers.
func (a *Send) link(s crm.Survey, t crm.AccessToken) string {
	base := cmp.Or(a.PublicURL, s.Base, a.OdooURL)
	return strings.TrimRight(base, "/") + "/survey/start/" + s.Token + "?answer_token=" + string(t)
}

// look opens each survey's page once, as a client without an account would,
// before anybody is mailed about it. Looking at a page records nothing.
func (a *Send) look(ctx context.Context, s crm.Survey, link string) error {
	if a.DryRun || a.looked[s.ID] {
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

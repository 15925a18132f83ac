package feedback

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/run"
	"github.com/crm-tool/crm-tool/pkg/scorecard"
)

// SurveyHistory is where all questionnaires that were ever sent are looked up.
type SurveyHistory interface {
	// Participations returns ours with an id above after, by ascending id,
	// after having looked at limit of them at most; last is the highest id that
	// it looked at, and 0 when there are no more.
	Participations(ctx context.Context, after int64, limit int) (list []crm.Participation, last int64, err error)
	// Attempts returns all attempts at the questionnaires of participations.
	Attempts(ctx context.Context, list []crm.Participation) ([]crm.Participation, error)
	// AnswerLines returns the answers of participations.
	AnswerLines(ctx context.Context, ids []int64) ([]crm.AnswerLine, error)
	// Asked returns the activities of opportunities whose questionnaire is
	// known to have left.
	Asked(ctx context.Context, ids []crm.OpportunityID) (map[crm.EntryID]bool, error)
	// Surveys returns the questionnaires that have a survey, by the survey's
	// id.
	Surveys(ctx context.Context, forms []questionnaire.Questionnaire) (map[int64]questionnaire.Questionnaire, error)
}

// Report sums up all questionnaires that were sent.
//
// A questionnaire counts as sent if the entry about its mail says so, or if it was
// answered, which takes the mail. One that was prepared and never mailed, or whose
// mail is uncertain, does not count. Entries are deleted with their opportunity, so
// only answered questionnaires of a deleted opportunity count. The Net Promoter
// Score covers the questionnaires of today's files: what older surveys asked is not
// known any more.
type Report struct {
	Odoo interface {
		run.Pipeline
		run.Directory
	}
	History  SurveyHistory
	Finished interface {
		// DoneActivities returns finished activities; one whose message was
		// deleted is missing.
		DoneActivities(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]crm.DoneActivity, error)
	}
	// Forms are the questionnaires of today.
	Forms []questionnaire.Questionnaire
	// Zone is where months begin.
	Zone *time.Location
	// Log gets a warning for each questionnaire that is left out, as it cannot be read.
	Log *slog.Logger

	surveys map[int64]questionnaire.Questionnaire
}

// Summary reads everything, in pages, and sums it up.
func (r *Report) Summary(ctx context.Context) (scorecard.Feedback, error) {
	var err error
	if r.surveys, err = r.History.Surveys(ctx, r.Forms); err != nil {
		return scorecard.Feedback{}, fmt.Errorf("look for surveys: %w", err)
	}
	tally := scorecard.NewFeedbackTally(r.Zone)
	for after := int64(0); ; {
		page, last, err := r.History.Participations(ctx, after, run.PageSize)
		if err != nil {
			return scorecard.Feedback{}, fmt.Errorf("read questionnaires that were sent: %w", err)
		}
		if err := r.count(ctx, page, tally); err != nil {
			return scorecard.Feedback{}, err
		}
		if after = last; after == 0 {
			return tally.Report(), nil
		}
	}
}

// count adds a page of participations to the tally. A client's further attempts
// are not questionnaires of their own: the last answer counts.
func (r *Report) count(ctx context.Context, page []crm.Participation, tally *scorecard.FeedbackTally) error {
	page = slices.DeleteFunc(page, func(p crm.Participation) bool { return p.Again || r.leavesOut(p, p.Err) })
	if len(page) == 0 {
		return nil
	}
	if err := r.latest(ctx, page); err != nil {
		return err
	}
	finished, err := r.Finished.DoneActivities(ctx, activitiesOf(page))
	if err != nil {
		return fmt.Errorf("read finished activities: %w", err)
	}
	for i, p := range page {
		// Odoo moves the activity when it merges opportunities.
		if done, exists := finished[p.Activity]; exists {
			page[i].Opportunity = done.Opportunity
		}
	}
	owners, err := run.ReadOwned(ctx, r.Odoo, opportunitiesOf(page))
	if err != nil {
		return err
	}
	mailed, err := r.History.Asked(ctx, opportunitiesOf(page))
	if err != nil {
		return fmt.Errorf("look for mails that were sent: %w", err)
	}
	answers, err := answerLines(ctx, r.History, page)
	if err != nil {
		return err
	}
	for _, p := range page {
		if r.leavesOut(p, unreadableLine(answers[p.ID])) {
			continue
		}
		if !mailed[p.Activity] && p.Answered.IsZero() {
			continue
		}
		owner := owners[p.Opportunity]
		asked := scorecard.Asked{
			Salesperson: owner.Owner.Name, SalespersonID: owner.Salesperson, ActivityType: finished[p.Activity].TypeName,
			SentAt: p.Created, Answered: !p.Answered.IsZero(),
		}
		score := scoreOf(answers[p.ID])
		asked.Score, asked.HasScore = score.Value, score.Known
		asked.Recommend, asked.HasRecommend = recommended(r.surveys[p.Survey], answers[p.ID])
		tally.Add(asked)
	}
	return nil
}

// leavesOut tells whether a questionnaire cannot be read, and says so.
func (r *Report) leavesOut(p crm.Participation, why error) bool {
	if why != nil {
		r.Log.Warn("a questionnaire is left out of the report: it cannot be read", "opportunity", p.Opportunity, "error", run.Failure(why))
	}
	return why != nil
}

// latest puts the last answered attempt in the place of each participation.
func (r *Report) latest(ctx context.Context, page []crm.Participation) error {
	attempts, err := r.History.Attempts(ctx, page)
	if err != nil {
		return fmt.Errorf("look for further attempts: %w", err)
	}
	last := map[crm.AccessToken]crm.Participation{}
	for _, p := range attempts {
		// Odoo tells seconds; of two answers within one the later attempt is the last.
		if !p.Answered.IsZero() && !p.Answered.Before(last[p.Invite].Answered) {
			last[p.Invite] = p
		}
	}
	for i, p := range page {
		if answered, ok := last[p.Invite]; ok {
			page[i].ID, page[i].Answered = answered.ID, answered.Answered
		}
	}
	return nil
}

// answerLines reads what was chosen by those who answered, by participation.
func answerLines(ctx context.Context, from interface {
	AnswerLines(ctx context.Context, ids []int64) ([]crm.AnswerLine, error)
}, page []crm.Participation,
) (map[int64][]crm.AnswerLine, error) {
	page = slices.DeleteFunc(slices.Clone(page), func(p crm.Participation) bool { return p.Answered.IsZero() })
	answers := map[int64][]crm.AnswerLine{}
	if len(page) == 0 {
		return answers, nil
	}
	lines, err := from.AnswerLines(ctx, crm.IDs(page, func(p crm.Participation) int64 { return p.ID }))
	if err != nil {
		return nil, fmt.Errorf("read answers: %w", err)
	}
	for _, l := range lines {
		answers[l.Participation] = append(answers[l.Participation], l)
	}
	return answers, nil
}

// recommended is the number that was chosen at the question whose Net Promoter
// Score is reported.
func recommended(form questionnaire.Questionnaire, chosen []crm.AnswerLine) (int, bool) {
	for _, q := range form.Questions {
		if !q.NPS {
			continue
		}
		for _, c := range chosen {
			if c.Question != q.Text {
				continue
			}
			i := slices.IndexFunc(q.Options(), func(o questionnaire.Choice) bool { return o.Text == c.Answer })
			return q.Range.From + i, i >= 0
		}
	}
	return 0, false
}

func activitiesOf(page []crm.Participation) []crm.EntryID {
	return crm.IDs(page, func(p crm.Participation) crm.EntryID { return p.Activity })
}

func opportunitiesOf(page []crm.Participation) []crm.OpportunityID {
	return crm.IDs(page, func(p crm.Participation) crm.OpportunityID { return p.Opportunity })
}

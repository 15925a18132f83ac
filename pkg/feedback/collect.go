package feedback

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// Collect is the run that writes the answers which came in onto their
// opportunities.
type Collect struct {
	run.Base

	Answers Answers
	Notes   interface {
		Note(ctx context.Context, notes []ledger.Note) ([]bool, error)
	}
	// Texts are the words of the notes.
	Texts      *mailing.Notes
	Activities interface {
		// PlanActivities plans activities, each external id once. It returns an
		// error for each, nil unless Odoo refused it.
		PlanActivities(ctx context.Context, list []crm.PlannedActivity) ([]error, error)
	}
	Teams interface {
		// TeamLeaders returns the leaders of teams; one without is missing.
		TeamLeaders(ctx context.Context, ids []crm.TeamID) (map[crm.TeamID]crm.UserID, error)
	}
	Finished interface {
		// DoneActivities returns finished activities; one whose message was
		// deleted is missing.
		DoneActivities(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]crm.DoneActivity, error)
	}
	Scores interface {
		// Mark puts one mark on those of the opportunities that exist.
		Mark(ctx context.Context, ids []crm.OpportunityID, mark crm.Mark) error
	}
	// LowScore is the score below which the salesperson, or else the team's
	// leader, gets a to-do; 0 is never.
	LowScore float64
	Marking  plan.Marking
	Zone     *time.Location
	// Token and Domain make the Message-IDs of this run's notes.
	Token  string
	Domain string
}

// Run writes each answer once. The error is the one that ended the run early, or
// [run.ErrFailures].
func (c *Collect) Run(ctx context.Context) error {
	done, err := c.Answers.Done(ctx)
	if err != nil {
		return fmt.Errorf("look for answers: %w", err)
	}
	overdue, err := c.Answers.Overdue(ctx, c.Now)
	if err != nil {
		return fmt.Errorf("look for overdue questionnaires: %w", err)
	}
	others := func(p crm.Participation) bool { return !c.Select.Has(p.Opportunity, p.Email) }
	done, overdue = slices.DeleteFunc(done, others), slices.DeleteFunc(overdue, others)
	// Answers are written in the order in which they came.
	slices.SortStableFunc(done, func(a, b crm.Participation) int { return a.Answered.Compare(b.Answered) })
	for page := range slices.Chunk(done, c.PageSize()) {
		if err := c.collect(ctx, page); err != nil {
			return err
		}
	}
	for page := range slices.Chunk(overdue, c.PageSize()) {
		if err := c.expire(ctx, page); err != nil {
			return err
		}
	}
	return c.End()
}

// answer is what came in for one participation.
type answer struct {
	crm.Participation

	on     run.Owned
	chosen []crm.AnswerLine
	score  plan.Score
}

// collect writes a page of answers: first the note, then the to-do and the mark on
// the opportunity, and last it closes the participation. After a crash at any
// point, a repetition ends in the same state.
func (c *Collect) collect(ctx context.Context, page []crm.Participation) error {
	chosen, err := answerLines(ctx, c.Answers, page)
	if err != nil {
		return err
	}
	opportunities, err := c.opportunities(ctx, page)
	if err != nil {
		return err
	}
	var answers []answer
	var closing []crm.Participation
	for _, p := range page {
		o, exists := opportunities[p.Opportunity]
		item := report.Item{Opportunity: p.Opportunity, Name: o.Name, Activity: p.Activity}
		why := cmp.Or(p.Err, o.Unreadable(), unreadableLine(chosen[p.ID]))
		switch {
		case why != nil:
			item.Outcome, item.Error = report.Failed, run.Failure(why)
			c.Report(item)
			continue
		case c.LimitReached():
			item.Outcome, item.Reason = report.Skipped, crm.OverLimit
			c.Report(item)
			continue
		case !exists:
			item.Outcome, item.Reason = report.Skipped, crm.Gone
		default:
			c.Taken++
			item.Outcome = report.Collected
			answers = append(answers, answer{p, o, chosen[p.ID], scoreOf(chosen[p.ID])})
		}
		if c.DryRun {
			item.Outcome = report.Planned
		}
		closing = append(closing, p)
		c.Report(item)
	}
	if c.DryRun || len(closing) == 0 {
		return nil
	}
	return c.write(ctx, answers, closing)
}

func (c *Collect) write(ctx context.Context, answers []answer, closing []crm.Participation) error {
	if err := c.BeforeWrite(ctx); err != nil {
		return err
	}
	notes := make([]ledger.Note, len(answers))
	for i, a := range answers {
		notes[i] = c.note(a)
	}
	if _, err := c.Notes.Note(ctx, notes); err != nil {
		return fmt.Errorf("write answers: %w", err)
	}
	if err := c.callBack(ctx, answers); err != nil {
		return err
	}
	if err := c.mark(ctx, answers); err != nil {
		return err
	}
	if err := c.Answers.Close(ctx, closing, crm.ClosedCollected); err != nil {
		return fmt.Errorf("mark answers as collected: %w", err)
	}
	return nil
}

// opportunities reads those of participations. Odoo moves the finished activity
// when it merges an opportunity into another: the participation goes with it.
func (c *Collect) opportunities(ctx context.Context, page []crm.Participation) (map[crm.OpportunityID]run.Owned, error) {
	byID, err := run.ReadOwned(ctx, c.Odoo, opportunitiesOf(page))
	if err != nil {
		return nil, err
	}
	var lost []crm.Participation
	for _, p := range page {
		if _, exists := byID[p.Opportunity]; !exists {
			lost = append(lost, p)
		}
	}
	if len(lost) == 0 {
		return byID, nil
	}
	finished, err := c.Finished.DoneActivities(ctx, activitiesOf(lost))
	if err != nil {
		return nil, fmt.Errorf("read finished activities: %w", err)
	}
	for i, p := range page {
		if d, exists := finished[p.Activity]; exists {
			page[i].Opportunity = d.Opportunity
		}
	}
	return run.ReadOwned(ctx, c.Odoo, opportunitiesOf(page))
}

// expire closes what was not answered in time. A client who answered at another
// attempt has answered.
func (c *Collect) expire(ctx context.Context, page []crm.Participation) error {
	opportunities, err := c.opportunities(ctx, page)
	if err != nil {
		return err
	}
	attempts, err := c.Answers.Attempts(ctx, page)
	if err != nil {
		return fmt.Errorf("look for further attempts: %w", err)
	}
	answered := map[crm.AccessToken]bool{}
	for _, p := range attempts {
		answered[p.Invite] = answered[p.Invite] || !p.Answered.IsZero()
	}
	var closing []crm.Participation
	for _, p := range page {
		if p.Err != nil {
			c.Report(report.Item{Opportunity: p.Opportunity, Activity: p.Activity, Outcome: report.Failed, Error: run.Failure(p.Err)})
			continue
		}
		closing = append(closing, p)
		if !p.Again && !answered[p.Invite] {
			c.Report(report.Item{
				Opportunity: p.Opportunity, Name: opportunities[p.Opportunity].Name, Activity: p.Activity,
				Outcome: report.Skipped, Reason: crm.Expired,
			})
		}
	}
	if c.DryRun || len(closing) == 0 {
		return nil
	}
	if err := c.BeforeWrite(ctx); err != nil {
		return err
	}
	if err := c.Answers.Close(ctx, closing, crm.ClosedExpired); err != nil {
		return fmt.Errorf("close overdue questionnaires: %w", err)
	}
	return nil
}

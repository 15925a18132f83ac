package run

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// How a participation was closed.
const (
	closedCollected = "done"
	closedExpired   = "expired"
)

// Collect is the run that writes the answers which came in onto their
// opportunities.
type Collect struct {
	Base

	Polls Polls
	Notes interface {
		Note(ctx context.Context, notes []ledger.Note) ([]bool, error)
	}
	Diary interface {
		RestoreActivities(ctx context.Context, token string, list []crm.Activity) ([]error, error)
	}
	// LowScore is the score below which the salesperson gets a to-do; 0 is
	// never.
	LowScore float64
	Zone     *time.Location
	// Token and Domain make the Message-IDs of this run's notes.
	Token  string
	Domain string
}

// Run writes each answer once. The error is that which ended the run early, or
// ErrFailures.
func (c *Collect) Run(ctx context.Context) error {
	done, err := c.Polls.Done(ctx)
	if err != nil {
		return fmt.Errorf("look for answers: %w", err)
	}
	overdue, err := c.Polls.Overdue(ctx, c.Now)
	if err != nil {
		return fmt.Errorf("look for overdue questionnaires: %w", err)
	}
	mine := func(p Participation) bool { return !c.Select.has(p.Opportunity) }
	done, overdue = slices.DeleteFunc(done, mine), slices.DeleteFunc(overdue, mine)
	for page := range slices.Chunk(done, pageSize) {
		if err := c.collect(ctx, page); err != nil {
			return err
		}
	}
	for page := range slices.Chunk(overdue, pageSize) {
		if err := c.expire(ctx, page); err != nil {
			return err
		}
	}
	return c.end()
}

// collect writes a page of answers: first the note, then the to-do, then the
// mark on the participation. Done again after a crash at any point, it ends in
// the same state.
func (c *Collect) collect(ctx context.Context, page []Participation) error {
	answers, err := c.answers(ctx, page)
	if err != nil {
		return err
	}
	opportunities, err := c.opportunities(ctx, page)
	if err != nil {
		return err
	}
	var notes []ledger.Note
	var todos []crm.Activity
	var closing []Participation
	for _, p := range page {
		o, exists := opportunities[p.Opportunity]
		item := report.Item{Opportunity: p.Opportunity, Name: o.Name, Activity: p.Activity}
		switch {
		case c.full():
			item.Outcome, item.Reason = report.Skipped, crm.OverLimit
			c.report(item)
			continue
		case !exists:
			item.Outcome, item.Reason = report.Skipped, crm.Gone
		default:
			c.taken++
			item.Outcome = report.Collected
			notes = append(notes, c.note(p, o.language, answers[p.ID]))
			if todo, low := c.todo(p, o, answers[p.ID]); low {
				todos = append(todos, todo)
			}
		}
		if c.DryRun {
			item.Outcome = report.Planned
		}
		closing = append(closing, p)
		c.report(item)
	}
	if c.DryRun || len(closing) == 0 {
		return nil
	}
	return c.write(ctx, notes, todos, closing)
}

func (c *Collect) write(ctx context.Context, notes []ledger.Note, todos []crm.Activity, closing []Participation) error {
	if err := c.begin(ctx); err != nil {
		return err
	}
	if _, err := c.Notes.Note(ctx, notes); err != nil {
		return fmt.Errorf("write answers: %w", err)
	}
	refused, err := c.Diary.RestoreActivities(ctx, "low", todos)
	if err != nil {
		return fmt.Errorf("plan to-dos for low scores: %w", err)
	}
	for i, why := range refused {
		if why != nil {
			c.Log.Warn("no to-do could be planned for a low score", "opportunity", todos[i].Opportunity, "error", why)
		}
	}
	if err := c.Polls.Close(ctx, closing, closedCollected); err != nil {
		return fmt.Errorf("mark answers as collected: %w", err)
	}
	return nil
}

// answers reads what was chosen, by participation.
func (c *Collect) answers(ctx context.Context, page []Participation) (map[int64][]Chosen, error) {
	ids := make([]int64, len(page))
	for i, p := range page {
		ids[i] = p.ID
	}
	chosen, err := c.Polls.Chosen(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read answers: %w", err)
	}
	byID := map[int64][]Chosen{}
	for _, a := range chosen {
		byID[a.Participation] = append(byID[a.Participation], a)
	}
	return byID, nil
}

// answeredBy is an opportunity with its salesperson's language.
type answeredBy struct {
	crm.Opportunity

	language string
}

func (c *Collect) opportunities(ctx context.Context, page []Participation) (map[crm.OpportunityID]answeredBy, error) {
	on := make([]crm.OpportunityID, len(page))
	for i, p := range page {
		on[i] = p.Opportunity
	}
	list, err := c.Odoo.Opportunities(ctx, distinct(on))
	if err != nil {
		return nil, fmt.Errorf("read opportunities: %w", err)
	}
	users := make([]crm.UserID, len(list))
	for i, o := range list {
		users[i] = o.Salesperson
	}
	people, err := c.Odoo.Salespeople(ctx, distinct(users))
	if err != nil {
		return nil, fmt.Errorf("read salespeople: %w", err)
	}
	byID := map[crm.OpportunityID]answeredBy{}
	for _, o := range list {
		byID[o.ID] = answeredBy{Opportunity: o, language: people[o.Salesperson].Language}
	}
	return byID, nil
}

func scoreOf(chosen []Chosen) feedback.Score {
	var worths []feedback.Worth
	for _, a := range chosen {
		if a.Scored {
			worths = append(worths, feedback.Worth{Question: a.QuestionID, Value: a.Score})
		}
	}
	return feedback.ScoreOf(worths)
}

func (c *Collect) note(p Participation, language string, chosen []Chosen) ledger.Note {
	key := crm.Key{Kind: crm.Answer, Opportunity: crm.OpportunityID(p.ID)}
	return ledger.Note{
		ExternalID: fmt.Sprintf("crm_tool.answer_%d", p.ID),
		On:         p.Opportunity,
		MessageID:  crm.FormatMessageID(key, c.Token, c.Domain),
		Body:       Notes{}.answers(language, p.Answered.In(c.Zone), scoreOf(chosen), chosen),
	}
}

// todo plans a call with an unhappy client for the next working day.
func (c *Collect) todo(p Participation, o answeredBy, chosen []Chosen) (crm.Activity, bool) {
	score := scoreOf(chosen)
	if c.LowScore == 0 || !score.Known || score.Value >= c.LowScore || o.Salesperson == 0 {
		return crm.Activity{}, false
	}
	words := wordsFor(o.language)
	return crm.Activity{
		ID: crm.ActivityID(p.ID), Opportunity: p.Opportunity, User: o.Salesperson,
		Summary:  words.callBack,
		Note:     Notes{}.answers(o.language, p.Answered.In(c.Zone), score, chosen) + "<p>" + crm.FollowUpMark + "</p>",
		Deadline: nextWorkingDay(c.Now.In(c.Zone)).Format(time.DateOnly),
	}, true
}

// nextWorkingDay is the next day from Monday to Friday.
func nextWorkingDay(t time.Time) time.Time {
	for t = t.AddDate(0, 0, 1); t.Weekday() == time.Saturday || t.Weekday() == time.Sunday; {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

// expire closes what was not answered in time.
func (c *Collect) expire(ctx context.Context, page []Participation) error {
	opportunities, err := c.opportunities(ctx, page)
	if err != nil {
		return err
	}
	for _, p := range page {
		c.report(report.Item{
			Opportunity: p.Opportunity, Name: opportunities[p.Opportunity].Name, Activity: p.Activity,
			Outcome: report.Skipped, Reason: crm.Expired,
		})
	}
	if c.DryRun {
		return nil
	}
	if err := c.begin(ctx); err != nil {
		return err
	}
	if err := c.Polls.Close(ctx, page, closedExpired); err != nil {
		return fmt.Errorf("close overdue questionnaires: %w", err)
	}
	return nil
}

package feedback

import (
	"context"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/ledger"
)

func scoreOf(chosen []crm.AnswerLine) plan.Score {
	var worths []plan.Worth
	for _, a := range chosen {
		if a.Scored {
			worths = append(worths, plan.Worth{Question: a.QuestionID, Value: a.Score})
		}
	}
	return plan.ScoreOf(worths)
}

// unreadableLine returns why the first of the answers that cannot be read cannot be
// read.
func unreadableLine(chosen []crm.AnswerLine) error {
	for _, a := range chosen {
		if a.Unreadable != nil {
			return a.Unreadable
		}
	}
	return nil
}

func (c *Collect) note(a answer) ledger.Note {
	key := crm.AnswerKey(a.Opportunity, a.ID)
	note := ledger.Note{
		ExternalID: key.ExternalID(),
		On:         a.Opportunity,
		MessageID:  key.MessageID(c.Token, c.Domain),
		Body:       answersNote(c.Texts.In(a.on.Owner.Language), a.Answered.In(c.Zone), a.Again, a.score, a.chosen),
	}
	if a.score.Known {
		note.Subject = crm.ScoreSubject(a.score.Value)
	}
	return note
}

// callBack plans a call with each unhappy client for the next working day.
func (c *Collect) callBack(ctx context.Context, answers []answer) error {
	var low []answer
	for _, a := range answers {
		if c.LowScore > 0 && a.score.Known && a.score.Value < c.LowScore {
			low = append(low, a)
		}
	}
	callers, err := c.callers(ctx, low)
	if err != nil {
		return err
	}
	var todos []crm.PlannedActivity
	for i, a := range low {
		if callers[i].ID == 0 {
			c.Log.Warn("nobody gets a to-do for a low score: the opportunity has no salesperson and its team no leader", "opportunity", a.Opportunity)
			continue
		}
		todos = append(todos, crm.PlannedActivity{ExternalID: crm.CallBackExternalID(a.ID), Activity: crm.Activity{
			Opportunity: a.Opportunity, User: callers[i].ID,
			Summary:  c.Texts.In(callers[i].Language).CallBack,
			Note:     todoNote(c.Texts.In(callers[i].Language), a.Answered.In(c.Zone), a.score, a.chosen),
			Deadline: nextWorkingDay(c.Now.In(c.Zone)).Format(time.DateOnly),
		}})
	}
	refused, err := c.Activities.PlanActivities(ctx, todos)
	if err != nil {
		return fmt.Errorf("plan to-dos for low scores: %w", err)
	}
	for i, why := range refused {
		if why != nil {
			c.Log.Warn("no to-do could be planned for a low score", "opportunity", todos[i].Opportunity, "error", why)
		}
	}
	return nil
}

// callers returns who is to call each of the clients: the salesperson, or else
// the leader of the opportunity's team. People who left the company are not asked.
func (c *Collect) callers(ctx context.Context, low []answer) ([]crm.Salesperson, error) {
	callers := make([]crm.Salesperson, len(low))
	var teams []crm.TeamID
	for i, a := range low {
		if a.on.Owner.Active {
			callers[i] = a.on.Owner
		} else {
			teams = append(teams, a.on.Team)
		}
	}
	if teams = crm.Distinct(teams); len(teams) == 0 {
		return callers, nil
	}
	leaders, err := c.Teams.TeamLeaders(ctx, teams)
	if err != nil {
		return nil, fmt.Errorf("read the leaders of teams: %w", err)
	}
	var users []crm.UserID
	for _, id := range leaders {
		users = append(users, id)
	}
	people, err := c.Odoo.Salespeople(ctx, crm.Distinct(users))
	if err != nil {
		return nil, fmt.Errorf("read the leaders of teams: %w", err)
	}
	for i, a := range low {
		if leader := people[leaders[a.on.Team]]; callers[i].ID == 0 && leader.Active {
			callers[i] = leader
		}
	}
	return callers, nil
}

// nextWorkingDay is the next day from Monday to Friday.
func nextWorkingDay(t time.Time) time.Time {
	for t = t.AddDate(0, 0, 1); t.Weekday() == time.Saturday || t.Weekday() == time.Sunday; {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

// mark shows the scores on the opportunities, in one call for each score. The
// last answer on an opportunity counts.
func (c *Collect) mark(ctx context.Context, answers []answer) error {
	if c.Marking.IsZero() {
		return nil
	}
	last := map[crm.OpportunityID]float64{}
	for _, a := range answers {
		if a.score.Known {
			last[a.Opportunity] = a.score.Value
		}
	}
	byScore := map[float64][]crm.OpportunityID{}
	for id, score := range last {
		byScore[score] = append(byScore[score], id)
	}
	for score, ids := range byScore {
		if err := c.Scores.Mark(ctx, crm.Distinct(ids), c.Marking.Of(score)); err != nil {
			return fmt.Errorf("write scores onto opportunities: %w", err)
		}
	}
	return nil
}

package feedback_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/scorecard"
)

// register keeps questionnaires, as Odoo keeps them. Each is about an activity with
// the same id.
type fakeHistory struct {
	list     []crm.Participation
	chosen   []crm.AnswerLine
	finished map[crm.EntryID]crm.DoneActivity
	mailed   map[crm.EntryID]bool
	surveys  map[int64]questionnaire.Questionnaire
	// pages are how many participations each page had.
	pages []int
	err   error
}

func (r *fakeHistory) Participations(_ context.Context, after int64, limit int) ([]crm.Participation, int64, error) {
	var page []crm.Participation
	last := int64(0)
	for _, p := range r.list {
		if p.ID > after && len(page) < limit {
			page, last = append(page, p), p.ID
		}
	}
	r.pages = append(r.pages, len(page))
	return page, last, r.err
}

func (r *fakeHistory) AnswerLines(_ context.Context, ids []int64) ([]crm.AnswerLine, error) {
	var list []crm.AnswerLine
	for _, c := range r.chosen {
		if slices.Contains(ids, c.Participation) {
			list = append(list, c)
		}
	}
	return list, nil
}

func (r *fakeHistory) Attempts(_ context.Context, of []crm.Participation) ([]crm.Participation, error) {
	var list []crm.Participation
	for _, p := range r.list {
		if slices.ContainsFunc(of, func(o crm.Participation) bool { return o.Invite == p.Invite }) {
			list = append(list, p)
		}
	}
	return list, nil
}

func (r *fakeHistory) DoneActivities(context.Context, []crm.EntryID) (map[crm.EntryID]crm.DoneActivity, error) {
	return r.finished, nil
}

func (r *fakeHistory) Asked(_ context.Context, ids []crm.OpportunityID) (map[crm.EntryID]bool, error) {
	asked := map[crm.EntryID]bool{}
	for activity, mailed := range r.mailed {
		if slices.Contains(ids, r.finished[activity].Opportunity) {
			asked[activity] = mailed
		}
	}
	return asked, nil
}

func (r *fakeHistory) Surveys(context.Context, []questionnaire.Questionnaire) (map[int64]questionnaire.Questionnaire, error) {
	return r.surveys, nil
}

// loyalty asks for a recommendation.
func loyalty() questionnaire.Questionnaire {
	return questionnaire.Questionnaire{Name: "nps", Language: "en", Questions: []questionnaire.Question{{
		Key: "recommend", Kind: questionnaire.Scale, Text: "Would you recommend us?", NPS: true,
		Range: questionnaire.Range{From: 0, To: 10, Low: "no", High: "yes"},
	}}}
}

func newFakeHistory() *fakeHistory {
	return &fakeHistory{
		finished: map[crm.EntryID]crm.DoneActivity{}, mailed: map[crm.EntryID]bool{},
		surveys: map[int64]questionnaire.Questionnaire{1: loyalty()},
	}
}

// asked adds a questionnaire that was mailed about a meeting.
func (r *fakeHistory) asked(id int64, on crm.OpportunityID, sent time.Time) *crm.Participation {
	r.list = append(r.list, crm.Participation{ID: id, Activity: crm.EntryID(id), Opportunity: on, Survey: 1, Created: sent, Invite: crm.AccessToken(fmt.Sprint(id))})
	r.finished[crm.EntryID(id)] = crm.DoneActivity{Message: crm.EntryID(id), Opportunity: on, TypeName: "Meeting"}
	r.mailed[crm.EntryID(id)] = true
	return &r.list[len(r.list)-1]
}

// answered adds the answer to one that was mailed.
func (r *fakeHistory) answered(id int64, on crm.OpportunityID, sent time.Time, answer string, score float64) {
	r.asked(id, on, sent).Answered = sent.Add(time.Hour)
	r.chosen = append(r.chosen, crm.AnswerLine{
		Participation: id, QuestionID: 9, Question: "Would you recommend us?", Answer: answer, Score: score, Scored: true,
	})
}

func summaryOf(t *testing.T, o *ledgertest.Backend, r *fakeHistory) scorecard.Feedback {
	t.Helper()
	report := feedback.Report{Odoo: &ledgertest.Process{Backend: o}, History: r, Finished: r, Zone: time.UTC}
	summary, err := report.Summary(t.Context())
	require.NoError(t, err)
	return summary
}

func TestTheReportJoinsAnswersWithSalespeopleAndActivityTypes(t *testing.T) {
	t.Parallel()
	o, r := ledgertest.NewBackend().Open(1, 2, 9), newFakeHistory()
	o.Change(2, func(l *crm.Opportunity) { l.Salesperson = 0 })
	r.answered(1, 1, ledgertest.Noon, "10 – yes", 100)
	r.asked(2, 1, ledgertest.Noon)
	r.answered(3, 2, ledgertest.Noon, "4", 40)
	line := func(name string, of scorecard.FeedbackLine) scorecard.FeedbackLine { of.Name = name; return of }
	all := scorecard.FeedbackLine{
		Sent: 3, Answered: 2, Rate: 2.0 / 3, HasRate: true, Scored: 2, MeanScore: 70, HasScore: true,
		Promoters: 1, Detractors: 1, HasNPS: true,
	}
	assert.Equal(t, scorecard.Feedback{
		Total: all, Span: scorecard.Span{Zone: time.UTC, First: calendar.Of(ledgertest.Noon, time.UTC), Last: calendar.Of(ledgertest.Noon, time.UTC)},
		BySalesperson: []scorecard.FeedbackLine{
			{
				Name: "Sam Sales", Sent: 2, Answered: 1, Rate: 0.5, HasRate: true, Scored: 1, MeanScore: 100, HasScore: true,
				Promoters: 1, NPS: 100, HasNPS: true,
			},
			{Sent: 1, Answered: 1, Rate: 1, HasRate: true, Scored: 1, MeanScore: 40, HasScore: true, Detractors: 1, NPS: -100, HasNPS: true},
		},
		ByActivityType: []scorecard.FeedbackLine{line("Meeting", all)},
		ByMonth:        []scorecard.FeedbackLine{line("2026-11", all)},
	}, summaryOf(t, o, r))
}

func TestOnlyWhatWasMailedCountsAsSent(t *testing.T) {
	t.Parallel()
	o, r := ledgertest.NewBackend().Open(1, 1, 9), newFakeHistory()
	r.asked(1, 1, ledgertest.Noon)
	r.asked(2, 1, ledgertest.Noon)
	r.mailed[2] = false
	// The entry about this one's mail went with its opportunity.
	r.answered(3, 77, ledgertest.Noon, "9", 90)
	delete(r.finished, 3)
	r.asked(4, 77, ledgertest.Noon)
	delete(r.finished, 4)
	got := summaryOf(t, o, r)
	assert.Equal(t, []int{2, 1}, []int{got.Total.Sent, got.Total.Answered})
}

func TestAQuestionnaireFollowsAnOpportunityThatWasMerged(t *testing.T) {
	t.Parallel()
	o, r := ledgertest.NewBackend().Open(1, 1, 9), newFakeHistory()
	r.asked(1, 77, ledgertest.Noon)
	r.finished[1] = crm.DoneActivity{Message: 1, Opportunity: 1, TypeName: "Call"}
	got := summaryOf(t, o, r)
	assert.Equal(t, []scorecard.FeedbackLine{{Name: "Sam Sales", Sent: 1, HasRate: true}}, got.BySalesperson)
}

func TestARecommendationCountsWhereItsQuestionIsKnown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		survey   int64
		question string
		answer   string
		counts   bool
	}{
		"the survey of a file":           {1, "Would you recommend us?", "0 – no", true},
		"a survey of older files":        {2, "Would you recommend us?", "0 – no", false},
		"another question":               {1, "How was it?", "0 – no", false},
		"an answer that is not a choice": {1, "Would you recommend us?", "11", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFakeHistory()
			r.answered(1, 1, ledgertest.Noon, c.answer, 0)
			r.list[0].Survey, r.chosen[0].Question = c.survey, c.question
			assert.Equal(t, c.counts, summaryOf(t, ledgertest.NewBackend().Open(1, 1, 9), r).Total.HasNPS)
		})
	}
}

func TestTheReportIsReadInPages(t *testing.T) {
	t.Parallel()
	r := newFakeHistory()
	for id := range int64(600) {
		r.asked(id+1, 1, ledgertest.Noon)
	}
	got := summaryOf(t, ledgertest.NewBackend().Open(1, 1, 9), r)
	assert.Equal(t, 600, got.Total.Sent)
	assert.Equal(t, []int{250, 250, 100, 0}, r.pages)
}

func TestAReportThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	r := newFakeHistory()
	r.err = errors.New("gone home")
	report := feedback.Report{Odoo: &ledgertest.Process{Backend: ledgertest.NewBackend()}, History: r, Finished: r, Zone: time.UTC}
	_, err := report.Summary(t.Context())
	require.ErrorIs(t, err, r.err)
	assert.EqualError(t, err, "read questionnaires that were sent: gone home")
}

func TestAFurtherAttemptIsNoQuestionnaireOfItsOwn(t *testing.T) {
	t.Parallel()
	o, r := ledgertest.NewBackend().Open(1, 2, 9), newFakeHistory()
	r.asked(1, 1, ledgertest.Noon)
	r.answered(2, 2, ledgertest.Noon, "10 – yes", 100)
	again := func(id int64, of string, answered time.Time, score float64) {
		r.list = append(r.list, crm.Participation{
			ID: id, Activity: 1, Opportunity: 1, Survey: 1, Created: ledgertest.Noon.Add(time.Minute), Invite: crm.AccessToken(of), Again: true, Answered: answered,
		})
		r.chosen = append(r.chosen, crm.AnswerLine{Participation: id, QuestionID: 9, Question: "Would you recommend us?", Answer: "4", Score: score, Scored: true})
	}
	again(3, "1", ledgertest.Noon.Add(time.Hour), 40)
	again(4, "1", time.Time{}, 0)
	again(5, "2", ledgertest.Noon.Add(2*time.Hour), 20)
	total := summaryOf(t, o, r).Total
	assert.Equal(t, []any{2, 2, 30.0, 0, 2}, []any{total.Sent, total.Answered, total.MeanScore, total.Promoters, total.Detractors})
}

package feedback_test

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	feedbackplan "github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/run"
	"github.com/crm-tool/crm-tool/templates"
)

// fakeOdoo is a backend with finished activities and surveys.
type fakeOdoo struct {
	*ledgertest.Backend
	done []crm.DoneActivity
	// participations are the participations, by external id, and closed how each ended.
	participations map[string]*crm.Participation
	closed         map[int64]string
	chosen         []crm.AnswerLine
	// archived are surveys that take no answers any more.
	archived map[int64]bool
	leaders  map[crm.TeamID]crm.UserID
	marks    map[crm.OpportunityID]crm.Mark
	// todos are the planned activities, by external id.
	todos map[string]crm.Activity
	// refused are participations that Odoo will not make.
	refused map[crm.OpportunityID]error
	// page is why clients cannot open the pages of surveys.
	page error
}

func newFakeOdoo(clients crm.OpportunityID) *fakeOdoo {
	return &fakeOdoo{
		Backend: ledgertest.NewBackend().Open(1, clients, 3), participations: map[string]*crm.Participation{}, closed: map[int64]string{},
		todos: map[string]crm.Activity{}, archived: map[int64]bool{}, leaders: map[crm.TeamID]crm.UserID{}, marks: map[crm.OpportunityID]crm.Mark{},
	}
}

// finish lets an activity on each opportunity be marked as done an hour ago.
func (w *fakeOdoo) finish(list ...crm.OpportunityID) *fakeOdoo {
	for _, id := range list {
		w.done = append(w.done, crm.DoneActivity{
			Message: crm.EntryID(1000 + len(w.done)), Opportunity: id, Type: 1, TypeName: "Meeting", At: w.Now().Add(-time.Hour),
		})
	}
	return w
}

// answer lets clients answer what they were mailed, each question so.
func (w *fakeOdoo) answer(score float64, words string) {
	for _, p := range w.participations {
		if len(w.Mails[p.Email]) == 0 || p.Again || !p.Answered.IsZero() || w.closed[p.ID] != "" {
			continue
		}
		p.Begun, p.Answered = true, w.Now()
		w.chosen = append(w.chosen,
			crm.AnswerLine{Participation: p.ID, QuestionID: 1, Question: "How was it?", Answer: "So so", Score: score, Scored: true},
			crm.AnswerLine{Participation: p.ID, QuestionID: 2, Question: "Why?", Answer: words})
	}
}

// again lets the client of a questionnaire begin another attempt at it.
func (w *fakeOdoo) again(of crm.OpportunityID) *crm.Participation {
	for _, p := range w.participations {
		if p.Opportunity == of && !p.Again {
			another := *p
			another.ID, another.Again, another.Begun, another.Answered = int64(len(w.participations)+1), true, false, time.Time{}
			another.Token = crm.AccessToken(fmt.Sprintf("another-%d", another.ID))
			w.participations[string(another.Token)] = &another
			return &another
		}
	}
	return nil
}

// fakeSurveys is a run's access to it.
type fakeSurveys struct {
	*ledgertest.Process
	w *fakeOdoo
}

var (
	_ feedback.DoneActivities = fakeSurveys{}
	_ feedback.Surveys        = fakeSurveys{}
	_ feedback.Pages          = fakeSurveys{}
)

func (s fakeSurveys) Finished(ctx context.Context, since time.Time, after crm.EntryID, _ int) (list []crm.DoneActivity, last crm.EntryID, err error) {
	err = s.Call(ctx, "Finished", func() {
		for _, d := range s.w.done {
			if d.At.Before(since) || d.Message <= after {
				continue
			}
			if len(list) == pageSize {
				last = list[pageSize-1].Message
				break
			}
			list = append(list, d)
		}
	})
	return list, last, err
}

func (s fakeSurveys) ActivityTypeNames(ctx context.Context, language string) (map[crm.ActivityTypeID]string, error) {
	return map[crm.ActivityTypeID]string{1: "Type 1 in " + language}, s.Call(ctx, "ActivityTypeNames", func() {})
}

func (s fakeSurveys) Ours(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]bool, error) {
	ours := map[crm.EntryID]bool{}
	return ours, s.Call(ctx, "Ours", func() {
		for _, d := range s.w.done {
			ours[d.Message] = d.Ours && slices.Contains(ids, d.Message)
		}
	})
}

func (s fakeSurveys) Mailed(ctx context.Context, kind crm.EntryKind, since time.Time) (map[crm.EntryID]bool, error) {
	mailed := map[crm.EntryID]bool{}
	return mailed, s.Call(ctx, "Mailed", func() {
		for _, e := range s.EntriesInCall() {
			if e.Key.Kind == kind && !e.At.Before(since) {
				mailed[e.Key.Activity] = true
			}
		}
	})
}

func (s fakeSurveys) Survey(ctx context.Context, q questionnaire.Questionnaire, dry bool) (found crm.Survey, err error) {
	err = s.Call(ctx, "Survey", func() {
		found = crm.Survey{ID: int64(len(q.Name)), Token: "survey-" + q.Name, Base: "https://odoo.example.com", Title: q.Title, Questions: len(q.Questions)}
		if dry {
			found.ID = 0
		}
	})
	return found, err
}

func (s fakeSurveys) Invite(ctx context.Context, list []crm.Participation) ([]crm.Participation, error) {
	out := make([]crm.Participation, len(list))
	err := s.Call(ctx, "Invite", func() {
		for i, p := range list {
			if out[i].Err = s.w.refused[p.Opportunity]; out[i].Err != nil {
				continue
			}
			external := fmt.Sprintf("ask_%d_%d", p.Activity, p.Survey)
			if s.w.participations[external] == nil {
				p.ID, p.Created = int64(len(s.w.participations)+1), s.Time
				p.Invite = crm.AccessToken(fmt.Sprintf("invitation-%d", p.ID))
				s.w.participations[external] = &p
			}
			out[i] = *s.w.participations[external]
		}
	})
	return out, err
}

// select returns participations by ascending id.
func (s fakeSurveys) list(ctx context.Context, call string, is func(crm.Participation) bool) (list []crm.Participation, err error) {
	err = s.Call(ctx, call, func() {
		for _, p := range s.w.participations {
			if is(*p) {
				list = append(list, *p)
			}
		}
		slices.SortFunc(list, func(a, b crm.Participation) int { return int(a.ID - b.ID) })
	})
	return list, err
}

// pageSize is how many it returns at once, so that a few records are several pages.
const pageSize = 2

// page returns those participations with an id above after, and the last one if there
// are more.
func (s fakeSurveys) page(ctx context.Context, call string, after int64, is func(crm.Participation) bool) (list []crm.Participation, last int64, err error) {
	list, err = s.list(ctx, call, func(p crm.Participation) bool { return p.ID > after && is(p) })
	if len(list) > pageSize {
		list = list[:pageSize]
		last = list[pageSize-1].ID
	}
	return list, last, err
}

func (s fakeSurveys) Invited(ctx context.Context, since time.Time, after int64, _ int) ([]crm.Participation, int64, error) {
	return s.page(ctx, "Invited", after, func(p crm.Participation) bool { return !p.Created.Before(since) })
}

func (s fakeSurveys) Done(ctx context.Context) ([]crm.Participation, error) {
	return s.list(ctx, "Done", func(p crm.Participation) bool { return !p.Answered.IsZero() && s.w.closed[p.ID] == "" })
}

func (s fakeSurveys) Overdue(ctx context.Context, now time.Time) ([]crm.Participation, error) {
	return s.list(ctx, "Overdue", func(p crm.Participation) bool {
		return p.Answered.IsZero() && s.w.closed[p.ID] == "" && p.Deadline.Before(now)
	})
}

func (s fakeSurveys) Pending(ctx context.Context, before, now time.Time, after int64, _ int) ([]crm.Participation, int64, error) {
	return s.page(ctx, "Pending", after, func(p crm.Participation) bool {
		return !p.Begun && s.w.closed[p.ID] == "" && p.Created.Before(before) && p.Deadline.After(now)
	})
}

func (s fakeSurveys) About(ctx context.Context, activity crm.EntryID) ([]crm.Participation, error) {
	return s.list(ctx, "About", func(p crm.Participation) bool { return p.Activity == activity })
}

func (s fakeSurveys) OpenSurveys(ctx context.Context, ids []int64) (map[int64]crm.Survey, error) {
	open := map[int64]crm.Survey{}
	return open, s.Call(ctx, "OpenSurveys", func() {
		for _, id := range ids {
			if !s.w.archived[id] {
				open[id] = crm.Survey{
					ID: id, Token: "survey-old", Base: "https://odoo.example.com", Title: "How was it?",
				}
			}
		}
	})
}

func (s fakeSurveys) Attempts(ctx context.Context, of []crm.Participation) ([]crm.Participation, error) {
	return s.list(ctx, "Attempts", func(p crm.Participation) bool {
		return slices.ContainsFunc(of, func(o crm.Participation) bool { return o.Invite == p.Invite })
	})
}

func (s fakeSurveys) AnswerLines(ctx context.Context, ids []int64) (list []crm.AnswerLine, err error) {
	err = s.Call(ctx, "Chosen", func() {
		for _, c := range s.w.chosen {
			if slices.Contains(ids, c.Participation) {
				list = append(list, c)
			}
		}
	})
	return list, err
}

func (s fakeSurveys) Close(ctx context.Context, list []crm.Participation, how string) error {
	return s.Call(ctx, "Close", func() {
		for _, p := range list {
			s.w.closed[p.ID] = how
		}
	})
}

func (s fakeSurveys) TeamLeaders(ctx context.Context, ids []crm.TeamID) (map[crm.TeamID]crm.UserID, error) {
	leaders := map[crm.TeamID]crm.UserID{}
	return leaders, s.Call(ctx, "TeamLeaders", func() {
		for _, id := range ids {
			leaders[id] = s.w.leaders[id]
		}
	})
}

func (s fakeSurveys) DoneActivities(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]crm.DoneActivity, error) {
	found := map[crm.EntryID]crm.DoneActivity{}
	return found, s.Call(ctx, "DoneActivities", func() {
		for _, d := range s.w.done {
			if _, exists := s.w.Opportunities[d.Opportunity]; exists && slices.Contains(ids, d.Message) {
				found[d.Message] = d
			}
		}
	})
}

func (s fakeSurveys) Mark(ctx context.Context, ids []crm.OpportunityID, mark crm.Mark) error {
	return s.Call(ctx, "Mark", func() {
		for _, id := range ids {
			s.w.marks[id] = mark
		}
	})
}

func (s fakeSurveys) Look(ctx context.Context, _ string) error {
	if err := s.Call(ctx, "Look", func() {}); err != nil {
		return err
	}
	return s.w.page
}

func (s fakeSurveys) PlanActivities(ctx context.Context, list []crm.PlannedActivity) ([]error, error) {
	if len(list) == 0 {
		return nil, nil
	}
	return make([]error, len(list)), s.Call(ctx, "PlanActivities", func() {
		for _, a := range list {
			if _, there := s.w.todos[a.ExternalID]; !there {
				s.w.todos[a.ExternalID] = a.Activity
			}
		}
	})
}

// asking is a run of its own , with its report and its log.
func (w *fakeOdoo) asking(t testing.TB, p *ledgertest.Process, token string) (*feedback.Send, *mailingtest.Sink, *bytes.Buffer) {
	t.Helper()
	forms, err := questionnaire.Load(overlay.New(nil, templates.FS))
	require.NoError(t, err)
	items, log, s := &mailingtest.Sink{}, &bytes.Buffer{}, fakeSurveys{p, w}
	return &feedback.Send{
		Base:       mailingtest.Base(p, items, log),
		Activities: s, Surveys: s, Participations: s, Pages: s, Forms: forms,
		Courier:      mailingtest.Courier(p, token),
		Composer:     mailingtest.Composer(),
		Policy:       feedbackplan.Policy{CooldownDays: 1, Questionnaire: "satisfaction", Installed: ledgertest.Noon.AddDate(0, 0, -30)},
		LookbackDays: 7, DeadlineDays: 14,
	}, items, log
}

// ask runs once, and returns the report.
func (w *fakeOdoo) ask(t testing.TB, token string) []string {
	t.Helper()
	a, items, _ := w.asking(t, &ledgertest.Process{Backend: w.Backend}, token)
	if err := a.Run(t.Context()); err != nil {
		require.ErrorIs(t, err, run.ErrFailures)
	}
	return items.Lines()
}

func (w *fakeOdoo) collecting(p *ledgertest.Process, token string) (*feedback.Collect, *mailingtest.Sink, *bytes.Buffer) {
	items, log, s := &mailingtest.Sink{}, &bytes.Buffer{}, fakeSurveys{p, w}
	return &feedback.Collect{
		Base:    mailingtest.Base(p, items, log),
		Answers: s, Notes: p, Activities: s, Teams: s, Finished: s, Scores: s, Texts: mailingtest.Notes(), LowScore: 50, Zone: time.UTC, Token: token, Domain: "example.com",
	}, items, log
}

func (w *fakeOdoo) collect(t testing.TB, token string) []string {
	t.Helper()
	c, items, _ := w.collecting(&ledgertest.Process{Backend: w.Backend}, token)
	require.NoError(t, c.Run(t.Context()))
	return items.Lines()
}

var answerLink = regexp.MustCompile(`https://odoo\.example\.com/survey/start/[a-z-]+\?answer_token=3?D?([0-9a-f]+)`)

// secrets are the tokens of all participations.
func (w *fakeOdoo) secrets() []string {
	var list []string
	for _, p := range w.participations {
		list = append(list, string(p.Token), string(p.Invite))
	}
	return list
}

// leaks tells whether a secret stands in the text.
func (w *fakeOdoo) leaks(text string) bool {
	return slices.ContainsFunc(w.secrets(), func(secret string) bool { return strings.Contains(text, secret) })
}

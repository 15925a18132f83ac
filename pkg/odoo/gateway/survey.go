package gateway

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
)

const (
	surveyModel   = "survey.survey"
	questionModel = "survey.question"
	answerModel   = "survey.question.answer"

	// unscored is the score of a choice that has none. Odoo does not score our
	// surveys, so only crm-tool reads it.
	unscored = -1
)

func surveyKey(q questionnaire.Questionnaire) string {
	return crm.SurveyKey(q.Name, q.Language, q.Hash())
}

// surveyTokens returns the tokens by which the survey of a key is found. The first is that of a survey made now, which nobody can guess where there is a
// key for it; the others are those of surveys that were made without.
func (g *Gateway) surveyTokens(ctx context.Context, key string) ([]string, error) {
	plain := crm.SurveyToken(key)
	secret, err := g.secret(ctx, "survey_token_"+key)
	if err != nil || secret == "" {
		return []string{plain}, err
	}
	return []string{secret[:len(plain)], plain}, nil
}

// Survey returns the survey of a questionnaire, made if it is missing. With
// dry nothing is made, and a missing survey has no ID. One that cannot be read says
// so.
func (g *Gateway) Survey(ctx context.Context, q questionnaire.Questionnaire, dry bool) (crm.Survey, error) {
	key := surveyKey(q)
	if s, ok := g.surveys[key]; ok {
		return s, nil
	}
	s, err := g.survey(ctx, q, key, dry)
	if recordset.IsAboutRecord(err) {
		s, err = crm.Survey{Unreadable: err}, nil
	}
	if err == nil && (s.ID != 0 || s.Unreadable != nil) {
		g.surveys[key] = s
	}
	return s, err
}

func (g *Gateway) survey(ctx context.Context, q questionnaire.Questionnaire, key string, dry bool) (crm.Survey, error) {
	s, whole, err := g.wholeSurvey(ctx, q, key)
	if err != nil || whole {
		return s, err
	}
	if dry {
		tokens, err := g.surveyTokens(ctx, key)
		if err != nil {
			return crm.Survey{}, err
		}
		return crm.Survey{Token: tokens[0], Title: q.Title, Questions: len(q.Questions)}, nil
	}
	if err := g.makeSurvey(ctx, q, key); err != nil {
		return crm.Survey{}, fmt.Errorf("make the survey of questionnaire %s.%s: %w", q.Name, q.Language, err)
	}
	s, found, err := g.findSurvey(ctx, q, key)
	if err == nil && !found {
		err = fmt.Errorf("read the survey of questionnaire %s.%s back: %w", q.Name, q.Language, recordset.ErrVanished)
	}
	if err != nil {
		return crm.Survey{}, err
	}
	return s, g.compareSurvey(ctx, s, q)
}

// wholeSurvey looks for the survey, and returns whether it has all its questions.
// If it lacks some and nobody was invited to it, the run that made it died or is
// still making it: then it is to be completed.
func (g *Gateway) wholeSurvey(ctx context.Context, q questionnaire.Questionnaire, key string) (crm.Survey, bool, error) {
	s, found, err := g.findSurvey(ctx, q, key)
	if err != nil || !found {
		return s, false, err
	}
	changed := g.compareSurvey(ctx, s, q)
	if _, ok := errors.AsType[*crm.SurveyError](changed); !ok {
		return s, changed == nil, changed
	}
	invited, err := recordset.Search(ctx, g.client, recordset.Query{Model: inputModel, Domain: odoo.Term("survey_id", "=", s.ID), Fields: []string{"id"}, Limit: 1})
	if err != nil || len(invited) == 0 {
		return s, false, err
	}
	return s, false, changed
}

func (g *Gateway) findSurvey(ctx context.Context, q questionnaire.Questionnaire, key string) (crm.Survey, bool, error) {
	tokens, err := g.surveyTokens(ctx, key)
	if err != nil {
		return crm.Survey{}, false, err
	}
	found, err := recordset.Find(ctx, g.client, recordset.Query{
		Model: surveyModel, Domain: odoo.And(g.madeByUs(), odoo.Term("access_token", "in", tokens)), Fields: surveyFields(), Archived: true,
	}, surveyOf)
	if err != nil || len(found) == 0 {
		return crm.Survey{}, false, err
	}
	first := slices.MinFunc(found, func(a, b foundSurvey) int { return slices.Index(tokens, a.Token) - slices.Index(tokens, b.Token) })
	s := first.Survey
	switch {
	case !first.active:
		return s, false, &crm.SurveyError{Title: q.Title, Cause: "was archived"}
	case s.Title != q.Title:
		return s, false, &crm.SurveyError{Title: q.Title, Cause: "was given another title"}
	}
	s.Questions = len(q.Questions)
	return s, true, nil
}

func surveyFields() []string { return []string{"title", "active", "access_token", "session_link"} }

// foundSurvey is a survey without the number of its questions.
type foundSurvey struct {
	crm.Survey

	active bool
}

func surveyOf(r *recordset.Row) foundSurvey {
	s := foundSurvey{crm.Survey{ID: r.ID(), Token: r.Text("access_token"), Title: r.Text("title")}, r.Bool("active")}
	if link, err := url.Parse(r.Text("session_link")); err == nil && link.Host != "" {
		s.Base = link.Scheme + "://" + link.Host
	}
	return s
}

// OpenSurveys returns those of the surveys that nobody archived, with the number
// of their questions.
func (g *Gateway) OpenSurveys(ctx context.Context, ids []int64) (map[int64]crm.Survey, error) {
	return recordset.FindMap(ctx, g.client, recordset.Query{Model: surveyModel, Domain: odoo.Term("id", "in", ids), Fields: append(surveyFields(), "question_ids")},
		func(r *recordset.Row) (int64, crm.Survey) {
			s := surveyOf(r).Survey
			s.Questions = len(r.IDs("question_ids"))
			s.Unreadable = r.Unreadable()
			return s.ID, s
		})
}

// Surveys returns the questionnaires that have a survey, by its id, archived
// surveys included.
func (g *Gateway) Surveys(ctx context.Context, forms []questionnaire.Questionnaire) (map[int64]questionnaire.Questionnaire, error) {
	byToken := map[string]questionnaire.Questionnaire{}
	var tokens []string
	for _, q := range forms {
		all, err := g.surveyTokens(ctx, surveyKey(q))
		if err != nil {
			return nil, err
		}
		for _, token := range all {
			byToken[token] = q
		}
		tokens = append(tokens, all...)
	}
	return recordset.FindMap(ctx, g.client, recordset.Query{
		Model: surveyModel, Domain: odoo.And(g.madeByUs(), odoo.Term("access_token", "in", tokens)), Fields: []string{"access_token"}, Archived: true,
	}, func(r *recordset.Row) (int64, questionnaire.Questionnaire) {
		id, form := r.ID(), byToken[r.Text("access_token")]
		_ = r.Unreadable()
		return id, form
	})
}

// makeSurvey makes the survey, its questions and their choices. Each has an
// external id, so that several runs may make it at the same time. The
// integration user has to make it: Odoo 16 and 17 let nobody else invite to it.
func (g *Gateway) makeSurvey(ctx context.Context, q questionnaire.Questionnaire, key string) error {
	tokens, err := g.surveyTokens(ctx, key)
	if err != nil {
		return err
	}
	surveyID := crm.SurveyExternalID(key)
	columns := []string{
		"id", "title", "description", "description_done", "access_mode", "users_login_required", "questions_layout",
		"is_attempts_limited", "attempts_limit", "scoring_type", "access_token",
	}
	survey := [][]string{{
		surveyID, q.Title, paragraphs(q.Introduction), paragraphs(q.Thanks), "token", "0", "one_page", "1", "1", "no_scoring", tokens[0],
	}}
	var questions, answers [][]string
	for i, question := range q.Questions {
		questionID := crm.QuestionExternalID(key, question.Key)
		questions = append(questions, []string{
			questionID, surveyID, question.Text, questionType(question.Kind), recordset.Flag(question.Required), strconv.Itoa(i + 1),
		})
		for j, choice := range question.Options() {
			answers = append(answers, []string{
				crm.ChoiceExternalID(key, question.Key, j), questionID, choice.Text, scoreText(choice), strconv.Itoa(j + 1),
			})
		}
	}
	for _, load := range []struct {
		model      string
		columns    []string
		rows       [][]string
		references []int
	}{
		{surveyModel, columns, survey, nil},
		{questionModel, []string{"id", "survey_id/id", "title", "question_type", "constr_mandatory", "sequence"}, questions, []int{1}},
		{answerModel, []string{"id", "question_id/id", "value", "answer_score", "sequence"}, answers, []int{1}},
	} {
		rows, err := g.hide(ctx, load.rows, load.references...)
		if err != nil {
			return err
		}
		if err := recordset.LoadAll(ctx, g.client, load.model, load.columns, rows); err != nil {
			return err
		}
	}
	return nil
}

// paragraphs writes plain paragraphs as HTML.
func paragraphs(text string) string {
	if text == "" {
		return ""
	}
	return "<p>" + strings.ReplaceAll(html.EscapeString(text), "\n", "</p><p>") + "</p>"
}

// questionType is Odoo's name for a kind. A scale is a choice of numbers: 16
// has no other.
func questionType(k questionnaire.Kind) string {
	switch k {
	case questionnaire.Multiple:
		return "multiple_choice"
	case questionnaire.Text:
		return "text_box"
	case questionnaire.Single, questionnaire.Scale:
	}
	return "simple_choice"
}

func scoreOf(c questionnaire.Choice) float64 {
	if !c.Scored {
		return unscored
	}
	return c.Score
}

func scoreText(c questionnaire.Choice) string {
	return strconv.FormatFloat(scoreOf(c), 'f', -1, 64)
}

// asked is a question, or a choice of the question with this id.
type asked struct {
	id, sequence int64
	text, kind   string
	required     bool
}

// compareSurvey refuses a survey that somebody changed in Odoo: its answers
// would belong to other questions than the file says.
func (g *Gateway) compareSurvey(ctx context.Context, s crm.Survey, form questionnaire.Questionnaire) error {
	there, err := recordset.Find(ctx, g.client, recordset.Query{
		Model: questionModel, Domain: odoo.And(odoo.Term("survey_id", "=", s.ID), odoo.Term("is_page", "=", false)),
		Fields: []string{"title", "question_type", "constr_mandatory", "sequence"},
	}, func(r *recordset.Row) asked {
		return asked{
			id: r.ID(), sequence: r.Int("sequence"), text: r.Text("title"), kind: r.Text("question_type"), required: r.Bool("constr_mandatory"),
		}
	})
	if err != nil {
		return err
	}
	choices, err := g.choicesOf(ctx, there)
	if err != nil {
		return err
	}
	slices.SortStableFunc(there, bySequence)
	same := slices.EqualFunc(there, form.Questions, func(x asked, q questionnaire.Question) bool {
		var wanted []string
		for _, c := range q.Options() {
			wanted = append(wanted, c.Text)
		}
		return x.text == q.Text && x.kind == questionType(q.Kind) && x.required == q.Required && slices.Equal(choices[x.id], wanted)
	})
	if !same {
		return &crm.SurveyError{Title: s.Title, Cause: "was changed: its questions are not those of the file"}
	}
	return nil
}

// choicesOf returns the choices of questions, by the question.
func (g *Gateway) choicesOf(ctx context.Context, questions []asked) (map[int64][]string, error) {
	ids := make([]int64, len(questions))
	for i, q := range questions {
		ids[i] = q.id
	}
	list, err := recordset.Find(ctx, g.client, recordset.Query{
		Model: answerModel, Domain: odoo.Term("question_id", "in", ids), Fields: []string{"question_id", "value", "sequence"},
	}, func(r *recordset.Row) asked {
		return asked{id: r.Ref("question_id"), sequence: r.Int("sequence"), text: r.Text("value")}
	})
	slices.SortStableFunc(list, bySequence)
	choices := map[int64][]string{}
	for _, c := range list {
		choices[c.id] = append(choices[c.id], c.text)
	}
	return choices, err
}

// bySequence orders by the field that people move records with.
func bySequence(a, b asked) int { return int(a.sequence - b.sequence) }

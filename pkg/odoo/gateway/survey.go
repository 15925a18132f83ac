package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
)

const (
	surveyModel   = "survey.survey"
	questionModel = "survey.question"
	answerModel   = "survey.question.answer"

	// unscored is the score of a choice that has none. Surveys of ours are
	// not scored by Odoo, so that nobody but crm-tool reads it.
	unscored = -1
)

// surveyKey names a questionnaire's survey: another content is another survey,
// so that old answers keep their questions.
func surveyKey(q questionnaire.Questionnaire) string {
	return fmt.Sprintf("%s_%s_%s", strings.ReplaceAll(q.Name, "-", "_"), strings.ToLower(q.Language), q.Hash())
}

// surveyToken is the survey's part of its pages' addresses. It follows from
// the name, so that one search finds the survey; by itself it opens nothing.
func surveyToken(key string) string {
	sum := sha256.Sum256([]byte("crm-tool survey " + key))
	return hex.EncodeToString(sum[:16])
}

// Survey returns the survey of a questionnaire, made if it is missing. With
// dry nothing is made, and a missing survey has no ID.
func (g *Gateway) Survey(ctx context.Context, q questionnaire.Questionnaire, dry bool) (crm.Survey, error) {
	key := surveyKey(q)
	if s, ok := g.surveys[key]; ok {
		return s, nil
	}
	s, whole, err := g.wholeSurvey(ctx, q, key)
	if err != nil {
		return crm.Survey{}, err
	}
	if !whole {
		if dry {
			return crm.Survey{Token: surveyToken(key), Title: q.Title, Questions: len(q.Questions)}, nil
		}
		if err := g.makeSurvey(ctx, q, key); err != nil {
			return crm.Survey{}, fmt.Errorf("make the survey of questionnaire %s.%s: %w", q.Name, q.Language, err)
		}
		var found bool
		if s, found, err = g.findSurvey(ctx, q, key); err != nil {
			return crm.Survey{}, err
		}
		if !found {
			return crm.Survey{}, fmt.Errorf("read the survey of questionnaire %s.%s back: %w", q.Name, q.Language, ErrVanished)
		}
		if err := g.compareSurvey(ctx, s, q); err != nil {
			return crm.Survey{}, err
		}
	}
	g.surveys[key] = s
	return s, nil
}

// wholeSurvey looks for the survey, and tells whether it is there with all its
// questions. To one without them nobody was invited when the run that made it
// died, or is at it still: then it is to be completed.
func (g *Gateway) wholeSurvey(ctx context.Context, q questionnaire.Questionnaire, key string) (crm.Survey, bool, error) {
	s, found, err := g.findSurvey(ctx, q, key)
	if err != nil || !found {
		return s, false, err
	}
	changed := g.compareSurvey(ctx, s, q)
	if _, ok := errors.AsType[*crm.SurveyError](changed); !ok {
		return s, changed == nil, changed
	}
	invited, err := g.search(ctx, inputModel, odoo.Term("survey_id", "=", s.ID), 1, "id")
	if err != nil || len(invited) == 0 {
		return s, false, err
	}
	return s, false, changed
}

func (g *Gateway) findSurvey(ctx context.Context, q questionnaire.Questionnaire, key string) (crm.Survey, bool, error) {
	records, err := g.searchAll(ctx, surveyModel, odoo.Term("access_token", "=", surveyToken(key)), surveyFields()...)
	if err != nil || len(records) == 0 {
		return crm.Survey{}, false, err
	}
	s, active, err := surveyOf(records[0])
	switch {
	case err != nil:
		return s, false, err
	case !active:
		return s, false, &crm.SurveyError{Title: q.Title, Cause: "was archived"}
	case s.Title != q.Title:
		return s, false, &crm.SurveyError{Title: q.Title, Cause: "was given another title"}
	}
	s.Questions = len(q.Questions)
	return s, true, nil
}

func surveyFields() []string { return []string{"title", "active", "access_token", "session_link"} }

// surveyOf reads a survey without the number of its questions.
func surveyOf(record odoo.Record) (s crm.Survey, active bool, err error) {
	r := row{record: record, model: surveyModel}
	s = crm.Survey{ID: r.id(), Token: r.text("access_token"), Title: r.text("title")}
	if link, err := url.Parse(r.text("session_link")); err == nil && link.Host != "" {
		s.Base = link.Scheme + "://" + link.Host
	}
	return s, r.bool("active"), r.err
}

// OpenSurveys returns those of the surveys that nobody archived, with the number
// of their questions.
func (g *Gateway) OpenSurveys(ctx context.Context, ids []int64) (map[int64]crm.Survey, error) {
	surveys := map[int64]crm.Survey{}
	if len(ids) == 0 {
		return surveys, nil
	}
	records, err := g.search(ctx, surveyModel, odoo.Term("id", "in", ids), 0, append(surveyFields(), "question_ids")...)
	if err != nil {
		return nil, err
	}
	for _, record := range records {
		s, _, err := surveyOf(record)
		if err != nil {
			return nil, err
		}
		questions, err := record.IDs("question_ids")
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", surveyModel, err)
		}
		s.Questions = len(questions)
		surveys[s.ID] = s
	}
	return surveys, nil
}

// makeSurvey makes the survey, its questions and their choices. Each has an
// external id, so that several runs may make it at the same time. The
// integration user has to make it himself: Odoo 16 and 17 let nobody else
// invite to it.
func (g *Gateway) makeSurvey(ctx context.Context, q questionnaire.Questionnaire, key string) error {
	surveyID := crm.SurveyExternalID(key)
	columns := []string{
		"id", "title", "description", "description_done", "access_mode", "users_login_required", "questions_layout",
		"is_attempts_limited", "attempts_limit", "scoring_type", "access_token",
	}
	survey := [][]string{{
		surveyID, q.Title, paragraphs(q.Introduction), paragraphs(q.Thanks), "token", "0", "one_page", "1", "1", "no_scoring", surveyToken(key),
	}}
	var questions, answers [][]string
	for i, question := range q.Questions {
		questionID := crm.QuestionExternalID(key, question.Key)
		questions = append(questions, []string{
			questionID, surveyID, question.Text, questionType(question.Kind), flag(question.Required), strconv.Itoa(i + 1),
		})
		for j, choice := range question.Options() {
			answers = append(answers, []string{
				crm.ChoiceExternalID(key, question.Key, j), questionID, choice.Text, scoreText(choice), strconv.Itoa(j + 1),
			})
		}
	}
	for _, load := range []struct {
		model   string
		columns []string
		rows    [][]string
	}{
		{surveyModel, columns, survey},
		{questionModel, []string{"id", "survey_id/id", "title", "question_type", "constr_mandatory", "sequence"}, questions},
		{answerModel, []string{"id", "question_id/id", "value", "answer_score", "sequence"}, answers},
	} {
		loaded, err := g.client.Load(ctx, load.model, load.columns, load.rows, nil)
		if err != nil {
			return err
		}
		for _, l := range loaded {
			if l.Err != nil {
				return l.Err
			}
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

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
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

// asked is a question or a choice as it can be compared.
type asked struct {
	text, kind string
	required   bool
	choices    []string
}

// compareSurvey refuses a survey that somebody changed in Odoo: its answers
// would belong to other questions than the file says.
func (g *Gateway) compareSurvey(ctx context.Context, s crm.Survey, form questionnaire.Questionnaire) error {
	records, err := g.search(ctx, questionModel, odoo.And(odoo.Term("survey_id", "=", s.ID), odoo.Term("is_page", "=", false)), 0,
		"title", "question_type", "constr_mandatory", "sequence")
	if err != nil {
		return err
	}
	choices, err := g.choicesOf(ctx, records)
	if err != nil {
		return err
	}
	slices.SortStableFunc(records, bySequence)
	var there []asked
	for _, record := range records {
		r := row{record: record, model: questionModel}
		there = append(there, asked{r.text("title"), r.text("question_type"), r.bool("constr_mandatory"), choices[r.id()]})
		if r.err != nil {
			return r.err
		}
	}
	var wanted []asked
	for _, q := range form.Questions {
		a := asked{text: q.Text, kind: questionType(q.Kind), required: q.Required}
		for _, c := range q.Options() {
			a.choices = append(a.choices, c.Text)
		}
		wanted = append(wanted, a)
	}
	same := slices.EqualFunc(there, wanted, func(x, y asked) bool {
		return x.text == y.text && x.kind == y.kind && x.required == y.required && slices.Equal(x.choices, y.choices)
	})
	if !same {
		return &crm.SurveyError{Title: s.Title, Cause: "was changed: its questions are not those of the file"}
	}
	return nil
}

func (g *Gateway) choicesOf(ctx context.Context, questions []odoo.Record) (map[int64][]string, error) {
	ids := make([]int64, len(questions))
	for i, record := range questions {
		id, err := record.Int("id")
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", questionModel, err)
		}
		ids[i] = id
	}
	records, err := g.search(ctx, answerModel, odoo.Term("question_id", "in", ids), 0, "question_id", "value", "sequence")
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(records, bySequence)
	choices := map[int64][]string{}
	for _, record := range records {
		r := row{record: record, model: answerModel}
		question := r.ref("question_id")
		choices[question] = append(choices[question], r.text("value"))
		if r.err != nil {
			return nil, r.err
		}
	}
	return choices, nil
}

// bySequence orders records by the field that people move them with.
func bySequence(a, b odoo.Record) int {
	x, _ := a.Int("sequence")
	y, _ := b.Int("sequence")
	return int(x - y)
}

package surveys

import (
	"context"
	"html"
	"slices"
	"strconv"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
)

// Odoo's models of surveys, of their questions, and of the choices of these.
const (
	model         = "survey.survey"
	questionModel = "survey.question"
	choiceModel   = "survey.question.answer"
)

// unscored is the score of a choice that has none.
const unscored = -1

// load is one call of load: its columns and rows. The cells in the columns with the
// numbers in references are external ids of other rows; so is the first.
type load struct {
	model      string
	columns    []string
	rows       [][]string
	references []int
}

// loads returns the calls of load that make the survey of a questionnaire, its
// questions and their choices, in this order. Key is the one that its external ids
// are made of, token the access token of the survey.
func loads(q questionnaire.Questionnaire, key, token string) []load {
	surveyID := crm.SurveyExternalID(key)
	survey := [][]string{{
		surveyID, q.Title, paragraphs(q.Introduction), paragraphs(q.Thanks), "token", "0", "one_page", "1", "1", "no_scoring", token,
	}}
	var questions, choices [][]string
	for i, question := range q.Questions {
		questionID := crm.QuestionExternalID(key, question.Key)
		questions = append(questions, []string{
			questionID, surveyID, question.Text, questionType(question.Kind), recordset.Flag(question.Required), strconv.Itoa(i + 1),
		})
		for j, choice := range question.Options() {
			choices = append(choices, []string{
				crm.ChoiceExternalID(key, question.Key, j), questionID, choice.Text, score(choice), strconv.Itoa(j + 1),
			})
		}
	}
	return []load{
		{model, []string{
			"id", "title", "description", "description_done", "access_mode", "users_login_required", "questions_layout",
			"is_attempts_limited", "attempts_limit", "scoring_type", "access_token",
		}, survey, nil},
		{questionModel, []string{"id", "survey_id/id", "title", "question_type", "constr_mandatory", "sequence"}, questions, []int{1}},
		{choiceModel, []string{"id", "question_id/id", "value", "answer_score", "sequence"}, choices, []int{1}},
	}
}

// paragraphs writes plain paragraphs as HTML.
func paragraphs(text string) string {
	if text == "" {
		return ""
	}
	return "<p>" + strings.ReplaceAll(html.EscapeString(text), "\n", "</p><p>") + "</p>"
}

// questionType is Odoo's name for a kind.
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

func score(c questionnaire.Choice) string {
	if !c.Scored {
		return strconv.Itoa(unscored)
	}
	return strconv.FormatFloat(c.Score, 'f', -1, 64)
}

// asked is a question, or a choice of the question with this id.
type asked struct {
	id, sequence int64
	text, kind   string
	required     bool
}

// asks tells whether the survey with an id asks what the questionnaire says. Somebody
// may have changed it in Odoo.
func asks(ctx context.Context, client *odoo.Client, id int64, form questionnaire.Questionnaire) (bool, error) {
	there, err := recordset.Find(ctx, client, recordset.Query{
		Model: questionModel, Domain: odoo.And(odoo.Term("survey_id", "=", id), odoo.Term("is_page", "=", false)),
		Fields: []string{"title", "question_type", "constr_mandatory", "sequence"},
	}, func(r *recordset.Row) asked {
		return asked{
			id: r.ID(), sequence: r.Int("sequence"), text: r.Text("title"), kind: r.Text("question_type"), required: r.Bool("constr_mandatory"),
		}
	})
	if err != nil {
		return false, err
	}
	choices, err := choicesOf(ctx, client, there)
	if err != nil {
		return false, err
	}
	slices.SortStableFunc(there, bySequence)
	return slices.EqualFunc(there, form.Questions, func(x asked, q questionnaire.Question) bool {
		var wanted []string
		for _, c := range q.Options() {
			wanted = append(wanted, c.Text)
		}
		return x.text == q.Text && x.kind == questionType(q.Kind) && x.required == q.Required && slices.Equal(choices[x.id], wanted)
	}), nil
}

// choicesOf returns the choices of questions, by the question.
func choicesOf(ctx context.Context, client *odoo.Client, questions []asked) (map[int64][]string, error) {
	ids := make([]int64, len(questions))
	for i, q := range questions {
		ids[i] = q.id
	}
	list, err := recordset.Find(ctx, client, recordset.Query{
		Model: choiceModel, Domain: odoo.Term("question_id", "in", ids), Fields: []string{"question_id", "value", "sequence"},
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

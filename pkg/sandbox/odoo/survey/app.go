// Package survey is Odoo's app for surveys: their models, and a [Site] with the
// web pages on which somebody answers one, by forms or by Odoo's own script.
// All questions stand on one page, whatever the survey's layout.
package survey

import (
	_ "embed" // schema.json

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

//go:embed schema.json
var schema []byte

// App is the Survey app. Nobody is in its groups until an administrator
// puts them there.
func App() orm.App {
	return orm.App{Name: "survey", Schema: schema, Behavior: map[string]orm.Behavior{
		"survey.survey": {
			Allows: ownSurveyOnly(), Defaults: surveyDefaults, Updating: surveyUpdating, Deleting: dropBelow("question_and_page_ids", "user_input_ids"),
			Compute: map[string]func(*orm.Env, *orm.Record) any{
				"page_ids": questionsOf(true), "question_ids": questionsOf(false), "question_count": questionCount,
				"session_code": sessionCode, "session_link": sessionLink,
			},
		},
		"survey.question": {
			Allows: ownSurveyOnly("survey_id"), Defaults: questionDefaults, Deleting: dropBelow("suggested_answer_ids", "user_input_line_ids"),
		},
		"survey.question.answer": {Title: choiceTitle, Allows: ownSurveyOnly("question_id", "survey_id"), Defaults: choiceDefaults},
		"survey.user_input": {
			Allows: ownSurveyOnly("survey_id"), Defaults: participationDefaults, Deleting: dropBelow("user_input_line_ids"),
		},
		"survey.user_input.line": {Title: answerTitle, Allows: ownSurveyOnly("user_input_id", "survey_id")},
	}}
}

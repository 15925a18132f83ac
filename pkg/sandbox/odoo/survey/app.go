// Package survey is Odoo's app for surveys: their models, and a [Site] with the
// web pages on which somebody answers one, by forms or by Odoo's own script.
// All questions stand on one page, whatever the survey's layout.
package survey

import (
	_ "embed" // schema.json
	"slices"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/apps"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

//go:embed schema.json
var schema []byte

// App is the Survey app. Nobody is in its groups until an administrator puts them
// there, but for those who are employees when it is installed in 16.
func App() apps.App {
	return apps.App{Name: "survey", Schema: schema, Installed: admitEmployees, Behavior: map[string]orm.Behavior{
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

// admitEmployees makes everybody who works in the company an administrator of
// surveys, in 16.
func admitEmployees(e *orm.Env) {
	if e.Version != 16 {
		return
	}
	field := orm.GroupsField(e.Version)
	for _, user := range e.Table("res.users").All() {
		groups := orm.IDs(user.Values[field])
		if user.Values["active"] != true || slices.Contains(groups, e.Ref("base.group_portal")) || slices.Contains(groups, e.Ref("base.group_public")) {
			continue
		}
		e.Set(user, field, append(slices.Clone(groups), e.Ref("survey.group_survey_user"), e.Ref("survey.group_survey_manager")))
	}
}

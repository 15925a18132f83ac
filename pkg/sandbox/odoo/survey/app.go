// Package survey is Odoo's app for surveys: their models, and a [Site] with the
// web pages on which somebody answers one, by forms or by Odoo's own script.
// All questions stand on one page, whatever the survey's layout.
package survey

import (
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

// App is the Survey app. Nobody is in its groups until an administrator
// puts them there.
func App(version orm.Version) orm.App {
	return orm.App{
		Name: "survey",
		Models: []orm.Model{
			surveyModel(), questionModel(version), questionAnswerModel(), participationModel(), answerLineModel(),
		},
		Data: []orm.Dataset{
			{Model: "res.groups", Rows: []map[string]any{
				{"id": surveyGroup, "name": "User"},
				{"id": "survey.group_survey_manager", "name": "Administrator"},
			}},
			{Model: "mail.message.subtype", Rows: []map[string]any{
				{"id": "survey.mt_survey_user_input_completed", "name": "Participation completed", "res_model": "survey.user_input", "sequence": 1, "hidden": true},
				{"id": "survey.mt_survey_survey_user_input_completed", "name": "Participation completed", "res_model": "survey.survey", "sequence": 1},
			}},
		},
	}
}

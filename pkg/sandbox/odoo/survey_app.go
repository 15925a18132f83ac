package odoo

// installed says whether the Survey app is there.
func installed(db *database) bool { return db.table("survey.survey") != nil }

// surveyApp is the Survey app. Nobody is in its groups until an administrator
// puts him there.
func surveyApp(version int) app {
	return app{
		name: "survey",
		models: []*model{
			surveyModel(version), questionModel(version), questionAnswerModel(version), participationModel(version), answerLineModel(version),
		},
		data: []dataset{
			{model: "res.groups", rows: []map[string]any{
				{"id": surveyGroup, "name": "User"},
				{"id": "survey.group_survey_manager", "name": "Administrator"},
			}},
			{model: "mail.message.subtype", rows: []map[string]any{
				{"id": "survey.mt_survey_user_input_completed", "name": "Participation completed", "res_model": "survey.user_input", "sequence": 1, "hidden": true},
				{"id": "survey.mt_survey_survey_user_input_completed", "name": "Participation completed", "res_model": "survey.survey", "sequence": 1},
			}},
		},
	}
}

package odoo

// participationModel is survey.user_input: somebody's participation in a
// survey, asked for or begun.
func participationModel(version int) *model {
	return newModel(model{
		name: "survey.user_input", label: "Survey User Input", rights: everything(), group: surveyGroup, keeper: surveyKeeper,
		order:  "create_date desc",
		title:  func(e *env, r *record) string { return e.surveyTitle(r) },
		allows: ownSurveyOnly(func(e *env, r *record) *record { return e.follow(r, "survey_id") }),
		unique: []uniqueField{{name: "access_token", sentence: "An access token must be unique!"}},
		defaults: func(_ *env, values map[string]any) error {
			if values["survey_id"] == nil {
				return serverError("ValueError: Expected singleton: survey.survey()")
			}
			for name, v := range map[string]any{"state": "new", "access_token": newToken()} {
				if _, given := values[name]; !given {
					values[name] = v
				}
			}
			return nil
		},
		deleting: dropBelow("user_input_line_ids"),
	}, version,
		field{name: "survey_id", label: "Survey", kind: many2one, relation: "survey.survey", required: true, indexed: true},
		field{name: "start_datetime", label: "Start date and time", kind: datetime},
		field{name: "end_datetime", label: "End date and time", kind: datetime},
		field{name: "deadline", label: "Deadline", kind: datetime},
		field{name: "state", label: "Status", kind: selection, choices: choices("new", "New", "in_progress", "In Progress", "done", "Completed")},
		field{name: "test_entry", label: "Test Entry", kind: boolean},
		field{name: "is_attempts_limited", label: "Limited number of attempts", kind: boolean, via: "survey_id", readonly: true},
		field{name: "attempts_limit", label: "Number of attempts", kind: integer, via: "survey_id", readonly: true},
		field{name: "access_token", label: "Identification token", kind: char, required: true, indexed: true},
		field{name: "invite_token", label: "Invite token", kind: char},
		field{name: "partner_id", label: "Contact", kind: many2one, relation: "res.partner"},
		field{name: "email", label: "Email", kind: char},
		field{name: "nickname", label: "Nickname", kind: char},
		field{name: "user_input_line_ids", label: "Answers", kind: one2many, relation: "survey.user_input.line", inverse: "user_input_id"},
		field{name: "scoring_percentage", label: "Score (%)", kind: float},
		field{name: "scoring_total", label: "Total Score", kind: float},
		field{name: "lead_id", label: "Lead", kind: many2one, relation: "crm.lead", since: 19},
	)
}

// surveyTitle is the title of the survey that a record belongs to.
func (e *env) surveyTitle(r *record) string {
	if survey := e.follow(r, "survey_id"); survey != nil {
		return e.title(survey)
	}
	return ""
}

// answerLineModel is survey.user_input.line: one answer to one question. Only
// the survey's own pages write it.
func answerLineModel(version int) *model {
	return newModel(model{
		name: "survey.user_input.line", label: "Survey User Input Line", rights: readOnly(), group: surveyGroup,
		keeper: surveyKeeper, editors: surveyManager, order: "question_sequence, id",
		title: answerTitle,
		allows: ownSurveyOnly(func(e *env, r *record) *record {
			if participation := e.follow(r, "user_input_id"); participation != nil {
				return e.follow(participation, "survey_id")
			}
			return nil
		}),
	}, version,
		field{name: "user_input_id", label: "User Input", kind: many2one, relation: "survey.user_input", required: true, indexed: true},
		field{name: "survey_id", label: "Survey", kind: many2one, relation: "survey.survey", via: "user_input_id", readonly: true},
		field{name: "question_id", label: "Question", kind: many2one, relation: "survey.question", required: true, indexed: true},
		field{name: "question_sequence", label: "Sequence", kind: integer, compute: func(e *env, r *record) any {
			if question := e.follow(r, "question_id"); question != nil {
				return e.get(question, "sequence")
			}
			return nil
		}},
		field{name: "skipped", label: "Skipped", kind: boolean},
		field{name: "answer_type", label: "Answer Type", kind: selection},
		field{name: "value_char_box", label: "Text answer", kind: char},
		field{name: "value_numerical_box", label: "Numerical answer", kind: float},
		field{name: "value_date", label: "Date answer", kind: date},
		field{name: "value_datetime", label: "Datetime answer", kind: datetime},
		field{name: "value_text_box", label: "Free Text answer", kind: text},
		field{name: "suggested_answer_id", label: "Suggested answer", kind: many2one, relation: "survey.question.answer"},
		field{name: "answer_score", label: "Score", kind: float, compute: func(e *env, r *record) any {
			if choice := e.follow(r, "suggested_answer_id"); choice != nil {
				return number(e.get(choice, "answer_score"))
			}
			return 0.0
		}},
	)
}

// answerTitle is the display name of an answer: what was answered.
func answerTitle(e *env, r *record) string {
	if choice := e.follow(r, "suggested_answer_id"); choice != nil {
		return e.text(choice, "value")
	}
	if said := e.text(r, "value_char_box"); said != "" {
		return said
	}
	if said := e.text(r, "value_text_box"); said != "" {
		return shorten(said, 50, " [...]")
	}
	return "Skipped"
}

// attemptsLeft is how often a survey may still be answered by that contact, or
// else from that address, within one invitation. Without a limit it is 1.
func (e *env) attemptsLeft(survey *record, partner, email, invitation any) int {
	if !e.flag(survey, "is_attempts_limited") || survey.values["access_mode"] == "public" && !e.flag(survey, "users_login_required") {
		return 1
	}
	left := int(number(survey.values["attempts_limit"]))
	for _, p := range e.followAll(survey, "user_input_ids") {
		same := partner != nil && p.values["partner_id"] == partner || partner == nil && p.values["email"] == email
		if invitation != nil {
			same = same && p.values["invite_token"] == invitation
		}
		if same && p.values["state"] == "done" && !e.flag(p, "test_entry") {
			left--
		}
	}
	return left
}

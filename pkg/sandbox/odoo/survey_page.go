package odoo

import (
	"embed"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// pageFiles holds the page that a visitor of a survey sees.
//
//go:embed pages/*.html
var pageFiles embed.FS

// surveyPage is what a page of a survey shows.
type surveyPage struct {
	// Kind is start, questions, done, review, notice or login.
	Kind              string
	Heading, Sentence string
	Intro, Thanks     template.HTML
	// Begin, Submit, Retry and Review are the addresses of what can be done.
	Begin, Submit, Retry, Review string
	// Left is how many attempts are left of a limited number; Limited is true
	// when the number is limited.
	Left    int
	Limited bool
	// Failed is true when the answers sent cannot be taken.
	Failed bool
	// Leave offers the way out.
	Leave     bool
	Questions []surveyQuestion
}

// surveyQuestion is one question of the page.
type surveyQuestion struct {
	ID                        int64
	Title, Type, Text, Failed string
	Placeholder               string
	Description               template.HTML
	Required                  bool
	Choices                   []surveyChoice
}

// surveyChoice is one choice of a question.
type surveyChoice struct {
	ID     int64
	Value  string
	Chosen bool
}

// page is the page that a participation has come to. What was given in vain
// is shown again.
func (v *visit) page(given replies) surveyPage {
	p := surveyPage{
		Heading: v.title(v.survey),
		Begin:   "/survey/begin/" + v.path, Submit: "/survey/submit/" + v.path, Retry: "/survey/retry/" + v.path,
		Review: "/survey/print/" + strings.Replace(v.path, "/", "?answer_token=", 1),
		// Odoo has sanitized both when they were written.
		Intro:  template.HTML(v.text(v.survey, "description")),      //nolint:gosec // sanitized on the way in
		Thanks: template.HTML(v.text(v.survey, "description_done")), //nolint:gosec // sanitized on the way in
	}
	switch v.answer.values["state"] {
	case "new":
		p.Kind = "start"
	case "in_progress":
		p.Kind = "questions"
	default:
		p.Kind = "done"
		p.Limited = v.flag(v.survey, "is_attempts_limited")
		old := v.answer.values
		p.Left = v.attemptsLeft(v.survey, old["partner_id"], old["email"], old["invite_token"])
	}
	if p.Kind == "questions" || given != nil {
		p.Kind, p.Questions = "questions", v.questions(given)
	}
	return p
}

// questions are the survey's questions with what was answered, or given.
func (v *visit) questions(given replies) []surveyQuestion {
	failed := map[string]any{}
	if given != nil {
		failed = v.validate(given)
	} else {
		given = v.saved()
	}
	var list []surveyQuestion
	for _, r := range v.asked() {
		q := surveyQuestion{
			ID: r.id, Title: v.title(r), Type: v.text(r, "question_type"), Required: v.flag(r, "constr_mandatory"),
			Placeholder: v.text(r, "question_placeholder"),
			Description: template.HTML(v.text(r, "description")), //nolint:gosec // sanitized on the way in
		}
		q.Failed, _ = failed[strconv.FormatInt(r.id, 10)].(string)
		if len(given[r.id]) > 0 {
			q.Text = given[r.id][0]
		}
		for _, choice := range v.followAll(r, "suggested_answer_ids") {
			q.Choices = append(q.Choices, surveyChoice{
				ID: choice.id, Value: v.text(choice, "value"), Chosen: slices.Contains(given[r.id], strconv.FormatInt(choice.id, 10)),
			})
		}
		list = append(list, q)
	}
	return list
}

// saved returns what the participation has answered already.
func (v *visit) saved() replies {
	said := replies{}
	for _, line := range v.followAll(v.answer, "user_input_line_ids") {
		question := number64(line.values["question_id"])
		if choice, ok := line.values["suggested_answer_id"].(int64); ok {
			said[question] = append(said[question], strconv.FormatInt(choice, 10))
			continue
		}
		said[question] = append(said[question], v.text(line, "value_"+v.text(line, "answer_type")))
	}
	return said
}

// render answers with a page.
func (s *site) render(w http.ResponseWriter, p surveyPage) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// A browser that has gone away gets no page; nobody else needs to know.
	_ = s.pages.ExecuteTemplate(w, "survey.html", p)
}

// content is the part of a page that Odoo's script puts into it.
func (s *site) content(p surveyPage) string {
	var b strings.Builder
	if err := s.pages.ExecuteTemplate(&b, p.Kind, p); err != nil {
		return err.Error()
	}
	return b.String()
}

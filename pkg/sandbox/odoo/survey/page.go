package survey

import (
	"embed"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/value"
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
		Heading: v.Title(v.survey),
		Begin:   "/survey/begin/" + v.path, Submit: "/survey/submit/" + v.path, Retry: "/survey/retry/" + v.path,
		Review: "/survey/print/" + strings.Replace(v.path, "/", "?answer_token=", 1),
		// Odoo has sanitized both when they were written.
		Intro:  template.HTML(v.Text(v.survey, "description")),      //nolint:gosec // sanitized on the way in
		Thanks: template.HTML(v.Text(v.survey, "description_done")), //nolint:gosec // sanitized on the way in
	}
	switch v.answer.Values["state"] {
	case "new":
		p.Kind = "start"
	case "in_progress":
		p.Kind = "questions"
	default:
		p.Kind = "done"
		p.Limited = v.Flag(v.survey, "is_attempts_limited")
		old := v.answer.Values
		p.Left = attemptsLeft(v.Env, v.survey, old["partner_id"], old["email"], old["invite_token"])
	}
	if p.Kind == "questions" || given != nil {
		p.Kind, p.Questions = "questions", v.questions(given)
	}
	return p
}

// questions are the survey's questions with what was answered, or given.
func (v *visit) questions(given replies) []surveyQuestion {
	var failed map[int64]string
	if given != nil {
		failed = v.validate(given)
	} else {
		given = v.saved()
	}
	var list []surveyQuestion
	for _, r := range v.asked() {
		q := surveyQuestion{
			ID: r.ID, Title: v.Title(r), Type: v.Text(r, "question_type"), Required: v.Flag(r, "constr_mandatory"),
			Placeholder: v.Text(r, "question_placeholder"),
			Description: template.HTML(v.Text(r, "description")), //nolint:gosec // sanitized on the way in
			Failed:      failed[r.ID],
		}
		if len(given[r.ID]) > 0 {
			q.Text = given[r.ID][0]
		}
		for _, choice := range v.FollowAll(r, "suggested_answer_ids") {
			q.Choices = append(q.Choices, surveyChoice{
				ID: choice.ID, Value: v.Text(choice, "value"), Chosen: slices.Contains(given[r.ID], strconv.FormatInt(choice.ID, 10)),
			})
		}
		list = append(list, q)
	}
	return list
}

// saved returns what the participation has answered already.
func (v *visit) saved() replies {
	said := replies{}
	for _, line := range v.FollowAll(v.answer, "user_input_line_ids") {
		question := value.ID(line.Values["question_id"])
		if choice, ok := line.Values["suggested_answer_id"].(int64); ok {
			said[question] = append(said[question], strconv.FormatInt(choice, 10))
			continue
		}
		said[question] = append(said[question], v.Text(line, "value_"+v.Text(line, "answer_type")))
	}
	return said
}

// render answers with a page.
func (s *Site) render(w http.ResponseWriter, p surveyPage) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// A browser that has gone away gets no page; nobody else needs to know.
	_ = s.pages.ExecuteTemplate(w, "survey.html", p)
}

// content is the part of a page that Odoo's script puts into it.
func (s *Site) content(p surveyPage) string {
	var b strings.Builder
	if err := s.pages.ExecuteTemplate(&b, p.Kind, p); err != nil {
		return err.Error()
	}
	return b.String()
}

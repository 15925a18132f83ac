package odoo

import (
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// site is the web pages of the Survey app.
type site struct {
	db     *database
	hidden bool
	pages  *template.Template
}

// newSite returns the pages of a database; hidden ones are not found. The
// template cannot fail: it is built in, and every test opens it.
func newSite(db *database, hidden bool) *site {
	return &site{db: db, hidden: hidden, pages: template.Must(template.ParseFS(pageFiles, "pages/*.html"))}
}

// visit is somebody's request to one page of a survey.
type visit struct {
	*env
	site           *site
	survey, answer *record
	// problem is why the survey may not be answered, in Odoo's words; empty
	// when it may.
	problem string
	// path is the survey's token and the participation's, as in the address.
	path string
}

// language is the part of an address that names a language.
var language = regexp.MustCompile(`^/[a-z]{2,3}(_[A-Z]{2})?/survey/`)

// serve answers for the pages below /survey/; it is false when there is
// no such page.
//
//	GET  /survey/start/SURVEY?answer_token=PARTICIPATION    sends to the next
//	GET  /survey/SURVEY/PARTICIPATION                       the page itself
//	POST /survey/begin/SURVEY/PARTICIPATION                 new → in_progress
//	POST /survey/submit/SURVEY/PARTICIPATION                → done
//	GET  /survey/retry/SURVEY/PARTICIPATION                 once more
//	GET  /survey/print/SURVEY?answer_token=PARTICIPATION    what was answered
func (s *site) serve(w http.ResponseWriter, r *http.Request) bool {
	path := r.URL.Path
	if at := language.FindString(path); at != "" {
		path = strings.TrimPrefix(path, strings.TrimSuffix(at, "/survey/"))
	}
	parts := strings.Split(strings.TrimPrefix(path, "/survey/"), "/")
	if !strings.HasPrefix(path, "/survey/") || slices.Contains(parts, "") || len(parts) < 2 || len(parts) > 3 {
		return false
	}
	if !installed(s.db) {
		return false
	}
	asked, action := r.URL.Query().Get("answer_token"), parts[0]
	reading := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case len(parts) == 3 && (action == "begin" || action == "submit"):
		s.visit(parts[1], parts[2], true).act(w, r, action)
	case !reading:
		page(w, http.StatusBadRequest, "Bad Request", "Session expired (invalid CSRF token)")
	case len(parts) == 2 && action == "start":
		s.visit(parts[1], asked, asked != "").start(w)
	case len(parts) == 2 && action == "print":
		s.visit(parts[1], asked, true).review(w)
	case len(parts) == 2:
		s.visit(parts[0], parts[1], true).display(w)
	case action == "retry":
		s.visit(parts[1], parts[2], true).retry(w)
	default:
		return false
	}
	return true
}

// visit finds the survey and the participation, and what stands against
// answering. Without named no participation is looked for.
func (s *site) visit(surveyToken, answerToken string, named bool) *visit {
	v := &visit{
		env:  s.db.system(s.db.table("res.users").rows[s.db.ref("base.public_user")]),
		site: s,
		path: url.PathEscape(surveyToken) + "/" + url.PathEscape(answerToken),
	}
	v.survey = v.byToken("survey.survey", surveyToken)
	if v.survey != nil && named {
		v.answer = v.byToken("survey.user_input", answerToken)
		if v.answer != nil && v.answer.values["survey_id"] != v.survey.id {
			v.answer = nil
		}
	}
	v.problem = v.findProblem(named)
	return v
}

// byToken returns the record with that access token, or nil.
func (e *env) byToken(model, token string) *record {
	for _, r := range e.table(model).find("access_token", token) {
		return r
	}
	return nil
}

// findProblem returns why the survey may not be answered.
func (v *visit) findProblem(named bool) string {
	switch {
	case v.survey == nil:
		return "survey_wrong"
	case v.answer == nil && named:
		return "token_wrong"
	case v.answer == nil:
		return "token_required"
	case v.flag(v.survey, "users_login_required"):
		return "survey_auth"
	case !v.flag(v.survey, "active"):
		return "survey_closed"
	case len(ids(v.get(v.survey, "question_ids"))) == 0:
		return "survey_void"
	case v.late():
		return "answer_deadline"
	default:
		return ""
	}
}

// late is true after the participation's deadline.
func (v *visit) late() bool {
	deadline, ok := v.answer.values["deadline"].(time.Time)
	return ok && deadline.Before(v.now)
}

// explain answers a visitor who may not answer the survey.
func (v *visit) explain(w http.ResponseWriter) {
	switch v.problem {
	case "survey_void":
		v.site.render(w, surveyPage{Kind: "notice", Heading: v.title(v.survey) + " survey is empty", Sentence: "No question yet, come back later."})
	case "survey_closed", "answer_deadline":
		v.site.render(w, surveyPage{
			Kind: "notice", Heading: v.title(v.survey) + " survey expired",
			Sentence: "This survey is now closed. Thank you for your interest!",
		})
	case "survey_auth":
		v.site.render(w, surveyPage{Kind: "notice", Heading: "Login required", Sentence: "This survey is open only to registered people."})
	case "token_wrong":
		if v.db.version == 16 {
			redirect(w, "/")
			return
		}
		v.site.render(w, surveyPage{
			Kind: "notice", Heading: "Survey Access Error", Leave: true,
			Sentence: "Oopsie! We could not let you open this survey. Make sure you are using the correct link and are allowed to " +
				"participate or get in touch with its organizer.",
		})
	default:
		redirect(w, "/")
	}
}

// start sends to the page of the participation. It changes nothing: mail
// scanners open every link.
func (v *visit) start(w http.ResponseWriter) {
	if v.problem != "" {
		v.explain(w)
		return
	}
	prefix := ""
	if v.db.version >= 19 {
		prefix = "/en"
	}
	redirect(w, prefix+"/survey/"+v.path)
}

// display shows the page that the participation has come to.
func (v *visit) display(w http.ResponseWriter) {
	if v.problem != "" {
		v.explain(w)
		return
	}
	v.site.render(w, v.page(nil))
}

// review shows what was answered.
func (v *visit) review(w http.ResponseWriter) {
	if v.problem != "" {
		v.explain(w)
		return
	}
	p := v.page(nil)
	p.Kind, p.Questions = "review", v.questions(nil)
	v.site.render(w, p)
}

// retry begins a participation anew for somebody who has attempts left, and
// sends to it. Whoever is not known as a contact counts as the public user,
// who has never answered anything.
func (v *visit) retry(w http.ResponseWriter) {
	if v.problem != "" {
		v.explain(w)
		return
	}
	old := v.answer.values
	partner, nickname := old["partner_id"], old["email"]
	values := map[string]any{
		"survey_id": v.survey.id, "email": old["email"], "invite_token": old["invite_token"], "deadline": old["deadline"],
	}
	counted := v.user.values["partner_id"]
	if partner != nil {
		contact := v.follow(v.answer, "partner_id")
		counted, nickname = partner, contact.values["name"]
		values["partner_id"], values["email"] = partner, contact.values["email"]
	}
	if v.attemptsLeft(v.survey, counted, old["email"], old["invite_token"]) < 1 {
		redirect(w, "/")
		return
	}
	if v.db.version >= 19 && old["nickname"] != nil {
		nickname = old["nickname"]
	}
	values["nickname"] = nickname
	if old["invite_token"] == nil && v.flag(v.survey, "is_attempts_limited") && v.survey.values["access_mode"] != "public" {
		values["invite_token"] = newToken()
	}
	again, err := v.create(v.table("survey.user_input"), eachMember(values))
	if err != nil {
		redirect(w, "/")
		return
	}
	redirect(w, "/survey/start/"+url.PathEscape(v.text(v.survey, "access_token"))+"?answer_token="+url.QueryEscape(v.text(again, "access_token")))
}

package survey

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// Site is the web pages of the Survey app.
type Site struct {
	db     *orm.Database
	hidden bool
	pages  *template.Template
}

// NewSite returns the pages of a database; hidden ones are not found. The
// template cannot fail: it is built in, and every test opens it.
func NewSite(db *orm.Database, hidden bool) *Site {
	return &Site{db: db, hidden: hidden, pages: template.Must(template.ParseFS(pageFiles, "pages/*.html"))}
}

// visit is somebody's request to one page of a survey.
type visit struct {
	*orm.Env
	site           *Site
	survey, answer *orm.Record
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
//	GET  /survey/SURVEY                                     the same, from 20 on, by a cookie
//	POST /survey/begin/SURVEY/PARTICIPATION                 new → in_progress
//	POST /survey/submit/SURVEY/PARTICIPATION                → done
//	GET  /survey/retry/SURVEY/PARTICIPATION                 once more
//	GET  /survey/print/SURVEY?answer_token=PARTICIPATION    what was answered
func (s *Site) serve(w http.ResponseWriter, r *http.Request) bool {
	path := r.URL.Path
	if at := language.FindString(path); at != "" {
		path = strings.TrimPrefix(path, strings.TrimSuffix(at, "/survey/"))
	}
	parts := strings.Split(strings.TrimPrefix(path, "/survey/"), "/")
	installed := s.db.Table("survey.survey") != nil
	if !installed || !strings.HasPrefix(path, "/survey/") || slices.Contains(parts, "") || len(parts) > 3 {
		return false
	}
	asked, action := r.URL.Query().Get("answer_token"), parts[0]
	reading := r.Method == http.MethodGet || r.Method == http.MethodHead
	show, survey, participation := (*visit).display, parts[0], parts[len(parts)-1]
	switch {
	case len(parts) == 3 && (action == "begin" || action == "submit"):
		s.visit(parts[1], parts[2], true).act(w, r, action)
		return true
	case len(parts) == 1 && s.db.Version < 20:
		return false
	case !reading:
		ErrorPage(w, http.StatusBadRequest, "Bad Request", "Session expired (invalid CSRF token)")
		return true
	case len(parts) == 1:
		participation = s.remembered(r, survey)
	case len(parts) == 2 && action == "start":
		show, survey, participation = (*visit).start, parts[1], cmp.Or(asked, s.remembered(r, parts[1]))
	case len(parts) == 2 && action == "print":
		show, survey, participation = (*visit).review, parts[1], asked
	case len(parts) == 3 && action == "retry":
		show, survey = (*visit).retry, parts[1]
	case len(parts) == 3:
		return false
	}
	v := s.visit(survey, participation, participation != "" || len(parts) > 1 && action != "start")
	if v.problem != "" {
		show = (*visit).explain
	}
	show(v, w)
	return true
}

// cookie names the cookie by which a browser remembers its participation in a
// survey, from 20 on.
func cookie(survey string) string { return "survey_" + survey }

// remembered returns the participation that a browser remembers; empty for none.
func (s *Site) remembered(r *http.Request, survey string) string {
	c, err := r.Cookie(cookie(survey))
	if err != nil || s.db.Version < 20 {
		return ""
	}
	return c.Value
}

// visit finds the survey and the participation, and what stands against
// answering. Without named no participation is looked for.
func (s *Site) visit(surveyToken, answerToken string, named bool) *visit {
	v := &visit{
		Env:  s.db.System(s.db.Table("res.users").Rows[s.db.Ref("base.public_user")]),
		site: s,
		path: url.PathEscape(surveyToken) + "/" + url.PathEscape(answerToken),
	}
	v.survey = byToken(v.Env, "survey.survey", surveyToken)
	if v.survey != nil && named {
		v.answer = byToken(v.Env, "survey.user_input", answerToken)
		if v.answer != nil && v.answer.Values["survey_id"] != v.survey.ID {
			v.answer = nil
		}
	}
	v.problem = v.findProblem(named)
	return v
}

// byToken returns the record with that access token, or nil.
func byToken(e *orm.Env, model, token string) *orm.Record {
	for _, r := range e.Table(model).Find("access_token", token) {
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
	case v.Flag(v.survey, "users_login_required"):
		return "survey_auth"
	case !v.Flag(v.survey, "active"):
		return "survey_closed"
	case len(orm.IDs(v.Get(v.survey, "question_ids"))) == 0:
		return "survey_void"
	case v.late():
		return "answer_deadline"
	default:
		return ""
	}
}

// late is true after the participation's deadline.
func (v *visit) late() bool {
	deadline, ok := v.answer.Values["deadline"].(time.Time)
	return ok && deadline.Before(v.Now)
}

// explain answers a visitor who may not answer the survey.
func (v *visit) explain(w http.ResponseWriter) {
	switch v.problem {
	case "survey_void":
		v.site.render(w, surveyPage{Kind: "notice", Heading: v.Title(v.survey) + " survey is empty", Sentence: "No question yet, come back later."})
	case "survey_closed", "answer_deadline":
		v.site.render(w, surveyPage{
			Kind: "notice", Heading: v.Title(v.survey) + " survey expired",
			Sentence: "This survey is now closed. Thank you for your interest!",
		})
	case "survey_auth":
		v.site.render(w, surveyPage{Kind: "notice", Heading: "Login required", Sentence: "This survey is open only to registered people."})
	case "token_wrong":
		if v.Version == 16 {
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

// start sends to the page of the participation, which from 20 on is known by a
// cookie. It changes nothing: mail scanners open every link.
func (v *visit) start(w http.ResponseWriter) {
	if v.Version < 20 {
		redirect(w, v.Since(19, "/en", "")+"/survey/"+v.path)
		return
	}
	survey, participation := v.Text(v.survey, "access_token"), v.Text(v.answer, "access_token")
	http.SetCookie(w, &http.Cookie{Name: cookie(survey), Value: participation, Path: "/", MaxAge: 24 * 60 * 60}) //nolint:gosec // As Odoo sets it.
	redirect(w, "/en/survey/"+url.PathEscape(survey))
}

// display shows the page that the participation has come to.
func (v *visit) display(w http.ResponseWriter) {
	v.site.render(w, v.page(nil))
}

// review shows what was answered.
func (v *visit) review(w http.ResponseWriter) {
	p := v.page(nil)
	p.Kind, p.Questions = "review", v.questions(nil)
	v.site.render(w, p)
}

// retry begins a participation anew for somebody who has attempts left, and
// sends to it. Whoever is not known as a contact counts as the public user,
// who has never answered anything.
func (v *visit) retry(w http.ResponseWriter) {
	old := v.answer.Values
	partner, nickname := old["partner_id"], old["email"]
	values := map[string]any{
		"survey_id": v.survey.ID, "email": old["email"], "invite_token": old["invite_token"], "deadline": old["deadline"],
	}
	counted := v.User.Values["partner_id"]
	if partner != nil {
		contact := v.Follow(v.answer, "partner_id")
		counted, nickname = partner, contact.Values["name"]
		values["partner_id"], values["email"] = partner, contact.Values["email"]
	}
	if attemptsLeft(v.Env, v.survey, counted, old["email"], old["invite_token"]) < 1 {
		redirect(w, "/")
		return
	}
	if v.Version >= 19 && old["nickname"] != nil {
		nickname = old["nickname"]
	}
	values["nickname"] = nickname
	if old["invite_token"] == nil && v.Flag(v.survey, "is_attempts_limited") && v.survey.Values["access_mode"] != "public" {
		values["invite_token"] = newToken()
	}
	again, err := v.Create(v.Table("survey.user_input"), xmlrpc.Members(values))
	if err != nil {
		redirect(w, "/")
		return
	}
	site := ""
	if v.Version == 16 {
		site = v.BaseURL
	}
	redirect(w, site+"/survey/start/"+url.PathEscape(v.Text(v.survey, "access_token"))+"?answer_token="+url.QueryEscape(v.Text(again, "access_token")))
}

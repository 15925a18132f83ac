package survey

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// replies are what somebody answered to the questions, by the id of the
// question: texts, or ids of choices.
type replies map[int64][]string

// act begins a participation, or submits its answers: for the form of the page
// in [surveyPage], or for Odoo's own script, which speaks JSON-RPC.
func (v *visit) act(w http.ResponseWriter, r *http.Request, action string) {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch {
	case r.Method == http.MethodPost && kind == "application/json":
		v.actForScript(w, r, action)
	case r.Method == http.MethodPost && kind == "application/x-www-form-urlencoded":
		v.actForForm(w, r, action)
	default:
		ErrorPage(w, http.StatusUnsupportedMediaType, "Unsupported Media Type", "The request is not one that this address understands.")
	}
}

// actForForm answers a form by sending to the page that comes next.
func (v *visit) actForForm(w http.ResponseWriter, r *http.Request, action string) {
	if err := r.ParseForm(); err != nil {
		ErrorPage(w, http.StatusBadRequest, "Bad Request", "The form cannot be read.")
		return
	}
	given := replies{}
	for name, values := range r.PostForm {
		if id, err := strconv.ParseInt(name, 10, 64); err == nil {
			given[id] = values
		}
	}
	if failed := v.validate(given); v.problem == "" && action == "submit" && len(failed) > 0 {
		p := v.page(given)
		p.Failed = true
		v.site.render(w, p)
		return
	}
	if _, err := v.perform(action, given); err != nil {
		v.Rollback(0)
		ErrorPage(w, http.StatusInternalServerError, "Internal Server Error", orm.AsFault(err).Text)
		return
	}
	redirect(w, "/survey/"+v.path)
}

// actForScript answers Odoo's own script. A refusal is a result with the
// member "error".
func (v *visit) actForScript(w http.ResponseWriter, r *http.Request, action string) {
	var call struct {
		ID     any            `json:"id"`
		Params map[string]any `json:"params"`
	}
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
		ErrorPage(w, http.StatusBadRequest, "Bad Request", "The request cannot be read.")
		return
	}
	answer := map[string]any{"jsonrpc": "2.0", "id": call.ID}
	refused, err := v.perform(action, jsonReplies(call.Params))
	switch {
	case err != nil:
		v.Rollback(0)
		answer["error"] = v.scriptError(orm.AsFault(err))
	case refused != nil:
		answer["result"] = v.scriptResult(refused)
	default:
		answer["result"] = v.scriptResult(map[string]any{
			"survey_content": v.site.content(v.page(nil)), "survey_progress": false, "survey_navigation": "", "background_image_url": false,
		})
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	// Who has gone away needs no answer.
	_ = json.NewEncoder(w).Encode(answer)
}

// scriptResult is a result as the version's script expects it: from 17 on
// after the right answers of a quiz.
func (v *visit) scriptResult(result map[string]any) any {
	if v.Version == 16 {
		return result
	}
	return []any{map[string]any{}, result}
}

// scriptError is what the script is told of an exception.
func (v *visit) scriptError(f *orm.FaultError) map[string]any {
	lines := strings.Split(strings.TrimSpace(f.Text), "\n")
	class, text := "odoo.exceptions.UserError", f.Text
	switch {
	case f.Code == orm.FaultApplication:
		class, text, _ = strings.Cut(lines[len(lines)-1], ": ")
		class = "builtins." + class
	case strings.HasPrefix(text, orm.RecordMissing):
		class = "odoo.exceptions.MissingError"
	}
	code := map[bool]int{true: 0, false: 200}[v.Version >= 19]
	return map[string]any{"code": code, "message": "Odoo Server Error", "data": map[string]any{
		"name": class, "message": text, "arguments": []any{text}, "context": map[string]any{}, "debug": f.Text,
	}}
}

// jsonReplies reads the members that are named like questions.
func jsonReplies(params map[string]any) replies {
	given := replies{}
	for name, value := range params {
		id, err := strconv.ParseInt(name, 10, 64)
		if err != nil {
			continue
		}
		list, several := value.([]any)
		if !several {
			list = []any{value}
		}
		for _, item := range list {
			switch item := item.(type) {
			case string:
				given[id] = append(given[id], item)
			case float64:
				given[id] = append(given[id], strconv.FormatFloat(item, 'f', -1, 64))
			}
		}
	}
	return given
}

// perform begins the participation or takes its answers. It returns the
// members of a refusal, if there is one.
func (v *visit) perform(action string, given replies) (map[string]any, error) {
	if v.problem != "" {
		return map[string]any{"error": v.problem}, nil
	}
	if action == "begin" {
		return v.begin()
	}
	return v.submit(given)
}

// begin notes that somebody has begun to answer.
func (v *visit) begin() (map[string]any, error) {
	if v.answer.Values["state"] != "new" {
		return map[string]any{"error": "The survey has already started."}, nil
	}
	return nil, v.Write(v.answer, map[string]any{"state": "in_progress", "start_datetime": v.Now})
}

// submit takes the answers to all questions, and what can be taken of them
// when some are missing.
func (v *visit) submit(given replies) (map[string]any, error) {
	old := v.answer.Values
	if old["state"] == "done" || attemptsLeft(v.Env, v.survey, old["partner_id"], old["email"], old["invite_token"]) < 1 {
		return map[string]any{"error": "unauthorized"}, nil
	}
	failed := v.validate(given)
	for _, question := range v.asked() {
		if _, missing := failed[question.ID]; missing {
			continue
		}
		if err := v.save(question, given[question.ID]); err != nil {
			return nil, err
		}
	}
	if len(failed) > 0 {
		return map[string]any{"error": "validation", "fields": failed}, nil
	}
	return nil, v.Write(v.answer, map[string]any{"state": "done", "end_datetime": v.Now})
}

// asked returns the questions of the survey.
func (v *visit) asked() []*orm.Record { return v.FollowAll(v.survey, "question_ids") }

// validate says what is wrong with the answers, by the question's id.
func (v *visit) validate(given replies) map[int64]string {
	failed := map[int64]string{}
	if v.survey == nil || v.Flag(v.survey, "users_can_go_back") {
		return failed
	}
	for _, question := range v.asked() {
		if v.Flag(question, "constr_mandatory") && !answered(given[question.ID]) {
			failed[question.ID] = cmp.Or(v.Text(question, "constr_error_msg"), "This question requires an answer.")
		}
	}
	return failed
}

// answered says whether there is more than blanks.
func answered(said []string) bool {
	return slices.ContainsFunc(said, func(s string) bool { return strings.TrimSpace(s) != "" })
}

// save writes the answer to one question: a line for each choice, or one that
// says that the question was skipped. From 17 on an answer stands, unless one
// can go back in the survey.
func (v *visit) save(question *orm.Record, said []string) error {
	for _, line := range v.Table("survey.user_input.line").Find("user_input_id", v.answer.ID) {
		if line.Values["question_id"] != question.ID {
			continue
		}
		if v.Version >= 17 && !v.Flag(v.survey, "users_can_go_back") {
			return orm.UserError("This answer cannot be overwritten.")
		}
		v.Remove(line)
	}
	if !answered(said) {
		return v.line(question, map[string]any{"skipped": true})
	}
	kind := v.Text(question, "question_type")
	if kind != "simple_choice" && kind != "multiple_choice" {
		return v.line(question, map[string]any{"answer_type": kind, "value_" + kind: said[0]})
	}
	for _, s := range said {
		id, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
		if err != nil {
			return orm.ServerError("ValueError: invalid literal for int() with base 10: %s", xmlrpc.Repr(s))
		}
		if err := v.line(question, map[string]any{"answer_type": "suggestion", "suggested_answer_id": id}); err != nil {
			return err
		}
	}
	return nil
}

// line writes one answer.
func (v *visit) line(question *orm.Record, values map[string]any) error {
	values["user_input_id"], values["question_id"] = v.answer.ID, question.ID
	if _, err := v.Create(v.Table("survey.user_input.line"), values); err != nil {
		return fmt.Errorf("answer question %d: %w", question.ID, err)
	}
	return nil
}

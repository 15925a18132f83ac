package odoo_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// What two servers never agree on in these recordings: random tokens, and the
// Message-IDs that Odoo makes; and the ids of the integration user, of their
// contact and of the model crm.lead.
var (
	tokens     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	messageIDs = regexp.MustCompile(`&lt;[0-9.]+-openerp-(\d+-crm\.lead)@\w+&gt;`)
	callers    = regexp.MustCompile(`(<string>crm\d\d</string></value>\n</param>\n<param>\n<value><int>)\d+<`)
	authors    = regexp.MustCompile(`<int>\d+(</int></value>\n<value><string>CRM Bot<)`)
	leadModels = regexp.MustCompile(`(<name>res_model_id</name>\n<value><int>)\d+<`)
)

// settleFeedback removes what differs.
func settleFeedback(server string) string {
	server = callers.ReplaceAllString(server, "${1}5<")
	server = authors.ReplaceAllString(server, "<int>6$1")
	server = leadModels.ReplaceAllString(server, "${1}1<")
	return messageIDs.ReplaceAllString(server, "($1)")
}

// spend makes records until the next one of the model gets that id.
func spend(t *testing.T, server *odoo.Server, model string, next int64, v values) {
	t.Helper()
	last := execute(t, server, admin, model, "create", v).(int64)
	require.Less(t, last, next, model)
	list := make([]any, next-1-last)
	for i := range list {
		list[i] = v
	}
	within(t, server, values{"mail_create_nolog": true}, admin, model, "create", list)
}

func TestOdooAnswersAboutFeedbackAsTheRecordedServersDid(t *testing.T) {
	for version, recorded := range map[int]struct{ lead, message, survey int64 }{
		16: {4008, 4179, 5}, 17: {8, 80, 5}, 18: {8, 93, 5}, 19: {4010, 5631, 6},
	} {
		t.Run(fmt.Sprintf("of Odoo %d", version), func(t *testing.T) {
			server := newOdoo(t, odoo.Options{Version: version, Database: fmt.Sprintf("crm%d", version)})
			require.NoError(t, server.AddKey(bot, "botbotbot"))
			spend(t, server, "crm.lead", recorded.lead, values{"name": "x", "user_id": 2})
			for range 3 {
				newLead(t, server, nil)
			}
			spend(t, server, "mail.message", recorded.message, values{"body": "x"})
			spend(t, server, "mail.activity", 3, values{"res_model_id": 1, "res_id": 1})
			spend(t, server, "survey.survey", recorded.survey, values{"title": "x"})
			spend(t, server, "survey.question", 5, values{"title": "x", "survey_id": 1})
			spend(t, server, "survey.question.answer", 10, values{"value": "x", "question_id": 1})
			spend(t, server, "survey.user_input", 3, values{"survey_id": 1})
			spend(t, server, "survey.user_input.line", 5, values{"user_input_id": 1, "question_id": 1})
			url := start(t, server)

			recording, err := txtar.ParseFile(fmt.Sprintf("testdata/feedback-%d.txtar", version))
			require.NoError(t, err)
			require.Len(t, recording.Files, 24)
			for i := 0; i+1 < len(recording.Files); i += 2 {
				name, path, _ := strings.Cut(recording.Files[i].Name, " ")
				request, answer := string(recording.Files[i].Data), string(recording.Files[i+1].Data)
				if name == "survey-participation-done" {
					fillIn(t, server, url, recorded.survey)
				}
				got := post(t, url+path, settleFeedback(strings.TrimSuffix(request, "\n")))
				assert.Equal(t, settle(tokens.ReplaceAllString(settleFeedback(answer), "(token)")),
					settle(tokens.ReplaceAllString(settleFeedback(got), "(token)")), name)
			}
		})
	}
}

// fillIn answers the recorded survey as its participant did.
func fillIn(t *testing.T, server *odoo.Server, url string, survey int64) {
	t.Helper()
	path := fmt.Sprintf("%s/%s", read(t, server, "survey.survey", survey, "access_token")["access_token"],
		read(t, server, "survey.user_input", 3, "access_token")["access_token"])
	status, _ := call(t, url+"/survey/begin/"+path, nil)
	require.Equal(t, http.StatusOK, status)
	status, _ = call(t, url+"/survey/submit/"+path, values{"5": "10", "6": []any{"13", "14"}, "7": "Merci beaucoup & à bientôt"})
	require.Equal(t, http.StatusOK, status)
}

package odoo_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// What Odoo 20 does otherwise was read in its source, not seen.

func TestDeletedMessagesInOdoo20(t *testing.T) {
	server := newOdoo(t, odoo.Options{Version: 20})
	lead := newLead(t, server, nil)
	first, second := newMessage(t, server, lead, nil), newMessage(t, server, lead, nil)
	execute(t, server, bot, "mail.message", "unlink", first)
	const denied = "The requested operation cannot be completed due to security restrictions. Please contact your system administrator.\n\n" +
		"(Document type: Message, Operation: %s)\n\nRecords: %d, %d, User: 5"
	done := values{"message_type": "comment"}

	t.Run("refuse to be deleted, and all with them", func(t *testing.T) {
		assert.Equal(t, odoo.FaultError{Code: 4, Text: fmt.Sprintf(denied, "unlink", second, first)},
			refused(t, server, bot, "mail.message", "unlink", []any{second, first}))
		assert.Equal(t, "comment", read(t, server, "mail.message", second, "message_type")["message_type"])
	})
	t.Run("refuse to be changed as missing if they come first, else as forbidden", func(t *testing.T) {
		missing := refused(t, server, bot, "mail.message", "write", []any{first, second}, done)
		assert.Equal(t, 2, missing.Code)
		assert.Contains(t, missing.Text, "Record does not exist or has been deleted.")
		assert.Equal(t, odoo.FaultError{Code: 4, Text: fmt.Sprintf(denied, "write", second, first)},
			refused(t, server, bot, "mail.message", "write", []any{second, first}, done))
	})
	t.Run("are left out when they are read", func(t *testing.T) {
		assert.Len(t, execute(t, server, bot, "mail.message", "read", []any{first, second}, []string{"subject"}), 1)
	})
}

func TestOdoo20RefusesSearchesThatNameNoModel(t *testing.T) {
	const many = 10_000
	for version, refuses := range map[int]bool{19: false, 20: true} {
		server := newOdoo(t, odoo.Options{Version: version})
		lead := newLead(t, server, nil)
		rows := make([]any, many)
		for i := range rows {
			rows[i] = values{"model": "crm.lead", "res_id": lead, "message_type": "comment", "body": "Hello"}
		}
		execute(t, server, bot, "mail.message", "create", rows)
		anywhere, there := []any{term("body", "!=", false)}, []any{term("body", "!=", false), term("model", "=", "crm.lead")}
		_, err := server.Execute(bot, "mail.message", "search_count", []any{anywhere}, nil)
		if refuses {
			require.ErrorContains(t, err, "ValueError: Cannot search, too many messages\n")
		} else {
			require.NoError(t, err)
		}
		assert.GreaterOrEqual(t, execute(t, server, bot, "mail.message", "search_count", there), many)
		execute(t, server, bot, "mail.message", "search", anywhere, 0, 5)
		assert.Equal(t, slices.Repeat([]string{"mail.message [['body', '!=', False]]"}, 2), server.Unchosen(bot))
	}
}

func TestOdoo20KnowsTheClientOfASurveyByACookie(t *testing.T) {
	server := newOdoo(t, odoo.Options{Version: 20})
	newSurvey(t, server, "1")
	site := start(t, server)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := &http.Client{Jar: jar}
	for _, link := range []string{"/survey/start/survey-token?answer_token=first", "/survey/start/survey-token", "/survey/survey-token"} {
		response, err := browser.Get(site + link)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, 200, response.StatusCode, link)
		assert.Contains(t, []string{"/en/survey/survey-token", "/survey/survey-token"}, response.Request.URL.Path, link)
	}
	stranger := visit(t, get, site+"/en/survey/survey-token", nil)
	assert.Equal(t, visited{status: 303, location: "/"}, stranger)
}

func TestWhatOdoo20HasNoMore(t *testing.T) {
	server := newOdoo(t, odoo.Options{Version: 20})
	assert.Contains(t, refused(t, server, bot, "crm.team", "check_access_rights", "write", false).Text,
		"AttributeError: The method 'crm.team.check_access_rights' does not exist")
	assert.Equal(t, true, execute(t, server, bot, "crm.team", "has_access", []any{}, "write"))

	id := execute(t, server, bot, "ir.attachment", "create", values{"name": "key", "datas": "c2VjcmV0"}).(int64)
	execute(t, server, bot, "ir.attachment", "write", id, values{"datas": "c2VjcmV0", "description": "told"})
	assert.Equal(t, values{"datas": false, "description": "told"}, read(t, server, "ir.attachment", id, "datas", "description"))

	lead := newLead(t, server, nil)
	execute(t, server, bot, "crm.lead", "write", lead, values{"phone": "12"})
	assert.Equal(t, 1, execute(t, server, bot, "mail.message", "search_count",
		[]any{term("res_id", "=", lead), term("model", "=", "crm.lead"), term("message_type", "=", "tracking")}))
}

func TestAnUpgradeKeepsWhatThereIs(t *testing.T) {
	server := newOdoo(t, odoo.Options{Version: 16})
	lead := newLead(t, server, values{"name": "Desks"})
	key := execute(t, server, bot, "ir.attachment", "create", values{"name": "key", "datas": "c2VjcmV0"}).(int64)
	model := execute(t, server, admin, "ir.model", "search", []any{term("model", "=", "crm.lead")}).([]any)[0]
	execute(t, server, admin, "ir.model.fields", "create", values{
		"model_id": model, "name": "x_score", "field_description": "Score", "ttype": "float", "state": "manual",
	})
	execute(t, server, bot, "crm.lead", "write", lead, values{"x_score": 4.5})
	for version := 17; version <= 20; version++ {
		require.NoError(t, server.Upgrade(version))
		assert.Equal(t, values{"name": "Desks", "x_score": 4.5}, read(t, server, "crm.lead", lead, "name", "x_score"))
		assert.Equal(t, values{"datas": "c2VjcmV0"}, read(t, server, "ir.attachment", key, "datas"))
	}
	execute(t, server, bot, "crm.lead", "write", lead, values{"phone": "12"})
	assert.Contains(t, chatter(t, server, lead), "tracking: Notes")
	for _, version := range []int{19, 20, 21} {
		assert.EqualError(t, server.Upgrade(version), fmt.Sprintf("upgrade from Odoo 20 to %d: there is no such way", version))
	}
}

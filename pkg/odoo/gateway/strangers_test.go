package gateway_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/templates"
)

func TestARecordOfSomebodyElseUnderOurExternalIDIsNoClaim(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		on, free := d.opportunity(t, "taken", nil), d.opportunity(t, "free", nil)
		key := crm.ReminderKey(on, 7)
		answer, err := d.execute("sam", "mail.message", "load", []any{
			[]any{"id", "model", "res_id", "message_id", "message_type"},
			[]any{[]any{key.ExternalID(), "crm.lead", fmt.Sprint(on), key.MessageID("00ff", "example.com"), "comment"}},
		}, map[string]any{"context": map[string]any{"mode": "update", "noupdate": true}})
		require.NoError(t, err)
		taken := answer.(map[string]any)["ids"].([]any)[0].(int64)

		g := d.gateway(t)
		claimed, err := g.Claim(t.Context(), []ledger.Claim{
			{Key: key, MessageID: key.MessageID("aa", "example.com"), Body: "<p>Hello</p>"},
			{Key: crm.ReminderKey(free, 7), MessageID: crm.ReminderKey(free, 7).MessageID("aa", "example.com"), Body: "<p>Hello</p>"},
		})
		require.NoError(t, err)
		var stranger *gateway.TakenError
		require.ErrorAs(t, claimed[0].Err, &stranger)
		assert.Equal(t, taken, stranger.Record)
		assert.Contains(t, stranger.Hint(), key.ExternalID())
		require.NoError(t, claimed[1].Err)
		entries, _, err := g.History(t.Context(), []crm.OpportunityID{on, free}, time.Time{})
		require.NoError(t, err)
		assert.Empty(t, entries[on])
		assert.Len(t, entries[free], 1)
	})
}

func TestASurveyOfSomebodyElseIsNotOurs(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		forms, err := questionnaire.Load(overlay.New(nil, templates.FS))
		require.NoError(t, err)
		form, err := forms.Find("satisfaction", []string{"en"})
		require.NoError(t, err)
		// Without a key everybody knows the token by which the survey is found.
		dry, err := d.gateway(t).Survey(t.Context(), form, true)
		require.NoError(t, err)
		theirs := d.create(t, "survey.survey", map[string]any{"title": form.Title, "access_token": dry.Token})
		_, err = d.gateway(t).Survey(t.Context(), form, false)
		require.Error(t, err, "it is not used, and that is said")
		surveys, err := d.gateway(t).Surveys(t.Context(), []questionnaire.Questionnaire{form})
		require.NoError(t, err)
		assert.Empty(t, surveys)

		// With one it is made beside theirs.
		g := withKey(t, d)
		ours, err := g.Survey(t.Context(), form, false)
		require.NoError(t, err)
		assert.NotEqual(t, theirs, ours.ID)
		assert.NotEqual(t, dry.Token, ours.Token)
		assert.NotContains(t, fmt.Sprint(d.call(t, "survey.survey", "get_metadata", []any{ours.ID})), "survey_satisfaction")
	})
}

func TestASurveyThatWeMadeWithoutAKeyRemainsOurs(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		forms, err := questionnaire.Load(overlay.New(nil, templates.FS))
		require.NoError(t, err)
		form, err := forms.Find("satisfaction", []string{"en"})
		require.NoError(t, err)
		before, err := d.gateway(t).Survey(t.Context(), form, false)
		require.NoError(t, err)
		g := withKey(t, d)
		after, err := g.Survey(t.Context(), form, false)
		require.NoError(t, err)
		assert.Equal(t, before, after)
	})
}

// withKey returns a gateway to an Odoo where the first run made a key.
func withKey(t *testing.T, d database) *gateway.Gateway {
	t.Helper()
	g := d.gateway(t)
	key, err := g.EnsureKey(t.Context(), 0)
	require.NoError(t, err)
	note, err := json.Marshal(crm.FirstRun{At: time.Now().UTC().Truncate(time.Second), Key: key})
	require.NoError(t, err)
	_, err = g.ShareOnce(t.Context(), map[string]string{crm.FirstRunKey: string(note)})
	require.NoError(t, err)
	return g
}

// In Odoo 16 everybody can count attachments that they may not read, and so guess a
// text letter by letter.
func TestNobodyFindsTheKeyByCounting(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		key, err := g.EnsureKey(t.Context(), 0)
		require.NoError(t, err)
		found := func(id int64, field, pattern string) bool {
			answer, err := d.execute("sam", "ir.attachment", "search_count",
				[]any{[]any{[]any{"id", "=", id}, []any{field, "=like", pattern}}}, nil)
			return err == nil && fmt.Sprint(answer) == "1" // Not every field can be searched.
		}
		guessed := func(id int64, field string) string {
			text := ""
			for more := true; more && len(text) < 8; {
				more = false
				for _, letter := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=- " {
					if found(id, field, text+string(letter)+"%") {
						text, more = text+string(letter), true
						break
					}
				}
			}
			return text
		}
		place := map[bool]string{true: "description", false: "datas"}[d.version >= 20]
		content, err := d.execute(d.bot, "ir.attachment", "read", []any{[]any{key}, []any{place}}, nil)
		require.NoError(t, err)
		secret := content.([]any)[0].(map[string]any)[place].(string)
		raw, err := base64.StdEncoding.DecodeString(secret)
		require.NoError(t, err)
		require.Len(t, raw, 32)
		for _, field := range []string{"name", "description", "datas", "db_datas", "raw", "index_content", "mimetype", "url"} {
			for _, form := range []string{secret, hex.EncodeToString(raw)} {
				assert.False(t, found(key, field, "%"+form[:3]+"%"), "%s gives it away", field)
			}
		}
		if d.version == 16 {
			assert.Equal(t, "applicat", guessed(key, "index_content"), "this is how it would be guessed")
		}
	})
}

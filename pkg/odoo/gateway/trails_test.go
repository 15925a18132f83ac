package gateway_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
)

func TestTrailsHaveOurEntriesTheirTemplatesAndWhatClientsWrote(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		a, b, c := d.opportunity(t, "A", nil), d.opportunity(t, "B", nil), d.opportunity(t, "C", nil)
		var claims []ledger.Claim
		for key, template := range map[crm.Key]string{
			crm.ReminderKey(a, 7): "reminder-7.fr", crm.ReminderKey(a, 15): "export/reminder-15.fr", crm.ReminderKey(b, 7): "",
		} {
			claims = append(claims, ledger.Claim{Key: key, MessageID: key.MessageID("aa", "example.com"), Body: "<p>Hello</p>", Template: template})
		}
		made, err := g.Claim(t.Context(), claims)
		require.NoError(t, err)
		ids := make([]crm.EntryID, len(made))
		for i, m := range made {
			require.NoError(t, m.Err)
			ids[i] = m.Entry.ID
		}
		require.NoError(t, g.Confirm(t.Context(), ids))
		for i, text := range map[int]string{0: "mail.mail_notification_layout", 1: "crm_tool." + strings.Repeat("x", 201)} {
			key := crm.ReminderKey(b, 100+i)
			made, err := g.Claim(t.Context(), []ledger.Claim{{Key: key, MessageID: key.MessageID("aa", "example.com"), Body: "<p>Hello</p>"}})
			require.NoError(t, err)
			require.NoError(t, g.Confirm(t.Context(), []crm.EntryID{made[0].Entry.ID}))
			d.write(t, "mail.message", int64(made[0].Entry.ID), map[string]any{"email_layout_xmlid": text})
		}
		message := func(on crm.OpportunityID, id, kind string) {
			d.create(t, "mail.message", map[string]any{
				"model": "crm.lead", "res_id": int64(on), "message_id": id, "message_type": kind, "author_id": false, "subject": "Re: A", "email_from": "zoe@client.example",
			})
		}
		message(a, "<1@client.example>", "email")
		message(b, "<2@client.example>", "notification")
		// What looks like ours and is not.
		message(c, crm.ReminderKey(c, 7).MessageID("bb", "example.com"), "comment")
		message(c, crm.ReminderKey(c, 15).MessageID("bb", "example.com"), "email")

		on, err := g.Reminded(t.Context(), 0, 100)
		require.NoError(t, err)
		assert.Equal(t, []crm.OpportunityID{a, b}, on)
		on, err = g.Reminded(t.Context(), 0, 2)
		require.NoError(t, err)
		assert.Equal(t, []crm.OpportunityID{a}, on, "it looks at two reminders")
		on, err = g.Reminded(t.Context(), a, 2)
		require.NoError(t, err)
		assert.Equal(t, []crm.OpportunityID{b}, on)
		on, err = g.Reminded(t.Context(), b, 2)
		require.NoError(t, err)
		assert.Empty(t, on)

		entries, messages, err := g.Trails(t.Context(), []crm.OpportunityID{a, b, c})
		require.NoError(t, err)
		templates := map[crm.Key]string{}
		for _, list := range entries {
			for _, e := range list {
				assert.True(t, e.Confirmed)
				templates[e.Key] = e.Template
			}
		}
		assert.Equal(t, map[crm.Key]string{
			crm.ReminderKey(a, 7): "reminder-7.fr", crm.ReminderKey(a, 15): "export/reminder-15.fr", crm.ReminderKey(b, 7): "",
			crm.ReminderKey(b, 100): "", crm.ReminderKey(b, 101): "",
		}, templates)
		require.Len(t, messages, 1)
		require.Len(t, messages[a], 1)
		assert.Equal(t, []any{"Re: A", true}, []any{messages[a][0].Subject, messages[a][0].Incoming})
	})
}

func TestOutcomesAreThoseOfOpportunitiesThatExist(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		a, b := d.opportunity(t, "A", map[string]any{"email_from": "Zoë <zoe@client.example>"}), d.opportunity(t, "B", nil)
		d.write(t, "crm.lead", int64(b), map[string]any{"stage_id": d.id(t, "crm.stage", "name", "Won")})
		d.write(t, "crm.lead", int64(a), map[string]any{"active": false})
		found, err := g.Outcomes(t.Context(), []crm.OpportunityID{a, b, b + 1000})
		require.NoError(t, err)
		require.Len(t, found, 2)
		assert.Equal(t, "Zoë <zoe@client.example>", found[a].Email)
		assert.Equal(t, crm.UserID(d.id(t, "res.users", "login", "sam")), found[a].Salesperson)
		assert.Equal(t, []bool{false, false}, []bool{found[a].Active, found[a].Stage.Won})
		assert.Equal(t, []bool{true, true, false}, []bool{found[b].Active, found[b].Stage.Won, found[b].Closed.IsZero()})
	})
}

// An Odoo of a version yet to come may lack the field that has the template.
func TestAnOdooWithoutTheFieldOfTheTemplateTakesClaimsWithoutIt(t *testing.T) {
	t.Parallel()
	newestOdoo(t, func(t *testing.T, d database) {
		target, err := url.Parse(d.url)
		require.NoError(t, err)
		proxy := httputil.NewSingleHostReverseProxy(target)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			assert.NoError(t, err)
			body = bytes.ReplaceAll(body, []byte("email_layout_xmlid"), []byte("email_layout_other")) // as long as before
			r.Body = io.NopCloser(bytes.NewReader(body))
			proxy.ServeHTTP(w, r)
		}))
		t.Cleanup(server.Close)
		on := d.opportunity(t, "A", nil)
		d.url = server.URL
		g := d.gateway(t)
		key := crm.ReminderKey(on, 7)
		made, err := g.Claim(t.Context(), []ledger.Claim{{Key: key, MessageID: key.MessageID("aa", "example.com"), Body: "<p>Hello</p>", Template: "reminder-7.fr"}})
		require.NoError(t, err)
		require.NoError(t, made[0].Err)
		assert.Equal(t, key, made[0].Entry.Key)
		entries, _, err := g.Trails(t.Context(), []crm.OpportunityID{on})
		require.NoError(t, err)
		require.Len(t, entries[on], 1)
		assert.Empty(t, entries[on][0].Template)
	})
}

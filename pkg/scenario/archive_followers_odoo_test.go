//go:build odoo

package scenario_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Odoo mails the followers of an opportunity whatever kind of message they
// subscribed to, and calls what is archived with the probability 0 lost. Neither
// archiving nor its undo, nor an answer, gives it occasion for a word.
func TestFollowersAreNotMailedAboutArchiving(t *testing.T) {
	s := newSite(t)
	ids := s.pipeline(t, "old", 4, month)
	s.planActivities(t, ids, 1)
	s.write(leadModel, ids[:2], map[string]any{"probability": 0.0})
	seller := s.search("res.users", []any{[]any{"login", "=", sam}}, "partner_id")[0].number("partner_id")
	var subtypes []int64
	for _, r := range s.search("mail.message.subtype", []any{"|", []any{"res_model", "=", leadModel}, []any{"res_model", "=", false}}, "name") {
		subtypes = append(subtypes, r.id())
	}
	s.execute(admin, leadModel, "message_subscribe", []any{ids, []int64{seller}, subtypes}, nil)
	counts := func() map[string]any {
		found := map[string]any{}
		for _, model := range []string{"mail.mail", "mail.notification", "mail.followers"} {
			found[model] = s.execute(admin, model, "search_count", []any{[]any{}}, nil)
		}
		return found
	}
	before := counts()
	d, status := s.archive(t)
	require.Equal(t, 0, status)
	require.Equal(t, 4, d.Counts["archived"])
	require.Equal(t, before, counts(), "archiving")

	d, status = s.run(t, "archive", "undo", d.Run)
	require.Equal(t, 0, status)
	require.Equal(t, 4, d.Counts["restored"])
	require.Equal(t, before, counts(), "its undo")

	// What Odoo does by itself is mailed, so that the counts do tell something.
	s.write(leadModel, ids[:1], map[string]any{"active": false})
	require.NotEqual(t, before, counts(), "archiving by hand")
}

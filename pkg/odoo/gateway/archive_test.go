package gateway_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
)

// all requires that no opportunity was refused.
func all(t *testing.T) func(map[crm.OpportunityID]error, error) {
	t.Helper()
	return func(refused map[crm.OpportunityID]error, err error) {
		t.Helper()
		require.NoError(t, err)
		require.Empty(t, refused)
	}
}

func TestArchivingTouchesNothingElse(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		fields := []string{"probability", "stage_id", "lost_reason_id", "user_id", "tag_ids"}
		usual := d.opportunity(t, "usual", nil)
		hopeless := d.opportunity(t, "hopeless", map[string]any{"probability": 0.0})
		won := d.opportunity(t, "won", map[string]any{"stage_id": d.id(t, "crm.stage", "name", "Won"), "probability": 100.0})
		list := []crm.OpportunityID{usual, hopeless, won}
		before, messages := map[crm.OpportunityID]map[string]any{}, map[crm.OpportunityID]int{}
		for _, id := range list {
			before[id], messages[id] = d.lead(t, id, fields...), d.chatter(t, id)
		}

		all(t)(g.Archive(t.Context(), list))
		for _, id := range list {
			now := d.lead(t, id, append(fields, "active", "date_closed")...)
			assert.Equal(t, false, now["active"])
			assert.NotEqual(t, false, now["date_closed"])
			delete(now, "active")
			delete(now, "date_closed")
			assert.Equal(t, before[id], now)
			assert.Equal(t, messages[id], d.chatter(t, id), "Odoo's own word for it, such as lost, is not written")
		}

		closed := time.Date(2026, 11, 20, 8, 30, 0, 0, time.UTC)
		all(t)(g.Unarchive(t.Context(), []crm.OpportunityID{usual, hopeless}, time.Time{}))
		all(t)(g.Unarchive(t.Context(), []crm.OpportunityID{won}, closed))
		found, err := g.Opportunities(t.Context(), list)
		require.NoError(t, err)
		for i, want := range []time.Time{{}, {}, closed} {
			assert.True(t, found[i].Active)
			assert.Equal(t, want, found[i].Closed)
			assert.Equal(t, before[list[i]], d.lead(t, list[i], fields...))
			assert.Equal(t, messages[list[i]], d.chatter(t, list[i]))
		}
	})
}

func TestWhenOpportunitiesWereChangedIsTold(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		one, archived := d.opportunity(t, "one", nil), d.opportunity(t, "archived", map[string]any{"active": false})
		list := []crm.OpportunityID{one, archived}
		found, err := g.Opportunities(t.Context(), list)
		require.NoError(t, err)
		written, err := g.Written(t.Context(), append(list, archived+1000))
		require.NoError(t, err)
		assert.Equal(t, map[crm.OpportunityID]time.Time{one: found[0].Written, archived: found[1].Written}, written)
		assert.WithinDuration(t, g.Now(), found[0].Written, time.Minute)
	})
}

func TestAMissingRecordStopsNoOther(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		kept, gone := d.opportunity(t, "kept", nil), d.opportunity(t, "gone", nil)
		d.call(t, "crm.lead", "unlink", []any{int64(gone)})
		_, err := d.execute("bot", "crm.lead", "write", []any{[]any{int64(kept), int64(gone)}, map[string]any{"active": false}}, nil)
		require.Error(t, err)
		assert.Equal(t, true, d.lead(t, kept, "active")["active"], "Odoo refuses the whole call")
		for want, change := range []func([]crm.OpportunityID) (map[crm.OpportunityID]error, error){
			func(ids []crm.OpportunityID) (map[crm.OpportunityID]error, error) { return g.Archive(t.Context(), ids) },
			func(ids []crm.OpportunityID) (map[crm.OpportunityID]error, error) {
				return g.Unarchive(t.Context(), ids, time.Time{})
			},
		} {
			refused, err := change([]crm.OpportunityID{kept, gone})
			require.NoError(t, err)
			assert.Len(t, refused, 1)
			assert.True(t, odoo.IsKind(refused[gone], odoo.MissingRecord))
			assert.Equal(t, want == 1, d.lead(t, kept, "active")["active"])
		}
	})
}

func TestWhatARunChangesIsKeptOnTheOpportunity(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		first, second := d.opportunity(t, "first", nil), d.opportunity(t, "second", nil)
		list := []crm.Snapshot{
			{Opportunity: first, Closed: time.Date(2026, 11, 20, 8, 30, 0, 0, time.UTC), Stage: 3, Activities: []crm.Activity{{
				ID: 5, Type: 2, TypeName: "Call", Summary: `"Call" <her> & him`, Note: "<p>Zoë\n<b>now</b></p>", Deadline: "2026-12-01",
				User: 3, UserName: "Sam", CalendarEvent: 9, Automated: true,
			}}},
			{Opportunity: second, Stage: 1},
		}
		for range 2 {
			errs, err := g.SaveSnapshots(t.Context(), "abc", list)
			require.NoError(t, err)
			assert.Equal(t, []error{nil, nil}, errs)
		}
		changed := list[1]
		changed.Stage = 4
		_, err := g.SaveSnapshots(t.Context(), "abc", []crm.Snapshot{changed})
		require.NoError(t, err)
		_, err = g.SaveSnapshots(t.Context(), "other", []crm.Snapshot{changed})
		require.NoError(t, err)

		both := []crm.OpportunityID{first, second}
		kept, err := g.Snapshots(t.Context(), "abc", both)
		require.NoError(t, err)
		assert.Equal(t, map[crm.OpportunityID]crm.Snapshot{first: list[0], second: list[1]}, kept, "the first one stands")
		attachments := d.find(t, "ir.attachment", []any{[]any{"name", "=like", "crm-tool/archive/%"}}, "name", "res_model", "res_id")
		require.Len(t, attachments, 3)
		assert.Equal(t, "crm-tool/archive/abc.json", attachments[0]["name"])
		assert.Equal(t, "crm.lead", attachments[0]["res_model"])
		assert.Equal(t, int64(first), attachments[0]["res_id"])

		d.write(t, "ir.attachment", attachments[0]["id"].(int64), map[string]any{"description": "{damaged"})
		kept, err = g.Snapshots(t.Context(), "abc", both)
		require.NoError(t, err)
		assert.Equal(t, map[crm.OpportunityID]crm.Snapshot{second: list[1]}, kept, "what is damaged hides no other")

		require.NoError(t, g.DeleteSnapshots(t.Context(), "abc", both))
		require.NoError(t, g.DeleteSnapshots(t.Context(), "abc", both))
		kept, err = g.Snapshots(t.Context(), "abc", both)
		require.NoError(t, err)
		assert.Empty(t, kept)
		kept, err = g.Snapshots(t.Context(), "other", both)
		require.NoError(t, err)
		assert.Equal(t, map[crm.OpportunityID]crm.Snapshot{second: changed}, kept)
	})
}

func TestNothingIsKeptOnADeletedOpportunity(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		first, gone := d.opportunity(t, "first", nil), d.opportunity(t, "gone", nil)
		d.call(t, "crm.lead", "unlink", []any{int64(gone)})
		errs, err := g.SaveSnapshots(t.Context(), "abc", []crm.Snapshot{{Opportunity: first, Stage: 1}, {Opportunity: gone, Stage: 1}})
		require.NoError(t, err)
		require.Len(t, errs, 2)
		assert.NoError(t, errs[0])
		kept, err := g.Snapshots(t.Context(), "abc", []crm.OpportunityID{first})
		require.NoError(t, err)
		assert.Len(t, kept, 1)
	})
}

// claims are archivings of a token.
func claims(token string, on ...crm.OpportunityID) []ledger.Claim {
	rows := make([]ledger.Claim, len(on))
	for i, id := range on {
		key := crm.ArchivedKey(id)
		rows[i] = ledger.Claim{Key: key, MessageID: key.MessageID(token, "odoo.example.com"), Body: "<p>Archived</p>"}
	}
	return rows
}

func TestArchivingsAreFoundByTheirRun(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		_, ok, err := g.LastArchiving(t.Context())
		require.NoError(t, err)
		assert.False(t, ok)

		var list []crm.OpportunityID
		for i := range 4 {
			list = append(list, d.opportunity(t, fmt.Sprint(i), nil))
		}
		before := d.chatter(t, list[0])
		made, err := g.Claim(t.Context(), claims("abc", list[0], list[1], list[2]))
		require.NoError(t, err)
		again, err := g.Claim(t.Context(), claims("xyz", list[2], list[3]))
		require.NoError(t, err)
		assert.Equal(t, made[2], again[0], "the first claim stands")
		require.NoError(t, g.ConfirmNotes(t.Context(), []crm.EntryID{made[0].Entry.ID, made[1].Entry.ID}))
		stranger(t, d, list[3], crm.ArchivedKey(list[3]).MessageID("abc", "client.example"))

		entries, err := g.ArchivedBy(t.Context(), "abc", 0, 10)
		require.NoError(t, err)
		want := []crm.Entry{made[0].Entry, made[1].Entry, made[2].Entry}
		want[0].Confirmed, want[1].Confirmed = true, true
		assert.Equal(t, want, entries)
		entries, err = g.ArchivedBy(t.Context(), "abc", want[0].ID, 1)
		require.NoError(t, err)
		assert.Equal(t, want[1:2], entries)
		entries, err = g.ArchivedBy(t.Context(), "ab", 0, 10)
		require.NoError(t, err)
		assert.Empty(t, entries)

		last, ok, err := g.LastArchiving(t.Context())
		require.NoError(t, err)
		assert.True(t, ok)
		assert.Equal(t, again[1].Entry, last)

		notes := d.find(t, "mail.message", []any{[]any{"id", "=", int64(want[0].ID)}}, "subtype_id", "message_type", "is_internal")
		assert.Contains(t, []string{"Note", "Notes"}, notes[0]["subtype_id"].([]any)[1], "confirmed, it is still an internal note")
		assert.Equal(t, "comment", notes[0]["message_type"])
		assert.Equal(t, before+1, d.chatter(t, list[0]))
	})
}

// stranger stores a mail from outside under a Message-ID of its own choice.
func stranger(t *testing.T, d database, on crm.OpportunityID, messageID string) {
	t.Helper()
	d.create(t, "mail.message", map[string]any{
		"model": "crm.lead", "res_id": int64(on), "message_type": "email", "author_id": false, "email_from": "zoe@client.example",
		"message_id": messageID, "subject": "Re: chairs", "body": "<p>Hello</p>", "subtype_id": d.discussions(t),
	})
}

func TestAnswersToArchivedOnesAreFound(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		archived, active, byHand, silent := d.opportunity(t, "archived", nil), d.opportunity(t, "active", nil), d.opportunity(t, "by hand", nil), d.opportunity(t, "silent", nil)
		made, err := g.Claim(t.Context(), claims("abc", archived, active, silent))
		require.NoError(t, err)
		require.NoError(t, g.ConfirmNotes(t.Context(), []crm.EntryID{made[0].Entry.ID, made[1].Entry.ID, made[2].Entry.ID}))
		all(t)(g.Archive(t.Context(), []crm.OpportunityID{archived, byHand, silent}))
		for i, id := range []crm.OpportunityID{archived, active, byHand} {
			stranger(t, d, id, fmt.Sprintf("<mail-%d@client.example>", i))
		}
		open, err := g.OpenClaims(t.Context(), crm.Archived, g.Now().Add(-time.Hour))
		require.NoError(t, err)
		assert.Equal(t, []crm.OpportunityID{archived, active, byHand},
			crm.IDs(open.Mails, func(m crm.ClientMail) crm.OpportunityID { return m.Opportunity }))
		open, err = g.OpenClaims(t.Context(), crm.Archived, g.Now().Add(time.Hour))
		require.NoError(t, err)
		assert.Empty(t, open.Mails)

		shelved, err := g.ArchivedAmong(t.Context(), []crm.OpportunityID{archived, active, byHand})
		require.NoError(t, err)
		require.Len(t, shelved, 1)
		assert.Equal(t, archived, shelved[0].ID)
		assert.False(t, shelved[0].Active)
		assert.WithinDuration(t, g.Now(), shelved[0].Closed, time.Minute)
		shelved, err = g.ArchivedAmong(t.Context(), nil)
		require.NoError(t, err)
		assert.Empty(t, shelved)
	})
}

func TestArchivingsInAScopeAreLeftOut(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		fresh, back, forged := d.opportunity(t, "fresh", nil), d.opportunity(t, "back", nil), d.opportunity(t, "forged", nil)
		_, err := g.Claim(t.Context(), claims("abc", back))
		require.NoError(t, err)
		stranger(t, d, forged, crm.ArchivedKey(forged).MessageID("evil", "client.example"))
		open, err := g.OpenClaims(t.Context(), crm.Archived, time.Time{})
		require.NoError(t, err)
		require.Len(t, open.Claims, 1)
		assert.Equal(t, back, open.Claims[0].On)
		assert.Equal(t, []crm.OpportunityID{forged}, open.Forged)
		assert.Empty(t, open.Mails)

		scope := crm.Scope{Kind: crm.Archived, Windows: []crm.Window{{Until: g.Now().Add(time.Hour)}}, Also: open.Forged}
		due, err := g.Due(t.Context(), scope, 0, 10)
		require.NoError(t, err)
		var ids []crm.OpportunityID
		for _, o := range due {
			ids = append(ids, o.ID)
		}
		assert.Equal(t, []crm.OpportunityID{fresh, forged}, ids)
		n, err := g.CountDue(t.Context(), scope)
		require.NoError(t, err)
		assert.Equal(t, 2, n)
	})
}

func TestNamesAreTheRecordsInALanguage(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		first := d.create(t, "crm.tag", map[string]any{"name": "Key account"})
		names, err := g.Names(t.Context(), "crm.tag", "fr_FR", false)
		require.NoError(t, err)
		assert.Contains(t, names, gateway.Named{ID: first, Name: "Key account"})

		one := d.create(t, "crm.stage", map[string]any{"name": "Negotiation"})
		two := d.create(t, "crm.stage", map[string]any{"name": "Negotiation"})
		_, err = d.execute("admin", "crm.stage", "write", []any{[]any{two}, map[string]any{"name": "Négociation"}},
			map[string]any{"context": map[string]any{"lang": "fr_FR"}})
		require.NoError(t, err)
		names, err = g.Names(t.Context(), "crm.stage", "fr_FR", false)
		require.NoError(t, err)
		assert.Contains(t, names, gateway.Named{ID: one, Name: "Negotiation"})
		assert.Contains(t, names, gateway.Named{ID: two, Name: "Négociation"})

		for _, archived := range []bool{false, true} {
			names, err = g.Names(t.Context(), "crm.team", "en_US", archived)
			require.NoError(t, err)
			assert.Equal(t, archived, slices.ContainsFunc(names, func(n gateway.Named) bool { return n.Name == "Website" }))
		}
	})
}

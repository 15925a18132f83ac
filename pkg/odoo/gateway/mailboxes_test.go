package gateway_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// A part of a run goes by the address that a mail would go to, and reads nothing else.
func TestTheMailboxesOfOpportunitiesAreThoseOfTheirMails(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		contact := func(email any) int64 {
			return d.create(t, "res.partner", map[string]any{"name": "Zoe", "email": email})
		}
		lead := func(email any, contact any) crm.OpportunityID {
			return d.opportunity(t, "Chairs", map[string]any{"email_from": email, "partner_id": contact})
		}
		own := lead("Zoë <Zoe@client.example>", false)
		theirs := lead(false, contact("max@client.example"))
		broken := lead("zoe@", false)
		none := lead(false, contact(false))
		nobody := lead(false, false)
		d.write(t, "crm.lead", int64(theirs), map[string]any{"email_from": false})
		want := map[crm.OpportunityID]string{own: "zoe@client.example", theirs: "max@client.example", broken: "", none: "", nobody: ""}
		if d.version < 18 {
			want[theirs] = "" // The contact loses the address, too.
		}
		ids := []crm.OpportunityID{own, theirs, broken, none, nobody}

		g := d.gateway(t)
		list, err := g.Opportunities(t.Context(), ids)
		require.NoError(t, err)
		contacts, err := g.Contacts(t.Context(), crm.IDs(list, func(o crm.Opportunity) crm.ContactID { return o.Contact }), false)
		require.NoError(t, err)
		for _, o := range list {
			to, _ := crm.Record{Opportunity: o, Contact: contacts[o.Contact]}.Addressees()
			assert.Equal(t, want[o.ID], crm.CanonicalMailbox(to.Mailbox))
		}

		scope := crm.Scope{Kind: crm.Reminder, Windows: []crm.Window{{Until: g.Now().Add(time.Hour)}}, Among: ids}
		due, err := g.DueMailboxes(t.Context(), scope, 0, 100)
		require.NoError(t, err)
		assert.Equal(t, want, due)
		due, err = g.DueMailboxes(t.Context(), scope, own, 2)
		require.NoError(t, err)
		assert.Equal(t, map[crm.OpportunityID]string{theirs: want[theirs], broken: ""}, due)

		d.write(t, "crm.lead", int64(own), map[string]any{"active": false})
		named, err := g.Mailboxes(t.Context(), append(ids, 99999999))
		require.NoError(t, err)
		assert.Equal(t, want, named, "archived ones, too")
	})
}

func TestOfAContactTheBlacklistIsKnownIfItIsWanted(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		t.Helper()
		g := d.gateway(t)
		firms, err := g.Companies(t.Context(), []crm.CompanyID{1})
		require.NoError(t, err)
		own := firms[1].Contact // The gateway keeps what it reads of it.
		d.write(t, "res.partner", int64(own), map[string]any{"email": "blocked@example.com"})
		d.create(t, "mail.blacklist", map[string]any{"email": "blocked@example.com"})
		for _, wanted := range []bool{false, true, false} {
			found, err := g.Contacts(t.Context(), []crm.ContactID{own}, wanted)
			require.NoError(t, err)
			assert.Equal(t, "blocked@example.com", found[own].Email)
			assert.True(t, !wanted || found[own].Blacklisted)
		}
	})
}

package gateway_test

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/idna"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// spellings are ways to write an address into a field, right and wrong ones.
func spellings() []string {
	before := []string{
		"", " ", "\u00a0", "\u200b", "\ufeff", "\u00ad", "mailto:", "<", "(", "[", "{", "!", "'", `"`, ". ", "Zoe ", "Zoe: ", "Zoe (", `"Zoe, M." `,
		"info@firm.example ", "info@firm.example,", "info@firm.example/", "zoe. ", "@", "a,", ";", "=?utf-8?q?Zo=C3=AB?= ", "Zoë ", "to:", "()",
	}
	after := []string{
		"", " ", ".", ",", ";", ")", "]", "}", "!", "'", `"`, ">", ":", "@", " (private)", "(private)", "\u200b", "\n", "\t", " <x@other.example>",
		", max@client.example", "; max@client.example", "/max@client.example", " or max@client.example", "\u3002", "?subject=x", " Zoe",
	}
	around := []string{
		"zoe@client.example", "ZOE@Client.EXAMPLE", "<zoe@client.example>", "<<zoe@client.example>>", "zoe. muller@client.example",
		"zoe @ client.example", "zoe@ client . example", "zoe@\uff43lient.example", "zoe@client\u3002example", "zoe@cli\u00adent.example",
		"\uff5aoe@client.example", "zoé@client.example", `"zoe"@client.example`, `zo"e"@client.example`, "{zoe}@client.example", "zoe@[127.0.0.1]",
		"zoe@bücher.example", "zoe@xn--bcher-kva.example", "zoe@bu\u0308cher.example", "zoe@STRASSE.example", "zoe@straße.example", "\u212aim@client.example",
		"info@firm.example <zoe@client.example>", "Zoe (zoe@client.example)", "zoe@client.example (Zoe)", "zoe(x)@client.example", "Group: zoe@client.example;",
		"<@relay.example:zoe@client.example>", "zoe@client.example@other.example", `zoe\@client.example`, "zoe@client..example", "zoe.@client.example",
	}
	var all []string
	for _, b := range before {
		for _, a := range after {
			all = append(all, b+around[0]+a)
		}
	}
	for i, core := range around[1:] {
		for j := i % 2; j < len(before); j += 2 {
			all = append(all, before[j]+core)
		}
		for j := 1 + i%3; j < len(after); j += 3 {
			a := after[j]
			all = append(all, core+a)
		}
	}
	return all
}

// createAll makes records and returns their ids.
func (d database) createAll(t *testing.T, model string, values []any) []any {
	t.Helper()
	var ids []any
	for part := range slices.Chunk(values, 100) {
		answer, err := d.execute("admin", model, "create", []any{part}, map[string]any{"context": map[string]any{"tracking_disable": true}})
		require.NoError(t, err)
		ids = append(ids, answer.([]any)...)
	}
	return ids
}

// reading is what Odoo 19 reads in a field.
type reading struct {
	Field      string `json:"field"`
	Normalized string `json:"normalized"`
}

// readings are what the real Odoo 19 answered.
func readings(t *testing.T) map[string]string {
	t.Helper()
	file, err := os.Open("testdata/spellings.ndjson")
	require.NoError(t, err)
	defer file.Close()
	all := map[string]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var r reading
		require.NoError(t, json.Unmarshal(lines.Bytes(), &r))
		all[r.Field] = r.Normalized
	}
	return all
}

func TestOnlyTheMailboxThatOdooNamesIsMailed(t *testing.T) {
	t.Parallel()
	newestOdoo(t, func(t *testing.T, d database) {
		const blocked = "zoe@client.example"
		d.create(t, "mail.blacklist", map[string]any{"email": blocked})
		var leads, contacts []any
		for _, field := range spellings() {
			leads = append(leads, map[string]any{"name": "Chairs", "type": "opportunity", "email_from": field})
			contacts = append(contacts, map[string]any{"name": "Zoe", "email": field})
		}
		ids, people := d.createAll(t, "crm.lead", leads), d.createAll(t, "res.partner", contacts)
		named := map[int64]string{}
		known := readings(t)
		for _, r := range d.find(t, "crm.lead", []any{[]any{"id", "in", ids}}, "email_from", "email_normalized") {
			name, _ := r["email_normalized"].(string)
			field, _ := r["email_from"].(string)
			named[r["id"].(int64)] = name
			assert.Equal(t, known[field], name, "Odoo reads %q otherwise", field)
		}

		g := d.gateway(t)
		var opportunityIDs []crm.OpportunityID
		var contactIDs []crm.ContactID
		for i := range ids {
			opportunityIDs = append(opportunityIDs, crm.OpportunityID(ids[i].(int64)))
			contactIDs = append(contactIDs, crm.ContactID(people[i].(int64)))
		}
		opportunities, err := g.Opportunities(t.Context(), opportunityIDs)
		require.NoError(t, err)
		clients, err := g.Contacts(t.Context(), contactIDs, true)
		require.NoError(t, err)
		mailed := 0
		for i, o := range opportunities {
			for _, r := range []crm.Record{{Opportunity: o}, {Contact: clients[contactIDs[i]]}} {
				to, reason := r.Client()
				if reason != "" {
					continue
				}
				mailed++
				name := named[int64(o.ID)]
				local, domain, _ := strings.Cut(name, "@")
				ascii, err := idna.Lookup.ToASCII(domain)
				require.NoError(t, err)
				assert.Equal(t, strings.ToLower(to.Mailbox), local+"@"+ascii, "%q", o.Email)
				assert.NotEqual(t, blocked, strings.ToLower(to.Mailbox), "%q is on the blacklist", o.Email)
			}
		}
		assert.Greater(t, mailed, 100, "most spellings are somebody else's address, or wrong")
	})
}

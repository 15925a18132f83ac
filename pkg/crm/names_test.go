package crm_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

func TestNamesThatOdooMadeAreKnown(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC)
	r := crm.Record{
		Opportunity: crm.Opportunity{Created: created, ContactName: "Nadia Petit", OrganizationName: "Acme"},
		Contact:     crm.Contact{Name: "Acme SARL"},
		Messages: []crm.Message{
			{At: created, Subject: "Offre pour 20  chaises", Incoming: true},
			{At: created.Add(time.Hour), Subject: "New chairs", Incoming: true},
			{At: created, Subject: "Desks", Incoming: false},
		},
	}
	for name, want := range map[string]bool{
		"Nadia's opportunity":              true,
		"NADIA’S OPPORTUNITY":              true,
		"Opportunité de Nadia Petit":       true,
		"Opportunité de Acme":              true,
		"Verkaufschance von Acme SARL":     true,
		"Acme SARLの案件":                     true,
		"Oportunidad de zoe@x.example":     true,
		"zoe@client.example":               true,
		"Zoe <zoe@client.example>":         true,
		"Zoe@Client.example's opportunity": true,
		"No Subject":                       true,
		"Pas de sujet":                     true,
		"Offre pour 20 chaises":            true,

		"":                                  false,
		"Office chairs":                     false,
		"'s opportunity":                    false,
		"Opportunité de rénover le siège":   false,
		"New chairs":                        false,
		"Desks":                             false,
		"Zoe, see zoe@client.example's one": false,
		"Opportunity":                       false,
	} {
		r.Opportunity.Name = name
		assert.Equal(t, want, r.NamedByOdoo(), "%q", name)
		assert.Equal(t, want, crm.NamesAuto.Hides(r), "%q", name)
		assert.False(t, crm.NamesShow.Hides(r), "%q", name)
		assert.True(t, crm.NamesHide.Hides(r), "%q", name)
	}
}

func TestNamesThatLookInternalAreKnown(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"INTERNAL: bad payer": "internal", "[interne] chaises": "interne", "Chairs (do not  send!)": "do not send",
		"Acme – MAUVAIS PAYEUR": "mauvais payeur", "Desks / TEST": "test",
		"Office chairs": "", "International trade fair": "", "Contest": "", "": "",
	} {
		assert.Equal(t, want, crm.Opportunity{Name: name}.InternalWord(), "%q", name)
	}
}

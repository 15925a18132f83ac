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
		"Acme":                             true,
		"nadia  petit":                     true,
		"RE: Offre":                        true,
		"Fwd: TR: AW: WG: 20 chairs":       true,
		"[EXTERNAL] Re[2]: 20 chairs":      true,
		"转发：椅子":                            true,
		"Website robot's New Lead":         true,
		"Nouvelle piste de Robot du site":  true,
		"Nadia Petit survey results":       true,
		"Résultats Nadia Petit sondage":    true,
		"Neu Umfrage Ergebnisse":           true,

		"":                                  false,
		"Office chairs":                     false,
		"'s opportunity":                    false,
		"Opportunité de rénover le siège":   false,
		"New chairs":                        false,
		"Desks":                             false,
		"Zoe, see zoe@client.example's one": false,
		"Opportunity":                       false,
		"Reception desks":                   false,
		"Refurbishing: 20 chairs":           false,
		"Acme chairs":                       false,
		"New lead paint":                    false,
	} {
		r.Opportunity.Name = name
		assert.Equal(t, want, r.NamedByOdoo(), "%q", name)
	}
}

func TestAClientReadsTheNameThatAPersonGave(t *testing.T) {
	t.Parallel()
	r := crm.Record{
		Opportunity: crm.Opportunity{ContactName: "Nadia Petit", OrganizationName: "Acme"},
		Contact:     crm.Contact{Name: "Acme SARL"},
	}
	for _, c := range []struct{ name, auto, show string }{
		{"Office chairs", "Office chairs", "Office chairs"},
		{" Office \r\n chairs\x00 ", "Office chairs", "Office chairs"},
		{"Nadia's opportunity", "", "Nadia's opportunity"},
		{"INTERNAL: bad payer", "", "INTERNAL: bad payer"},
		{"Chairs for that idiot", "", "Chairs for that idiot"},
		{"RE: chairs", "", "RE: chairs"},
		{"Spring Fair - Nadia Petit", "Spring Fair", "Spring Fair - Nadia Petit"},
		{"Spring Fair - Paris - ACME", "Spring Fair - Paris", "Spring Fair - Paris - ACME"},
		{"Spring Fair - nadia@client.example", "Spring Fair", "Spring Fair - nadia@client.example"},
		{"Acme sarl - 20 chairs - blue", "20 chairs - blue", "Acme sarl - 20 chairs - blue"},
		{"Chairs - desks", "Chairs - desks", "Chairs - desks"},
		{"Chairs-Acme", "Chairs-Acme", "Chairs-Acme"},
		{" - Acme", "- Acme", "- Acme"},
		{"2026", "2026", "2026"},
		{"", "", ""},
		{" \u200b\n", "", ""},
		{"?? - …", "", ""},
	} {
		r.Opportunity.Name = c.name
		assert.Equal(t, c.auto, crm.NamesAuto.TitleOf(r), "%q", c.name)
		assert.Equal(t, c.show, crm.NamesShow.TitleOf(r), "%q", c.name)
		assert.Empty(t, crm.NamesHide.TitleOf(r), "%q", c.name)
	}
}

func TestNamesThatLookInternalAreKnown(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"INTERNAL: bad payer": "internal", "[interne] chaises": "interne", "Chairs (do not  send!)": "do not send",
		"Acme – MAUVAIS PAYEUR": "mauvais payeur", "Desks / TEST": "test",
		"20 chairs (pain in the ass)": "pain in the ass", "Chaises – quel connard": "connard", "Stühle/Vollidiot!": "vollidiot",
		"Office chairs": "", "International trade fair": "", "Contest": "", "": "",
	} {
		assert.Equal(t, want, crm.Opportunity{Name: name}.InternalWord(), "%q", name)
	}
}

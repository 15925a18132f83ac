package crm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

func TestAgeCountsFromTheConversionOfALead(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	converted := created.AddDate(0, 6, 0)
	assert.Equal(t, created, crm.Opportunity{Created: created}.Origin())
	assert.Equal(t, converted, crm.Opportunity{Created: created, Converted: converted}.Origin())
}

func TestAnEntryIsFoundAgainByItsMessageID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		key    crm.Key
		token  string
		domain string
		want   string
	}{
		{
			"a reminder",
			crm.Key{Kind: crm.Reminder, Opportunity: 42, Step: 7},
			"00ff", "example.com",
			"<crm-tool.remind.42.7.00ff@example.com>",
		},
		{
			"a reminder that is due at once",
			crm.Key{Kind: crm.Reminder, Opportunity: 1, Step: 0},
			"a", "x.example",
			"<crm-tool.remind.1.0.a@x.example>",
		},
		{
			"the largest id that Odoo gives",
			crm.Key{Kind: crm.Refused, Opportunity: 2147483647, Step: 99999},
			"z9", "xn--bcher-kva.example",
			"<crm-tool.refused.2147483647.99999.z9@xn--bcher-kva.example>",
		},
		{
			"a questionnaire",
			crm.Key{Kind: crm.Feedback, Step: 1234},
			"00ff", "example.com",
			"<crm-tool.feedback.1234.00ff@example.com>",
		},
		{
			"a questionnaire in doubt",
			crm.Key{Kind: crm.FeedbackUncertain, Step: 1234},
			"00ff", "example.com",
			"<crm-tool.feedback-uncertain.1234.00ff@example.com>",
		},
		{
			"a client's answers",
			crm.Key{Kind: crm.Answer, Opportunity: 9},
			"00ff", "example.com",
			"<crm-tool.answer.9.00ff@example.com>",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			id := crm.FormatMessageID(c.key, c.token, c.domain)
			assert.Equal(t, c.want, id)
			key, token, ok := crm.ParseMessageID(id)
			assert.True(t, ok)
			assert.Equal(t, c.key, key)
			assert.Equal(t, c.token, token)
		})
	}
}

func TestWhatHasNotTheFormOfOursIsNotOurs(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{
		"nothing":                      "",
		"an ordinary Message-ID":       "<20261123.42@client.example>",
		"one without brackets":         "crm-tool.remind.42.7.a@example.com",
		"one with something before":    "x<crm-tool.remind.42.7.a@example.com>",
		"one with something after":     "<crm-tool.remind.42.7.a@example.com>\n",
		"one on two lines":             "<crm-tool.remind.42.7.a@example.com>\n<crm-tool.remind.42.7.a@example.com>",
		"one without a step":           "<crm-tool.remind.42.a@example.com>",
		"one without a token":          "<crm-tool.remind.42.7.@example.com>",
		"one without a domain":         "<crm-tool.remind.42.7.a@>",
		"one with two domains":         "<crm-tool.remind.42.7.a@x@example.com>",
		"one with a blank":             "<crm-tool.remind.42.7.a@example.com x>",
		"one with a pattern as token":  "<crm-tool.remind.42.7.%@example.com>",
		"one with a capital token":     "<crm-tool.remind.42.7.A@example.com>",
		"one about opportunity nought": "<crm-tool.remind.0.7.a@example.com>",
		"a questionnaire with a step":  "<crm-tool.feedback.42.7.a@example.com>",
		"a doubt about activity none":  "<crm-tool.feedback-uncertain.0.a@example.com>",
		"a doubt with an opportunity":  "<crm-tool.feedback-uncertain.42.7.a@example.com>",
		"one with a leading nought":    "<crm-tool.remind.042.7.a@example.com>",
		"one with a negative id":       "<crm-tool.remind.-42.7.a@example.com>",
		"one with an id beyond bounds": "<crm-tool.remind.9999999999999999999.7.a@example.com>",
		"one with a step beyond all":   "<crm-tool.remind.42.1000000000000000000.a@example.com>",
		"one with a token beyond all":  "<crm-tool.remind.42.7." + strings.Repeat("a", 65) + "@example.com>",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, token, ok := crm.ParseMessageID(id)
			assert.False(t, ok)
			assert.Zero(t, key)
			assert.Empty(t, token)
		})
	}
}

func FuzzParseMessageID(f *testing.F) {
	f.Add("<crm-tool.remind.42.7.00ff@example.com>")
	f.Add("<crm-tool.remind.1.99999.a@a.b>")
	f.Add("<crm-tool.feedback.42.00ff@example.com>")
	f.Add("<crm-tool.archive.42.00ff@example.com>")
	f.Fuzz(func(t *testing.T, id string) {
		key, token, ok := crm.ParseMessageID(id)
		if !ok {
			return
		}
		_, domain, _ := strings.Cut(strings.TrimSuffix(id, ">"), "@")
		again, sameToken, ok := crm.ParseMessageID(crm.FormatMessageID(key, token, domain))
		if !ok || again != key || sameToken != token {
			t.Fatalf("%q is %+v %q, which is written as %+v %q", id, key, token, again, sameToken)
		}
	})
}

func TestARefusalStandsForTheAddress(t *testing.T) {
	t.Parallel()
	token := crm.AddressToken("zoe@client.example")
	assert.Regexp(t, "^[0-9a-f]{16}$", token)
	assert.Equal(t, token, crm.AddressToken("Zoe@Client.Example"), "whatever its case")
	assert.NotEqual(t, token, crm.AddressToken("zoe@client2.example"))
	_, parsed, ok := crm.ParseMessageID(crm.FormatMessageID(crm.Key{Kind: crm.Refused, Opportunity: 1, Step: 7}, token, "example.com"))
	assert.True(t, ok)
	assert.Equal(t, token, parsed)
}

func TestAutomaticAnswersAreToldByTheirSubject(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		subject string
		want    bool
	}{
		"Outlook's notice":                     {"Automatic reply: Office chairs", true},
		"Outlook's notice to an answer":        {"Automatic reply: Re: Office chairs", true},
		"Outlook's notice in French":           {"Réponse automatique : Chaises de bureau", true},
		"the same without accents":             {"REPONSE AUTOMATIQUE: Chaises", true},
		"Outlook's notice in German":           {"Automatische Antwort: Bürostühle", true},
		"a notice of Lotus Notes":              {"AUTO: Zoe Client is out of the office (returning 11/30/2026)", true},
		"a notice of vacation(1)":              {"away from my mail", true},
		"a notice that a person worded":        {"Out of office until Monday", true},
		"an absence in French":                 {"  Absence du bureau : Zoë", true},
		"an absence with a curly apostrophe":   {"Message d’absence", true},
		"an answer":                            {"Re: Office chairs", false},
		"a person's answer to a notice":        {"Re: Automatic reply: Office chairs", false},
		"a person's answer in German":          {"AW: Automatische Antwort: Bürostühle", false},
		"a notice that a person forwards":      {"TR: Absence du bureau", false},
		"an answer that speaks of automation":  {"Re: automatic doors for our office", false},
		"a subject with the words further on":  {"I was out of office, sorry", false},
		"an empty subject":                     {"", false},
		"an answer to a mail about automation": {"Re: auto: lease", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, crm.Message{Subject: c.subject}.Automatic())
		})
	}
}

func TestADoubtIsAboutTheClaimBeforeIt(t *testing.T) {
	t.Parallel()
	claim := crm.Entry{ID: 5, Key: crm.Key{Kind: crm.Feedback, Opportunity: 42, Step: 7}}
	note := crm.Entry{ID: 6, Key: crm.Key{Kind: crm.FeedbackUncertain, Opportunity: 42, Step: 7}}
	assert.True(t, claim.NotedUncertain([]crm.Entry{claim, note}))
	assert.False(t, claim.NotedUncertain([]crm.Entry{claim}))
	older := note
	older.ID = 4
	assert.False(t, claim.NotedUncertain([]crm.Entry{older, claim}), "an older note is about an older claim")
	other := note
	other.Key.Step = 8
	assert.False(t, claim.NotedUncertain([]crm.Entry{claim, other}), "another activity's")
	reminders := note
	reminders.Key.Kind = crm.Uncertain
	assert.False(t, claim.NotedUncertain([]crm.Entry{claim, reminders}), "a reminder's")
}

package crm_test

import (
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
	claim := crm.Entry{ID: 5, Key: crm.QuestionnaireKey(crm.Feedback, 42, 7)}
	note := crm.Entry{ID: 6, Key: claim.Key.Note(crm.Uncertain)}
	assert.True(t, claim.NotedUncertain([]crm.Entry{claim, note}))
	assert.False(t, claim.NotedUncertain([]crm.Entry{claim}))
	older := note
	older.ID = 4
	assert.False(t, claim.NotedUncertain([]crm.Entry{older, claim}), "an older note is about an older claim")
	other := note
	other.Key.Activity = 8
	assert.False(t, claim.NotedUncertain([]crm.Entry{claim, other}), "another activity's")
	reminders := note
	reminders.Key.Kind = crm.Uncertain
	assert.False(t, claim.NotedUncertain([]crm.Entry{claim, reminders}), "a reminder's")
}

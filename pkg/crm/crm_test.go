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
		"Exchange in Swedish":                  {"Automatiskt svar: Chairs", true},
		"Exchange in Hungarian":                {"Automatikus válasz: Chairs", true},
		"Exchange in Japanese":                 {"自動応答: Chairs", true},
		"Exchange in Japanese, no colon":       {"自動応答Chairs", true},
		"Exchange in Arabic":                   {"رد تلقائي: Chairs", true},
		"Exchange in Hebrew, marked":           {"\u200fמענה אוטומטי: Chairs", true},
		"a full-width colon":                   {"自动答复：Chairs", true},
		"a blank that does not break":          {"Réponse\u00a0automatique\u00a0: Chaises", true},
		"a gateway's tag":                      {"[EXTERNAL] Automatic reply: Chairs", true},
		"two gateways' tags":                   {"[EXT] ***SPAM*** Automatic reply: Chairs", true},
		"a gateway's tag without brackets":     {"EXT: Automatische Antwort: Stühle", true},
		"a gateway's tag in braces":            {"{Spam?} OOO: Chairs", true},
		"out of office, short":                 {"OOO: Chairs", true},
		"a receipt":                            {"Read: Chairs", true},
		"a receipt in German":                  {"Gelesen: Stühle", true},
		"a receipt in French":                  {"Lu : Chaises", true},
		"deleted unread":                       {"Not read: Chairs", true},
		"Thunderbird's receipt":                {"Return Receipt (displayed) - Chairs", true},
		"a question about reading":             {"Read the offer, thanks", false},
		"a word that begins like one":          {"Automatic replying machines", false},
		"an answer behind a tag":               {"[EXTERNAL] Re: Automatic reply: Chairs", false},
		"a tag alone":                          {"[EXTERNAL]", false},
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
			assert.Equal(t, c.want, crm.Message{Subject: c.subject}.Automatic(nil))
		})
	}
}

func TestWhatComesRightAfterAMailWithANewSubjectIsAutomatic(t *testing.T) {
	t.Parallel()
	mailed := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	reminder := crm.Entry{Key: crm.ReminderKey(42, 7), At: mailed}
	for name, c := range map[string]struct {
		subject string
		after   time.Duration
		entry   crm.Entry
		want    bool
	}{
		"a notice that is not in the list":     {"I am sailing until May", 3 * time.Second, reminder, true},
		"after two minutes it is a person's":   {"Question", 2 * time.Minute, reminder, false},
		"before the mail it is a person's":     {"Question", -time.Second, reminder, false},
		"a reply is a person's at any time":    {"Re: Chairs", 3 * time.Second, reminder, false},
		"a reply in German":                    {"AW: Stühle", 3 * time.Second, reminder, false},
		"a reply in Swedish":                   {"Sv: Stolar", 3 * time.Second, reminder, false},
		"no subject tells nothing":             {"", 3 * time.Second, reminder, false},
		"after a mail that was sent again":     {"I am sailing until May", 3 * time.Second, crm.Entry{Key: reminder.Key.Note(crm.Settled), At: mailed}, true},
		"a note on the opportunity is no mail": {"Question", 3 * time.Second, crm.Entry{Key: crm.ArchivedKey(42), At: mailed}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := crm.Message{Subject: c.subject, At: mailed.Add(c.after)}
			assert.Equal(t, c.want, m.Automatic([]crm.Entry{c.entry}))
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

package run_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/mailing"
)

func TestNotesSpeakTheSalespersonsLanguage(t *testing.T) {
	t.Parallel()
	const (
		uncertainEnglish = "<p>Reminder of day 15: nobody can know whether this mail left, as its sending was cut off. " +
			"It will not be sent again automatically. Please ask the client, then tell your administrator.</p>"
		uncertainFrench = "<p>Relance du jour 15 : impossible de savoir si ce message est parti (l’envoi a été interrompu). " +
			"Il ne sera pas renvoyé automatiquement. Merci de vérifier auprès du client, puis de prévenir votre administrateur.</p>"
		refusedEnglish = "<p>Reminder of day 15 not delivered: the mail server refuses the address zoe@client.example. " +
			"Its answer: “550 5.1.1 &lt;zoe@client.example&gt; &amp; co: 100% unknown”. Correct the address and the reminders go on.</p>"
		refusedFrench = "<p>Relance du jour 15 non distribuée : le serveur de messagerie refuse l’adresse zoe@client.example. " +
			"Sa réponse : « 550 5.1.1 &lt;zoe@client.example&gt; &amp; co: 100% unknown ». Corrigez l’adresse pour que les relances reprennent.</p>"
	)
	for language, want := range map[string][2]string{
		"en_US": {uncertainEnglish, refusedEnglish}, "fr_FR": {uncertainFrench, refusedFrench}, "fr": {uncertainFrench, refusedFrench},
		"de_DE": {uncertainEnglish, refusedEnglish}, "": {uncertainEnglish, refusedEnglish},
	} {
		m := ledger.Mail{
			Claim:    ledger.Claim{Key: crm.Key{Kind: crm.Reminder, Opportunity: 42, Step: 15}},
			Language: language, Envelope: mail.Envelope{To: "zoe@client.example"},
		}
		assert.Equal(t, want[0], mailing.Notes{}.Uncertain(m), language)
		assert.Equal(t, want[1], mailing.Notes{}.Refused(m, "550 5.1.1 <zoe@client.example> & co: 100% unknown"), language)
	}
}

func TestSettingsAreToldFromTheRestOfTheSharedState(t *testing.T) {
	t.Parallel()
	assert.Equal(t, map[string]string{"reminders.days": "[7]", "timezone": "UTC"}, instance.Settings(map[string]string{
		"reminders.days": "[7]", "timezone": "UTC", "first-run": "{}", "serves/00ff": "{}",
	}))
}

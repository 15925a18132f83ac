package run

import (
	"fmt"
	"html"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/ledger"
)

// Notes words the notes for colleagues, in the salesperson's language.
type Notes struct{}

var _ ledger.Notes = Notes{}

// Uncertain says that nobody can know whether the mail left.
func (n Notes) Uncertain(m ledger.Mail) string { return n.uncertain(m.Language, m.Key.Step) }

// Refused quotes the mail server.
func (Notes) Refused(m ledger.Mail, serverWords string) string {
	return paragraph(wordsFor(m.Language).refused, m.Key.Step, m.Envelope.To, serverWords)
}

func (Notes) uncertain(language string, step int) string {
	return paragraph(wordsFor(language).uncertain, step)
}

func (Notes) settled(language string, step int, sent bool) string {
	if sent {
		return paragraph(wordsFor(language).settledSent, step)
	}
	return paragraph(wordsFor(language).settledUnsent, step)
}

// paragraph fills the arguments, escaped, into one paragraph of HTML.
func paragraph(format string, args ...any) string {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = html.EscapeString(s)
		}
	}
	return "<p>" + fmt.Sprintf(format, args...) + "</p>"
}

// words are the texts of one language.
type words struct {
	to, cc                     string
	uncertain, refused         string
	settledSent, settledUnsent string
}

// wordsFor returns the texts for a language as Odoo writes it; English is for
// all that have none.
func wordsFor(language string) words {
	if strings.HasPrefix(language, "fr") {
		return words{
			to: "À :", cc: "Cc :",
			uncertain: "Relance du jour %d : impossible de savoir si ce message est parti (l’envoi a été interrompu). " +
				"Il ne sera pas renvoyé automatiquement. Merci de vérifier auprès du client, puis de prévenir votre administrateur.",
			refused:       "Relance du jour %d non distribuée : le serveur de messagerie refuse l’adresse %s. Sa réponse : « %s ». Corrigez l’adresse pour que les relances reprennent.",
			settledSent:   "Relance du jour %d : considérée comme envoyée, sur décision de votre administrateur.",
			settledUnsent: "Relance du jour %d : considérée comme non envoyée, sur décision de votre administrateur ; elle est renvoyée.",
		}
	}
	return words{
		to: "To:", cc: "Cc:",
		uncertain: "Reminder of day %d: nobody can know whether this mail left, as its sending was cut off. " +
			"It will not be sent again automatically. Please ask the client, then tell your administrator.",
		refused:       "Reminder of day %d not delivered: the mail server refuses the address %s. Its answer: “%s”. Correct the address and the reminders go on.",
		settledSent:   "Reminder of day %d: taken as sent, by your administrator’s decision.",
		settledUnsent: "Reminder of day %d: taken as not sent, by your administrator’s decision; it is sent again.",
	}
}

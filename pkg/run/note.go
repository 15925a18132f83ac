package run

import (
	"fmt"
	"html"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
)

// Notes words the notes for colleagues, in the salesperson's language.
type Notes struct{}

var _ ledger.Notes = Notes{}

// Uncertain says that nobody can know whether the mail left.
func (n Notes) Uncertain(m ledger.Mail) string { return n.uncertain(m.Language, m.Key) }

// Refused quotes the mail server.
func (Notes) Refused(m ledger.Mail, serverWords string) string {
	if m.Key.Kind != crm.Reminder {
		return paragraph(wordsFor(m.Language).notAsked, m.Envelope.To, serverWords)
	}
	return paragraph(wordsFor(m.Language).refused, m.Key.Step, m.Envelope.To, serverWords)
}

func (Notes) uncertain(language string, key crm.Key) string {
	w := wordsFor(language)
	return paragraph(w.uncertain, w.mail(key))
}

// spared says that a mail which was cut off did not leave.
func (Notes) spared(language string, key crm.Key) string {
	w := wordsFor(language)
	return paragraph(w.spared, w.mail(key))
}

func (Notes) settledSent(language string, key crm.Key) string {
	w := wordsFor(language)
	return paragraph(w.settledSent, w.mail(key))
}

// settledUnsent tells also whether the mail goes out again.
func (Notes) settledUnsent(language string, key crm.Key, again bool) string {
	w := wordsFor(language)
	if again {
		return paragraph(w.settledAgain, w.mail(key))
	}
	return paragraph(w.settledDropped, w.mail(key))
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
	to, cc                                    string
	reminder, questionnaire, nudge            string
	uncertain, spared, refused, notAsked      string
	settledSent, settledAgain, settledDropped string

	archived, activities         string
	restoredUndo, restoredAnswer string

	answered, answeredAgain, score, callBack string
}

// mail names the mail that a key is about.
func (w words) mail(key crm.Key) string {
	switch key.Kind {
	case crm.Feedback:
		return w.questionnaire
	case crm.Nudge:
		return w.nudge
	default:
		return fmt.Sprintf(w.reminder, key.Step)
	}
}

// wordsFor returns the texts for a language as Odoo writes it; English is for
// all that have none.
func wordsFor(language string) words {
	if strings.HasPrefix(language, "fr") {
		return words{
			to: "À :", cc: "Cc :",
			reminder: "Relance du jour %d", questionnaire: "Questionnaire", nudge: "Rappel du questionnaire",
			uncertain: "%s : impossible de savoir si ce message est parti (l’envoi a été interrompu). " +
				"Il ne sera pas renvoyé automatiquement. Merci de vérifier auprès du client, puis de prévenir votre administrateur.",
			refused:      "Relance du jour %d non distribuée : le serveur de messagerie refuse l’adresse %s. Sa réponse : « %s ». Corrigez l’adresse pour que les relances reprennent.",
			spared:       "%s : l’envoi a été interrompu avant son début. Ce message est renvoyé s’il est encore à envoyer.",
			settledSent:  "%s : ce message est considéré comme envoyé, sur décision de votre administrateur.",
			settledAgain: "%s : ce message est considéré comme non envoyé, sur décision de votre administrateur ; il est renvoyé.",
			settledDropped: "%s : ce message est considéré comme non envoyé, sur décision de votre administrateur. " +
				"Il n’est pas renvoyé : plus rien n’est à envoyer à ce client.",
			archived: "Opportunité archivée automatiquement par crm-tool : ouverte le %s, elle a %d jours (exécution %s). " +
				"Étape et probabilité restent inchangées. Si vous la désarchivez, elle ne sera plus archivée automatiquement.",
			activities:     "Activités ouvertes à ce moment-là, conservées pour une annulation :",
			restoredUndo:   "Opportunité rétablie par crm-tool : l’archivage a été annulé (exécution %s). Elle ne sera plus archivée automatiquement.",
			restoredAnswer: "Opportunité rétablie par crm-tool : le client a écrit après l’archivage (exécution %s). Merci de lui répondre.",
			notAsked:       "Questionnaire non distribué : le serveur de messagerie refuse l’adresse %s. Sa réponse : « %s ».",
			answered:       "Le client a répondu au questionnaire le %s :",
			answeredAgain:  "Le client a répondu une autre fois au même questionnaire le %s :",
			score:          "Note : %.0f sur 100",
			callBack:       "Rappeler ce client mécontent",
		}
	}
	return words{
		to: "To:", cc: "Cc:",
		reminder: "Reminder of day %d", questionnaire: "Questionnaire", nudge: "Reminder of a questionnaire",
		uncertain: "%s: nobody can know whether this mail left, as its sending was cut off. " +
			"It will not be sent again automatically. Please ask the client, then tell your administrator.",
		refused:      "Reminder of day %d not delivered: the mail server refuses the address %s. Its answer: “%s”. Correct the address and the reminders go on.",
		spared:       "%s: its sending was cut off before it began. It is sent again if it is still due.",
		settledSent:  "%s: taken as sent, by your administrator’s decision.",
		settledAgain: "%s: taken as not sent, by your administrator’s decision; it is sent again.",
		settledDropped: "%s: taken as not sent, by your administrator’s decision. " +
			"It is not sent again: the client is not to be mailed any more.",
		archived: "Archived automatically by crm-tool: open since %s, this opportunity is %d days old (run %s). " +
			"Stage and probability are as they were. If you unarchive it, it will not be archived automatically again.",
		activities:     "Activities open at that time, kept for an undo:",
		restoredUndo:   "Restored by crm-tool: the archiving was taken back (run %s). It will not be archived automatically again.",
		restoredAnswer: "Restored by crm-tool: the client wrote after it was archived (run %s). Please answer.",
		notAsked:       "Questionnaire not delivered: the mail server refuses the address %s. Its answer: “%s”.",
		answered:       "The client answered the questionnaire on %s:",
		answeredAgain:  "The client answered the same questionnaire another time on %s:",
		score:          "Score: %.0f of 100",
		callBack:       "Call this unhappy client",
	}
}

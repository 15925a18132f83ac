package mailing

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
		return Paragraph(WordsFor(m.Language).notAsked, m.Envelope.To, serverWords)
	}
	return Paragraph(WordsFor(m.Language).refused, m.Key.Step, m.Envelope.To, serverWords)
}

func (Notes) uncertain(language string, key crm.Key) string {
	w := WordsFor(language)
	return Paragraph(w.uncertain, w.mail(key))
}

// spared says that a mail which was cut off did not leave.
func (Notes) spared(language string, key crm.Key) string {
	w := WordsFor(language)
	return Paragraph(w.spared, w.mail(key))
}

func (Notes) settledSent(language string, key crm.Key) string {
	w := WordsFor(language)
	return Paragraph(w.settledSent, w.mail(key))
}

// settledUnsent tells also whether the mail goes out again.
func (Notes) settledUnsent(language string, key crm.Key, again bool) string {
	w := WordsFor(language)
	if again {
		return Paragraph(w.settledAgain, w.mail(key))
	}
	return Paragraph(w.settledDropped, w.mail(key))
}

// Paragraph fills the arguments, escaped, into one paragraph of HTML.
func Paragraph(format string, args ...any) string {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = html.EscapeString(s)
		}
	}
	return "<p>" + fmt.Sprintf(format, args...) + "</p>"
}

// Words are the texts of one language.
type Words struct {
	to, cc                                    string
	reminder, questionnaire, nudge            string
	uncertain, spared, refused, notAsked      string
	settledSent, settledAgain, settledDropped string

	Archived, Activities         string
	RestoredUndo, RestoredAnswer string

	Answered, AnsweredAgain, Score, CallBack string
}

// mail names the mail that a key is about.
func (w Words) mail(key crm.Key) string {
	switch key.Kind {
	case crm.Feedback:
		return w.questionnaire
	case crm.FeedbackReminder:
		return w.nudge
	default:
		return fmt.Sprintf(w.reminder, key.Step)
	}
}

// WordsFor returns the texts for a language as Odoo writes it; English is for
// all that have none.
func WordsFor(language string) Words {
	if strings.HasPrefix(language, "fr") {
		return Words{
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
			Archived: "Opportunité archivée automatiquement par crm-tool : ouverte le %s, elle a %d jours (exécution %s). " +
				"Étape et probabilité restent inchangées. Si vous la désarchivez, elle ne sera plus archivée automatiquement.",
			Activities:     "Activités ouvertes à ce moment-là, conservées pour une annulation :",
			RestoredUndo:   "Opportunité rétablie par crm-tool : l’archivage a été annulé (exécution %s). Elle ne sera plus archivée automatiquement.",
			RestoredAnswer: "Opportunité rétablie par crm-tool : le client a écrit après l’archivage (exécution %s). Merci de lui répondre.",
			notAsked:       "Questionnaire non distribué : le serveur de messagerie refuse l’adresse %s. Sa réponse : « %s ».",
			Answered:       "Le client a répondu au questionnaire le %s :",
			AnsweredAgain:  "Le client a répondu une autre fois au même questionnaire le %s :",
			Score:          "Note : %.0f sur 100",
			CallBack:       "Rappeler ce client mécontent",
		}
	}
	return Words{
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
		Archived: "Archived automatically by crm-tool: open since %s, this opportunity is %d days old (run %s). " +
			"Stage and probability are as they were. If you unarchive it, it will not be archived automatically again.",
		Activities:     "Activities open at that time, kept for an undo:",
		RestoredUndo:   "Restored by crm-tool: the archiving was taken back (run %s). It will not be archived automatically again.",
		RestoredAnswer: "Restored by crm-tool: the client wrote after it was archived (run %s). Please answer.",
		notAsked:       "Questionnaire not delivered: the mail server refuses the address %s. Its answer: “%s”.",
		Answered:       "The client answered the questionnaire on %s:",
		AnsweredAgain:  "The client answered the same questionnaire another time on %s:",
		Score:          "Score: %.0f of 100",
		CallBack:       "Call this unhappy client",
	}
}

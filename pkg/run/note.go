package run

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/archive"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	"github.com/crm-tool/crm-tool/pkg/ledger"
)

// Notes words the notes for colleagues, in the salesperson's language.
type Notes struct{}

var _ ledger.Notes = Notes{}

// Uncertain says that nobody can know whether the mail left.
func (n Notes) Uncertain(m ledger.Mail) string {
	if m.Key.Kind == crm.Feedback {
		return n.unanswerable(m.Language, m.Key.Step)
	}
	return n.uncertain(m.Language, m.Key.Step)
}

// Refused quotes the mail server.
func (Notes) Refused(m ledger.Mail, serverWords string) string {
	if m.Key.Kind == crm.Feedback {
		return paragraph(wordsFor(m.Language).notAsked, m.Envelope.To, serverWords)
	}
	return paragraph(wordsFor(m.Language).refused, m.Key.Step, m.Envelope.To, serverWords)
}

func (Notes) uncertain(language string, step int) string {
	return paragraph(wordsFor(language).uncertain, step)
}

// spared says that a mail which was cut off did not leave.
func (Notes) spared(language string, step int) string {
	return paragraph(wordsFor(language).spared, step)
}

func (Notes) settledSent(language string, step int) string {
	return paragraph(wordsFor(language).settledSent, step)
}

// settledUnsent tells also whether the reminder is mailed again.
func (Notes) settledUnsent(language string, step int, again bool) string {
	if again {
		return paragraph(wordsFor(language).settledAgain, step)
	}
	return paragraph(wordsFor(language).settledDropped, step)
}

// archived says why and when the opportunity was archived, which activities
// were open, and how to take it back.
func (Notes) archived(r archive.Record, p archive.Policy, runID string, now time.Time) string {
	w := wordsFor(r.Salesperson.Language)
	began := calendar.Of(r.Opportunity.Origin(), p.Zone)
	text := paragraph(w.archived, began.String(), calendar.Of(now, p.Zone).DaysSince(began), runID)
	if len(r.Activities) == 0 {
		return text
	}
	var list strings.Builder
	for _, a := range r.Activities {
		parts := []string{a.TypeName, a.Summary, a.Deadline, a.UserName}
		parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
		list.WriteString("<li>" + html.EscapeString(strings.Join(parts, " · ")) + "</li>")
	}
	return text + "<p>" + w.activities + "</p><ul>" + list.String() + "</ul>"
}

func (Notes) restored(language, runID string, answered bool) string {
	if answered {
		return paragraph(wordsFor(language).restoredAnswer, runID)
	}
	return paragraph(wordsFor(language).restoredUndo, runID)
}

// unanswerable says that nobody can know whether the questionnaire left.
func (Notes) unanswerable(language string, _ int) string {
	return "<p>" + wordsFor(language).unanswerable + "</p>"
}

// sparedQuestion says that a questionnaire which was cut off did not leave.
func (Notes) sparedQuestion(language string, _ int) string {
	return "<p>" + wordsFor(language).sparedQuestion + "</p>"
}

// answers tells what a client answered, again when it was not his first answer
// to this questionnaire.
func (Notes) answers(language string, at time.Time, again bool, score feedback.Score, chosen []Chosen) string {
	w := wordsFor(language)
	text := paragraph(w.answered, at.Format(time.DateOnly))
	if again {
		text = paragraph(w.answeredAgain, at.Format(time.DateOnly))
	}
	if score.Known {
		text += paragraph(w.score, score.Value)
	}
	var list strings.Builder
	for i := 0; i < len(chosen); {
		question := chosen[i]
		var given []string
		for ; i < len(chosen) && chosen[i].QuestionID == question.QuestionID; i++ {
			given = append(given, html.EscapeString(chosen[i].Answer))
		}
		list.WriteString("<li>" + html.EscapeString(question.Question) + "<br><b>" + strings.Join(given, ", ") + "</b></li>")
	}
	return text + "<ul>" + list.String() + "</ul>"
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
	to, cc                       string
	uncertain, refused           string
	spared, sparedQuestion       string
	settledSent                  string
	settledAgain, settledDropped string

	archived, activities         string
	restoredUndo, restoredAnswer string

	unanswerable, notAsked                   string
	answered, answeredAgain, score, callBack string
}

// wordsFor returns the texts for a language as Odoo writes it; English is for
// all that have none.
func wordsFor(language string) words {
	if strings.HasPrefix(language, "fr") {
		return words{
			to: "À :", cc: "Cc :",
			uncertain: "Relance du jour %d : impossible de savoir si ce message est parti (l’envoi a été interrompu). " +
				"Il ne sera pas renvoyé automatiquement. Merci de vérifier auprès du client, puis de prévenir votre administrateur.",
			refused:        "Relance du jour %d non distribuée : le serveur de messagerie refuse l’adresse %s. Sa réponse : « %s ». Corrigez l’adresse pour que les relances reprennent.",
			spared:         "Relance du jour %d : l’envoi a été interrompu avant son début. Elle est renvoyée si elle est encore à faire.",
			sparedQuestion: "Questionnaire : l’envoi a été interrompu avant son début. Il est renvoyé s’il est encore à envoyer.",
			settledSent:    "Relance du jour %d : considérée comme envoyée, sur décision de votre administrateur.",
			settledAgain:   "Relance du jour %d : considérée comme non envoyée, sur décision de votre administrateur ; elle est renvoyée.",
			settledDropped: "Relance du jour %d : considérée comme non envoyée, sur décision de votre administrateur. " +
				"Elle n’est pas renvoyée : l’opportunité n’est plus à relancer.",
			archived: "Opportunité archivée automatiquement par crm-tool : ouverte le %s, elle a %d jours (exécution %s). " +
				"Étape et probabilité restent inchangées. Si vous la désarchivez, elle ne sera plus archivée automatiquement.",
			activities:     "Activités ouvertes à ce moment-là, conservées pour une annulation :",
			restoredUndo:   "Opportunité rétablie par crm-tool : l’archivage a été annulé (exécution %s). Elle ne sera plus archivée automatiquement.",
			restoredAnswer: "Opportunité rétablie par crm-tool : le client a écrit après l’archivage (exécution %s). Merci de lui répondre.",
			unanswerable:   "Questionnaire : impossible de savoir si ce message est parti (l’envoi a été interrompu). Il ne sera pas renvoyé.",
			notAsked:       "Questionnaire non distribué : le serveur de messagerie refuse l’adresse %s. Sa réponse : « %s ».",
			answered:       "Le client a répondu au questionnaire le %s :",
			answeredAgain:  "Le client a répondu une autre fois au même questionnaire le %s :",
			score:          "Note : %.0f sur 100",
			callBack:       "Rappeler ce client mécontent",
		}
	}
	return words{
		to: "To:", cc: "Cc:",
		uncertain: "Reminder of day %d: nobody can know whether this mail left, as its sending was cut off. " +
			"It will not be sent again automatically. Please ask the client, then tell your administrator.",
		refused:        "Reminder of day %d not delivered: the mail server refuses the address %s. Its answer: “%s”. Correct the address and the reminders go on.",
		spared:         "Reminder of day %d: its sending was cut off before it began. It is sent again if it is still due.",
		sparedQuestion: "Questionnaire: its sending was cut off before it began. It is sent again if it is still due.",
		settledSent:    "Reminder of day %d: taken as sent, by your administrator’s decision.",
		settledAgain:   "Reminder of day %d: taken as not sent, by your administrator’s decision; it is sent again.",
		settledDropped: "Reminder of day %d: taken as not sent, by your administrator’s decision. " +
			"It is not sent again: the opportunity is not to be mailed any more.",
		archived: "Archived automatically by crm-tool: open since %s, this opportunity is %d days old (run %s). " +
			"Stage and probability are as they were. If you unarchive it, it will not be archived automatically again.",
		activities:     "Activities open at that time, kept for an undo:",
		restoredUndo:   "Restored by crm-tool: the archiving was taken back (run %s). It will not be archived automatically again.",
		restoredAnswer: "Restored by crm-tool: the client wrote after it was archived (run %s). Please answer.",
		unanswerable:   "Questionnaire: nobody can know whether this mail left, as its sending was cut off. It will not be sent again.",
		notAsked:       "Questionnaire not delivered: the mail server refuses the address %s. Its answer: “%s”.",
		answered:       "The client answered the questionnaire on %s:",
		answeredAgain:  "The client answered the same questionnaire another time on %s:",
		score:          "Score: %.0f of 100",
		callBack:       "Call this unhappy client",
	}
}

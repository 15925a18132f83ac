package crm

import (
	"slices"
	"strings"
	"time"
)

// Message is an e-mail or a comment in an opportunity's chatter that
// crm-tool did not write.
type Message struct {
	ID          EntryID
	Opportunity OpportunityID
	// At is when Odoo stored it, by Odoo's clock.
	At      time.Time
	Subject string
	// Incoming is true for what came from outside the company.
	Incoming bool
}

// Automatic returns whether the subject is one of an automatic answer, such as an
// absence notice. Odoo does not store the headers of RFC 3834, so the subject, as
// the usual mail programs write it, is all there is to tell by. A person's answer
// to such a notice has its subject after "Re:", and counts.
func (m Message) Automatic() bool {
	subject := strings.ToLower(strings.TrimSpace(m.Subject))
	return slices.ContainsFunc(automaticSubjects(), func(prefix string) bool { return strings.HasPrefix(subject, prefix) })
}

// automaticSubjects returns how subjects of such answers begin, in lower case, in
// Outlook, Gmail, Exchange, Thunderbird, Lotus Notes and vacation(1).
func automaticSubjects() []string {
	return []string{
		"automatic reply", "auto reply", "auto-reply", "autoreply", "auto response", "autoresponse", "auto:",
		"out of office", "out of the office", "out-of-office", "vacation reply", "away from my mail",
		"réponse automatique", "reponse automatique", "absence du bureau", "absent du bureau", "absente du bureau",
		"message d'absence", "message d’absence", "notification d'absence", "notification d’absence",
		"automatische antwort", "abwesenheitsnotiz", "abwesenheitsnachricht",
		"respuesta automática", "fuera de la oficina", "fuera de oficina",
		"risposta automatica", "fuori sede", "fuori ufficio",
		"resposta automática", "automatisch antwoord", "afwezigheidsbericht", "niet aanwezig",
		"automatisk svar", "autosvar", "automaattinen vastaus", "odpowiedź automatyczna", "automatická odpověď",
	}
}

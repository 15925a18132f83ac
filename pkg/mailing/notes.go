package mailing

import (
	"errors"
	"html"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/phrase"
)

// Notes writes the notes for colleagues, each in the salesperson's language.
type Notes struct {
	texts *phrase.Set[NoteTexts]
}

var _ ledger.Notes = (*Notes)(nil)

// LoadNotes reads the texts of the notes, texts/notes.LANG.yaml. An error is
// that of [phrase.Load].
func LoadNotes(all overlay.FS) (*Notes, error) {
	texts, err := phrase.Load[NoteTexts](all, "notes")
	return &Notes{texts: texts}, err
}

// NoteTexts are the texts of texts/notes.LANG.yaml. They are plain; [Paragraph]
// makes a note of one.
type NoteTexts struct {
	To label `text:"to"`
	CC label `text:"cc"`

	Reminder              phrase.Text[Step] `text:"reminder"`
	Questionnaire         string            `text:"questionnaire"`
	QuestionnaireReminder string            `text:"questionnaire_reminder"`
	Warning               string            `text:"warning"`

	Uncertain      phrase.Text[Subject] `text:"uncertain"`
	Unsent         phrase.Text[Subject] `text:"unsent"`
	SettledSent    phrase.Text[Subject] `text:"settled_sent"`
	SettledAgain   phrase.Text[Subject] `text:"settled_again"`
	SettledDropped phrase.Text[Subject] `text:"settled_dropped"`

	ReminderRefused      phrase.Text[ReminderRefusal] `text:"reminder_refused"`
	QuestionnaireRefused phrase.Text[Refusal]         `text:"questionnaire_refused"`
	WarningRefused       phrase.Text[Refusal]         `text:"warning_refused"`

	Warned          phrase.Text[Warning]   `text:"warned"`
	Archived        phrase.Text[Archiving] `text:"archived"`
	Activities      string                 `text:"activities"`
	RestoredUndo    phrase.Text[Restoring] `text:"restored_undo"`
	RestoredAnswer  phrase.Text[Restoring] `text:"restored_answer"`
	RestoredEarlier phrase.Text[Restoring] `text:"restored_earlier"`

	Answered      phrase.Text[Answer] `text:"answered"`
	AnsweredAgain phrase.Text[Answer] `text:"answered_again"`
	Score         phrase.Text[Score]  `text:"score"`
	CallBack      string              `text:"call_back"`
	CallBackMore  phrase.Text[Answer] `text:"call_back_more"`

	OptedOut       phrase.Text[Stopping] `text:"opted_out"`
	OptedOutSender phrase.Text[Stopping] `text:"opted_out_sender"`

	Snoozed      phrase.Text[Snooze] `text:"snoozed"`
	SnoozeLifted string              `text:"snooze_lifted"`
}

// The fields of the texts.
type (
	// Step is a reminder's.
	Step struct{ Day int }
	// Subject is the name of the mail that a note is about.
	Subject struct{ Mail string }
	// Refusal is the client's address, and what the mail server said.
	Refusal struct{ Address, Answer string }
	// ReminderRefusal is the same about a reminder.
	ReminderRefusal struct {
		Day             int
		Address, Answer string
	}
	// Stopping is about a mail that asks for no more mails: its sender, and the
	// client's address.
	Stopping struct{ Sender, Client string }
	// Warning is the day of an archiving to come, and who was told.
	Warning struct{ Date, Name string }
	// Archiving is when an opportunity began, its age, and the run.
	Archiving struct {
		Began string
		Days  int
		Run   string
	}
	// Restoring is the run that restored an opportunity.
	Restoring struct{ Run string }
	// Answer is the day on which a client answered.
	Answer struct{ Date string }
	// Snooze is the day until which there are no reminders.
	Snooze struct{ Date string }
	// Score is a number from 0 to 100.
	Score struct{ Score string }
)

// label stands before an address. [RecipientsIn] finds its end by the colon,
// whatever the language is.
type label string

// Parse reads a label from a file.
func (l *label) Parse(text string) error {
	if strings.Index(text, ":") != len(text)-1 {
		return errors.New("must end with a colon and have no other")
	}
	*l = label(text)
	return nil
}

// In returns the texts for a reader of this language, as Odoo writes it.
func (n *Notes) In(language string) NoteTexts {
	texts, _ := n.texts.In(language)
	return texts
}

// Speak tells whether there are texts in this language.
func (n *Notes) Speak(language string) bool {
	_, code := n.texts.In(language)
	spoken, _, _ := strings.Cut(code, "_")
	wanted, _, _ := strings.Cut(language, "_")
	return spoken == wanted
}

// Paragraph returns a text as a paragraph of HTML.
func Paragraph(text string) string { return "<p>" + html.EscapeString(text) + "</p>" }

// Uncertain says that nobody can know whether the mail left.
func (n *Notes) Uncertain(m ledger.Mail) string { return n.uncertain(m.Language, m.Key) }

// Refused quotes the mail server.
func (n *Notes) Refused(m ledger.Mail, answer string) string {
	texts := n.In(m.Language)
	switch m.Key.Kind {
	case crm.Reminder:
		return Paragraph(texts.ReminderRefused.Fill(ReminderRefusal{m.Key.Step, m.Envelope.To, answer}))
	case crm.Warned:
		return Paragraph(texts.WarningRefused.Fill(Refusal{m.Envelope.To, answer}))
	default:
		return Paragraph(texts.QuestionnaireRefused.Fill(Refusal{m.Envelope.To, answer}))
	}
}

func (n *Notes) uncertain(language string, key crm.Key) string {
	texts := n.In(language)
	return texts.about(texts.Uncertain, key)
}

// unsent says that a mail whose sending was cut off did not leave.
func (n *Notes) unsent(language string, key crm.Key) string {
	texts := n.In(language)
	return texts.about(texts.Unsent, key)
}

func (n *Notes) settledSent(language string, key crm.Key) string {
	texts := n.In(language)
	return texts.about(texts.SettledSent, key)
}

// settledUnsent also says whether the mail is sent again.
func (n *Notes) settledUnsent(language string, key crm.Key, again bool) string {
	texts := n.In(language)
	if again {
		return texts.about(texts.SettledAgain, key)
	}
	return texts.about(texts.SettledDropped, key)
}

// optedOut says that a client's mail asked for no more mails, and which addresses get
// none now.
func (n *Notes) optedOut(language string, s Stopping, clientToo bool) string {
	texts := n.In(language)
	if clientToo {
		return Paragraph(texts.OptedOut.Fill(s))
	}
	return Paragraph(texts.OptedOutSender.Fill(s))
}

// about returns a note about the mail of a key.
func (t NoteTexts) about(text phrase.Text[Subject], key crm.Key) string {
	name := t.Reminder.Fill(Step{key.Step})
	switch key.Kind {
	case crm.Feedback:
		name = t.Questionnaire
	case crm.FeedbackReminder:
		name = t.QuestionnaireReminder
	case crm.Warned:
		name = t.Warning
	default:
	}
	return Paragraph(text.Fill(Subject{name}))
}

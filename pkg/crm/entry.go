package crm

import (
	"slices"
	"time"
)

// EntryKind is what an entry of ours records.
type EntryKind string

// The kinds of entries. They are the second part of the Message-ID.
const (
	// Reminder is a reminder mail, from its claim on.
	Reminder EntryKind = "remind"
	// Uncertain is the note that nobody can know whether a reminder left.
	Uncertain EntryKind = "uncertain"
	// Refused is the note that quotes the mail server's refusal of a client.
	Refused EntryKind = "refused"
	// Settled is the note with a person's decision about an uncertain mail.
	Settled EntryKind = "settled"
	// KnownUnsent is the note that an interrupted mail surely did not leave, and
	// is sent again.
	KnownUnsent EntryKind = "spared"
	// Archived is the note about an archiving, from its claim on.
	Archived EntryKind = "archive"
	// Restored is the note about undoing an archiving, from its claim on.
	Restored EntryKind = "restored"
	// Feedback is the mail with a questionnaire, from its claim on.
	Feedback EntryKind = "feedback"
	// FeedbackUncertain is the note that nobody can know whether that mail left.
	FeedbackUncertain EntryKind = "feedback-uncertain"
	// FeedbackReminder is the mail that reminds of an unanswered questionnaire,
	// from its claim on.
	FeedbackReminder EntryKind = "feedback-reminder"
	// FeedbackReminderUncertain is the note that nobody can know whether that mail
	// left.
	FeedbackReminderUncertain EntryKind = "feedback-reminder-uncertain"
	// Answer is the note with a client's answers.
	Answer EntryKind = "answer"
	// StopNote is the note about a client's mail that asked for no more mails.
	StopNote EntryKind = "optout"
	// TurnTaken is no entry of an opportunity's chatter: it holds a [Turn].
	TurnTaken EntryKind = "turn"
	// Snoozed is the note that a person wants no reminders until a date, or that they
	// want them again.
	Snoozed EntryKind = "snooze"
	// Warned is the note that the salesperson was told by mail about an archiving to
	// come, from the mail's claim on. One mail has a note on each opportunity.
	Warned EntryKind = "warning"
	// WarningUncertain is the note that nobody can know whether that mail left.
	WarningUncertain EntryKind = "warning-uncertain"
)

// uncertainKind returns the kind of the note that a mail of this kind is uncertain.
func (k EntryKind) uncertainKind() EntryKind {
	switch k {
	case Feedback:
		return FeedbackUncertain
	case FeedbackReminder:
		return FeedbackReminderUncertain
	case Warned:
		return WarningUncertain
	case Reminder, Uncertain, Refused, Settled, KnownUnsent, Archived, Restored, FeedbackUncertain, FeedbackReminderUncertain, Answer, StopNote,
		TurnTaken, Snoozed, WarningUncertain:
	}
	return Uncertain
}

// Entry is a message in an opportunity's chatter that crm-tool wrote.
type Entry struct {
	ID  EntryID
	Key Key
	// On is the opportunity whose chatter holds the entry. It differs from
	// Key.Opportunity after Odoo merged two opportunities.
	On OpportunityID
	// Token is the part of the Message-ID that the run chose which wrote it.
	Token string
	// MessageID is the whole Message-ID, angle brackets included.
	MessageID string
	// Subject is the mail's, or [ScoreSubject] of a note with answers. It is empty for
	// other notes, and for what a merge brought here under another opportunity's key.
	Subject string
	// Template is the name of the templates that made the mail: reminder-7.fr. It is
	// empty for notes, for what earlier versions mailed, and where it was not asked for.
	Template string
	// Confirmed is true once the mail is known to have left. An entry that is not
	// confirmed is a claim: a run may be about to send the mail.
	Confirmed bool
	// Changed says that somebody else changed it last: then its state proves nothing.
	// Odoo does that for people who merge opportunities, and mail.template.send_mail
	// lets others write into any message.
	Changed bool
	// At is when Odoo stored it, by Odoo's clock.
	At time.Time
	// Unreadable is why Odoo's record cannot be read in full; nil if it can.
	Unreadable error
}

// NotedUncertain returns whether one of the entries says that this claim is
// uncertain. A note from before the claim is about an earlier one, which was
// released since.
func (e Entry) NotedUncertain(entries []Entry) bool {
	key := e.Key.Note(Uncertain)
	return slices.ContainsFunc(entries, func(n Entry) bool { return n.Key == key && n.ID > e.ID })
}

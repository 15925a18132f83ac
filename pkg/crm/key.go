package crm

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// This file makes and reads the names of everything that crm-tool stores in Odoo.
// Databases in use hold them: none of them may ever change.
//
// An entry has a Message-ID. Every record has an external id: Odoo creates a record
// once for each, however many runs ask for it. Attachments are found by their names.

// Key names what an entry is about: at most one mail goes out for a key. Its
// constructors are [ReminderKey], [ArchivedKey], [RestoredKey],
// [QuestionnaireKey], [AnswerKey], [StopKey], [SnoozeKey] and [WarningKey]; [Key.Note]
// returns the key of a note about a mail. Fields that a kind does not need are zero.
type Key struct {
	Kind        EntryKind
	Opportunity OpportunityID
	// Step is the reminder's day, or the number of a warning, from 1.
	Step int
	// Activity is the finished activity that a questionnaire is about.
	Activity EntryID
	// Participation is the one whose answers a note holds.
	Participation int64
	// Mail is the Step or the Activity of the mail that a note is about. The
	// Message-IDs of these notes do not tell which of the two it is. Of a StopNote
	// it is the id of the client's mail.
	Mail int64
	// Date is the one until which reminders are snoozed, 20261224 for 2026-12-24; 0
	// for no longer.
	Date int
}

// ReminderKey is the key of a reminder, due on a day of an opportunity's age.
func ReminderKey(o OpportunityID, day int) Key {
	return Key{Kind: Reminder, Opportunity: o, Step: day}
}

// ArchivedKey is the key of the archiving of an opportunity.
func ArchivedKey(o OpportunityID) Key { return Key{Kind: Archived, Opportunity: o} }

// RestoredKey is the key of the end of an archiving.
func RestoredKey(o OpportunityID) Key { return Key{Kind: Restored, Opportunity: o} }

// QuestionnaireKey is the key of a questionnaire's mail (Feedback), or of the
// reminder of it (FeedbackReminder).
func QuestionnaireKey(kind EntryKind, o OpportunityID, activity EntryID) Key {
	return Key{Kind: kind, Opportunity: o, Activity: activity}
}

// AnswerKey is the key of the note with the answers of a participation.
func AnswerKey(o OpportunityID, participation int64) Key {
	return Key{Kind: Answer, Opportunity: o, Participation: participation}
}

// SnoozeKey is the key of the note that there are no reminders until a date, written as
// 2006-01-02; an empty one lifts an earlier one.
func SnoozeKey(o OpportunityID, date string) Key {
	digits, _ := strconv.Atoi(strings.ReplaceAll(date, "-", "")) // 0 for none
	return Key{Kind: Snoozed, Opportunity: o, Date: digits}
}

// StopKey is the key of the note about a client's mail that asked for no more mails.
func StopKey(o OpportunityID, mail EntryID) Key {
	return Key{Kind: StopNote, Opportunity: o, Mail: int64(mail)}
}

// Note returns the key of the note of a kind (Uncertain, Refused, Settled or
// KnownUnsent) about the mail of this key.
func (k Key) Note(kind EntryKind) Key {
	if kind == Uncertain {
		k.Kind = k.Kind.uncertainKind()
		return k
	}
	mail := int64(k.Step) + int64(k.Activity)
	if k.Kind == Warned {
		mail += warningMails
	}
	return Key{Kind: kind, Opportunity: k.Opportunity, Mail: mail}
}

// warningMails is added to the numbers of warnings in notes about them, so that they
// are neither days of reminders nor ids of activities.
const warningMails = 1_000_000_000_000

// numbers returns what the Message-ID of a key says after its kind. That of a
// questionnaire does not name the opportunity, which Odoo may merge into
// another one.
func (k Key) numbers() []int64 {
	switch k.Kind {
	case Feedback, FeedbackUncertain, FeedbackReminder, FeedbackReminderUncertain:
		return []int64{int64(k.Activity)}
	case Answer:
		return []int64{k.Participation}
	case Archived, Restored:
		return []int64{int64(k.Opportunity)}
	case Refused, Settled, KnownUnsent, StopNote:
		return []int64{int64(k.Opportunity), k.Mail}
	case Snoozed:
		return []int64{int64(k.Opportunity), int64(k.Date)}
	case Reminder, Uncertain, Warned, WarningUncertain, TurnTaken:
	}
	return []int64{int64(k.Opportunity), int64(k.Step)}
}

// setNumbers sets what numbers returns.
func (k *Key) setNumbers(first, second int64) {
	switch k.Kind {
	case Feedback, FeedbackUncertain, FeedbackReminder, FeedbackReminderUncertain:
		k.Activity = EntryID(first)
	case Answer:
		k.Participation = first
	case Archived, Restored:
		k.Opportunity = OpportunityID(first)
	case Refused, Settled, KnownUnsent, StopNote:
		k.Opportunity, k.Mail = OpportunityID(first), second
	case Snoozed:
		k.Opportunity, k.Date = OpportunityID(first), int(second)
	case Reminder, Uncertain, Warned, WarningUncertain, TurnTaken:
		fallthrough
	default:
		k.Opportunity, k.Step = OpportunityID(first), int(second)
	}
}

// MessageID returns the Message-ID (RFC 5322, section 3.6.4) under which the
// entry of this key is mailed and stored.
func (k Key) MessageID(token, domain string) string {
	var b strings.Builder
	for _, n := range k.numbers() {
		fmt.Fprintf(&b, "%d.", n)
	}
	return fmt.Sprintf("<crm-tool.%s.%s%s@%s>", k.Kind, b.String(), token, domain)
}

var messageID = regexp.MustCompile(`^<crm-tool\.([a-z-]+)\.([1-9][0-9]{0,17})(?:\.([0-9]{1,18}))?\.([0-9a-z]{1,64})@([^@<>\s]+)>$`)

// ParseMessageID takes a Message-ID apart; ok is false if it does not have the
// form of ours. The form alone proves nothing: a stranger's mail can carry it.
// The Opportunity is zero if the Message-ID does not name it.
func ParseMessageID(s string) (k Key, token string, ok bool) {
	m := messageID.FindStringSubmatch(s)
	if m == nil {
		return Key{}, "", false
	}
	k.Kind = EntryKind(m[1])
	if (len(k.numbers()) == 2) != (m[3] != "") {
		return Key{}, "", false
	}
	first, _ := strconv.ParseInt(m[2], 10, 64) // They have at most 18 digits.
	second, _ := strconv.ParseInt(m[3], 10, 64)
	k.setNumbers(first, second)
	return k, m[4], true
}

// AnyMessageID is the pattern of all Message-IDs of ours. In this pattern and the
// others, % is any text. What a pattern looks for stands before the only @ of a
// Message-ID, or it would also be found in a domain such as mail.30.example.
const AnyMessageID = MessageIDPrefix + "%"

// MessageIDPrefix begins all Message-IDs of ours.
const MessageIDPrefix = "<crm-tool."

// MessageIDs returns the pattern of the Message-IDs of a kind.
func (k EntryKind) MessageIDs() string { return fmt.Sprintf("<crm-tool.%s.%%", k) }

// StepMessageIDs returns the pattern of the Message-IDs of a kind about a step;
// about any, if the kind has no steps.
func (k EntryKind) StepMessageIDs(step int) string {
	if k != Reminder {
		return k.MessageIDs()
	}
	return fmt.Sprintf("<crm-tool.%s.%%.%d.%%@%%", k, step)
}

// RunMessageIDs returns the pattern of the Message-IDs of a kind that the run of
// a token wrote.
func (k EntryKind) RunMessageIDs(token string) string {
	return fmt.Sprintf("<crm-tool.%s.%%.%s@%%", k, token)
}

// RunMessageIDs returns the pattern of all Message-IDs that the run of a token
// wrote.
func RunMessageIDs(token string) string { return fmt.Sprintf("<crm-tool.%%.%s@%%", token) }

// AddressToken identifies an address without naming it: in a Refused entry the one
// that the mail server refused, so that a corrected one is mailed again, and in the
// names of attachments about a client's address.
func AddressToken(mailbox string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(mailbox)))
	return hex.EncodeToString(sum[:8])
}

// ExternalID is what makes a claim, or the note with an answer or about a mail that
// asked to stop, the only one of its key. It is empty for the other notes: theirs name the claim, too.
func (k Key) ExternalID() string {
	switch k.Kind {
	case Feedback:
		return fmt.Sprintf("crm_tool.feedback_%d", k.Activity)
	case FeedbackReminder:
		return fmt.Sprintf("crm_tool.feedback_reminder_%d", k.Activity)
	case Answer:
		return fmt.Sprintf("crm_tool.answer_%d", k.Participation)
	case StopNote:
		return fmt.Sprintf("crm_tool.stop_%d", k.Mail)
	case Reminder, Archived, Restored, Warned:
		return fmt.Sprintf("crm_tool.%s_%d_%d", k.Kind, k.Opportunity, k.Step)
	case Uncertain, Refused, Settled, KnownUnsent, FeedbackUncertain, FeedbackReminderUncertain, WarningUncertain, TurnTaken, Snoozed:
	}
	return ""
}

// RefusalExternalID makes a Refused note the only one about an address, whose
// token it takes.
func (k Key) RefusalExternalID(token string) string {
	return fmt.Sprintf("crm_tool.refused_%d_%d_%s", k.Opportunity, k.Mail, token)
}

// SnoozeExternalID makes a Snoozed note the only one that follows an earlier one; 0
// stands for none.
func (k Key) SnoozeExternalID(earlier EntryID) string {
	return fmt.Sprintf("crm_tool.snooze_%d_%d_%d", k.Opportunity, k.Date, earlier)
}

// VerdictExternalID makes a note the only one about a dead claim. The first run
// to write it decides whether the claim is Uncertain or KnownUnsent.
func VerdictExternalID(claim EntryID) string { return fmt.Sprintf("crm_tool.uncertain_%d", claim) }

// DecisionExternalID makes a Settled note the only one about a claim, after so
// many earlier ones.
func DecisionExternalID(claim EntryID, earlier int) string {
	return fmt.Sprintf("crm_tool.settled_%d_%d", claim, earlier)
}

// ParticipationExternalID makes a participation the only one in a survey about a
// finished activity.
func ParticipationExternalID(activity EntryID, survey int64) string {
	return fmt.Sprintf("crm_tool.ask_%d_%d", activity, survey)
}

// UndoneExternalID makes an activity the only one that the undo of a run plans
// again in the place of another one.
func UndoneExternalID(token string, a ActivityID) string {
	return fmt.Sprintf("crm_tool.undo_%s_%d", token, a)
}

// CallBackExternalID makes an activity the only call about the answers of a
// participation.
func CallBackExternalID(participation int64) string {
	return fmt.Sprintf("crm_tool.undo_low_%d", participation)
}

// SurveyExternalID is for the survey of a questionnaire that has this key.
func SurveyExternalID(survey string) string { return "crm_tool.survey_" + survey }

// QuestionExternalID is for a question of a survey.
func QuestionExternalID(survey, question string) string {
	return fmt.Sprintf("crm_tool.question_%s_%s", survey, strings.ReplaceAll(question, "-", "_"))
}

// ChoiceExternalID is for the choice with a number, from 0, of a question. It is
// also the id of a question with that number after a hyphen in its key, which
// package questionnaire refuses.
func ChoiceExternalID(survey, question string, number int) string {
	return fmt.Sprintf("%s_%d", QuestionExternalID(survey, question), number)
}

// The names of attachments begin so: those of the state that all hosts share,
// which go on with a key, and the two of a run's history, which go on with its
// name. The latter are not part of the former, since every run reads those whole.
const (
	SharedPrefix   = "crm-tool/"
	RunPrefix      = "crm-tool-run/"
	RunItemsPrefix = "crm-tool-run-items/"
)

// ClientPrefix begins the names of attachments about a client's address. They go on
// with what they are about, and a token of the address. They are no part of the
// shared state: there may be many.
const ClientPrefix = "crm-tool-client/"

// OptOutPrefix begins the names of attachments that opt an address out.
const OptOutPrefix = ClientPrefix + "optout/"

// OptOutAttachment names the attachment that opts an address out.
func OptOutAttachment(mailbox string) string { return OptOutPrefix + AddressToken(mailbox) }

// OptOutExternalID is for that attachment.
func OptOutExternalID(mailbox string) string {
	return "crm_tool.client_optout_" + AddressToken(mailbox)
}

// LastRunPrefix begins the keys of the shared state that say when a command last ran; it
// goes on with the command. They count only if our users made them.
const LastRunPrefix = "last-run/"

// LastRunKey is that of a command.
func LastRunKey(command string) string { return LastRunPrefix + strings.ReplaceAll(command, " ", "-") }

// SharedExternalID is for the attachment of a key of the shared state. Odoo
// takes no further dots in it.
func SharedExternalID(key string) string {
	return "crm_tool.shared_" + strings.NewReplacer(".", "_", "/", "_").Replace(key)
}

// RunExternalID and RunItemsExternalID are for the attachments of a run's
// history.
func RunExternalID(run string) string { return "crm_tool.run_" + RunToken(run) }

// RunItemsExternalID is described with RunExternalID.
func RunItemsExternalID(run string) string { return "crm_tool.run_items_" + RunToken(run) }

// ClockAttachment names what a run writes, for a moment, to see how Odoo dates
// it.
const ClockAttachment = "crm-tool-clock"

// ClockExternalID is for that attachment of a run.
func ClockExternalID(token string) string { return "crm_tool.clock_" + token }

// SnapshotAttachment names the attachment with the snapshot of an opportunity
// that the archiving run of a token took.
func SnapshotAttachment(token string) string { return SharedPrefix + "archive/" + token + ".json" }

// SnapshotExternalID is for that attachment.
func SnapshotExternalID(token string, o OpportunityID) string {
	return fmt.Sprintf("crm_tool.kept_%s_%d", token, o)
}

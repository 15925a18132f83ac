package crm

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// EntryKind says what an entry of ours records.
type EntryKind string

// The kinds of entries. They are the second part of the Message-ID.
const (
	// Reminder is a reminder mail, from its claim on.
	Reminder EntryKind = "remind"
	// Uncertain is the note that says that nobody can know whether a mail
	// left.
	Uncertain EntryKind = "uncertain"
	// Refused is the note that quotes the mail server's refusal of a client.
	Refused EntryKind = "refused"
	// Settled is the note that records a person's decision about an
	// uncertain mail.
	Settled EntryKind = "settled"
	// KnownUnsent is the note that says that a mail which was cut off never left,
	// and is mailed anew.
	KnownUnsent EntryKind = "spared"
	// Archived is the note about an archiving, from its claim on.
	Archived EntryKind = "archive"
	// Restored is the note about taking an archiving back.
	Restored EntryKind = "restored"
	// Feedback is the mail with a questionnaire, from its claim on.
	Feedback EntryKind = "feedback"
	// FeedbackUncertain is the note that says that nobody can know whether the
	// mail with a questionnaire left: the Uncertain of Feedback.
	FeedbackUncertain EntryKind = "feedback-uncertain"
	// FeedbackReminder is the mail that reminds of an unanswered questionnaire, from its
	// claim on.
	FeedbackReminder EntryKind = "feedback-reminder"
	// FeedbackReminderUncertain is the note that says that nobody can know whether that
	// mail left: the Uncertain of FeedbackReminder.
	FeedbackReminderUncertain EntryKind = "feedback-reminder-uncertain"
	// Answer is the note with a client's answers.
	Answer EntryKind = "answer"
)

// HasStep tells whether entries of the kind are about one step of several.
func (k EntryKind) HasStep() bool {
	switch k {
	case Archived, Restored, Feedback, FeedbackUncertain, FeedbackReminder, FeedbackReminderUncertain, Answer:
		return false
	case Reminder, Uncertain, Refused, Settled, KnownUnsent:
	}
	return true
}

// aboutActivity tells whether the Message-IDs of a kind name a finished
// activity and no opportunity: that may change, when two are merged.
func (k EntryKind) aboutActivity() bool {
	switch k {
	case Feedback, FeedbackUncertain, FeedbackReminder, FeedbackReminderUncertain:
		return true
	case Reminder, Uncertain, Refused, Settled, KnownUnsent, Archived, Restored, Answer:
	}
	return false
}

// UncertainKind is the kind of the note that declares a mail of this kind uncertain.
func (k EntryKind) UncertainKind() EntryKind {
	switch k {
	case Feedback:
		return FeedbackUncertain
	case FeedbackReminder:
		return FeedbackReminderUncertain
	case Reminder, Uncertain, Refused, Settled, KnownUnsent, Archived, Restored, FeedbackUncertain, FeedbackReminderUncertain, Answer:
	}
	return Uncertain
}

// Key names what an entry is about: at most one mail goes out for a key.
type Key struct {
	Kind        EntryKind
	Opportunity OpportunityID
	// Step is the reminder's day, or the id of the finished activity that a
	// questionnaire is about; 0 for what has no steps.
	Step int
}

// Entry is a message in an opportunity's chatter that crm-tool wrote.
type Entry struct {
	ID  EntryID
	Key Key
	// On is the opportunity whose chatter holds the entry. It differs from
	// Key.Opportunity after Odoo merged two opportunities.
	On OpportunityID
	// Token is the part of the Message-ID that its writer chose.
	Token string
	// MessageID is the whole Message-ID, angle brackets included.
	MessageID string
	// Confirmed is true once the mail is known to have left. An entry that
	// is not confirmed is a claim: somebody may be about to mail it.
	Confirmed bool
	// At is when Odoo stored it, by Odoo's clock.
	At time.Time
}

var messageID = regexp.MustCompile(`^<crm-tool\.([a-z-]+)\.([1-9][0-9]{0,17})(?:\.([0-9]{1,18}))?\.([0-9a-z]{1,64})@([^@<>\s]+)>$`)

// FormatMessageID returns the Message-ID (RFC 5322, section 3.6.4) under
// which the entry of this key is mailed and stored.
func FormatMessageID(k Key, token, domain string) string {
	if k.Kind.aboutActivity() {
		return fmt.Sprintf("<crm-tool.%s.%d.%s@%s>", k.Kind, k.Step, token, domain)
	}
	if !k.Kind.HasStep() {
		return fmt.Sprintf("<crm-tool.%s.%d.%s@%s>", k.Kind, k.Opportunity, token, domain)
	}
	return fmt.Sprintf("<crm-tool.%s.%d.%d.%s@%s>", k.Kind, k.Opportunity, k.Step, token, domain)
}

// ParseMessageID takes a Message-ID apart; ok is false when it has not the
// form of ours. The form alone proves nothing: a stranger's mail can carry it.
// That of a questionnaire's mail names no opportunity, and that of an Answer
// has the participation's id in its place.
func ParseMessageID(s string) (k Key, token string, ok bool) {
	m := messageID.FindStringSubmatch(s)
	if m == nil {
		return Key{}, "", false
	}
	k = Key{Kind: EntryKind(m[1])}
	id, err := strconv.ParseInt(m[2], 10, 64)
	if err != nil || k.Kind.HasStep() != (m[3] != "") {
		return Key{}, "", false
	}
	if k.Kind.aboutActivity() {
		k.Step = int(id)
		return k, m[4], true
	}
	k.Opportunity = OpportunityID(id)
	if k.Kind.HasStep() {
		if k.Step, err = strconv.Atoi(m[3]); err != nil {
			return Key{}, "", false
		}
	}
	return k, m[4], true
}

// NotedUncertain tells whether one of the entries declares this claim uncertain. A
// note from before the claim is about another one, which was given back since.
func (e Entry) NotedUncertain(entries []Entry) bool {
	key := e.Key
	key.Kind = key.Kind.UncertainKind()
	return slices.ContainsFunc(entries, func(n Entry) bool { return n.Key == key && n.ID > e.ID })
}

// AddressToken is the token of a Refused entry: it stands for the address that
// the mail server refused, so that a corrected one is mailed again.
func AddressToken(mailbox string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(mailbox)))
	return hex.EncodeToString(sum[:8])
}

package crm

import "cmp"

// Opening returns the mail to the client that a mail of a key continues, and
// whether there is one: for a reminder the first reminder that left, for the
// reminder of a questionnaire the mail with its link. After Odoo merged
// opportunities, what another one was sent counts if this one was sent nothing.
func (r Record) Opening(key Key) (first Entry, found bool) {
	earlier := func(a, b Entry) int {
		return cmp.Or(moved(a)-moved(b), a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	}
	for _, e := range r.Entries {
		if e.Confirmed && e.Key != key && e.opens(key) && (!found || earlier(e, first) < 0) {
			first, found = e, true
		}
	}
	return first, found
}

// moved is 1 for an entry that a merge brought here.
func moved(e Entry) int {
	if e.Key.Opportunity != e.On {
		return 1
	}
	return 0
}

// opens returns whether a conversation with the client that a mail of a key
// belongs to may begin with this entry.
func (e Entry) opens(key Key) bool {
	switch key.Kind {
	case Reminder:
		return e.Key.Kind == Reminder
	case FeedbackReminder:
		return e.Key.Kind == Feedback && e.Key.Activity == key.Activity
	case Feedback, Uncertain, Refused, Settled, KnownUnsent, Archived, Restored, FeedbackUncertain, FeedbackReminderUncertain, Answer,
		StopNote, TurnTaken, Snoozed, Warned, WarningUncertain:
	}
	return false
}

package report

import "github.com/crm-tool/crm-tool/pkg/crm"

// Explain returns what a reason means, in one sentence. It returns nothing for a
// text that is no reason.
func Explain(r crm.Reason) string {
	switch r {
	case crm.NoEmail:
		return "Neither the opportunity nor its contact has an e-mail address."
	case crm.BadEmail:
		return "None of the e-mail addresses on the opportunity and its contact can be mailed."
	case crm.Blacklisted:
		return "Odoo's mail blacklist has the address."
	case crm.Bounced:
		return "Odoo has counted delivery reports about this address; a mail from it makes Odoo forget them."
	case crm.RefusedByServer:
		return "The mail server refused this address before; correct it to try again."
	case crm.Won:
		return "The opportunity is won."
	case crm.Replied:
		return "The client wrote last, or has answered a reminder."
	case crm.Missed:
		return "The step fell due longer ago than reminders.catch_up_days."
	case crm.Superseded:
		return "A later step has taken its place."
	case crm.AlreadyDone:
		return "It was done before."
	case crm.ClaimedElsewhere:
		return "Another run has it in hand."
	case crm.IsUncertain:
		return "Nobody can know whether the mail left; `crm-tool remind settle` or `crm-tool feedback settle` decides."
	case crm.OutsideWindow:
		return "Its day has not come yet."
	case crm.OverLimit:
		return "The run had reached the number given with --limit."
	case crm.Interrupted:
		return "The run was ended before its turn; the next run takes it."
	case crm.WasRestored:
		return "It was archived before and somebody put it back, so it stays."
	case crm.Changed:
		return "Somebody changed it meanwhile, so it is left alone."
	case crm.OpenActivity:
		return "It has an open activity, and archive.keep says open-activity."
	case crm.KeptStage:
		return "Its stage is one that archive.keep names."
	case crm.KeptTag:
		return "It has a tag that archive.keep names."
	case crm.ReminderPending:
		return "A reminder is still to be mailed first."
	case crm.Excluded:
		return "No questionnaire goes out for activities of this type."
	case crm.BeforeInstall:
		return "It was finished before crm-tool first ran on this Odoo."
	case crm.Cooldown:
		return "The client was asked already, less than feedback.cooldown_days before."
	case crm.Expired:
		return "The questionnaire was not answered in time."
	case crm.Gone:
		return "It is archived, deleted, or no opportunity any more."
	}
	return ""
}

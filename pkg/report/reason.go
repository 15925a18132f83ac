package report

import "github.com/crm-tool/crm-tool/pkg/crm"

// Explain returns what a reason means, in one sentence. It returns nothing for a
// text that is no reason.
func Explain(r crm.Reason) string {
	return map[crm.Reason]string{
		crm.NoEmail:          "Neither the opportunity nor its contact has an e-mail address.",
		crm.BadEmail:         "None of the e-mail addresses on the opportunity and its contact can be mailed.",
		crm.Blacklisted:      "Odoo's mail blacklist has the address.",
		crm.Bounced:          "Odoo has counted delivery reports about this address; a mail from it makes Odoo forget them.",
		crm.RefusedByServer:  "The mail server refused this address before; correct it to try again.",
		crm.Won:              "The opportunity is won.",
		crm.Replied:          "The client wrote last, or has answered a reminder.",
		crm.Missed:           "The step fell due longer ago than reminders.catch_up_days.",
		crm.Superseded:       "A later step has taken its place.",
		crm.AlreadyDone:      "It was done before.",
		crm.ClaimedElsewhere: "Another run has it in hand.",
		crm.IsUncertain:      "Nobody can know whether the mail left; `crm-tool remind settle`, `crm-tool feedback settle` or `crm-tool archive settle` decides.",
		crm.OutsideWindow:    "Its day has not come yet.",
		crm.OverLimit:        "The run had reached the number given with --limit.",
		crm.Interrupted:      "The run was ended before its turn; the next run takes it.",
		crm.WasRestored:      "It was archived before and somebody put it back, so it stays.",
		crm.Changed:          "Somebody changed it meanwhile, so it is left alone.",
		crm.OpenActivity:     "It has an open activity, and archive.keep says open-activity.",
		crm.KeptStage:        "Its stage is one that archive.keep names.",
		crm.KeptTag:          "It has a tag that archive.keep names.",
		crm.Unanswered:       "The client wrote last, within 7 days, and archive.keep says unanswered.",
		crm.ReminderPending:  "A reminder is still to be mailed first.",
		crm.KeptAnswer:       "The salesperson answered the warning before archiving, or wrote on it since; it stays for archive.after_days more.",
		crm.Excluded:         "No questionnaire goes out for activities of this type.",
		crm.BeforeInstall:    "It was finished before crm-tool first ran on this Odoo.",
		crm.Cooldown:         "The client was asked already, less than feedback.cooldown_days before.",
		crm.Expired:          "The questionnaire was not answered in time.",
		crm.OptedOut:         "The client asked for no more mails (`crm-tool optout list`), or the opportunity has the tag that reminders.opt_out_tag names.",
		crm.SnoozedUntil:     "Somebody put its reminders off with `crm-tool snooze`.",
		crm.Away:             "The client is away, by their own automatic answer.",
		crm.Unhappy:          "The client gave a low score, less than 14 days ago or with a to-do of crm-tool's that is still open.",
		crm.ActivityPlanned:  "An activity or a meeting with the client is planned within reminders.hold_for_activity days.",
		crm.SalespersonWrote: "Somebody of the company wrote to the client, and reminders.quiet_days have not passed since.",
		crm.Frozen:           "The date is one on which reminders.freeze lets no reminder leave; it is mailed later, within reminders.catch_up_days.",
		crm.RuleExcluded:     "Its rule excludes it (rules).",
		crm.OffHours:         "It is not a working day, or the hour is outside reminders.window; it is mailed within both, up to reminders.catch_up_days.",
		crm.RecentlyMailed:   "Another reminder went to this client less than reminders.min_days_between days before; it is mailed later, within reminders.catch_up_days.",
		crm.Gone:             "It is archived, deleted, or no opportunity any more.",
	}[r]
}

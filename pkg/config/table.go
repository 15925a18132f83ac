package config

import (
	"slices"
	"time"
)

// noStateDir is the value of state_dir on a host without locks and journals.
const noStateDir = "none"

// maxSMTPTimeout follows from the ledger: a claim in Odoo lives 15 minutes, and
// the last mail may begin 10 minutes after it and must have failed before minute
// 14.
const maxSMTPTimeout = 4 * time.Minute

// Keys returns the description of every setting, in the order of the file.
func Keys() []Key {
	policy := slices.Concat(reminderKeys(), feedbackKeys(), runKeys())
	for i := range policy {
		policy[i].Shared = true
	}
	return slices.Concat(serverKeys(), hostKeys(), policy)
}

func serverKeys() []Key {
	return []Key{
		{Name: "odoo.url", Kind: URL, Doc: "The Odoo server, as in https://odoo.example.com."},
		{Name: "odoo.database", Kind: Text, Doc: "The name of the database on that server."},
		{Name: "odoo.user", Kind: Text, Doc: "The login of the user that crm-tool works as."},
		{Name: "odoo.password", Kind: Password, Doc: "That user's password or API key. Better kept in a file of its own: see password_file."},
		{Name: "odoo.password_file", Kind: Path, Doc: "A file that holds the password or API key and nothing else."},
		{
			Name: "odoo.allow_http", Kind: Bool, Default: "false",
			Doc: "Permits an http:// URL to another host than this one, which sends the password unencrypted.",
		},
		{Name: "odoo.ca_file", Kind: Path, Doc: "A PEM file with certificate authorities to trust besides the system's."},
		{Name: "odoo.public_url", Kind: URL, Doc: "Where clients reach Odoo's pages; by default Odoo's own base URL."},
		{Name: "odoo.timeout", Kind: Duration, Default: "30s", Doc: "How long one call to Odoo may take.", check: within(time.Second, 10*time.Minute)},
		{Name: "smtp.host", Kind: Text, Doc: "The mail server's name or address.", check: on(checkHost)},
		{Name: "smtp.port", Kind: Number, Default: "587", Doc: "Its port: 587 for starttls, 465 for implicit.", check: within(1, 65535)},
		{Name: "smtp.user", Kind: Text, Doc: "The login at the mail server; empty when it asks for none."},
		{Name: "smtp.password", Kind: Password, Doc: "The password for that login. Better kept in a file of its own: see password_file."},
		{Name: "smtp.password_file", Kind: Path, Doc: "A file that holds the password and nothing else."},
		{
			Name: "smtp.tls", Kind: Choice, Default: string(StartTLS),
			Doc:     "How the connection is encrypted: starttls (required), implicit, or none, which allows no login.",
			Choices: []string{string(StartTLS), string(ImplicitTLS), string(NoTLS)},
		},
		{Name: "smtp.ca_file", Kind: Path, Doc: "A PEM file with certificate authorities to trust besides the system's."},
		{
			Name: "smtp.timeout", Kind: Duration, Default: "30s",
			Doc:   "How long the mail server may take for one answer.",
			check: within(time.Second, maxSMTPTimeout),
		},
		{Name: "smtp.connections", Kind: Number, Default: "2", Doc: "How many connections are used at the same time.", check: within(1, 20)},
	}
}

func hostKeys() []Key {
	return []Key{
		{Name: "mail.from", Kind: Mailbox, Doc: "The sender of all mails, as in Example Sales <sales@example.com>."},
		{Name: "mail.reply_to", Kind: Mailbox, Doc: "Where answers go; by default the company's catchall address in Odoo."},
		{
			Name: "mail.envelope_from", Kind: Mailbox,
			Doc:   "Where delivery reports go; by default the company's bounce address in Odoo, else the sender.",
			check: on(checkBareMailbox),
		},
		{
			Name: "mail.language", Kind: Text, Shared: true,
			Doc:   "The language for clients without one, as in fr or fr_CA; by default the company's.",
			check: on(checkLanguage),
		},
		{Name: "templates.dir", Kind: Path, Doc: "A folder with your own mail templates; what it lacks comes from the built-in ones."},
		{
			Name: "timezone", Kind: Text, Shared: true,
			Doc:   "The time zone in which days are counted, as in Europe/Paris; by default that of crm-tool's user in Odoo, else UTC.",
			check: on(checkTimezone),
		},
		{
			Name: "state_dir", Kind: Path,
			Doc: "The folder for this host's lock and journal; none for neither. By default $XDG_STATE_HOME/crm-tool, for root /var/lib/crm-tool.",
		},
	}
}

// reminderKeys are those of reminders and archiving. These and the following are
// all shared.
func reminderKeys() []Key {
	return []Key{
		{Name: "reminders.enabled", Kind: Switch, Default: "true", Doc: "Whether reminders are sent. Off in any place is off."},
		{
			Name: "reminders.days", Kind: Days, Default: "7,15,30",
			Doc:   "At which ages of an opportunity, in days, its client is reminded; 0 means at once.",
			check: on(checkDays),
		},
		{Name: "reminders.catch_up_days", Kind: Number, Default: "3", Doc: "For how many days a missed reminder is still sent.", check: within(0, 365)},
		{Name: "reminders.stop_on_reply", Kind: Bool, Default: "true", Doc: "Whether an answer from the client ends the reminders."},
		{Name: "archive.enabled", Kind: Switch, Default: "true", Doc: "Whether opportunities are archived. Off in any place is off."},
		{
			Name: "archive.after_days", Kind: Number, Default: "30",
			Doc:   "The age of an opportunity, in days, at which it is archived.",
			check: within(0, maxDay),
		},
		{
			Name: "archive.keep", Kind: Rules, Default: "won",
			Doc:   "What is never archived: won, open-activity, stage:NAME, tag:NAME; none for no exception.",
			check: on(checkKeep),
		},
		{Name: "archive.reopen_on_answer", Kind: Bool, Default: "true", Doc: "Whether an archived opportunity comes back when its client writes."},
	}
}

func feedbackKeys() []Key {
	return []Key{
		{Name: "feedback.enabled", Kind: Switch, Default: "true", Doc: "Whether clients are asked about finished activities. Off in any place is off."},
		{Name: "feedback.lookback_days", Kind: Number, Default: "7", Doc: "For how many days a finished activity is asked about.", check: within(0, 365)},
		{Name: "feedback.deadline_days", Kind: Number, Default: "14", Doc: "For how many days a questionnaire can be answered.", check: within(1, 365)},
		{
			Name: "feedback.cooldown_days", Kind: Number, Default: "1",
			Doc:   "At most one questionnaire a client in so many days; 0: one for each activity, always.",
			check: within(0, 365),
		},
		{
			Name: "feedback.questionnaire", Kind: Text, Default: "satisfaction",
			Doc: "The questionnaire for activities without a rule; none asks only about those with a rule.",
		},
		{Name: "feedback.rules", Kind: ActivityRules, Doc: "Other questionnaires for some activity types, as in Meeting=nps,Call=none; none excludes a type."},
		{
			Name: "feedback.remind_after_days", Kind: Number, Default: "0",
			Doc:   "After so many days without an answer a client is reminded of a questionnaire, once; 0: never.",
			check: within(0, 365),
		},
		{
			Name: "feedback.low_score", Kind: Number, Default: "0",
			Doc:   "A score below which the salesperson, or else the team's leader, gets a to-do, 1 to 100; 0: off.",
			check: within(0, 100),
		},
		{
			Name: "feedback.score_field", Kind: Text,
			Doc:   "A custom number field of opportunities that the score is written to, as in x_feedback_score; none by default.",
			check: on(checkScoreField),
		},
		{
			Name: "feedback.tags", Kind: ScoreTags,
			Doc:   "Tags that opportunities get for their score, as in below 50=Unhappy client,from 80=Happy client.",
			check: on(checkScoreTags),
		},
	}
}

func runKeys() []Key {
	return []Key{
		{
			Name: "guard.max_records", Kind: Number, Default: "200",
			Doc:   "A run that would touch more records than this, and more than max_share, stops before it begins.",
			check: within(0, 1_000_000_000),
		},
		{
			Name: "guard.max_share", Kind: Fraction, Default: "0.2",
			Doc:   "The share of all active opportunities that a run may touch; 0 means no guard.",
			check: within(0.0, 1.0),
		},
		{
			Name: "history.keep_days", Kind: Number, Default: "90",
			Doc:   "For how many days Odoo keeps the history of runs; 0 keeps none.",
			check: within(0, 3650),
		},
	}
}

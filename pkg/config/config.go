// Package config turns the environment, a YAML file and the settings shared in
// Odoo into one typed, checked [Config], and edits that file.
//
// One table, [Keys], describes every setting. The names in the environment, the
// defaults, the commented template, the listing and the messages follow from it.
// Reading takes two steps, because the shared settings can be read only when the
// connection is known: [Load] reads this host, and [Settings.WithShared] adds
// what Odoo holds. Reading does not stop at the first mistake: it collects all
// problems, each with its place.
//
// The caller passes in environment and files. Only [Set], [Unset] and [Save] use
// the file system by themselves. Secrets have the type [Secret] and appear in no
// message, listing or log. Values do not change once they are made, and may be
// used by several goroutines.
package config

import (
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
)

// Config is every setting with its effective value. The zero value is not
// useful; [Settings.Config] makes one.
type Config struct {
	Odoo      Odoo      `mapstructure:"odoo"`
	SMTP      SMTP      `mapstructure:"smtp"`
	Mail      Mail      `mapstructure:"mail"`
	Templates Templates `mapstructure:"templates"`
	// Timezone is the IANA name of the zone in which days are counted, one
	// that time.LoadLocation knows; empty for the zone of the integration
	// user in Odoo.
	Timezone string `mapstructure:"timezone"`
	// StateDir is the folder for the locks and journals of this host. It may not
	// exist yet. It is empty when there are to be none.
	StateDir  string    `mapstructure:"state_dir"`
	Reminders Reminders `mapstructure:"reminders"`
	Archive   Archive   `mapstructure:"archive"`
	Feedback  Feedback  `mapstructure:"feedback"`
	Guard     Guard     `mapstructure:"guard"`
	History   History   `mapstructure:"history"`
}

// Odoo is the connection to the Odoo server.
type Odoo struct {
	// URL has a scheme, a host and perhaps a port, and no slash at the end.
	URL      string `mapstructure:"url"`
	Database string `mapstructure:"database"`
	// User is the login of the integration user.
	User string `mapstructure:"user"`
	// Password is that user's password or API key.
	Password Secret `mapstructure:"password"`
	// AllowHTTP permits a URL without TLS to a host that is not loopback.
	AllowHTTP bool `mapstructure:"allow_http"`
	// CAFile is a PEM file of authorities to trust besides those of the system.
	// It may be empty.
	CAFile string `mapstructure:"ca_file"`
	// PublicURL is where clients open Odoo's pages; empty for the base URL that
	// is set in Odoo.
	PublicURL string `mapstructure:"public_url"`
	// Timeout limits one call.
	Timeout time.Duration `mapstructure:"timeout"`
}

// TLSMode says how the connection to the mail server is encrypted.
type TLSMode string

// The ways to encrypt the connection to the mail server.
const (
	// StartTLS begins unencrypted and requires STARTTLS (RFC 3207) before
	// anything else.
	StartTLS TLSMode = "starttls"
	// ImplicitTLS speaks TLS from the first byte (RFC 8314).
	ImplicitTLS TLSMode = "implicit"
	// NoTLS does not encrypt; no login is possible then.
	NoTLS TLSMode = "none"
)

// SMTP is the connection to the mail server.
type SMTP struct {
	Host string `mapstructure:"host"`
	Port int    `mapstructure:"port"`
	// User is empty when the server asks for no login; Password is then
	// empty as well.
	User     string  `mapstructure:"user"`
	Password Secret  `mapstructure:"password"`
	TLS      TLSMode `mapstructure:"tls"`
	// CAFile is as in [Odoo].
	CAFile string `mapstructure:"ca_file"`
	// Timeout limits one answer of the server.
	Timeout time.Duration `mapstructure:"timeout"`
	// Connections is how many are used at the same time.
	Connections int `mapstructure:"connections"`
}

// Mail is what the mails have in common.
type Mail struct {
	// From is the sender that clients see.
	From address.Address `mapstructure:"from"`
	// ReplyTo is the zero address when answers go to the company's catchall
	// address in Odoo.
	ReplyTo address.Address `mapstructure:"reply_to"`
	// EnvelopeFrom gets the delivery reports. It has no name. The zero address
	// stands for the company's bounce address in Odoo, or else From.
	EnvelopeFrom address.Address `mapstructure:"envelope_from"`
	// Language is as Odoo writes it (fr, fr_CA); empty for the company's.
	Language string `mapstructure:"language"`
}

// Templates says where the mail templates come from.
type Templates struct {
	// Dir is the folder with the user's own templates; empty for none. It
	// existed when the configuration was read.
	Dir string `mapstructure:"dir"`
}

// Reminders is the policy of the remind command.
type Reminders struct {
	// Enabled is false when any place switches reminders off, or when the
	// switch cannot be read somewhere.
	Enabled bool `mapstructure:"enabled"`
	// Days are the steps in days of age, ascending and without duplicates.
	Days []int `mapstructure:"days"`
	// CatchUpDays is for how many days a step that was missed is still sent.
	CatchUpDays int `mapstructure:"catch_up_days"`
	// StopOnReply ends an opportunity's reminders when the client answers.
	StopOnReply bool `mapstructure:"stop_on_reply"`
}

// Archive is the policy of the archive command.
type Archive struct {
	// Enabled is false when any place switches archiving off, or when the
	// switch cannot be read somewhere.
	Enabled bool `mapstructure:"enabled"`
	// AfterDays is the age, in days, at which an opportunity is archived.
	AfterDays int `mapstructure:"after_days"`
	// Keep names what is never archived: won, open-activity, stage:NAME,
	// tag:NAME.
	Keep []string `mapstructure:"keep"`
	// ReopenOnAnswer restores an archived opportunity when its client writes.
	ReopenOnAnswer bool `mapstructure:"reopen_on_answer"`
}

// Feedback is the policy of the feedback commands.
type Feedback struct {
	// Enabled is false when any place switches feedback off, or when the
	// switch cannot be read somewhere.
	Enabled bool `mapstructure:"enabled"`
	// LookbackDays is for how many days clients are asked about a finished
	// activity.
	LookbackDays int `mapstructure:"lookback_days"`
	// DeadlineDays is for how many days a questionnaire can be answered.
	DeadlineDays int `mapstructure:"deadline_days"`
	// CooldownDays is for how many days a client gets no second questionnaire.
	CooldownDays int `mapstructure:"cooldown_days"`
	// Questionnaire is for activities without a rule; "none" asks nothing.
	Questionnaire string         `mapstructure:"questionnaire"`
	Rules         []FeedbackRule `mapstructure:"rules"`
	// RemindAfterDays is after how many days clients are reminded of a
	// questionnaire that they did not begin; 0 is never.
	RemindAfterDays int `mapstructure:"remind_after_days"`
	// LowScore is the score below which the salesperson gets a to-do.
	LowScore int `mapstructure:"low_score"`
	// ScoreField is the custom field of opportunities that the score is written
	// to; empty for none.
	ScoreField string     `mapstructure:"score_field"`
	Tags       []ScoreTag `mapstructure:"tags"`
}

// ScoreTag is the tag for scores of at least From and less than Below.
type ScoreTag struct {
	From, Below int
	// Tag is its name in Odoo.
	Tag string
}

// FeedbackRule chooses a questionnaire for a type of activity.
type FeedbackRule struct {
	// ActivityType is its name in Odoo.
	ActivityType string
	// Questionnaire is its name, or "none".
	Questionnaire string
}

// Guard stops a run that would touch unusually many records: more than
// MaxRecords and more than MaxShare of all active opportunities.
type Guard struct {
	MaxRecords int `mapstructure:"max_records"`
	// MaxShare is from 0 to 1; 0 means that there is no guard.
	MaxShare float64 `mapstructure:"max_share"`
}

// History says for how long Odoo keeps the history of runs.
type History struct {
	// KeepDays is the number of days; 0 keeps nothing.
	KeepDays int `mapstructure:"keep_days"`
}

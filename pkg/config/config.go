// Package config turns flags, the environment, a YAML file and the settings
// shared in Odoo into one typed, validated Config, and edits that file.
//
// One table (Keys) describes every setting; names in the environment,
// defaults, the commented template, the listing and the messages follow from
// it. Reading happens in two steps, because the shared settings can be read
// only once the connection is known: Load reads what is on this host, and
// Settings.WithShared adds what Odoo holds. Nothing stops at the first mistake:
// all problems are collected, each with its place.
//
// The process is not looked at: environment and files are handed in. Only Set
// and Unset touch the file system by themselves. Secrets are of type Secret
// and appear in no message, listing or log. The values are immutable once
// made, and safe for use by several goroutines.
package config

import (
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
)

// Config is every setting with its effective value. The zero value is not
// useful; Settings.Config makes one.
type Config struct {
	Odoo      Odoo      `mapstructure:"odoo"`
	SMTP      SMTP      `mapstructure:"smtp"`
	Mail      Mail      `mapstructure:"mail"`
	Templates Templates `mapstructure:"templates"`
	// Timezone is the IANA name of the zone in which days are counted, one
	// that time.LoadLocation knows; empty for the zone of the integration
	// user in Odoo.
	Timezone string `mapstructure:"timezone"`
	// StateDir is the folder for this host's lock and journal. It need not
	// exist yet. It is empty when neither is to be kept.
	StateDir  string    `mapstructure:"state_dir"`
	Reminders Reminders `mapstructure:"reminders"`
	Archive   Archive   `mapstructure:"archive"`
	Feedback  Feedback  `mapstructure:"feedback"`
	Guard     Guard     `mapstructure:"guard"`
	History   History   `mapstructure:"history"`
}

// Odoo is the connection to the Odoo server.
type Odoo struct {
	// URL is scheme, host and perhaps port, without a slash at the end.
	URL      string `mapstructure:"url"`
	Database string `mapstructure:"database"`
	// User is the login of the integration user.
	User string `mapstructure:"user"`
	// Password is that user's password or API key.
	Password Secret `mapstructure:"password"`
	// AllowHTTP permits a URL without TLS to a host that is not loopback.
	AllowHTTP bool `mapstructure:"allow_http"`
	// CAFile is a PEM file of authorities to trust besides the system's; empty
	// for the system's alone.
	CAFile string `mapstructure:"ca_file"`
	// PublicURL is where clients reach Odoo's pages; empty for Odoo's own
	// base URL.
	PublicURL string `mapstructure:"public_url"`
	// Timeout is the longest that one call may take.
	Timeout time.Duration `mapstructure:"timeout"`
}

// TLSMode says how the connection to the mail server is encrypted.
type TLSMode string

// The ways to encrypt the connection to the mail server.
const (
	// StartTLS begins in clear and requires STARTTLS (RFC 3207) before
	// anything else is said.
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
	// CAFile is as in Odoo.
	CAFile string `mapstructure:"ca_file"`
	// Timeout is the longest that the server may take for one answer.
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
	// EnvelopeFrom gets the delivery reports. It has no name, and is the
	// zero address when the company's bounce address in Odoo, else From, is
	// to be used.
	EnvelopeFrom address.Address `mapstructure:"envelope_from"`
	// Language is as Odoo writes it (fr, fr_CA); empty for the company's.
	Language string `mapstructure:"language"`
}

// Templates says where the mail templates come from.
type Templates struct {
	// Dir is the folder of the user's own templates, empty for none. It
	// existed when the configuration was read.
	Dir string `mapstructure:"dir"`
}

// Reminders is the policy of the remind command.
type Reminders struct {
	// Enabled is false when any place switches reminders off, or when the
	// switch cannot be read somewhere.
	Enabled bool `mapstructure:"enabled"`
	// Days are the steps, in days of age, ascending, each once.
	Days []int `mapstructure:"days"`
	// CatchUpDays is for how many days after a step fell due it is still
	// sent.
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
	// ReopenOnAnswer brings back what was archived when its client writes.
	ReopenOnAnswer bool `mapstructure:"reopen_on_answer"`
}

// Feedback is the policy of the feedback commands.
type Feedback struct {
	// Enabled is false when any place switches feedback off, or when the
	// switch cannot be read somewhere.
	Enabled bool `mapstructure:"enabled"`
	// LookbackDays is for how long a finished activity is asked about.
	LookbackDays int `mapstructure:"lookback_days"`
	// DeadlineDays is for how long a questionnaire can be answered.
	DeadlineDays int `mapstructure:"deadline_days"`
	// CooldownDays is for how long a client gets no second questionnaire.
	CooldownDays int `mapstructure:"cooldown_days"`
	// Questionnaire is for activities without a rule; "none" asks nothing.
	Questionnaire string         `mapstructure:"questionnaire"`
	Rules         []FeedbackRule `mapstructure:"rules"`
	// RemindAfterDays is when a client is reminded of a questionnaire that he
	// did not begin to answer; 0 is never.
	RemindAfterDays int `mapstructure:"remind_after_days"`
	// LowScore is the score below which the salesperson gets a to-do.
	LowScore int `mapstructure:"low_score"`
	// ScoreField is the custom field of opportunities that takes the score;
	// empty for none.
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

// Guard stops a run that would touch unusually much: more records than
// MaxRecords and also more than MaxShare of all active opportunities.
type Guard struct {
	MaxRecords int `mapstructure:"max_records"`
	// MaxShare lies between 0 and 1; 0 means that there is no guard.
	MaxShare float64 `mapstructure:"max_share"`
}

// History says what is remembered about runs.
type History struct {
	// KeepDays is for how many days; 0 remembers nothing.
	KeepDays int `mapstructure:"keep_days"`
}

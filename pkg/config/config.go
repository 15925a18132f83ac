// Package config turns the environment, a YAML file and the settings shared in
// Odoo into one typed, checked [Config]. Package configfile writes that file.
//
// The tags of [Config] describe every setting, and [Keys] lists what they say. The
// names in the environment, the defaults, the listing and the messages follow from
// them, and so does the commented template of the file.
// Reading takes two steps, because the shared settings can be read only when the
// connection is known: [Load] reads this host, and [Settings.WithShared] adds
// what Odoo holds. Reading does not stop at the first mistake: it collects all
// problems, each with its place.
//
// The caller passes in environment and files. Secrets have the type [Secret] and
// appear in no message, listing or log. Values do not change once they are made,
// and may be used by several goroutines.
package config

import (
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/config/notation"
	"github.com/crm-tool/crm-tool/pkg/rule"
)

// Config is every setting with its effective value. The zero value is not useful;
// [Settings.Config] makes one.
//
// The fields are in the order of the file. Their tags hold the name there, the kind
// where the type does not tell it, the default, and what the setting does (doc); the
// comments add what only code needs to know. A section or a setting with the tag
// shared lives in Odoo and counts for every host. A [Secret] may also be in a file,
// whose setting has the name with _file behind it and the tag file as doc, or be printed
// by a command, whose setting has the name with _command behind it.
type Config struct {
	Odoo      Odoo      `name:"odoo"`
	SMTP      SMTP      `name:"smtp"`
	Mail      Mail      `name:"mail"`
	Templates Templates `name:"templates"`
	// Timezone is a name that time.LoadLocation knows, or empty.
	Timezone string `name:"timezone" shared:"yes" doc:"The time zone in which days are counted, as in Europe/Paris; by default that of crm-tool's user in Odoo, else UTC."`
	// StateDir may not exist yet. It is empty when there is to be none.
	StateDir  string    `name:"state_dir" kind:"path" doc:"The folder for this host's lock and journal; none for neither. By default $XDG_STATE_HOME/crm-tool, for root /var/lib/crm-tool."`
	Reminders Reminders `name:"reminders" shared:"yes"`
	Archive   Archive   `name:"archive" shared:"yes"`
	Feedback  Feedback  `name:"feedback" shared:"yes"`
	Guard     Guard     `name:"guard" shared:"yes"`
	History   History   `name:"history" shared:"yes"`
	Monitor   Monitor   `name:"monitor"`
	Hooks     Hooks     `name:"hooks"`
	Alerts    Alerts    `name:"alerts"`
	// Rules are not resolved: their conditions are names.
	Rules rule.List `name:"rules" shared:"yes" default:"[]" doc:"What is different for some opportunities, as in [{team: Export, days: [5, 10]}]; the first rule whose conditions (team, stage, tag, company) hold counts."`
}

// Odoo is the connection to the Odoo server.
type Odoo struct {
	// URL has a scheme, a host and perhaps a port, and no slash at the end.
	URL       string        `name:"url" kind:"URL" doc:"The Odoo server, as in https://odoo.example.com."`
	Database  string        `name:"database" doc:"The name of the database on that server."`
	User      string        `name:"user" doc:"The login of the user that crm-tool works as."`
	Password  Secret        `name:"password" doc:"That user's password or API key. Better kept in a file of its own: see password_file." file:"A file that holds the password or API key and nothing else."`
	API       API           `name:"api" default:"auto" choices:"auto xmlrpc json2" doc:"How Odoo is called: xmlrpc, json2 (from Odoo 19 on; needs an API key, and no user), or auto, which is xmlrpc while the server has it."`
	AllowHTTP bool          `name:"allow_http" default:"false" doc:"Permits an http:// URL to another host than this one, which sends the password unencrypted."`
	CAFile    string        `name:"ca_file" kind:"path" doc:"A PEM file with certificate authorities to trust besides the system's."`
	PublicURL string        `name:"public_url" kind:"URL" doc:"Where clients reach Odoo's pages; by default Odoo's own base URL."`
	Timeout   time.Duration `name:"timeout" default:"30s" doc:"How long one call to Odoo may take."`
	// Rate is a number of calls, or 0; package pace says what that means.
	Rate float64 `name:"rate" kind:"number" default:"0" doc:"How many calls a second Odoo gets at most, none of them in parallel. 0 is 1 on Odoo Online (*.odoo.com), and no limit elsewhere."`
}

// API says how Odoo is called.
type API string

// The ways to call Odoo.
const (
	// AutoAPI is XML-RPC while the server has it, else JSON-2.
	AutoAPI   API = "auto"
	XMLRPCAPI API = "xmlrpc"
	JSON2API  API = "json2"
)

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

// Auth says how a client logs in to the mail server.
type Auth string

// The ways to log in to the mail server.
const (
	PasswordAuth Auth = "password"
	// OAuth2Auth is by an access token (RFC 6749) from a token server.
	OAuth2Auth Auth = "oauth2"
)

// OAuth2 says how access tokens are got: by a refresh token, or without one by the
// client's own credentials.
type OAuth2 struct {
	// TokenURL is https, but for this host itself.
	TokenURL     string `name:"token_url" doc:"The token server's address: https://login.microsoftonline.com/TENANT/oauth2/v2.0/token or https://oauth2.googleapis.com/token."`
	ClientID     string `name:"client_id" doc:"The client's ID there: in Entra the Application ID, at Google the client ID."`
	ClientSecret Secret `name:"client_secret" doc:"The client's secret. Better kept in a file of its own: see client_secret_file." file:"A file that holds the client's secret and nothing else."`
	RefreshToken Secret `name:"refresh_token" doc:"The refresh token that the mailbox's owner was given; without one, the client asks in its own name (client credentials)." file:"A file that holds the refresh token and nothing else."`
	Scope        string `name:"scope" doc:"What the token is for: https://outlook.office365.com/.default for Microsoft 365 with client credentials; usually none with a refresh token."`
}

// SMTP is the connection to the mail server. Without a User the server asks for no
// login, and Password is empty as well.
type SMTP struct {
	Host        string        `name:"host" doc:"The mail server's name or address."`
	Port        int           `name:"port" default:"587" doc:"Its port: 587 for starttls, 465 for implicit."`
	User        string        `name:"user" doc:"The login at the mail server; empty when it asks for none."`
	Password    Secret        `name:"password" doc:"The password for that login. Better kept in a file of its own: see password_file." file:"A file that holds the password and nothing else."`
	TLS         TLSMode       `name:"tls" default:"starttls" choices:"starttls implicit none" doc:"How the connection is encrypted: starttls (required), implicit, or none, which allows no login."`
	CAFile      string        `name:"ca_file" kind:"path" doc:"A PEM file with certificate authorities to trust besides the system's, for the token server as well."`
	Timeout     time.Duration `name:"timeout" default:"30s" doc:"How long the mail server may take for one answer."`
	Connections int           `name:"connections" default:"2" doc:"How many connections are used at the same time."`
	Auth        Auth          `name:"auth" default:"password" choices:"password oauth2" doc:"How the login works: password, or oauth2 with an access token, as Microsoft 365 and Google want it."`
	OAuth2      OAuth2        `name:"oauth2"`
}

// NameMode says which names of opportunities clients read.
type NameMode string

// The values of NameMode.
const (
	// AutoNames shows the names that people gave, unless they look internal, and none
	// that Odoo made.
	AutoNames NameMode = "auto"
	ShowNames NameMode = "show"
	HideNames NameMode = "hide"
)

// Signatory says whose name stands before the sender's address.
type Signatory string

// The values of Signatory.
const (
	CompanySigns     Signatory = "company"
	SalespersonSigns Signatory = "salesperson"
)

// Transport says what sends the mails.
type Transport string

// The values of Transport.
const (
	SMTPTransport Transport = "smtp"
	// OdooTransport is Odoo's own mail server.
	OdooTransport Transport = "odoo"
)

// Mail is what the mails have in common. An address that is not set is zero.
type Mail struct {
	Transport Transport       `name:"transport" default:"smtp" choices:"smtp odoo" doc:"What sends the mails: smtp, the mail server of smtp.host, or odoo, the one that Odoo itself sends through; then smtp.* and mail.envelope_from are not used."`
	From      address.Address `name:"from" doc:"The sender of all mails, as in Example Sales <sales@example.com>."`
	ReplyTo   address.Address `name:"reply_to" doc:"Where answers go; by default the company's catchall address in Odoo."`
	// EnvelopeFrom has no name.
	EnvelopeFrom address.Address `name:"envelope_from" doc:"Where delivery reports go; by default the company's bounce address in Odoo, else the sender."`
	FromName     Signatory       `name:"from_name" default:"company" choices:"company salesperson" doc:"Whose name clients read as the sender's: company (that of mail.from) or salesperson. The address stays that of mail.from."`
	SubjectNames NameMode        `name:"subject_names" default:"auto" choices:"auto show hide" doc:"Whether clients read the names of their opportunities: auto (not those that Odoo made or that look internal), show or hide."`
	// UnsubscribeURL has {address} where the client's address goes.
	UnsubscribeURL string `name:"unsubscribe_url" kind:"link" doc:"A page of yours where a client asks for no more mails, with {address} for theirs; their mail program may call it for them (RFC 8058)."`
	Language       string `name:"language" shared:"yes" doc:"The language for clients without one, as in fr or fr_CA; by default the company's."`
}

// Templates says where the mail templates come from.
type Templates struct {
	// Dir existed when the configuration was read, or is empty.
	Dir string `name:"dir" kind:"path" doc:"A folder with your own mail templates; what it lacks comes from the built-in ones."`
}

// Reminders is the policy of the remind command. Enabled is false when any place
// switches reminders off, or when the switch cannot be read somewhere.
type Reminders struct {
	Enabled bool `name:"enabled" kind:"switch" default:"true" doc:"Whether reminders are sent. Off in any place is off."`
	// Days are ascending and without duplicates.
	Days        []int `name:"days" default:"7,15,30" doc:"At which ages of an opportunity, in days, its client is reminded; 0 means at once."`
	CatchUpDays int   `name:"catch_up_days" default:"3" doc:"For how many days a missed reminder is still sent."`
	StopOnReply bool  `name:"stop_on_reply" default:"true" doc:"Whether an answer from the client ends the reminders."`
	// MinDaysBetween is 0 if the other reminders to a client do not matter.
	MinDaysBetween  int  `name:"min_days_between" default:"1" doc:"A client gets at most one reminder in so many days, over all their opportunities; 0: one for each opportunity, always."`
	HoldForActivity int  `name:"hold_for_activity" default:"7" doc:"An activity or a meeting with the client that is planned within so many days holds a reminder back; 0: none does."`
	QuietDays       int  `name:"quiet_days" default:"2" doc:"For how many days a mail that the company's people write to a client holds a reminder back; 0: it does not."`
	WorkingDays     bool `name:"working_days" default:"false" doc:"Whether reminders leave only on working days, by the schedules and leaves in Odoo; catch_up_days then counts these."`
	// Window is zero for the whole day.
	Window    calendar.Hours    `name:"window" doc:"The hours of a day, in the time zone of days, in which reminders are sent, as in 08:00-18:00; by default all."`
	Freeze    []calendar.Period `name:"freeze" doc:"Dates on which no reminder is sent, first and last included, as in 2026-12-24..2027-01-02; none by default."`
	OptOutTag string            `name:"opt_out_tag" doc:"A tag in Odoo: crm-tool mails no client about an opportunity that has it, neither reminders nor questionnaires. None by default."`
}

// Archive is the policy of the archive command. Enabled is as in [Reminders].
type Archive struct {
	Enabled        bool     `name:"enabled" kind:"switch" default:"true" doc:"Whether opportunities are archived. Off in any place is off."`
	AfterDays      int      `name:"after_days" default:"30" doc:"The age of an opportunity, in days, at which it is archived."`
	Keep           []string `name:"keep" default:"won,unanswered" doc:"What is never archived: won, unanswered (the client wrote last, within 7 days), open-activity, stage:NAME, tag:NAME; none for no exception."`
	WarnDays       int      `name:"warn_days" default:"0" doc:"How many days before an opportunity is archived its salesperson is told by mail; 0: not at all."`
	ReopenOnAnswer bool     `name:"reopen_on_answer" default:"true" doc:"Whether an archived opportunity comes back when its client writes."`
}

// Feedback is the policy of the feedback commands. Enabled is as in [Reminders].
type Feedback struct {
	Enabled         bool                    `name:"enabled" kind:"switch" default:"true" doc:"Whether clients are asked about finished activities. Off in any place is off."`
	LookbackDays    int                     `name:"lookback_days" default:"7" doc:"For how many days a finished activity is asked about."`
	DeadlineDays    int                     `name:"deadline_days" default:"14" doc:"For how many days a questionnaire can be answered."`
	CooldownDays    int                     `name:"cooldown_days" default:"1" doc:"At most one questionnaire a client in so many days; 0: one for each activity, always."`
	Questionnaire   string                  `name:"questionnaire" default:"satisfaction" doc:"The questionnaire for activities without a rule; none asks only about those with a rule."`
	Rules           []notation.FeedbackRule `name:"rules" doc:"Other questionnaires for some activity types, as in Meeting=nps,Call=none; none excludes a type."`
	CheckPage       bool                    `name:"check_page" default:"true" doc:"Whether a run first opens the public page of each survey, as a client would; false if this host cannot reach it and clients can."`
	RemindAfterDays int                     `name:"remind_after_days" default:"0" doc:"After so many days without an answer a client is reminded of a questionnaire, once; 0: never."`
	LowScore        int                     `name:"low_score" default:"0" doc:"A score below which the salesperson, or else the team's leader, gets a to-do, 1 to 100; 0: off."`
	ScoreField      string                  `name:"score_field" doc:"A custom number field of opportunities that the score is written to, as in x_feedback_score; none by default."`
	Tags            []notation.ScoreTag     `name:"tags" doc:"Tags that opportunities get for their score, as in below 50=Unhappy client,from 80=Happy client."`
}

// Guard stops a run that would touch unusually many records: more than MaxRecords
// and more than MaxShare, from 0 to 1, of all active opportunities.
type Guard struct {
	MaxRecords int     `name:"max_records" default:"200" doc:"A run that would touch more records than this, and more than max_share, stops before it begins."`
	MaxShare   float64 `name:"max_share" default:"0.2" doc:"The share of all active opportunities that a run may touch; 0 means no guard."`
}

// History says for how long Odoo keeps the history of runs.
type History struct {
	KeepDays int `name:"keep_days" default:"90" doc:"For how many days Odoo keeps the history of runs; 0 keeps none."`
}

// Monitor says what hears of runs.
type Monitor struct {
	// URL is a secret: whoever knows it can report that a run went well. It may have
	// [notation.CommandMark].
	URL         Secret `name:"url" doc:"A URL of a monitor (healthchecks.io's protocol) that hears when a run begins and how it ends; {command} in it is the command, as in feedback-send." file:"A file that holds this URL and nothing else: whoever knows it can report a run."`
	MetricsFile string `name:"metrics_file" kind:"path" doc:"A file that gets the metrics of each run, for the textfile collector of Prometheus' node_exporter; its name ends with .prom."`
}

// Hooks are lines for /bin/sh, see package shell.
type Hooks struct {
	Before  string `name:"before" kind:"command" doc:"A command before a run. If it fails, the run does not begin."`
	Success string `name:"success" kind:"command" doc:"A command after a run that succeeded."`
	Failure string `name:"failure" kind:"command" doc:"A command after a run that failed."`
}

// Alerts says who is told of runs that failed. An address that is not set is zero.
type Alerts struct {
	To address.Address `name:"to" doc:"Who gets a mail when runs fail, at most one a day for each command, and one when they work again. It goes through smtp.host."`
}

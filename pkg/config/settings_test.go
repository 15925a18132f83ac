package config_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/notation"
	"github.com/crm-tool/crm-tool/pkg/rule"
)

const everything = `odoo:
  url: https://odoo.example.com/
  database: production
  user: crm-bot@example.com
  password: hunter2
  api: json2
  allow_http: yes
  public_url: https://crm.example.com/
  timeout: 1m
smtp:
  host: smtp.example.com
  port: 465
  user: bob
  password: hunter3
  tls: implicit
  timeout: 20s
  connections: 4
mail:
  transport: smtp
  from: Example Sales <sales@example.com>
  reply_to: answers@example.com
  envelope_from: bounce@example.com
  from_name: salesperson
  subject_names: hide
  language: fr_CA
timezone: Europe/Paris
state_dir: /srv/state
reminders:
  enabled: on
  days: [21, 0]
  catch_up_days: 0
  stop_on_reply: no
  min_days_between: 2
  hold_for_activity: 5
  quiet_days: 1
  window: 08:00-18:00
  freeze: [2026-12-24..2027-01-02, 2027-05-01]
  opt_out_tag: No mails
archive:
  enabled: off
  after_days: 45
  keep: [won, "stage:Negotiation & co", tag:VIP]
  reopen_on_answer: no
feedback:
  enabled: off
  lookback_days: 3
  deadline_days: 30
  cooldown_days: 0
  questionnaire: nps
  rules:
  - activity_type: Meeting
    questionnaire: satisfaction
  - {activity_type: "Call & mail", questionnaire: none}
  check_page: false
  remind_after_days: 5
  low_score: 40
  score_field: x_feedback_score
  tags:
  - {below: 50, tag: "Unhappy & co"}
  - tag: Content
    from: 50
    below: 80
  - {from: 80, tag: Happy}
guard:
  max_records: 0
  max_share: 0.5
history:
  keep_days: 7
rules:
- team: [Export, "A, B"]
  days: [10, 5]
- tag: VIP
  exclude: yes
`

func TestConfigHasEverySetting(t *testing.T) {
	s := load(everything)
	got, err := s.Config(config.NeedOdoo | config.NeedMail)
	require.NoError(t, err)
	want := config.Config{
		Odoo: config.Odoo{
			URL: "https://odoo.example.com", Database: "production", User: "crm-bot@example.com",
			Password: config.NewSecret("hunter2"), API: config.JSON2API, AllowHTTP: true, PublicURL: "https://crm.example.com", Timeout: time.Minute,
		},
		SMTP: config.SMTP{
			Host: "smtp.example.com", Port: 465, User: "bob", Password: config.NewSecret("hunter3"),
			TLS: config.ImplicitTLS, Timeout: 20 * time.Second, Connections: 4, Auth: config.PasswordAuth,
		},
		Mail: config.Mail{
			From:         address.Address{Name: "Example Sales", Mailbox: "sales@example.com"},
			ReplyTo:      address.Address{Mailbox: "answers@example.com"},
			EnvelopeFrom: address.Address{Mailbox: "bounce@example.com"},
			Transport:    config.SMTPTransport,
			FromName:     config.SalespersonSigns,
			SubjectNames: config.HideNames,
			Language:     "fr_CA",
		},
		Timezone:  "Europe/Paris",
		StateDir:  "/srv/state",
		Reminders: config.Reminders{Enabled: true, Days: []int{0, 21}, MinDaysBetween: 2, HoldForActivity: 5, QuietDays: 1, Window: calendar.Hours{From: 480, Until: 1080}, Freeze: holidays(t), OptOutTag: "No mails"},
		Archive:   config.Archive{AfterDays: 45, Keep: []string{"won", "stage:Negotiation & co", "tag:VIP"}},
		Feedback: config.Feedback{
			LookbackDays: 3, DeadlineDays: 30, Questionnaire: "nps", RemindAfterDays: 5, LowScore: 40, ScoreField: "x_feedback_score",
			Tags: []notation.ScoreTag{{Below: 50, Tag: "Unhappy & co"}, {From: 50, Below: 80, Tag: "Content"}, {From: 80, Below: 101, Tag: "Happy"}},
			Rules: []notation.FeedbackRule{
				{ActivityType: "Meeting", Questionnaire: "satisfaction"}, {ActivityType: "Call & mail", Questionnaire: "none"},
			},
		},
		Guard:   config.Guard{MaxShare: 0.5},
		History: config.History{KeepDays: 7},
		Rules: rule.List{
			{Number: 1, Names: rule.Names{Team: []string{"Export", "A, B"}}, Days: []int{5, 10}},
			{Number: 2, Names: rule.Names{Tag: []string{"VIP"}}, Exclude: true},
		},
	}
	assert.Equal(t, want, got)
	assert.Empty(t, shown(s.Warnings()))

	connection, err := s.Connection()
	require.NoError(t, err)
	assert.Equal(t, want.Odoo, connection)
}

func TestConfigHasDefaults(t *testing.T) {
	got, err := load("").Config(0)
	require.NoError(t, err)
	assert.Equal(t, config.Config{
		Odoo:      config.Odoo{API: config.AutoAPI, Timeout: 30 * time.Second},
		SMTP:      config.SMTP{Port: 587, TLS: config.StartTLS, Timeout: 30 * time.Second, Connections: 2, Auth: config.PasswordAuth},
		Mail:      config.Mail{Transport: config.SMTPTransport, FromName: config.CompanySigns, SubjectNames: config.AutoNames},
		StateDir:  "/home/bob/.local/state/crm-tool",
		Reminders: config.Reminders{Enabled: true, Days: []int{7, 15, 30}, CatchUpDays: 3, StopOnReply: true, MinDaysBetween: 1, HoldForActivity: 7, QuietDays: 2, Freeze: []calendar.Period{}},
		Archive:   config.Archive{Enabled: true, AfterDays: 30, Keep: []string{"won", "unanswered"}, ReopenOnAnswer: true},
		Feedback: config.Feedback{
			Enabled: true, LookbackDays: 7, DeadlineDays: 14, CooldownDays: 1, Questionnaire: "satisfaction", Rules: []notation.FeedbackRule{},
			CheckPage: true, Tags: []notation.ScoreTag{},
		},
		Guard:   config.Guard{MaxRecords: 200, MaxShare: 0.2},
		History: config.History{KeepDays: 90},
		Rules:   rule.List{},
	}, got)
}

func TestConfigReportsWhatIsMissing(t *testing.T) {
	odoo := []string{
		"odoo.url: is missing: set it in /c.yaml or as CRM_TOOL_ODOO_URL",
		"odoo.database: is missing: set it in /c.yaml or as CRM_TOOL_ODOO_DATABASE",
		"odoo.user: is missing: set it in /c.yaml or as CRM_TOOL_ODOO_USER",
		"odoo.password: is missing: set it in /c.yaml or as CRM_TOOL_ODOO_PASSWORD",
	}
	mail := []string{
		"smtp.host: is missing: set it in /c.yaml or as CRM_TOOL_SMTP_HOST",
		"mail.from: is missing: set it in /c.yaml or as CRM_TOOL_MAIL_FROM",
	}
	all := func(_ any, err error) []string {
		var found *config.ProblemsError
		require.ErrorAs(t, err, &found)
		return shown(found.Problems)
	}
	s := load("")
	assert.Equal(t, odoo, all(s.Config(config.NeedOdoo)))
	assert.Equal(t, mail, all(s.Config(config.NeedMail)))
	assert.Equal(t, append(odoo, mail...), all(s.Config(config.NeedOdoo|config.NeedMail)))
	assert.Equal(t, odoo, all(s.Connection()))
	assert.Empty(t, shown(problems(s)), "nothing is wrong with what is there")

	t.Run("where Odoo sends the mails", func(t *testing.T) {
		s := load("mail: {transport: odoo}")
		assert.Equal(t, mail[1:], all(s.Config(config.NeedMail)))
	})

	t.Run("together with what is wrong", func(t *testing.T) {
		s := load("odoo: {url: x, database: d, user: u, password_file: /gone}\nsmtp: {port: x}")
		assert.Equal(t, []string{
			`odoo.url = "x" (/c.yaml:1): must begin with https://`,
			`smtp.port = "x" (/c.yaml:2): is not a whole number`,
			`odoo.password_file = "/gone" (/c.yaml:1): cannot be read: file does not exist`,
			mail[0], mail[1],
		}, all(s.Config(config.NeedOdoo|config.NeedMail)))
	})
}

func TestConnectionOverlooksTheRest(t *testing.T) {
	s := load("odoo: {url: 'https://o.example', database: d, user: u, password: p}\nsmtp: {port: x}\nreminders: off\n", "CRM_TOOL_SMPT_HOST=a")
	connection, err := s.Connection()
	require.NoError(t, err)
	assert.Equal(t, config.Odoo{
		URL: "https://o.example", Database: "d", User: "u", Password: config.NewSecret("p"), API: config.AutoAPI, Timeout: 30 * time.Second,
	}, connection)

	t.Run("but not a file that cannot be read", func(t *testing.T) {
		_, err := load("odoo: {url: 'https://o.example', database: d, user: u, password: p}\n*").Connection()
		require.ErrorContains(t, err, "is not valid YAML")
	})
	t.Run("nor a mistyped key of the connection", func(t *testing.T) {
		_, err := load("odoo: {url: 'https://o.example', database: d, user: u, password: p, timeuot: 3s}").Connection()
		require.EqualError(t, err, "the configuration has a problem: odoo.timeuot (/c.yaml:1): unknown setting; did you mean odoo.timeout?")
	})
}

func TestOffWins(t *testing.T) {
	enabled := func(s *config.Settings) bool {
		c, _ := s.Config(0)
		return c.Reminders.Enabled
	}
	const key = "reminders.enabled"
	words := map[string]bool{"": true, "on": true, "off": false, "maybe": false}
	for variable, inVariable := range words {
		for file, inFile := range words {
			for odoo, inOdoo := range words {
				t.Run(fmt.Sprintf("with %q, %q and %q", variable, file, odoo), func(t *testing.T) {
					var yaml string
					var environ []string
					shared := map[string]string{}
					if variable != "" {
						environ = append(environ, "CRM_TOOL_REMINDERS_ENABLED="+variable)
					}
					if file != "" {
						yaml = "reminders: {enabled: " + file + "}"
					}
					if odoo != "" {
						shared[key] = odoo
					}
					s := load(yaml, environ...)
					assert.Equal(t, inVariable && inFile, enabled(s), "before Odoo is asked")
					s = s.WithShared(shared)
					assert.Equal(t, inVariable && inFile && inOdoo, enabled(s))
					isUnreadable := variable == "maybe" || file == "maybe" || odoo == "maybe"
					assert.Equal(t, isUnreadable, len(problems(s)) > 0, "what cannot be read is a problem")
				})
			}
		}
	}
	t.Run("and the listing names who says so", func(t *testing.T) {
		off := map[string]string{key: "false"}
		assert.Equal(t, "false from Odoo", value(t, load("", "CRM_TOOL_REMINDERS_ENABLED=on").WithShared(off), key))
		assert.Equal(t, "false from /c.yaml:1", value(t, load("reminders: {enabled: off}", "CRM_TOOL_REMINDERS_ENABLED=on"), key))
		assert.Equal(t, "false from /c.yaml:1", value(t, load("reminders: {enabled: off}").WithShared(off), key))
		assert.Equal(t, "maybe from /c.yaml:1", value(t, load("reminders: {enabled: maybe}", "CRM_TOOL_REMINDERS_ENABLED=on"), key))
	})
	for name, yaml := range map[string]string{
		"a file that is not YAML":          "reminders: {enabled: on",
		"a section that is a value":        "reminders: off",
		"a switch that is a list":          "reminders: {enabled: [on]}",
		"a switch that stands there twice": "reminders: {enabled: on, enabled: on}",
		"a switch that is merged in":       "a: &a {enabled: on}\nreminders: {<<: *a}",
		"a switch with a dot":              "reminders.enabled: on",
		"a switch without a value":         "reminders: {enabled: }",
	} {
		t.Run(name+" is off", func(t *testing.T) {
			s := load(yaml, "CRM_TOOL_REMINDERS_ENABLED=on")
			assert.False(t, enabled(s))
			assert.NotEmpty(t, problems(s))
		})
	}
}

func TestWithShared(t *testing.T) {
	s := load("guard: {max_records: 10}")
	shared := s.WithShared(map[string]string{
		"reminders.days": "[5, 1]", "timezone": "Europe/Rome", "guard.max_records": "20", "guard.max_share": "x",
		"smtp.host": "evil.example.com", "invoices.enabled": "on", "first-run": "2026-01-01",
	})
	assert.Equal(t, "1,5 from Odoo", value(t, shared, "reminders.days"))
	assert.Equal(t, "Europe/Rome from Odoo", value(t, shared, "timezone"))
	assert.Equal(t, "10 from /c.yaml:1", value(t, shared, "guard.max_records"))
	assert.Equal(t, " from default", value(t, shared, "smtp.host"))
	assert.Equal(t, []string{`guard.max_share = "x" (Odoo): is not a number, as in 0.2`}, shown(problems(shared)))
	assert.Equal(t, []string{
		"first-run (Odoo): is not a shared setting and is ignored",
		"invoices.enabled (Odoo): is not a shared setting and is ignored",
		"smtp.host (Odoo): is not a shared setting and is ignored",
	}, shown(shared.Warnings()))

	t.Run("leaves the settings it was called on as they are", func(t *testing.T) {
		assert.Equal(t, "7,15,30 from default", value(t, s, "reminders.days"))
		assert.Empty(t, problems(s))
		assert.Empty(t, s.Warnings())
	})
	t.Run("replaces what Odoo held before", func(t *testing.T) {
		again := s.WithShared(map[string]string{"reminders.days": "2", "timezone": "x", "x": "y"}).WithShared(nil)
		assert.Equal(t, "7,15,30 from default", value(t, again, "reminders.days"))
		assert.Empty(t, problems(again))
		assert.Empty(t, again.Warnings())
	})
}

func TestValues(t *testing.T) {
	s := load("smtp: {port: 25, tls: ssl}\nodoo: {password: hunter2}")
	all := s.List()
	assert.Len(t, all, len(config.Keys()))
	for i, k := range config.Keys() {
		assert.Equal(t, k.Name, all[i].Key.Name)
		one, err := s.Value(k.Name)
		require.NoError(t, err)
		assert.Equal(t, all[i].String(), one.String())
	}
	assert.Equal(t, "ssl from /c.yaml:1", value(t, s, "smtp.tls"), "what is invalid is shown as it was given")
	assert.Equal(t, "<redacted> from /c.yaml:2", value(t, s, "odoo.password"))
	assert.Equal(t, " from default", value(t, s, "smtp.password"), "a secret that is not set is seen to be missing")

	port, err := s.Value("smtp.port")
	require.NoError(t, err)
	assert.Equal(t, config.Source{Layer: config.FromFile, Name: "/c.yaml", Line: 1}, port.Source)
	password, err := s.Value("odoo.password")
	require.NoError(t, err)
	assert.True(t, password.Is("hunter2"))
	assert.False(t, password.Is("<redacted>"))

	_, err = s.Value("smtp.prot")
	require.EqualError(t, err, "smtp.prot: unknown setting; did you mean smtp.port?")
}

func TestProblemsError(t *testing.T) {
	_, err := load("smtp: {port: x, hots: a}").Config(0)
	require.EqualError(t, err, "the configuration has 2 problems:\n"+
		"  smtp.port = \"x\" (/c.yaml:1): is not a whole number\n"+
		"  smtp.hots (/c.yaml:1): unknown setting; did you mean smtp.host?")
	problem, ok := errors.AsType[config.Problem](err)
	require.True(t, ok)
	assert.Equal(t, config.Problem{Key: "smtp.port", Value: "x", Place: "/c.yaml:1", Cause: "is not a whole number"}, problem)

	_, err = load("smtp: {port: x}").Config(0)
	require.EqualError(t, err, "the configuration has a problem: smtp.port = \"x\" (/c.yaml:1): is not a whole number")
}

func TestSource(t *testing.T) {
	assert.Equal(t, "default", config.Source{}.String())
	assert.Equal(t, "Odoo", config.Source{Layer: config.FromOdoo}.String())
	assert.Equal(t, "/c.yaml", config.Source{Layer: config.FromFile, Name: "/c.yaml"}.String())
	assert.Equal(t, "/c.yaml:3", config.Source{Layer: config.FromFile, Name: "/c.yaml", Line: 3}.String())
	assert.Equal(t, "CRM_TOOL_TIMEZONE", config.Source{Layer: config.FromEnvironment, Name: "CRM_TOOL_TIMEZONE"}.String())
	assert.Equal(t, "layer 9", config.Source{Layer: 9}.String())
}

func TestAKeyForJSON2TellsTheUser(t *testing.T) {
	s := load("odoo: {url: 'https://o.example', database: d, api: json2, password: p}\n")
	connection, err := s.Connection()
	require.NoError(t, err)
	assert.Equal(t, config.Odoo{
		URL: "https://o.example", Database: "d", Password: config.NewSecret("p"), API: config.JSON2API, Timeout: 30 * time.Second,
	}, connection)
}

func TestSettingsThatOdooDoesNotUseAreNamed(t *testing.T) {
	s := load("smtp: {host: smtp.example.com, port: 465}\nmail: {transport: odoo, envelope_from: bounce@example.com}")
	assert.Equal(t, []string{
		`smtp.host = "smtp.example.com" (/c.yaml:1): is not used, as mail.transport is odoo: Odoo sends the mails`,
		`mail.envelope_from = "bounce@example.com" (/c.yaml:2): is not used, as mail.transport is odoo: Odoo sends the mails`,
	}, shown(s.Warnings()))
}

package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config"
)

func TestParseValueNormalises(t *testing.T) {
	for _, c := range []struct{ name, key, text, want string }{
		{"on is true", "reminders.enabled", "on", "true"},
		{"off is false", "reminders.enabled", "off", "false"},
		{"blanks around a value do not count", "smtp.port", " 25\n", "25"},
		{"days are sorted", "reminders.days", "30, 7,15", "7,15,30"},
		{"rules lose their blanks", "feedback.rules", " Meeting = nps , Call=none", "Meeting=nps,Call=none"},
		{"score tags lose their blanks", "feedback.tags", " below  50 = Unhappy client,from 80 =Happy", "below 50=Unhappy client,from 80=Happy"},
		{"there may be no rules", "feedback.rules", "", ""},
		{"hours lose their blanks", "reminders.window", " 08:00 - 18:00 ", "08:00-18:00"},
		{"there may be no hours", "reminders.window", "", ""},
		{"dates may stand in brackets", "reminders.freeze", "[2026-12-24..2027-01-02, 2027-05-01]", "2026-12-24..2027-01-02,2027-05-01"},
		{"minutes have no zero seconds", "smtp.timeout", "240s", "4m"},
		{"ten minutes are the longest for Odoo", "odoo.timeout", "10m", "10m"},
		{"no limit to the calls, or the usual one", "odoo.rate", "0", "0"},
		{"no guard", "guard.max_share", "0", "0"},
		{"the whole", "guard.max_share", "1.0", "1"},
		{"a choice in capitals", "smtp.tls", "STARTTLS", "starttls"},
		{"the slash after a host is left out", "odoo.url", "https://odoo.example.com/", "https://odoo.example.com"},
		{"a mailbox with a name", "mail.from", " Example Sales  <sales@example.com>", "Example Sales <sales@example.com>"},
		{"a bare mailbox", "mail.envelope_from", "<bounce@example.com>", "bounce@example.com"},
		{"an IPv6 address of a mail server", "smtp.host", "::1", "::1"},
		{"a language", "mail.language", "fr", "fr"},
		{"a zone", "timezone", "Europe/Paris", "Europe/Paris"},
		{"a path with blanks", "templates.dir", "/srv/my templates", "/srv/my templates"},
		{"the newline after a secret does not count", "smtp.password", "hunter2\r\n", "hunter2"},
		{"blanks around a secret do", "smtp.password", " hunter2 ", " hunter2 "},
		{"a text may be empty", "smtp.user", "", ""},
		{"a mailbox may be empty", "mail.reply_to", " ", ""},
		{"a URL may be empty", "odoo.url", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := config.ParseValue(c.key, c.text)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestParseValueRefuses(t *testing.T) {
	for _, c := range []struct{ name, key, text, want string }{
		{"a switch that is no word", "reminders.enabled", "1", `reminders.enabled = "1": must be on or off, true or false, yes or no`},
		{"an empty switch", "reminders.enabled", "", "reminders.enabled: has no value"},
		{"an empty number", "smtp.port", " ", `smtp.port = " ": has no value`},
		{"text for a number", "smtp.port", "abc", `smtp.port = "abc": is not a whole number`},
		{"a negative number", "guard.max_records", "-1", `guard.max_records = "-1": must be between 0 and 1000000000`},
		{"port 0", "smtp.port", "0", `smtp.port = "0": must be between 1 and 65535`},
		{"a port too high", "smtp.port", "65536", `smtp.port = "65536": must be between 1 and 65535`},
		{"too many connections", "smtp.connections", "21", `smtp.connections = "21": must be between 1 and 20`},
		{"too long a time to catch up", "reminders.catch_up_days", "366", `reminders.catch_up_days = "366": must be between 0 and 365`},
		{"a duration without unit", "smtp.timeout", "30", `smtp.timeout = "30": has no unit: write 30s for seconds or 30m for minutes`},
		{"a mail server timeout that outlives a claim", "smtp.timeout", "241s", `smtp.timeout = "241s": must be between 1s and 4m`},
		{"too short a timeout", "odoo.timeout", "999ms", `odoo.timeout = "999ms": must be between 1s and 10m`},
		{"too long a timeout", "odoo.timeout", "1h", `odoo.timeout = "1h": must be between 1s and 10m`},
		{"too few calls for mails to leave", "odoo.rate", "0.4", `odoo.rate = "0.4": must be 0, or between 0.5 and 1000 calls a second`},
		{"a share above the whole", "guard.max_share", "20", `guard.max_share = "20": must be between 0 and 1`},
		{"a share without bounds", "guard.max_share", "Inf", `guard.max_share = "Inf": must be between 0 and 1`},
		{"no day", "reminders.days", "[]", `reminders.days = "[]": needs at least one day; to send no reminders, set reminders.enabled to off`},
		{"an unknown choice", "smtp.tls", "ssl", `smtp.tls = "ssl": must be one of starttls, implicit, none`},
		{"a URL without scheme", "odoo.url", "odoo.example.com", `odoo.url = "odoo.example.com": must begin with https://`},
		{"a login in a URL", "odoo.url", "https://bob:hunter2@example.com", `odoo.url = "https://<redacted>@example.com": must not contain a user or password: they have their own settings`},
		{"a login in an invalid URL", "odoo.url", "bob:hun:ter2@example.com", `odoo.url = "<redacted>@example.com": must begin with https://`},
		{"a scheme before a mail server", "smtp.host", "smtps://mail.example.com", `smtp.host = "smtps://mail.example.com": must be a name or an address without smtps://`},
		{"a port after a mail server", "smtp.host", "mail.example.com:25", `smtp.host = "mail.example.com:25": must not contain the port: set smtp.port`},
		{"two mail servers", "smtp.host", "a.example.com, b.example.com", `smtp.host = "a.example.com, b.example.com": is not a host name`},
		{"a sender that is none", "mail.from", "sales", `mail.from = "sales": is not an e-mail address: it has no @`},
		{"a name before the envelope sender", "mail.envelope_from", "Bob <bob@example.com>", `mail.envelope_from = "Bob <bob@example.com>": must be an address without a name: bob@example.com`},
		{"a language in words", "mail.language", "french", `mail.language = "french": is not a language as Odoo writes it, as in fr or fr_CA`},
		{"an unknown zone", "timezone", "Mars/Olympus", `timezone = "Mars/Olympus": is not a time zone, as in Europe/Paris`},
		{"the zone of the host", "timezone", "Local", `timezone = "Local": is not a time zone, as in Europe/Paris`},
		{"a second line", "odoo.user", "bob\nBcc: eve@example.com", `odoo.user = "bob\nBcc: eve@example.com": must be one line`},
		{"a second line in a secret", "odoo.password", "hunter2\nhunter3", `odoo.password = "<redacted>": must be one line`},
		{"a control character in a secret", "odoo.password", "hunter2\x00", `odoo.password = "<redacted>": contains a control character`},
		{"an unknown key", "smtp.pasword", "hunter2", "smtp.pasword: unknown setting; did you mean smtp.password?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := config.ParseValue(c.key, c.text)
			require.EqualError(t, err, c.want)
			assert.IsType(t, config.Problem{}, err)
			assert.Empty(t, got)
		})
	}
}

func FuzzParseValue(f *testing.F) {
	keys := config.Keys()
	for i := range keys {
		for _, text := range []string{"", "7", "7,15", "off", "1m0s", ".5", "https://a.example", `"A, B" <a@b.example>`, "-0", "1e-9"} {
			f.Add(uint8(i), text)
		}
	}
	f.Fuzz(func(t *testing.T, index uint8, text string) {
		key := keys[int(index)%len(keys)].Name
		canonical, err := config.ParseValue(key, text)
		if err != nil {
			return
		}
		again, err := config.ParseValue(key, canonical)
		require.NoError(t, err)
		require.Equal(t, canonical, again, "the canonical form of %s parses to itself", key)
	})
}

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
		{"Yes is true", "reminders.enabled", "Yes", "true"},
		{"TRUE is true", "odoo.allow_http", "TRUE", "true"},
		{"off is false", "reminders.enabled", "off", "false"},
		{"No is false", "reminders.stop_on_reply", "No", "false"},
		{"blanks around a value do not count", "smtp.port", " 25\n", "25"},
		{"a plus sign is left out", "smtp.port", "+25", "25"},
		{"days are sorted", "reminders.days", "30, 7,15", "7,15,30"},
		{"days may stand in brackets", "reminders.days", "[7, 15, 30]", "7,15,30"},
		{"rules lose their blanks", "feedback.rules", " Meeting = nps , Call=none", "Meeting=nps,Call=none"},
		{"score tags lose their blanks", "feedback.tags", " below  50 = Unhappy client,from 80 =Happy", "below 50=Unhappy client,from 80=Happy"},
		{"a score tag may have two bounds", "feedback.tags", "below 80 from 50=Content", "from 50 below 80=Content"},
		{"a score tag may be of all scores", "feedback.tags", "from 0=Answered", "from 0=Answered"},
		{"there may be no score tags", "feedback.tags", "[]", ""},
		{"there may be no rules", "feedback.rules", "", ""},
		{"hours lose their blanks", "reminders.window", " 08:00 - 18:00 ", "08:00-18:00"},
		{"hours may go over midnight", "reminders.window", "22:00-06:00", "22:00-06:00"},
		{"there may be no hours", "reminders.window", "", ""},
		{"dates may stand in brackets", "reminders.freeze", "[2026-12-24..2027-01-02, 2027-05-01]", "2026-12-24..2027-01-02,2027-05-01"},
		{"there may be no dates", "reminders.freeze", "[]", ""},
		{"one day is a list", "reminders.days", "7", "7"},
		{"the day of creation is allowed", "reminders.days", "0", "0"},
		{"the last day is allowed", "reminders.days", "3650", "3650"},
		{"minutes have no zero seconds", "smtp.timeout", "240s", "4m"},
		{"ten minutes are the longest for Odoo", "odoo.timeout", "10m", "10m"},
		{"parts of a second stay", "odoo.timeout", "1500ms", "1.5s"},
		{"minutes and seconds stay", "odoo.timeout", "90s", "1m30s"},
		{"no limit to the calls, or the usual one", "odoo.rate", "0", "0"},
		{"one call in two seconds", "odoo.rate", ".5", "0.5"},
		{"as many calls as may be", "odoo.rate", "1e3", "1000"},
		{"a share may lack its zero", "guard.max_share", ".25", "0.25"},
		{"a share may be an exponent", "guard.max_share", "1e-1", "0.1"},
		{"no guard", "guard.max_share", "0", "0"},
		{"the whole", "guard.max_share", "1.0", "1"},
		{"a choice in capitals", "smtp.tls", "STARTTLS", "starttls"},
		{"the slash after a host is left out", "odoo.url", "https://odoo.example.com/", "https://odoo.example.com"},
		{"a port in a URL stays", "odoo.url", "http://localhost:8069", "http://localhost:8069"},
		{"an IPv6 address in a URL stays", "odoo.url", "http://[::1]:8069", "http://[::1]:8069"},
		{"a mailbox with a name", "mail.from", " Example Sales  <sales@example.com>", "Example Sales <sales@example.com>"},
		{"a bare mailbox", "mail.envelope_from", "<bounce@example.com>", "bounce@example.com"},
		{"an IPv6 address of a mail server", "smtp.host", "::1", "::1"},
		{"a language", "mail.language", "fr", "fr"},
		{"a language of a country", "mail.language", "fr_CA", "fr_CA"},
		{"a language of a region", "mail.language", "es_419", "es_419"},
		{"a language in a script", "mail.language", "sr@latin", "sr@latin"},
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
		{"a fraction for a number", "smtp.port", "25.0", `smtp.port = "25.0": is not a whole number`},
		{"what may be octal", "smtp.port", "0123", `smtp.port = "0123": must not begin with a zero: write 123`},
		{"hexadecimal", "smtp.port", "0x19", `smtp.port = "0x19": is not a whole number`},
		{"a number beyond 64 bits", "guard.max_records", "99999999999999999999", `guard.max_records = "99999999999999999999": is not a whole number`},
		{"a negative number", "guard.max_records", "-1", `guard.max_records = "-1": must be between 0 and 1000000000`},
		{"port 0", "smtp.port", "0", `smtp.port = "0": must be between 1 and 65535`},
		{"a port too high", "smtp.port", "65536", `smtp.port = "65536": must be between 1 and 65535`},
		{"too many connections", "smtp.connections", "21", `smtp.connections = "21": must be between 1 and 20`},
		{"too long a time to catch up", "reminders.catch_up_days", "366", `reminders.catch_up_days = "366": must be between 0 and 365`},
		{"a duration without unit", "smtp.timeout", "30", `smtp.timeout = "30": has no unit: write 30s for seconds or 30m for minutes`},
		{"a duration of nothing", "smtp.timeout", "0", `smtp.timeout = "0": has no unit: write 0s for seconds or 0m for minutes`},
		{"a duration that is none", "smtp.timeout", "soon", `smtp.timeout = "soon": is not a duration, as in 30s or 2m`},
		{"a mail server timeout that outlives a claim", "smtp.timeout", "241s", `smtp.timeout = "241s": must be between 1s and 4m`},
		{"too short a timeout", "odoo.timeout", "999ms", `odoo.timeout = "999ms": must be between 1s and 10m`},
		{"too long a timeout", "odoo.timeout", "1h", `odoo.timeout = "1h": must be between 1s and 10m`},
		{"too few calls for mails to leave", "odoo.rate", "0.4", `odoo.rate = "0.4": must be 0, or between 0.5 and 1000 calls a second`},
		{"less than no call", "odoo.rate", "-1", `odoo.rate = "-1": must be 0, or between 0.5 and 1000 calls a second`},
		{"calls without end", "odoo.rate", "Inf", `odoo.rate = "Inf": must be 0, or between 0.5 and 1000 calls a second`},
		{"a rate in words", "odoo.rate", "1/s", `odoo.rate = "1/s": is not a number, as in 0.2`},
		{"a rate in percent", "odoo.rate", "50%", `odoo.rate = "50%": is not a number, as in 0.2`},
		{"a share above the whole", "guard.max_share", "20", `guard.max_share = "20": must be between 0 and 1`},
		{"percent", "guard.max_share", "20 %", `guard.max_share = "20 %": must be a share: write 0.2`},
		{"a share that is no number", "guard.max_share", "NaN", `guard.max_share = "NaN": is not a number, as in 0.2`},
		{"a share without bounds", "guard.max_share", "Inf", `guard.max_share = "Inf": must be between 0 and 1`},
		{"a share in words", "guard.max_share", "half", `guard.max_share = "half": is not a number, as in 0.2`},
		{"no day", "reminders.days", "[]", `reminders.days = "[]": needs at least one day; to send no reminders, set reminders.enabled to off`},
		{"a day twice", "reminders.days", "7,15,7", `reminders.days = "7,15,7": must have each day once; 7 is there twice`},
		{"a day too late", "reminders.days", "7,3651", `reminders.days = "7,3651": must have days between 0 and 3650, not 3651`},
		{"a day before creation", "reminders.days", "-1", `reminders.days = "-1": must have days between 0 and 3650, not -1`},
		{"a gap between days", "reminders.days", "7,,15", `reminders.days = "7,,15": must be days with commas between them, as in 7,15,30: "" is not a whole number`},
		{"days without commas", "reminders.days", "7 15", `reminders.days = "7 15": must be days with commas between them, as in 7,15,30: "7 15" is not a whole number`},
		{"half a pair of brackets", "reminders.days", "[7", `reminders.days = "[7": has no closing bracket`},
		{"an unknown choice", "smtp.tls", "ssl", `smtp.tls = "ssl": must be one of starttls, implicit, none`},
		{"a URL without scheme", "odoo.url", "odoo.example.com", `odoo.url = "odoo.example.com": must begin with https://`},
		{"another scheme", "odoo.url", "ftp://odoo.example.com", `odoo.url = "ftp://odoo.example.com": must begin with https://`},
		{"a URL with a path", "odoo.url", "https://odoo.example.com/web", `odoo.url = "https://odoo.example.com/web": must end after the host: https://odoo.example.com`},
		{"a URL with a query", "odoo.url", "https://odoo.example.com?db=x", `odoo.url = "https://odoo.example.com?db=x": must end after the host: https://odoo.example.com`},
		{"a URL with a mark", "odoo.url", "https://odoo.example.com#", `odoo.url = "https://odoo.example.com#": must end after the host: https://odoo.example.com`},
		{"a URL without host", "odoo.url", "https://", `odoo.url = "https://": has no host name`},
		{"a URL that is none", "odoo.url", "https://a b", `odoo.url = "https://a b": is not a valid URL`},
		{"a login in a URL", "odoo.url", "https://bob:hunter2@example.com", `odoo.url = "https://<redacted>@example.com": must not contain a user or password: they have their own settings`},
		{"a login in an invalid URL", "odoo.url", "bob:hun:ter2@example.com", `odoo.url = "<redacted>@example.com": must begin with https://`},
		{"a scheme before a mail server", "smtp.host", "smtps://mail.example.com", `smtp.host = "smtps://mail.example.com": must be a name or an address without smtps://`},
		{"a port after a mail server", "smtp.host", "mail.example.com:25", `smtp.host = "mail.example.com:25": must not contain the port: set smtp.port`},
		{"two mail servers", "smtp.host", "a.example.com, b.example.com", `smtp.host = "a.example.com, b.example.com": is not a host name`},
		{"a sender that is none", "mail.from", "sales", `mail.from = "sales": is not an e-mail address: it has no @`},
		{"a sender of mere signs", "mail.from", "<>", `mail.from = "<>": is not an e-mail address`},
		{"two senders", "mail.from", "a@example.com, b@example.com", `mail.from = "a@example.com, b@example.com": must be one address`},
		{"a name before the envelope sender", "mail.envelope_from", "Bob <bob@example.com>", `mail.envelope_from = "Bob <bob@example.com>": must be an address without a name: bob@example.com`},
		{"a language in words", "mail.language", "french", `mail.language = "french": is not a language as Odoo writes it, as in fr or fr_CA`},
		{"a language as browsers write it", "mail.language", "fr-CA", `mail.language = "fr-CA": is not a language as Odoo writes it, as in fr or fr_CA`},
		{"an unknown zone", "timezone", "Mars/Olympus", `timezone = "Mars/Olympus": is not a time zone, as in Europe/Paris`},
		{"the zone of the host", "timezone", "Local", `timezone = "Local": is not a time zone, as in Europe/Paris`},
		{"a second line", "odoo.user", "bob\nBcc: eve@example.com", `odoo.user = "bob\nBcc: eve@example.com": must be one line`},
		{"a control character", "odoo.user", "bob\x1b[31m", `odoo.user = "bob\x1b[31m": contains a control character`},
		{"a line separator", "odoo.user", "bob\u2028eve", "odoo.user = \"bob\\u2028eve\": contains a control character"},
		{"what is not UTF-8", "odoo.user", "bob\xff", `odoo.user = "bob\xff": is not UTF-8 text`},
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

package notation_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config/notation"
)

// form is a way to write values: it returns the canonical text.
type form func(text string) (string, error)

// formOf returns the form that a value is read in, and the checks of the value.
func formOf[T any](parse func(string) (T, error), checks ...func(T) error) form {
	return func(text string) (string, error) {
		value, err := parse(text)
		if err != nil {
			return "", err
		}
		for _, check := range checks {
			if err := check(value); err != nil {
				return "", err
			}
		}
		return notation.Format(value), nil
	}
}

// word reads every text.
func word(text string) (string, error) { return text, nil }

func TestFormatReturnsTheCanonicalText(t *testing.T) {
	for _, c := range []struct {
		name       string
		form       form
		text, want string
	}{
		{"Yes is true", formOf(notation.ParseBool), "Yes", "true"},
		{"TRUE is true", formOf(notation.ParseBool), "TRUE", "true"},
		{"No is false", formOf(notation.ParseBool), "No", "false"},
		{"a plus sign is left out", formOf(notation.ParseNumber), "+25", "25"},
		{"a share may lack its zero", formOf(notation.ParseFraction), ".25", "0.25"},
		{"a share may be an exponent", formOf(notation.ParseFraction), "1e-1", "0.1"},
		{"one call in two seconds", formOf(notation.ParseDecimal, notation.CheckRate), ".5", "0.5"},
		{"as many calls as may be", formOf(notation.ParseDecimal, notation.CheckRate), "1e3", "1000"},
		{"parts of a second stay", formOf(notation.ParseDuration), "1500ms", "1.5s"},
		{"minutes and seconds stay", formOf(notation.ParseDuration), "90s", "1m30s"},
		{"days may stand in brackets", formOf(notation.ParseDays, notation.CheckDays), "[7, 15, 30]", "7,15,30"},
		{"one day is a list", formOf(notation.ParseDays, notation.CheckDays), "7", "7"},
		{"the day of creation is allowed", formOf(notation.ParseDays, notation.CheckDays), "0", "0"},
		{"the last day is allowed", formOf(notation.ParseDays, notation.CheckDays), "3650", "3650"},
		{"hours may go over midnight", formOf(notation.ParseHours), "22:00-06:00", "22:00-06:00"},
		{"hours lose their blanks", formOf(notation.ParseHours), "08:00 - 18:00", "08:00-18:00"},
		{"there may be no dates", formOf(notation.ParsePeriods), "[]", ""},
		{"a date is a span of one day", formOf(notation.ParsePeriods), "2027-05-01, 2026-12-24..2027-01-02", "2027-05-01,2026-12-24..2027-01-02"},
		{"rules may stand in brackets", formOf(notation.ParseRules, notation.CheckKeep), "[won, stage:New, tag:VIP]", "won,stage:New,tag:VIP"},
		{"no rules have a word", formOf(notation.ParseRules, notation.CheckKeep), "none", "none"},
		{"empty brackets are no rules", formOf(notation.ParseRules, notation.CheckKeep), "[]", "none"},
		{"feedback rules lose their blanks", formOf(notation.ParseFeedbackRules), "Meeting = nps , Call=none", "Meeting=nps,Call=none"},
		{"a score tag may have two bounds", formOf(notation.ParseScoreTags, notation.CheckScoreTags), "below 80 from 50=Content", "from 50 below 80=Content"},
		{"a score tag may be of all scores", formOf(notation.ParseScoreTags, notation.CheckScoreTags), "from 0=Answered", "from 0=Answered"},
		{"there may be no score tags", formOf(notation.ParseScoreTags, notation.CheckScoreTags), "[]", ""},
		{"a port in a URL stays", formOf(notation.ParseURL), "http://localhost:8069", "http://localhost:8069"},
		{"an IPv6 address in a URL stays", formOf(notation.ParseURL), "http://[::1]:8069", "http://[::1]:8069"},
		{"a link may be empty", formOf(notation.ParseLink), "", ""},
		{"a link stays", formOf(notation.ParseLink), "https://example.com/stop?a={address}&b=1", "https://example.com/stop?a={address}&b=1"},
		{"slashes after a host are left out", formOf(notation.ParseURL), "https://odoo.example.com//", "https://odoo.example.com"},
		{"a mailbox may have a name", formOf(notation.ParseMailbox), "Example Sales  <sales@example.com>", "Example Sales <sales@example.com>"},
		{"a language of a country", formOf(word, notation.CheckLanguage), "fr_CA", "fr_CA"},
		{"a language of a region", formOf(word, notation.CheckLanguage), "es_419", "es_419"},
		{"a language in a script", formOf(word, notation.CheckLanguage), "sr@latin", "sr@latin"},
		{"a custom field", formOf(word, notation.CheckScoreField), "x_score_2", "x_score_2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.form(c.text)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
			again, err := c.form(got)
			require.NoError(t, err)
			assert.Equal(t, got, again)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		name       string
		form       form
		text, want string
	}{
		{"a switch that is no word", formOf(notation.ParseBool), "1", "must be on or off, true or false, yes or no"},
		{"a fraction for a number", formOf(notation.ParseNumber), "25.0", "is not a whole number"},
		{"what may be octal", formOf(notation.ParseNumber), "0123", "must not begin with a zero: write 123"},
		{"hexadecimal", formOf(notation.ParseNumber), "0x19", "is not a whole number"},
		{"a number beyond 64 bits", formOf(notation.ParseNumber), "99999999999999999999", "is not a whole number"},
		{"percent", formOf(notation.ParseFraction), "20 %", "must be a share: write 0.2"},
		{"a share that is no number", formOf(notation.ParseFraction), "NaN", "is not a number, as in 0.2"},
		{"a share in words", formOf(notation.ParseFraction), "half", "is not a number, as in 0.2"},
		{"less than no call", formOf(notation.ParseDecimal, notation.CheckRate), "-1", "must be 0, or between 0.5 and 1000 calls a second"},
		{"calls without end", formOf(notation.ParseDecimal, notation.CheckRate), "Inf", "must be 0, or between 0.5 and 1000 calls a second"},
		{"a rate in words", formOf(notation.ParseDecimal, notation.CheckRate), "1/s", "is not a number, as in 0.2"},
		{"a rate in percent", formOf(notation.ParseDecimal, notation.CheckRate), "50%", "is not a number, as in 0.2"},
		{"a duration of nothing", formOf(notation.ParseDuration), "0", "has no unit: write 0s for seconds or 0m for minutes"},
		{"a duration that is none", formOf(notation.ParseDuration), "soon", "is not a duration, as in 30s or 2m"},
		{"a duration without unit", formOf(notation.ParseDuration), "30", "has no unit: write 30s for seconds or 30m for minutes"},
		{"a day twice", formOf(notation.ParseDays, notation.CheckDays), "7,15,7", "must have each day once; 7 is there twice"},
		{"a day too late", formOf(notation.ParseDays, notation.CheckDays), "7,3651", "must have days between 0 and 3650, not 3651"},
		{"a day before creation", formOf(notation.ParseDays, notation.CheckDays), "-1", "must have days between 0 and 3650, not -1"},
		{"a gap between days", formOf(notation.ParseDays, notation.CheckDays), "7,,15", `must be days with commas between them, as in 7,15,30: "" is not a whole number`},
		{"days without commas", formOf(notation.ParseDays, notation.CheckDays), "7 15", `must be days with commas between them, as in 7,15,30: "7 15" is not a whole number`},
		{"half a pair of brackets", formOf(notation.ParseDays, notation.CheckDays), "[7", "has no closing bracket"},
		{"no day", formOf(notation.ParseDays, notation.CheckDays), "[]", "needs at least one day; to send no reminders, set reminders.enabled to off"},
		{"a rule of another kind", formOf(notation.ParseRules, notation.CheckKeep), "won,team:Sales", `must list won, unanswered, open-activity, stage:NAME or tag:NAME, not "team:Sales"`},
		{"a rule without its name", formOf(notation.ParseRules, notation.CheckKeep), "stage:", `must list won, unanswered, open-activity, stage:NAME or tag:NAME, not "stage:"`},
		{"a feedback rule without questionnaire", formOf(notation.ParseFeedbackRules), "Meeting=", `must be activity types with questionnaires, as in Meeting=nps,Call=none: "Meeting=" is not`},
		{"a score tag without bounds", formOf(notation.ParseScoreTags, notation.CheckScoreTags), "Happy", `must be scores with tags, as in below 50=Unhappy client,from 80=Happy client: "Happy" is not`},
		{"a score tag with a bound twice", formOf(notation.ParseScoreTags, notation.CheckScoreTags), "below 50 below 60=Happy", `must be scores with tags, as in below 50=Unhappy client,from 80=Happy client: "below 50 below 60=Happy" is not`},
		{"a score tag that no score lies in", formOf(notation.ParseScoreTags, notation.CheckScoreTags), "from 60 below 50=Happy", `has no scores for the tag "Happy": scores are from 0 to 100`},
		{"another scheme", formOf(notation.ParseURL), "ftp://odoo.example.com", "must begin with https://"},
		{"a URL with a path", formOf(notation.ParseURL), "https://odoo.example.com/web", "must end after the host: https://odoo.example.com"},
		{"a URL with a query", formOf(notation.ParseURL), "https://odoo.example.com?db=x", "must end after the host: https://odoo.example.com"},
		{"a URL with a mark", formOf(notation.ParseURL), "https://odoo.example.com#", "must end after the host: https://odoo.example.com"},
		{"a URL without host", formOf(notation.ParseURL), "https://", "has no host name"},
		{"a URL that is none", formOf(notation.ParseURL), "https://a b", "is not a valid URL"},
		{"a login in a URL", formOf(notation.ParseURL), "https://bob:hunter2@example.com", "must not contain a user or password: they have their own settings"},
		{"a link without encryption", formOf(notation.ParseLink), "http://example.com/?a={address}", "must begin with https://"},
		{"a link about nobody", formOf(notation.ParseLink), "https://example.com/stop", "must have {address} where the client's address goes, once"},
		{"a link about two", formOf(notation.ParseLink), "https://example.com/{address}?a={address}", "must have {address} where the client's address goes, once"},
		{"a link with an address for a host", formOf(notation.ParseLink), "https://{address}/stop", "is not a valid URL"},
		{"a link to no host", formOf(notation.ParseLink), "https:///stop?a={address}", "has no host name"},
		{"a link with a blank", formOf(notation.ParseLink), "https://example.com/a b?a={address}", "is not a valid URL"},
		{"a link with a comma", formOf(notation.ParseLink), "https://example.com/a,b?a={address}", "is not a valid URL"},
		{"a link with a login", formOf(notation.ParseLink), "https://bob:hunter2@example.com/?a={address}", "must not contain a user or password"},
		{"a link with the address after a mark", formOf(notation.ParseLink), "https://example.com/#{address}", "must not have a #: no server gets what follows it"},
		{"a sender of mere signs", formOf(notation.ParseMailbox), "<>", "is not an e-mail address"},
		{"two senders", formOf(notation.ParseMailbox), "a@example.com, b@example.com", "must be one address"},
		{"a name before a bare mailbox", formOf(notation.ParseMailbox, notation.CheckBareMailbox), "Bob <bob@example.com>", "must be an address without a name: bob@example.com"},
		{"a language as browsers write it", formOf(word, notation.CheckLanguage), "fr-CA", "is not a language as Odoo writes it, as in fr or fr_CA"},
		{"a field of Odoo's own", formOf(word, notation.CheckScoreField), "probability", "must be the technical name of a custom field, which begins with x_, as in x_feedback_score"},
		{"a control character", formOf(word, notation.CheckLine), "bob\x1b[31m", "contains a control character"},
		{"a line separator", formOf(word, notation.CheckLine), "bob\u2028eve", "contains a control character"},
		{"what is not UTF-8", formOf(word, notation.CheckLine), "bob\xff", "is not UTF-8 text"},
		{"a byte order mark", formOf(word, notation.CheckLine), "\ufeffbob", "begins with a byte order mark (BOM): save it as UTF-8 without one"},
		{"UTF-16", formOf(word, notation.CheckLine), "\xff\xfeb\x00", "is UTF-16 text: save it as UTF-8"},
		{"a second line", formOf(word, notation.CheckLine), "bob\neve", "must be one line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.form(c.text)
			require.EqualError(t, err, c.want)
		})
	}
}

func TestIsCleartext(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"http to another host", "http://odoo.example.com", true},
		{"http to a private network", "http://10.0.0.1", true},
		{"https", "https://odoo.example.com", false},
		{"the name of this host", "http://LocalHost:8069", false},
		{"an address of this host", "http://127.0.0.2", false},
		{"an IPv6 address of this host", "http://[::1]:8069", false},
		{"no URL", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, notation.IsCleartext(c.text))
		})
	}
}

func TestMaskLogin(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a login", "https://bob:hunter2@example.com", "https://***@example.com"},
		{"a password with an at sign", "https://bob:hun@ter2@example.com", "https://***@example.com"},
		{"a login without scheme", "bob:hun:ter2@example.com", "***@example.com"},
		{"a login after another scheme", "ftp://bob:hunter2@example.com", "***@example.com"},
		{"no login", "https://odoo.example.com", "https://odoo.example.com"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, notation.MaskLogin(c.text, "***"))
		})
	}
}

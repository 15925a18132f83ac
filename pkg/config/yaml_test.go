package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config"
)

// certificate makes an authority in PEM form.
func certificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	about := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestFileForms(t *testing.T) {
	for _, c := range []struct{ name, yaml, key, want string }{
		{"a plain text", "smtp:\n  host: mail.example.com\n", "smtp.host", "mail.example.com from /c.yaml:2"},
		{"a text in quotes", "smtp:\n  host: \"mail.example.com\"\n", "smtp.host", "mail.example.com from /c.yaml:2"},
		{"a number as text", "odoo:\n  database: 2024\n", "odoo.database", "2024 from /c.yaml:2"},
		{"a date as text", "odoo:\n  database: 2024-01-01\n", "odoo.database", "2024-01-01 from /c.yaml:2"},
		{"a word of YAML 1.1 as text", "odoo:\n  user: yes\n", "odoo.user", "yes from /c.yaml:2"},
		{"digits that look octal as text", "odoo:\n  user: 0123\n", "odoo.user", "0123 from /c.yaml:2"},
		{"a number in quotes", "smtp:\n  port: '25'\n", "smtp.port", "25 from /c.yaml:2"},
		{"a switch as a word", "reminders:\n  enabled: Off\n", "reminders.enabled", "false from /c.yaml:2"},
		{"days in brackets", "reminders:\n  days: [30, 7]\n", "reminders.days", "7,30 from /c.yaml:2"},
		{"days in lines", "reminders:\n  days:\n    - 7 # a week\n    - 30\n", "reminders.days", "7,30 from /c.yaml:2"},
		{"days as text", "reminders:\n  days: 7,30\n", "reminders.days", "7,30 from /c.yaml:2"},
		{"one day", "reminders:\n  days: 7\n", "reminders.days", "7 from /c.yaml:2"},
		{
			"rules in lines", "feedback:\n  rules:\n  - activity_type: Meeting\n    questionnaire: nps\n  - {questionnaire: none, activity_type: Call}\n",
			"feedback.rules", "Meeting=nps,Call=none from /c.yaml:2",
		},
		{"rules as text", "feedback:\n  rules: Meeting = nps, Call=none\n", "feedback.rules", "Meeting=nps,Call=none from /c.yaml:2"},
		{"no rules", "feedback:\n  rules: []\n", "feedback.rules", " from default"},
		{"a folded text", "odoo:\n  user: >-\n    bob\n", "odoo.user", "bob from /c.yaml:2"},
		{"a section in braces", "smtp: {host: a.example, port: 25}\n", "smtp.port", "25 from /c.yaml:1"},
		{"an empty section", "smtp:\nodoo:\n  user: bob\n", "odoo.user", "bob from /c.yaml:3"},
		{"a key at the top", "timezone: Europe/Paris\n", "timezone", "Europe/Paris from /c.yaml:1"},
		{"an alias", "odoo:\n  user: &bob bob\nsmtp:\n  user: *bob\n  password: x\n", "smtp.user", "bob from /c.yaml:4"},
		{"no value for a text", "odoo:\n  user:\n", "odoo.user", " from default"},
		{"null for a text", "odoo:\n  user: null\n", "odoo.user", " from default"},
		{"a byte order mark", "\ufeffodoo:\n  user: bob\n", "odoo.user", "bob from /c.yaml:2"},
		{"line ends of Windows", "odoo:\r\n  user: bob\r\n", "odoo.user", "bob from /c.yaml:2"},
		{"an explicit document", "---\nodoo:\n  user: bob\n...\n", "odoo.user", "bob from /c.yaml:3"},
		{"nothing", "", "odoo.user", " from default"},
		{"comments alone", "# nothing yet\n", "odoo.user", " from default"},
		{"an empty document", "---\n", "odoo.user", " from default"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := load(c.yaml)
			assert.Empty(t, shown(problems(s)))
			assert.Equal(t, c.want, value(t, s, c.key))
		})
	}
}

func TestFileProblems(t *testing.T) {
	for _, c := range []struct {
		name, yaml string
		want       []string
	}{
		{"an unknown key", "smtp:\n  hots: a\n", []string{"smtp.hots (/c.yaml:2): unknown setting; did you mean smtp.host?"}},
		{"an unknown section", "smpt:\n  host: a\n", []string{"smpt (/c.yaml:1): unknown setting; did you mean smtp?"}},
		{"a key of another section", "mail:\n  port: 25\n", []string{"mail.port (/c.yaml:2): unknown setting; did you mean smtp.port?"}},
		{"a key without its section", "catch_up_days: 3\n", []string{"catch_up_days (/c.yaml:1): unknown setting; did you mean reminders.catch_up_days?"}},
		{"a section that does not exist yet", "invoices:\n  overdue: 30\n", []string{"invoices (/c.yaml:1): unknown setting"}},
		{"keys in capitals", "SMTP:\n  host: a\n", []string{"SMTP (/c.yaml:1): unknown setting; did you mean smtp?"}},
		{"a key that begins with a dot", ".timezone: UTC\n", []string{".timezone (/c.yaml:1): unknown setting; did you mean timezone?"}},
		{"a key that ends with a dot", "smtp:\n  host.: a\n", []string{"smtp.host. (/c.yaml:2): unknown setting; did you mean smtp.host?"}},
		{"a key with a dot", "smtp.host: a\n", []string{"smtp.host (/c.yaml:1): must be written as host: below smtp:"}},
		{"a value for a section", "reminders: off\n", []string{"reminders (/c.yaml:1): is a section: its settings belong below it, indented, each as name: value"}},
		{"a list for a section", "smtp:\n- host: a\n", []string{"smtp (/c.yaml:2): is a section: its settings belong below it, indented, each as name: value"}},
		{"a list for everything", "- smtp\n", []string{"/c.yaml:1: must hold settings, each as name: value"}},
		{"a text for everything", "hello\n", []string{"/c.yaml:1: must hold settings, each as name: value"}},
		{"a list for a value", "smtp:\n  host: [a, b]\n", []string{"smtp.host (/c.yaml:2): must be one value; put a text with : or # or that begins with [ or { in quotes"}},
		{"a section for a value", "smtp:\n  host:\n    name: a\n", []string{"smtp.host (/c.yaml:2): must be one value; put a text with : or # or that begins with [ or { in quotes"}},
		{"a list in a list", "reminders:\n  days: [[7]]\n", []string{"reminders.days (/c.yaml:2): must be a list of single values without commas, as in [7, 15, 30]"}},
		{"a rule that is a word", "feedback:\n  rules: [Meeting]\n", []string{"feedback.rules (/c.yaml:2): must be a list of {activity_type: …, questionnaire: …}, names without commas and equals signs; entry 1 is not"}},
		{"a rule with another key", "feedback:\n  rules: [{activity_type: Meeting, survey: nps}]\n", []string{"feedback.rules (/c.yaml:2): must be a list of {activity_type: …, questionnaire: …}, names without commas and equals signs; entry 1 is not"}},
		{"a score tag without bounds", "feedback:\n  tags: [{tag: Happy}]\n", []string{"feedback.tags (/c.yaml:2): must be a list of {from: …, below: …, tag: …}, names without commas and equals signs; entry 1 is not"}},
		{"a score tag with another key", "feedback:\n  tags: [{below: 50, tag: Happy, label: x}]\n", []string{"feedback.tags (/c.yaml:2): must be a list of {from: …, below: …, tag: …}, names without commas and equals signs; entry 1 is not"}},
		{"a score tag that is a word", "feedback:\n  tags: [Happy]\n", []string{"feedback.tags (/c.yaml:2): must be a list of {from: …, below: …, tag: …}, names without commas and equals signs; entry 1 is not"}},
		{"a score tag without a tag", "feedback:\n  tags: [{below: 50}]\n", []string{`feedback.tags = "below 50=" (/c.yaml:2): must be scores with tags, as in below 50=Unhappy client,from 80=Happy client: "below 50=" is not`}},
		{"a score tag that no score lies in", "feedback:\n  tags: [{from: 60, below: 50, tag: Happy}]\n", []string{`feedback.tags = "from 60 below 50=Happy" (/c.yaml:2): has no scores for the tag "Happy": scores are from 0 to 100`}},
		{"a score tag beyond all scores", "feedback:\n  tags: below 500=Happy\n", []string{`feedback.tags = "below 500=Happy" (/c.yaml:2): must be scores with tags, as in below 50=Unhappy client,from 80=Happy client: "below 500=Happy" is not`}},
		{"a score tag with a bound twice", "feedback:\n  tags: below 50 below 60=Happy\n", []string{`feedback.tags = "below 50 below 60=Happy" (/c.yaml:2): must be scores with tags, as in below 50=Unhappy client,from 80=Happy client: "below 50 below 60=Happy" is not`}},
		{"a field of Odoo's own for the score", "feedback:\n  score_field: probability\n", []string{`feedback.score_field = "probability" (/c.yaml:2): must be the technical name of a custom field, which begins with x_, as in x_feedback_score`}},
		{"a rule whose name has a comma", "feedback:\n  rules: [{activity_type: \"Call, mail\", questionnaire: nps}]\n", []string{"feedback.rules (/c.yaml:2): must be a list of {activity_type: …, questionnaire: …}, names without commas and equals signs; entry 1 is not"}},
		{"a gap in a list", "reminders:\n  days:\n  - 7\n  -\n", []string{"reminders.days (/c.yaml:2): must be a list of single values without commas, as in [7, 15, 30]"}},
		{"no value for a number", "smtp:\n  port:\n", []string{"smtp.port (/c.yaml:2): has no value"}},
		{"no value for a switch", "reminders:\n  enabled: ~\n", []string{"reminders.enabled (/c.yaml:2): has no value"}},
		{"a key twice", "smtp:\n  host: a\n  host: b\n", []string{"smtp.host (/c.yaml:3): is already set in line 2"}},
		{"a section twice", "smtp:\n  host: a\nsmtp:\n  port: 25\n", []string{"smtp (/c.yaml:3): is already set in line 1"}},
		{"a merge", "smtp: &a\n  host: a\n<<: *a\n", []string{"/c.yaml:3: has a key that is not a plain name (merge keys are not supported)"}},
		{"a key that is a list", "smtp:\n  ? [a]\n  : b\n", []string{"smtp (/c.yaml:2): has a key that is not a plain name (merge keys are not supported)"}},
		{"a tag", "odoo:\n  user: !bob\n", []string{"odoo.user (/c.yaml:2): has a YAML tag; put a text that begins with ! in quotes"}},
		{"a password that is a tag", "odoo:\n  password: !hunter2\n", []string{"odoo.password (/c.yaml:2): has a YAML tag; put a text that begins with ! in quotes"}},
		{"a password that is an anchor", "odoo:\n  password: &hunter2\n", []string{"odoo.password (/c.yaml:2): has a YAML anchor; put a text that begins with & in quotes"}},
		{"a password that begins like an anchor", "odoo:\n  password: &hunter 2\n", []string{"odoo.password (/c.yaml:2): has a YAML anchor; put a text that begins with & in quotes"}},
		{"a password that is an alias", "odoo:\n  password: *hunter2\n", []string{"/c.yaml:2: is not valid YAML: put a text that begins with * in quotes"}},
		{"a password that begins with a sign", "odoo:\n  password: %hunter2\n", []string{"/c.yaml:2: is not valid YAML: put a text that begins with @, ` or % in quotes"}},
		{"a tab", "odoo:\n\tuser: bob\n", []string{"/c.yaml:2: begins with a tab: YAML wants spaces"}},
		{"a colon too many", "odoo:\n  user: a: b\n", []string{"/c.yaml:2: is not valid YAML: its indentation is wrong, or a text with a colon needs quotes"}},
		{"a second document", "odoo:\n  user: bob\n---\nsmtp:\n", []string{"/c.yaml:3: holds a second document; only one is allowed"}},
		{"a broken second document", "odoo:\n  user: bob\n---\na: b: c\n", []string{"/c.yaml:4: is not valid YAML: its indentation is wrong, or a text with a colon needs quotes"}},
		{"another encoding", "\xff\xfeo\x00", []string{"/c.yaml: is UTF-16 text: save it as UTF-8"}},
		{"many things at once, in their order", "smtp:\n  port: abc\n  hots: a\n  timeout: 30\nguard:\n  max_share: 2\n", []string{
			`smtp.port = "abc" (/c.yaml:2): is not a whole number`,
			"smtp.hots (/c.yaml:3): unknown setting; did you mean smtp.host?",
			`smtp.timeout = "30" (/c.yaml:4): has no unit: write 30s for seconds or 30m for minutes`,
			`guard.max_share = "2" (/c.yaml:6): must be between 0 and 1`,
		}},
	} {
		t.Run(c.name+" is told", func(t *testing.T) {
			assert.Equal(t, c.want, shown(problems(load(c.yaml))))
		})
	}
}

func FuzzFile(f *testing.F) {
	for _, text := range []string{
		"", "---\n", "odoo:\n  user: bob\n", "reminders: {days: [7], enabled: off}\n", "a: &a [*a]\n", "? [a]\n: b\n", "smtp:\n- b\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := load(text)
		for _, p := range problems(s) {
			require.NotEmpty(t, p.Cause)
			require.NotEmpty(t, p.Place)
		}
		c, err := s.Config(0)
		var problems *config.ProblemsError
		if err != nil {
			require.ErrorAs(t, err, &problems)
		}
		require.NotEmpty(t, c.Reminders.Days)
	})
}

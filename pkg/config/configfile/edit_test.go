package configfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config/configfile"
)

// fileOf makes a configuration file and returns its path.
func fileOf(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func textOf(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}

const commented = `# Our CRM.

odoo:
  url: https://odoo.example.com   # the new one
  user: bob

# The relay in the cellar.
smtp:
  # Ask Eve before you change this.
  host: relay.example.com
  port: 25                        # no login
  tls: none

reminders:
  days: [7, 15, 30]

# The end.
`

func TestSet(t *testing.T) {
	for _, c := range []struct{ name, before, key, value, after string }{
		{
			"replaces a value and nothing around it", "a: 1 # x\nsmtp:\n  host:   old   # comment\n  port: 25\n", "smtp.host", "new",
			"a: 1 # x\nsmtp:\n  host:   new   # comment\n  port: 25\n",
		},
		{"leaves out quotes that a number does not need", "smtp:\n  port: '25'\n", "smtp.port", "26", "smtp:\n  port: 26\n"},
		{"replaces a list written as text", "reminders:\n  days: 7,15\n", "reminders.days", "1", "reminders:\n  days: [1]\n"},
		{"replaces a value that is not valid", "smtp:\n  port: abc\n", "smtp.port", "25", "smtp:\n  port: 25\n"},
		{"leaves other mistakes alone", "smpt:\n  x: [a\n  ]\nsmtp:\n  port: abc\n  host: a\n", "smtp.host", "b", "smpt:\n  x: [a\n  ]\nsmtp:\n  port: abc\n  host: b\n"},
		{"knows the short name of a switch", "", "reminders", "off", "reminders:\n  enabled: false\n"},
		{"writes a switch as YAML", "reminders:\n  enabled: yes\n", "reminders.enabled", "NO", "reminders:\n  enabled: false\n"},
		{"writes days as a list", "", "reminders.days", "30, 7", "reminders:\n  days: [7, 30]\n"},
		{
			"writes rules as mappings", "", "feedback.rules", "Meeting=nps, Call=none",
			"feedback:\n  rules: [{activity_type: \"Meeting\", questionnaire: \"nps\"}, {activity_type: \"Call\", questionnaire: \"none\"}]\n",
		},
		{
			"writes score tags as mappings", "", "feedback.tags", "below 50=Unhappy client, from 50 below 80=Content",
			"feedback:\n  tags: [{below: 50, tag: \"Unhappy client\"}, {from: 50, below: 80, tag: \"Content\"}]\n",
		},
		{
			"replaces rules in brackets", "feedback:\n  rules: [{activity_type: Meeting, questionnaire: nps}] # x\n  low_score: 40\n",
			"feedback.rules", "Call=nps", "feedback:\n  rules: [{activity_type: \"Call\", questionnaire: \"nps\"}] # x\n  low_score: 40\n",
		},
		{"writes a duration", "", "smtp.timeout", "60s", "smtp:\n  timeout: 1m\n"},
		{"writes a share", "", "guard.max_share", ".5", "guard:\n  max_share: 0.5\n"},
		{"writes a mailbox without quotes", "", "mail.from", "Sales <s@example.com>", "mail:\n  from: Sales <s@example.com>\n"},
		{"writes a URL without quotes", "", "odoo.url", "http://localhost:8069", "odoo:\n  url: http://localhost:8069\n"},
		{"escapes what cannot be seen", "", "odoo.password", "a\u00a0\u200b\U000e0001b", "odoo:\n  password: \"a\\u00a0\\u200b\\U000e0001b\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := fileOf(t, c.before)
			require.NoError(t, configfile.Set(path, c.key, c.value))
			assert.Equal(t, c.after, textOf(t, path))
		})
	}
}

func TestSetKeepsEverythingElse(t *testing.T) {
	path := fileOf(t, commented)
	for _, s := range [][2]string{
		{"odoo.url", "https://crm.example.com"},
		{"smtp.port", "2525"},
		{"smtp.connections", "4"},
		{"reminders.days", "5, 10"},
		{"reminders", "off"},
		{"guard.max_share", "0.1"},
	} {
		require.NoError(t, configfile.Set(path, s[0], s[1]))
	}
	assert.Equal(t, `# Our CRM.

odoo:
  url: https://crm.example.com   # the new one
  user: bob

# The relay in the cellar.
smtp:
  # Ask Eve before you change this.
  host: relay.example.com
  port: 2525                        # no login
  tls: none
  connections: 4

reminders:
  days: [5, 10]
  enabled: false

# The end.
guard:
  max_share: 0.1
`, textOf(t, path))

	for _, key := range []string{"smtp.connections", "reminders.enabled", "guard.max_share"} {
		found, err := configfile.Unset(path, key)
		require.NoError(t, err)
		assert.True(t, found)
	}
	require.NoError(t, configfile.Set(path, "odoo.url", "https://odoo.example.com"))
	require.NoError(t, configfile.Set(path, "smtp.port", "25"))
	require.NoError(t, configfile.Set(path, "reminders.days", "7,15,30"))
	assert.Equal(t, commented+"guard:\n", textOf(t, path), "what was added is gone again, but for the name of the section")
}

func TestSetInASectionWithinAnother(t *testing.T) {
	path := fileOf(t, "smtp:\n  host: h\n  user: bob@example.com\n  auth: oauth2\n  oauth2:\n    token_url: https://login.example.com/token\n"+
		"    client_id: me\n    client_secret: hunter2\nmail: {from: a@b.example}\n")
	require.NoError(t, configfile.Set(path, "smtp.oauth2.client_id", "you"))
	require.NoError(t, configfile.Set(path, "smtp.oauth2.scope", "mail"))
	assert.Contains(t, textOf(t, path), "\n    client_id: you\n    client_secret: hunter2\n    scope: mail\nmail:")
	empty := fileOf(t, "")
	require.NoError(t, configfile.Set(empty, "smtp.oauth2.client_id", "you"))
	assert.Equal(t, "smtp:\n  oauth2:\n    client_id: you\n", textOf(t, empty))
}

func TestUnset(t *testing.T) {
	for _, c := range []struct {
		name, before, key string
		found             bool
		after             string
	}{
		{"removes the line", "smtp:\n  # x\n  host: a # y\n  port: 25\n", "smtp.host", true, "smtp:\n  # x\n  port: 25\n"},
		{
			"removes rules in brackets", "feedback:\n  rules: [{activity_type: Meeting, questionnaire: nps}]\n  low_score: 40\n",
			"feedback.rules", true, "feedback:\n  low_score: 40\n",
		},
		{"removes a value that is not valid", "smtp:\n  port: abc\n  host: a\n", "smtp.port", true, "smtp:\n  host: a\n"},
		{"knows the short name of a switch", "reminders:\n  enabled: on\n  days: [7]\n", "reminders", true, "reminders:\n  days: [7]\n"},
		{"finds no section", "smtp:\n  host: a\n", "odoo.user", false, "smtp:\n  host: a\n"},
		{"finds nothing in an empty file", "", "odoo.user", false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := fileOf(t, c.before)
			found, err := configfile.Unset(path, c.key)
			require.NoError(t, err)
			assert.Equal(t, c.found, found)
			assert.Equal(t, c.after, textOf(t, path))
		})
	}
	t.Run("finds nothing where there is no file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "sub", "config.yaml")
		found, err := configfile.Unset(path, "smtp.host")
		require.NoError(t, err)
		assert.False(t, found)
		assert.NoDirExists(t, filepath.Dir(path))
	})
	t.Run("refuses an unknown key", func(t *testing.T) {
		_, err := configfile.Unset(fileOf(t, ""), "smtp.hots")
		require.EqualError(t, err, "smtp.hots: unknown setting; did you mean smtp.host?")
	})
}

func TestEditRefuses(t *testing.T) {
	const unsure = ": the setting cannot be changed without changing something else; edit it by hand"
	for _, c := range []struct {
		name, text string
		key, value string
		set, unset string
	}{
		{"YAML that is broken", "smtp: {host: a\n", "smtp.host", "b", ":1: is not valid YAML: did not find expected ',' or '}'", "the same"},
		{"several documents", "smtp:\n  host: a\n---\n", "smtp.host", "b", ":3: holds a second document; only one is allowed", "the same"},
		{"a list for everything", "- smtp\n", "smtp.host", "b", ":1: must hold settings, each as name: value", "the same"},
		{"everything in braces", "{smtp: {host: a}}\n", "smtp.host", "b", ":1: does not have one setting per line; edit it by hand", "the same"},
		{"a key twice", "smtp:\n  host: a\n  host: b\n", "smtp.host", "c", ":3: is already set in line 2", "the same"},
		{"a section twice", "smtp:\n  host: a\nsmtp:\n  port: 25\n", "smtp.host", "c", ":3: is already set in line 1", "the same"},
		{"a key with a dot", "smtp.host: a\n", "smtp.host", "b", ":1: must be written as host: below smtp:", "the same"},
		{"a value for a section", "smtp: a\n", "smtp.host", "b", ":1: is a section: its settings belong below it, indented, each as name: value", "the same"},
		{"a section for a value", "smtp:\n  host:\n    a: b\n", "smtp.host", "b", ":2: must be one value; put a text with : or # or that begins with [ or { in quotes", "the same"},
		{"an anchor", "smtp:\n  host: &a b\nx: *a\n", "smtp.host", "c", ":2: is shared with other settings by an anchor; edit it by hand", ":2: has an anchor or a tag; edit it by hand"},
		{"an alias", "x: &a b\nsmtp:\n  host: *a\n", "smtp.host", "c", ":3: is shared with other settings by an anchor; edit it by hand", "fine"},
		{"a tag", "odoo:\n  user: !!str bob\n", "odoo.user", "eve", ":2: has a YAML tag; put a text that begins with ! in quotes", "the same"},
		{
			"rules in lines", "feedback:\n  rules:\n  - activity_type: Meeting\n    questionnaire: nps\n", "feedback.rules", "Call=nps",
			":3: is written over several lines; edit it by hand", ":3: is written over several lines; edit it by hand",
		},
		{"a root that is null", "~\n", "odoo.user", "b", unsure, "nothing"},
	} {
		check := func(t *testing.T, path string, err error, want string) {
			t.Helper()
			var edit *configfile.EditError
			require.ErrorAs(t, err, &edit)
			require.EqualError(t, err, "edit "+path+want)
			assert.Equal(t, c.text, textOf(t, path))
		}
		t.Run(c.name, func(t *testing.T) {
			path := fileOf(t, c.text)
			err := configfile.Set(path, c.key, c.value)
			if c.set == "fine" {
				require.NoError(t, err)
			} else {
				check(t, path, err, c.set)
			}

			path = fileOf(t, c.text)
			found, err := configfile.Unset(path, c.key)
			switch c.unset {
			case "fine", "nothing":
				require.NoError(t, err)
				assert.Equal(t, c.unset == "fine", found)
			case "the same":
				check(t, path, err, c.set)
			default:
				check(t, path, err, c.unset)
			}
		})
	}
	t.Run("a value that is not valid", func(t *testing.T) {
		path := fileOf(t, "smtp:\n  port: 25\n")
		require.EqualError(t, configfile.Set(path, "smtp.port", "abc"), `smtp.port = "abc": is not a whole number`)
		assert.Equal(t, "smtp:\n  port: 25\n", textOf(t, path))
	})
	t.Run("an unknown key", func(t *testing.T) {
		path := fileOf(t, "")
		require.EqualError(t, configfile.Set(path, "smtp.prot", "25"), "smtp.prot: unknown setting; did you mean smtp.port?")
		assert.Empty(t, textOf(t, path))
	})
}

package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config"
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
			"replaces a value and nothing around it", "a: 1 # x\nsmtp:\n  host:   old   # remark\n  port: 25\n", "smtp.host", "new",
			"a: 1 # x\nsmtp:\n  host:   new   # remark\n  port: 25\n",
		},
		{"writes a first setting", "", "smtp.host", "new", "smtp:\n  host: new\n"},
		{"writes a first setting of no section", "", "timezone", "Europe/Paris", "timezone: Europe/Paris\n"},
		{"writes below remarks", "# hello\n", "smtp.host", "new", "# hello\nsmtp:\n  host: new\n"},
		{"writes below a document mark", "---\n# hello\n", "smtp.host", "new", "---\n# hello\nsmtp:\n  host: new\n"},
		{"ends a last line without end", "# hello", "smtp.host", "new", "# hello\nsmtp:\n  host: new\n"},
		{"ends a last setting without end", "smtp:\n  port: 25", "smtp.host", "new", "smtp:\n  port: 25\n  host: new\n"},
		{"replaces a last value without line end", "smtp:\n  port: 25", "smtp.port", "26", "smtp:\n  port: 26"},
		{"adds a section at the end", "odoo:\n  user: bob\n", "smtp.host", "new", "odoo:\n  user: bob\nsmtp:\n  host: new\n"},
		{
			"adds to a section after its last setting", "smtp:\n  host: a # x\n  port: 25 # y\n\n# z\nodoo:\n", "smtp.user", "bob",
			"smtp:\n  host: a # x\n  port: 25 # y\n  user: bob\n\n# z\nodoo:\n",
		},
		{
			"adds to a section that ends in a list", "reminders:\n  days:\n    - 7\n    - 15 # x\n# y\n", "reminders.catch_up_days", "5",
			"reminders:\n  days:\n    - 7\n    - 15 # x\n  catch_up_days: 5\n# y\n",
		},
		{
			"adds to a section that ends in a key without value", "smtp:\n  port: 25\n  host:\n\nodoo:\n", "smtp.user", "bob",
			"smtp:\n  port: 25\n  host:\n  user: bob\n\nodoo:\n",
		},
		{
			"adds at the top of a section whose end cannot be told", "odoo:\n  # who\n  user: >-\n    bob\n", "odoo.database", "crm",
			"odoo:\n  database: crm\n  # who\n  user: >-\n    bob\n",
		},
		{
			"adds to a section of which everything is commented out", "smtp:  # mail\n  # host: a\n  # port: 25\n\nodoo:\n    user: bob\n", "smtp.host", "new",
			"smtp:  # mail\n    host: new\n  # host: a\n  # port: 25\n\nodoo:\n    user: bob\n",
		},
		{"adds to an empty last section without line end", "smtp:", "smtp.host", "new", "smtp:\n  host: new\n"},
		{"keeps the indentation of the section", "smtp:\n      port: 25\n", "smtp.host", "new", "smtp:\n      port: 25\n      host: new\n"},
		{"keeps the indentation of the file", "  odoo:\n    user: bob\n", "smtp.host", "new", "  odoo:\n    user: bob\n  smtp:\n    host: new\n"},
		{"keeps the line ends of Windows", "odoo:\r\n  user: bob\r\n", "smtp.host", "new", "odoo:\r\n  user: bob\r\nsmtp:\r\n  host: new\r\n"},
		{"keeps the line ends of Windows in a section", "odoo:\r\n  user: bob\r\n", "odoo.database", "crm", "odoo:\r\n  user: bob\r\n  database: crm\r\n"},
		{"keeps the line ends of old Macintoshes", "odoo:\r  user: bob # x\r  database: a\r", "odoo.user", "eve", "odoo:\r  user: eve # x\r  database: a\r"},
		{"knows the line separators of Unicode", "odoo:\u2028  user: bob # x\u0085  database: a\n", "odoo.database", "b", "odoo:\u2028  user: bob # x\u0085  database: b\n"},
		{"keeps a byte order mark", "\ufeffodoo:\n  user: bob\n", "odoo.user", "eve", "\ufeffodoo:\n  user: eve\n"},
		{"keeps a byte order mark before the value", "\ufefftimezone: Europe/Rome\n", "timezone", "Europe/Paris", "\ufefftimezone: Europe/Paris\n"},
		{"writes after a lone byte order mark", "\ufeff", "timezone", "Europe/Paris", "\ufefftimezone: Europe/Paris\n"},
		{"keeps tabs between key and value", "smtp:\n  host:\told\t# x\n", "smtp.host", "new", "smtp:\n  host:\tnew\t# x\n"},
		{"counts characters and not bytes", "smtp: {user: \"ümläut\", host: old} # é\n", "smtp.host", "new", "smtp: {user: \"ümläut\", host: new} # é\n"},
		{"replaces a value in braces", "smtp: { host: old, port: 25 } # x\n", "smtp.port", "26", "smtp: { host: old, port: 26 } # x\n"},
		{"replaces a list in braces", "reminders: {days: [7, 15], enabled: on}\n", "reminders.days", "3", "reminders: {days: [3], enabled: on}\n"},
		{"quotes what braces would break", "odoo: {user: a, database: b}\n", "odoo.user", "a,b", "odoo: {user: \"a,b\", database: b}\n"},
		{"gives a value to a key without", "smtp:\n  host:\n  port: 25\n", "smtp.host", "new", "smtp:\n  host: new\n  port: 25\n"},
		{"gives a value to a key with only a remark", "smtp:\n  host:   # x\n  port: 25\n", "smtp.host", "new", "smtp:\n  host: new   # x\n  port: 25\n"},
		{"gives a value to a key in quotes", "smtp:\n  \"host\" :\n  port: 25\n", "smtp.host", "new", "smtp:\n  \"host\" : new\n  port: 25\n"},
		{"replaces null", "smtp:\n  host: ~\n  user: null # x\n", "smtp.host", "new", "smtp:\n  host: new\n  user: null # x\n"},
		{"keeps double quotes", "smtp:\n  host: \"a\\\"#b\" # x\n", "smtp.host", "new", "smtp:\n  host: \"new\" # x\n"},
		{"keeps single quotes", "odoo:\n  user: 'it''s' # x\n", "odoo.user", "that's", "odoo:\n  user: 'that''s' # x\n"},
		{"leaves out quotes that a number does not need", "smtp:\n  port: '25'\n", "smtp.port", "26", "smtp:\n  port: 26\n"},
		{"replaces a quoted text of several lines", "odoo:\n  user: \"b\\\n    ob\" # x\n", "odoo.user", "eve", "odoo:\n  user: \"eve\" # x\n"},
		{"replaces a list in brackets", "reminders:\n  days: [ 7,15 ] # x\n", "reminders.days", "30,1", "reminders:\n  days: [1, 30] # x\n"},
		{"replaces a list in brackets of several lines", "reminders:\n  days: [7,\n    15,\n  ]\n", "reminders.days", "1", "reminders:\n  days: [1]\n"},
		{"replaces a list in lines by lines", "reminders:\n  days:\n    - 7\n    - 15 # x\n  enabled: on\n", "reminders.days", "1,2,3", "reminders:\n  days:\n    - 1\n    - 2\n    - 3 # x\n  enabled: on\n"},
		{"replaces a list at the indentation of its key", "reminders:\n  days:\n  - 7\n  enabled: on\n", "reminders.days", "1,2", "reminders:\n  days:\n  - 1\n  - 2\n  enabled: on\n"},
		{"replaces a list written as text", "reminders:\n  days: 7,15\n", "reminders.days", "1", "reminders:\n  days: [1]\n"},
		{"replaces a value that is not valid", "smtp:\n  port: abc\n", "smtp.port", "25", "smtp:\n  port: 25\n"},
		{"leaves other mistakes alone", "smpt:\n  x: [a\n  ]\nsmtp:\n  port: abc\n  host: a\n", "smtp.host", "b", "smpt:\n  x: [a\n  ]\nsmtp:\n  port: abc\n  host: b\n"},
		{"leaves what it does not know alone", "z: |+\n  # no remark\n\nsmtp:\n  host: a\n", "smtp.host", "b", "z: |+\n  # no remark\n\nsmtp:\n  host: b\n"},
		{"leaves anchors elsewhere alone", "x: &a 1\ny: *a\nsmtp:\n  host: a\n", "smtp.host", "b", "x: &a 1\ny: *a\nsmtp:\n  host: b\n"},
		{"knows the short name of a switch", "", "reminders", "off", "reminders:\n  enabled: false\n"},
		{"writes a switch as YAML", "reminders:\n  enabled: yes\n", "reminders.enabled", "NO", "reminders:\n  enabled: false\n"},
		{"writes days as a list", "", "reminders.days", "30, 7", "reminders:\n  days: [7, 30]\n"},
		{
			"writes rules as mappings", "", "feedback.rules", "Meeting=nps, Call=none",
			"feedback:\n  rules: [{activity_type: \"Meeting\", questionnaire: \"nps\"}, {activity_type: \"Call\", questionnaire: \"none\"}]\n",
		},
		{
			"writes bands as mappings", "", "feedback.tags", "below 50=Unhappy client, from 50 below 80=Content",
			"feedback:\n  tags: [{below: 50, tag: \"Unhappy client\"}, {from: 50, below: 80, tag: \"Content\"}]\n",
		},
		{
			"replaces rules in brackets", "feedback:\n  rules: [{activity_type: Meeting, questionnaire: nps}] # x\n  low_score: 40\n",
			"feedback.rules", "Call=nps", "feedback:\n  rules: [{activity_type: \"Call\", questionnaire: \"nps\"}] # x\n  low_score: 40\n",
		},
		{"writes a duration", "", "smtp.timeout", "60s", "smtp:\n  timeout: 1m\n"},
		{"writes a share", "", "guard.max_share", ".5", "guard:\n  max_share: 0.5\n"},
		{"writes an empty text in quotes", "", "smtp.user", "", "smtp:\n  user: \"\"\n"},
		{"writes a mailbox without quotes", "", "mail.from", "Sales <s@example.com>", "mail:\n  from: Sales <s@example.com>\n"},
		{"writes a URL without quotes", "", "odoo.url", "http://localhost:8069", "odoo:\n  url: http://localhost:8069\n"},
		{"quotes a number that is a text", "", "odoo.database", "2024", "odoo:\n  database: \"2024\"\n"},
		{"quotes a date that is a text", "", "odoo.database", "2024-01-01", "odoo:\n  database: \"2024-01-01\"\n"},
		{"quotes a word that may mean true", "", "odoo.user", "yes", "odoo:\n  user: \"yes\"\n"},
		{"quotes a letter that may mean no", "", "odoo.user", "N", "odoo:\n  user: \"N\"\n"},
		{"quotes null", "", "odoo.user", "null", "odoo:\n  user: \"null\"\n"},
		{"quotes what looks like a remark", "", "odoo.password", "a #b", "odoo:\n  password: \"a #b\"\n"},
		{"quotes what looks like a key", "", "odoo.password", "a: b", "odoo:\n  password: \"a: b\"\n"},
		{"quotes a colon at the end", "", "odoo.password", "a:", "odoo:\n  password: \"a:\"\n"},
		{"quotes an alias, an anchor and a tag", "", "odoo.password", "*&!", "odoo:\n  password: \"*&!\"\n"},
		{"quotes blanks around a secret", "", "odoo.password", " a ", "odoo:\n  password: \" a \"\n"},
		{"escapes quotes and backslashes", "", "odoo.password", `a"b\c`, "odoo:\n  password: \"a\\\"b\\\\c\"\n"},
		{"escapes what cannot be seen", "", "odoo.password", "a\u00a0\u200b\U000e0001b", "odoo:\n  password: \"a\\u00a0\\u200b\\U000e0001b\"\n"},
		{"writes other scripts as they are", "", "mail.from", "Zoë 日本 <z@example.com>", "mail:\n  from: \"Zoë 日本 <z@example.com>\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := fileOf(t, c.before)
			require.NoError(t, config.Set(path, c.key, c.value))
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
		require.NoError(t, config.Set(path, s[0], s[1]))
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
		found, err := config.Unset(path, key)
		require.NoError(t, err)
		assert.True(t, found)
	}
	require.NoError(t, config.Set(path, "odoo.url", "https://odoo.example.com"))
	require.NoError(t, config.Set(path, "smtp.port", "25"))
	require.NoError(t, config.Set(path, "reminders.days", "7,15,30"))
	assert.Equal(t, commented+"guard:\n", textOf(t, path), "what was added is gone again, but for the name of the section")
}

func TestUnset(t *testing.T) {
	for _, c := range []struct {
		name, before, key string
		found             bool
		after             string
	}{
		{"removes the line", "smtp:\n  # x\n  host: a # y\n  port: 25\n", "smtp.host", true, "smtp:\n  # x\n  port: 25\n"},
		{"removes the last line", "smtp:\n  host: a\n  port: 25", "smtp.port", true, "smtp:\n  host: a\n"},
		{"leaves the section", "smtp:\n  host: a\n", "smtp.host", true, "smtp:\n"},
		{"leaves remarks in the section", "smtp:\n  # x\n  host: a\n  # y\nodoo:\n", "smtp.host", true, "smtp:\n  # x\n  # y\nodoo:\n"},
		{
			"removes rules in brackets", "feedback:\n  rules: [{activity_type: Meeting, questionnaire: nps}]\n  low_score: 40\n",
			"feedback.rules", true, "feedback:\n  low_score: 40\n",
		},
		{"removes a setting of no section", "timezone: Europe/Paris\nsmtp:\n", "timezone", true, "smtp:\n"},
		{"removes the only setting", "timezone: Europe/Paris\n", "timezone", true, ""},
		{"removes a list with its lines", "reminders:\n  days:\n    - 7\n    # x\n    - 15\n  enabled: on\n", "reminders.days", true, "reminders:\n  enabled: on\n"},
		{"removes a list of several lines in brackets", "reminders:\n  days: [7,\n   15]\n  enabled: on\n", "reminders.days", true, "reminders:\n  enabled: on\n"},
		{"removes a quoted text of several lines", "odoo:\n  user: 'a\n    b'\n  database: c\n", "odoo.user", true, "odoo:\n  database: c\n"},
		{"removes a key without value", "smtp:\n  host:\n  port: 25\n", "smtp.host", true, "smtp:\n  port: 25\n"},
		{"removes a value that is not valid", "smtp:\n  port: abc\n  host: a\n", "smtp.port", true, "smtp:\n  host: a\n"},
		{"knows the short name of a switch", "reminders:\n  enabled: on\n  days: [7]\n", "reminders", true, "reminders:\n  days: [7]\n"},
		{"keeps the line ends of Windows", "smtp:\r\n  host: a\r\n  port: 25\r\n", "smtp.host", true, "smtp:\r\n  port: 25\r\n"},
		{"finds nothing in the section", "smtp:\n  host: a\n", "smtp.port", false, "smtp:\n  host: a\n"},
		{"finds nothing in an empty section", "smtp:\n", "smtp.port", false, "smtp:\n"},
		{"finds no section", "smtp:\n  host: a\n", "odoo.user", false, "smtp:\n  host: a\n"},
		{"finds nothing in an empty file", "", "odoo.user", false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := fileOf(t, c.before)
			found, err := config.Unset(path, c.key)
			require.NoError(t, err)
			assert.Equal(t, c.found, found)
			assert.Equal(t, c.after, textOf(t, path))
		})
	}
	t.Run("finds nothing where there is no file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "sub", "config.yaml")
		found, err := config.Unset(path, "smtp.host")
		require.NoError(t, err)
		assert.False(t, found)
		assert.NoDirExists(t, filepath.Dir(path))
	})
	t.Run("refuses an unknown key", func(t *testing.T) {
		_, err := config.Unset(fileOf(t, ""), "smtp.hots")
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
		{"another encoding", "\xff\xfes\x00", "smtp.host", "b", ":1: is not UTF-8 text", "the same"},
		{"several documents", "smtp:\n  host: a\n---\n", "smtp.host", "b", ":3: holds a second document; put all settings into the first", "the same"},
		{"a list for everything", "- smtp\n", "smtp.host", "b", ":1: is not written as one setting a line; edit it by hand", "the same"},
		{"everything in braces", "{smtp: {host: a}}\n", "smtp.host", "b", ":1: is not written as one setting a line; edit it by hand", "the same"},
		{"an addition within braces", "smtp: {port: 25}\n", "smtp.host", "b", ":1: is not written as one setting a line; edit it by hand", "nothing"},
		{"an addition within empty braces", "smtp: {}\n", "smtp.host", "b", ":1: is not written as one setting a line; edit it by hand", "nothing"},
		{"an addition to null", "smtp: ~\n", "smtp.host", "b", ":1: is not written as one setting a line; edit it by hand", "nothing"},
		{"a removal from braces", "smtp: {port: 25}\n", "smtp.port", "26", "fine", ":1: does not stand on a line of its own; edit it by hand"},
		{"a key twice", "smtp:\n  host: a\n  host: b\n", "smtp.host", "c", ":3: stands already in line 2", "the same"},
		{"a section twice", "smtp:\n  host: a\nsmtp:\n  port: 25\n", "smtp.host", "c", ":3: stands already in line 1", "the same"},
		{"a merge", "x: &a\n  host: a\nsmtp:\n  <<: *a\n", "smtp.host", "b", ":4: holds a key that is not a name (merge keys are not supported)", "the same"},
		{"a key with a dot", "smtp.host: a\n", "smtp.host", "b", ":1: must be written as host: below smtp:", "the same"},
		{"a value for a section", "smtp: a\n", "smtp.host", "b", ":1: is a section: its settings belong below it, indented, each as name: value", "the same"},
		{"a section for a value", "smtp:\n  host:\n    a: b\n", "smtp.host", "b", ":2: must be one value", "the same"},
		{"an anchor", "smtp:\n  host: &a b\nx: *a\n", "smtp.host", "c", ":2: is shared with other settings by an anchor; edit it by hand", ":2: has an anchor or a tag; edit it by hand"},
		{"an alias", "x: &a b\nsmtp:\n  host: *a\n", "smtp.host", "c", ":3: is shared with other settings by an anchor; edit it by hand", "fine"},
		{"an anchor at the section", "smtp: &a\n  host: b\nx: *a\n", "smtp.host", "c", ":1: is shared with other settings by an anchor; edit it by hand", "the same"},
		{"an anchor at the section without the key", "smtp: &a\n  port: 25\nx: *a\n", "smtp.host", "c", ":1: is shared with other settings by an anchor; edit it by hand", "nothing"},
		{"an anchor at the root", "&a\nsmtp:\n  host: b\n", "smtp.host", "c", ":1: is not written as one setting a line; edit it by hand", "the same"},
		{"a tag", "odoo:\n  user: !!str bob\n", "odoo.user", "eve", ":2: has a YAML tag; a value that begins with ! must stand in quotes", "the same"},
		{"a text in several lines", "odoo:\n  user: |-\n    bob\n  database: c\n", "odoo.user", "eve", ":2: is written over several lines; edit it by hand", "the same"},
		{"a plain text in several lines", "odoo:\n  user: b\n    o b\n", "odoo.user", "eve", ":2: is written over several lines; edit it by hand", "the same"},
		{"remarks within brackets", "reminders:\n  days: [7, # week\n    15]\n", "reminders.days", "1", ":2: is written over several lines; edit it by hand", "the same"},
		{"remarks between items", "reminders:\n  days:\n  - 7\n  # x\n  - 15\n", "reminders.days", "1", ":3: has remarks between its items; edit it by hand", "fine"},
		{
			"rules in lines", "feedback:\n  rules:\n  - activity_type: Meeting\n    questionnaire: nps\n", "feedback.rules", "Call=nps",
			":3: is written over several lines; edit it by hand", ":3: is written over several lines; edit it by hand",
		},
		{"a key after a question mark without value", "smtp:\n  ? host\n  port: 25\n", "smtp.host", "b", ":2: has no colon after it; edit it by hand", "fine"},
		{"a section after a question mark", "? smtp\n: host: a\n  port: 25\n", "smtp.host", "b", "fine", unsure},
		{"an addition to a section after a question mark", "? smtp\n: port: 25\n", "smtp.host", "b", "fine", "nothing"},
		{"an addition after the document's end", "smtp:\n  port: 25\n...\n", "odoo.user", "b", unsure, "nothing"},
		{"an addition after a text that would grow", "x: |\n  y", "odoo.user", "b", unsure, "nothing"},
		{"a root that is null", "~\n", "odoo.user", "b", unsure, "nothing"},
	} {
		check := func(t *testing.T, path string, err error, want string) {
			t.Helper()
			var edit *config.EditError
			require.ErrorAs(t, err, &edit)
			require.EqualError(t, err, "edit "+path+want)
			assert.Equal(t, c.text, textOf(t, path))
		}
		t.Run(c.name, func(t *testing.T) {
			path := fileOf(t, c.text)
			err := config.Set(path, c.key, c.value)
			if c.set == "fine" {
				require.NoError(t, err)
			} else {
				check(t, path, err, c.set)
			}

			path = fileOf(t, c.text)
			found, err := config.Unset(path, c.key)
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
		require.EqualError(t, config.Set(path, "smtp.port", "abc"), `smtp.port = "abc": is not a whole number`)
		assert.Equal(t, "smtp:\n  port: 25\n", textOf(t, path))
	})
	t.Run("an unknown key", func(t *testing.T) {
		path := fileOf(t, "")
		require.EqualError(t, config.Set(path, "smtp.prot", "25"), "smtp.prot: unknown setting; did you mean smtp.port?")
		assert.Empty(t, textOf(t, path))
	})
}

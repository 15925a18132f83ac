package yamledit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/config/yamledit"
	"github.com/crm-tool/crm-tool/pkg/yamlfile"
)

func ExampleSet() {
	const text = `smtp:
  host: relay.example.com  # ask Eve before you change this
  port: 25
`
	var port yaml.Node
	if err := port.Encode(587); err != nil {
		panic(err)
	}
	after, err := yamledit.Set([]byte(text), []string{"smtp", "port"}, &port)
	fmt.Printf("%s%v\n", after, err)
	// Output:
	// smtp:
	//   host: relay.example.com  # ask Eve before you change this
	//   port: 587
	// <nil>
}

// node makes a value of a text, number or list.
func node(t *testing.T, value any) *yaml.Node {
	t.Helper()
	var n yaml.Node
	if text, ok := value.(string); ok {
		n.SetString(text)
	} else {
		require.NoError(t, n.Encode(value))
	}
	return &n
}

func TestSet(t *testing.T) {
	for _, c := range []struct {
		name, before, path string
		value              any
		after              string
	}{
		{
			"replaces a value and nothing around it", "a: 1 # x\nsmtp:\n  host:   old   # comment\n  port: 25\n", "smtp.host", "new",
			"a: 1 # x\nsmtp:\n  host:   new   # comment\n  port: 25\n",
		},
		{"writes a first setting", "", "smtp.host", "new", "smtp:\n  host: new\n"},
		{"writes a first setting of no section", "", "timezone", "Europe/Paris", "timezone: Europe/Paris\n"},
		{"writes below comments", "# hello\n", "smtp.host", "new", "# hello\nsmtp:\n  host: new\n"},
		{"writes below a document mark", "---\n# hello\n", "smtp.host", "new", "---\n# hello\nsmtp:\n  host: new\n"},
		{"ends a last line without end", "# hello", "smtp.host", "new", "# hello\nsmtp:\n  host: new\n"},
		{"ends a last setting without end", "smtp:\n  port: 25", "smtp.host", "new", "smtp:\n  port: 25\n  host: new\n"},
		{"replaces a last value without line end", "smtp:\n  port: 25", "smtp.port", 26, "smtp:\n  port: 26"},
		{"adds a section at the end", "odoo:\n  user: bob\n", "smtp.host", "new", "odoo:\n  user: bob\nsmtp:\n  host: new\n"},
		{
			"adds to a section after its last setting", "smtp:\n  host: a # x\n  port: 25 # y\n\n# z\nodoo:\n", "smtp.user", "bob",
			"smtp:\n  host: a # x\n  port: 25 # y\n  user: bob\n\n# z\nodoo:\n",
		},
		{
			"adds to a section that ends in a list", "reminders:\n  days:\n    - 7\n    - 15 # x\n# y\n", "reminders.catch_up_days", 5,
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
			"adds to a section of which everything is commented out", "smtp:  # mail\n  # host: a\n  # port: 25\n\nodoo:\n    user: bob\n", "smtp.user", "new",
			"smtp:  # mail\n    user: new\n  # host: a\n  # port: 25\n\nodoo:\n    user: bob\n",
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
		{"replaces a value in braces", "smtp: { host: old, port: 25 } # x\n", "smtp.port", 26, "smtp: { host: old, port: 26 } # x\n"},
		{"replaces a list in braces", "reminders: {days: [7, 15], enabled: on}\n", "reminders.days", []int{3}, "reminders: {days: [3], enabled: on}\n"},
		{"quotes what braces would break", "odoo: {user: a, database: b}\n", "odoo.user", "a,b", "odoo: {user: \"a,b\", database: b}\n"},
		{"gives a value to a key without", "smtp:\n  host:\n  port: 25\n", "smtp.host", "new", "smtp:\n  host: new\n  port: 25\n"},
		{"gives a value to a key with only a comment", "smtp:\n  host:   # x\n  port: 25\n", "smtp.host", "new", "smtp:\n  host: new   # x\n  port: 25\n"},
		{"gives a value to a key in quotes", "smtp:\n  \"host\" :\n  port: 25\n", "smtp.host", "new", "smtp:\n  \"host\" : new\n  port: 25\n"},
		{"replaces null", "smtp:\n  host: ~\n  user: null # x\n", "smtp.host", "new", "smtp:\n  host: new\n  user: null # x\n"},
		{"keeps double quotes", "smtp:\n  host: \"a\\\"#b\" # x\n", "smtp.host", "new", "smtp:\n  host: \"new\" # x\n"},
		{"keeps single quotes", "odoo:\n  user: 'it''s' # x\n", "odoo.user", "that's", "odoo:\n  user: 'that''s' # x\n"},
		{"replaces a quoted text of several lines", "odoo:\n  user: \"b\\\n    ob\" # x\n", "odoo.user", "eve", "odoo:\n  user: \"eve\" # x\n"},
		{"replaces a list in brackets", "reminders:\n  days: [ 7,15 ] # x\n", "reminders.days", []int{1, 30}, "reminders:\n  days: [1, 30] # x\n"},
		{"replaces a list in brackets of several lines", "reminders:\n  days: [7,\n    15,\n  ]\n", "reminders.days", []int{1}, "reminders:\n  days: [1]\n"},
		{"replaces a list in lines by lines", "reminders:\n  days:\n    - 7\n    - 15 # x\n  enabled: on\n", "reminders.days", []int{1, 2, 3}, "reminders:\n  days:\n    - 1\n    - 2\n    - 3 # x\n  enabled: on\n"},
		{"replaces a list at the indentation of its key", "reminders:\n  days:\n  - 7\n  enabled: on\n", "reminders.days", []int{1, 2}, "reminders:\n  days:\n  - 1\n  - 2\n  enabled: on\n"},
		{"leaves what it does not know alone", "z: |+\n  # no comment\n\nsmtp:\n  host: a\n", "smtp.host", "b", "z: |+\n  # no comment\n\nsmtp:\n  host: b\n"},
		{"leaves anchors elsewhere alone", "x: &a 1\ny: *a\nsmtp:\n  host: a\n", "smtp.host", "b", "x: &a 1\ny: *a\nsmtp:\n  host: b\n"},
		{"writes an empty text in quotes", "", "smtp.user", "", "smtp:\n  user: \"\"\n"},
		{"writes a mailbox without quotes", "", "mail.from", "Sales <s@example.com>", "mail:\n  from: Sales <s@example.com>\n"},
		{"writes a URL without quotes", "", "odoo.url", "http://localhost:8069", "odoo:\n  url: http://localhost:8069\n"},
		{"quotes a number that is a text", "", "odoo.database", "2024", "odoo:\n  database: \"2024\"\n"},
		{"quotes a date that is a text", "", "odoo.database", "2024-01-01", "odoo:\n  database: \"2024-01-01\"\n"},
		{"quotes a word that may mean true", "", "odoo.user", "yes", "odoo:\n  user: \"yes\"\n"},
		{"quotes a letter that may mean no", "", "odoo.user", "N", "odoo:\n  user: \"N\"\n"},
		{"quotes null", "", "odoo.user", "null", "odoo:\n  user: \"null\"\n"},
		{"quotes what looks like a comment", "", "odoo.password", "a #b", "odoo:\n  password: \"a #b\"\n"},
		{"quotes what looks like a key", "", "odoo.password", "a: b", "odoo:\n  password: \"a: b\"\n"},
		{"quotes a colon at the end", "", "odoo.password", "a:", "odoo:\n  password: \"a:\"\n"},
		{"quotes an alias, an anchor and a tag", "", "odoo.password", "*&!", "odoo:\n  password: \"*&!\"\n"},
		{"quotes blanks around a secret", "", "odoo.password", " a ", "odoo:\n  password: \" a \"\n"},
		{"escapes quotes and backslashes", "", "odoo.password", `a"b\c`, "odoo:\n  password: \"a\\\"b\\\\c\"\n"},
		{"escapes what cannot be seen", "", "odoo.password", "a\u00a0\u200b\U000e0001b", "odoo:\n  password: \"a\\u00a0\\u200b\\U000e0001b\"\n"},
		{"writes other scripts as they are", "", "mail.from", "Zoë 日本 <z@example.com>", "mail:\n  from: \"Zoë 日本 <z@example.com>\"\n"},
		{"writes names of any depth", "a:\n  b:\n    c: 1\n", "a.b.d.e", "x", "a:\n  b:\n    c: 1\n    d:\n      e: x\n"},
		{"quotes names", "", "yes.a: b", true, "\"yes\":\n  \"a: b\": true\n"},
		{"writes mappings in lists", "", "a.b", []map[string]any{{"c": "d, e", "f": 1.5}}, "a:\n  b: [{c: \"d, e\", f: 1.5}]\n"},
		{"writes a text of several lines on one", "", "a", "b\nc", "a: \"b\\u000ac\"\n"},
		{"replaces a list in lines by nothing", "a:\n  - b\nc: d\n", "a", []string{}, "a:\n  []\nc: d\n"},
		{"quotes items where they need it", "a:\n- b\n- c\n", "a", []string{"x: y", "z"}, "a:\n- 'x: y'\n- z\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			after, err := yamledit.Set([]byte(c.before), strings.Split(c.path, "."), node(t, c.value))
			require.NoError(t, err)
			assert.Equal(t, c.after, string(after))
		})
	}
}

func TestSetTakesThePlaceOfAComment(t *testing.T) {
	for _, c := range []struct {
		name, before, path string
		value              any
		after              string
	}{
		{
			"as in the example", "reminders:\n  # On which days.\n  # days: [7, 15, 30]\n  # Late ones.\n  # catch_up_days: 3\n\narchive:\n  # after_days: 30\n",
			"reminders.days",
			[]int{5, 10},
			"reminders:\n  # On which days.\n  days: [5, 10]\n  # Late ones.\n  # catch_up_days: 3\n\narchive:\n  # after_days: 30\n",
		},
		{
			"between settings", "smtp:\n    host: a\n    # port: 587 # or 465\n    user: bob\n", "smtp.port", 465,
			"smtp:\n    host: a\n    port: 465 # or 465\n    user: bob\n",
		},
		{"at the indentation of the settings", "smtp:\n    host: a\n#port: 587\n  # user: x\n", "smtp.user", "bob", "smtp:\n    host: a\n#port: 587\n    user: bob\n"},
		{"without a blank", "smtp:\n  host: a\n  #port: 587\n", "smtp.port", 465, "smtp:\n  host: a\n  port: 465\n"},
		{"with the number sign at the margin", "smtp:\n  host: a\n#  port: 587\n", "smtp.port", 465, "smtp:\n  host: a\n  port: 465\n"},
		{"with Windows' line ends", "smtp:\r\n  # port: 587\r\n  host: a\r\n", "smtp.port", 465, "smtp:\r\n  port: 465\r\n  host: a\r\n"},
		{"of no section", "smtp:\n  host: a\n\n# Where.\n# timezone: \"\"\n\n# state_dir: x\n", "timezone", "Europe/Paris", "smtp:\n  host: a\n\n# Where.\ntimezone: \"Europe/Paris\"\n\n# state_dir: x\n"},
		{"in a file of comments alone", "# Mail.\n#smtp:\n#  host: a\n#  port: 587\n#odoo:\n#  port: 1\n", "smtp.port", 465, "# Mail.\nsmtp:\n#  host: a\n  port: 465\n#odoo:\n#  port: 1\n"},
		{"in a section that is commented out", "odoo:\n  user: x\n# smtp:\n#   host: a\n#   port: 587\ntimezone: UTC\n", "smtp.port", 465, "odoo:\n  user: x\nsmtp:\n#   host: a\n  port: 465\ntimezone: UTC\n"},
		{"as a new setting of a section that is commented out", "odoo:\n  user: x\n# smtp:\n#   host: a\ntimezone: UTC\n", "smtp.port", 465, "odoo:\n  user: x\nsmtp:\n  port: 465\n#   host: a\ntimezone: UTC\n"},
		{"and not that of a section after it", "odoo:\n  user: x\n#smtp:\n#  timeout: 3s\n", "odoo.timeout", "9s", "odoo:\n  user: x\n  timeout: 9s\n#smtp:\n#  timeout: 3s\n"},
		{"and not that of another section", "odoo:\n  # timeout: 1s\nsmtp:\n  host: a\n", "smtp.timeout", "9s", "odoo:\n  # timeout: 1s\nsmtp:\n  host: a\n  timeout: 9s\n"},
		{"a list in lines", "reminders:\n  # days:\n  #   - 7\n  #   - 15\n  enabled: on\n", "reminders.days", []int{3}, "reminders:\n  days:\n    - 3\n  enabled: on\n"},
		{"a list in lines at its own indentation", "reminders:\n  # days:\n  # - 7\n  # - 15\n  # more\n  enabled: on\n", "reminders.days", []int{3, 4}, "reminders:\n  days:\n  - 3\n  - 4\n  # more\n  enabled: on\n"},
		{"a list in brackets over lines", "reminders:\n  # days: [7,\n  #   15]\n  # more\n", "reminders.days", []int{3}, "reminders:\n  days: [3]\n  # more\n"},
		{"a name without a value", "smtp:\n  # host:\n  port: 25\n", "smtp.host", "a", "smtp:\n  host: a\n  port: 25\n"},
		{"the last of several", "smtp:\n  # port: is a number\n  # port: 25\n  host: a\n", "smtp.port", 26, "smtp:\n  # port: is a number\n  port: 26\n  host: a\n"},
		{"not what only looks like one", "a: |\n  # port: 25\nsmtp:\n  b: |\n    # port: 25\n", "smtp.port", 26, "a: |\n  # port: 25\nsmtp:\n  port: 26\n  b: |\n    # port: 25\n"},
		{"not a sentence", "smtp:\n  # Its port: 587.\n  # port, as in 25\n  host: a\n", "smtp.port", 26, "smtp:\n  # Its port: 587.\n  # port, as in 25\n  host: a\n  port: 26\n"},
		{"not one that is set", "smtp:\n  # port: 25\n  port: 26\n", "smtp.port", 27, "smtp:\n  # port: 25\n  port: 27\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			after, err := yamledit.Set([]byte(c.before), strings.Split(c.path, "."), node(t, c.value))
			require.NoError(t, err)
			assert.Equal(t, c.after, string(after))
		})
	}
}

func TestUnset(t *testing.T) {
	for _, c := range []struct{ name, before, path, after string }{
		{"removes the line", "smtp:\n  # x\n  host: a # y\n  port: 25\n", "smtp.host", "smtp:\n  # x\n  port: 25\n"},
		{"removes the last line", "smtp:\n  host: a\n  port: 25", "smtp.port", "smtp:\n  host: a\n"},
		{"leaves the section", "smtp:\n  host: a\n", "smtp.host", "smtp:\n"},
		{"leaves comments in the section", "smtp:\n  # x\n  host: a\n  # y\nodoo:\n", "smtp.host", "smtp:\n  # x\n  # y\nodoo:\n"},
		{
			"removes rules in brackets", "feedback:\n  rules: [{activity_type: Meeting, questionnaire: nps}]\n  low_score: 40\n",
			"feedback.rules", "feedback:\n  low_score: 40\n",
		},
		{"removes a setting of no section", "timezone: Europe/Paris\nsmtp:\n", "timezone", "smtp:\n"},
		{"removes the only setting", "timezone: Europe/Paris\n", "timezone", ""},
		{"removes a list with its lines", "reminders:\n  days:\n    - 7\n    # x\n    - 15\n  enabled: on\n", "reminders.days", "reminders:\n  enabled: on\n"},
		{"removes a list of several lines in brackets", "reminders:\n  days: [7,\n   15]\n  enabled: on\n", "reminders.days", "reminders:\n  enabled: on\n"},
		{"removes a quoted text of several lines", "odoo:\n  user: 'a\n    b'\n  database: c\n", "odoo.user", "odoo:\n  database: c\n"},
		{"removes a key without value", "smtp:\n  host:\n  port: 25\n", "smtp.host", "smtp:\n  port: 25\n"},
		{"keeps the line ends of Windows", "smtp:\r\n  host: a\r\n  port: 25\r\n", "smtp.host", "smtp:\r\n  port: 25\r\n"},
		{"finds nothing in the section", "smtp:\n  host: a\n", "smtp.port", "smtp:\n  host: a\n"},
		{"finds nothing in an empty section", "smtp:\n", "smtp.port", "smtp:\n"},
		{"finds no section", "smtp:\n  host: a\n", "odoo.user", "smtp:\n  host: a\n"},
		{"finds nothing in an empty file", "", "odoo.user", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			after, err := yamledit.Unset([]byte(c.before), strings.Split(c.path, "."))
			require.NoError(t, err)
			assert.Equal(t, c.after, string(after))
		})
	}
}

func TestEditsAreRefused(t *testing.T) {
	const unsure = "the setting cannot be changed without changing something else; edit it by hand"
	for _, c := range []struct {
		name, text, path string
		value            any
		set, unset       string
	}{
		{"YAML that is broken", "smtp: {host: a\n", "smtp.host", "b", "line 1: is not valid YAML: did not find expected ',' or '}'", "the same"},
		{"another encoding", "\xff\xfes\x00", "smtp.host", "b", "is UTF-16 text: save it as UTF-8", "the same"},
		{"several documents", "smtp:\n  host: a\n---\n", "smtp.host", "b", "line 3: holds a second document; only one is allowed", "the same"},
		{"everything in braces", "{smtp: {host: a}}\n", "smtp.host", "b", "line 1: does not have one setting per line; edit it by hand", "the same"},
		{"an addition within braces", "smtp: {port: 25}\n", "smtp.host", "b", "line 1: does not have one setting per line; edit it by hand", "nothing"},
		{"an addition within empty braces", "smtp: {}\n", "smtp.host", "b", "line 1: does not have one setting per line; edit it by hand", "nothing"},
		{"an addition to null", "smtp: ~\n", "smtp.host", "b", "line 1: does not have one setting per line; edit it by hand", "nothing"},
		{"a removal from braces", "smtp: {port: 25}\n", "smtp.port", 26, "fine", "line 1: is not on a line of its own; edit it by hand"},
		{"a key twice", "smtp:\n  host: a\n  host: b\n", "smtp.host", "c", "line 3: is already set in line 2", "the same"},
		{"a section twice", "smtp:\n  host: a\nsmtp:\n  port: 25\n", "smtp.host", "c", "line 3: is already set in line 1", "the same"},
		{"a merge", "x: &a\n  host: a\nsmtp:\n  <<: *a\n", "smtp.host", "b", "line 4: has a key that is not a plain name (merge keys are not supported)", "the same"},
		{"an anchor", "smtp:\n  host: &a b\nx: *a\n", "smtp.host", "c", "line 2: is shared with other settings by an anchor; edit it by hand", "line 2: has an anchor or a tag; edit it by hand"},
		{"an alias", "x: &a b\nsmtp:\n  host: *a\n", "smtp.host", "c", "line 3: is shared with other settings by an anchor; edit it by hand", "fine"},
		{"an anchor at the section", "smtp: &a\n  host: b\nx: *a\n", "smtp.host", "c", "line 1: is shared with other settings by an anchor; edit it by hand", "the same"},
		{"an anchor at the section without the key", "smtp: &a\n  port: 25\nx: *a\n", "smtp.host", "c", "line 1: is shared with other settings by an anchor; edit it by hand", "nothing"},
		{"an anchor at the root", "&a\nsmtp:\n  host: b\n", "smtp.host", "c", "line 1: does not have one setting per line; edit it by hand", "the same"},
		{"a text in several lines", "odoo:\n  user: |-\n    bob\n  database: c\n", "odoo.user", "eve", "line 2: is written over several lines; edit it by hand", "the same"},
		{"a plain text in several lines", "odoo:\n  user: b\n    o b\n", "odoo.user", "eve", "line 2: is written over several lines; edit it by hand", "the same"},
		{"comments within brackets", "reminders:\n  days: [7, # week\n    15]\n", "reminders.days", []int{1}, "line 2: is written over several lines; edit it by hand", "the same"},
		{"comments between items", "reminders:\n  days:\n  - 7\n  # x\n  - 15\n", "reminders.days", []int{1}, "line 3: has comments between its items; edit it by hand", "fine"},
		{
			"rules in lines", "feedback:\n  rules:\n  - activity_type: Meeting\n    questionnaire: nps\n", "feedback.rules", "Call=nps",
			"line 3: is written over several lines; edit it by hand", "line 3: is written over several lines; edit it by hand",
		},
		{"a key after a question mark without value", "smtp:\n  ? host\n  port: 25\n", "smtp.host", "b", "line 2: has no colon after it; edit it by hand", "fine"},
		{"a section after a question mark", "? smtp\n: host: a\n  port: 25\n", "smtp.host", "b", "fine", unsure},
		{"an addition to a section after a question mark", "? smtp\n: port: 25\n", "smtp.host", "b", "fine", "nothing"},
		{"an addition after the document's end", "smtp:\n  port: 25\n...\n", "odoo.user", "b", unsure, "nothing"},
		{"an addition after a text that would grow", "x: |\n  y", "odoo.user", "b", unsure, "nothing"},
		{"a root that is null", "~\n", "odoo.user", "b", unsure, "nothing"},
		{"a list for everything", "- a\n", "a", "b", "line 1: does not have one setting per line; edit it by hand", "the same"},
		{"a value where a mapping is needed", "a: b\n", "a.c", "d", "line 1: does not have one setting per line; edit it by hand", "nothing"},
		{"a tag", "a: !!str b\n", "a", "c", "line 1: has an anchor or a tag; edit it by hand", "the same"},
		{"an anchor further up", "a: &x\n  b:\n    c: 1\nd: *x\n", "a.b.c", "e", "line 1: is shared with other settings by an anchor; edit it by hand", "the same"},
		{"comments between items for a single value", "a:\n- b\n# x\n- c\n", "a", "d", "line 2: has comments between its items; edit it by hand", "fine"},
	} {
		t.Run(c.name, func(t *testing.T) {
			check := func(after []byte, err error, want string) {
				t.Helper()
				switch want {
				case "fine":
					require.NoError(t, err)
					assert.NotEqual(t, c.text, string(after))
				case "nothing":
					require.NoError(t, err)
					assert.Equal(t, c.text, string(after))
				default:
					require.EqualError(t, err, want)
					assert.IsType(t, &yamlfile.Error{}, err)
					assert.Nil(t, after)
				}
			}
			path := strings.Split(c.path, ".")
			after, err := yamledit.Set([]byte(c.text), path, node(t, c.value))
			check(after, err, c.set)
			if c.unset == "the same" {
				c.unset = c.set
			}
			after, err = yamledit.Unset([]byte(c.text), path)
			check(after, err, c.unset)
		})
	}
	t.Run("a path without a name", func(t *testing.T) {
		_, err := yamledit.Set([]byte("a: b\n"), nil, node(t, "c"))
		require.EqualError(t, err, "the path has no name")
	})
}

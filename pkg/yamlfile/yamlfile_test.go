package yamlfile_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/yamlfile"
)

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"another encoding", "a: \xff", "line 1: is not UTF-8 text: save the file as UTF-8, not as Latin-1 or Windows-1252"},
		{"a broken line", "a: b\nc: [", "line 2: is not valid YAML: did not find expected node content"},
		{"a line that begins too far to the left", "a:\n    b: c\n  d: e\nf: g\n", "line 3: is not valid YAML: its indentation is wrong, or a quote or bracket is not closed"},
		{"a quote that is not closed", "a: b\nc: \"d\ne: f\ng: \"h\"\n", "line 2: is not valid YAML: its indentation is wrong, or a quote or bracket is not closed"},
		{"a bracket that is not closed", "a: b\nc: {d: e\nf: g\nh: i\n", "line 2: is not valid YAML: did not find expected ',' or '}'"},
		{"a text that begins with a sign", "a: b\nc: @d\n", "line 2: is not valid YAML: put a text that begins with @, ` or % in quotes"},
		{"a tab before a name", "a:\n\tb: c\n", "line 2: begins with a tab: YAML wants spaces"},
		{"a tab after other lines", "a:\n  b: c\n\td: e\nf: g\n", "line 3: begins with a tab: YAML wants spaces"},
		{"a tab after spaces", "a:\r\n  b: c\r\n  \td: e\r\n", "line 3: begins with a tab: YAML wants spaces"},
		{"a tab before an item", "a:\n  - b\n\t- c\n", "line 3: begins with a tab: YAML wants spaces"},
		{"a tab after an item's hyphen", "-\ta: b\n  c: d\n", "line 1: begins with a tab: YAML wants spaces"},
		{"a tab and nothing else", "a: b\n\t\nc: d\n", "line 2: begins with a tab: YAML wants spaces"},
		{"spaces from a web page", "a:\n  b: c\n\u00a0\u00a0d: e: f\n", "line 3: begins with a no-break or wide space: YAML wants plain ones"},
		{"UTF-16", "\xff\xfea\x00:\x00\n\x00", "is UTF-16 text: save it as UTF-8"},
		{"UTF-16 without a mark", "a\x00:\x00 \x00b\x00\n\x00", "is UTF-16 text: save it as UTF-8"},
		{"a NUL byte", "a: b\nc: \x00\n", "line 2: has a NUL byte: the file is damaged, or is no text"},
		{"a control character", "a: b\r\nc: d\x1b[2J\r\n", "line 2: has a control character; delete it"},
		{"a second document", "a: b\n---\nc: d", "line 2: holds a second document; only one is allowed"},
		{"a broken second document", "a: b\n---\nc: d: e", "line 3: is not valid YAML: its indentation is wrong, or a text with a colon needs quotes"},
		{"a password that looks like an alias", "a: *hunter2", "line 1: is not valid YAML: put a text that begins with * in quotes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, err := yamlfile.Parse([]byte(c.text))
			require.EqualError(t, err, c.want)
			assert.IsType(t, &yamlfile.Error{}, err)
			assert.Nil(t, root)
		})
	}
}

func TestAFileMayHoldNothing(t *testing.T) {
	for _, text := range []string{"", "\n", "# a comment\n", "\ufeff"} {
		root, err := yamlfile.Parse([]byte(text))
		require.NoError(t, err)
		assert.Nil(t, root, "%q", text)
	}
}

func parse(t *testing.T, text string) *yaml.Node {
	t.Helper()
	root, err := yamlfile.Parse([]byte(text))
	require.NoError(t, err)
	return root
}

func TestFields(t *testing.T) {
	type field struct {
		name    string
		line    int
		problem string
	}
	const notAName = "has a key that is not a plain name (merge keys are not supported)"
	var got []field
	for _, f := range yamlfile.Fields(parse(t, "a: &a {x: y}\n'b': 1\na: 2\n<<: *a\n? [c]\n: 3\n1: 4\n")) {
		got = append(got, field{f.Name, f.Key.Line, f.Problem})
	}
	assert.Equal(t, []field{
		{"a", 1, ""}, {"b", 2, ""}, {"a", 3, "is already set in line 1"}, {"", 4, notAName}, {"", 5, notAName}, {"1", 7, ""},
	}, got)
	assert.Empty(t, yamlfile.Fields(parse(t, "[a, b]")))
	assert.Empty(t, yamlfile.Fields(nil))
}

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"0123": "0123", "yes": "yes", "2026-11-29": "2026-11-29", "'a'": "a", "~": "", "null": "", "'null'": "null", "&a b": "b",
	} {
		got, err := yamlfile.Text(parse(t, text))
		require.NoError(t, err)
		assert.Equal(t, want, got, text)
	}
	for text, want := range map[string]string{
		"[a]":     "must be one value; put a text with : or # or that begins with [ or { in quotes",
		"{a: b}":  "must be one value; put a text with : or # or that begins with [ or { in quotes",
		"!secret": "has a YAML tag; put a text that begins with ! in quotes",
		"!!str 7": "has a YAML tag; put a text that begins with ! in quotes",
	} {
		_, err := yamlfile.Text(parse(t, text))
		require.EqualError(t, err, want, text)
	}
	_, err := yamlfile.Text(parse(t, "[&a b, *a]").Content[1])
	require.EqualError(t, err, "is a YAML alias; write it out, and put a text that begins with * in quotes")
}

package configfile_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/configfile"
	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

// meaning is what a text means to a program that knows nothing of ours: every
// scalar by its path. It is another way to the same end than that of the code.
func meaning(t *testing.T, text []byte) map[string]string {
	t.Helper()
	var all any
	require.NoError(t, yaml.Unmarshal(text, &all))
	flat := map[string]string{}
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for name, below := range v {
				walk(path+"\x00"+name, below)
			}
		case map[any]any:
			for name, below := range v {
				text, ok := name.(string)
				if !ok {
					encoded, err := yaml.Marshal(name)
					require.NoError(t, err)
					text = string(encoded)
				}
				walk(path+"\x00"+text, below)
			}
		case []any:
			for _, below := range v {
				flat[path+"\x00[]"] += "."
				walk(path+"\x00"+flat[path+"\x00[]"], below)
			}
		case nil:
		default:
			encoded, err := yaml.Marshal(v)
			require.NoError(t, err)
			flat[path] = string(encoded)
		}
	}
	walk("", all)
	return flat
}

// without removes a key with all that is below it.
func without(flat map[string]string, key string) map[string]string {
	path := "\x00" + strings.ReplaceAll(key, ".", "\x00")
	rest := maps.Clone(flat)
	maps.DeleteFunc(rest, func(p, _ string) bool { return p == path || strings.HasPrefix(p, path+"\x00") })
	return rest
}

// comments are the lines that hold nothing but a comment.
func comments(text []byte) []string {
	var lines []string
	for _, line := range regexp.MustCompile("\r\n|[\n\r\u0085\u2028\u2029]").Split(string(text), -1) {
		if trimmed := strings.Trim(line, " \t\ufeff"); strings.HasPrefix(trimmed, "#") {
			lines = append(lines, trimmed)
		}
	}
	return lines
}

func FuzzSet(f *testing.F) {
	keys := config.Keys()
	texts := []string{
		commented, "", "smtp: {host: a, port: 25}\n", "smtp:\r\n  host: 'a' # x\r\n", "\ufeffsmtp:\n  host: \"a\\\"\"\n",
		"reminders:\n  days:\n  - 7\n  - 15 # x\n", "reminders:\n  days: [7,\n  15]\n", "smtp: &a\n  host: b\nx: *a\n",
		"? smtp\n: ? host\n  : a\n", "smtp:\n  host: |\n    a\n", "a: b\n---\nc: d\n", "smtp:\n  host:\n  # x\n", "x: |+\n  a\n\n# b\n",
		"  odoo:\n    user: a\n", "timezone: a\u2028# b\n", "---\n...\n", "x: .nan\n? [a]\n: {b: c}\n", "smtp:\n  port: 1\n  port: 2\n",
	}
	for i, text := range texts {
		for _, key := range []string{"smtp.host", "smtp.port", "odoo.password", "reminders.days", "timezone"} {
			index := slices.IndexFunc(keys, func(k config.Key) bool { return k.Name == key })
			for _, value := range []string{"7", "a: #b", "Europe/Paris"} {
				f.Add([]byte(text), uint8(index), value, i%2 == 0)
			}
		}
	}
	path := filepath.Join(f.TempDir(), "config.yaml")
	f.Fuzz(func(t *testing.T, before []byte, index uint8, value string, isSet bool) {
		key := keys[int(index)%len(keys)].Name
		canonical, err := config.ParseValue(key, value)
		if err != nil {
			return
		}
		require.NoError(t, os.WriteFile(path, before, 0o600))
		found := true
		if isSet {
			err = configfile.Set(path, key, value)
		} else {
			found, err = configfile.Unset(path, key)
		}
		after, readErr := os.ReadFile(path)
		require.NoError(t, readErr)
		if err != nil || !found {
			require.Equal(t, before, after, "what is refused changes nothing")
			return
		}
		s := config.Load(config.Options{Path: path, Files: hostfile.Files{}})
		v, err := s.Value(key)
		require.NoError(t, err)
		if isSet && canonical != "" {
			require.True(t, v.Is(canonical), "%s is read back as %q", key, v)
		} else {
			require.Equal(t, config.FromDefault, v.Source.Layer)
		}
		var duplicates any
		if yaml.Unmarshal(before, &duplicates) != nil {
			return // The other way to read it cannot tell what it meant.
		}
		require.Equal(t, without(meaning(t, before), key), without(meaning(t, after), key), "nothing else changed")
		if isSet {
			require.Equal(t, comments(before), comments(after), "all comments are there")
		}
		if isSet && bytes.Contains(before, []byte("\r\n")) && !bytes.Contains(bytes.ReplaceAll(before, []byte("\r\n"), nil), []byte("\n")) {
			require.NotContains(t, string(bytes.ReplaceAll(after, []byte("\r\n"), nil)), "\n", "line ends stay")
		}
	})
}

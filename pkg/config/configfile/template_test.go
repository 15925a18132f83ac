package configfile_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/configfile"
	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

// load reads a file that has no problem.
func load(t *testing.T, path string) *config.Settings {
	t.Helper()
	s := config.Load(config.Options{Path: path, Files: hostfile.Files{}})
	_, err := s.Config(0)
	require.NoError(t, err)
	return s
}

func TestTemplate(t *testing.T) {
	empty, err := configfile.Template(nil)
	require.NoError(t, err)

	t.Run("sets nothing by itself", func(t *testing.T) {
		s := load(t, fileOf(t, empty))
		for _, v := range s.List() {
			assert.Equal(t, config.FromDefault, v.Source.Layer, v.Key.Name)
		}
	})
	t.Run("shows every setting with its default", func(t *testing.T) {
		all := regexp.MustCompile(`(?m)^( *)# ([a-z_]+: ("".*|[^ ]+|\[.*\]))$`).ReplaceAllString(empty, "$1$2")
		assert.NotContains(t, all, "# timeout")
		s := load(t, fileOf(t, all))
		for _, v := range s.List() {
			if v.Key.Default != "" {
				assert.Equal(t, config.FromFile, v.Source.Layer, v.Key.Name)
				assert.Equal(t, v.Key.Default, v.String())
			}
			assert.Contains(t, all, "\n"+strings.Repeat(" ", 2*strings.Count(v.Key.Name, "."))+v.Key.Leaf()+": ")
		}
	})
	t.Run("has lines for a terminal", func(t *testing.T) {
		modeline, rest, _ := strings.Cut(empty, "\n")
		assert.Equal(t, "# yaml-language-server: $schema="+config.SchemaURL, modeline)
		for line := range strings.Lines(rest) {
			assert.LessOrEqual(t, len(line), 80)
			assert.Equal(t, strings.TrimRight(line, " \n")+"\n", line)
		}
	})
	t.Run("sets what is given", func(t *testing.T) {
		text, err := configfile.Template(map[string]string{"odoo.user": "yes", "reminders.days": "30, 7", "timezone": "Europe/Paris"})
		require.NoError(t, err)
		load(t, fileOf(t, text))
		assert.Contains(t, text, "\n  # The login of the user that crm-tool works as.\n  user: \"yes\"\n")
		assert.Contains(t, text, "\n  days: [7, 30]\n")
		assert.Contains(t, text, "\ntimezone: Europe/Paris\n")
		assert.Contains(t, text, "\n  # timeout: 30s\n")
	})
	t.Run("can be edited", func(t *testing.T) {
		path := fileOf(t, empty)
		for _, k := range config.Keys() {
			value := k.Default
			if value == "" {
				continue
			}
			require.NoError(t, configfile.Set(path, k.Name, value))
		}
		assert.Equal(t, strings.Count(empty, "\n"), strings.Count(textOf(t, path), "\n"), "each in the place of its default")
		s := load(t, path)
		for _, k := range config.Keys() {
			if k.Default != "" {
				v, err := s.Value(k.Name)
				require.NoError(t, err)
				assert.Equal(t, config.FromFile, v.Source.Layer, k.Name)
			}
		}
	})
	t.Run("refuses what is wrong", func(t *testing.T) {
		_, err := configfile.Template(map[string]string{"smtp.port": "x"})
		require.EqualError(t, err, `smtp.port = "x": is not a whole number`)
		_, err = configfile.Template(map[string]string{"smtp.prot": "25"})
		require.EqualError(t, err, "smtp.prot: unknown setting; did you mean smtp.port?")
	})
}

package cli

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
)

func TestCompletion(t *testing.T) {
	t.Parallel()
	const nothing, files, folders = ":4", ":0", ":16"
	for name, c := range map[string]struct {
		typed string
		// want are the lines of the answer, without descriptions; the last one
		// says what else the shell may offer.
		want []string
	}{
		"knows the values of a flag":                  {"remind --output=", []string{"table", "json", "ndjson", "csv", nothing}},
		"knows the values of a flag of all commands":  {"archive --log-format ", []string{"text", "json", nothing}},
		"knows what can become of a mail":             {"remind settle --as ", []string{"sent", "unsent", nothing}},
		"knows the shells":                            {"completion ", []string{"bash", "zsh", "fish", "powershell", nothing}},
		"knows the words of a setting":                {"config set smtp.tls ", []string{"starttls", "implicit", "none", nothing}},
		"knows the words of a switch":                 {"config set reminders ", []string{"on", "off", nothing}},
		"knows no value of a setting to be read":      {"config get smtp.tls ", []string{nothing}},
		"knows no third argument":                     {"config set smtp.tls none ", []string{nothing}},
		"offers files for a setting that names one":   {"config set odoo.ca_file ", []string{files}},
		"offers files for the configuration":          {"remind --config ", []string{files}},
		"offers folders for saved mails":              {"remind --save-mails ", []string{folders}},
		"offers no files where none belong":           {"version ", []string{nothing}},
		"does not guess opportunities":                {"remind --opportunity ", []string{nothing}},
		"does not guess opportunities to be decided":  {"remind settle ", []string{nothing}},
		"does not guess days":                         {"remind --as-of ", []string{nothing}},
		"knows what there is to be told about":        {"help remind ", []string{"report", "settle", nothing}},
		"knows no more when everything has been said": {"help remind settle ", []string{nothing}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, completions(t, c.typed))
		})
	}
	assert.Contains(t, completions(t, "config set "), "reminders.days")
	assert.Contains(t, completions(t, "config unset "), "reminders.days")
	assert.Contains(t, completions(t, "config get "), "reminders.days")
	assert.Contains(t, completions(t, "help "), "exit-codes")
}

func TestAShellShowsWhatAFlagDoes(t *testing.T) {
	t.Parallel()
	_, stdout, _ := runTool(t, "__complete", "remind", "--lim")
	assert.Equal(t, "--limit\tat most N records this run\n:4\n", stdout)
}

// completions returns what a shell is answered about what was typed, up to the
// last blank or equals sign.
func completions(t *testing.T, typed string) []string {
	t.Helper()
	status, stdout, _ := runTool(t, append([]string{"__complete"}, strings.Split(typed, " ")...)...)
	require.Equal(t, 0, status)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	for i, line := range lines {
		lines[i], _, _ = strings.Cut(line, "\t")
	}
	return lines
}

func TestEveryShellGetsItsScript(t *testing.T) {
	t.Parallel()
	for shell, sign := range map[string]string{
		"bash": "complete -o default -F __start_crm-tool crm-tool", "zsh": "#compdef crm-tool", "fish": "complete -c crm-tool",
		"powershell": "Register-ArgumentCompleter",
	} {
		status, stdout, stderr := runTool(t, "completion", shell)
		assert.Equal(t, []any{0, ""}, []any{status, stderr}, shell)
		assert.Contains(t, stdout, sign, shell)
	}
	_, err := command.Completion(Tree(), "tcsh")
	require.EqualError(t, err, `there is no completion for "tcsh"`)
}

package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
)

func TestAWrongCommandLineNamesTheLikeliestMeaning(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, want string }{
		{"remid", `crm-tool has no command "remid"; did you mean remind?`},
		{"config sett x", `crm-tool config has no command "sett"; did you mean set?`},
		{"remind --dry-rum", `unknown flag: --dry-rum; did you mean --dry-run?`},
		{"remind now", `crm-tool remind has no command "now"; see crm-tool remind --help`},
		{"remind -o xml", `invalid argument "xml" for "-o, --output" flag: choose one of table, json, ndjson, csv`},
		{"remind --limit -3", `--limit -3: give a number above 0`},
		{"remind --opportunity chairs", `"chairs" is not the id of an opportunity: give its number in Odoo`},
		{"remind --shard 4/4", `--shard "4/4": write I/N with 0 <= I < N, as in 0/4`},
		{"remind --as-of tomorrow", `--as-of: date "tomorrow" is not written as YYYY-MM-DD`},
		{"remind settle 42", `say whether the mail was sent: --as sent or --as unsent`},
		{"remind settle --as sent", `name the opportunities, or give --all for every uncertain mail`},
		{"config set odoo.pasword x", `odoo.pasword: unknown setting; did you mean odoo.password?`},
		{"config set odoo.password secret", `odoo.password is a secret: give it on standard input, not on the command line`},
		{"archive undo", `crm-tool archive undo takes 1 argument, not 0; write: crm-tool archive undo RUN [flags]`},
		{"remind -o tabel", `invalid argument "tabel" for "-o, --output" flag: choose one of table, json, ndjson, csv; did you mean table?`},
		{"config set smtp.tls startls", `smtp.tls = "startls": must be one of starttls, implicit, none; did you mean starttls?`},
		{"config set", `crm-tool config set takes 1 to 2 arguments, not 0; write: crm-tool config set KEY VALUE [flags]`},
		{"help remid", `crm-tool has no command "remid"; did you mean remind?`},
		{"help config lst", `crm-tool config has no command "lst"; did you mean list?`},
		{"completion bsh", `there is no completion for "bsh": choose one of bash, zsh, fish, powershell; did you mean bash?`},
		{"version now", `crm-tool version takes no arguments, not 1; write: crm-tool version [flags]`},
	} {
		status, _, stderr := runTool(t, strings.Fields(c.args)...)
		assert.Equal(t, 64, status, c.args)
		assert.Equal(t, "crm-tool: "+c.want+"\n", stderr, c.args)
	}
}

func TestTheFlagForTheVersionPrintsWhatTheCommandPrints(t *testing.T) {
	t.Parallel()
	_, want, _ := runTool(t, "version")
	status, got, stderr := runTool(t, "--version")
	assert.Equal(t, 0, status)
	assert.Equal(t, want, got)
	assert.Empty(t, stderr)
	status, _, _ = runTool(t, "remind", "--version")
	assert.Equal(t, 64, status, "it is the program's")
}

func TestEveryCommandRefusesArgumentsThatItDoesNotTake(t *testing.T) {
	t.Parallel()
	for _, cmd := range commands(Tree()) {
		if cmd.IsAdditionalHelpTopicCommand() {
			continue
		}
		args := append(strings.Fields(cmd.CommandPath())[1:], strings.Fields("? ? ? ? ? ? ? ? ?")...)
		status, _, stderr := runTool(t, args...)
		assert.Equal(t, 64, status, "%s: %s", cmd.CommandPath(), stderr)
	}
}

// commands returns a command with all below it that are not hidden.
func commands(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			all = append(all, commands(c)...)
		}
	}
	return all
}

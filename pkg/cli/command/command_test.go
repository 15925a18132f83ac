package command_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
)

// garden is a small tree of commands.
func garden() *cobra.Command {
	height := "low"
	mow := &cobra.Command{
		Use: "mow LAWN", Short: "Cut the grass", Long: "Cut the grass of a lawn\nin one go.", Example: "  garden mow front",
		Args: command.Exactly(1), RunE: func(*cobra.Command, []string) error { return errors.New("it rains") },
	}
	mow.Flags().Var(command.NewChoice(&height, "low", "high"), "height", "how long it stays")
	mow.Flags().String("plan", "", "draw it into `FILE`")
	mow.Flags().String("hay", "", "put it into `DIR`")
	root := command.Group("garden", mow)
	root.Short, root.Example = "Look after a garden", "  garden mow front"
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(command.FlagError)
	return root
}

// run runs a command line and returns what it prints.
func run(line string) (string, error) {
	root := garden()
	args := strings.Split(line, " ")
	command.Finish(root, args[0] == cobra.ShellCompRequestCmd)
	var out strings.Builder
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(io.Discard)
	err := root.Execute()
	return out.String(), err
}

func TestWrongUseIsExplained(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"mwo":                    `garden has no command "mwo"; did you mean mow?`,
		"water":                  `garden has no command "water"; see garden --help`,
		"mow":                    "garden mow takes 1 argument, not 0; write: garden mow LAWN [flags]",
		"mow --heigth high":      "unknown flag: --heigth; did you mean --height?",
		"mow --fast":             "unknown flag: --fast; see garden mow --help",
		"mow --height hihg back": `invalid argument "hihg" for "--height" flag: choose one of low, high; did you mean high?`,
	} {
		_, err := run(line)
		require.EqualError(t, err, want)
		assert.Equal(t, exit.Usage, exit.Code(err), line)
	}
	_, err := run("mow front")
	require.EqualError(t, err, "it rains")
}

func TestEachCountOfArgumentsHasItsWords(t *testing.T) {
	t.Parallel()
	for want, check := range map[string]cobra.PositionalArgs{
		"no arguments": command.Exactly(0), "1 argument": command.Between(0, 1), "2 arguments": command.Exactly(2), "1 to 2 arguments": command.Between(1, 2),
	} {
		require.ErrorContains(t, check(garden(), []string{"a", "b", "c"}), "garden takes "+want+", not 3; write: garden")
	}
}

func TestShellsCompleteWhatFlagsTake(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"mow --height ": "low\nhigh\n:4\n", "mow --plan ": ":0\n", "mow --hay ": ":16\n", "mow ": ":4\n",
		"mow --pl": "--plan\tdraw it into FILE\n:4\n",
	} {
		out, err := run(cobra.ShellCompRequestCmd + " " + typed)
		require.NoError(t, err)
		assert.Equal(t, want, out, typed)
	}
}

func TestHelpShowsEveryPart(t *testing.T) {
	t.Parallel()
	mow, _, err := garden().Find([]string{"mow"})
	require.NoError(t, err)
	assert.Equal(t, `Cut the grass of a lawn in one go.

Usage:
  garden mow LAWN [flags]

Examples:
  garden mow front

Flags:
      --hay DIR           put it into DIR
      --height low|high   how long it stays (default low)
      --plan FILE         draw it into FILE
`, command.Help(mow, 0))
	assert.Equal(t, `Look after a garden.

Usage:
  garden COMMAND

Examples:
  garden mow front

Commands:
  mow  Cut the grass

More about a command: garden COMMAND --help
`, command.Help(garden(), 80))
}

func TestThereIsACompletionForEachShell(t *testing.T) {
	t.Parallel()
	for _, shell := range command.Shells() {
		script, err := command.Completion(garden(), shell)
		require.NoError(t, err)
		assert.Contains(t, string(script), "garden", shell)
	}
	_, err := command.Completion(garden(), "tcsh")
	require.EqualError(t, err, `there is no completion for "tcsh"`)
}

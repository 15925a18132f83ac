package cli

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/cli/interview"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
)

func TestHelpIsPrintedWithoutConfiguration(t *testing.T) {
	t.Parallel()
	status, stdout, _ := runTool(t, "help", "exit-codes")
	assert.Equal(t, 0, status)
	assert.Contains(t, stdout, "78  no ")
	status, stdout, _ = runTool(t)
	assert.Equal(t, 0, status)
	assert.Contains(t, stdout, "\nRuns:\n")
}

func TestTopicsArePrinted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line string
		want []string
	}{
		{"help environment", []string{"CRM_TOOL_SMTP_PORT"}},
		{"environment --help", []string{"CRM_TOOL_SMTP_PORT"}},
		{"help configuration", []string{"  smtp.port              whole number, 1 to 65535; default 587\n"}},
		{"help templates", []string{"\nUsage:\n  crm-tool templates COMMAND\n", "  .Client.Name "}},
		{"--help", []string{"\nHelp topics:\n  configuration  Where settings come from"}},
	} {
		status, stdout, _ := runTool(t, strings.Fields(c.line)...)
		assert.Equal(t, 0, status, c.line)
		for _, want := range c.want {
			assert.Contains(t, stdout, want, c.line)
		}
	}
	_, stdout, _ := runTool(t, "templates", "--help")
	assert.NotContains(t, stdout, ".Client.Name")
}

func TestEveryCommandIsDescribedWithAnExample(t *testing.T) {
	t.Parallel()
	for _, cmd := range commands(Tree()) {
		path := cmd.CommandPath()
		assert.NotEmpty(t, cmd.Short, path)
		assert.LessOrEqual(t, len(cmd.Short), 75, path)
		assert.False(t, strings.HasSuffix(cmd.Short, "."), path)
		if cmd.IsAdditionalHelpTopicCommand() {
			continue
		}
		if cmd.HasParent() && !cmd.Parent().HasParent() {
			assert.NotEmpty(t, cmd.GroupID, "%s belongs into a section of the help", path)
		}
		assert.NotEmpty(t, cmd.Example, path)
		for line := range strings.SplitSeq(cmd.Example, "\n") {
			assert.True(t, strings.HasPrefix(line, "  "), "%s: %q", path, line)
		}
	}
}

func TestEveryHelpTextBelongsToACommand(t *testing.T) {
	t.Parallel()
	var want []string
	for _, cmd := range commands(Tree()) {
		if !cmd.IsAdditionalHelpTopicCommand() {
			want = append(want, helpFile(cmd))
		}
	}
	files, err := fs.Glob(helpTexts, "help/*")
	require.NoError(t, err)
	assert.ElementsMatch(t, want, files)
}

func TestHelpNamesWhatTheCodeNames(t *testing.T) {
	t.Parallel()
	long := map[string]string{}
	for _, cmd := range Tree().Commands() {
		long[cmd.Name()] = cmd.Long
	}
	assert.Contains(t, long["completion"], "one of "+strings.Join(command.Shells(), ", ")+".")
	assert.Contains(t, long["init"], interview.OdooSecretFile+" and "+interview.SMTPSecretFile)
}

func TestHelpFitsTheTerminal(t *testing.T) {
	t.Parallel()
	const width = 100
	for _, cmd := range commands(newRoot(&job.Host{Console: console.New(Env{Width: width})})) {
		for line := range strings.SplitSeq(helpText(cmd, width), "\n") {
			assert.LessOrEqual(t, utf8.RuneCountInString(line), width, "%s: %s", cmd.CommandPath(), line)
		}
	}
}

func TestAHelpTextThatCannotBeWrittenFails(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"", "remind --help", "help remind", "help templates", "help environment"} {
		status := Main(Env{Args: strings.Fields(args), Stdout: brokenPipe{}, Stderr: &strings.Builder{}, Abort: func(int) {}})
		assert.Equal(t, 74, status, args)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

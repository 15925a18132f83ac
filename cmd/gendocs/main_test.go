package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// small is a tree of commands with a little of everything.
func small() *cobra.Command {
	nothing := func(*cobra.Command, []string) {}
	mow := &cobra.Command{
		Use: "mow LAWN", Short: "Cut the grass", GroupID: "work", Run: nothing,
		Long:    "Cut the grass to `height`,\nwhere x < y * 2.\n\n  - once\n  - twice",
		Example: "  garden mow front              this one\n  garden mow back | tee -a log",
	}
	mow.Flags().StringP("height", "e", "", "how `CM` high it stays, a|b")
	mow.Flags().Bool("rain", false, "also then")
	mow.Flags().Bool("secret", false, "nobody sees this")
	_ = mow.Flags().MarkHidden("secret")
	edge := &cobra.Command{Use: "edge", Short: "Cut the edges", Run: nothing}
	mow.AddCommand(edge)
	root := &cobra.Command{Use: "garden", Short: "Look after the garden"}
	root.AddGroup(&cobra.Group{ID: "work", Title: "Work:"})
	root.AddCommand(mow, &cobra.Command{Use: "weather", Short: "A topic", Long: "..."}, &cobra.Command{Use: "ghost", Hidden: true, Run: nothing})
	root.PersistentFlags().Bool("loud", false, "make noise")
	for _, cmd := range []*cobra.Command{root, mow, edge} {
		cmd.InitDefaultHelpFlag()
	}
	return root
}

// pageOf returns a page of a command.
func pageOf(t *testing.T, form string, cmd *cobra.Command) string {
	t.Helper()
	all, err := pages()
	require.NoError(t, err)
	text, err := page(all, form, cmd)
	require.NoError(t, err)
	return string(text)
}

func TestEachDescribedCommandHasAPage(t *testing.T) {
	t.Parallel()
	var names []string
	for _, cmd := range described(small()) {
		names = append(names, pageName(cmd))
	}
	assert.Equal(t, []string{"garden", "garden-mow", "garden-mow-edge"}, names)
}

func TestThePageOfACommand(t *testing.T) {
	t.Parallel()
	mow, _, err := small().Find([]string{"mow"})
	require.NoError(t, err)
	want := strings.ReplaceAll(`<!-- Made from the command itself by go generate ./... -->

# garden mow

Cut the grass to ~height~, where x &lt; y \* 2.

~~~
  - once
  - twice
~~~

## Usage

~~~
garden mow LAWN [flags]
garden mow COMMAND
~~~

## Examples

~~~sh
garden mow front              # this one
garden mow back | tee -a log
~~~

## Commands

| command | does |
| --- | --- |
| [garden mow edge](garden-mow-edge.md) | Cut the edges |

## Flags

| flag | meaning |
| --- | --- |
| ~-e, --height CM~ | how CM high it stays, a\|b |
| ~-h, --help~ | help for mow |
| ~--rain~ | also then |

It also has the [flags of every command](garden.md#flags-of-every-command).
`, "~", "`")
	assert.Equal(t, want, pageOf(t, markdown, mow))
}

func TestTheManualPageOfACommand(t *testing.T) {
	t.Parallel()
	edge, _, err := small().Find([]string{"mow", "edge"})
	require.NoError(t, err)
	mow := edge.Parent()
	assert.Equal(t, `.\" Made from the command itself by go generate ./...
.TH GARDEN\-MOW 1 "" crm-tool "Manual of crm-tool"
.SH NAME
garden\-mow \- Cut the grass
.SH SYNOPSIS
\fBgarden mow\fR LAWN [flags]
.br
\fBgarden mow\fR COMMAND
.SH DESCRIPTION
.PP
Cut the grass to \fBheight\fR, where x < y * 2.
.PP
.RS 4
.nf
  \- once
  \- twice
.fi
.RE
.SH COMMANDS
.TP
.BR garden\-mow\-edge (1)
Cut the edges.
.SH OPTIONS
.TP
\fB\-e\fR, \fB\-\-height\fR \fICM\fR
how CM high it stays, a|b
.TP
\fB\-h\fR, \fB\-\-help\fR
help for mow
.TP
\fB\-\-rain\fR
also then
.SH EXAMPLES
.PP
.RS 4
.nf
garden mow front              # this one
garden mow back | tee \-a log
.fi
.RE
.SH SEE ALSO
.BR garden (1),
for the options of every command and the exit status
`, pageOf(t, manual, mow))
	assert.Contains(t, pageOf(t, manual, edge), ".SH SEE ALSO\n.BR garden\\-mow (1),\n.BR garden (1),\n")
}

func TestTheFirstPageHasWhatAllCommandsShare(t *testing.T) {
	t.Parallel()
	page, man := pageOf(t, markdown, small()), pageOf(t, manual, small())
	assert.Contains(t, page, "\n## Commands\n\n### Work\n\n| command | does |\n| --- | --- |\n"+
		"| [garden mow](garden-mow.md) | Cut the grass |\n| [garden mow edge](garden-mow-edge.md) | Cut the edges |\n")
	assert.Contains(t, page, "## Flags of every command\n\n| flag | meaning |\n| --- | --- |\n| `--loud` | make noise |\n")
	assert.Contains(t, page, "| 64 | wrong use of the command line | no |\n")
	assert.Contains(t, man, ".SH WORK\n.TP\n.BR garden\\-mow (1)\nCut the grass.\n")
	assert.Contains(t, man, ".TP\n\\fB64\\fR\nWrong use of the command line. No mail has left.\n")
}

func TestALineThatBeginsLikeARequestIsText(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `\&.ssh`, roff(".ssh"))
	assert.Equal(t, `\&'tis`, roff("'tis"))
	assert.Equal(t, `a\eb`, roff(`a\b`))
}

func TestFilesAreBroughtUpToDate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var stderr bytes.Buffer
	require.Equal(t, 1, run([]string{"-check", dir}, &stderr))
	assert.Contains(t, stderr.String(), "run: go generate ./...\n  cli/crm-tool-archive-settle.md\n")
	assert.NoDirExists(t, filepath.Join(dir, "cli"), "nothing is written")

	stderr.Reset()
	require.Equal(t, 0, run([]string{dir}, &stderr), stderr.String())
	require.Equal(t, 0, run([]string{"-check", dir}, &stderr), stderr.String())

	require.NoError(t, os.WriteFile(filepath.Join(dir, "man/crm-tool-gone.1"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "cli/crm-tool.md"), nil, 0o600))
	require.NoError(t, os.Remove(filepath.Join(dir, "completion/_crm-tool")))
	require.Equal(t, 1, run([]string{"-check", dir}, &stderr))
	assert.True(t, strings.HasSuffix(stderr.String(), "./...\n  cli/crm-tool.md\n  completion/_crm-tool\n  man/crm-tool-gone.1\n"), stderr.String())
	require.Equal(t, 0, run([]string{dir}, &stderr))
	require.Equal(t, 0, run([]string{"-check", dir}, &stderr))
	assert.Equal(t, 2, run(nil, &stderr))
}

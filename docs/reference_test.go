package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli"
)

func TestTheReferenceSaysWhatTheCommandsSay(t *testing.T) {
	// The program that is asked below reads these files and the commands, too;
	// only what is read here makes a test run again when it has changed.
	for _, folder := range []string{"cli", "man", "completion"} {
		files, err := filepath.Glob(folder + "/*")
		require.NoError(t, err)
		for _, file := range files {
			_, err := os.ReadFile(file)
			require.NoError(t, err)
		}
	}
	page, err := os.ReadFile("cli/crm-tool.md")
	require.NoError(t, err)
	for _, cmd := range cli.Tree().Commands() {
		if cmd.Runnable() && !cmd.Hidden {
			assert.Contains(t, string(page), "("+strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".md)")
		}
	}
	output, err := exec.CommandContext(t.Context(), "go", "run", "../cmd/gendocs", "-check", ".").CombinedOutput()
	assert.NoError(t, err, "%s", output)
}

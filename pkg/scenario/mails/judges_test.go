//go:build mails

package mails_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/scenario/mails"
)

// judges is the folder with what .ci/mails fetched.
func judges(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("CRM_TOOL_TEST_JUDGES")
	require.NotEmpty(t, folder, "run make test-mails")
	return folder
}

// run runs a program and returns what it prints.
func run(t *testing.T, input, name string, args ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Stdin = strings.NewReader(input)
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	require.NoError(t, err, "%s: %s", name, said.String())
	return out
}

// save writes a file of each mail and returns their paths.
func save(t *testing.T, list []mails.Mail, extension string, content func(mails.Mail) string) []string {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for _, m := range list {
		path := filepath.Join(dir, m.Name()+extension)
		require.NoError(t, os.WriteFile(path, []byte(content(m)), 0o600))
		paths = append(paths, path)
	}
	return paths
}

func TestPythonReadsMailsAsGoDoes(t *testing.T) {
	t.Parallel()
	list := all(t)
	paths := save(t, list, ".eml", func(m mails.Mail) string { return string(m.Raw) })
	decoder := json.NewDecoder(bytes.NewReader(run(t, strings.Join(paths, "\n"), "python3", "testdata/parse.py")))
	for _, m := range list {
		var p parsed
		require.NoError(t, decoder.Decode(&p))
		for _, names := range [][]string{p.From, p.To, p.Cc} {
			for i := range names {
				// Before 3.13.2, Python keeps the blank between two encoded words of a name
				// (python/cpython#128110).
				names[i] = strings.ReplaceAll(names[i], "  ", " ")
			}
		}
		assert.Equal(t, parse(t, m), p, m.Name())
	}
}

// Package templatestest tells tests which languages are built in, so that no test
// lists them: another language is a set of files and nothing else.
package templatestest

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/templates"
)

// Languages returns the codes of the languages that have mails, in alphabetical order.
func Languages(t testing.TB) []string {
	t.Helper()
	files, err := fs.Glob(templates.FS, "reminder.*.subject")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var codes []string
	for _, file := range files {
		codes = append(codes, strings.Split(file, ".")[1])
	}
	return codes
}

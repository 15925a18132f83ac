package docs_test

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheArchitectureDescribesEveryPackage(t *testing.T) {
	document, err := os.ReadFile("architecture.md")
	require.NoError(t, err)
	described := map[string]bool{}
	for line := range strings.Lines(string(document)) {
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			continue
		}
		for name := range strings.SplitSeq(cells[1], ",") {
			described[strings.Trim(name, " `")] = true
		}
	}
	repository := os.DirFS("..")
	packages := 0
	for _, root := range []string{"cmd", "pkg", "templates"} {
		err := fs.WalkDir(repository, root, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.IsDir() || entry.Name() == "testdata" {
				return err
			}
			sources, err := fs.Glob(repository, path.Join(name, "*.go"))
			if len(sources) > 0 && name != "pkg" {
				packages++
				assert.True(t, described[name], "%s is described", name)
			}
			return err
		})
		require.NoError(t, err)
	}
	assert.Greater(t, packages, 10)
}

package catalog_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli/catalog"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/templates"
)

func TestAnEntrySaysWhichPartsAreTheUsers(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "reminder-7.en.txt"), []byte("Hello\n"), 0o600))
	files, err := catalog.Folder(folder).List()
	require.NoError(t, err)
	entry := func(name, language string) catalog.Entry {
		entries := files.Entries()
		at := slices.IndexFunc(entries, func(e catalog.Entry) bool { return e.Name == name && e.Language == language })
		require.GreaterOrEqual(t, at, 0, name)
		return entries[at]
	}
	assert.Equal(t, catalog.Entry{"reminder-7", "en", "own: txt; built-in: html, subject", "the reminder of day 7"}, entry("reminder-7", "en"))
	assert.Equal(t, catalog.Entry{"reminder-7", "fr", "built-in", "the reminder of day 7"}, entry("reminder-7", "fr"))
	assert.Equal(t, catalog.Entry{"layout.html", "", "built-in", "the page around every mail's HTML"}, entry("layout.html", ""))
	assert.Equal(t, catalog.Entry{"nps", "fr", "built-in", "a questionnaire"}, entry("nps", "fr"))
	assert.Equal(t, catalog.Entry{"notes", "fr", "built-in", "the notes in an opportunity's history"}, entry("notes", "fr"))
	assert.Equal(t, catalog.Entry{"dates", "en", "built-in", "how dates are written"}, entry("dates", "en"))
	assert.Equal(t, catalog.Entry{"report", "fr", "built-in", "the pages that feedback report and remind report write"}, entry("report", "fr"))
}

func TestAFileIsFoundByEachOfItsNames(t *testing.T) {
	t.Parallel()
	files, err := catalog.Folder("").List()
	require.NoError(t, err)
	for name, want := range map[string]int{
		"reminder.fr": 3, "reminder.fr.html": 1, "signature.txt": 1, "nps.en": 1, "nps.en.yaml": 1, "questionnaires/nps.en.yaml": 1, "report.fr": 1, "dates.en.yaml": 1, "reminder": 0,
	} {
		assert.Len(t, files.Find(name), want, name)
	}
	for _, name := range files.Names() {
		assert.NotEmpty(t, files.Find(name), name)
	}
}

func TestTheUsersFileIsReadInPlaceOfTheBuiltInOne(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "signature.txt"), []byte("Bye\n"), 0o600))
	text, from, err := catalog.Folder(folder).Read(overlay.File{Path: "signature.txt", Own: true})
	require.NoError(t, err)
	assert.Equal(t, []string{"Bye\n", filepath.Join(folder, "signature.txt")}, []string{text, from})
	_, from, err = catalog.Folder(folder).Read(overlay.File{Path: "layout.html"})
	require.NoError(t, err)
	assert.Equal(t, "layout.html: built in", from)
}

func TestAnErrorNamesTheFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "reminder-7.en.txt"), []byte("{{.Nothing}}\n"), 0o600))
	err := catalog.Folder(folder).Check()
	require.ErrorContains(t, err, "templates in "+folder+":\n  reminder-7.en.txt, line 1: ")
	_, err = catalog.Folder(folder).Templates()
	require.ErrorContains(t, err, "templates in "+folder)
	_, err = catalog.Folder(folder).Questionnaires()
	require.NoError(t, err)
}

func TestCopyingLeavesWhatExists(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "new")
	written, kept, err := catalog.Copy(folder)
	require.NoError(t, err)
	assert.Empty(t, kept)
	total := 0
	require.NoError(t, fs.WalkDir(templates.FS, ".", func(_ string, e fs.DirEntry, err error) error {
		if !e.IsDir() {
			total++
		}
		return err
	}))
	assert.Equal(t, total, written)
	require.NoError(t, catalog.Folder(folder).Check())

	changed := filepath.Join(folder, "signature.txt")
	require.NoError(t, os.WriteFile(changed, []byte("Bye\n"), 0o600))
	require.NoError(t, os.Remove(filepath.Join(folder, "layout.html")))
	written, kept, err = catalog.Copy(folder)
	require.NoError(t, err)
	assert.Equal(t, []int{1, total - 1}, []int{written, len(kept)})
	text, err := os.ReadFile(changed)
	require.NoError(t, err)
	assert.Equal(t, "Bye\n", string(text))
}

package catalog_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/cli/catalog"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/templates"
)

// invented is the code of a language that there is not (ISO 639-2 keeps it for local
// use), and mark begins every text in it.
const (
	invented = "qaa"
	mark     = "Qaa "
)

// translated writes the English files again, in the invented language.
func translated(t *testing.T) catalog.Folder {
	t.Helper()
	folder := t.TempDir()
	for _, pattern := range []string{"*.en.*", "*/*.en.*"} {
		files, err := fs.Glob(templates.FS, pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			raw, err := fs.ReadFile(templates.FS, file)
			require.NoError(t, err)
			file = filepath.Join(folder, strings.Replace(file, ".en.", "."+invented+".", 1))
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
			require.NoError(t, os.WriteFile(file, translate(t, file, raw), 0o600))
		}
	}
	return catalog.Folder(folder)
}

// translate marks the texts of a file.
func translate(t *testing.T, file string, raw []byte) []byte {
	t.Helper()
	if filepath.Ext(file) != ".yaml" {
		return bytes.ReplaceAll(append([]byte(mark), raw...), []byte("Hello"), []byte(mark))
	}
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal(raw, &document))
	markTexts(&document)
	marked, err := yaml.Marshal(&document)
	require.NoError(t, err)
	return marked
}

// markTexts marks what is a text and no name: keys and kinds of questions stay.
func markTexts(n *yaml.Node) {
	for i, child := range n.Content {
		isKey := n.Kind == yaml.MappingNode && i%2 == 0
		isName := n.Kind == yaml.MappingNode && i%2 == 1 && slices.Contains([]string{"key", "kind"}, n.Content[i-1].Value)
		if isKey || isName {
			continue
		}
		if child.Kind == yaml.ScalarNode && child.Tag == "!!str" {
			child.Value = mark + child.Value
		}
		markTexts(child)
	}
}

// TestAnInventedLanguageNeedsFilesAlone holds that everything that has a language speaks
// one that the program has never heard of.
func TestAnInventedLanguageNeedsFilesAlone(t *testing.T) {
	t.Parallel()
	folder := translated(t)
	require.NoError(t, folder.Check())
	wishes := []string{invented + "_QA"}

	files, err := folder.List()
	require.NoError(t, err)
	for _, e := range files.Entries() {
		if e.Language == "en" {
			e.Language, e.Origin = invented, "own"
			assert.Contains(t, files.Entries(), e)
		}
	}

	set, err := folder.Templates()
	require.NoError(t, err)
	for name, m := range mails(t, set, wishes) {
		assert.Equal(t, invented, m.Language, name)
		assert.True(t, strings.HasPrefix(m.Subject, mark), "%s: %s", name, m.Subject)
		assert.Contains(t, m.HTML, `<html lang="`+invented+`"`, name)
		assert.Contains(t, m.Chatter, "<p>"+mark, name)
		assert.Equal(t, name != "warning", strings.Contains(m.Text, "\n"+mark+"Northwind writes to you"), "%s has the foot", name)
		assert.Equal(t, !strings.HasPrefix(name, "reminder-") || name == "reminder-7", strings.Contains(strings.Join(strings.Fields(m.Text), " "), mark+"2 "+mark+"November 2026"), "%s has a date", name)
	}

	forms, err := folder.Questionnaires()
	require.NoError(t, err)
	for _, name := range forms.Names() {
		q, err := forms.Find(name, wishes)
		require.NoError(t, err)
		assert.Equal(t, invented, q.Language)
		assert.True(t, strings.HasPrefix(q.Title, mark))
	}

	notes, err := folder.Notes()
	require.NoError(t, err)
	assert.True(t, notes.Speak(wishes[0]))
	assert.True(t, strings.HasPrefix(notes.In(wishes[0]).CallBack, mark))
}

// mails renders one mail of each kind about an opportunity of 2 November 2026.
func mails(t *testing.T, set *render.Set, wishes []string) map[string]render.Mail {
	t.Helper()
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	r := render.Record{
		Opportunity: crm.Opportunity{ID: 42, Name: "Chairs", Created: at, ContactName: "Zoë"},
		Salesperson: crm.Salesperson{ID: 5, Name: "Sam", Active: true}, Company: crm.Company{Name: "Northwind"},
	}
	all := map[string]render.Mail{}
	var err error
	for name, day := range map[string]int{"reminder-7": 7, "reminder-15": 15, "reminder-30": 30, "reminder-60": 60} {
		all[name], err = set.Reminder(wishes, render.NewReminderData(r, day, time.UTC))
		require.NoError(t, err)
	}
	asked := render.NewFeedbackData(r, render.Feedback{Finished: at, Link: "https://odoo.example.com/survey"}, time.UTC)
	all["feedback"], err = set.Feedback(wishes, asked)
	require.NoError(t, err)
	all["feedback-reminder"], err = set.FeedbackReminder(wishes, asked)
	require.NoError(t, err)
	warned := render.Warned{Record: crm.Record{Opportunity: r.Opportunity}, Archived: calendar.Of(at, time.UTC), Today: calendar.Of(at, time.UTC)}
	all["warning"], err = set.Warning(wishes, render.NewWarningData(render.Warning{
		Salesperson: r.Salesperson, Company: r.Company, Opportunities: []render.Warned{warned},
	}, time.UTC))
	require.NoError(t, err)
	return all
}

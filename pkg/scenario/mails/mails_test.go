package mails_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/scenario/mails"
)

// all returns the mails.
func all(t *testing.T) []mails.Mail {
	t.Helper()
	list, err := mails.All(t.TempDir())
	require.NoError(t, err)
	return list
}

func TestEveryTemplateIsMailedInEveryLanguage(t *testing.T) {
	t.Parallel()
	var want, got []string
	languages, err := mails.Languages()
	require.NoError(t, err)
	require.Subset(t, languages, []string{"en", "fr"})
	names, err := mails.Templates()
	require.NoError(t, err)
	require.Subset(t, names, []string{"feedback", "feedback-reminder", "reminder", "reminder-7", "warning"})
	for _, name := range names {
		for _, language := range languages {
			want = append(want, name+"."+language+"."+mails.WithSalesperson, name+"."+language+"."+mails.Nasty)
			if name != "warning" { // It goes to salespeople.
				want = append(want, name+"."+language+"."+mails.OfCompany)
			}
		}
	}
	for _, m := range all(t) {
		got = append(got, m.Name())
		assert.Equal(t, m.Language, m.Header.Get("Content-Language"), m.Name())
		assert.Contains(t, m.HTML, `<html lang="`+m.Language+`"`, m.Name())
	}
	slices.Sort(want)
	assert.Equal(t, want, got)
}

package questionnaire_test

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/templates"
	"github.com/crm-tool/crm-tool/templates/templatestest"
)

func dir(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// titled is a questionnaire with one question.
func titled(title string) string {
	return "title: " + title + "\nquestions: [{key: k, kind: text, text: x}]\n"
}

func TestTheBuiltInQuestionnairesSayTheSameInEveryLanguage(t *testing.T) {
	t.Parallel()
	set, err := questionnaire.Load(overlay.New(nil, templates.FS))
	require.NoError(t, err)
	assert.Equal(t, []string{"nps", "satisfaction"}, set.Names())
	for _, q := range set.All() {
		assert.NotEmpty(t, q.Introduction)
		assert.NotEmpty(t, q.Thanks)
	}
	for _, name := range set.Names() {
		english, err := set.Find(name, []string{"en"})
		require.NoError(t, err)
		for _, language := range templatestest.Languages(t) {
			q, err := set.Find(name, []string{language})
			require.NoError(t, err)
			assert.Equal(t, language, q.Language)
			assert.Equal(t, skeleton(english), skeleton(q), name)
		}
	}
}

func TestFilesAreListedWithWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	files, err := questionnaire.Files(overlay.New(dir(map[string]string{
		"questionnaires/nps.fr.yaml":   "broken: [",
		"questionnaires/visit.en.yaml": titled("Visit"),
		"questionnaires/notes.txt":     "x",
	}), dir(map[string]string{
		"questionnaires/nps.en.yaml":          titled("Recommendation"),
		"questionnaires/nps.fr.yaml":          titled("Conseil"),
		"questionnaires/satisfaction.en.yaml": titled("Opinion"),
		"questionnaires/satisfaction.fr.yaml": titled("Avis"),
	})))
	require.NoError(t, err)
	assert.Equal(t, []overlay.File{
		{Path: "questionnaires/nps.en.yaml", Name: "nps", Language: "en"},
		{Path: "questionnaires/nps.fr.yaml", Name: "nps", Language: "fr", Own: true},
		{Path: "questionnaires/satisfaction.en.yaml", Name: "satisfaction", Language: "en"},
		{Path: "questionnaires/satisfaction.fr.yaml", Name: "satisfaction", Language: "fr"},
		{Path: "questionnaires/visit.en.yaml", Name: "visit", Language: "en", Own: true},
	}, files)

	none, err := questionnaire.Files(overlay.New(dir(nil), dir(nil)))
	require.NoError(t, err)
	assert.Empty(t, none)
}

// skeleton is what a questionnaire has besides its words.
func skeleton(q questionnaire.Questionnaire) []any {
	var out []any
	for _, question := range q.Questions {
		out = append(out, question.Key, question.Kind, question.Required, question.NPS)
		for _, option := range question.Options() {
			out = append(out, option.Score, option.Scored)
		}
	}
	return out
}

func TestTheBuiltInScalesAreBalanced(t *testing.T) {
	t.Parallel()
	set, err := questionnaire.Load(overlay.New(nil, templates.FS))
	require.NoError(t, err)
	const single, scale, text = questionnaire.Single, questionnaire.Scale, questionnaire.Text
	want := map[string][]questionnaire.Kind{"nps": {scale, text}, "satisfaction": {single, single, single, single, text}}
	for _, q := range set.All() {
		var kinds []questionnaire.Kind
		for _, question := range q.Questions {
			kinds = append(kinds, question.Kind)
			if question.Kind != questionnaire.Single {
				continue
			}
			var scores []float64
			for _, choice := range question.Choices {
				if choice.Scored {
					scores = append(scores, choice.Score)
				}
			}
			assert.Equal(t, []float64{100, 75, 50, 25, 0}, scores, "%s.%s: %s", q.Name, q.Language, question.Key)
		}
		assert.False(t, q.Questions[len(q.Questions)-1].Required, "nobody has to write")
		assert.Equal(t, want[q.Name], kinds, "%s.%s", q.Name, q.Language)
	}
}

func TestFrenchIsSetWithItsSpaces(t *testing.T) {
	t.Parallel()
	set, err := questionnaire.Load(overlay.New(nil, templates.FS))
	require.NoError(t, err)
	checked := 0
	for _, q := range set.All() {
		if q.Language != "fr" {
			continue
		}
		texts := []string{q.Title, q.Introduction, q.Thanks}
		for _, question := range q.Questions {
			texts = append(texts, question.Text)
			for _, option := range question.Options() {
				texts = append(texts, option.Text)
			}
		}
		for _, text := range texts {
			checked++
			assert.NotRegexp(t, `[^\x{00a0}][:;?!»]|['"]`, text)
		}
	}
	assert.Equal(t, 47, checked)
}

func TestOnesOwnFilesReplaceTheBuiltInOnesOneByOne(t *testing.T) {
	t.Parallel()
	set, err := questionnaire.Load(overlay.New(dir(map[string]string{
		"questionnaires/satisfaction.fr.yaml":    titled("À nous"),
		"questionnaires/satisfaction.fr_CA.yaml": titled("Du Québec"),
		"questionnaires/visite.fr.yaml":          titled("Visite"),
		"questionnaires/visite.de.yaml":          titled("Besuch"),
		"questionnaires/README.txt":              "ours",
		"questionnaires/visite.fr.yaml~":         "[",
		"questionnaires/.visite.fr.yaml":         "[",
		"questionnaires/old.yaml/visite.fr.yaml": "[",
		"questionnaires/visite.fr.yaml.bak":      "[",
		"reminder.en.txt":                        "Hello",
	}), templates.FS))
	require.NoError(t, err)
	assert.Equal(t, []string{"nps", "satisfaction", "visite"}, set.Names())
	for _, c := range []struct {
		name, questionnaire string
		languages           []string
		title, language     string
	}{
		{"one's own text", "satisfaction", []string{"fr_FR"}, "À nous", "fr"},
		{"a country's own text", "satisfaction", []string{"fr_CA"}, "Du Québec", "fr_CA"},
		{"what is missing comes from the built-in ones", "satisfaction", []string{"en_GB"}, "Your opinion on our contact", "en"},
		{"the next wish", "satisfaction", []string{"qaa_QA", "", "fr"}, "À nous", "fr"},
		{"English last of all", "satisfaction", []string{"qaa_QA"}, "Your opinion on our contact", "en"},
		{"without English the first that there is", "visite", []string{"qaa_QA"}, "Besuch", "de"},
		{"without English a wish all the same", "visite", []string{"fr"}, "Visite", "fr"},
	} {
		q, err := set.Find(c.questionnaire, c.languages)
		require.NoError(t, err, c.name)
		assert.Equal(t, []string{c.questionnaire, c.title, c.language}, []string{q.Name, q.Title, q.Language}, c.name)
	}
}

func TestAQuestionnaireThatThereIsNotIsNamedWithTheNearest(t *testing.T) {
	t.Parallel()
	set, err := questionnaire.Load(overlay.New(nil, templates.FS))
	require.NoError(t, err)
	_, err = set.Find("satisfacton", []string{"fr"})
	unknown, ok := errors.AsType[*questionnaire.UnknownError](err)
	require.True(t, ok)
	assert.Equal(t, questionnaire.UnknownError{Name: "satisfacton", Nearest: "satisfaction"}, *unknown)
	assert.EqualError(t, err, "there is no questionnaire satisfacton; did you mean satisfaction?")
	_, err = set.Find("frobnicate", nil)
	assert.EqualError(t, err, "there is no questionnaire frobnicate")
}

func TestEveryFilesFaultsAreSaidAtOnce(t *testing.T) {
	t.Parallel()
	_, err := questionnaire.Load(overlay.New(dir(map[string]string{
		"questionnaires/satisfaction.en.yaml": "title: x\n",
		"questionnaires/nps.fr.yaml":          "",
		"questionnaires/none.en.yaml":         titled("None"),
		"questionnaires/visit.yml":            titled("Visit"),
		"visit.en.yaml":                       titled("Visit"),
	}), templates.FS))
	const name = "must be named NAME.LANG.yaml: NAME is at most 40 lower-case letters, digits and hyphens, and not none; LANG is as in fr or fr_CA"
	assert.EqualError(t, err, "questionnaires/none.en.yaml: "+name+"\n"+
		"questionnaires/nps.fr.yaml: is empty\n"+
		"questionnaires/satisfaction.en.yaml, line 1: questions is missing\n"+
		"questionnaires/visit.yml: "+name+"\n"+
		"visit.en.yaml: belongs in the folder questionnaires, if it is a questionnaire")
}

// closed is a folder whose files nobody may open.
type closed struct{ fstest.MapFS }

func (c closed) Open(name string) (fs.File, error) {
	if name == "." || name == "questionnaires" {
		return c.MapFS.Open(name)
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func (c closed) ReadFile(name string) ([]byte, error) {
	_, err := c.Open(name)
	return nil, err
}

// forbidden is a folder that nobody may list.
type forbidden struct{}

func (forbidden) Open(string) (fs.File, error) { return nil, fs.ErrPermission }

func TestWhatCannotBeReadIsNotReplacedInSilence(t *testing.T) {
	t.Parallel()
	_, err := questionnaire.Load(overlay.New(closed{dir(map[string]string{"questionnaires/nps.en.yaml": "x"})}, templates.FS))
	assert.EqualError(t, err, "questionnaires/nps.en.yaml: read: permission denied")
	assert.ErrorIs(t, err, fs.ErrPermission)

	_, err = questionnaire.Load(overlay.New(forbidden{}, templates.FS))
	assert.EqualError(t, err, "list templates: permission denied")

	_, err = questionnaire.Load(overlay.New(nil, fstest.MapFS{}))
	assert.EqualError(t, err, "list questionnaires: open questionnaires: file does not exist")
}

package questionnaire_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
)

const visit = `# comments are not content
title: Our visit
introduction: >-
  Two lines
  of one paragraph.

  And a second.
thanks: "  Thank   you.  "
questions:
  - key: overall
    kind: single
    text: >-
      How did
      you find it?
    required: true
    choices:
      - {text: Good, score: 100}
      - {text: No, score: 12.5}
      - text: 7
  - key: what-2
    kind: multiple
    text: What was good?
    required: no
    choices: [{text: The people, score: 0}, {text: "<b>The & goods</b>"}]
  - key: easy
    kind: scale
    text: How easy was it?
    scale: {from: 1, to: 5, low: Hard}
  - key: recommend
    kind: scale
    text: Would you recommend us?
    scale: {from: 0, to: 10, low: Never, high: Always}
    nps: true
  - key: comment
    kind: text
    text: ~
`

func good(t *testing.T) string {
	t.Helper()
	text := strings.Replace(visit, "text: ~", "text: Anything else\u00a0?", 1)
	require.NotEqual(t, visit, text)
	return text
}

// tryLoad loads a questionnaire alone.
func tryLoad(name, text string) (questionnaire.Questionnaire, error) {
	set, err := questionnaire.Load(overlay.New(nil, dir(map[string]string{"questionnaires/" + name: text})))
	if err != nil {
		return questionnaire.Questionnaire{}, err
	}
	return set.All()[0], nil
}

func load(t testing.TB, name, text string) questionnaire.Questionnaire {
	t.Helper()
	q, err := tryLoad(name, text)
	require.NoError(t, err, name)
	return q
}

func parse(t testing.TB, text string) questionnaire.Questionnaire {
	t.Helper()
	return load(t, "visit.fr_CA.yaml", text)
}

func TestAFileBecomesAQuestionnaire(t *testing.T) {
	t.Parallel()
	want := questionnaire.Questionnaire{
		Name: "visit", Language: "fr_CA",
		Title: "Our visit", Introduction: "Two lines of one paragraph.\nAnd a second.", Thanks: "Thank you.",
		Questions: []questionnaire.Question{
			{
				Key: "overall", Kind: questionnaire.Single, Text: "How did you find it?", Required: true,
				Choices: []questionnaire.Choice{
					{Text: "Good", Score: 100, Scored: true},
					{Text: "No", Score: 12.5, Scored: true},
					{Text: "7"},
				},
			},
			{
				Key: "what-2", Kind: questionnaire.Multiple, Text: "What was good?",
				Choices: []questionnaire.Choice{{Text: "The people", Scored: true}, {Text: "<b>The & goods</b>"}},
			},
			{
				Key: "easy", Kind: questionnaire.Scale, Text: "How easy was it?",
				Range: questionnaire.Range{From: 1, To: 5, Low: "Hard"},
			},
			{
				Key: "recommend", Kind: questionnaire.Scale, Text: "Would you recommend us?", NPS: true,
				Range: questionnaire.Range{From: 0, To: 10, Low: "Never", High: "Always"},
			},
			{Key: "comment", Kind: questionnaire.Text, Text: "Anything else\u00a0?"},
		},
	}
	assert.Equal(t, want, parse(t, good(t)))
	assert.Equal(t, want, parse(t, "\uFEFF"+strings.ReplaceAll(good(t), "\n", "\r\n")), "as editors on other systems write it")
}

// causes are the messages of a joined error, each of which must be an [overlay.FileError]
// about this file; without its name.
func causes(t *testing.T, err error) []string {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%v", err)
	var out []string
	for _, e := range joined.Unwrap() {
		fault, ok := errors.AsType[*overlay.FileError](e)
		require.True(t, ok, "%v", e)
		require.Equal(t, "questionnaires/visit.fr_CA.yaml", fault.File)
		cause, found := strings.CutPrefix(e.Error(), "questionnaires/visit.fr_CA.yaml")
		require.True(t, found)
		out = append(out, strings.TrimLeft(cause, ",: "))
	}
	return out
}

func faultsOf(t *testing.T, text string) []string {
	t.Helper()
	_, err := tryLoad("visit.fr_CA.yaml", text)
	require.Error(t, err)
	return causes(t, err)
}

const broken = `titel: Our visit
introduction: &words Hello
introduction: Hello again
thanks: *words
frobnicate: 1
questions:
  - kind: single
    key: Über_all
    text: ""
    required: perhaps
    scale: {from: 0, to: 10}
  - key: same
    kind: radio
    text: [How was it]
  - key: same
    choise: []
    kind: scale
    text: How was it?
    nps: true
  - key: some
    kind: multiple
    text: What was good?
    choices: [{text: Everything, score: all}]
  - key: other
    kind: single
    text: What else?
    choices: [{text: Nothing, scor: 1}, {text: Nothing}, Something]
  - What did you think of it?
  - {key: down, kind: scale, text: Down, scale: {from: 5, to: 1}}
  - {key: wrong, kind: scale, text: Wrong, scale: {from: low, to: 11, low: [0]}}
  - {key: list, kind: scale, text: List, scale: [1, 2]}
  - {key: free, kind: text, text: Free, choices: [{text: a}, {text: b}], scale: {}, nps: maybe, ? [x] : y}
`

func TestEverythingThatIsWrongIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	const values = "must be one value; put a text with : or # or that begins with [ or { in quotes"
	assert.Equal(t, []string{
		`line 1: a questionnaire has no field "titel"; did you mean title?`,
		"line 1: title is missing",
		"line 3: introduction is already set in line 2",
		"line 4: thanks is a YAML alias; write it out, and put a text that begins with * in quotes",
		`line 5: a questionnaire has no field "frobnicate"; there is title, introduction, thanks, questions`,
		"line 7: choices is missing",
		"line 8: key must be at most 32 lower-case letters, digits and hyphens, beginning with a letter",
		"line 9: text is missing",
		"line 10: required must be true or false",
		"line 11: a question of kind single has no scale",
		"line 13: kind must be single, multiple, scale or text",
		"line 14: text " + values,
		"line 15: scale is missing",
		"line 15: the key same is already used in line 12",
		`line 16: a question has no field "choise"; did you mean choices?`,
		"line 19: nps needs a scale from 0 to 10",
		"line 23: choices must have 2 to 20 entries, not 1",
		"line 23: score must be a number from 0 to 100; leave it out for a choice that does not count",
		`line 27: a choice has no field "scor"; did you mean score?`,
		"line 27: a choice must have fields: text, score",
		"line 27: this choice is already used in line 27",
		"line 28: a question must have fields: key, kind, text, required, choices, scale, nps",
		"line 29: a scale must go up, not from 5 to 1",
		"line 30: from must be a whole number from 0 to 10",
		"line 30: low " + values,
		"line 30: to must be a whole number from 0 to 10",
		"line 31: a scale must have fields: from, to, low, high",
		"line 32: a question has a key that is not a plain name (merge keys are not supported)",
		"line 32: a question of kind text has no choices",
		"line 32: a question of kind text has no scale",
		"line 32: nps must be true or false",
	}, faultsOf(t, broken))
}

func TestAFileThatIsNoQuestionnaireSaysSo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "is empty"},
		{"comments alone", "# x\n", "is empty"},
		{"an empty document", "---\n", "line 2: a questionnaire must have fields: title, introduction, thanks, questions"},
		{"a list", "\n- title: x", "line 2: a questionnaire must have fields: title, introduction, thanks, questions"},
		{"no YAML", "title: x\n  questions: [", "line 2: is not valid YAML: its indentation is wrong, or a text with a colon needs quotes"},
		{"another encoding", "title: caf\xe9", "line 1: is not UTF-8 text: save the file as UTF-8, not as Latin-1 or Windows-1252"},
		{"far too much", strings.Repeat(" ", 300<<10), "is larger than 256 KiB"},
		{"two documents", "title: x\n---\ntitle: y", "line 2: holds a second document; only one is allowed"},
	} {
		assert.Equal(t, []string{c.want}, faultsOf(t, c.text), c.name)
	}
}

func TestAFilesNameTellsNameAndLanguage(t *testing.T) {
	t.Parallel()
	for file, want := range map[string][2]string{
		"visit.en.yaml":                         {"visit", "en"},
		"after-sale-2.es_419.yaml":              {"after-sale-2", "es_419"},
		strings.Repeat("x", 40) + ".fr_CA.yaml": {strings.Repeat("x", 40), "fr_CA"},
	} {
		q := load(t, file, good(t))
		assert.Equal(t, want, [2]string{q.Name, q.Language}, file)
	}
	for _, file := range []string{
		"visit.yaml", "visit.en.yml", "Visit.en.yaml", "visit.EN.yaml", "visit.fr-CA.yaml", "my_visit.en.yaml", "none.en.yaml", "-.en.yaml",
		"1.en.yaml", strings.Repeat("x", 41) + ".en.yaml",
	} {
		_, err := tryLoad(file, good(t))
		assert.EqualError(t, err, "questionnaires/"+file+": must be named NAME.LANG.yaml: NAME is at most 40 lower-case letters, "+
			"digits and hyphens, and not none; LANG is as in fr or fr_CA")
	}
}

// question is a file with one question, which begins in line 3.
func question(text string) string { return "title: x\nquestions:\n  - " + text }

func TestLimitsAreExact(t *testing.T) {
	t.Parallel()
	choices := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "{text: c%d},", i)
		}
		return question("{key: k, kind: single, text: x, choices: [" + b.String() + "]}")
	}
	questions := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "  - {key: k%d, kind: text, text: x}\n", i)
		}
		return "title: x\nquestions:\n" + b.String()
	}
	text := func(n int) string { return question("{key: k, kind: text, text: " + strings.Repeat("é", n) + "}") }
	key := func(n int) string { return question("{kind: text, text: x, key: " + strings.Repeat("k", n) + "}") }
	score := func(s string) string {
		return question("{key: k, kind: single, text: x, choices: [{text: a, score: " + s + "}, {text: b}]}")
	}
	scale := func(s string) string { return question("{key: k, kind: scale, text: x, scale: {" + s + "}}") }
	const wrongScore = "line 3: score must be a number from 0 to 100; leave it out for a choice that does not count"
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"1 question", questions(1), nil},
		{"30 questions", questions(30), nil},
		{"31 questions", questions(31), []string{"line 3: questions must have 1 to 30 entries, not 31"}},
		{"no question", "title: x\nquestions: []", []string{"line 2: questions must have 1 to 30 entries, not 0"}},
		{"2 choices", choices(2), nil},
		{"20 choices", choices(20), nil},
		{"1 choice", choices(1), []string{"line 3: choices must have 2 to 20 entries, not 1"}},
		{"21 choices", choices(21), []string{"line 3: choices must have 2 to 20 entries, not 21"}},
		{"500 characters", text(500), nil},
		{"501 characters", text(501), []string{"line 3: text has 501 characters; 500 are allowed"}},
		{"a key of 32", key(32), nil},
		{"a key of 33", key(33), []string{"line 3: key must be at most 32 lower-case letters, digits and hyphens, beginning with a letter"}},
		{"a score of 0", score("0"), nil},
		{"a score of 100", score("100"), nil},
		{"a score of a third", score("33.33"), nil},
		{"a score above 100", score("100.01"), []string{wrongScore}},
		{"a score below 0", score("-1"), []string{wrongScore}},
		{"an octal score", score("010"), []string{wrongScore}},
		{"an infinite score", score(".inf"), []string{wrongScore}},
		{"a score of no number", score("NaN"), []string{wrongScore}},
		{"a scale from 0 to 10", scale("from: 0, to: 10"), nil},
		{"a scale from 0 to 1", scale("from: 0, to: 1"), nil},
		{"a scale to 11", scale("from: 0, to: 11"), []string{"line 3: to must be a whole number from 0 to 10"}},
		{"a scale from -1", scale("from: -1, to: 5"), []string{"line 3: from must be a whole number from 0 to 10"}},
		{"a scale of one number", scale("from: 5, to: 5"), []string{"line 3: a scale must go up, not from 5 to 5"}},
	} {
		_, err := tryLoad("visit.fr_CA.yaml", c.text)
		if c.want == nil {
			assert.NoError(t, err, c.name)
			continue
		}
		assert.Equal(t, c.want, causes(t, err), c.name)
	}
}

func TestOnlyAScaleFromZeroToTenHasANetPromoterScore(t *testing.T) {
	t.Parallel()
	scale := func(text string) string {
		return question("{key: k, kind: scale, text: x, nps: true, scale: {" + text + "}}")
	}
	assert.True(t, parse(t, scale("from: 0, to: 10")).Questions[0].NPS)
	for _, text := range []string{
		scale("from: 1, to: 10"),
		scale("from: 0, to: 9"),
		question("{key: k, kind: text, text: x, nps: true}"),
		question("{key: k, kind: single, text: x, nps: true, choices: [{text: a}, {text: b}]}"),
	} {
		assert.Equal(t, []string{"line 3: nps needs a scale from 0 to 10"}, faultsOf(t, text), text)
	}
	assert.Equal(t, []string{"line 4: nps is already set for the question in line 3; only one question may have it"},
		faultsOf(t, scale("from: 0, to: 10")+"\n  - {key: l, kind: scale, text: x, nps: true, scale: {from: 0, to: 10}}"))
}

func TestATextIsDataAndCanBeSeen(t *testing.T) {
	t.Parallel()
	text := func(yaml string) string { return question(`{key: k, kind: text, text: ` + yaml + `}`) }
	for yaml, want := range map[string]string{
		`"<script>alert(1)</script> & {{.Day}} ${7*7}"`: "<script>alert(1)</script> & {{.Day}} ${7*7}",
		`"a\u00a0:\tb\n\nc\u2028d"`:                     "a\u00a0: b c d",
		`"\u200eمرحبا\u200f 👍🏽 👩\u200d💻"`:               "\u200eمرحبا\u200f 👍🏽 👩\u200d💻",
		`"* ! & - ?"`: "* ! & - ?",
		`no`:          "no",
		`0123`:        "0123",
		`2026-11-23`:  "2026-11-23",
	} {
		assert.Equal(t, want, parse(t, text(yaml)).Questions[0].Text, yaml)
	}
	for yaml, want := range map[string]string{
		`"a\x00b"`:   "text holds a character that cannot be seen: U+0000",
		`"a\u202eb"`: "text holds a character that cannot be seen: U+202E",
		`"a\ufeffb"`: "text holds a character that cannot be seen: U+FEFF",
		`"a\x1b[m"`:  "text holds a character that cannot be seen: U+001B",
		`"a\x7fb"`:   "text holds a character that cannot be seen: U+007F",
		`"\n \t"`:    "text is missing",
		`!!str x`:    "text has a YAML tag; put a text that begins with ! in quotes",
		`[x]`:        "text must be one value; put a text with : or # or that begins with [ or { in quotes",
	} {
		assert.Equal(t, []string{"line 3: " + want}, faultsOf(t, text(yaml)), yaml)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(visit)
	f.Add("&a [*a]")
	f.Add("title: x\nquestions:\n- {key: k, kind: scale, scale: {from: 0, to: 10}, nps: on, text: \"\\u202e\"}")
	f.Add("<<: {a: b}\n? [x]\n: y\n")
	f.Fuzz(func(t *testing.T, text string) {
		q, err := tryLoad("visit.en.yaml", text)
		if err != nil {
			return
		}
		require.NotEmpty(t, q.Title)
		require.Len(t, q.Hash(), 12)
		all := []string{q.Title, q.Introduction, q.Thanks}
		keys := map[string]bool{}
		for _, question := range q.Questions {
			require.False(t, keys[question.Key])
			keys[question.Key] = true
			all = append(all, question.Key, question.Text, question.Range.Low, question.Range.High)
			for _, option := range question.Options() {
				require.True(t, option.Score >= 0 && option.Score <= 100)
			}
			for _, choice := range question.Choices {
				all = append(all, choice.Text)
			}
		}
		for _, s := range all {
			require.True(t, utf8.ValidString(s))
			require.LessOrEqual(t, utf8.RuneCountInString(s), 500)
			require.Equal(t, strings.TrimSpace(s), strings.Trim(s, "\u00a0\u202f"), "%q", s)
		}
	})
}

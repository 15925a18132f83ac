package questionnaire_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/questionnaire"
)

func TestAScaleHasAnOptionForEachNumber(t *testing.T) {
	t.Parallel()
	q := parse(t, good(t))
	assert.Equal(t, []questionnaire.Choice{
		{Text: "1 – Hard", Score: 0, Scored: true},
		{Text: "2", Score: 25, Scored: true},
		{Text: "3", Score: 50, Scored: true},
		{Text: "4", Score: 75, Scored: true},
		{Text: "5", Score: 100, Scored: true},
	}, q.Questions[2].Options())
	recommend := q.Questions[3].Options()
	require.Len(t, recommend, 11)
	assert.Equal(t, questionnaire.Choice{Text: "0 – Never", Scored: true}, recommend[0])
	assert.Equal(t, questionnaire.Choice{Text: "10 – Always", Score: 100, Scored: true}, recommend[10])
	assert.Equal(t, q.Questions[0].Choices, q.Questions[0].Options())
	assert.Empty(t, q.Questions[4].Options())
}

func TestAHashStandsForTheContentAlone(t *testing.T) {
	t.Parallel()
	text := good(t)
	base := parse(t, text)
	assert.Equal(t, "3f97242607a9", base.Hash(), "surveys in Odoo are found by it")
	same := load(t, "other.en.yaml", "# moved\n"+strings.ReplaceAll(text, "required: no", "required: false"))
	assert.Equal(t, base.Hash(), same.Hash())
	seen := map[string]string{base.Hash(): "unchanged"}
	for _, c := range [][2]string{
		{"Our visit", "Our visits"},
		{"of one", "in one"},
		{"Thank", "Thanks"},
		{"key: overall", "key: over"},
		{"kind: single", "kind: multiple"},
		{"you find it", "you like it"},
		{"required: true", "required: false"},
		{"{text: Good, score: 100}", "{text: Fine, score: 100}"},
		{"score: 100}", "score: 99.99}"},
		{"score: 0}", "}"},
		{"from: 1,", "from: 2,"},
		{"to: 5,", "to: 6,"},
		{"low: Hard", "high: Hard"},
		{"nps: true", "nps: false"},
		{"      - text: 7\n", ""},
	} {
		changed := strings.Replace(text, c[0], c[1], 1)
		require.NotEqual(t, text, changed, c[0])
		hash := parse(t, changed).Hash()
		assert.Empty(t, seen[hash], c[1])
		seen[hash] = c[1]
	}
}

func TestAKeyIsNotThatOfAnotherQuestionsChoice(t *testing.T) {
	t.Parallel()
	const choices = "{key: a, kind: single, text: x, choices: [{text: a}, {text: b}]}"
	for key, want := range map[string][]string{
		"a-1":  {"line 4: the key a-1 stands for a choice of the question a; give it another one"},
		"a-2":  nil,
		"a-01": nil,
		"b-1":  nil,
	} {
		_, err := tryLoad("visit.fr_CA.yaml", question(choices)+"\n  - {key: "+key+", kind: text, text: x}")
		if want == nil {
			assert.NoError(t, err, key)
			continue
		}
		assert.Equal(t, want, causes(t, err), key)
	}
}

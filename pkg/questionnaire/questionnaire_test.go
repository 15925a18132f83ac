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

func TestAScoreIsTheMeanOfTheQuestionsThatCount(t *testing.T) {
	t.Parallel()
	q := parse(t, good(t))
	for _, c := range []struct {
		name    string
		answers questionnaire.Answers
		score   float64
		ok      bool
	}{
		{"no answer", nil, 0, false},
		{"one answer", questionnaire.Answers{"overall": {1}}, 12.5, true},
		{"worth nothing is worth 0", questionnaire.Answers{"what-2": {0}}, 0, true},
		{"what has no score does not count", questionnaire.Answers{"overall": {2}}, 0, false},
		{"nor beside others", questionnaire.Answers{"overall": {0}, "what-2": {1}}, 100, true},
		{"several choices are one question", questionnaire.Answers{"overall": {0}, "what-2": {0, 1}}, 50, true},
		{"a scale", questionnaire.Answers{"easy": {3}}, 75, true},
		{"everything", questionnaire.Answers{"overall": {0}, "what-2": {0}, "easy": {4}, "recommend": {8}, "comment": nil}, 70, true},
		{"what is in no question or option", questionnaire.Answers{"elsewhere": {0}, "comment": {0}, "overall": {-1, 3}, "easy": {5}}, 0, false},
	} {
		score, ok := q.Score(c.answers)
		assert.Equal(t, []any{c.score, c.ok}, []any{score, ok}, c.name)
	}
}

func TestTheMarkedQuestionTellsTheRecommendation(t *testing.T) {
	t.Parallel()
	q := parse(t, good(t))
	for _, c := range []struct {
		name    string
		answers questionnaire.Answers
		value   int
		ok      bool
	}{
		{"none", questionnaire.Answers{"easy": {3}}, 0, false},
		{"the least", questionnaire.Answers{"recommend": {0}, "easy": {3}}, 0, true},
		{"the most", questionnaire.Answers{"recommend": {10}}, 10, true},
		{"outside", questionnaire.Answers{"recommend": {11}}, 0, false},
		{"two at once", questionnaire.Answers{"recommend": {1, 2}}, 0, false},
	} {
		value, ok := q.Recommend(c.answers)
		assert.Equal(t, []any{c.value, c.ok}, []any{value, ok}, c.name)
	}
	q.Questions = q.Questions[:3]
	_, ok := q.Recommend(questionnaire.Answers{"recommend": {9}})
	assert.False(t, ok, "a questionnaire without such a question")
}

func TestTheNetPromoterScoreKnowsThreeGroups(t *testing.T) {
	t.Parallel()
	var got []questionnaire.Class
	for n := -1; n <= 11; n++ {
		got = append(got, questionnaire.ClassOf(n))
	}
	const no, d, pa, pr = questionnaire.NoClass, questionnaire.Detractor, questionnaire.Passive, questionnaire.Promoter
	assert.Equal(t, []questionnaire.Class{no, d, d, d, d, d, d, d, pa, pa, pr, pr, no}, got)
}

func TestAHashStandsForTheContentAlone(t *testing.T) {
	t.Parallel()
	text := good(t)
	base := parse(t, text)
	assert.Equal(t, "3f97242607a9", base.Hash(), "surveys in Odoo are found by it")
	same, err := questionnaire.Parse("other.en.yaml", []byte("# moved\n"+strings.ReplaceAll(text, "required: no", "required: false")))
	require.NoError(t, err)
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

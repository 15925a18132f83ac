//go:build mails

package mails_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// platform is a program on a system, by the names of caniemail.com.
type platform struct{ family, system string }

// programs are the columns of the guide's table.
func programs() [][]platform {
	return [][]platform{
		{{"outlook", "windows"}},
		{{"outlook", "outlook-com"}, {"outlook", "macos"}, {"outlook", "ios"}, {"outlook", "android"}},
		{{"gmail", "desktop-webmail"}, {"gmail", "ios"}, {"gmail", "android"}},
		{{"apple-mail", "macos"}, {"apple-mail", "ios"}},
		{{"yahoo", "desktop-webmail"}, {"yahoo", "ios"}, {"yahoo", "android"}},
	}
}

// otherNames are the names of features in the data, where they are not css- and the
// feature's own.
func otherNames() map[string]string {
	return map[string]string{
		"`.class`": "css-selector-class", "`element`": "css-selector-type", "`a b`": "css-selector-descendant", "`a, b`": "css-selector-grouping",
		"`.a.b`": "css-selector-chaining", "`[data-og…]`": "css-selector-attribute", "`!important`": "css-important",
		"`@media (max-width)`": "css-at-media", "`@media (prefers-color-scheme)`": "css-at-media-prefers-color-scheme",
		"`border-color`": "css-border", "`border-left`": "css-border", "`border-right`": "css-border", "`border-top`": "css-border",
		"`margin-top`": "css-margin", "`font-family`": "css-font",
	}
}

func TestTheGuideSaysWhatMailProgramsKnow(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(judges(t), "caniemail.json"))
	require.NoError(t, err)
	var document struct {
		Data []struct {
			Slug  string                                `json:"slug"`
			Stats map[string]map[string]json.RawMessage `json:"stats"`
		} `json:"data"`
	}
	require.NoError(t, json.Unmarshal(raw, &document))
	answers := map[string][]string{}
	for _, feature := range document.Data {
		for _, column := range programs() {
			worst := 'y'
			for _, p := range column {
				worst = worse(worst, newest(t, feature.Stats[p.family][p.system]))
			}
			answers[feature.Slug] = append(answers[feature.Slug], map[rune]string{'y': "yes", 'a': "partly", 'n': "no"}[worst])
		}
	}
	french := map[string]string{"yes": "oui", "partly": "en partie", "no": "non", "not tested": "non testé"}
	translated := cssTable(t, "fr/mail-programs.fr.md")
	for i, row := range cssTable(t, "mail-programs.md") {
		slug := otherNames()[row.feature]
		if slug == "" {
			slug = "css-" + strings.Trim(row.feature, "`")
		}
		want := answers[slug]
		if want == nil {
			want = slices.Repeat([]string{"not tested"}, len(programs()))
		}
		assert.Equal(t, want, row.support, row.feature)
		for j := range want {
			assert.Equal(t, french[want[j]], translated[i].support[j], translated[i].feature)
		}
	}
}

// worse returns the worse of two answers: yes, almost, no.
func worse(a, b rune) rune {
	const order = "yan"
	if strings.IndexRune(order, b) > strings.IndexRune(order, a) {
		return b
	}
	return a
}

// newest returns what was found in the newest edition, the last one in the data; yes
// if none was tested.
func newest(t *testing.T, editions json.RawMessage) rune {
	t.Helper()
	if editions == nil {
		return 'y'
	}
	decoder := json.NewDecoder(strings.NewReader(string(editions)))
	last := "y"
	for decoder.More() {
		token, err := decoder.Token()
		require.NoError(t, err)
		if text, ok := token.(string); ok {
			last = text
		}
	}
	return rune(last[0])
}

package language_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/language"
)

func TestFallbacksGoFromTheCountryToTheNextWishToEnglish(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		wishes, want []string
	}{
		{"no wish", nil, []string{"en"}},
		{"a language", []string{"de"}, []string{"de", "en"}},
		{"a country's", []string{"fr_CA", "de"}, []string{"fr_CA", "fr", "de", "en"}},
		{"a region's", []string{"es_419"}, []string{"es_419", "es", "en"}},
		{"other ways to write one", []string{" FR-ca ", "pt_br.UTF-8", "sr@latin"}, []string{"fr_CA", "fr", "pt_BR", "pt", "sr", "en"}},
		{"nonsense", []string{"", "../fr", "french", "fr_"}, []string{"en"}},
	} {
		assert.Equal(t, c.want, language.Fallbacks(c.wishes), c.name)
	}
}

func TestPatternIsTheFormThatFallbacksReturns(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile("^" + language.Pattern + "$")
	for _, code := range language.Fallbacks([]string{"fr_CA", "es_419", "kab_DZ"}) {
		assert.Regexp(t, pattern, code)
	}
	for _, other := range []string{"", "FR", "fr-CA", "fr_ca", "french", "fr_", "fr_41"} {
		assert.NotRegexp(t, pattern, other)
	}
}

func TestATagHasAHyphen(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"fr", "fr-CA"}, []string{language.Tag("fr"), language.Tag("fr_CA")})
}

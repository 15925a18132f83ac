package language_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/language"
)

func TestACountryIsNamedInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, code, want string }{
		{"Germany", "de", "Deutschland"},
		{"Germany", "fr_CA", "Allemagne"},
		{"France", "en", "France"},
		{"Netherlands", "nl", "Nederland"},
		{"United Kingdom", "es_419", "Reino Unido"},
		{"Czech Republic", "de", "Tschechien"},
		{"Côte d'Ivoire", "fr", "Côte d’Ivoire"},
		{"Saint Kitts and Nevis", "de", "St. Kitts und Nevis"},
		{"Allemagne", "de", "Allemagne"},
		{"Czech Republic", "en_GB", "Czech Republic"},
		{"Germany", "xx", "Germany"},
		{"Germany", "", "Germany"},
		{"", "de", ""},
	} {
		assert.Equal(t, c.want, language.Country(c.name, c.code), "%s in %s", c.name, c.code)
	}
}

func BenchmarkCountry(b *testing.B) {
	for b.Loop() {
		language.Country("Zimbabwe", "de")
	}
}

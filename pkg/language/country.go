package language

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// spellings makes of Odoo's names of countries those of Unicode's CLDR.
func spellings() *strings.Replacer {
	return strings.NewReplacer(" and ", " & ", "Saint ", "St. ", "'", "’", "Czech Republic", "Czechia", "Türkiye", "Turkey", "Russian Federation", "Russia")
}

// Country returns the name of a country in a language. Odoo tells names in English; one
// that is not known stays as it is, also in a language that is not known.
func Country(name, code string) string {
	tag, err := language.Parse(Tag(code))
	names := display.Regions(tag)
	if base, _ := tag.Base(); err != nil || names == nil || name == "" || base.String() == Last {
		return name
	}
	english := display.English.Regions()
	spelled := spellings().Replace(name)
	for first := 'A'; first <= 'Z'; first++ {
		for second := 'A'; second <= 'Z'; second++ {
			region, err := language.ParseRegion(string([]rune{first, second}))
			if err == nil && english.Name(region) == spelled {
				return names.Name(region)
			}
		}
	}
	return name
}

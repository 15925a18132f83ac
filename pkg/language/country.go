package language

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// spellings makes of Odoo's names of countries those of Unicode's CLDR.
func spellings() *strings.Replacer {
	return strings.NewReplacer(" and ", " & ", "Saint ", "St. ", "'", "’", "Czech Republic", "Czechia", "Türkiye", "Turkey", "Russian Federation", "Russia")
}

// regions are the regions by their English names, as CLDR spells them.
var regions = sync.OnceValue(func() map[string]language.Region { //nolint:gochecknoglobals // A constant that Go has no form for.
	english, all := display.English.Regions(), map[string]language.Region{}
	for first := 'A'; first <= 'Z'; first++ {
		for second := 'A'; second <= 'Z'; second++ {
			region, err := language.ParseRegion(string([]rune{first, second}))
			if err != nil {
				continue
			}
			if name := english.Name(region); all[name] == (language.Region{}) {
				all[name] = region
			}
		}
	}
	return all
})

// Country returns the name of a country in a language. Odoo tells names in English; one
// that is not known stays as it is, also in a language that is not known.
func Country(name, code string) string {
	if name == "" || code == Last {
		return name
	}
	tag, err := language.Parse(Tag(code))
	if base, _ := tag.Base(); err != nil || base.String() == Last {
		return name
	}
	region, known := regions()[spellings().Replace(name)]
	names := display.Regions(tag)
	if !known || names == nil {
		return name
	}
	return names.Name(region)
}

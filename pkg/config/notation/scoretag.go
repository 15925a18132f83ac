package notation

import (
	"fmt"
	"strings"
)

// highestScore is the best score of a questionnaire.
const highestScore = 100

// ScoreTag is the tag for scores of at least From and less than Below.
type ScoreTag struct {
	From, Below int
	// Tag is its name in Odoo.
	Tag string
}

// ParseScoreTags reads below 50=Unhappy client,from 80=Happy client.
func ParseScoreTags(text string) ([]ScoreTag, error) {
	return parseList(text, "scores with tags, as in below 50=Unhappy client,from 80=Happy client", parseScoreTag)
}

// CheckScoreTags checks that each tag has possible scores. Whether Odoo has the
// tags is found out when they are used.
func CheckScoreTags(tags []ScoreTag) error {
	for _, b := range tags {
		if b.From < 0 || b.From >= b.Below || b.From > highestScore {
			return fmt.Errorf("has no scores for the tag %q: scores are from 0 to %d", b.Tag, highestScore)
		}
	}
	return nil
}

// bounds returns the scores of a tag in words.
func (t ScoreTag) bounds() string {
	switch {
	case t.Below > highestScore:
		return fmt.Sprintf("from %d", t.From)
	case t.From == 0:
		return fmt.Sprintf("below %d", t.Below)
	}
	return fmt.Sprintf("from %d below %d", t.From, t.Below)
}

// parseScoreTag reads below 50=Unhappy client.
func parseScoreTag(item string) (ScoreTag, bool) {
	bounds, name, _ := strings.Cut(item, "=")
	tag := ScoreTag{Below: highestScore + 1, Tag: strings.TrimSpace(name)}
	words := strings.Fields(bounds)
	if tag.Tag == "" || len(words) != 2 && (len(words) != 4 || words[0] == words[2]) {
		return tag, false
	}
	for ; len(words) > 0; words = words[2:] {
		n, err := ParseNumber(words[1])
		switch {
		case err == nil && words[0] == "from":
			tag.From = n
		case err == nil && words[0] == "below" && n <= highestScore:
			tag.Below = n
		default:
			return tag, false
		}
	}
	return tag, true
}

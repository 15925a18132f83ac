package config

import (
	"fmt"
	"strings"
)

// highestScore is the best score of a questionnaire.
const highestScore = 100

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
		n, err := parseNumber(words[1])
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

package config

import (
	"fmt"
	"strings"
)

// highestScore is the best score of a questionnaire.
const highestScore = 100

// bounds returns the scores of a tag in words.
func (b ScoreTag) bounds() string {
	switch {
	case b.Below > highestScore:
		return fmt.Sprintf("from %d", b.From)
	case b.From == 0:
		return fmt.Sprintf("below %d", b.Below)
	}
	return fmt.Sprintf("from %d below %d", b.From, b.Below)
}

// parseScoreTags reads below 50=Unhappy client,from 80=Happy client.
func parseScoreTags(text string) ([]ScoreTag, error) {
	parts, err := splitList(text)
	if err != nil {
		return nil, err
	}
	tags := []ScoreTag{}
	for _, part := range parts {
		bounds, name, _ := strings.Cut(part, "=")
		tag := ScoreTag{Below: highestScore + 1, Tag: strings.TrimSpace(name)}
		words := strings.Fields(bounds)
		isTag := tag.Tag != "" && (len(words) == 2 || len(words) == 4 && words[0] != words[2])
		for i := 0; isTag && i < len(words); i += 2 {
			n, err := parseNumber(words[i+1])
			switch {
			case err == nil && words[i] == "from":
				tag.From = n
			case err == nil && words[i] == "below" && n <= highestScore:
				tag.Below = n
			default:
				isTag = false
			}
		}
		if !isTag {
			return nil, fmt.Errorf("must be scores with tags, as in below 50=Unhappy client,from 80=Happy client: %q is not", part)
		}
		tags = append(tags, tag)
	}
	return tags, nil
}

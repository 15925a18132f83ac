package config

import (
	"fmt"
	"strings"
)

// highestScore is the best that a questionnaire can be answered with.
const highestScore = 100

// bounds writes the scores that a tag is for.
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
	bands := []ScoreTag{}
	for _, part := range parts {
		bounds, tag, _ := strings.Cut(part, "=")
		band := ScoreTag{Below: highestScore + 1, Tag: strings.TrimSpace(tag)}
		words := strings.Fields(bounds)
		isBand := band.Tag != "" && (len(words) == 2 || len(words) == 4 && words[0] != words[2])
		for i := 0; isBand && i < len(words); i += 2 {
			n, err := parseNumber(words[i+1])
			switch {
			case err == nil && words[i] == "from":
				band.From = n
			case err == nil && words[i] == "below" && n <= highestScore:
				band.Below = n
			default:
				isBand = false
			}
		}
		if !isBand {
			return nil, fmt.Errorf("must be scores with tags, as in below 50=Unhappy client,from 80=Happy client: %q is not", part)
		}
		bands = append(bands, band)
	}
	return bands, nil
}

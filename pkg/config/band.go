package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
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

// parseBands reads below 50=Unhappy client,from 80=Happy client.
func parseBands(text string) ([]ScoreTag, error) {
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

// yamlBands writes a canonical list of bands as a list of mappings.
func yamlBands(canonical string) string {
	if canonical == "" {
		return "[]"
	}
	bands := strings.Split(canonical, ",")
	for i, band := range bands {
		bounds, tag, _ := strings.Cut(band, "=")
		var fields []string
		for words := strings.Fields(bounds); len(words) >= 2; words = words[2:] {
			fields = append(fields, words[0]+": "+words[1])
		}
		bands[i] = "{" + strings.Join(append(fields, "tag: "+doubleQuoted(tag)), ", ") + "}"
	}
	return "[" + strings.Join(bands, ", ") + "]"
}

// textOfBands returns a list of mappings in its canonical form.
func textOfBands(list *yaml.Node) (string, error) {
	bands := make([]string, len(list.Content))
	for i, node := range list.Content {
		var fields map[string]string
		if node.Kind != yaml.MappingNode || node.Decode(&fields) != nil || strings.ContainsAny(fields["tag"], ",=") {
			return "", errors.New("must be a list of {from: …, below: …, tag: …}, names without commas and equals signs")
		}
		var bounds []string
		for _, name := range []string{"from", "below"} {
			if n, given := fields[name]; given {
				bounds = append(bounds, name+" "+n)
			}
			delete(fields, name)
		}
		bands[i] = strings.Join(bounds, " ") + "=" + fields["tag"]
		if delete(fields, "tag"); len(fields) > 0 || len(bounds) == 0 {
			return "", fmt.Errorf("must be a list of {from: …, below: …, tag: …}; entry %s is not", strconv.Itoa(i+1))
		}
	}
	return strings.Join(bands, ","), nil
}

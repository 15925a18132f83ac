package schema

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/notation"
)

// Patterns of texts. Blanks around a text do not matter to crm-tool.
const (
	wholeNumber = `^\s*[+-]?(0|[1-9][0-9]*)\s*$`
	decimal     = `^\s*[+-]?[0-9.]+([eE][+-]?[0-9]+)?\s*$`
	duration    = `^\s*[+-]?([0-9.]+(ns|us|µs|ms|s|m|h))+\s*$`
	server      = `^\s*(https?://[^\s]+)?\s*$`
	page        = `^\s*(https://[^\s]+)?\s*$`
	mailbox     = `^\s*$|@`
	hours       = `^\s*$|^\s*[0-9]{2}:[0-9]{2}\s*-\s*[0-9]{2}:[0-9]{2}\s*$`
	days        = `^[\s0-9,+\[\]]+$`
	date        = `[0-9]{4}-[0-9]{2}-[0-9]{2}`
	period      = `^\s*` + date + `(\s*\.\.\s*` + date + `)?\s*$`
	kept        = `^\s*(won|unanswered|open-activity|(stage|tag):.*\S.*)\s*$`
	pairs       = `^\s*(\[.*\])?\s*$|=`
	list        = `^\s*\[`
	someText    = `\S`
)

func types(names ...string) []string { return names }

// scalar is a text. YAML takes some texts for something else: 2026, on.
func scalar() object { return object{{"type", types("string", "number", "boolean", "null")}} }

// text is a text of some form.
func text(pattern string, more ...string) object {
	return object{{"type", append([]string{"string"}, more...)}, {"pattern", pattern}}
}

// listOf is a list, or a text as the environment has it.
func listOf(item object, pattern string, more ...string) object {
	return object{{"type", append([]string{"array", "string"}, more...)}, {"pattern", pattern}, {"items", item}}
}

// formOf describes the values of a setting.
func formOf(k config.Key) object {
	switch k.Kind {
	case config.Choice:
		// The words alone are what an editor offers.
		return object{{"anyOf", []object{{{"enum", k.Choices}}, text(words(k.Choices...))}}}
	case config.URL:
		return text(server, "null")
	case config.Link:
		return text(page, "null")
	case config.Mailbox:
		return text(mailbox, "null")
	case config.Switch, config.Bool:
		return text(words("on", "off", "yes", "no", "true", "false"), "boolean")
	case config.Number:
		return append(text(wholeNumber, "integer"), rangeOf(k)...)
	case config.Decimal, config.Fraction:
		return append(text(decimal, "number"), rangeOf(k)...)
	case config.Duration:
		return text(duration)
	case config.Hours:
		return text(hours, "null")
	case config.Days:
		return append(listOf(day(), days, "integer"), bounds("0", notation.Format(notation.MaxDay))...)
	case config.Periods:
		return listOf(text(period), `^\s*$|[0-9]{4}-[0-9]{2}-[0-9]{2}`, "null")
	case config.Rules:
		return listOf(text(kept), `^\s*(none|\[\s*\])\s*$|won|unanswered|open-activity|stage:|tag:`)
	case config.ActivityRules:
		return listOf(activityRule(), pairs, "null")
	case config.ScoreTags:
		return listOf(scoreTag(), pairs, "null")
	case config.OpportunityRules:
		return listOf(opportunityRule(), list)
	default:
		return scalar()
	}
}

// rangeOf returns the bounds of a number; there may be none.
func rangeOf(k config.Key) object {
	low, high, ok := k.Range()
	if !ok {
		return nil
	}
	return bounds(low, high)
}

// bounds are those of a number: a text is not compared.
func bounds(low, high string) object {
	return object{{"minimum", json.RawMessage(low)}, {"maximum", json.RawMessage(high)}}
}

func day() object {
	return append(text(wholeNumber, "integer"), bounds("0", notation.Format(notation.MaxDay))...)
}

// words matches some words in small letters and capitals.
func words(all ...string) string {
	var b strings.Builder
	for _, r := range strings.Join(all, "|") {
		if unicode.IsLetter(r) {
			b.WriteString("[" + string(unicode.ToUpper(r)) + string(r) + "]")
		} else {
			b.WriteRune(r)
		}
	}
	return `^\s*(` + b.String() + `)\s*$`
}

package answer

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed quotes.txt
var quotesText string

// quoteWords is what quotes.txt says, in the form of [fold] where it is text.
type quoteWords struct {
	quoted, signatures, ending []string
	headers, verbs             []string
	programs, closings, small  []string
}

var quotes = sync.OnceValue(func() quoteWords { //nolint:gochecknoglobals // A constant that Go has no form for.
	file := sections(quotesText)
	folded := func(name string) []string {
		var lines []string
		for _, text := range file[name] {
			lines = append(lines, strings.Join(fold(text), " "))
		}
		return lines
	}
	return quoteWords{
		quoted: file["quoted elements"], signatures: file["signature elements"], ending: file["ending elements"],
		headers: folded("header names"), verbs: folded("quote verbs"),
		programs: folded("program lines"), closings: folded("closings"), small: folded("small print"),
	}
})

// sections returns the lines of each section of a file of words. Lines that begin
// with # are comments.
func sections(text string) map[string][]string {
	all := map[string][]string{}
	var name string
	for row := range strings.Lines(text) {
		row = strings.TrimSpace(row)
		if title, ok := strings.CutPrefix(row, "== "); ok {
			name = title
		} else if row != "" && row[0] != '#' {
			all[name] = append(all[name], row)
		}
	}
	return all
}

// own returns the lines that the sender of a mail wrote, without quotations,
// signature and small print.
func own(all []line) []line {
	q := quotes()
	var mine []line
	for i := 0; i < len(all); i++ {
		l := all[i]
		switch n := q.attribution(all[i:]); {
		case l.quoted:
			continue
		case n > 0 && quotedNext(all[i+n:]):
			i += n - 1
			continue
		case n > 0, q.ends(all[i:]):
			return mine
		case q.closes(l.text):
			return append(mine, postscript(all[i+1:], q)...)
		case q.isProgram(l.text):
			continue
		}
		mine = append(mine, l)
	}
	return mine
}

// quotedNext returns whether a quotation comes next.
func quotedNext(rest []line) bool {
	i := slices.IndexFunc(rest, func(l line) bool { return l.quoted || l.text != "" })
	return i >= 0 && rest[i].quoted
}

// maxAttribution is the number of lines into which a mail program may break the
// line before a quotation, and maxAttributionText its length.
const (
	maxAttribution     = 3
	maxAttributionText = 300
)

// attribution returns how many lines make up a line such as "On Monday, Ann
// Miller wrote:"; 0 if none does.
func (q quoteWords) attribution(all []line) int {
	text := ""
	for n, l := range all[:min(len(all), maxAttribution)] {
		if l.quoted || l.text == "" || len(text)+len(l.text) > maxAttributionText {
			return 0
		}
		text += l.text + " "
		if !strings.HasSuffix(l.text, ":") {
			if !l.goesOn() {
				return 0
			}
			continue
		}
		if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsDigit(r) || r == '@' || r == '<' }) && containsAny(text, q.verbs) {
			return n + 1
		}
		return 0
	}
	return 0
}

// ends returns whether all that follows is a quoted mail or a signature.
func (q quoteWords) ends(all []line) bool {
	text := all[0].text
	bare := strings.Trim(text, "-_–— ")
	switch {
	case text == "--", text == "—":
		return true
	case strings.HasPrefix(text, "-----"), strings.HasPrefix(text, "_____"):
		return bare != "" && strings.HasSuffix(text, text[:1]) || len(text) >= len("____________________")
	case q.isHeader(text):
		next := slices.IndexFunc(all[1:], func(l line) bool { return l.text != "" })
		return next >= 0 && q.isHeader(all[1+next].text)
	}
	return containsAny(text, q.small)
}

// isHeader returns whether a line is one of those before a quoted mail.
func (q quoteWords) isHeader(text string) bool {
	name, _, found := strings.Cut(text, ":")
	return found && len(name) < 40 && slices.Contains(q.headers, strings.Join(fold(name), " "))
}

// closes returns whether a letter closes with this line.
func (q quoteWords) closes(text string) bool {
	return len(text) < 60 && slices.Contains(q.closings, strings.Join(fold(text), " "))
}

// postscript returns what stands after "PS" below a signature.
func postscript(all []line, q quoteWords) []line {
	var mine []line
	for i, l := range all {
		words := fold(l.text)
		if l.quoted || q.attribution(all[i:]) > 0 || q.ends(all[i:]) {
			return mine
		}
		if len(mine) > 0 || begins(words, "ps") || begins(words, "p", "s") {
			mine = append(mine, l)
		}
	}
	return mine
}

// isProgram returns whether a mail program added a line.
func (q quoteWords) isProgram(text string) bool {
	words := strings.Join(fold(text[:min(len(text), 200)]), " ") + " "
	return slices.ContainsFunc(q.programs, func(beginning string) bool { return strings.HasPrefix(words, beginning+" ") })
}

func begins(words []string, beginning ...string) bool {
	return len(words) > len(beginning) && slices.Equal(words[:len(beginning)], beginning)
}

// containsAny returns whether one of several runs of words stands in a text.
func containsAny(text string, runs []string) bool {
	words := " " + strings.Join(fold(text), " ") + " "
	return slices.ContainsFunc(runs, func(run string) bool { return strings.Contains(words, " "+run+" ") })
}

// maxBroken is the length from which on a line of plain text may have been broken
// by a mail program, and goes on in the next one.
const maxBroken = 50

// paragraphs joins lines that were broken within a sentence.
func paragraphs(all []line) []string {
	var texts []string
	joins := false
	for _, l := range all {
		switch {
		case l.text == "":
			joins = false
			continue
		case joins:
			texts[len(texts)-1] += " " + l.text
		default:
			texts = append(texts, l.text)
		}
		joins = l.goesOn()
	}
	return texts
}

// goesOn returns whether a mail program may have broken the line.
func (l line) goesOn() bool { return l.broken && utf8.RuneCountInString(l.text) >= maxBroken }

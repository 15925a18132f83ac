package mails_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// A screen reader, a watch and a terminal show the text, so it says all that the HTML
// says, and leads where that leads.
func TestTheTextOfAMailSaysWhatItsHTMLSays(t *testing.T) {
	t.Parallel()
	for _, m := range all(t) {
		// The layout frames a warning with the company's name and address, which its
		// reader works for.
		p := readPage(t, m.HTML, m.Template == "warning")
		for _, word := range without(p.words, words(m.Text)) {
			assert.Fail(t, "a word is in the HTML alone", "%s: %s", m.Name(), word)
		}
		for _, word := range without(words(callToAction.ReplaceAllString(m.Text, "")), p.words) {
			assert.Fail(t, "a word is in the text alone", "%s: %s", m.Name(), word)
		}
		assert.Empty(t, without(webLinks(m.Text), p.links), "%s: links in the text alone", m.Name())
		for _, link := range p.links {
			scheme, rest, _ := strings.Cut(link, ":")
			switch scheme {
			case "tel":
				assert.Contains(t, digits(m.Text), digits(rest), m.Name())
			case "mailto":
				assert.Contains(t, m.Text, rest, m.Name())
			default:
				// A signature's text has what its link shows.
				assert.True(t, strings.Contains(m.Text, link) || strings.Contains(m.Text, strings.TrimPrefix(link, "https://")), "%s: no %s in the text", m.Name(), link)
			}
		}
	}
}

// A table that is no presentation is read with rows and columns, and a page on the web
// has a language of its own around a mail. Gmail cuts a mail off after 102 kB.
func TestMailsAreReadAsTextInTheirLanguage(t *testing.T) {
	t.Parallel()
	const cutOff = 102 << 10
	for _, m := range all(t) {
		assert.Less(t, len(m.HTML), cutOff, m.Name())
		root, err := html.Parse(strings.NewReader(m.HTML))
		require.NoError(t, err)
		var languages []string
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if n.Data == "table" {
				assert.Equal(t, "presentation", attribute(n, "role"), m.Name())
			}
			if n.Data == "title" {
				assert.NotEmpty(t, n.FirstChild.Data, m.Name())
			}
			if language := attribute(n, "lang"); language != "" {
				languages = append(languages, language)
			}
		}
		assert.Equal(t, []string{m.Language, m.Language}, languages, m.Name())
	}
}

// callToAction is what a text says in place of a button: a line, and where it leads.
var callToAction = regexp.MustCompile(`(?m)^[^\n]+:\nhttps://\S+$`)

var webLink = regexp.MustCompile(`https?://[^\s,]+`)

func webLinks(text string) []string { return webLink.FindAllString(text, -1) }

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}

// page is what a person gets out of an HTML mail: its words in their order, and where
// its links lead.
type page struct{ words, links []string }

// readPage reads one, without the frame of its layout if that does not count.
func readPage(t *testing.T, source string, frameless bool) page {
	t.Helper()
	root, err := html.Parse(strings.NewReader(source))
	require.NoError(t, err)
	var text strings.Builder
	var p page
	for n := range root.Descendants() {
		switch {
		case unseen(n) || frameless && inside(n, "brand", "footer"):
		case n.Type == html.TextNode && !inside(n, "button"):
			text.WriteString(n.Data)
		case n.Type == html.ElementNode && !slices.Contains([]string{"a", "b", "em", "span", "strong"}, n.Data):
			text.WriteByte('\n')
		case n.Data == "a" && attribute(n, "href") != "":
			p.links = append(p.links, attribute(n, "href"))
		}
	}
	p.words = words(text.String())
	return p
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// unseen tells whether nobody sees a node, as the text of a preheader.
func unseen(n *html.Node) bool {
	for n := range n.Ancestors() {
		if n.Data == "head" || strings.Contains(strings.ReplaceAll(attribute(n, "style"), " ", ""), "display:none") {
			return true
		}
	}
	return false
}

// inside tells whether a node is within an element of one of the classes.
func inside(n *html.Node, classes ...string) bool {
	for n := range n.Ancestors() {
		for class := range strings.FieldsSeq(attribute(n, "class")) {
			if slices.Contains(classes, class) {
				return true
			}
		}
	}
	return false
}

// words are the words of a text, without addresses of pages and what stands between
// words.
func words(text string) []string {
	text = webLink.ReplaceAllStringFunc(text, func(link string) string {
		_, rest, _ := strings.Cut(link, "://")
		if strings.ContainsAny(rest, "/?") {
			return ""
		}
		return rest // It is a word in the HTML, too.
	})
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '.' && r != '@' })
}

// without returns what is in a list and not in another one.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(word string) bool { return slices.Contains(other, word) })
}

package render

import (
	"bytes"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/crm-tool/crm-tool/pkg/render/lines"
)

// The largest signature in bytes: in Odoo, where it may contain images, and in a
// mail.
const (
	maxRawSignature = 2 << 20
	maxSignature    = 16 << 10
)

var (
	// imageSource is an image that a client's mail program can fetch. Odoo's
	// own paths (/web/image/…) do not work there, and plain http would show
	// others on the network who reads this mail.
	imageSource = regexp.MustCompile(`^https://`)
	linkTarget  = regexp.MustCompile(`^(?i:https?://|mailto:|tel:)`)
	pixels      = regexp.MustCompile(`^[1-9][0-9]{0,2}$`)
	notDigit    = regexp.MustCompile(`[^0-9]`)
	dashes      = regexp.MustCompile(`^[\s\x{00a0}]*[-–—_]{2,}[\s\x{00a0}]*`)
)

// signaturePolicy says what a signature may contain: text with emphasis, links and
// images. Colours and fonts come from the layout: a signature in black would be
// invisible in dark mode.
var signaturePolicy = sync.OnceValue(func() *bluemonday.Policy { //nolint:gochecknoglobals // A constant that Go has no form for.
	p := simplePolicy()
	p.AllowElements("span")
	p.AllowNoAttrs().OnElements("span")
	p.AllowURLSchemes("https", "http", "mailto", "tel")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.AllowAttrs("href").Matching(linkTarget).OnElements("a")
	p.AllowAttrs("src").Matching(imageSource).OnElements("img")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("width", "height").Matching(pixels).OnElements("img")
	return p
})

// simplePolicy allows text with structure and emphasis, and no attributes.
func simplePolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "div", "br", "b", "strong", "i", "em", "u", "small", "blockquote",
		"ul", "ol", "li", "h1", "h2", "h3", "h4", "hr", "table", "tbody", "tr", "td", "th")
	return p
}

// signature cleans the HTML of a user's preferences for a client's mail, and
// returns it as plain text, too. Both are empty when the signature is only the
// name, as Odoo's default is, or far too long.
func signature(raw, name string) (template.HTML, string) {
	if len(raw) > maxRawSignature {
		return "", ""
	}
	body := parseFragment(signaturePolicy().Sanitize(lines.Visible(raw)))
	if body == nil {
		return "", ""
	}
	trimStart(body)
	images := tidyImages(body)
	text := nodeText(body)
	if strings.EqualFold(text, name) || (text == "" && !images) {
		return "", ""
	}
	var out bytes.Buffer
	for n := body.FirstChild; n != nil; n = n.NextSibling {
		if err := html.Render(&out, n); err != nil {
			return "", ""
		}
	}
	if out.Len() > maxSignature {
		return "", ""
	}
	return template.HTML(strings.TrimSpace(out.String())), text //nolint:gosec // it went through the policy
}

// telLink matches the number of a link in a signature.
var telLink = regexp.MustCompile(`href="tel:([^"]*)"`)

// hasNumber tells whether a signature has a telephone number, with another prefix or
// other blanks, too.
func hasNumber(signature template.HTML, text string, number template.URL) bool {
	const local = 8 // The digits before them depend on where one calls from.
	digits := func(s string) string { return notDigit.ReplaceAllString(s, "") }
	wanted := digits(string(number))
	if wanted = wanted[max(0, len(wanted)-local):]; wanted == "" {
		return false
	}
	places := strings.Split(text, "\n")
	for _, link := range telLink.FindAllStringSubmatch(string(signature), -1) {
		places = append(places, link[1])
	}
	return slices.ContainsFunc(places, func(place string) bool { return strings.Contains(digits(place), wanted) })
}

// parseFragment returns a body element with the fragment in it, or nil.
func parseFragment(fragment string) *html.Node {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(fragment), body)
	if err != nil {
		return nil
	}
	for _, n := range nodes {
		body.AppendChild(n)
	}
	return body
}

// trimStart removes the dashes with which signatures begin in Odoo, and the line
// break after them: the layout separates the signature in its own way. It returns
// true when it reached something that stays.
func trimStart(n *html.Node) bool {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch {
		case c.Type == html.TextNode:
			c.Data = strings.TrimLeft(dashes.ReplaceAllString(c.Data, ""), " \n\u00a0")
			if c.Data != "" {
				return true
			}
			n.RemoveChild(c)
		case c.DataAtom == atom.Br, c.DataAtom == atom.Hr:
			n.RemoveChild(c)
		case c.DataAtom == atom.Img:
			return true
		case trimStart(c):
			return true
		default:
			n.RemoveChild(c)
		}
		c = next
	}
	return false
}

// tidyImages drops images without a source, limits the others to the width of the
// screen, and reports whether any are left.
func tidyImages(body *html.Node) bool {
	var images []*html.Node
	for n := range body.Descendants() {
		if n.DataAtom == atom.Img {
			images = append(images, n)
		}
	}
	kept := false
	for _, img := range images {
		if attr(img, "src") == "" {
			img.Parent.RemoveChild(img)
			continue
		}
		img.Attr = append(img.Attr, html.Attribute{Key: "style", Val: "max-width:100%;height:auto;"})
		kept = true
	}
	return kept
}

// attr returns the value of an attribute, or nothing.
func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// plainText returns the text of a fragment of HTML.
func plainText(fragment string) string {
	if !strings.ContainsAny(fragment, "<\r\x00") {
		return field(html.UnescapeString(fragment)) // A parser has nothing else to do.
	}
	body := parseFragment(fragment)
	if body == nil {
		return ""
	}
	return nodeText(body)
}

// nodeText returns the text below a node: a line for each block and each line
// break, without empty lines, with white space as a browser shows it.
func nodeText(n *html.Node) string {
	var b strings.Builder
	writeText(&b, n)
	var rows []string
	for line := range strings.SplitSeq(b.String(), "\n") {
		if line = field(line); line != "" {
			rows = append(rows, line)
		}
	}
	return strings.Join(rows, "\n")
}

func writeText(b *strings.Builder, n *html.Node) {
	block := isBlock(n.DataAtom)
	if block {
		b.WriteByte('\n')
	}
	if n.Type == html.TextNode {
		b.WriteString(strings.ReplaceAll(n.Data, "\n", " "))
	}
	start := b.Len()
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		writeText(b, c)
	}
	switch {
	case block:
		b.WriteByte('\n')
	case n.DataAtom == atom.Td, n.DataAtom == atom.Th:
		b.WriteByte(' ')
	case n.DataAtom == atom.A:
		target := attr(n, "href")
		if strings.HasPrefix(target, "http") && !strings.Contains(target, b.String()[start:]) {
			b.WriteString(" (" + target + ")")
		}
	}
}

func isBlock(a atom.Atom) bool {
	switch a {
	case atom.Br, atom.Hr, atom.P, atom.Div, atom.Li, atom.Ul, atom.Ol, atom.Tr, atom.Table, atom.Blockquote,
		atom.H1, atom.H2, atom.H3, atom.H4:
		return true
	default:
		return false
	}
}

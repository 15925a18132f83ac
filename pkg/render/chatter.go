package render

import (
	"bytes"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// chatter reduces a message, which it changes, to what Odoo's chatter shows like a mail
// somebody wrote there: paragraphs, emphasis and links. What the layout needs is gone:
// tables around single cells, styles, and images, which can report who looks at them. A
// link whose text is the mailbox or the number to which it leads is that text. The message
// was filled without the client's secrets; a link that would lead to one is bold.
func chatter(body *html.Node) string {
	if body == nil {
		return ""
	}
	tidyChatter(body)
	var out bytes.Buffer
	for n := range body.ChildNodes() {
		if isBlank(n) {
			continue
		}
		if err := html.Render(&out, n); err != nil {
			return ""
		}
		if isBlock(n.DataAtom) {
			out.WriteByte('\n')
		}
	}
	return strings.TrimSpace(chatterPolicy().Sanitize(out.String()))
}

// chatterPolicy says what a message in the chatter may contain.
var chatterPolicy = sync.OnceValue(func() *bluemonday.Policy { //nolint:gochecknoglobals // A constant that Go has no form for.
	p := simplePolicy()
	p.AllowURLSchemes("https", "http", "mailto", "tel")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.AllowAttrs("href").Matching(linkTarget).OnElements("a")
	return p
})

// tidyChatter changes what is below a node, the innermost first.
func tidyChatter(parent *html.Node) {
	for _, n := range slices.Collect(parent.ChildNodes()) {
		switch {
		case n.Type == html.CommentNode, isHidden(n):
			parent.RemoveChild(n)
			continue
		}
		tidyChatter(n)
		switch {
		case n.DataAtom == atom.Table && isLayout(n):
			unwrapTable(parent, n)
		case n.DataAtom == atom.A && nodeText(n) == "":
			parent.RemoveChild(n)
		case n.DataAtom == atom.A && leadsToSecret(attr(n, "href")):
			n.Data, n.DataAtom, n.Attr = "b", atom.B, nil
		case n.DataAtom == atom.A && saysTarget(n):
			unwrap(parent, n)
		}
	}
}

// saysTarget tells whether the text of a link is the mailbox or the number to which it
// leads. Each element takes Odoo a while to clean.
func saysTarget(link *html.Node) bool {
	scheme, target, _ := strings.Cut(attr(link, "href"), ":")
	switch text := nodeText(link); scheme {
	case "mailto":
		return text == target
	case "tel":
		return hasNumber("", text, template.URL(target)) //nolint:gosec // It is only compared.
	default:
		return false
	}
}

// unwrap puts what is in a node in its place.
func unwrap(parent, n *html.Node) {
	for _, c := range slices.Collect(n.ChildNodes()) {
		n.RemoveChild(c)
		parent.InsertBefore(c, n)
	}
	parent.RemoveChild(n)
}

// isHidden tells whether a mail program shows nothing of a node, as of a preheader.
func isHidden(n *html.Node) bool {
	style := strings.ReplaceAll(strings.ToLower(attr(n, "style")), " ", "")
	return strings.Contains(style, "display:none")
}

// leadsToSecret tells whether the target of a link had a secret of the client's in it.
func leadsToSecret(target string) bool {
	plain, err := url.PathUnescape(target)
	return err != nil || strings.Contains(plain, hiddenLink)
}

// isLayout tells a table that only places its content from one that shows data.
func isLayout(table *html.Node) bool {
	if attr(table, "role") == "presentation" {
		return true
	}
	cells := cellsOf(table)
	return !slices.ContainsFunc(cells, func(c *html.Node) bool {
		return c.DataAtom == atom.Th || slices.ContainsFunc(cells, func(other *html.Node) bool { return other != c && other.Parent == c.Parent })
	})
}

// cellsOf returns the cells of a table in which no other table is left.
func cellsOf(table *html.Node) []*html.Node {
	var cells []*html.Node
	for n := range table.Descendants() {
		if n.DataAtom == atom.Td || n.DataAtom == atom.Th {
			cells = append(cells, n)
		}
	}
	return cells
}

// unwrapTable puts what is in the cells of a table in its place. Text that stands in a
// cell by itself becomes a paragraph.
func unwrapTable(parent, table *html.Node) {
	for _, cell := range cellsOf(table) {
		var loose *html.Node
		for _, n := range slices.Collect(cell.ChildNodes()) {
			cell.RemoveChild(n)
			switch {
			case isBlock(n.DataAtom) && n.DataAtom != atom.Br:
				parent.InsertBefore(n, table)
				loose = nil
			case loose == nil && isBlank(n):
			default:
				if loose == nil {
					loose = &html.Node{Type: html.ElementNode, Data: "p", DataAtom: atom.P}
					parent.InsertBefore(loose, table)
				}
				loose.AppendChild(n)
			}
		}
	}
	parent.RemoveChild(table)
}

// isBlank tells whether a node is white space between elements.
func isBlank(n *html.Node) bool {
	return n.Type == html.TextNode && strings.TrimSpace(n.Data) == ""
}

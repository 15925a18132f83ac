// Package sanitize cleans HTML as Odoo does before it stores it. It knows of
// Odoo's rules those that mails and notes meet; it is no protection for a
// browser.
package sanitize

import (
	"regexp"
	"slices"
	"strings"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// HTML turns a text into the HTML that Odoo would store: well-formed,
// without scripts and their kin, without event handlers, links that run code
// and styles that leave the text's own place. Loose text becomes a paragraph,
// several inline elements are held together by a span. A no-break space becomes
// &nbsp; (odoo.tools.mail.html_normalize).
func HTML(source string) string {
	if strings.TrimSpace(source) == "" {
		return ""
	}
	body := &nethtml.Node{Type: nethtml.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := nethtml.ParseFragment(strings.NewReader(source), body)
	if err != nil { // the reader is a string, so this cannot be
		return ""
	}
	for _, n := range nodes {
		body.AppendChild(n)
	}
	clean(body, strings.Contains(strings.ToLower(source), "<tbody"))
	gatherText(body)
	var out strings.Builder
	wrap := needsSpan(body)
	if wrap {
		out.WriteString("<span>")
	}
	for n := range body.ChildNodes() {
		writeNode(&out, n)
	}
	if wrap {
		out.WriteString("</span>")
	}
	return strings.ReplaceAll(out.String(), "\u00a0", "&nbsp;")
}

// clean removes what must not stay below a node, and table bodies that only
// the parser put there.
func clean(parent *nethtml.Node, bodies bool) {
	for _, n := range slices.Collect(parent.ChildNodes()) {
		if n.Type == nethtml.ElementNode && dangerous(n.Data) {
			parent.RemoveChild(n)
			continue
		}
		n.Attr = harmless(n.Attr)
		clean(n, bodies)
		if n.DataAtom == atom.Tbody && !bodies {
			for _, row := range slices.Collect(n.ChildNodes()) {
				n.RemoveChild(row)
				parent.InsertBefore(row, n)
			}
			parent.RemoveChild(n)
		}
	}
}

// dangerous names the elements that vanish with what they contain.
func dangerous(element string) bool {
	return strings.Contains(" base embed frame head iframe link meta noscript object script style title svg ", " "+element+" ")
}

// harmless returns the attributes that may stay.
func harmless(attributes []nethtml.Attribute) []nethtml.Attribute {
	var kept []nethtml.Attribute
	for _, a := range attributes {
		target := strings.ToLower(strings.TrimSpace(a.Val))
		switch {
		case strings.HasPrefix(a.Key, "on"):
			continue
		case strings.HasPrefix(target, "javascript:"), strings.HasPrefix(target, "vbscript:"):
			a.Val = ""
		case a.Key == "style":
			if a.Val = harmlessStyle(a.Val); a.Val == "" {
				continue
			}
		}
		kept = append(kept, a)
	}
	return kept
}

// declaration is one property of an inline style.
var declaration = regexp.MustCompile(`([\w-]+)\s*:\s*((?:[^;"']|"[^";]*"|'[^';]*')+)`)

// harmlessStyle returns the declarations of a style that may stay.
func harmlessStyle(style string) string {
	families := []string{
		"font", "background", "padding", "margin", "border", "text", "color", "line-height", "letter-spacing", "opacity", "float",
		"vertical-align", "display", "object-fit", "white-space", "height", "width", "max-width", "min-width", "min-height",
		"caption-side", "empty-cells", "table-layout",
	}
	var kept []string
	for _, m := range declaration.FindAllStringSubmatch(style, -1) {
		name := strings.ToLower(m[1])
		family, _, _ := strings.Cut(name, "-")
		if slices.Contains(families, name) || slices.Contains(families, family) {
			kept = append(kept, name+":"+m[2])
		}
	}
	return strings.Join(kept, "; ")
}

// gatherText puts text that opens the fragment into a paragraph, up to the
// first block.
func gatherText(body *nethtml.Node) {
	first := body.FirstChild
	if first == nil || first.Type != nethtml.TextNode || strings.TrimSpace(first.Data) == "" {
		return
	}
	first.Data = strings.TrimLeft(first.Data, " \t\r\n")
	p := &nethtml.Node{Type: nethtml.ElementNode, Data: "p", DataAtom: atom.P}
	for n := body.FirstChild; n != nil && !block(n); n = body.FirstChild {
		body.RemoveChild(n)
		p.AppendChild(n)
	}
	body.InsertBefore(p, body.FirstChild)
}

// needsSpan is true when the fragment is more than one node and none of them
// is a block.
func needsSpan(body *nethtml.Node) bool {
	count := 0
	for n := range body.ChildNodes() {
		if block(n) {
			return false
		}
		if n.Type != nethtml.TextNode || strings.TrimSpace(n.Data) != "" {
			count++
		}
	}
	return count > 1
}

// block is true for elements that stand on lines of their own.
func block(n *nethtml.Node) bool {
	const blocks = " p div table ul ol dl pre blockquote hr section article header footer h1 h2 h3 h4 h5 h6 "
	return n.Type == nethtml.ElementNode && strings.Contains(blocks, " "+n.Data+" ")
}

// writeNode writes a node as lxml does: no quotes are escaped in text, and
// void elements have no slash.
func writeNode(out *strings.Builder, n *nethtml.Node) {
	switch n.Type {
	case nethtml.TextNode:
		out.WriteString(xmlrpc.Escape(n.Data))
	case nethtml.CommentNode:
		out.WriteString("<!--" + n.Data + "-->")
	case nethtml.ElementNode:
		out.WriteString("<" + n.Data)
		for _, a := range n.Attr {
			out.WriteString(" " + a.Key + `="` + strings.ReplaceAll(xmlrpc.Escape(a.Val), `"`, "&quot;") + `"`)
		}
		out.WriteString(">")
		if strings.Contains(" area br col hr img input wbr ", " "+n.Data+" ") { // no end tag
			return
		}
		for child := range n.ChildNodes() {
			writeNode(out, child)
		}
		out.WriteString("</" + n.Data + ">")
	default: // a document type says nothing inside a fragment
	}
}

package sandbox

import (
	"strings"

	nethtml "golang.org/x/net/html"
)

// sanitize removes from HTML what Odoo removes before it stores it: scripts
// and their kin with their content, event handlers, and links that run code.
// Plain text becomes a paragraph.
func sanitize(source string) string {
	if strings.TrimSpace(source) == "" {
		return source
	}
	if !strings.Contains(source, "<") {
		return "<p>" + source + "</p>"
	}
	var out strings.Builder
	z := nethtml.NewTokenizer(strings.NewReader(source))
	hidden := "" // the element whose content is being left out
	for {
		kind := z.Next()
		if kind == nethtml.ErrorToken {
			return out.String()
		}
		t := z.Token()
		switch {
		case hidden != "":
			if kind == nethtml.EndTagToken && t.Data == hidden {
				hidden = ""
			}
		case kind == nethtml.StartTagToken && dangerous(t.Data):
			hidden = t.Data
		case kind == nethtml.CommentToken, kind == nethtml.DoctypeToken, dangerous(t.Data) && kind != nethtml.TextToken:
		case kind == nethtml.StartTagToken, kind == nethtml.SelfClosingTagToken:
			t.Type = nethtml.StartTagToken
			t.Attr = harmless(t.Attr)
			out.WriteString(t.String())
		default:
			out.Write(z.Raw())
		}
	}
}

// dangerous names the elements that vanish with what they contain.
func dangerous(element string) bool {
	switch element {
	case "script", "style", "iframe", "object", "embed", "form", "meta", "link", "base", "title", "head", "svg":
		return true
	default:
		return false
	}
}

// harmless returns the attributes that may stay.
func harmless(attributes []nethtml.Attribute) []nethtml.Attribute {
	var kept []nethtml.Attribute
	for _, a := range attributes {
		target := strings.ToLower(strings.TrimSpace(a.Val))
		if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(target, "javascript:") || strings.HasPrefix(target, "vbscript:") {
			continue
		}
		kept = append(kept, a)
	}
	return kept
}

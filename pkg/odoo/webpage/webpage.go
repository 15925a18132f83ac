// Package webpage recognizes a web page where another answer was expected.
package webpage

import (
	"html"
	"regexp"
)

var (
	pageStart = regexp.MustCompile(`(?i)^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b`)
	pageTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
)

// Title says whether a body is an HTML page, and its title, which may be empty.
func Title(body []byte) (title string, ok bool) {
	head := body[:min(len(body), 16<<10)]
	if !pageStart.Match(head) {
		return "", false
	}
	if m := pageTitle.FindSubmatch(head); m != nil {
		title = html.UnescapeString(string(m[1]))
	}
	return title, true
}

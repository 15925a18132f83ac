package answer

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// What is read at most: bytes of a body, which may hold pictures, and bytes of
// text in it. Who asks for something does so in the first lines.
const (
	maxBody = 4 << 20
	maxText = 64 << 10
)

// line is a line of a mail as its reader sees it.
type line struct {
	text string
	// quoted is true for what stands in a quotation.
	quoted bool
	// broken is true if the line ends where the next one goes on: plain text
	// is broken into lines of about 72 characters.
	broken bool
}

// lines returns what a reader sees of a body, without the elements that hold
// signatures and what comes after the beginning of a quoted mail.
func lines(body string) []line {
	body = body[:min(len(body), maxBody)]
	p := page{quotes: quotes(), tokens: html.NewTokenizer(strings.NewReader(body))}
	for more := true; more && p.size < maxText; {
		more = p.next()
	}
	p.end(false)
	return p.lines
}

// page turns a body into lines.
type page struct {
	quotes quoteWords
	tokens *html.Tokenizer
	lines  []line
	text   strings.Builder
	size   int
	// pre counts open elements in which line breaks count.
	pre int
	// hidden is the element whose content is left out, and depth how many of
	// its kind are open; quoted is true if it holds a quotation.
	hidden string
	depth  int
}

// next reads one token. It returns false at the end.
func (p *page) next() bool {
	kind := p.tokens.Next()
	if p.hidden != "" && kind != html.ErrorToken {
		p.skip(kind)
		return true
	}
	switch kind {
	case html.ErrorToken:
		return false
	case html.TextToken:
		p.add(string(p.tokens.Text()))
	case html.StartTagToken, html.SelfClosingTagToken:
		return p.open(kind)
	case html.EndTagToken:
		name, _ := p.tokens.TagName()
		tag := atom.Lookup(name)
		if tag == atom.Pre && p.pre > 0 {
			p.pre--
		}
		if isBlock(tag) {
			p.end(false)
		}
	case html.CommentToken, html.DoctypeToken:
	}
	return true
}

// open begins an element. It returns false if the rest of the mail is quoted.
func (p *page) open(kind html.TokenType) bool {
	name, more := p.tokens.TagName()
	tag := atom.Lookup(name)
	element := string(name)
	marks := p.marks(more)
	has := func(list []string) bool {
		return slices.ContainsFunc(marks, func(mark string) bool { return slices.Contains(list, mark) })
	}
	switch {
	case has(p.quotes.ending):
		return false
	case tag == atom.Br:
		p.end(true)
	case tag == atom.Blockquote, has(p.quotes.quoted):
		p.end(false)
		if last := len(p.lines) - 1; last < 0 || !p.lines[last].quoted {
			p.lines = append(p.lines, line{quoted: true})
		}
		p.hide(kind, element)
	case tag == atom.Script, tag == atom.Style, tag == atom.Head, tag == atom.Title, has(p.quotes.signatures):
		p.hide(kind, element)
	case isBlock(tag):
		p.end(false)
		if tag == atom.Pre && kind == html.StartTagToken {
			p.pre++
		}
	}
	return true
}

// marks returns the classes, the id and the name of an element.
func (p *page) marks(more bool) []string {
	var marks []string
	for more {
		var key, value []byte
		key, value, more = p.tokens.TagAttr()
		switch string(key) {
		case "class", "id", "name":
			if len(value) > 1<<10 {
				continue
			}
			for mark := range strings.FieldsSeq(string(value)) {
				marks = append(marks, strings.TrimPrefix(mark, "x_"))
			}
		}
	}
	return marks
}

// hide leaves out the content of an element.
func (p *page) hide(kind html.TokenType, element string) {
	if kind == html.StartTagToken {
		p.hidden, p.depth = element, 1
	}
}

// skip looks only for the end of the hidden element.
func (p *page) skip(kind html.TokenType) {
	if kind != html.StartTagToken && kind != html.EndTagToken {
		return
	}
	if name, _ := p.tokens.TagName(); string(name) != p.hidden {
		return
	}
	if kind == html.StartTagToken {
		p.depth++
	} else {
		p.depth--
	}
	if p.depth == 0 {
		p.hidden = ""
	}
}

// add appends text to the line. In preformatted text a line break ends it.
func (p *page) add(text string) {
	text = text[:min(len(text), maxText-p.size)]
	p.size += len(text)
	if p.pre == 0 {
		p.text.WriteString(text)
		return
	}
	for i, part := range strings.Split(text, "\n") {
		if i > 0 {
			p.end(true)
		}
		p.text.WriteString(part)
	}
}

// end ends the line. The next one may go on with its sentence if it was broken.
func (p *page) end(broken bool) {
	text := strings.Join(strings.Fields(p.text.String()), " ")
	p.text.Reset()
	if text == "" && !broken {
		if last := len(p.lines) - 1; last >= 0 {
			p.lines[last].broken = false
		}
		return
	}
	if last := len(p.lines) - 1; text == "" && last >= 0 && p.lines[last].text == "" && !p.lines[last].quoted {
		return
	}
	p.size++
	p.lines = append(p.lines, line{text: text, quoted: strings.HasPrefix(text, ">"), broken: broken})
}

// isBlock returns whether a mail program begins a new line for an element.
func isBlock(tag atom.Atom) bool {
	switch tag {
	case atom.P, atom.Div, atom.Pre, atom.Table, atom.Tr, atom.Td, atom.Th, atom.Ul, atom.Ol, atom.Li, atom.Hr, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5,
		atom.H6, atom.Body, atom.Html, atom.Section, atom.Article, atom.Center, atom.Dl, atom.Dt, atom.Dd, atom.Form, atom.Address, atom.Footer, atom.Header:
		return true
	default:
		return false
	}
}

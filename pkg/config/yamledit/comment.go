package yamledit

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/yamlfile"
)

// A remark is a line that is nothing but a comment, read as if it were none.
type remark struct {
	// line is the index of the line.
	line int
	// column is where the text begins, without the number sign and a blank.
	column int
	text   string
}

// name returns the name that the remark would give a value to, or nothing.
func (r remark) name() string {
	m := regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_-]*):(?:\s|$)`).FindStringSubmatch(r.text)
	if m == nil {
		return ""
	}
	return m[1]
}

// isSection reports whether the remark is a name alone, below which others stand.
func (r remark) isSection() bool {
	after, ok := strings.CutPrefix(r.text, r.name()+":")
	after = strings.TrimSpace(after)
	return ok && r.name() != "" && (after == "" || strings.HasPrefix(after, "#"))
}

// remark returns a line as a remark.
func (e *editor) remark(line int) (remark, bool) {
	text := strings.TrimRight(string(e.text[e.lines[line]:e.contentEnd(line)]), " \t")
	inner := strings.TrimLeft(text, " ")
	after, isComment := strings.CutPrefix(inner, "#")
	words := strings.TrimLeft(after, " ")
	return remark{line, len(text) - len(inner) + max(0, len(after)-len(words)-1), words}, isComment
}

// contentEnd returns where a line ends, without what ends it.
func (e *editor) contentEnd(line int) int {
	end := len(e.text)
	if line+1 < len(e.lines) {
		end = e.lines[line+1]
	}
	return e.lines[line] + len(strings.TrimRight(string(e.text[e.lines[line]:end]), "\r\n\u0085\u2028\u2029"))
}

// uncomment sets a value where the text has it as a comment, as in
//
//	reminders:
//	  # days: [7, 15, 30]
//
// and reports whether it did. The section may be commented out, too.
func (e *editor) uncomment(path []string, p place, value *yaml.Node) bool {
	if p.shared != nil || p.value != nil && !isBlock(p.value) && !isAbsent(p.value) {
		return false
	}
	lines := e.commented(p)
	if len(lines) == 0 {
		return false
	}
	text := strings.Builder{}
	last := e.body
	text.Write(e.text[:last])
	for _, r := range lines {
		text.Write(e.text[last:e.lines[r.line]])
		text.WriteString(strings.Repeat(" ", r.column) + r.text)
		last = e.contentEnd(r.line)
	}
	text.Write(e.text[last:])

	next, err := newEditor([]byte(text.String()))
	if err != nil {
		return false
	}
	at, err := next.find(path)
	if err != nil || next.set(at, value) != nil {
		return false
	}
	changed := &editor{text: next.text, root: e.root}
	if changed.verify(path, value) != nil {
		return false
	}
	e.text = next.text
	return true
}

// commented returns the lines that give a value to the missing names, as remarks
// with the column at which they belong: sections, and then the value.
func (e *editor) commented(p place) []remark {
	first, end, outer := 0, len(e.lines), -1
	column := 0
	if e.root != nil {
		column = e.root.Column - 1
	}
	if p.key != nil {
		first, end, outer = e.line(e.offset(p.key))+1, e.sectionEnd(p), p.key.Column-1
		column = outer + e.step()
		if len(p.value.Content) > 0 {
			column = p.value.Content[0].Column - 1
		}
	}
	var found []remark
	for i, name := range p.missing {
		r, ok := e.search(name, first, end, outer, column)
		if !ok {
			break
		}
		block := []remark{r}
		if i == len(p.missing)-1 {
			block = e.whole(r, end)
		}
		for _, line := range block {
			line.column += column - r.column
			found = append(found, line)
		}
		first, outer = r.line+1, r.column
		end = e.remarksEnd(first)
		column += e.step()
	}
	return found
}

// search finds the last remark of this name between two lines: at that column for
// the outermost names, and else deeper than the section. What follows a remark of
// another section belongs to that.
func (e *editor) search(name string, first, end, outer, column int) (found remark, ok bool) {
	for i := first; i < end; i++ {
		r, isComment := e.remark(i)
		if !isComment {
			continue
		}
		isOuter := outer < 0
		if !isOuter && r.column <= outer && r.isSection() {
			break
		}
		if r.name() == name && (isOuter && r.column == column || !isOuter && r.column > outer) {
			found, ok = r, true
		}
	}
	return found, ok
}

// whole returns a remark with the lines below that belong to its value.
func (e *editor) whole(r remark, end int) []remark {
	block := []remark{r}
	root, err := yamlfile.Parse([]byte(r.text))
	if fields := yamlfile.Fields(root); err == nil && len(fields) == 1 && !isAbsent(fields[0].Value) {
		return block
	}
	for i := r.line + 1; i < end; i++ {
		next, isComment := e.remark(i)
		isItem := next.column == r.column && strings.HasPrefix(next.text, "- ")
		if !isComment || next.column <= r.column && !isItem {
			break
		}
		block = append(block, next)
	}
	return block
}

// sectionEnd returns the line in which the next section begins.
func (e *editor) sectionEnd(p place) int {
	keys := p.around.Content
	at := slices.Index(keys, p.key)
	if at+2 < len(keys) {
		return e.line(e.offset(keys[at+2]))
	}
	return len(e.lines)
}

// remarksEnd returns the first line from there on that is neither empty nor a
// remark.
func (e *editor) remarksEnd(line int) int {
	for ; line < len(e.lines); line++ {
		_, isComment := e.remark(line)
		if !isComment && e.contentEnd(line) > e.lines[line] {
			break
		}
	}
	return line
}

package schedule

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// comment breaks a text into lines after a number sign.
func comment(text string) string {
	const width = 118
	var lines []string
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+len(word) >= width {
			lines = append(lines, line)
			line = "#"
		}
		line += " " + word
	}
	return strings.Join(append(lines, line), "\n")
}

// plain are the characters that need no quotes anywhere.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@:,"

func isPlain(s string) bool { return s != "" && strings.Trim(s, plain) == "" }

// Quoted writes a word for a shell.
func Quoted(s string) string {
	if isPlain(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// cronQuoted writes a word for the shell in a crontab, where % is the end of a line unless a
// backslash stands before it.
func cronQuoted(s string) string { return strings.ReplaceAll(Quoted(s), "%", `'\%'`) }

// unitQuoted writes a word of a command line for systemd.
func unitQuoted(s string) string {
	if isPlain(s) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "$", "$$").Replace(s) + `"`
}

// yamlQuoted writes a text as YAML. What JSON writes, YAML reads, but for a few characters that
// JSON leaves as they are.
func yamlQuoted(s string) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return "", err
	}
	var text strings.Builder
	for _, r := range strings.TrimSuffix(b.String(), "\n") {
		if isForeign(r) {
			fmt.Fprintf(&text, `\u%04x`, r)
			continue
		}
		text.WriteRune(r)
	}
	return text.String(), nil
}

// isForeign says that YAML takes a character for something else, or not at all.
func isForeign(r rune) bool {
	return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff
}

// yamlBlock writes the text of a file as YAML, by its lines if YAML reads them as they are.
func yamlBlock(s string) (string, error) {
	if strings.TrimLeft(s, " \n") != s || strings.TrimRight(s, " \n")+"\n" != s || strings.ContainsFunc(s, isForeign) {
		return yamlQuoted(s)
	}
	var b strings.Builder
	b.WriteString("|")
	for line := range strings.Lines(s) {
		b.WriteString("\n")
		if line != "\n" {
			b.WriteString("    " + strings.TrimSuffix(line, "\n"))
		}
	}
	return b.String(), nil
}

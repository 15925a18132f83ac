package render

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/language"
)

// The files that all mails share, and the name under which the layout and the
// mails call each other.
const (
	layoutFile        = "layout.html"
	signatureHTMLFile = "signature.html"
	signatureTextFile = "signature.txt"

	contentName   = "content"
	signatureName = "signature"
)

// mailName is the kind of a mail, as the names of its files begin.
type mailName string

const (
	reminderMail         mailName = "reminder"
	feedbackMail         mailName = "feedback"
	feedbackReminderMail mailName = "feedback-reminder"
)

// mails are all kinds. Each has texts in the last language.
func mails() []mailName { return []mailName{reminderMail, feedbackMail, feedbackReminderMail} }

// anyDay is the Day of a reminder's texts for days without texts of their own,
// and of all other mails.
const anyDay = -1

// parts are the endings of the three files of a mail.
func parts() []string { return []string{"subject", "html", "txt"} }

// unitKey names the three files of one mail in one language.
type unitKey struct {
	Mail mailName
	Lang string
	Day  int
}

// file returns the name of one of its files.
func (k unitKey) file(part string) string {
	if k.Day == anyDay {
		return fmt.Sprintf("%s.%s.%s", k.Mail, k.Lang, part)
	}
	return fmt.Sprintf("%s-%d.%s.%s", k.Mail, k.Day, k.Lang, part)
}

var (
	templateName = regexp.MustCompile(`^(reminder|feedback|feedback-reminder)\.(` + language.Pattern + `)\.(subject|html|txt)`)
	dayName      = regexp.MustCompile(`^(reminder)-(0|[1-9][0-9]{0,4})\.(` + language.Pattern + `)\.(subject|html|txt)`)
)

// nameKind is what a file's name says about its use.
type nameKind int

const (
	foreignName nameKind = iota
	sharedName
	mailFile
	mistypedName
)

// classify tells what the file is; the key is that of a mailFile.
func classify(name string) (nameKind, unitKey) {
	if name == layoutFile || name == signatureHTMLFile || name == signatureTextFile {
		return sharedName, unitKey{}
	}
	if key, rest, ok := parseName(name); ok && rest == "" {
		return mailFile, key
	}
	if looksMistyped(name) {
		return mistypedName, unitKey{}
	}
	return foreignName, unitKey{}
}

// parseName takes a template's name from the beginning of a file's name, and
// returns what is left.
func parseName(name string) (key unitKey, rest string, ok bool) {
	if m := templateName.FindStringSubmatch(name); m != nil {
		return unitKey{Mail: mailName(m[1]), Lang: m[2], Day: anyDay}, name[len(m[0]):], true
	}
	m := dayName.FindStringSubmatch(name)
	if m == nil {
		return unitKey{}, "", false
	}
	day, err := strconv.Atoi(m[2])
	return unitKey{Mail: mailName(m[1]), Lang: m[3], Day: day}, name[len(m[0]):], err == nil
}

// looksMistyped is true for what somebody must have meant as a template: his
// own text would stay unused and the built-in one go out in its place. Hidden
// files, a readme and an editor's copies (reminder-7.fr.html~) are not meant.
func looksMistyped(name string) bool {
	lower := strings.ToLower(name)
	if strings.HasPrefix(name, ".") || strings.HasPrefix(lower, "readme") {
		return false
	}
	switch path.Ext(lower) {
	case ".html", ".htm", ".txt", ".text", ".subject":
		return true
	}
	_, rest, ok := parseName(name)
	isCopy := ok && rest != "" && !isWordByte(rest[0])
	return !isCopy && (strings.HasPrefix(lower, "reminder") || strings.HasPrefix(lower, "feedback"))
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

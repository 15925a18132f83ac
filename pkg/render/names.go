package render

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/language"
)

// The files that all mails share, and the names under which the layout and the
// mails include each other.
const (
	layoutFile        = "layout.html"
	signatureHTMLFile = "signature.html"
	signatureTextFile = "signature.txt"

	contentName   = "content"
	signatureName = "signature"
	// preheaderName is what a mail's html may define besides its content.
	preheaderName = "preheader"
	// footerName is also how the names of its files begin: footer.LANG.html.
	footerName = "footer"
)

// mailName is the kind of a mail, as the names of its files begin.
type mailName string

const (
	reminderMail         mailName = "reminder"
	feedbackMail         mailName = "feedback"
	feedbackReminderMail mailName = "feedback-reminder"
	warningMail          mailName = "warning"
)

// mails returns all kinds. Each has texts in [language.Last].
func mails() []mailName {
	return []mailName{reminderMail, feedbackMail, feedbackReminderMail, warningMail}
}

// anyDay is the Day of mails that are no reminders, and of the reminder for days
// without a text of their own.
const anyDay = -1

// parts returns the extensions of a mail's three files.
func parts() []string { return []string{"subject", "html", "txt"} }

// unitKey names the three files of one mail in one language.
type unitKey struct {
	Mail mailName
	Lang string
	Day  int
}

// name returns what the names of the three files have in common.
func (k unitKey) name() string {
	if k.Day == anyDay {
		return fmt.Sprintf("%s.%s", k.Mail, k.Lang)
	}
	return fmt.Sprintf("%s-%d.%s", k.Mail, k.Day, k.Lang)
}

// file returns the name of the file for a part.
func (k unitKey) file(part string) string { return k.name() + "." + part }

// templateName matches the beginning of a file's name.
var templateName = regexp.MustCompile(`^(?:(reminder)-(0|[1-9][0-9]{0,4})|(reminder|feedback|feedback-reminder|warning))\.(` + language.Pattern + `)\.(?:subject|html|txt)`)

// footerForm matches the name of a footer, which differs by language.
var footerForm = regexp.MustCompile(`^` + footerName + `\.(` + language.Pattern + `)\.(?:html|txt)$`)

// footerFile returns the footer for mails in a language: the nearest that there is.
func footerFile(has func(name string) bool, lang, part string) string {
	name := ""
	for _, l := range language.Fallbacks([]string{lang}) {
		if name = footerName + "." + l + "." + part; has(name) {
			return name
		}
	}
	return name
}

// nameKind says what a file is used for, judging by its name.
type nameKind int

const (
	foreignName nameKind = iota
	sharedName
	footerKind
	mailFile
	mistypedName
)

// classify returns the kind of a file, and the key of a mailFile. Of a footer, that
// has only the language.
func classify(name string) (nameKind, unitKey) {
	if name == layoutFile || name == signatureHTMLFile || name == signatureTextFile {
		return sharedName, unitKey{}
	}
	if m := footerForm.FindStringSubmatch(name); m != nil {
		return footerKind, unitKey{Lang: m[1]}
	}
	key, rest, ok := parseName(name)
	switch {
	case ok && rest == "":
		return mailFile, key
	case looksMistyped(name, rest):
		return mistypedName, unitKey{}
	}
	return foreignName, unitKey{}
}

// parseName reads a template's name from the beginning of a file's name, and
// returns the rest.
func parseName(name string) (key unitKey, rest string, ok bool) {
	m := templateName.FindStringSubmatch(name)
	if m == nil {
		return unitKey{}, "", false
	}
	key = unitKey{Mail: mailName(m[1] + m[3]), Lang: m[4], Day: anyDay}
	if m[2] != "" {
		key.Day, _ = strconv.Atoi(m[2]) // at most five digits
	}
	return key, name[len(m[0]):], true
}

// looksMistyped is true for a name that was probably meant as a template's. The
// file would not be used, and the built-in text would go out instead. Hidden
// files, a readme and an editor's copies do not count: reminder-7.fr.html~, of which
// the rest is ~.
func looksMistyped(name, rest string) bool {
	lower := strings.ToLower(name)
	if strings.HasPrefix(name, ".") || strings.HasPrefix(lower, "readme") {
		return false
	}
	switch path.Ext(lower) {
	case ".html", ".htm", ".txt", ".text", ".subject":
		return true
	}
	isCopy := rest != "" && !isWordByte(rest[0])
	return !isCopy && slices.ContainsFunc(mails(), func(m mailName) bool { return strings.HasPrefix(lower, string(m)) })
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

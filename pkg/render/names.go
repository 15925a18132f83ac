package render

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
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

// anyDay is the Day of the texts for days without texts of their own.
const anyDay = -1

// lastLanguage is the one that the built-in templates always have.
const lastLanguage = "en"

// parts are the endings of the three files of a mail.
func parts() []string { return []string{"subject", "html", "txt"} }

// unitKey names the three files of one mail in one language.
type unitKey struct {
	Lang string
	Day  int
}

// file returns the name of one of its files.
func (k unitKey) file(part string) string {
	if k.Day == anyDay {
		return fmt.Sprintf("reminder.%s.%s", k.Lang, part)
	}
	return fmt.Sprintf("reminder-%d.%s.%s", k.Day, k.Lang, part)
}

var (
	reminderName = regexp.MustCompile(`^reminder(?:-(0|[1-9][0-9]{0,4}))?\.([a-z]{2,3}(?:_(?:[A-Z]{2}|[0-9]{3}))?)\.(subject|html|txt)`)
	copyName     = regexp.MustCompile(reminderName.String() + `[^A-Za-z0-9]`)
	languageCode = regexp.MustCompile(`^([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}|[0-9]{3}))?(?:[@.].*)?$`)
)

// nameKind is what a file's name says about its use.
type nameKind int

const (
	foreignName nameKind = iota
	sharedName
	reminderFile
	mistypedName
)

// classify tells what the file is; the key is that of a reminderFile.
func classify(name string) (nameKind, unitKey) {
	if name == layoutFile || name == signatureHTMLFile || name == signatureTextFile {
		return sharedName, unitKey{}
	}
	m := reminderName.FindStringSubmatch(name)
	if m != nil && m[0] == name {
		key := unitKey{Lang: m[2], Day: anyDay}
		if day, err := strconv.Atoi(m[1]); err == nil {
			key.Day = day
		}
		return reminderFile, key
	}
	if looksMistyped(name) {
		return mistypedName, unitKey{}
	}
	return foreignName, unitKey{}
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
	return strings.HasPrefix(lower, "reminder") && !copyName.MatchString(name)
}

// fallbacks lists the languages to try: each wish as in file names, then
// without its country, then English. What is no language code is passed over.
func fallbacks(wishes []string) []string {
	var out []string
	for _, wish := range wishes {
		m := languageCode.FindStringSubmatch(strings.TrimSpace(wish))
		if m == nil {
			continue
		}
		language := strings.ToLower(m[1])
		if m[2] != "" {
			out = append(out, language+"_"+strings.ToUpper(m[2]))
		}
		out = append(out, language)
	}
	return append(out, lastLanguage)
}

// languageTag is the language as HTML writes it (BCP 47).
func languageTag(lang string) string { return strings.ReplaceAll(lang, "_", "-") }

// Package templates carries the mail templates, the questionnaires and the short
// texts that are built into crm-tool.
//
// A mail is made of three files, reminder-DAY.LANG.subject, .html and .txt, or
// reminder.LANG.… for a day without texts of its own; feedback.LANG.… asks for
// an opinion, and feedback-reminder.LANG.… once more; warning.LANG.… tells a
// salesperson what will be archived. They share signature.html and signature.txt;
// layout.html is the document around every HTML part. In mails to clients both end
// with footer.LANG.html and footer.LANG.txt.
//
// What a template may use is documented in pkg/render, what a questionnaire may
// hold in pkg/questionnaire, and what a short text may show in pkg/phrase.
package templates

import "embed"

// FS holds the templates at its root, and below it the folders questionnaires and
// texts. A folder of a user's own replaces them file by file, by their names.
//
//go:embed *.html *.txt *.subject questionnaires/*.yaml texts/*.yaml
var FS embed.FS

// Package templates carries the mail templates and the questionnaires that are
// built into crm-tool.
//
// A mail is made of three files, reminder-DAY.LANG.subject, .html and .txt, or
// reminder.LANG.… for a day without texts of its own; feedback.LANG.… asks for
// an opinion, and feedback-reminder.LANG.… once more. They share signature.html
// and signature.txt; layout.html is the document around every HTML part. What
// a template may use is documented in pkg/render, what a questionnaire may hold
// in pkg/questionnaire.
package templates

import "embed"

// FS holds the templates at its root and the questionnaires below it, under the
// names that a directory of one's own overrides file by file.
//
//go:embed *.html *.txt *.subject questionnaires/*.yaml
var FS embed.FS

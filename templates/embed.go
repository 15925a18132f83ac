// Package templates carries the mail templates that are built into crm-tool.
//
// A mail is made of three files, reminder-DAY.LANG.subject, .html and .txt, or
// reminder.LANG.… for a day without texts of its own. They share signature.html
// and signature.txt; layout.html is the document around every HTML part. What
// a template may use is documented in pkg/render.
package templates

import "embed"

// FS holds the templates at its root, under the names that a directory of
// one's own overrides file by file.
//
//go:embed *.html *.txt *.subject
var FS embed.FS

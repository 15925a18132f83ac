package topics

import (
	"cmp"
	"path"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/cli/catalog"
	"github.com/crm-tool/crm-tool/pkg/render"
)

// templates says how templates are named and what they may use.
func templates() []Part {
	parts := []Part{
		{Text: "A mail has three files: NAME.LANG.subject, NAME.LANG.html and NAME.LANG.txt. LANG is a language as Odoo writes it. " +
			"For a client whose language is fr_CA, the first of fr_CA, fr, mail.language and en that has a template counts. " +
			"Files in the folder templates.dir take the place of the built-in ones, one by one.\n\n" +
			"They are templates of Go (text/template): {{.Client.Name}} is replaced by a field, " +
			"{{if .Client.Name}} … {{end}} writes what is between only if the field has a value. " +
			"crm-tool templates check tries all of them, and crm-tool preview shows a mail as its client would get it."},
		{Title: "Names", Rows: names()},
	}
	for _, f := range render.Fields() {
		title := "Fields of every mail"
		if f.Mail != "" {
			title = "Fields of " + f.Mail
		}
		if parts[len(parts)-1].Title != title {
			parts = append(parts, Part{Title: title})
		}
		part := &parts[len(parts)-1]
		part.Rows = append(part.Rows, Row{f.Name, f.Description})
	}
	functions := Part{Title: "Functions"}
	for _, f := range render.Functions() {
		functions.Rows = append(functions.Rows, Row{f.Name, f.Description})
	}
	return append(parts, functions)
}

// names lists the built-in templates and other texts, each once.
func names() []Row {
	files, err := catalog.Folder("").List()
	if err != nil {
		panic(err) // The files are built in.
	}
	var rows []Row
	for _, e := range files.Entries() {
		row := Row{path.Base(e.Name), cmp.Or(e.About, e.Name)}
		if !slices.Contains(rows, row) {
			rows = append(rows, row)
		}
	}
	return rows
}

package render_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatIsWrongIsFoundInEveryBranch(t *testing.T) {
	t.Parallel()
	const noFoo = "<.Client.Foo>: there is no field Foo here; there is Name, Organization"
	for text, want := range map[string]string{
		`{{if eq .Opportunity.Name "X"}}{{.Client.Foo}}{{end}}`:                             noFoo,
		`{{if ne .Opportunity.Name "X"}}a{{else}}{{.Client.Foo}}{{end}}`:                    noFoo,
		`{{if eq .Day 99}}a{{else if eq .Day 98}}{{.Client.Foo}}{{else}}b{{end}}`:           noFoo,
		`{{if eq .Day 99}}a{{else if eq .Client.Foo "b"}}b{{end}}`:                          noFoo,
		`{{if and (eq .Day 99) .Client.Foo}}a{{end}}`:                                       noFoo,
		`{{if or .Company.Name .Client.Foo}}a{{end}}`:                                       noFoo,
		`{{if eq .Day 99}}{{with .Client}}{{.Foo}}{{end}}{{end}}`:                           "<.Foo>: there is no field Foo here; there is Name, Organization",
		`{{with $c := .Client}}{{if eq $c.Name "X"}}{{$c.Foo}}{{end}}{{end}}`:               "<$c.Foo>: there is no field Foo here; there is Name, Organization",
		`{{with eq .Day 99}}{{$.Client.Foo}}{{end}}`:                                        "<$.Client.Foo>: there is no field Foo here; there is Name, Organization",
		`{{range $n := 0}}{{$.Client.Foo}}{{end}}`:                                          "<$.Client.Foo>: there is no field Foo here; there is Name, Organization",
		`{{range 3}}{{break}}{{$.Client.Foo}}{{end}}`:                                       "<$.Client.Foo>: there is no field Foo here; there is Name, Organization",
		`{{range 3}}a{{else}}{{.Client.Foo}}{{end}}`:                                        noFoo,
		`{{if eq .Day 99}}{{range .Client.Name}}a{{end}}{{end}}`:                            "<.Client.Name>: range can't iterate over ",
		`{{if eq .Day 99}}{{template "end" .Client}}{{end}}{{define "end"}}{{.Foo}}{{end}}`: "<.Foo>: there is no field Foo here; there is Name, Organization",
		`{{if eq .Day 99}}{{date .Client.Name}}{{end}}`:                                     "<.Client.Name>: wrong type for value; expected calendar.Date; got string",
		`{{if eq .Day 99}}{{if gt .Client.Name 3}}a{{end}}{{end}}`:                          "<gt .Client.Name 3>: error calling gt: incompatible types for comparison",
		`{{if eq .Day 99}}{{slice .Day 1}}{{end}}`:                                          "<slice .Day 1>: error calling slice: slice takes a text and numbers",
		`{{if eq .Day 99}}{{printf "%s" .Client.Foo | print}}{{end}}`:                       noFoo,
		`{{if eq .Day 99}}{{.Client.Name.Foo}}{{end}}`:                                      "<.Client.Name.Foo>: can't evaluate field Foo in type string",
	} {
		for _, file := range []string{"reminder-7.en.txt", "reminder-7.en.html", "reminder-7.en.subject"} {
			_, err := own(t, map[string]string{file: "Hello\n" + text})
			if assert.Error(t, err, text) {
				assert.Contains(t, messages(t, err)[0], file+", line 2: "+want, text)
			}
		}
	}
}

func TestAFieldThatCouldDoHarmIsFoundInEveryBranch(t *testing.T) {
	t.Parallel()
	_, err := own(t, map[string]string{"reminder-7.en.html": `<p>Hello {{if eq .Opportunity.Name "X"}}<i style="color: {{.Company.Name}}">a</i>{{end}}</p>`})
	require.Error(t, err)
	assert.Contains(t, messages(t, err)[0], "reminder-7.en.html: shows a field where its text could do harm")
}

func TestABranchIsRightForTheRecordsItIsFor(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{{if gt (len .Client.Name) 40}}{{slice .Client.Name 0 40}}{{index .Client.Name 39}}{{end}}`,
		`{{with .Client.Name}}{{.}}{{else with .Client.Organization}}{{.}}{{else}}you{{end}}`,
		`{{$who := .Client.Name}}{{if not $who}}{{$who = .Client.Organization}}{{end}}{{$who}}`,
		`{{range $n := 3}}{{if $n}}{{continue}}{{end}}{{$n}}{{else}}none{{end}}`,
		`{{if and .Salesperson.Name (or .Salesperson.Email .Salesperson.Phone)}}{{.Salesperson.Name}}{{end}}`,
		`{{with or .Opportunity.FirstContact .Opportunity.FirstContact}}{{date .}}{{end}}`,
		`{{if eq .Opportunity.ID 7}}{{printf "%d %v" .Day (and true .Client)}}{{end}}`,
		`The code is {{"${summer}"}} or {{"{{winter}}"}}`,
		`{{block "x" .}}{{if .Client.Name}}{{.Company.Address}}{{end}}{{end}}`,
	} {
		for _, file := range []string{"reminder-7.en.txt", "reminder-7.en.html", "reminder-7.en.subject"} {
			_, err := own(t, map[string]string{file: "Hello " + text})
			assert.NoError(t, err, text)
		}
	}
}

func TestPlaceholdersOfOtherProgramsAreNamedWithWhatToWriteInstead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"${object.name}":                        "${object.name} is another program's placeholder, which would not be filled in; write {{.Opportunity.Name}}",
		"{{object.name}}":                       "{{object.name}} is another program's placeholder, which would not be filled in; write {{.Opportunity.Name}}",
		"{{ object.partner_id.name or 'you' }}": "write {{.Client.Name}}",
		"{{object.partner_name}}":               "write {{.Client.Organization}}",
		"{{object.user_id.name}}":               "write {{.Salesperson.Name}}",
		"{{object.user_id.signature}}":          "write {{.Salesperson.Signature}}",
		"${object.company_id.name}":             "write {{.Company.Name}}",
		`<t t-out="object.user_id.email"/>`:     "write {{.Salesperson.Email}}",
		"{% if object.user_id %}":               "a condition is written as {{if .Salesperson.Name}} … {{end}}",
		"{% for line in lines %}":               "a condition is written as {{if .Client.Name}} … {{end}}",
		"%%first_name%%":                        "write {{.Client.Name}}",
		"[[company]]":                           "write {{.Company.Name}}",
		"{create_date}":                         "write {{date .Opportunity.FirstContact}}",
		"{prenom}":                              "write {{.Client.Name}}",
		"*|XYZ|*":                               "a field is written as in {{.Opportunity.Name}}",
		"{{firstname}}":                         "there is no function firstname; a field is written as {{.Client.Name}}",
	} {
		for _, file := range []string{"reminder-7.en.txt", "reminder-7.en.html", "reminder-7.en.subject"} {
			_, err := own(t, map[string]string{file: "Hello\n" + text + "\n"})
			require.Error(t, err, text)
			found := messages(t, err)
			assert.Len(t, found, 1, "the one cause")
			assert.Contains(t, found[0], file+", line 2: ", text)
			assert.Contains(t, found[0], want, text)
		}
	}
}

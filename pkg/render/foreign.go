package render

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/placeholder"
)

// reportForeign reports placeholders of other programs in a template, and what to
// write instead. unreadable is true if the template cannot be parsed for them.
func reportForeign(found *overlay.Faults, file, text string) (unreadable bool) {
	for _, f := range placeholder.Find(text) {
		found.Add(file, f.Line, foreignError(f))
		unreadable = unreadable || f.Action
	}
	return unreadable
}

func foreignError(f placeholder.Found) error {
	field := fieldFor(f.Expression)
	cure := "write " + field
	switch {
	case f.Statement && field != "" && strings.HasPrefix(field, "{{."):
		cure = fmt.Sprintf("a condition is written as {{if %s}} … {{end}}", strings.Trim(field, "{}"))
	case f.Statement:
		cure = "a condition is written as {{if .Client.Name}} … {{end}}"
	case field == "":
		cure = "a field is written as in {{.Opportunity.Name}}"
	}
	return fmt.Errorf("%s is another program's placeholder, which would not be filled in; %s", f.Text, cure)
}

// fieldFor returns how the field that another program's expression probably means
// is written here, or nothing.
func fieldFor(expression string) string {
	expression = strings.ToLower(expression)
	for _, meaning := range [][2]string{
		{`signature`, ".Salesperson.Signature"},
		{`(user|sales|seller|owner|agent|vendeur).*mail`, ".Salesperson.Email"},
		{`(user|sales|seller|owner|agent).*(phone|mobile)`, ".Salesperson.Phone"},
		{`company(_id)?\.(e?mail)`, ".Company.Email"},
		{`company(_id)?\.phone`, ".Company.Phone"},
		{`website`, ".Company.Website"},
		{`company_id|\bcompany(\.name)?$|my_company`, ".Company.Name"},
		{`user|sales|seller|owner|agent|vendeur`, ".Salesperson.Name"},
		{`(start|survey|answer).*(url|link)|^(url|link)$`, ".Link"},
		{`create_date|date_open`, "date .Opportunity.FirstContact"},
		{`partner_name|organi[sz]ation|company|parent_id|\bfirm\b|soci[eé]t[eé]|entreprise`, ".Client.Organization"},
		{`partner|contact|client|customer|recipient|first_?name|last_?name|fname|lname|pr[eé]nom|^(name|nom)$`, ".Client.Name"},
		{`\bid$`, ".Opportunity.ID"},
		{`name|subject|title|opportunity|lead`, ".Opportunity.Name"},
	} {
		if regexp.MustCompile(meaning[0]).MatchString(expression) {
			return "{{" + meaning[1] + "}}"
		}
	}
	return ""
}

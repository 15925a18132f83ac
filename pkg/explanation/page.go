package explanation

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/report"
)

// WritePage writes the explanation for a person.
func (e Explanation) WritePage(w io.Writer, o report.TableOptions) error {
	sections := []report.Section{e.about()}
	if e.Opportunity.State != "lead" {
		sections = append(sections, e.reminders(), e.questionnaires(), e.archive(), e.next())
	}
	return report.WritePage(w, sections, o)
}

func line(label, text string) report.Row {
	return report.Row{Cells: []string{label}, Text: []string{text}}
}

func (e Explanation) about() report.Section {
	o := e.Opportunity
	if o.State == "lead" {
		return section(fmt.Sprintf("%s (lead %d)", o.Name, o.ID), "", nil,
			"This is a lead and not an opportunity. crm-tool mails and archives opportunities alone; when it is converted, its age counts from then on.")
	}
	salesperson := cmp.Or(o.Salesperson, "nobody")
	if o.Salesperson != "" && o.SalespersonEmail != "" {
		salesperson += " <" + o.SalespersonEmail + ">"
	}
	state := o.State + ", in the stage " + o.Stage
	if o.Won {
		state += ", which is won"
	}
	age := fmt.Sprintf("%d days on %s, since its %s on %s (%s)", e.Age.Days, e.Age.Today, e.Age.From, moment(e.Age.Since, e.zone), e.Age.Timezone)
	return section(fmt.Sprintf("%s (opportunity %d)", o.Name, o.ID), "", []report.Row{
		line("Client", cmp.Or(o.Client, report.Explain(o.NoClient))), line("Salesperson", salesperson), line("State", state), line("Age", age),
	}, "")
}

func (e Explanation) reminders() report.Section {
	var rows []report.Row
	for _, step := range e.Reminders.Steps {
		rows = append(rows, step.row(fmt.Sprintf("day %d", step.Step), step.Date))
	}
	return section("Reminders", e.Reminders.Off, rows, "")
}

func (e Explanation) questionnaires() report.Section {
	var rows []report.Row
	for _, a := range e.Feedback.Activities {
		rows = append(rows, a.row(a.Type, a.Finished.In(e.zone).Format(time.DateOnly)))
	}
	return section("Questionnaires about finished activities", e.Feedback.Off, rows, "No activity was finished on it.")
}

func (e Explanation) archive() report.Section {
	return section("Archiving", e.Archive.Off, []report.Row{e.Archive.row(e.Archive.Date)}, "")
}

func (e Explanation) next() report.Section {
	var rows []report.Row
	for _, event := range e.Next {
		rows = append(rows, line(cmp.Or(event.Date, "the next run"), event.What))
	}
	return section("What comes next", "", rows, "Nothing.")
}

// section returns a section whose title says where it is switched off, if it is.
// Without rows it has the text.
func section(title, off string, rows []report.Row, otherwise string) report.Section {
	if off != "" {
		title += " (switched off: " + off + ")"
	}
	if len(rows) == 0 && otherwise != "" {
		rows = []report.Row{{Text: []string{otherwise}}}
	}
	return report.Section{Title: title, Rows: rows}
}

// row returns a row that begins with cells and ends with the status.
func (s Status) row(cells ...string) report.Row {
	sentence := s.Explanation
	if len(s.To) > 0 {
		sentence += " To " + strings.Join(s.To, ", ")
		if len(s.CC) > 0 {
			sentence += ", cc " + strings.Join(s.CC, ", ")
		}
		sentence += "."
	}
	r := report.Row{Cells: append(cells, string(s.Outcome)), Text: []string{sentence}}
	if s.MessageID != "" {
		r.Text = append(r.Text, s.MessageID)
	}
	return r
}

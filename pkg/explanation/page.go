package explanation

import (
	"fmt"
	"io"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/report"
)

// WritePage writes the explanation for a person.
func (e Explanation) WritePage(w io.Writer, o report.TableOptions) error {
	sections := []report.Section{e.about()}
	if e.Opportunity.State != "lead" {
		sections = append(sections, e.reminders(), e.questionnaires(), e.archive(), e.ahead())
	}
	return report.WritePage(w, sections, o)
}

// WriteJSON writes the explanation as a document in the frame of the reports.
func (e Explanation) WriteJSON(w io.Writer, h report.Head, t report.Tail) error {
	return report.WriteDocument(w, h, e, t)
}

func line(label string, text ...string) report.Row {
	return report.Row{Cells: []string{label}, Text: text}
}

func (e Explanation) about() report.Section {
	o := e.Opportunity
	s := report.Section{Title: fmt.Sprintf("%s (opportunity %d)", o.Name, o.ID)}
	if o.State == "lead" {
		s.Title = fmt.Sprintf("%s (lead %d)", o.Name, o.ID)
		s.Rows = []report.Row{{Text: []string{
			"This is a lead and not an opportunity. crm-tool mails and archives opportunities alone; when it is converted, its age counts from then on.",
		}}}
		return s
	}
	client := o.Client
	if client == "" {
		client = report.Explain(o.NoClient)
	}
	salesperson := o.Salesperson
	switch {
	case salesperson == "":
		salesperson = "nobody"
	case o.SalespersonEmail != "":
		salesperson += " <" + o.SalespersonEmail + ">"
	}
	state := o.State + ", in the stage " + o.Stage
	if o.Won {
		state += ", which is won"
	}
	age := fmt.Sprintf("%d days on %s, since its %s on %s (%s)", e.Age.Days, e.Age.Today, e.Age.From, moment(e.Age.Since, e.zone), e.Age.Timezone)
	s.Rows = []report.Row{line("Client", client), line("Salesperson", salesperson), line("State", state), line("Age", age)}
	return s
}

func (e Explanation) reminders() report.Section {
	s := report.Section{Title: "Reminders" + off(e.Reminders.Off)}
	for _, step := range e.Reminders.Steps {
		s.Rows = append(s.Rows, report.Row{
			Cells: []string{fmt.Sprintf("day %d", step.Step), step.Date, string(step.Outcome)}, Text: step.text(),
		})
	}
	return s
}

func (e Explanation) questionnaires() report.Section {
	s := report.Section{Title: "Questionnaires about finished activities" + off(e.Feedback.Off)}
	for _, a := range e.Feedback.Activities {
		s.Rows = append(s.Rows, report.Row{
			Cells: []string{a.Type, a.Finished.In(e.zone).Format("2006-01-02"), string(a.Outcome)}, Text: a.text(),
		})
	}
	if len(s.Rows) == 0 {
		s.Rows = []report.Row{{Text: []string{"No activity was finished on it."}}}
	}
	return s
}

func (e Explanation) archive() report.Section {
	a := e.Archive
	return report.Section{Title: "Archiving" + off(a.Off), Rows: []report.Row{
		{Cells: []string{a.Date, string(a.Outcome)}, Text: a.text()},
	}}
}

func (e Explanation) ahead() report.Section {
	s := report.Section{Title: "What comes next"}
	for _, event := range e.Next {
		date := event.Date
		if date == "" {
			date = "the next run"
		}
		s.Rows = append(s.Rows, line(date, event.What))
	}
	if len(s.Rows) == 0 {
		s.Rows = []report.Row{{Text: []string{"Nothing."}}}
	}
	return s
}

func off(place string) string {
	if place == "" {
		return ""
	}
	return " (switched off: " + place + ")"
}

// text is a fate in paragraphs.
func (f Status) text() []string {
	sentence := f.Explanation
	if len(f.To) > 0 {
		sentence += " To " + strings.Join(f.To, ", ")
		if len(f.CC) > 0 {
			sentence += ", cc " + strings.Join(f.CC, ", ")
		}
		sentence += "."
	}
	text := []string{sentence}
	if f.MessageID != "" {
		text = append(text, f.MessageID)
	}
	return text
}

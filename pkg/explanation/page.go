package explanation

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// WritePage writes the explanation for a person.
func (e Explanation) WritePage(w io.Writer, o report.TableOptions) error {
	if e.Opportunity.State == "lead" {
		return report.WritePage(w, []report.Section{{
			Title: fmt.Sprintf("%s (lead %d)", e.Opportunity.Name, e.Opportunity.ID),
			Rows: text("This is a lead and not an opportunity. crm-tool mails and archives opportunities alone; " +
				"when it is converted, its age counts from then on."),
		}}, o)
	}
	step := func(s Step) report.Row { return s.row(fmt.Sprintf("day %d", s.Step), s.Date) }
	activity := func(a Activity) report.Row {
		finished := ""
		if !a.Finished.IsZero() {
			finished = a.Finished.In(e.zone).Format(time.DateOnly)
		}
		return a.row(a.Type, finished)
	}
	event := func(n Event) report.Row { return line(cmp.Or(n.Date, "the next run"), n.What) }
	return report.WritePage(w, []report.Section{
		e.about(),
		{Title: "Reminders" + off(e.Reminders.Off), Rows: rows(e.Reminders.Steps, step, "")},
		{
			Title: "Questionnaires about finished activities" + off(e.Feedback.Off),
			Rows:  rows(e.Feedback.Activities, activity, "No activity was finished on it."),
		},
		{Title: "Archiving" + off(e.Archive.Off), Rows: []report.Row{e.Archive.row(e.Archive.Date)}},
		{Title: "What comes next", Rows: rows(e.Next, event, "Nothing.")},
	}, o)
}

func line(label, text string) report.Row {
	return report.Row{Cells: []string{label}, Text: []string{text}}
}

func text(paragraph string) []report.Row { return []report.Row{{Text: []string{paragraph}}} }

func off(place string) string {
	if place == "" {
		return ""
	}
	return " (switched off: " + place + ")"
}

// rows returns a row for each element, or the text when there is none.
func rows[T any](list []T, row func(T) report.Row, otherwise string) []report.Row {
	if len(list) == 0 && otherwise != "" {
		return text(otherwise)
	}
	made := make([]report.Row, len(list))
	for i, element := range list {
		made[i] = row(element)
	}
	return made
}

func (e Explanation) about() report.Section {
	o := e.Opportunity
	salesperson := cmp.Or(o.Salesperson, "nobody")
	if o.Salesperson != "" && o.SalespersonEmail != "" {
		salesperson += " <" + o.SalespersonEmail + ">"
	}
	state := o.State + ", in the stage " + o.Stage
	if o.Won {
		state += ", which is won"
	}
	age := fmt.Sprintf("%d days on %s, since its %s on %s (%s)", e.Age.Days, e.Age.Today, e.Age.From, moment(e.Age.Since, e.zone), e.Age.Timezone)
	client := cmp.Or(o.Client, o.why)
	if o.Note != "" && o.NoClient != "" && o.NoClient != crm.OptedOut {
		client += " " + o.Note + "."
	} else if o.Note != "" && o.NoClient == "" {
		salesperson += "; " + o.Note
	}
	rows := []report.Row{line("Client", client), line("Salesperson", salesperson), line("State", state), line("Age", age)}
	if o.Rule != "" {
		rows = append(rows, line("Rule", o.Rule))
	}
	return report.Section{Title: fmt.Sprintf("%s (opportunity %d)", o.Name, o.ID), Rows: rows}
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

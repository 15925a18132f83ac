package scorecard

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// unknown is shown for reminders whose template nobody knows.
const unknown = "(unknown)"

// Reminded is one reminder, and what became of it and of its opportunity. It may be
// several of Answered, Won, Archived and Stopped.
type Reminded struct {
	// Salesperson is the name of SalespersonID, as somebody typed it; 0 and an empty
	// name when the opportunity has none.
	Salesperson   string
	SalespersonID crm.UserID
	// Step is the reminder's day.
	Step int
	// Template names the templates that made the mail, below templates.dir:
	// reminder-7.fr. It is empty when nobody knows.
	Template string
	// SentAt is when the reminder was sent.
	SentAt time.Time
	// Uncertain says that nobody knows whether it left. It does not count as sent, and
	// nothing else is known of it.
	Uncertain bool
	// Answered says that the client answered this reminder, Stopped that they asked for
	// no more mails after it.
	Answered, Stopped bool
	// Won says that the opportunity was won after the reminder, Archived that crm-tool
	// archived it after the reminder, StillArchived that it is archived now, too.
	Won, Archived, StillArchived bool
}

func (r Reminded) sentAt() time.Time { return r.SentAt }

func (r Reminded) salesperson() (crm.UserID, string) { return r.SalespersonID, r.Salesperson }

// ReminderLine counts some of the reminders.
type ReminderLine struct {
	// Name says which: the salesperson, the step, the template, or the month as
	// 2006-01. It is empty in a total, for opportunities without a salesperson, and
	// for reminders whose template nobody knows. Salespeople of the same name have
	// their id behind it.
	Name string
	// Sent counts reminders, and the others those of them of which the fields of
	// [Reminded] say so. Uncertain ones are not among those that were Sent.
	Sent, Answered, Won, Archived, StillArchived, Stopped, Uncertain int
}

func (l ReminderLine) label() string { return l.Name }

func (l ReminderLine) mails() int { return l.Sent }

// Reminders is everything that a [ReminderTally] knows.
type Reminders struct {
	Span

	Total ReminderLine
	// ByStep has the steps in the order of their days.
	ByStep []ReminderLine
	// ByTemplate and BySalesperson begin with the one of most reminders; those without
	// a name are the last line.
	ByTemplate    []ReminderLine
	BySalesperson []ReminderLine
	// ByMonth has every month from the first to the last, also those in which nothing
	// was sent. A reminder counts in the month in which it was sent, whatever became of
	// it later.
	ByMonth []ReminderLine
}

var _ Report = Reminders{}

// ReminderTally sums up reminders one by one. It keeps none of them: it grows with the
// salespeople, the steps, the templates and the months alone.
type ReminderTally struct {
	tally[Reminded, ReminderLine]

	steps     map[int]sums[Reminded, ReminderLine]
	templates map[string]sums[Reminded, ReminderLine]
}

// NewReminderTally returns an empty tally; its months are those of the zone.
func NewReminderTally(zone *time.Location) *ReminderTally {
	fresh := func() sums[Reminded, ReminderLine] { return new(reminderSums) }
	return &ReminderTally{newTally(zone, fresh), map[int]sums[Reminded, ReminderLine]{}, map[string]sums[Reminded, ReminderLine]{}}
}

// Add counts one reminder.
func (t *ReminderTally) Add(r Reminded) {
	t.add(r)
	addIn(&t.tally, t.steps, r.Step, r)
	addIn(&t.tally, t.templates, r.Template, r)
}

// Report returns what was counted so far.
func (t *ReminderTally) Report() Reminders {
	s := Reminders{
		Span:          t.span(),
		Total:         t.total.line(""),
		ByTemplate:    byName(t.templates),
		BySalesperson: t.salespeople(),
		ByMonth:       t.byMonth(),
	}
	for _, step := range slices.Sorted(maps.Keys(t.steps)) {
		s.ByStep = append(s.ByStep, t.steps[step].line(strconv.Itoa(step)))
	}
	return s
}

// reminderSums counts in a [ReminderLine].
type reminderSums struct{ ReminderLine }

func (s *reminderSums) add(r Reminded) {
	if r.Uncertain {
		s.Uncertain++
		return
	}
	s.Sent++
	countIf(&s.Answered, r.Answered)
	countIf(&s.Won, r.Won)
	countIf(&s.Archived, r.Archived)
	countIf(&s.StillArchived, r.StillArchived)
	countIf(&s.Stopped, r.Stopped)
}

func countIf(n *int, is bool) {
	if is {
		*n++
	}
}

func (s *reminderSums) line(name string) ReminderLine {
	l := s.ReminderLine
	l.Name = name
	return l
}

func (s Reminders) span() Span { return s.Span }

func (s Reminders) content() content {
	return content{
		columns: []string{"SENT", "ANSWERED", "WON", "ARCHIVED", "STOPPED"},
		fields: []string{
			"sent", "answered", "answered_rate", "won", "won_rate", "archived", "archived_rate", "still_archived", "stopped", "stopped_rate", "uncertain",
		},
		sections: []section{
			{"month", "MONTH", nobody, eachLine(s.ByMonth, ReminderLine.row)},
			{"step", "STEP", nobody, eachLine(s.ByStep, ReminderLine.row)},
			{"template", "TEMPLATE", unknown, eachLine(s.ByTemplate, ReminderLine.row)},
			{"salesperson", "SALESPERSON", nobody, eachLine(s.BySalesperson, ReminderLine.row)},
		},
		total:    s.Total.row(),
		headline: s.headline(),
		document: struct {
			jsonSpan

			Total         reminderFigures `json:"total"`
			ByStep        []reminderJSON  `json:"by_step"`
			ByTemplate    []reminderJSON  `json:"by_template"`
			BySalesperson []reminderJSON  `json:"by_salesperson"`
			ByMonth       []reminderJSON  `json:"by_month"`
		}{
			s.json(), s.Total.figures(), eachLine(s.ByStep, ReminderLine.json),
			eachLine(s.ByTemplate, ReminderLine.json), eachLine(s.BySalesperson, ReminderLine.json), eachLine(s.ByMonth, ReminderLine.json),
		},
	}
}

// headline returns the total in one line:
//
//	remind report: 40 sent, 12 answered (30%), 4 won (10%), 9 archived (23%), 1 stopped (3%); 2 uncertain
func (s Reminders) headline() string {
	var b strings.Builder
	cells := s.Total.row().cells
	fmt.Fprintf(&b, "remind report: %s sent, %s, %s, %s, %s", cells[0],
		after(cells[1], "answered"), after(cells[2], "won"), after(cells[3], "archived"), after(cells[4], "stopped"))
	if s.Total.Uncertain > 0 {
		fmt.Fprintf(&b, "; %d uncertain", s.Total.Uncertain)
	}
	return b.String()
}

// after puts a word after the count in a cell.
func after(cell, word string) string {
	count, share, hasShare := strings.Cut(cell, " ")
	if hasShare {
		return count + " " + word + " " + share
	}
	return count + " " + word
}

func (l ReminderLine) row() row {
	f := l.figures()
	return row{name: l.Name, cells: []string{
		strconv.Itoa(l.Sent), l.cell(l.Answered), l.cell(l.Won), l.cell(l.Archived), l.cell(l.Stopped),
	}, values: []string{
		strconv.Itoa(f.Sent), strconv.Itoa(f.Answered), csvFigure(f.AnsweredRate), strconv.Itoa(f.Won), csvFigure(f.WonRate),
		strconv.Itoa(f.Archived), csvFigure(f.ArchivedRate), strconv.Itoa(f.StillArchived),
		strconv.Itoa(f.Stopped), csvFigure(f.StoppedRate), strconv.Itoa(f.Uncertain),
	}}
}

// cell writes a count and its share: 12 (30%).
func (l ReminderLine) cell(count int) string {
	if part, has := share(count, l.Sent); has {
		return fmt.Sprintf("%d (%s)", count, percent(part))
	}
	return strconv.Itoa(count)
}

// reminderJSON is a line in JSON; the types fix the order of the fields.
type reminderJSON struct {
	Name string `json:"name"`
	reminderFigures
}

type reminderFigures struct {
	Sent          int      `json:"sent"`
	Answered      int      `json:"answered"`
	AnsweredRate  *float64 `json:"answered_rate"`
	Won           int      `json:"won"`
	WonRate       *float64 `json:"won_rate"`
	Archived      int      `json:"archived"`
	ArchivedRate  *float64 `json:"archived_rate"`
	StillArchived int      `json:"still_archived"`
	Stopped       int      `json:"stopped"`
	StoppedRate   *float64 `json:"stopped_rate"`
	Uncertain     int      `json:"uncertain"`
}

func (l ReminderLine) json() reminderJSON { return reminderJSON{l.Name, l.figures()} }

func (l ReminderLine) figures() reminderFigures {
	rate := func(count int) *float64 {
		part, has := share(count, l.Sent)
		return figure(has, part, 4)
	}
	return reminderFigures{
		Sent:     l.Sent,
		Answered: l.Answered, AnsweredRate: rate(l.Answered),
		Won: l.Won, WonRate: rate(l.Won),
		Archived: l.Archived, ArchivedRate: rate(l.Archived), StillArchived: l.StillArchived,
		Stopped: l.Stopped, StoppedRate: rate(l.Stopped),
		Uncertain: l.Uncertain,
	}
}

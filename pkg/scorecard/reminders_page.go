package scorecard

import (
	"slices"

	"github.com/crm-tool/crm-tool/pkg/phrase"
)

// show adds the reminders to a page.
func (s Reminders) show(v *view) error {
	w, t := v.words, s.Total
	v.Title = w.RemindersTitle
	if t.Sent == 0 {
		v.Empty = w.NoReminders
		return nil
	}
	v.Period = w.period(s.Span, w.RemindersOneDay, w.RemindersPeriod)
	v.Cards = []card{
		{Title: w.Answered, Value: w.shareOf(t.Answered, t), Note: w.ofReminders(t.Answered, t)},
		{Title: w.Won, Value: w.shareOf(t.Won, t), Note: w.ofReminders(t.Won, t)},
		{Title: w.Archived, Value: w.shareOf(t.Archived, t), Note: w.StillArchived.Fill(stillArchived{
			w.integer(t.Archived), w.integer(t.Sent), w.integer(t.StillArchived),
		})},
		{Title: w.Stopped, Value: w.shareOf(t.Stopped, t), Note: w.ofReminders(t.Stopped, t)},
	}
	months, err := monthsOf(s.ByMonth)
	if err != nil {
		return err
	}
	v.ByMonth = w.ByMonth
	v.Charts = []chart{
		shareByMonth(w, months, t, chart{ID: "answered", Title: w.AnsweredByMonth}, w.Answered, w.AnsweredTip, func(l ReminderLine) int { return l.Answered }),
		shareByMonth(w, months, t, chart{ID: "won", Title: w.WonByMonth}, w.Won, w.WonTip, func(l ReminderLine) int { return l.Won }),
	}
	steps := slices.Clone(s.ByStep)
	for i, l := range steps {
		steps[i].Name = w.StepDay.Fill(amount{l.Name})
	}
	v.Tables = []table{
		reminderTable(w, table{ID: "steps", Title: w.ByStep, Heads: []string{w.Step}}, "", steps),
		reminderTable(w, table{ID: "templates", Title: w.ByTemplate, Heads: []string{w.Template}}, w.NoTemplate, s.ByTemplate),
		reminderTable(w, table{ID: "salespeople", Title: w.BySalesperson, Heads: []string{w.Salesperson}}, w.NoSalesperson, s.BySalesperson),
	}
	v.Notes = []string{w.AnsweredNote, w.OutcomeNote, w.ReminderMonthNote}
	onLittle := func(l ReminderLine) bool { return pale(l.Sent) }
	if slices.ContainsFunc(slices.Concat(s.ByStep, s.ByTemplate, s.BySalesperson), onLittle) {
		v.Notes = append(v.Notes, w.counted(w.FewRemindersExplained, few))
	}
	if t.Uncertain > 0 {
		v.Notes = append(v.Notes, w.counted(w.UncertainNote, t.Uncertain))
	}
	return nil
}

// shareOf writes the share that a count is of what was sent.
func (w words) shareOf(count int, l ReminderLine) string {
	part, has := share(count, l.Sent)
	return orMissing(has, w.percent(part))
}

// ofReminders writes a count and what was sent.
func (w words) ofReminders(count int, l ReminderLine) string {
	return w.OfReminders.Fill(ofSent{w.integer(count), w.integer(l.Sent)})
}

// shareByMonth draws a chart of the share that a count has in each month.
func shareByMonth(w words, months []month[ReminderLine], total ReminderLine, c chart, head string, tip phrase.Text[shareTip], count func(ReminderLine) int) chart {
	c.Bars, c.Note, c.Table.Heads = true, w.counted(w.FewReminders, few), []string{w.Month, w.RemindersSent, head, w.Rate}
	points := make([]point, len(months))
	for i, m := range months {
		value, has := share(count(m.Line), m.Line.Sent)
		text, some, sent := w.shareOf(count(m.Line), m.Line), w.integer(count(m.Line)), w.integer(m.Line.Sent)
		points[i] = point{m.Month, has, value, text, m.Line.Sent, tip.Fill(shareTip{w.dates.InMonth(m.Month), text, some, sent})}
		c.addMonth(w, m.Month, sent, some, text)
	}
	overall, _ := share(count(total), total.Sent)
	c.draw(w, points, rateScale(points, w), overall, w.shareOf(count(total), total))
	return c
}

// reminderTable adds lines to a table.
func reminderTable(w words, t table, unnamed string, lines []ReminderLine) table {
	t.Shares, t.Heads = true, append(t.Heads, w.RemindersSent, w.Answered, w.Won, w.Archived, w.Stopped)
	for _, l := range lines {
		t.add(l.Name, unnamed, plain(w.integer(l.Sent)), w.shareCell(l.Answered, l, true), w.shareCell(l.Won, l, true),
			w.shareCell(l.Archived, l, false), w.shareCell(l.Stopped, l, false))
	}
	return t
}

// shareCell is the cell of a share of what was sent, with the count beside it.
func (w words) shareCell(count int, l ReminderLine, drawn bool) cell {
	part, has := share(count, l.Sent)
	c := bar(w.shareOf(count, l), has && drawn, part, l.Sent)
	c.Count = w.integer(count)
	return c
}

package scorecard

import "slices"

// show adds the questionnaires to a page.
func (s Feedback) show(v *view) error {
	w := v.words
	v.Title = w.Title
	if s.Total.Sent == 0 {
		v.Empty = w.Empty
		return nil
	}
	v.Period = w.period(s.Span, w.OneDay, w.Period)
	v.Cards = s.cards(w)
	if s.Total.HasNPS {
		v.Parts = s.Total.recommended(w)
	}
	months, err := monthsOf(s.ByMonth)
	if err != nil {
		return err
	}
	v.ByMonth = w.ByMonth
	if len(months) > 0 {
		v.Charts = append(v.Charts, rateByMonth(w, months, s.Total))
	}
	if len(months) > 0 && s.Total.HasScore {
		v.Charts = append(v.Charts, scoreByMonth(w, months, s.Total))
	}
	v.Tables = []table{
		s.table(w, table{ID: "salespeople", Title: w.BySalesperson, Heads: []string{w.Salesperson}}, w.NoSalesperson, s.BySalesperson),
		s.table(w, table{ID: "types", Title: w.ByActivityType, Heads: []string{w.ActivityType}}, w.NoActivityType, s.ByActivityType),
	}
	v.Notes = []string{w.ByMonthNote}
	if s.Total.HasScore {
		v.Notes = append(v.Notes, w.ScoreNote)
	}
	if s.Total.HasNPS {
		v.Notes = append(v.Notes, w.NPSNote)
	}
	onLittle := func(l FeedbackLine) bool { return pale(l.Sent) || pale(l.Scored) || pale(l.Recommendations()) }
	if slices.ContainsFunc(slices.Concat(s.BySalesperson, s.ByActivityType), onLittle) {
		v.Notes = append(v.Notes, w.counted(w.FewExplained, few))
	}
	return nil
}

func (s Feedback) cards(w words) []card {
	t := s.Total
	cards := []card{
		{Title: w.ResponseRate, Value: w.rate(t), Note: w.AnsweredOf.Fill(answeredOf{w.integer(t.Answered), w.integer(t.Sent)})},
		{Title: w.MeanScore, Value: w.score(t), Note: w.NotScored},
	}
	if t.HasScore {
		cards[1].Unit, cards[1].Note = w.OutOf100, w.counted(w.ScoredAnswers, t.Scored)
	}
	if t.HasNPS {
		cards = append(cards, card{Title: w.NPS, Value: w.nps(t), Note: w.counted(w.Recommendations, t.Recommendations())})
	}
	return cards
}

// recommended shows how many clients would recommend the company.
func (l FeedbackLine) recommended(w words) *parts {
	p := &parts{Title: w.Recommend, Name: w.NPS, Description: w.NPSDescribed.Fill(groups{
		w.integer(l.Detractors), w.integer(l.Passives), w.integer(l.Promoters),
	})}
	var from float64
	for _, g := range []struct {
		class, name, scale string
		count              int
	}{
		{"detractors", w.Detractors, "0–6", l.Detractors},
		{"passives", w.Passives, "7–8", l.Passives},
		{"promoters", w.Promoters, "9–10", l.Promoters},
	} {
		of := float64(g.count) / float64(l.Recommendations())
		p.Parts = append(p.Parts, part{
			Class: g.class, Name: g.name, Range: g.scale, Count: w.integer(g.count), Share: w.percent(of),
			X: coordinate(100 * from), Width: coordinate(100 * of),
		})
		from += of
	}
	return p
}

// rateByMonth returns the chart of the response rate.
func rateByMonth(w words, months []month[FeedbackLine], total FeedbackLine) chart {
	c := chart{
		ID: "rate", Title: w.RateByMonth, Bars: true, Note: w.counted(w.FewSent, few),
		Table: table{Heads: []string{w.Month, w.Sent, w.Answered, w.Rate}},
	}
	points := make([]point, len(months))
	for i, m := range months {
		l, answered, sent, rate := m.Line, w.integer(m.Line.Answered), w.integer(m.Line.Sent), w.rate(m.Line)
		points[i] = point{m.Month, l.HasRate, l.Rate, rate, l.Sent, w.RateTip.Fill(rateTip{w.dates.InMonth(m.Month), rate, answered, sent})}
		c.addMonth(w, m.Month, sent, answered, rate)
	}
	c.draw(w, points, rateScale(points, w), total.Rate, w.rate(total))
	return c
}

// scoreByMonth returns the chart of the mean score.
func scoreByMonth(w words, months []month[FeedbackLine], total FeedbackLine) chart {
	c := chart{
		ID: "score", Title: w.ScoreByMonth, Note: w.counted(w.FewAnswers, few),
		Table: table{Heads: []string{w.Month, w.Scored, w.Score}},
	}
	if total.HasNPS {
		c.Table.Heads = append(c.Table.Heads, npsHead)
	}
	points := make([]point, len(months))
	for i, m := range months {
		l, scored, score := m.Line, w.integer(m.Line.Scored), w.score(m.Line)
		points[i] = point{m.Month, l.HasScore, l.MeanScore, score, l.Scored, w.ScoreTip.Fill(scoreTip{w.dates.InMonth(m.Month), score, scored})}
		if total.HasNPS {
			c.addMonth(w, m.Month, scored, score, w.nps(l))
		} else {
			c.addMonth(w, m.Month, scored, score)
		}
	}
	c.draw(w, points, scoreScale(points, w), total.MeanScore, w.score(total))
	return c
}

// scoreScale leaves out the lower half when it would be empty. That is fair for
// dots: they show a value by their position, and not by a length as bars do.
func scoreScale(points []point, w words) scale {
	s := scale{bottom: 50, top: 100, step: 10, write: func(v float64) string { return w.integer(int(v)) }}
	for _, p := range points {
		if p.has && p.value < s.bottom {
			s.bottom, s.step = 0, 20
		}
	}
	return s
}

// npsHead is the same in all languages.
const npsHead = "NPS"

// table adds lines to a table.
func (s Feedback) table(w words, t table, unnamed string, lines []FeedbackLine) table {
	t.Heads = append(t.Heads, w.Sent, w.Answered, w.Rate)
	if s.Total.HasScore {
		t.Heads = append(t.Heads, w.Score)
	}
	if s.Total.HasNPS {
		t.Heads = append(t.Heads, npsHead)
	}
	for _, l := range lines {
		cells := []cell{plain(w.integer(l.Sent)), plain(w.integer(l.Answered)), bar(w.rate(l), l.HasRate, l.Rate, l.Sent)}
		if s.Total.HasScore {
			cells = append(cells, bar(w.score(l), l.HasScore, l.MeanScore/100, l.Scored))
		}
		if s.Total.HasNPS {
			cells = append(cells, cell{Text: w.nps(l), Figure: true, Pale: pale(l.Recommendations())})
		}
		t.add(l.Name, unnamed, cells...)
	}
	return t
}

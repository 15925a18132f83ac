package scorecard

// rateByMonth returns the chart of the response rate.
func rateByMonth(w words, months []month, total Line) chart {
	points := make([]point, len(months))
	var highest float64
	for i, m := range months {
		tip := w.RateTip.Fill(rateTip{w.dates.InMonth(m.Month), w.rate(m.Line), w.integer(m.Answered), w.integer(m.Sent)})
		points[i] = point{m.Month, m.HasRate, m.Rate, w.rate(m.Line), m.Sent, tip}
		highest = max(highest, m.Rate)
	}
	c := chart{ID: "rate", Title: w.RateByMonth, Bars: true, Note: w.counted(w.FewSent, few)}
	c.draw(w, points, rateScale(highest, w), total.Rate, w.rate(total))
	return c
}

// scoreByMonth returns the chart of the mean score.
func scoreByMonth(w words, months []month, total Line) chart {
	points := make([]point, len(months))
	for i, m := range months {
		tip := w.ScoreTip.Fill(scoreTip{w.dates.InMonth(m.Month), w.score(m.Line), w.integer(m.Scored)})
		points[i] = point{m.Month, m.HasScore, m.MeanScore, w.score(m.Line), m.Scored, tip}
	}
	c := chart{ID: "score", Title: w.ScoreByMonth, Note: w.counted(w.FewAnswers, few)}
	c.draw(w, points, scoreScale(points, w), total.MeanScore, w.score(total))
	return c
}

// rateScale ends at the first round share above the highest bar, and at 1 when
// there is no bar.
func rateScale(highest float64, w words) scale {
	for _, s := range []scale{{top: 0.2, step: 0.05}, {top: 0.4, step: 0.1}, {top: 0.6, step: 0.2}, {top: 0.8, step: 0.2}} {
		if 0 < highest && highest <= s.top {
			s.write = w.percent
			return s
		}
	}
	return scale{top: 1, step: 0.25, write: w.percent}
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

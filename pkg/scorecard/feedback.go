package scorecard

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// The borders of the Net Promoter Score's groups on its scale from 0 to 10:
// who answers more than the last passive promotes, who answers less than the
// first passive detracts.
const (
	firstPassive = 7
	lastPassive  = 8
	highestNPS   = 10
)

// Asked is one questionnaire that was sent, and what came back.
type Asked struct {
	// Salesperson is the name of SalespersonID, as somebody typed it; 0 and
	// an empty name when the opportunity has none.
	Salesperson   string
	SalespersonID crm.UserID
	// ActivityType is the name of the finished activity's type.
	ActivityType string
	// SentAt is when the questionnaire was sent; zero when nobody knows.
	SentAt time.Time
	// Answered says that the client has submitted it. What was filled in and
	// not submitted does not count.
	Answered bool
	// Score is the questionnaire's score, 0 to 100; HasScore is false when
	// no question that has a score was answered.
	Score    float64
	HasScore bool
	// Recommend is the answer to the question whose Net Promoter Score is
	// reported, 0 to 10; HasRecommend is false when it was not answered.
	Recommend    int
	HasRecommend bool
}

func (a Asked) sentAt() time.Time { return a.SentAt }

func (a Asked) salesperson() (crm.UserID, string) { return a.SalespersonID, a.Salesperson }

// FeedbackLine sums up some of the questionnaires.
type FeedbackLine struct {
	// Name says which: the salesperson, the activity type, or the month as
	// 2006-01. It is empty in a total, and for opportunities without a
	// salesperson. Salespeople of the same name have their id behind it.
	Name string
	// Sent and Answered count questionnaires.
	Sent     int
	Answered int
	// Rate is the share that was answered, 0 to 1; HasRate is false when
	// none was sent.
	Rate    float64
	HasRate bool
	// MeanScore is the mean of Scored scores, 0 to 100; HasScore is false
	// when there is none.
	Scored    int
	MeanScore float64
	HasScore  bool
	// NPS is the Net Promoter Score, -100 to 100: the percentage of
	// Promoters (9 and 10) less that of Detractors (0 to 6), among them and
	// the Passives. HasNPS is false when nobody answered that question.
	Promoters  int
	Passives   int
	Detractors int
	NPS        float64
	HasNPS     bool
}

// Recommendations counts the answers behind the Net Promoter Score.
func (l FeedbackLine) Recommendations() int { return l.Promoters + l.Passives + l.Detractors }

func (l FeedbackLine) label() string { return l.Name }

func (l FeedbackLine) mails() int { return l.Sent }

// Feedback is everything that a [FeedbackTally] knows.
type Feedback struct {
	Span

	Total FeedbackLine
	// BySalesperson and ByActivityType begin with who or what asked most;
	// those without a name are the last line.
	BySalesperson  []FeedbackLine
	ByActivityType []FeedbackLine
	// ByMonth has every month from the first to the last, also those in
	// which nothing was sent. A questionnaire counts in the month in which it
	// was sent, whenever it was answered.
	ByMonth []FeedbackLine
}

var _ Report = Feedback{}

// FeedbackTally sums up questionnaires one by one. It keeps none of them: it grows with
// the salespeople, the activity types and the months alone.
type FeedbackTally struct {
	tally[Asked, FeedbackLine]

	types map[string]sums[Asked, FeedbackLine]
}

// NewFeedbackTally returns an empty tally; its months are those of the zone.
func NewFeedbackTally(zone *time.Location) *FeedbackTally {
	fresh := func() sums[Asked, FeedbackLine] { return new(feedbackSums) }
	return &FeedbackTally{newTally(zone, fresh), map[string]sums[Asked, FeedbackLine]{}}
}

// Add counts one questionnaire. One without a time is in no month.
func (t *FeedbackTally) Add(a Asked) {
	t.add(a)
	addIn(&t.tally, t.types, a.ActivityType, a)
}

// Report returns what was counted so far.
func (t *FeedbackTally) Report() Feedback {
	return Feedback{
		Span:           t.span(),
		Total:          t.total.line(""),
		BySalesperson:  t.salespeople(),
		ByActivityType: byName(t.types),
		ByMonth:        t.byMonth(),
	}
}

// feedbackSums counts in a [FeedbackLine], whose figures it computes at the end.
type feedbackSums struct {
	FeedbackLine

	score float64
}

// add counts one questionnaire. A recommendation outside of the scale is none.
func (s *feedbackSums) add(a Asked) {
	s.Sent++
	if !a.Answered {
		return
	}
	s.Answered++
	if a.HasScore {
		s.Scored++
		s.score += a.Score
	}
	switch {
	case !a.HasRecommend, a.Recommend < 0, a.Recommend > highestNPS:
	case a.Recommend < firstPassive:
		s.Detractors++
	case a.Recommend <= lastPassive:
		s.Passives++
	default:
		s.Promoters++
	}
}

func (s *feedbackSums) line(name string) FeedbackLine {
	l := s.FeedbackLine
	l.Name = name
	l.Rate, l.HasRate = share(l.Answered, l.Sent)
	if l.Scored > 0 {
		l.MeanScore, l.HasScore = s.score/float64(l.Scored), true
	}
	if n := l.Recommendations(); n > 0 {
		l.NPS, l.HasNPS = 100*float64(l.Promoters-l.Detractors)/float64(n), true
	}
	return l
}

// share returns the share that some are of all; has is false when there are none.
func share(some, all int) (value float64, has bool) {
	if all == 0 {
		return 0, false
	}
	return float64(some) / float64(all), true
}

func (s Feedback) span() Span { return s.Span }

func (s Feedback) content() content {
	return content{
		columns: []string{"SENT", "ANSWERED", "RATE", "SCORE", "NPS"},
		fields:  []string{"sent", "answered", "rate", "scored", "mean_score", "promoters", "passives", "detractors", "nps"},
		sections: []section{
			{"month", "MONTH", nobody, eachLine(s.ByMonth, FeedbackLine.row)},
			{"salesperson", "SALESPERSON", nobody, eachLine(s.BySalesperson, FeedbackLine.row)},
			{"activity_type", "ACTIVITY TYPE", nobody, eachLine(s.ByActivityType, FeedbackLine.row)},
		},
		total:    s.Total.row(),
		headline: s.headline(),
		document: struct {
			jsonSpan

			Total          feedbackFigures `json:"total"`
			BySalesperson  []feedbackJSON  `json:"by_salesperson"`
			ByActivityType []feedbackJSON  `json:"by_activity_type"`
			ByMonth        []feedbackJSON  `json:"by_month"`
		}{
			s.json(), s.Total.figures(),
			eachLine(s.BySalesperson, FeedbackLine.json), eachLine(s.ByActivityType, FeedbackLine.json), eachLine(s.ByMonth, FeedbackLine.json),
		},
	}
}

// headline returns the total in one line:
//
//	feedback report: 40 sent, 12 answered (30%), mean score 81.5, NPS +25
func (s Feedback) headline() string {
	var b strings.Builder
	cells := s.Total.row().cells
	fmt.Fprintf(&b, "feedback report: %s sent, %s answered", cells[0], cells[1])
	if s.Total.HasRate {
		fmt.Fprintf(&b, " (%s)", cells[2])
	}
	if s.Total.HasScore {
		fmt.Fprintf(&b, ", mean score %s", cells[3])
	}
	if s.Total.HasNPS {
		fmt.Fprintf(&b, ", NPS %s", cells[4])
	}
	return b.String()
}

func (l FeedbackLine) row() row {
	f := l.figures()
	cells := []string{strconv.Itoa(l.Sent), strconv.Itoa(l.Answered), "", "", ""}
	if l.HasRate {
		cells[2] = percent(l.Rate)
	}
	if l.HasScore {
		cells[3] = fmt.Sprintf("%.1f", rounded(l.MeanScore, 1))
	}
	if l.HasNPS {
		cells[4] = strconv.Itoa(int(rounded(l.NPS, 0)))
		if rounded(l.NPS, 0) > 0 {
			cells[4] = "+" + cells[4]
		}
	}
	return row{name: l.Name, cells: cells, values: []string{
		strconv.Itoa(f.Sent), strconv.Itoa(f.Answered), csvFigure(f.Rate), strconv.Itoa(f.Scored), csvFigure(f.MeanScore),
		strconv.Itoa(f.Promoters), strconv.Itoa(f.Passives), strconv.Itoa(f.Detractors), csvFigure(f.NPS),
	}}
}

// feedbackJSON is a line in JSON; the types fix the order of the fields.
type feedbackJSON struct {
	Name string `json:"name"`
	feedbackFigures
}

type feedbackFigures struct {
	Sent       int      `json:"sent"`
	Answered   int      `json:"answered"`
	Rate       *float64 `json:"rate"`
	Scored     int      `json:"scored"`
	MeanScore  *float64 `json:"mean_score"`
	Promoters  int      `json:"promoters"`
	Passives   int      `json:"passives"`
	Detractors int      `json:"detractors"`
	NPS        *float64 `json:"nps"`
}

func (l FeedbackLine) json() feedbackJSON { return feedbackJSON{l.Name, l.figures()} }

func (l FeedbackLine) figures() feedbackFigures {
	return feedbackFigures{
		Sent:       l.Sent,
		Answered:   l.Answered,
		Rate:       figure(l.HasRate, l.Rate, 4),
		Scored:     l.Scored,
		MeanScore:  figure(l.HasScore, l.MeanScore, 2),
		Promoters:  l.Promoters,
		Passives:   l.Passives,
		Detractors: l.Detractors,
		NPS:        figure(l.HasNPS, l.NPS, 2),
	}
}

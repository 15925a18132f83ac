package scorecard

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
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

// Line sums up some of the questionnaires.
type Line struct {
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
func (l Line) Recommendations() int { return l.Promoters + l.Passives + l.Detractors }

// Summary is everything that a [Tally] knows.
type Summary struct {
	Total Line
	// Zone is the one of the dates and the months.
	Zone *time.Location
	// First and Last are the civil dates between which the questionnaires
	// were sent; zero when there is none with a time.
	First calendar.Date
	Last  calendar.Date
	// BySalesperson and ByActivityType begin with who or what asked most;
	// those without a name are the last line.
	BySalesperson  []Line
	ByActivityType []Line
	// ByMonth has every month from the first to the last, also those in
	// which nothing was sent. A questionnaire counts in the month in which it
	// was sent, whenever it was answered.
	ByMonth []Line
}

// person is a salesperson's sums, and the name that was in use last.
type person struct {
	sums
	name   string
	seenAt time.Time
}

// Tally sums up questionnaires one by one. It keeps none of them: it grows with
// the salespeople, the activity types and the months alone.
type Tally struct {
	zone   *time.Location
	total  sums
	first  time.Time
	last   time.Time
	people map[crm.UserID]*person
	types  map[string]*sums
	// months has the first of each month, in UTC.
	months map[time.Time]*sums
}

// NewTally returns an empty tally; its months are those of the zone.
func NewTally(zone *time.Location) *Tally {
	return &Tally{
		zone:   zone,
		people: map[crm.UserID]*person{},
		types:  map[string]*sums{},
		months: map[time.Time]*sums{},
	}
}

// Add counts one questionnaire. One without a time is in no month.
func (t *Tally) Add(a Asked) {
	t.total.add(a)
	entry(t.types, a.ActivityType).add(a)
	p := entry(t.people, a.SalespersonID)
	p.add(a)
	if p.name == "" || !a.SentAt.Before(p.seenAt) {
		p.name, p.seenAt = a.Salesperson, a.SentAt
	}
	if a.SentAt.IsZero() {
		return
	}
	if t.first.IsZero() || a.SentAt.Before(t.first) {
		t.first = a.SentAt
	}
	if a.SentAt.After(t.last) {
		t.last = a.SentAt
	}
	entry(t.months, t.monthOf(a.SentAt)).add(a)
}

// Summary returns what was counted so far.
func (t *Tally) Summary() Summary {
	s := Summary{
		Total:          t.total.line(""),
		Zone:           t.zone,
		BySalesperson:  t.salespeople(),
		ByActivityType: t.activityTypes(),
		ByMonth:        t.allMonths(),
	}
	if !t.first.IsZero() {
		s.First = calendar.Of(t.first, t.zone)
		s.Last = calendar.Of(t.last, t.zone)
	}
	return s
}

// monthOf returns the first of the month that it is in the zone.
func (t *Tally) monthOf(at time.Time) time.Time {
	d := calendar.Of(at, t.zone)
	return time.Date(d.Year, d.Month, 1, 0, 0, 0, 0, time.UTC)
}

// salespeople tells those of the same name apart by their ids.
func (t *Tally) salespeople() []Line {
	bearers := map[string]int{}
	for _, p := range t.people {
		bearers[p.name]++
	}
	lines := make([]Line, 0, len(t.people))
	for id, p := range t.people {
		name := p.name
		if id != 0 && (name == "" || bearers[name] > 1) {
			name = strings.TrimSpace(fmt.Sprintf("%s (%d)", name, id))
		}
		lines = append(lines, p.line(name))
	}
	return mostAskedFirst(lines)
}

func (t *Tally) activityTypes() []Line {
	lines := make([]Line, 0, len(t.types))
	for name, s := range t.types {
		lines = append(lines, s.line(name))
	}
	return mostAskedFirst(lines)
}

func (t *Tally) allMonths() []Line {
	var lines []Line
	if len(t.months) == 0 {
		return lines
	}
	last := t.monthOf(t.last)
	for m := t.monthOf(t.first); !m.After(last); m = m.AddDate(0, 1, 0) {
		lines = append(lines, entry(t.months, m).line(m.Format("2006-01")))
	}
	return lines
}

// mostAskedFirst sorts lines in place, the one without a name last; names
// decide between equals, so that the same records always give the same report.
func mostAskedFirst(lines []Line) []Line {
	slices.SortFunc(lines, func(a, b Line) int {
		switch {
		case a.Name == "":
			return 1
		case b.Name == "":
			return -1
		}
		return cmp.Or(cmp.Compare(b.Sent, a.Sent), cmp.Compare(a.Name, b.Name))
	})
	return lines
}

// entry returns what the map has under the key, a new zero value if need be.
func entry[K comparable, V any](all map[K]*V, key K) *V {
	if all[key] == nil {
		all[key] = new(V)
	}
	return all[key]
}

// sums counts in a [Line], whose figures it computes at the end.
type sums struct {
	Line
	score float64
}

// add counts one questionnaire. A recommendation outside of the scale is none.
func (s *sums) add(a Asked) {
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

func (s *sums) line(name string) Line {
	l := s.Line
	l.Name = name
	if l.Sent > 0 {
		l.Rate, l.HasRate = float64(l.Answered)/float64(l.Sent), true
	}
	if l.Scored > 0 {
		l.MeanScore, l.HasScore = s.score/float64(l.Scored), true
	}
	if n := l.Recommendations(); n > 0 {
		l.NPS, l.HasNPS = 100*float64(l.Promoters-l.Detractors)/float64(n), true
	}
	return l
}

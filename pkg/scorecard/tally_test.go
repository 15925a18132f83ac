package scorecard_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/scorecard"
)

func paris(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	require.NoError(t, err)
	return zone
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	instant, err := time.Parse(time.RFC3339, s)
	require.NoError(t, err)
	return instant
}

func summaryOfTally(zone *time.Location, all ...scorecard.Asked) scorecard.Feedback {
	tally := scorecard.NewFeedbackTally(zone)
	for _, a := range all {
		tally.Add(a)
	}
	return tally.Report()
}

func TestSummary(t *testing.T) {
	zone := paris(t)
	got := summaryOfTally(
		zone,
		scorecard.Asked{
			Salesperson: "Ada", SalespersonID: 2, ActivityType: "Call", SentAt: at(t, "2026-01-10T09:00:00Z"),
			Answered: true, Score: 80, HasScore: true, Recommend: 9, HasRecommend: true,
		},
		scorecard.Asked{
			Salesperson: "Ben", SalespersonID: 3, ActivityType: "Meeting", SentAt: at(t, "2026-03-02T09:00:00Z"),
			Answered: true, Score: 50, HasScore: true, Recommend: 3, HasRecommend: true,
		},
		scorecard.Asked{Salesperson: "Ada", SalespersonID: 2, ActivityType: "Meeting", SentAt: at(t, "2026-03-01T09:00:00Z")},
		scorecard.Asked{ActivityType: "Meeting", SentAt: at(t, "2026-03-20T09:00:00Z"), Answered: true},
	)
	assert.Equal(t, scorecard.Feedback{
		Total: scorecard.FeedbackLine{
			Sent: 4, Answered: 3, Rate: 0.75, HasRate: true, Scored: 2, MeanScore: 65, HasScore: true,
			Promoters: 1, Detractors: 1, NPS: 0, HasNPS: true,
		},
		Span: scorecard.Span{
			Zone:  zone,
			First: calendar.Date{Year: 2026, Month: time.January, Day: 10},
			Last:  calendar.Date{Year: 2026, Month: time.March, Day: 20},
		},
		BySalesperson: []scorecard.FeedbackLine{
			{
				Name: "Ada", Sent: 2, Answered: 1, Rate: 0.5, HasRate: true, Scored: 1, MeanScore: 80, HasScore: true,
				Promoters: 1, NPS: 100, HasNPS: true,
			},
			{
				Name: "Ben", Sent: 1, Answered: 1, Rate: 1, HasRate: true, Scored: 1, MeanScore: 50, HasScore: true,
				Detractors: 1, NPS: -100, HasNPS: true,
			},
			{Name: "", Sent: 1, Answered: 1, Rate: 1, HasRate: true},
		},
		ByActivityType: []scorecard.FeedbackLine{
			{
				Name: "Meeting", Sent: 3, Answered: 2, Rate: 2.0 / 3, HasRate: true, Scored: 1, MeanScore: 50, HasScore: true,
				Detractors: 1, NPS: -100, HasNPS: true,
			},
			{
				Name: "Call", Sent: 1, Answered: 1, Rate: 1, HasRate: true, Scored: 1, MeanScore: 80, HasScore: true,
				Promoters: 1, NPS: 100, HasNPS: true,
			},
		},
		ByMonth: []scorecard.FeedbackLine{
			{
				Name: "2026-01", Sent: 1, Answered: 1, Rate: 1, HasRate: true, Scored: 1, MeanScore: 80, HasScore: true,
				Promoters: 1, NPS: 100, HasNPS: true,
			},
			{Name: "2026-02"},
			{
				Name: "2026-03", Sent: 3, Answered: 2, Rate: 2.0 / 3, HasRate: true, Scored: 1, MeanScore: 50, HasScore: true,
				Detractors: 1, NPS: -100, HasNPS: true,
			},
		},
	}, got)
}

func TestNothingAskedGivesNoFigures(t *testing.T) {
	assert.Equal(t, scorecard.Feedback{
		Span:           scorecard.Span{Zone: time.UTC},
		BySalesperson:  []scorecard.FeedbackLine{},
		ByActivityType: []scorecard.FeedbackLine{},
	}, summaryOfTally(time.UTC))
}

func TestNPSIsPromotersLessDetractors(t *testing.T) {
	cases := map[string]struct {
		answers []int
		want    scorecard.FeedbackLine
	}{
		"0 and 6 detract, 7 and 8 are passive, 9 and 10 promote": {
			[]int{0, 6, 7, 8, 9, 10},
			scorecard.FeedbackLine{Promoters: 2, Passives: 2, Detractors: 2, NPS: 0, HasNPS: true},
		},
		"only promoters give 100":       {[]int{9, 10, 10}, scorecard.FeedbackLine{Promoters: 3, NPS: 100, HasNPS: true}},
		"only detractors give -100":     {[]int{0, 1, 6}, scorecard.FeedbackLine{Detractors: 3, NPS: -100, HasNPS: true}},
		"passives count in the divisor": {[]int{9, 7, 8, 7}, scorecard.FeedbackLine{Promoters: 1, Passives: 3, NPS: 25, HasNPS: true}},
		"no answer on the scale is no score, not 0": {
			[]int{-1, 11},
			scorecard.FeedbackLine{},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tally := scorecard.NewFeedbackTally(time.UTC)
			for _, answer := range c.answers {
				tally.Add(scorecard.Asked{Answered: true, Recommend: answer, HasRecommend: true})
			}
			c.want.Sent, c.want.Answered = len(c.answers), len(c.answers)
			c.want.Rate, c.want.HasRate = 1, true
			assert.Equal(t, c.want, tally.Report().Total)
		})
	}
}

func TestOnlySubmittedAnswersCount(t *testing.T) {
	got := summaryOfTally(
		time.UTC,
		scorecard.Asked{Answered: false, Score: 10, HasScore: true, Recommend: 0, HasRecommend: true},
		scorecard.Asked{Answered: true, Score: 90, HasScore: false, Recommend: 10, HasRecommend: false},
		scorecard.Asked{Answered: true, Score: 0, HasScore: true},
	)
	assert.Equal(t, scorecard.FeedbackLine{
		Sent: 3, Answered: 2, Rate: 2.0 / 3, HasRate: true, Scored: 1, MeanScore: 0, HasScore: true,
	}, got.Total)
}

func TestMonthsAreThoseOfTheZone(t *testing.T) {
	cases := map[string]struct {
		sent []string
		want []string
	}{
		"an evening in UTC can be the next month in Paris":           {[]string{"2026-01-31T23:30:00Z"}, []string{"2026-02"}},
		"the last hour of summer time still belongs to its month":    {[]string{"2026-10-31T22:59:59Z"}, []string{"2026-10"}},
		"the last minute of a leap day is February's":                {[]string{"2028-02-29T22:59:59Z"}, []string{"2028-02"}},
		"the next one is March's":                                    {[]string{"2028-02-29T23:00:00Z"}, []string{"2028-03"}},
		"a month is not left out for being empty, nor a new year":    {[]string{"2026-02-01T12:00:00Z", "2025-11-30T12:00:00Z"}, []string{"2025-11", "2025-12", "2026-01", "2026-02"}},
		"the order in which questionnaires come makes no difference": {[]string{"2026-05-01T12:00:00Z", "2026-04-01T12:00:00Z"}, []string{"2026-04", "2026-05"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tally := scorecard.NewFeedbackTally(paris(t))
			for _, sent := range c.sent {
				tally.Add(scorecard.Asked{SentAt: at(t, sent)})
			}
			var got []string
			for _, line := range tally.Report().ByMonth {
				got = append(got, line.Name)
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestAQuestionnaireWithoutATimeIsInNoMonth(t *testing.T) {
	got := summaryOfTally(time.UTC, scorecard.Asked{ActivityType: "Call"})
	assert.Equal(t, scorecard.Feedback{
		Total:          scorecard.FeedbackLine{Sent: 1, HasRate: true},
		Span:           scorecard.Span{Zone: time.UTC},
		BySalesperson:  []scorecard.FeedbackLine{{Sent: 1, HasRate: true}},
		ByActivityType: []scorecard.FeedbackLine{{Name: "Call", Sent: 1, HasRate: true}},
	}, got)
}

func TestSalespeopleAreTheirIDs(t *testing.T) {
	cases := map[string]struct {
		asked []scorecard.Asked
		want  []string
	}{
		"the same name twice is told apart by the ids": {
			[]scorecard.Asked{{Salesperson: "Ada", SalespersonID: 7}, {Salesperson: "Ada", SalespersonID: 2}, {Salesperson: "Ben", SalespersonID: 3}},
			[]string{"Ada (2)", "Ada (7)", "Ben"},
		},
		"a salesperson who was renamed is one line, with the latest name": {
			[]scorecard.Asked{
				{Salesperson: "Ada Byron", SalespersonID: 2, SentAt: at(t, "2026-03-01T12:00:00Z")},
				{Salesperson: "Ada", SalespersonID: 2, SentAt: at(t, "2026-01-01T12:00:00Z")},
			},
			[]string{"Ada Byron"},
		},
		"one without a name keeps the id": {[]scorecard.Asked{{SalespersonID: 9}}, []string{"(9)"}},
		"who asked most comes first, then by name": {
			[]scorecard.Asked{
				{Salesperson: "Cid", SalespersonID: 4},
				{Salesperson: "Ben", SalespersonID: 3},
				{Salesperson: "Zoe", SalespersonID: 5},
				{Salesperson: "Zoe", SalespersonID: 5},
			},
			[]string{"Zoe", "Ben", "Cid"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, line := range summaryOfTally(time.UTC, c.asked...).BySalesperson {
				got = append(got, line.Name)
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestASummaryIsASnapshot(t *testing.T) {
	tally := scorecard.NewFeedbackTally(time.UTC)
	tally.Add(scorecard.Asked{ActivityType: "Call"})
	before := tally.Report()
	tally.Add(scorecard.Asked{ActivityType: "Call"})
	assert.Equal(t, 1, before.ByActivityType[0].Sent)
	assert.Equal(t, 2, tally.Report().ByActivityType[0].Sent)
}

func TestATallyKeepsNoQuestionnaire(t *testing.T) {
	tally := scorecard.NewFeedbackTally(time.UTC)
	start := at(t, "2025-01-01T00:00:00Z")
	add := func(n int) {
		for i := range n {
			tally.Add(scorecard.Asked{
				Salesperson: fmt.Sprintf("Salesperson %d", i%40), SalespersonID: crm.UserID(1 + i%40),
				ActivityType: fmt.Sprintf("Type %d", i%6), SentAt: start.AddDate(0, i%24, 0),
				Answered: i%3 == 0, Score: float64(i % 101), HasScore: true,
			})
		}
	}
	heap := func() int64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	add(1_000)
	before := heap()
	add(100_000)
	assert.Less(t, heap()-before, int64(1<<20))
	assert.Equal(t, 101_000, tally.Report().Total.Sent)
}

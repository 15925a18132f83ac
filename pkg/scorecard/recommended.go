package scorecard

// recommended is the bar that shows how many clients would recommend the company.
type recommended struct {
	Value       string
	Description string
	Groups      []group
}

// group is a part of the bar, which is 100 wide.
type group struct {
	Class string
	Name  string
	Range string
	Count string
	Share string
	X     coordinate
	Width coordinate
}

func recommendations(l Line) int { return l.Promoters + l.Passives + l.Detractors }

// newRecommended returns nil when nobody answered that question.
func newRecommended(w words, total Line) *recommended {
	if !total.HasNPS {
		return nil
	}
	r := recommended{
		Value:       w.signed(total.NPS),
		Description: w.NPSDescribed.Fill(groups{w.integer(total.Detractors), w.integer(total.Passives), w.integer(total.Promoters)}),
		Groups: []group{
			{Class: "detractors", Name: w.Detractors, Range: "0–6"},
			{Class: "passives", Name: w.Passives, Range: "7–8"},
			{Class: "promoters", Name: w.Promoters, Range: "9–10"},
		},
	}
	var from float64
	for i, n := range []int{total.Detractors, total.Passives, total.Promoters} {
		share := float64(n) / float64(recommendations(total))
		g := &r.Groups[i]
		g.Count, g.Share = w.integer(n), w.percent(share)
		g.X, g.Width = coordinate(100*from), coordinate(100*share)
		from += share
	}
	return &r
}

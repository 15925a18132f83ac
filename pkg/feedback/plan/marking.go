package plan

import (
	"math"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Marking is how a client's score shows on the opportunity, where lists and
// filters can see it.
type Marking struct {
	// Field is the custom field that takes the score; empty for none. Whole
	// says that it takes whole numbers alone.
	Field string
	Whole bool
	Tags  []ScoreTag
}

// ScoreTag is the tag for scores of at least From and less than Below.
type ScoreTag struct {
	From, Below float64
	Tag         crm.TagID
}

// IsZero tells whether scores show nowhere.
func (m Marking) IsZero() bool { return m.Field == "" && len(m.Tags) == 0 }

// Of returns the mark for a score. Scores that look alike in two decimals are
// the same.
func (m Marking) Of(score float64) crm.Mark {
	mark := crm.Mark{Field: m.Field, Score: math.Round(score*100) / 100}
	if m.Whole {
		mark.Score = math.Round(score)
	}
	given := map[crm.TagID]bool{}
	for _, b := range m.Tags {
		if score >= b.From && score < b.Below && !given[b.Tag] {
			given[b.Tag] = true
			mark.Add = append(mark.Add, b.Tag)
		}
	}
	for _, b := range m.Tags {
		if !given[b.Tag] {
			given[b.Tag] = true
			mark.Remove = append(mark.Remove, b.Tag)
		}
	}
	if m.Field == "" {
		mark.Score = 0
	}
	return mark
}

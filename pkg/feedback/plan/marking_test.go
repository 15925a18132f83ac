package plan_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
)

func TestTheMarkOfAScore(t *testing.T) {
	t.Parallel()
	bands := []plan.ScoreTag{{From: 0, Below: 50, Tag: 1}, {From: 80, Below: 101, Tag: 2}, {From: 95, Below: 101, Tag: 3}}
	for name, c := range map[string]struct {
		marking plan.Marking
		score   float64
		want    crm.Mark
	}{
		"a field takes two decimals": {
			plan.Marking{Field: "x_score"}, 200.0 / 3, crm.Mark{Field: "x_score", Score: 66.67},
		},
		"a field for whole numbers takes the nearest": {
			plan.Marking{Field: "x_score", Whole: true}, 62.5, crm.Mark{Field: "x_score", Score: 63},
		},
		"a low score takes the tags of high ones away": {
			plan.Marking{Tags: bands}, 49.99, crm.Mark{Add: []crm.TagID{1}, Remove: []crm.TagID{2, 3}},
		},
		"a bound belongs to the band above": {
			plan.Marking{Tags: bands}, 50, crm.Mark{Remove: []crm.TagID{1, 2, 3}},
		},
		"bands may overlap": {
			plan.Marking{Field: "x_score", Tags: bands},
			100,
			crm.Mark{Field: "x_score", Score: 100, Add: []crm.TagID{2, 3}, Remove: []crm.TagID{1}},
		},
		"a tag of two bands stays": {
			plan.Marking{Tags: []plan.ScoreTag{{From: 0, Below: 20, Tag: 1}, {From: 90, Below: 101, Tag: 1}}},
			95,
			crm.Mark{Add: []crm.TagID{1}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.False(t, c.marking.IsZero())
			assert.Equal(t, c.want, c.marking.Of(c.score))
		})
	}
	assert.True(t, plan.Marking{}.IsZero())
}

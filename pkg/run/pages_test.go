package run_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/run"
)

func TestPagesGrowWhileOdooAnswersFast(t *testing.T) {
	for name, c := range map[string]struct {
		took []time.Duration
		want []int
	}{
		"at once":             {[]time.Duration{0, 0, 0}, []int{500, 1000, 1000}},
		"fast":                {[]time.Duration{130 * time.Millisecond, 260 * time.Millisecond, 520 * time.Millisecond}, []int{500, 1000, 1000}},
		"not so fast":         {[]time.Duration{625 * time.Millisecond, time.Second}, []int{400, 400}},
		"slowly after a time": {[]time.Duration{0, 0, 2 * time.Second, 9 * time.Second, 0}, []int{500, 1000, 500, 250, 500}},
		"slowly":              {[]time.Duration{30 * time.Second}, []int{250}},
	} {
		t.Run(name, func(t *testing.T) {
			var size run.GrowingPage
			size.Begin(run.PageSize)
			var sizes []int
			for _, took := range c.took {
				size.Took(size.Next(), took)
				sizes = append(sizes, size.Next())
			}
			assert.Equal(t, c.want, sizes)
			size.Took(0, time.Hour)
			assert.Equal(t, sizes[len(sizes)-1], size.Next(), "nothing was asked")
		})
	}
	var size run.GrowingPage
	size.Begin(run.BulkSize)
	size.Took(run.BulkSize, time.Minute)
	assert.Equal(t, run.BulkSize, size.Next(), "one that waits for each call keeps its size")
}

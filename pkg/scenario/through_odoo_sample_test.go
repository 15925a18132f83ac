//go:build !exhaustive && !odoo

package scenario_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A sample of what TestWhicheverMailThroughOdooFails does.

func TestAfterAFailedMailThroughOdooEachClientIsMailedOnce(t *testing.T) {
	beside(t)
	for row, f := range callFaults() {
		o := mailing()[row%2]
		t.Run(f.name+" "+o.String(), func(t *testing.T) {
			t.Parallel()
			counts := sendingFails(t, o, f, row)
			require.Equal(t, 1, counts.runs, "the call was made")
			want := worstSending(f)
			want.once = few - want.arrived - want.lost
			require.Equal(t, want, counts.worst)
		})
	}
}

func TestAfterAFailedStepOfOdoosMailServerEachClientIsMailedOnce(t *testing.T) {
	beside(t)
	for row, s := range mailSteps() {
		for column, f := range mailFaults() {
			if !possibleThroughOdoo(s, f) || (row+column)%3 != 0 {
				continue
			}
			t.Run(s.title+" "+f.title, func(t *testing.T) {
				t.Parallel()
				occasion := 0
				if s.nth != nil {
					occasion = s.nth[(row+column)%len(s.nth)]
				}
				counts := stepFailsThroughOdoo(t, mailing()[0], s, f, occasion)
				require.Equal(t, 1, counts.runs, "the step was reached")
				require.LessOrEqual(t, counts.worst.refused, worstThroughOdoo(s, f).refused)
				want := worstThroughOdoo(s, f)
				if breaksOff(f) && counts.worst.lost < want.lost {
					want.lost = 0 // Another recipient follows.
				}
				want.refused = counts.worst.refused
				want.once = few - want.arrived - want.lost - want.refused
				require.Equal(t, want, counts.worst)
			})
		}
	}
}

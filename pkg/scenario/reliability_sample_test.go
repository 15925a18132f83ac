//go:build !exhaustive && !odoo

package scenario_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests are a sample of those that try every fault at every call, every
// step and many bytes (make test-exhaustive). Each fault happens a few times, at
// different places.

// sampled is how many of the first calls of each operation are tried.
const sampled = 12

func TestAfterAFailedCallTheNextRunsEndInTheSameState(t *testing.T) {
	beside(t)
	for column, o := range operations() {
		for row, f := range callFaults() {
			if (row+column)%2 != 0 {
				continue
			}
			t.Run(f.name+" "+o.String(), func(t *testing.T) {
				t.Parallel()
				counts := callFails(t, o, f, (5*row+column)%sampled, 1, true)
				require.Equal(t, 1, counts.runs, "the call was made")
				require.Equal(t, outcomes{once: few}, counts.worst)
			})
		}
	}
}

func TestAfterOdooIsLostTheNextRunsEndInTheSameState(t *testing.T) {
	beside(t)
	lost := callFaults()[0]
	for n, o := range operations() {
		t.Run(o.String(), func(t *testing.T) {
			t.Parallel()
			counts := callFails(t, o, lost, sampled-1-n, math.MaxInt, true)
			require.Equal(t, 1, counts.runs, "the call was made")
			require.Equal(t, outcomes{once: few}, counts.worst)
		})
		t.Run(o.String()+" without a state directory", func(t *testing.T) {
			t.Parallel()
			counts := callFails(t, o, lost, sampled-1-n, math.MaxInt, false)
			require.Equal(t, 1, counts.runs, "the call was made")
			require.Zero(t, counts.worst.wrong)
		})
	}
}

func TestAfterAFailedStepOfTheMailServerEachClientIsMailedOnce(t *testing.T) {
	beside(t)
	remind := operations()[0]
	for row, s := range mailSteps() {
		for column, f := range mailFaults() {
			if !possible(s, f) || (row+column)%3 != 0 {
				continue
			}
			t.Run(s.title+" "+f.title, func(t *testing.T) {
				t.Parallel()
				occasion := 0
				if s.nth != nil {
					occasion = s.nth[(row+column)%len(s.nth)]
				}
				counts := stepFails(t, remind, s, f, occasion)
				require.Equal(t, 1, counts.runs, "the step was reached")
				want := worst(s, f)
				require.LessOrEqual(t, counts.worst.refused, want.refused)
				want.refused = counts.worst.refused
				want.once = few - want.arrived - want.lost - want.refused
				require.Equal(t, want, counts.worst)
			})
		}
	}
}

func TestAfterAFailedByteAtMostOneMailIsInDoubt(t *testing.T) {
	beside(t)
	for does, title := range byteFaults() {
		for _, sent := range []bool{true, false} {
			t.Run(fmt.Sprint(title, " sent ", sent), func(t *testing.T) {
				t.Parallel()
				assert.Zero(t, byteFails(t, does, sent, 13, 24).worst.wrong)
			})
		}
	}
}

func TestWhileHostsOverlapTheNextRunsEndInTheSameState(t *testing.T) {
	for column, o := range operations() {
		for row, over := range overlaps() {
			if (row+column)%3 != 0 {
				continue
			}
			t.Run(o.String()+", "+over.title, func(t *testing.T) {
				t.Parallel()
				counts := hostsOverlap(t, o, over, sampled-1-row)
				require.Equal(t, 1, counts.runs, "the call was made")
				require.Zero(t, counts.worst.wrong)
			})
		}
	}
}

func TestAfterOdooIsRestoredNobodyIsMailedTwice(t *testing.T) {
	for _, o := range mailing() {
		t.Run(o.String(), func(t *testing.T) {
			t.Parallel()
			counts := odooIsRestored(t, o, "mail.message write", 0)
			require.Equal(t, 1, counts.runs, "mails were confirmed")
			require.Equal(t, outcomes{once: few}, counts.worst)
		})
	}
}

package remind_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
)

// slowRate lets mails begin by the clock of a backend, which it puts forward.
type slowRate struct {
	*ledgertest.Backend

	interval time.Duration
	last     time.Time
	begun    []time.Time
	// others are how many turns other processes take before each of ours.
	others, taken int
}

func (r *slowRate) wait() time.Duration { return r.interval - r.Now().Sub(r.last) }

func (r *slowRate) Begin(_ context.Context, within time.Duration) error {
	if r.taken < r.others {
		r.taken++
		r.last = r.Now()
	}
	wait := r.wait()
	if wait > within {
		return ledger.ErrRate
	}
	r.Pass(max(0, wait))
	r.last, r.taken = r.Now(), 0
	r.begun = append(r.begun, r.last)
	return nil
}

func (r *slowRate) Wait(context.Context) error {
	r.Pass(max(0, r.wait()))
	return nil
}

func TestAtASlowRateNothingIsClaimedThatCannotBeginInTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		perMinute, others, most int
	}{
		"ten a minute":                         {10, 0, 8},
		"one a minute":                         {1, 0, 1},
		"one a minute, with three other parts": {1, 3, 1},
		"a hundred a minute":                   {100, 0, 83},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const due = 30
			o := ledgertest.NewBackend().Open(1, due, 7)
			rate := &slowRate{Backend: o, interval: time.Minute / time.Duration(c.perMinute), others: c.others}
			most := 0
			p := &ledgertest.Process{Backend: o, Before: func(call string) error {
				if call != "Mail" {
					open := slices.DeleteFunc(slices.Clone(o.Entries()), func(e crm.Entry) bool { return e.Confirmed })
					most = max(most, len(open))
				}
				return nil
			}}
			r, items, _ := reminders(t, p, "a")
			r.Rate, r.Courier.Rate, r.Courier.Connections = c.perMinute, rate, 1
			require.NoError(t, r.Run(t.Context()))
			assert.Len(t, o.Mails, due)
			assert.Empty(t, o.Stale)
			assert.Len(t, items.Items, due)
			assert.LessOrEqual(t, most, c.most)
			assert.Positive(t, most)
			require.Len(t, rate.begun, due)
			for i := range rate.begun[1:] {
				assert.GreaterOrEqual(t, rate.begun[i+1].Sub(rate.begun[i]), rate.interval)
			}
		})
	}
}

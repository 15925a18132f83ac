package state_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/state"
)

const long = time.Hour

// begins lets so many mails begin by each of the rates, over two connections, and returns
// when each began, in order.
func begins(t *testing.T, mails int, rates ...*state.Rate) []time.Time {
	t.Helper()
	var mu sync.Mutex
	var at []time.Time
	var all sync.WaitGroup
	for _, r := range rates {
		for range 2 {
			all.Go(func() {
				for range mails / 2 {
					if !assert.NoError(t, r.Begin(t.Context(), long)) {
						return
					}
					mu.Lock()
					at = append(at, time.Now())
					mu.Unlock()
				}
			})
		}
	}
	all.Wait()
	slices.SortFunc(at, time.Time.Compare)
	return at
}

func TestAllProcessesOfAHostBeginSoManyMailsAMinuteTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "made")
		at := begins(t, 10, state.NewRate(dir, 10, time.Now), state.NewRate(dir, 10, time.Now), state.NewRate(dir, 10, time.Now))
		require.Len(t, at, 30)
		for i := range at[1:] {
			assert.GreaterOrEqual(t, at[i+1].Sub(at[i]), 6*time.Second)
		}
		assert.Less(t, at[29].Sub(at[0]), 29*6*time.Second+time.Second, "no turn is lost")
		assert.WithinDuration(t, at[29].Add(6*time.Second), begins(t, 2, state.NewRate(dir, 10, time.Now))[0], time.Second, "a later run counts on")
	})
}

func TestWithoutAFolderAProcessCountsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		at := begins(t, 4, state.NewRate("", 1, time.Now))
		assert.Equal(t, 3*time.Minute, at[3].Sub(at[0]))
	})
}

func TestAMailThatCannotBeginInTimeIsToldSoAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := state.NewRate(t.TempDir(), 2, time.Now)
		require.NoError(t, r.Wait(t.Context()))
		require.NoError(t, r.Begin(t.Context(), 0), "who waits takes nothing")
		began := time.Now()
		require.ErrorIs(t, r.Begin(t.Context(), 29*time.Second), ledger.ErrRate)
		assert.Equal(t, began, time.Now())
		require.NoError(t, r.Wait(t.Context()))
		assert.Equal(t, began.Add(30*time.Second), time.Now())
		require.NoError(t, r.Begin(t.Context(), 0))

		told, stop := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { stop(assert.AnError) })
		require.ErrorIs(t, r.Begin(told, long), assert.AnError)
		assert.Equal(t, began.Add(31*time.Second), time.Now())
	})
}

func TestAClockThatWasPutBackAndADamagedFileMakeAMailWaitOnceMore(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, file string, back *time.Duration){
		"put back": func(_ *testing.T, _ string, back *time.Duration) { *back = long },
		"damaged": func(t *testing.T, file string, _ *time.Duration) {
			require.NoError(t, os.WriteFile(file, []byte("x"), 0o600))
		},
		"of later on": func(t *testing.T, file string, _ *time.Duration) {
			require.NoError(t, os.WriteFile(file, []byte("9223372036854775807"), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dir, back := t.TempDir(), time.Duration(0)
				r := state.NewRate(dir, 10, func() time.Time { return time.Now().Add(-back) })
				require.NoError(t, r.Begin(t.Context(), 0))
				change(t, filepath.Join(dir, "mails.rate"), &back)
				began := time.Now()
				require.NoError(t, r.Begin(t.Context(), long))
				assert.Equal(t, began.Add(6*time.Second), time.Now())
				require.NoError(t, r.Begin(t.Context(), long))
				assert.Equal(t, began.Add(12*time.Second), time.Now())
			})
		})
	}
}

func TestAFolderThatCannotBeUsedLetsNoMailBegin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "mails.rate"), 0o700))
	var unusable *state.DirError
	require.ErrorAs(t, state.NewRate(dir, 10, time.Now).Begin(t.Context(), long), &unusable)
	assert.Contains(t, unusable.Error(), "count the mails of this host")
}

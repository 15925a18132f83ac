package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
)

func TestWhatCannotBeBegunInTimeIsReleasedAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		tick       time.Duration
		freshUntil time.Time
		sent       int
		want       error
	}{
		// Each mail takes a second before it is begun.
		{"what was read is too old after 30 mails", time.Second, noon.Add(30 * time.Second), 30, ledger.ErrStale},
		{"what was read is too old from the start", 0, noon.Add(-time.Second), 0, ledger.ErrStale},
		{"the claims are ten minutes old after 24 mails", 24 * time.Second, noon.Add(time.Hour), 24, ledger.ErrClaimOld},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.tick = c.tick
			results, err := courier(&process{world: w}, "a").Deliver(t.Context(), mails("a", 1, 100), c.freshUntil)
			require.NoError(t, err, "the run can go on")
			for i, r := range results {
				if i < c.sent {
					require.Equal(t, ledger.Result{Outcome: ledger.Sent}, r)
				} else {
					require.Equal(t, ledger.Result{Outcome: ledger.NotBegun, Err: c.want}, r, "mail %d", i+1)
				}
			}
			assert.Len(t, w.left, c.sent)
			assert.Len(t, w.entries(), c.sent, "the other claims are released")
		})
	}
}

func TestTheLastMomentToBeginIsJustBeforeTenMinutes(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]ledger.Outcome{
		ledger.LastData - time.Second: ledger.Sent,
		ledger.LastData:               ledger.NotBegun,
	} {
		w := newWorld()
		w.tick = age // The mail reaches its DATA command that long after its claim.
		results, err := courier(&process{world: w}, "a").Deliver(t.Context(), mails("a", 1, 1), noon.Add(time.Hour))
		require.NoError(t, err)
		assert.Equal(t, []ledger.Outcome{want}, outcomes(results), age.String())
	}
}

func TestAServerThatRefusesAllMailEndsTheRun(t *testing.T) {
	t.Parallel()
	const (
		S, F, R, U, N = ledger.Sent, ledger.Failed, ledger.Refused, ledger.Uncertain, ledger.NotBegun
	)
	for _, c := range []struct {
		name    string
		answers []error
		want    []ledger.Outcome
		err     error
	}{
		{"at once when it cannot be reached", []error{nil, noServer}, []ledger.Outcome{S, F, N, N, N, N}, noServer},
		{"after three refusals in a row", []error{spam, relay, spam}, []ledger.Outcome{F, F, F, N, N, N}, spam},
		{"after three broken connections in a row", []error{unknown, unknown, unknown}, []ledger.Outcome{U, U, U, N, N, N}, unknown},
		{"not after two", []error{spam, spam, nil, spam, spam}, []ledger.Outcome{F, F, S, F, F, S}, nil},
		{"not when a client's address is refused between", []error{spam, spam, noClient, spam, spam}, []ledger.Outcome{F, F, R, F, F, S}, nil},
		{"not when a client is to be tried later", []error{spam, spam, greylist, spam, spam}, []ledger.Outcome{F, F, F, F, F, S}, nil},
		{"not for refusals of clients alone", []error{noClient, noClient, noClient, noClient}, []ledger.Outcome{R, R, R, R, S, S}, nil},
		{"not for greylisted clients alone", []error{greylist, greylist, greylist, greylist}, []ledger.Outcome{F, F, F, F, S, S}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			for i, err := range c.answers {
				w.script[crm.OpportunityID(i+1)] = reply{err: err}
			}
			results, err := courier(&process{world: w}, "a").Deliver(t.Context(), mails("a", 1, 6), soon)
			assert.Equal(t, c.err, err)
			assert.Equal(t, c.want, outcomes(results))
			for i, r := range results {
				_, claimed := w.reminder(crm.OpportunityID(i + 1))
				assert.Equal(t, r.Outcome == S || r.Outcome == U, claimed, "mail %d", i+1)
				if r.Outcome == N {
					require.ErrorIs(t, r.Err, ledger.ErrStopped)
					require.ErrorIs(t, r.Err, c.err)
				}
			}
		})
	}
}

func TestARunThatIsToldToStopFinishesTheMailInHand(t *testing.T) {
	t.Parallel()
	stopped := errors.New("ended by SIGTERM")
	for _, c := range []struct {
		name string
		// takes is how long the server needs for the mail in hand.
		takes time.Duration
		want  ledger.Outcome
	}{
		{"and waits a little for the server", 4 * time.Second, ledger.Sent},
		{"but not for ever", time.Hour, ledger.Uncertain},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancelCause(t.Context())
				w := newWorld()
				w.script[3] = reply{during: func(inHand context.Context) error {
					stop(stopped)
					select {
					case <-time.After(c.takes):
						return nil
					case <-inHand.Done():
						return unknown
					}
				}}
				begun := time.Now()
				results, err := courier(&process{world: w}, "a").Deliver(ctx, mails("a", 1, 45), soon)
				require.NoError(t, err)
				assert.Less(t, time.Since(begun), 6*time.Second)
				want := slices.Repeat([]ledger.Outcome{ledger.NotBegun}, 45)
				want[0], want[1], want[2] = ledger.Sent, ledger.Sent, c.want
				assert.Equal(t, want, outcomes(results))
				require.ErrorIs(t, results[44].Err, stopped)
				synctest.Wait()
			})
		})
	}
}

func TestSeveralConnectionsHaveAsManyMailsInHand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		for id := crm.OpportunityID(1); id <= 9; id++ {
			w.script[id] = reply{during: func(context.Context) error { time.Sleep(time.Second); return nil }}
		}
		c := courier(&process{world: w}, "a")
		c.Connections = 3
		begun := time.Now()
		_, err := c.Deliver(t.Context(), mails("a", 1, 9), soon)
		require.NoError(t, err)
		assert.Equal(t, 3*time.Second, time.Since(begun))
		synctest.Wait()
	})
}

func TestWhatTheRunCutsOffItselfSaysNothingAboutTheServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stopped := errors.New("ended by SIGTERM")
		ctx, stop := context.WithCancelCause(t.Context())
		defer stop(nil)
		w := newWorld()
		for id := crm.OpportunityID(1); id <= 5; id++ {
			w.script[id] = reply{during: func(inHand context.Context) error {
				<-inHand.Done()
				return &cut{unknown, inHand.Err()}
			}}
		}
		time.AfterFunc(time.Second, func() { stop(stopped) }) // All five are in hand by then.
		c := courier(&process{world: w}, "a")
		c.Connections = 5
		results, err := c.Deliver(ctx, mails("a", 1, 6), soon)
		require.NoError(t, err)
		assert.Equal(t, append(slices.Repeat([]ledger.Outcome{ledger.Uncertain}, 5), ledger.NotBegun), outcomes(results))
		synctest.Wait()
	})
}

// cut is the error of a mail that was cut off by its context.
type cut struct {
	*refusal
	cause error
}

func (c *cut) Unwrap() error { return c.cause }

func TestARunThatIsToldToStopLeavesNoClaims(t *testing.T) {
	t.Parallel()
	stopped := errors.New("ended by SIGTERM")
	t.Run("before it claims", func(t *testing.T) {
		t.Parallel()
		ctx, stop := context.WithCancelCause(t.Context())
		stop(stopped)
		w := newWorld()
		results, err := courier(&process{world: w}, "a").Deliver(ctx, mails("a", 1, 3), soon)
		require.ErrorIs(t, err, stopped)
		assert.Equal(t, slices.Repeat([]ledger.Result{{Outcome: ledger.NotBegun, Err: stopped}}, 3), results)
		assert.Empty(t, w.log)
	})
	t.Run("while it claims", func(t *testing.T) {
		t.Parallel()
		ctx, stop := context.WithCancelCause(t.Context())
		w := newWorld()
		p := &process{world: w}
		c := courier(p, "a")
		c.Book = &stopping{process: p, stop: func() { stop(stopped) }}
		results, err := c.Deliver(ctx, mails("a", 1, 3), soon)
		require.NoError(t, err)
		assert.Equal(t, slices.Repeat([]ledger.Result{{Outcome: ledger.NotBegun, Err: stopped}}, 3), results)
		assert.Equal(t, []string{"claim 2", "claim 1", "release 1 2 3"}, w.log)
	})
}

// stopping is a Book during whose Claim the run is told to stop.
type stopping struct {
	*process
	stop func()
}

func (s *stopping) Claim(ctx context.Context, rows []ledger.Claim) ([]ledger.Claimed, error) {
	s.stop()
	return s.process.Claim(ctx, rows)
}

func TestOdooCanBeLostInAnyCall(t *testing.T) {
	t.Parallel()
	// With all outcomes in each window, and a deleted entry, every call of the
	// Book is made.
	build := func() (*world, *process) {
		w := newWorld()
		for id := crm.OpportunityID(1); id <= 45; id++ {
			w.script[id] = reply{err: map[crm.OpportunityID]error{0: nil, 1: nil, 2: noClient, 3: nil, 4: unknown, 5: nil, 6: greylist}[id%7]}
		}
		w.script[7] = reply{during: func(context.Context) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			delete(w.messages, "crm_tool.remind_7_7")
			return nil
		}}
		return w, &process{world: w}
	}
	_, whole := build()
	_, err := courier(whole, "a").Deliver(t.Context(), mails("a", 1, 45), soon)
	require.NoError(t, err)
	require.Equal(t, 2+3*3+1+1+1, whole.calls, "claims, three settlements, read, claim, confirm")

	for n := 1; n <= whole.calls; n++ {
		for _, lost := range []bool{false, true} {
			w, p := build()
			if lost {
				p.lost = n
			} else {
				p.fail = n
			}
			results, err := courier(p, "a").Deliver(t.Context(), mails("a", 1, 45), soon)
			require.ErrorIs(t, err, errOdoo, "call %d", n)
			for i, r := range results {
				id := crm.OpportunityID(i + 1)
				if r.Outcome == ledger.NotBegun {
					require.Zero(t, w.left[client(id)], "call %d, mail %d", n, id)
					require.ErrorIs(t, r.Err, errOdoo)
				} else {
					require.NotErrorIs(t, r.Err, errOdoo, "the mail's own fate counts")
				}
			}
			w.pass(ledger.Life)
			s := soundness{w: w, batch: 45}
			if n > 2+3*3 {
				s.except = 7 // Nobody could find out that its entry was deleted.
			}
			s.check(t, fmt.Sprintf("call %d failed", n))
		}
	}
}

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
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
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
		{"what was read is too old after 30 mails", time.Second, ledgertest.Noon.Add(30 * time.Second), 30, ledger.ErrStale},
		{"what was read is too old from the start", 0, ledgertest.Noon.Add(-time.Second), 0, ledger.ErrStale},
		{"the claims are ten minutes old after 24 mails", 24 * time.Second, ledgertest.Noon.Add(time.Hour), 24, ledger.ErrClaimOld},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := ledgertest.NewBackend()
			p := &ledgertest.Process{Backend: w, MailTakes: c.tick}
			results, err := ledgertest.Courier(p, "a").Deliver(t.Context(), ledgertest.Mails("a", 1, 100), c.freshUntil)
			require.NoError(t, err, "the run can go on")
			for i, r := range results {
				if i < c.sent {
					require.Equal(t, ledger.Result{Outcome: ledger.Sent}, r)
				} else {
					require.Equal(t, ledger.Result{Outcome: ledger.NotBegun, Err: c.want}, r, "mail %d", i+1)
				}
			}
			assert.Len(t, w.Mails, c.sent)
			assert.Len(t, w.Entries(), c.sent, "the other claims are released")
		})
	}
}

func TestTheLastMomentToBeginIsJustBeforeTenMinutes(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]ledger.Outcome{
		ledger.SendDeadline - time.Second: ledger.Sent,
		ledger.SendDeadline:               ledger.NotBegun,
	} {
		w := ledgertest.NewBackend()
		// The mail reaches its DATA command that long after its claim.
		p := &ledgertest.Process{Backend: w, MailTakes: age}
		results, err := ledgertest.Courier(p, "a").Deliver(t.Context(), ledgertest.Mails("a", 1, 1), ledgertest.Noon.Add(time.Hour))
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
		{"at once when it cannot be reached", []error{nil, ledgertest.ErrUnreachable}, []ledger.Outcome{S, F, N, N, N, N}, ledgertest.ErrUnreachable},
		{"after three refusals in a row", []error{ledgertest.ErrSpam, relay, ledgertest.ErrSpam}, []ledger.Outcome{F, F, F, N, N, N}, ledgertest.ErrSpam},
		{"after three broken connections in a row", []error{ledgertest.ErrCutOff, ledgertest.ErrCutOff, ledgertest.ErrCutOff}, []ledger.Outcome{U, U, U, N, N, N}, ledgertest.ErrCutOff},
		{"not after two", []error{ledgertest.ErrSpam, ledgertest.ErrSpam, nil, ledgertest.ErrSpam, ledgertest.ErrSpam}, []ledger.Outcome{F, F, S, F, F, S}, nil},
		{"not when a client's address is refused between", []error{ledgertest.ErrSpam, ledgertest.ErrSpam, ledgertest.ErrNoClient, ledgertest.ErrSpam, ledgertest.ErrSpam}, []ledger.Outcome{F, F, R, F, F, S}, nil},
		{"not when a client is to be tried later", []error{ledgertest.ErrSpam, ledgertest.ErrSpam, ledgertest.ErrGreylisted, ledgertest.ErrSpam, ledgertest.ErrSpam}, []ledger.Outcome{F, F, F, F, F, S}, nil},
		{"not for refusals of clients alone", []error{ledgertest.ErrNoClient, ledgertest.ErrNoClient, ledgertest.ErrNoClient, ledgertest.ErrNoClient}, []ledger.Outcome{R, R, R, R, S, S}, nil},
		{"not for greylisted clients alone", []error{ledgertest.ErrGreylisted, ledgertest.ErrGreylisted, ledgertest.ErrGreylisted, ledgertest.ErrGreylisted}, []ledger.Outcome{F, F, F, F, S, S}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := ledgertest.NewBackend()
			for i, err := range c.answers {
				w.Reply(crm.OpportunityID(i+1), reply{Err: err})
			}
			results, err := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a").Deliver(t.Context(), ledgertest.Mails("a", 1, 6), soon)
			assert.Equal(t, c.err, err)
			assert.Equal(t, c.want, outcomes(results))
			for i, r := range results {
				_, claimed := reminder(w, crm.OpportunityID(i+1))
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
				w := ledgertest.NewBackend()
				w.Reply(3, reply{During: func(inHand context.Context) error {
					stop(stopped)
					select {
					case <-time.After(c.takes):
						return nil
					case <-inHand.Done():
						return ledgertest.ErrCutOff
					}
				}})
				begun := time.Now()
				results, err := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a").Deliver(ctx, ledgertest.Mails("a", 1, 45), soon)
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
		w := ledgertest.NewBackend()
		for id := crm.OpportunityID(1); id <= 9; id++ {
			w.Reply(id, reply{During: func(context.Context) error { time.Sleep(time.Second); return nil }})
		}
		c := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a")
		c.Connections = 3
		begun := time.Now()
		_, err := c.Deliver(t.Context(), ledgertest.Mails("a", 1, 9), soon)
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
		w := ledgertest.NewBackend()
		for id := crm.OpportunityID(1); id <= 5; id++ {
			w.Reply(id, reply{During: func(inHand context.Context) error {
				<-inHand.Done()
				return &cut{ledgertest.ErrCutOff, inHand.Err()}
			}})
		}
		time.AfterFunc(time.Second, func() { stop(stopped) }) // All five are in hand by then.
		c := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a")
		c.Connections = 5
		results, err := c.Deliver(ctx, ledgertest.Mails("a", 1, 6), soon)
		require.NoError(t, err)
		assert.Equal(t, append(slices.Repeat([]ledger.Outcome{ledger.Uncertain}, 5), ledger.NotBegun), outcomes(results))
		synctest.Wait()
	})
}

// cut is the error of a mail that was cut off by its context.
type cut struct {
	*ledgertest.DeliveryError
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
		w := ledgertest.NewBackend()
		results, err := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a").Deliver(ctx, ledgertest.Mails("a", 1, 3), soon)
		require.ErrorIs(t, err, stopped)
		assert.Equal(t, slices.Repeat([]ledger.Result{{Outcome: ledger.NotBegun, Err: stopped}}, 3), results)
		assert.Empty(t, w.Log)
	})
	t.Run("while it claims", func(t *testing.T) {
		t.Parallel()
		ctx, stop := context.WithCancelCause(t.Context())
		w := ledgertest.NewBackend()
		p := &ledgertest.Process{Backend: w}
		c := ledgertest.Courier(p, "a")
		c.Entries = &stopping{Process: p, stop: func() { stop(stopped) }}
		results, err := c.Deliver(ctx, ledgertest.Mails("a", 1, 3), soon)
		require.NoError(t, err)
		assert.Equal(t, slices.Repeat([]ledger.Result{{Outcome: ledger.NotBegun, Err: stopped}}, 3), results)
		assert.Equal(t, []string{"claim 2", "claim 1", "release 1 2 3"}, w.Log)
	})
}

// stopping is a process during whose Claim the run is told to stop.
type stopping struct {
	*ledgertest.Process
	stop func()
}

func (s *stopping) Claim(ctx context.Context, rows []ledger.Claim) ([]ledger.Claimed, error) {
	s.stop()
	return s.Process.Claim(ctx, rows)
}

func TestOdooCanBeLostInAnyCall(t *testing.T) {
	t.Parallel()
	// With all outcomes in each batch, and a deleted entry, every call of the
	// Entries is made.
	build := func() (*ledgertest.Backend, *ledgertest.Process) {
		w := ledgertest.NewBackend()
		for id := crm.OpportunityID(1); id <= 45; id++ {
			w.Reply(id, reply{Err: map[crm.OpportunityID]error{0: nil, 1: nil, 2: ledgertest.ErrNoClient, 3: nil, 4: ledgertest.ErrCutOff, 5: nil, 6: ledgertest.ErrGreylisted}[id%7]})
		}
		w.Reply(7, reply{During: func(context.Context) error {
			w.Delete(ledgertest.Reminder(7))
			return nil
		}})
		return w, &ledgertest.Process{Backend: w}
	}
	_, whole := build()
	_, err := ledgertest.Courier(whole, "a").Deliver(t.Context(), ledgertest.Mails("a", 1, 45), soon)
	require.NoError(t, err)
	require.Len(t, whole.Calls, 1+3*3+1+1+1, "claim, three settlements, read, claim, confirm")
	calls := len(whole.Calls) + 1 // The first claim counts as two.

	for n := 1; n <= calls; n++ {
		for _, lost := range []bool{false, true} {
			w, p := build()
			if lost {
				p.LoseCall = n
			} else {
				p.FailCall = n
			}
			results, err := ledgertest.Courier(p, "a").Deliver(t.Context(), ledgertest.Mails("a", 1, 45), soon)
			require.ErrorIs(t, err, ledgertest.ErrOdooLost, "call %d", n)
			for i, r := range results {
				id := crm.OpportunityID(i + 1)
				if r.Outcome == ledger.NotBegun {
					require.Zero(t, len(w.Mails[client(id)]), "call %d, mail %d", n, id)
					require.ErrorIs(t, r.Err, ledgertest.ErrOdooLost)
				} else {
					require.NotErrorIs(t, r.Err, ledgertest.ErrOdooLost, "what the server said counts")
				}
			}
			w.Pass(ledger.ClaimTTL)
			s := soundness{w: w, batch: 45}
			if n > 2+3*3 {
				s.except = 7 // Nobody could find out that its entry was deleted.
			}
			s.check(t, fmt.Sprintf("call %d failed", n))
		}
	}
}

func TestAPanicWhileSendingEndsTheRunAndSettlesItsClaims(t *testing.T) {
	t.Parallel()
	const S, F, U, N = ledger.Sent, ledger.Failed, ledger.Uncertain, ledger.NotBegun
	for name, c := range map[string]struct {
		during, early bool
		want          []ledger.Outcome
	}{
		"before the mail is begun": {early: true, want: []ledger.Outcome{S, F, N, N}},
		"while it is in hand":      {during: true, want: []ledger.Outcome{S, U, N, N}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := ledgertest.NewBackend()
			if c.during {
				w.Reply(2, reply{During: func(context.Context) error { panic("oops") }})
			}
			p := &ledgertest.Process{Backend: w}
			sends := 0
			p.Before = func(call string) error {
				if call == "Send" {
					sends++
				}
				if c.early && sends == 2 && call == "Send" {
					panic("oops")
				}
				return nil
			}
			results, err := ledgertest.Courier(p, "a").Deliver(t.Context(), ledgertest.Mails("a", 1, 4), soon)
			caught, ok := errors.AsType[*ledger.PanicError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, "oops", caught.Value)
			assert.Contains(t, string(caught.Stack), "Send")
			assert.Equal(t, c.want, outcomes(results))
			var claims []crm.OpportunityID
			for _, e := range w.Entries() {
				if e.Key.Kind == crm.Reminder {
					claims = append(claims, e.On)
				}
			}
			assert.Equal(t, map[bool][]crm.OpportunityID{true: {1}, false: {1, 2}}[c.early], claims, "the others are released")
		})
	}
}

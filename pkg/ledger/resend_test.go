package ledger_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
)

// doubt is a backend with one uncertain mail, to client 1, that did not leave.
func doubt(t *testing.T) (*ledgertest.Backend, crm.Entry) {
	t.Helper()
	w := ledgertest.NewBackend()
	w.Reply(1, reply{Err: ledgertest.ErrCutOff})
	_, err := ledgertest.Courier(&ledgertest.Process{Backend: w}, "dead").Deliver(t.Context(), ledgertest.Mails("dead", 1, 1), soon)
	require.NoError(t, err)
	w.Pass(ledger.ClaimTTL)
	v := w.Classify(unknown)
	require.Len(t, v.Noted, 1)
	delete(w.Replies, client(1))
	w.Log = nil
	return w, v.Noted[0]
}

func TestOfSeveralDecisionsOneCounts(t *testing.T) {
	t.Parallel()
	w, claim := doubt(t)
	a, b := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a"), ledgertest.Courier(&ledgertest.Process{Backend: w}, "b")

	before := w.Entries()
	mine, err := a.Decide(t.Context(), claim, before, "decided by a")
	require.NoError(t, err)
	assert.True(t, mine)

	mine, err = b.Decide(t.Context(), claim, before, "decided by b")
	require.NoError(t, err)
	assert.False(t, mine, "b read the entries before a wrote")
	mine, err = b.Decide(t.Context(), claim, w.Entries(), "decided by b")
	require.NoError(t, err)
	assert.False(t, mine, "b reads that a has decided")

	w.Pass(ledger.ClaimTTL - time.Second)
	mine, err = b.Decide(t.Context(), claim, w.Entries(), "decided by b")
	require.NoError(t, err)
	assert.False(t, mine, "a decision keeps others away for a quarter of an hour")
	w.Pass(time.Second)
	mine, err = b.Decide(t.Context(), claim, w.Entries(), "decided by b")
	require.NoError(t, err)
	assert.True(t, mine, "then nothing came of it, and another may decide")

	decisions := map[string]string{}
	for _, m := range w.Stored() {
		if m.Key == crm.ReminderKey(1, 7).Note(crm.Settled) {
			decisions[m.ExternalID] = m.MessageID + " " + m.Body
		}
	}
	assert.Equal(t, map[string]string{
		"crm_tool.settled_1_0": "<crm-tool.settled.1.7.a@example.com> decided by a",
		"crm_tool.settled_1_1": "<crm-tool.settled.1.7.b@example.com> decided by b",
	}, decisions)
}

func TestADecisionThatCannotBeWrittenIsNone(t *testing.T) {
	t.Parallel()
	w, claim := doubt(t)
	mine, err := ledgertest.Courier(&ledgertest.Process{Backend: w, FailCall: 1}, "a").Decide(t.Context(), claim, w.Entries(), "decided")
	require.ErrorIs(t, err, ledgertest.ErrOdooLost)
	assert.False(t, mine)
}

func TestAnUncertainMailIsSentAgainUnderItsOwnMessageID(t *testing.T) {
	t.Parallel()
	soonAfter := ledgertest.Noon.Add(ledger.ClaimTTL + time.Minute)
	for _, c := range []struct {
		name       string
		answer     reply
		freshUntil time.Time
		want       ledger.Result
		err        error
		claimed    bool
		confirmed  bool
		log        []string
	}{
		{
			"a mail that is taken is confirmed, and that is read back",
			reply{},
			soonAfter,
			ledger.Result{Outcome: ledger.Sent},
			nil, true, true,
			[]string{"send 1", "confirm 1", "read 1"},
		},
		{
			"a refused client gets a note, and the claim is released",
			reply{Err: ledgertest.ErrNoClient},
			soonAfter,
			ledger.Result{Outcome: ledger.Refused, Err: ledgertest.ErrNoClient},
			nil, false, false,
			[]string{"send 1", "note refused 1", "release 1"},
		},
		{
			"one that fails stays uncertain: the first may have left",
			reply{Err: ledgertest.ErrGreylisted},
			soonAfter,
			ledger.Result{Outcome: ledger.Failed, Err: ledgertest.ErrGreylisted},
			nil, true, false,
			[]string{"send 1"},
		},
		{
			"one that is cut off again stays uncertain",
			reply{Err: ledgertest.ErrCutOff, Leaves: true},
			soonAfter,
			ledger.Result{Outcome: ledger.Uncertain, Err: ledgertest.ErrCutOff},
			nil, true, false,
			[]string{"send 1"},
		},
		{
			"one whose opportunity was read too long ago is not begun",
			reply{},
			ledgertest.Noon,
			ledger.Result{Outcome: ledger.NotBegun, Err: ledger.ErrStale},
			nil, true, false, nil,
		},
		{
			"a server that refuses everything is an error",
			reply{Err: ledgertest.ErrUnreachable, Early: true},
			soonAfter,
			ledger.Result{Outcome: ledger.Failed, Err: ledgertest.ErrUnreachable},
			ledgertest.ErrUnreachable, true, false, nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, claim := doubt(t)
			w.Reply(1, c.answer)
			mail := ledgertest.Mails("dead", 1, 1)[0]
			require.Equal(t, claim.MessageID, mail.MessageID)
			result, err := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a").Resend(t.Context(), mail, claim, c.freshUntil)
			assert.Equal(t, c.err, err)
			assert.Equal(t, c.want, result)
			e, claimed := reminder(w, 1)
			assert.Equal(t, c.claimed, claimed)
			assert.Equal(t, c.confirmed, e.Confirmed)
			assert.Equal(t, c.log, w.Log)
		})
	}
}

func TestAConfirmationThatFailedIsTriedOnceMoreWhenItIsReadBack(t *testing.T) {
	t.Parallel()
	w, claim := doubt(t)
	result, err := ledgertest.Courier(&ledgertest.Process{Backend: w, FailCall: 1}, "a").Resend(t.Context(), ledgertest.Mails("dead", 1, 1)[0], claim, ledgertest.Noon.Add(time.Hour))
	require.ErrorIs(t, err, ledgertest.ErrOdooLost)
	assert.Equal(t, ledger.Result{Outcome: ledger.Sent}, result)
	e, _ := reminder(w, 1)
	assert.True(t, e.Confirmed)
	assert.Equal(t, []string{"send 1", "read 1", "claim 1", "confirm 1"}, w.Log)
}

func TestARefusalThatCannotBeNotedIsAnError(t *testing.T) {
	t.Parallel()
	w, claim := doubt(t)
	w.Reply(1, reply{Err: ledgertest.ErrNoClient})
	result, err := ledgertest.Courier(&ledgertest.Process{Backend: w, FailCall: 1}, "a").Resend(t.Context(), ledgertest.Mails("dead", 1, 1)[0], claim, ledgertest.Noon.Add(time.Hour))
	require.ErrorIs(t, err, ledgertest.ErrOdooLost)
	assert.Equal(t, ledger.Result{Outcome: ledger.Refused, Err: ledgertest.ErrNoClient}, result)
	_, claimed := reminder(w, 1)
	assert.True(t, claimed, "it stays in doubt")
}

func TestAPersonWhoGivesUpWaitingStopsTheSecondMail(t *testing.T) {
	t.Parallel()
	w, claim := doubt(t)
	stopped := errors.New("ended by SIGINT")
	ctx, stop := context.WithCancelCause(t.Context())
	stop(stopped)
	result, err := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a").Resend(ctx, ledgertest.Mails("dead", 1, 1)[0], claim, ledgertest.Noon.Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, ledger.Result{Outcome: ledger.NotBegun, Err: stopped}, result)
	assert.Empty(t, w.Mails)
}

func TestADoubtIsNotedOnceWhoeverFindsIt(t *testing.T) {
	t.Parallel()
	w := ledgertest.NewBackend()
	claim := claims("dead", ledgertest.Noon, 7, 7)[0]
	a, b := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a"), ledgertest.Courier(&ledgertest.Process{Backend: w}, "b")
	first, err := a.Entries.Note(t.Context(), []ledger.Note{a.UncertainNote(claim, "in doubt")})
	require.NoError(t, err)
	second, err := b.Entries.Note(t.Context(), []ledger.Note{b.UncertainNote(claim, "in doubt")})
	require.NoError(t, err)
	assert.Equal(t, []bool{true}, first)
	assert.Equal(t, []bool{false}, second)
	assert.Equal(t, ledger.Note{
		ExternalID: "crm_tool.uncertain_7", On: 7, MessageID: "<crm-tool.uncertain.7.7.a@example.com>", Body: "in doubt",
	}, a.UncertainNote(claim, "in doubt"))
}

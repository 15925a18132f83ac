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
)

// doubt is a world with one uncertain mail, to client 1, that did not leave.
func doubt(t *testing.T) (*world, crm.Entry) {
	t.Helper()
	w := newWorld()
	w.script[1] = reply{err: unknown}
	_, err := courier(&process{world: w}, "dead").Deliver(t.Context(), mails("dead", 1, 1), soon)
	require.NoError(t, err)
	w.pass(ledger.Life)
	v := w.judge()
	require.Len(t, v.Noted, 1)
	delete(w.script, 1)
	w.log = nil
	return w, v.Noted[0]
}

func TestOfSeveralDecisionsOneCounts(t *testing.T) {
	t.Parallel()
	w, claim := doubt(t)
	a, b := courier(&process{world: w}, "a"), courier(&process{world: w}, "b")

	before := w.entries()
	mine, err := a.Decide(t.Context(), claim, before, "decided by a")
	require.NoError(t, err)
	assert.True(t, mine)

	mine, err = b.Decide(t.Context(), claim, before, "decided by b")
	require.NoError(t, err)
	assert.False(t, mine, "b read the entries before a wrote")
	mine, err = b.Decide(t.Context(), claim, w.entries(), "decided by b")
	require.NoError(t, err)
	assert.False(t, mine, "b reads that a has decided")

	w.pass(ledger.Life - time.Second)
	mine, err = b.Decide(t.Context(), claim, w.entries(), "decided by b")
	require.NoError(t, err)
	assert.False(t, mine, "a decision keeps others away for a quarter of an hour")
	w.pass(time.Second)
	mine, err = b.Decide(t.Context(), claim, w.entries(), "decided by b")
	require.NoError(t, err)
	assert.True(t, mine, "then nothing came of it, and another may decide")

	decisions := map[string]string{}
	for external, m := range w.messages {
		if m.Key == (crm.Key{Kind: crm.Settled, Opportunity: 1, Step: 7}) {
			decisions[external] = m.MessageID + " " + m.Body
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
	mine, err := courier(&process{world: w, fail: 1}, "a").Decide(t.Context(), claim, w.entries(), "decided")
	require.ErrorIs(t, err, errOdoo)
	assert.False(t, mine)
}

func TestAnUncertainMailIsSentAgainUnderItsOwnMessageID(t *testing.T) {
	t.Parallel()
	soonAfter := noon.Add(ledger.Life + time.Minute)
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
			"a refused client gets a note, and his claim is released",
			reply{err: noClient},
			soonAfter,
			ledger.Result{Outcome: ledger.Refused, Err: noClient},
			nil, false, false,
			[]string{"send 1", "note refused 1", "release 1"},
		},
		{
			"one that fails stays uncertain: the first may have left",
			reply{err: greylist},
			soonAfter,
			ledger.Result{Outcome: ledger.Failed, Err: greylist},
			nil, true, false,
			[]string{"send 1"},
		},
		{
			"one that is cut off again stays uncertain",
			reply{err: unknown, left: true},
			soonAfter,
			ledger.Result{Outcome: ledger.Uncertain, Err: unknown},
			nil, true, false,
			[]string{"send 1"},
		},
		{
			"one whose opportunity was read too long ago is not begun",
			reply{},
			noon,
			ledger.Result{Outcome: ledger.NotBegun, Err: ledger.ErrStale},
			nil, true, false, nil,
		},
		{
			"a server that refuses everything is an error",
			reply{err: noServer, early: true},
			soonAfter,
			ledger.Result{Outcome: ledger.Failed, Err: noServer},
			noServer, true, false, nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, claim := doubt(t)
			w.script[1] = c.answer
			mail := mails("dead", 1, 1)[0]
			require.Equal(t, claim.MessageID, mail.MessageID)
			result, err := courier(&process{world: w}, "a").Resend(t.Context(), mail, claim, c.freshUntil)
			assert.Equal(t, c.err, err)
			assert.Equal(t, c.want, result)
			e, claimed := w.reminder(1)
			assert.Equal(t, c.claimed, claimed)
			assert.Equal(t, c.confirmed, e.Confirmed)
			assert.Equal(t, c.log, w.log)
		})
	}
}

func TestAConfirmationThatFailedIsTriedOnceMoreWhenItIsReadBack(t *testing.T) {
	t.Parallel()
	w, claim := doubt(t)
	result, err := courier(&process{world: w, fail: 1}, "a").Resend(t.Context(), mails("dead", 1, 1)[0], claim, noon.Add(time.Hour))
	require.ErrorIs(t, err, errOdoo)
	assert.Equal(t, ledger.Result{Outcome: ledger.Sent}, result)
	e, _ := w.reminder(1)
	assert.True(t, e.Confirmed)
	assert.Equal(t, []string{"send 1", "read 1", "claim 1", "confirm 1"}, w.log)
}

func TestARefusalThatCannotBeNotedIsAnError(t *testing.T) {
	t.Parallel()
	w, claim := doubt(t)
	w.script[1] = reply{err: noClient}
	result, err := courier(&process{world: w, fail: 1}, "a").Resend(t.Context(), mails("dead", 1, 1)[0], claim, noon.Add(time.Hour))
	require.ErrorIs(t, err, errOdoo)
	assert.Equal(t, ledger.Result{Outcome: ledger.Refused, Err: noClient}, result)
	_, claimed := w.reminder(1)
	assert.True(t, claimed, "it stays in doubt")
}

func TestAPersonWhoGivesUpWaitingStopsTheSecondMail(t *testing.T) {
	t.Parallel()
	w, claim := doubt(t)
	stopped := errors.New("ended by SIGINT")
	ctx, stop := context.WithCancelCause(t.Context())
	stop(stopped)
	result, err := courier(&process{world: w}, "a").Resend(ctx, mails("dead", 1, 1)[0], claim, noon.Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, ledger.Result{Outcome: ledger.NotBegun, Err: stopped}, result)
	assert.Empty(t, w.left)
}

func TestADoubtIsNotedOnceWhoeverFindsIt(t *testing.T) {
	t.Parallel()
	w := newWorld()
	claim := claims("dead", noon, 7, 7)[0]
	a, b := courier(&process{world: w}, "a"), courier(&process{world: w}, "b")
	first, err := a.Book.Note(t.Context(), []ledger.Note{a.Doubt(claim, "in doubt")})
	require.NoError(t, err)
	second, err := b.Book.Note(t.Context(), []ledger.Note{b.Doubt(claim, "in doubt")})
	require.NoError(t, err)
	assert.Equal(t, []bool{true}, first)
	assert.Equal(t, []bool{false}, second)
	assert.Equal(t, ledger.Note{
		ExternalID: "crm_tool.uncertain_7", On: 7, MessageID: "<crm-tool.uncertain.7.7.a@example.com>", Body: "in doubt",
	}, a.Doubt(claim, "in doubt"))
}

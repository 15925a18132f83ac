package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
)

// soon is until when the tests' mails may begin.
var soon = ledgertest.Noon.Add(time.Minute)

func TestMailsAreSentInBatchesEachSettledBeforeTheNext(t *testing.T) {
	t.Parallel()
	w := ledgertest.NewBackend()
	results, err := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a").Deliver(t.Context(), ledgertest.Mails("a", 1, 45), soon)
	require.NoError(t, err)
	assert.Equal(t, slices.Repeat([]ledger.Outcome{ledger.Sent}, 45), outcomes(results))

	want := []string{"claim 23", "claim 22"}
	for _, batch := range [][2]crm.EntryID{{1, 20}, {21, 40}, {41, 45}} {
		for _, id := range span(batch[0], batch[1]) {
			want = append(want, fmt.Sprintf("send %d", id))
		}
		want = append(want, "confirm "+words(span(batch[0], batch[1])))
	}
	want = append(want, "read "+words(span(1, 45)))
	assert.Equal(t, want, w.Log)
}

func TestMailsAreSentInTheOrderOfTheirClaims(t *testing.T) {
	t.Parallel()
	w := ledgertest.NewBackend()
	p := &ledgertest.Process{Backend: w}
	batch := ledgertest.Mails("a", 1, 3)
	// Of an earlier attempt, whose answer was lost, the last row stands already.
	_, err := p.Claim(t.Context(), []ledger.Claim{{Key: batch[2].Key, MessageID: batch[2].MessageID}})
	require.NoError(t, err)
	results, err := ledgertest.Courier(p, "a").Deliver(t.Context(), batch, soon)
	require.NoError(t, err)
	assert.Equal(t, slices.Repeat([]ledger.Outcome{ledger.Sent}, 3), outcomes(results))
	assert.Equal(t, []string{"claim 1", "claim 2", "claim 1", "send 3", "send 1", "send 2", "confirm 1 2 3", "read 1 2 3"}, w.Log)
}

func TestNothingIsDoneAboutNoMails(t *testing.T) {
	t.Parallel()
	w := ledgertest.NewBackend()
	results, err := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a").Deliver(t.Context(), nil, soon)
	require.NoError(t, err)
	assert.Empty(t, results)
	assert.Empty(t, w.Log)
}

func TestTheServersAnswerDecidesWhatBecomesOfAMail(t *testing.T) {
	t.Parallel()
	odd := errors.New("something else")
	type state struct {
		Result    ledger.Result
		Left      int
		Claimed   bool
		Confirmed bool
		Notes     map[string]string
	}
	for _, c := range []struct {
		name   string
		answer reply
		want   state
	}{
		{
			"a mail that is taken is confirmed",
			reply{},
			state{Result: ledger.Result{Outcome: ledger.Sent}, Left: 1, Claimed: true, Confirmed: true},
		},
		{
			"a refused copy does not keep the mail from the client",
			reply{RefusedCC: []string{"sam@example.com: 550 no"}},
			state{Result: ledger.Result{Outcome: ledger.Sent, RefusedCC: []string{"sam@example.com: 550 no"}}, Left: 1, Claimed: true, Confirmed: true},
		},
		{
			"a refused client gets a note, and the claim is released",
			reply{Err: ledgertest.ErrNoClient},
			state{Result: ledger.Result{Outcome: ledger.Refused, Err: ledgertest.ErrNoClient}, Notes: map[string]string{
				"<crm-tool.refused.1.7." + crm.AddressToken(client(1)) + "@example.com>": "refused client1@client.example: 550 5.1.1 no such <user>",
			}},
		},
		{
			"a temporary refusal releases the claim",
			reply{Err: ledgertest.ErrGreylisted},
			state{Result: ledger.Result{Outcome: ledger.Failed, Err: ledgertest.ErrGreylisted}},
		},
		{
			"so does any other refusal",
			reply{Err: ledgertest.ErrSpam},
			state{Result: ledger.Result{Outcome: ledger.Failed, Err: ledgertest.ErrSpam}},
		},
		{
			"a broken connection after the final dot is uncertain, though the mail left",
			reply{Err: ledgertest.ErrCutOff, Leaves: true},
			state{Result: ledger.Result{Outcome: ledger.Uncertain, Err: ledgertest.ErrCutOff}, Left: 1, Claimed: true, Notes: map[string]string{
				"<crm-tool.uncertain.1.7.a@example.com>": "uncertain client1@client.example",
			}},
		},
		{
			"and though it did not",
			reply{Err: ledgertest.ErrCutOff},
			state{Result: ledger.Result{Outcome: ledger.Uncertain, Err: ledgertest.ErrCutOff}, Claimed: true, Notes: map[string]string{
				"<crm-tool.uncertain.1.7.a@example.com>": "uncertain client1@client.example",
			}},
		},
		{
			"an error of unknown kind before the mail was begun releases the claim",
			reply{Err: odd, Early: true},
			state{Result: ledger.Result{Outcome: ledger.Failed, Err: odd}},
		},
		{
			"one after that leaves the mail uncertain",
			reply{Err: odd, Leaves: true},
			state{Result: ledger.Result{Outcome: ledger.Uncertain, Err: odd}, Left: 1, Claimed: true, Notes: map[string]string{
				"<crm-tool.uncertain.1.7.a@example.com>": "uncertain client1@client.example",
			}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := ledgertest.NewBackend()
			w.Reply(1, c.answer)
			results, err := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a").Deliver(t.Context(), ledgertest.Mails("a", 1, 1), soon)
			require.NoError(t, err)
			require.Len(t, results, 1)
			e, claimed := reminder(w, 1)
			got := state{Result: results[0], Left: len(w.Mails[client(1)]), Claimed: claimed, Confirmed: e.Confirmed}
			for _, m := range w.Stored() {
				if m.Key.Kind != crm.Reminder {
					if got.Notes == nil {
						got.Notes = map[string]string{}
					}
					got.Notes[m.MessageID] = m.Body
				}
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestARefusalIsNotedBeforeItsClaimIsReleased(t *testing.T) {
	t.Parallel()
	w := ledgertest.NewBackend()
	w.Reply(2, reply{Err: ledgertest.ErrNoClient})
	w.Reply(3, reply{Err: ledgertest.ErrCutOff})
	w.Reply(4, reply{Err: ledgertest.ErrGreylisted})
	_, err := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a").Deliver(t.Context(), ledgertest.Mails("a", 1, 5), soon)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"claim 3", "claim 2", "send 1", "send 2", "send 3", "send 4", "send 5",
		"confirm 1 5", "note refused 2, uncertain 3", "release 2 4", "read 1 5",
	}, w.Log)
}

func TestClaimsThatAreNotWonAreLeftAlone(t *testing.T) {
	t.Parallel()
	w := ledgertest.NewBackend()
	other := &ledgertest.Process{Backend: w}
	_, err := other.Claim(t.Context(), []ledger.Claim{{Key: ledgertest.Mails("b", 1, 1)[0].Key, MessageID: ledgertest.Mails("b", 1, 1)[0].MessageID}})
	require.NoError(t, err)
	_, err = ledgertest.Courier(other, "b").Deliver(t.Context(), ledgertest.Mails("b", 2, 2), soon)
	require.NoError(t, err)
	w.Deleted[3] = true
	w.Log = nil

	results, err := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a").Deliver(t.Context(), ledgertest.Mails("a", 1, 4), soon)
	require.NoError(t, err)
	assert.Equal(t, ledger.Result{Outcome: ledger.Lost}, results[0], "somebody has it in hand")
	assert.Equal(t, ledger.Result{Outcome: ledger.Lost, Done: true}, results[1], "somebody has mailed it")
	assert.Equal(t, ledger.Rejected, results[2].Outcome)
	require.ErrorContains(t, results[2].Err, "has been deleted")
	assert.Equal(t, ledger.Result{Outcome: ledger.Sent}, results[3])
	assert.Equal(t, []string{"claim 2", "claim 2", "send 4", "confirm 3", "read 3"}, w.Log)
}

func TestAMailThatThisRunHasMailedIsNotMailedAgain(t *testing.T) {
	t.Parallel()
	w := ledgertest.NewBackend()
	c := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a")
	_, err := c.Deliver(t.Context(), ledgertest.Mails("a", 1, 1), soon)
	require.NoError(t, err)
	results, err := c.Deliver(t.Context(), ledgertest.Mails("a", 1, 1), soon)
	require.NoError(t, err)
	assert.Equal(t, []ledger.Result{{Outcome: ledger.Lost, Done: true}}, results)
	assert.Equal(t, 1, len(w.Mails[client(1)]))
}

func TestAMailThatLeftIsWrittenAgainWhenItsEntryWasDeleted(t *testing.T) {
	t.Parallel()
	w := ledgertest.NewBackend()
	vandal := func(id crm.OpportunityID, opportunity bool) reply {
		return reply{During: func(context.Context) error {
			w.Delete(ledgertest.Reminder(id))
			w.Lock()
			defer w.Unlock()
			w.Deleted[id] = opportunity
			return nil
		}}
	}
	w.Reply(2, vandal(2, false))
	w.Reply(4, vandal(4, true))
	results, err := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a").Deliver(t.Context(), ledgertest.Mails("a", 1, 5), soon)
	require.NoError(t, err)
	assert.Equal(t, slices.Repeat([]ledger.Outcome{ledger.Sent}, 5), outcomes(results))
	var confirmed []crm.OpportunityID
	for _, e := range w.Entries() {
		if e.Confirmed {
			confirmed = append(confirmed, e.On)
		}
	}
	slices.Sort(confirmed)
	assert.Equal(t, []crm.OpportunityID{1, 2, 3, 5}, confirmed, "the fourth opportunity is gone")
	assert.Equal(t, []string{"confirm 1 2 3 4 5", "read 1 2 3 4 5", "claim 1", "claim 1", "confirm 6"}, w.Log[len(w.Log)-5:])
}

func TestADryRunClaimsWritesAndSendsNothing(t *testing.T) {
	t.Parallel()
	entries := &ledger.DryEntries{Clock: func() time.Time { return ledgertest.Noon }}
	c := &ledger.Courier{
		Entries: entries, Sender: ledger.DrySender{}, Notes: ledgertest.Notes{}, Token: "a", Domain: "example.com",
		Connections: 2, Clock: func() time.Time { return ledgertest.Noon },
	}
	results, err := c.Deliver(t.Context(), ledgertest.Mails("a", 1, 45), soon)
	require.NoError(t, err)
	assert.Equal(t, slices.Repeat([]ledger.Result{{Outcome: ledger.Sent}}, 45), results)
	assert.Equal(t, ledgertest.Noon, entries.Now())

	results, err = c.Deliver(t.Context(), ledgertest.Mails("a", 1, 1), ledgertest.Noon.Add(-time.Second))
	require.NoError(t, err)
	assert.Equal(t, []ledger.Result{{Outcome: ledger.NotBegun, Err: ledger.ErrStale}}, results)
	mine, err := entries.Note(t.Context(), make([]ledger.Note, 2))
	require.NoError(t, err)
	assert.Equal(t, []bool{true, true}, mine)
	require.NoError(t, entries.Release(t.Context(), []crm.EntryID{1}))
}

func TestEveryRunHasATokenOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		token := ledger.NewToken()
		require.Regexp(t, "^[0-9a-f]{16}$", token)
		require.False(t, seen[token])
		seen[token] = true
	}
	_, token, ok := crm.ParseMessageID(crm.ReminderKey(1, 7).MessageID(strings.Repeat("f", 16), "x.example"))
	assert.True(t, ok)
	assert.Equal(t, strings.Repeat("f", 16), token)
}

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
)

// soon is until when the tests' mails may begin.
var soon = noon.Add(time.Minute)

func TestABatchIsSentInWindowsEachSettledBeforeTheNext(t *testing.T) {
	t.Parallel()
	w := newWorld()
	results, err := courier(&process{world: w}, "a").Deliver(t.Context(), mails("a", 1, 45), soon)
	require.NoError(t, err)
	assert.Equal(t, slices.Repeat([]ledger.Outcome{ledger.Sent}, 45), outcomes(results))

	want := []string{"claim 23", "claim 22"}
	for _, window := range [][2]crm.EntryID{{1, 20}, {21, 40}, {41, 45}} {
		for _, id := range span(window[0], window[1]) {
			want = append(want, fmt.Sprintf("send %d", id))
		}
		want = append(want, "confirm "+words(span(window[0], window[1])))
	}
	want = append(want, "read "+words(span(1, 45)))
	assert.Equal(t, want, w.log)
}

func TestMailsAreSentInTheOrderOfTheirClaims(t *testing.T) {
	t.Parallel()
	w := newWorld()
	p := &process{world: w}
	batch := mails("a", 1, 3)
	// Of an earlier attempt, whose answer was lost, the last row stands already.
	_, err := p.Claim(t.Context(), []ledger.Claim{{Key: batch[2].Key, MessageID: batch[2].MessageID}})
	require.NoError(t, err)
	results, err := courier(p, "a").Deliver(t.Context(), batch, soon)
	require.NoError(t, err)
	assert.Equal(t, slices.Repeat([]ledger.Outcome{ledger.Sent}, 3), outcomes(results))
	assert.Equal(t, []string{"claim 1", "claim 2", "claim 1", "send 3", "send 1", "send 2", "confirm 1 2 3", "read 1 2 3"}, w.log)
}

func TestNothingIsDoneAboutNoMails(t *testing.T) {
	t.Parallel()
	w := newWorld()
	results, err := courier(&process{world: w}, "a").Deliver(t.Context(), nil, soon)
	require.NoError(t, err)
	assert.Empty(t, results)
	assert.Empty(t, w.log)
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
			"a refused copy does not cost the client his mail",
			reply{refusedCC: []string{"sam@example.com: 550 no"}},
			state{Result: ledger.Result{Outcome: ledger.Sent, RefusedCC: []string{"sam@example.com: 550 no"}}, Left: 1, Claimed: true, Confirmed: true},
		},
		{
			"a refused client gets a note, and his claim is released",
			reply{err: noClient},
			state{Result: ledger.Result{Outcome: ledger.Refused, Err: noClient}, Notes: map[string]string{
				"<crm-tool.refused.1.7." + crm.AddressToken(client(1)) + "@example.com>": "refused client1@client.example: 550 5.1.1 no such <user>",
			}},
		},
		{
			"a temporary refusal releases the claim",
			reply{err: greylist},
			state{Result: ledger.Result{Outcome: ledger.Failed, Err: greylist}},
		},
		{
			"so does any other refusal",
			reply{err: spam},
			state{Result: ledger.Result{Outcome: ledger.Failed, Err: spam}},
		},
		{
			"a broken connection after the final dot is uncertain, though the mail left",
			reply{err: unknown, left: true},
			state{Result: ledger.Result{Outcome: ledger.Uncertain, Err: unknown}, Left: 1, Claimed: true, Notes: map[string]string{
				"<crm-tool.uncertain.1.7.a@example.com>": "uncertain client1@client.example",
			}},
		},
		{
			"and though it did not",
			reply{err: unknown},
			state{Result: ledger.Result{Outcome: ledger.Uncertain, Err: unknown}, Claimed: true, Notes: map[string]string{
				"<crm-tool.uncertain.1.7.a@example.com>": "uncertain client1@client.example",
			}},
		},
		{
			"an error of unknown kind before the mail was begun releases the claim",
			reply{err: odd, early: true},
			state{Result: ledger.Result{Outcome: ledger.Failed, Err: odd}},
		},
		{
			"one after that leaves the mail uncertain",
			reply{err: odd, left: true},
			state{Result: ledger.Result{Outcome: ledger.Uncertain, Err: odd}, Left: 1, Claimed: true, Notes: map[string]string{
				"<crm-tool.uncertain.1.7.a@example.com>": "uncertain client1@client.example",
			}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.script[1] = c.answer
			results, err := courier(&process{world: w}, "a").Deliver(t.Context(), mails("a", 1, 1), soon)
			require.NoError(t, err)
			require.Len(t, results, 1)
			e, claimed := w.reminder(1)
			got := state{Result: results[0], Left: w.left[client(1)], Claimed: claimed, Confirmed: e.Confirmed}
			for _, m := range w.messages {
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
	w := newWorld()
	w.script[2], w.script[3], w.script[4] = reply{err: noClient}, reply{err: unknown}, reply{err: greylist}
	_, err := courier(&process{world: w}, "a").Deliver(t.Context(), mails("a", 1, 5), soon)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"claim 3", "claim 2", "send 1", "send 2", "send 3", "send 4", "send 5",
		"confirm 1 5", "note refused 2, uncertain 3", "release 2 4", "read 1 5",
	}, w.log)
}

func TestClaimsThatAreNotWonAreLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld()
	other := &process{world: w}
	_, err := other.Claim(t.Context(), []ledger.Claim{{Key: mails("b", 1, 1)[0].Key, MessageID: mails("b", 1, 1)[0].MessageID}})
	require.NoError(t, err)
	_, err = courier(other, "b").Deliver(t.Context(), mails("b", 2, 2), soon)
	require.NoError(t, err)
	w.deleted[3] = true
	w.log = nil

	results, err := courier(&process{world: w}, "a").Deliver(t.Context(), mails("a", 1, 4), soon)
	require.NoError(t, err)
	assert.Equal(t, ledger.Result{Outcome: ledger.Lost}, results[0], "somebody has it in hand")
	assert.Equal(t, ledger.Result{Outcome: ledger.Lost, Done: true}, results[1], "somebody has mailed it")
	assert.Equal(t, ledger.Rejected, results[2].Outcome)
	require.ErrorContains(t, results[2].Err, "has been deleted")
	assert.Equal(t, ledger.Result{Outcome: ledger.Sent}, results[3])
	assert.Equal(t, []string{"claim 2", "claim 2", "send 4", "confirm 3", "read 3"}, w.log)
}

func TestAMailThatThisRunHasMailedIsNotMailedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := courier(&process{world: w}, "a")
	_, err := c.Deliver(t.Context(), mails("a", 1, 1), soon)
	require.NoError(t, err)
	results, err := c.Deliver(t.Context(), mails("a", 1, 1), soon)
	require.NoError(t, err)
	assert.Equal(t, []ledger.Result{{Outcome: ledger.Lost, Done: true}}, results)
	assert.Equal(t, 1, w.left[client(1)])
}

func TestAMailThatLeftIsWrittenAgainWhenItsEntryWasDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld()
	vandal := func(id crm.OpportunityID, opportunity bool) reply {
		return reply{during: func(context.Context) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			delete(w.messages, fmt.Sprintf("crm_tool.remind_%d_7", id))
			w.deleted[id] = opportunity
			return nil
		}}
	}
	w.script[2], w.script[4] = vandal(2, false), vandal(4, true)
	results, err := courier(&process{world: w}, "a").Deliver(t.Context(), mails("a", 1, 5), soon)
	require.NoError(t, err)
	assert.Equal(t, slices.Repeat([]ledger.Outcome{ledger.Sent}, 5), outcomes(results))
	var confirmed []crm.OpportunityID
	for _, e := range w.entries() {
		if e.Confirmed {
			confirmed = append(confirmed, e.On)
		}
	}
	slices.Sort(confirmed)
	assert.Equal(t, []crm.OpportunityID{1, 2, 3, 5}, confirmed, "the fourth opportunity is gone")
	assert.Equal(t, []string{"confirm 1 2 3 4 5", "read 1 2 3 4 5", "claim 1", "claim 1", "confirm 6"}, w.log[len(w.log)-5:])
}

func TestADryRunClaimsWritesAndSendsNothing(t *testing.T) {
	t.Parallel()
	book := &ledger.DryBook{Clock: func() time.Time { return noon }}
	c := &ledger.Courier{
		Book: book, Sender: ledger.DrySender{}, Notes: plainNotes{}, Token: "a", Domain: "example.com",
		Connections: 2, Clock: func() time.Time { return noon },
	}
	results, err := c.Deliver(t.Context(), mails("a", 1, 45), soon)
	require.NoError(t, err)
	assert.Equal(t, slices.Repeat([]ledger.Result{{Outcome: ledger.Sent}}, 45), results)
	assert.Equal(t, noon, book.Now())

	results, err = c.Deliver(t.Context(), mails("a", 1, 1), noon.Add(-time.Second))
	require.NoError(t, err)
	assert.Equal(t, []ledger.Result{{Outcome: ledger.NotBegun, Err: ledger.ErrStale}}, results)
	mine, err := book.Note(t.Context(), make([]ledger.Note, 2))
	require.NoError(t, err)
	assert.Equal(t, []bool{true, true}, mine)
	require.NoError(t, book.Release(t.Context(), []crm.EntryID{1}))
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
	_, token, ok := crm.ParseMessageID(crm.FormatMessageID(crm.Key{Kind: crm.Reminder, Opportunity: 1, Step: 7}, strings.Repeat("f", 16), "x.example"))
	assert.True(t, ok)
	assert.Equal(t, strings.Repeat("f", 16), token)
}

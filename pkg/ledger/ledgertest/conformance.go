package ledgertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
)

// Subject is an implementation of [ledger.Entries] for [TestEntries].
type Subject struct {
	// First and Second are of two runs that share one Odoo.
	First, Second ledger.Entries
	// Opportunities are three that exist.
	Opportunities [3]crm.OpportunityID
	// DeleteEntry and DeleteOpportunity do what a person can do in Odoo.
	DeleteEntry       func(crm.EntryID)
	DeleteOpportunity func(crm.OpportunityID)
	// Settle lets what one did show to the other, where that takes time; nil where not.
	Settle func()
}

// claims returns a claim of the run for a reminder of that day on each of the
// opportunities.
func (s Subject) claims(run string, day int) []ledger.Claim {
	var rows []ledger.Claim
	for _, id := range s.Opportunities {
		key := crm.ReminderKey(id, day)
		rows = append(rows, ledger.Claim{
			Key: key, MessageID: key.MessageID(run, Domain), Subject: "Chairs", Body: "<p>Chairs</p>",
			From: "sales@example.com", ReplyTo: "sales@example.com",
		})
	}
	return rows
}

// claim claims the rows, which Odoo must not refuse, and returns the entries
// and their ids.
func claim(t *testing.T, e ledger.Entries, rows []ledger.Claim) (entries []crm.Entry, ids []crm.EntryID) {
	t.Helper()
	claimed, err := e.Claim(t.Context(), rows)
	require.NoError(t, err)
	require.Len(t, claimed, len(rows))
	for _, c := range claimed {
		require.NoError(t, c.Err)
		entries, ids = append(entries, c.Entry), append(ids, c.Entry.ID)
	}
	return entries, ids
}

// TestEntries tests the contract of [ledger.Entries]. Open makes a Subject for
// each test; all may share one Odoo if their opportunities differ.
func TestEntries(t *testing.T, open func(t *testing.T) Subject) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Subject){
		"a claim is an open entry on its opportunity, in the order of the rows": testClaim,
		"the first of two claims wins, and neither changes it any more":         testRace,
		"a row on a deleted opportunity is refused, and no other":               testRefusedRow,
		"a confirmed entry stays confirmed, whoever claims it again":            testConfirm,
		"a deleted entry disturbs no confirmation, and counts as unconfirmed":   testDeletedEntry,
		"a released claim can be claimed anew":                                  testRelease,
		"a note is written once, and belongs to its writer":                     testNote,
		"a client has one turn a day, and one opportunity has it":               testTurn,
		"nothing is done about nothing":                                         testNothing,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func testClaim(t *testing.T, s Subject) {
	before := s.First.Now().Add(-time.Minute)
	rows := s.claims("a", 7)
	entries, ids := claim(t, s.First, rows)
	for i, e := range entries {
		assert.WithinRange(t, e.At, before, s.First.Now().Add(time.Minute), "it is dated by Odoo's clock")
		e.At, e.ID = time.Time{}, 0
		assert.Equal(t, crm.Entry{Key: rows[i].Key, On: rows[i].Key.Opportunity, Token: "a", MessageID: rows[i].MessageID, Subject: rows[i].Subject}, e)
	}
	again, _ := claim(t, s.First, rows)
	assert.Equal(t, entries, again, "the same claim may be repeated")
	_, later := claim(t, s.First, s.claims("a", 15))
	for _, id := range later {
		for _, earlier := range ids {
			assert.Greater(t, id, earlier, "later claims have higher ids")
		}
	}
}

func testRace(t *testing.T, s Subject) {
	first, _ := claim(t, s.First, s.claims("a", 7)[1:2])
	entries, _ := claim(t, s.Second, s.claims("b", 7))
	assert.Equal(t, []string{"b", "a", "b"}, []string{entries[0].Token, entries[1].Token, entries[2].Token})
	assert.Equal(t, first[0], entries[1])
	again, _ := claim(t, s.First, s.claims("a", 7))
	assert.Equal(t, entries, again)
}

func testRefusedRow(t *testing.T, s Subject) {
	s.DeleteOpportunity(s.Opportunities[1])
	rows := s.claims("a", 7)
	claimed, err := s.First.Claim(t.Context(), rows)
	require.NoError(t, err)
	require.Len(t, claimed, 3)
	require.Error(t, claimed[1].Err)
	for _, i := range []int{0, 2} {
		require.NoError(t, claimed[i].Err)
		assert.Equal(t, rows[i].MessageID, claimed[i].Entry.MessageID)
	}
	mine, err := s.First.Note(t.Context(), s.notes("a"))
	require.NoError(t, err)
	assert.Equal(t, []bool{true, false, true}, mine)
}

func testConfirm(t *testing.T, s Subject) {
	_, ids := claim(t, s.First, s.claims("a", 7))
	unconfirmed, err := s.First.Unconfirmed(t.Context(), ids)
	require.NoError(t, err)
	assert.Equal(t, ids, unconfirmed)
	for range 2 {
		require.NoError(t, s.First.Confirm(t.Context(), ids[:2]))
		if s.Settle != nil {
			s.Settle()
		}
		unconfirmed, err = s.Second.Unconfirmed(t.Context(), ids)
		require.NoError(t, err)
		assert.Equal(t, ids[2:], unconfirmed)
		entries, same := claim(t, s.Second, s.claims("b", 7))
		assert.Equal(t, ids, same)
		assert.Equal(t, []bool{true, true, false}, []bool{entries[0].Confirmed, entries[1].Confirmed, entries[2].Confirmed})
	}
}

func testDeletedEntry(t *testing.T, s Subject) {
	_, ids := claim(t, s.First, s.claims("a", 7))
	s.DeleteEntry(ids[0])
	require.NoError(t, s.First.Confirm(t.Context(), ids))
	unconfirmed, err := s.First.Unconfirmed(t.Context(), ids)
	require.NoError(t, err)
	assert.Equal(t, ids[:1], unconfirmed)
	entries, again := claim(t, s.First, s.claims("a", 7))
	assert.Greater(t, again[0], ids[2], "it is written again")
	assert.False(t, entries[0].Confirmed)
	assert.Equal(t, ids[1:], again[1:])
}

func testRelease(t *testing.T, s Subject) {
	_, ids := claim(t, s.First, s.claims("a", 7))
	for range 2 {
		require.NoError(t, s.First.Release(t.Context(), ids[:2]))
	}
	entries, again := claim(t, s.Second, s.claims("b", 7))
	assert.Equal(t, []string{"b", "b", "a"}, []string{entries[0].Token, entries[1].Token, entries[2].Token})
	assert.Equal(t, ids[2], again[2])
	assert.Greater(t, again[0], ids[2])
}

func (s Subject) notes(run string) []ledger.Note {
	var notes []ledger.Note
	for _, id := range s.Opportunities {
		key := crm.ReminderKey(id, 7).Note(crm.Uncertain)
		notes = append(notes, ledger.Note{
			ExternalID: crm.VerdictExternalID(crm.EntryID(id)), On: id, MessageID: key.MessageID(run, Domain), Body: "<p>Uncertain</p>",
		})
	}
	return notes
}

func testNote(t *testing.T, s Subject) {
	note := func(e ledger.Entries, notes []ledger.Note) []bool {
		mine, err := e.Note(t.Context(), notes)
		require.NoError(t, err)
		return mine
	}
	assert.Equal(t, []bool{true}, note(s.First, s.notes("a")[:1]))
	assert.Equal(t, []bool{false, true, true}, note(s.Second, s.notes("b")))
	assert.Equal(t, []bool{true, false, false}, note(s.First, s.notes("a")), "the same notes may be repeated")
}

func testNothing(t *testing.T, s Subject) {
	_, ids := claim(t, s.First, nil)
	require.NoError(t, s.First.Confirm(t.Context(), ids))
	require.NoError(t, s.First.Release(t.Context(), ids))
	unconfirmed, err := s.First.Unconfirmed(t.Context(), ids)
	require.NoError(t, err)
	assert.Empty(t, unconfirmed)
	mine, err := s.First.Note(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, mine)
}

func testTurn(t *testing.T, s Subject) {
	rows := func(run string, day int, turns ...string) []ledger.Claim {
		rows := s.claims(run, day)
		for i, date := range turns {
			rows[i].Turn = crm.Turn{Client: crm.AddressToken(fmt.Sprintf("zoe%d@client.example", s.Opportunities[0])), Day: date}
		}
		return rows[:len(turns)]
	}
	taken := func(e ledger.Entries, rows []ledger.Claim) (by []crm.OpportunityID) {
		claimed, err := e.Claim(t.Context(), rows)
		require.NoError(t, err)
		for i, c := range claimed {
			require.NoError(t, c.Err)
			assert.Equal(t, rows[i].MessageID, c.Entry.MessageID, "a claim is made all the same")
			by = append(by, c.TurnOf)
		}
		return by
	}
	first, second := s.Opportunities[0], s.Opportunities[1]
	assert.Equal(t, []crm.OpportunityID{0, first}, taken(s.First, rows("a", 7, "2026-11-23", "2026-11-23")), "the first one has it")
	assert.Equal(t, []crm.OpportunityID{0, 0}, taken(s.First, rows("a", 7, "2026-11-23", "2026-11-24")), "of another day, the other one has it")
	assert.Equal(t, []crm.OpportunityID{0, first, first}, taken(s.Second, rows("b", 15, "2026-11-23", "2026-11-23", "2026-11-23")), "whichever run asks")
	assert.Equal(t, []crm.OpportunityID{second, 0, second}, taken(s.Second, rows("c", 30, "2026-11-24", "2026-11-24", "2026-11-24")))
}

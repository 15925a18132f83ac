package ledger_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
)

// claims returns unconfirmed claims of one run with the ids from first to last.
func claims(token string, at time.Time, first, last crm.EntryID) []crm.Entry {
	var list []crm.Entry
	for id := first; id <= last; id++ {
		list = append(list, crm.Entry{
			ID: id, Token: token, At: at, On: crm.OpportunityID(id),
			Key: crm.ReminderKey(crm.OpportunityID(id), 7),
		})
	}
	return list
}

func idsOf(list []crm.Entry) []crm.EntryID {
	var ids []crm.EntryID
	for _, e := range list {
		ids = append(ids, e.ID)
	}
	return ids
}

func span(first, last crm.EntryID) []crm.EntryID {
	return idsOf(claims("", ledgertest.Noon, first, last))
}

func TestClaimsThatNobodyConfirmedAreToldApart(t *testing.T) {
	t.Parallel()
	dead := ledgertest.Noon.Add(-ledger.ClaimTTL)
	none := func(crm.Entry) bool { return false }
	type verdict struct{ alive, unsent, uncertain, noted []crm.EntryID }
	for _, c := range []struct {
		name    string
		pending []crm.Entry
		settled map[string]crm.EntryID
		noted   func(crm.Entry) bool
		want    verdict
	}{
		{
			"a claim is alive until its fifteenth minute",
			claims("a", dead.Add(time.Second), 1, 3), nil, none,
			verdict{alive: span(1, 3)},
		},
		{
			"a claim that was noted is in nobody's hands",
			claims("a", dead.Add(time.Second), 1, 3), nil, func(e crm.Entry) bool { return e.ID == 2 },
			verdict{alive: []crm.EntryID{1, 3}, noted: span(2, 2)},
		},
		{
			"of a run that settled nothing one batch can have left",
			claims("a", dead, 1, 50), nil, none,
			verdict{uncertain: span(1, 20), unsent: span(21, 50)},
		},
		{
			"the batch begins after what was settled last",
			claims("a", dead, 41, 100),
			map[string]crm.EntryID{"a": 40},
			none,
			verdict{uncertain: span(41, 60), unsent: span(61, 100)},
		},
		{
			"what lies open below the last settled claim can have left",
			append(claims("a", dead, 5, 6), claims("a", dead, 41, 70)...),
			map[string]crm.EntryID{"a": 40},
			none,
			verdict{uncertain: append(span(5, 6), span(41, 60)...), unsent: span(61, 70)},
		},
		{
			"a noted claim was settled, so that the batch begins after it",
			claims("a", dead, 1, 30), nil, func(e crm.Entry) bool { return e.ID <= 10 },
			verdict{noted: span(1, 10), uncertain: span(11, 30)},
		},
		{
			"what lies open below a noted claim does not shorten the batch",
			claims("a", dead, 21, 60), nil, func(e crm.Entry) bool { return e.ID == 30 },
			verdict{noted: span(30, 30), uncertain: append(span(21, 29), span(31, 50)...), unsent: span(51, 60)},
		},
		{
			"a noted claim below what was settled changes nothing",
			append(claims("a", dead, 5, 5), claims("a", dead, 41, 70)...),
			map[string]crm.EntryID{"a": 40},
			func(e crm.Entry) bool { return e.ID == 5 },
			verdict{noted: span(5, 5), uncertain: span(41, 60), unsent: span(61, 70)},
		},
		{
			"runs are told apart by their tokens",
			append(claims("a", dead, 1, 25), claims("b", dead, 26, 50)...),
			map[string]crm.EntryID{"b": 25},
			none,
			verdict{uncertain: append(span(1, 20), span(26, 45)...), unsent: append(span(21, 25), span(46, 50)...)},
		},
		{
			"what somebody else changed can have left, and shortens no batch",
			append(changed(claims("a", dead, 1, 30)), claims("a", dead, 31, 60)...), nil, none,
			verdict{uncertain: span(1, 50), unsent: span(51, 60)},
		},
		{
			"the order in which they were read does not matter",
			append(claims("a", dead, 11, 30), claims("a", dead, 1, 10)...), nil, none,
			verdict{uncertain: span(1, 20), unsent: span(21, 30)},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := ledger.Classify(c.pending, c.settled, c.noted, unknown, ledgertest.Noon)
			assert.Equal(t, c.want, verdict{idsOf(v.Alive), idsOf(v.Unsent), idsOf(v.Uncertain), idsOf(v.Noted)})
		})
	}
}

// changed are claims that somebody else changed.
func changed(list []crm.Entry) []crm.Entry {
	for i := range list {
		list[i].Changed = true
	}
	return list
}

func TestWhatThisHostKnowsGoesBeforeTheRules(t *testing.T) {
	t.Parallel()
	dead := ledgertest.Noon.Add(-ledger.ClaimTTL)
	// What this host knows about claims, by id.
	knows := func(status ledger.LocalStatus, list ...crm.EntryID) map[crm.EntryID]ledger.LocalStatus {
		known := map[crm.EntryID]ledger.LocalStatus{}
		for _, id := range list {
			known[id] = status
		}
		return known
	}
	type verdict struct{ alive, unsent, knownUnsent, uncertain, noted, sent []crm.EntryID }
	for _, c := range []struct {
		name    string
		pending []crm.Entry
		settled map[string]crm.EntryID
		noted   crm.EntryID
		known   map[crm.EntryID]ledger.LocalStatus
		want    verdict
	}{
		{
			"a young claim is unsent at once, as nobody else judges it yet",
			claims("a", ledgertest.Noon.Add(-ledger.SendDeadline+time.Second), 1, 30), nil, 0,
			knows(ledger.LocalUnsent, span(1, 30)...),
			verdict{unsent: span(1, 30)},
		},
		{
			"a claim that others may judge is noted where they would take it for uncertain",
			claims("a", ledgertest.Noon.Add(-ledger.SendDeadline), 1, 30), nil, 0,
			knows(ledger.LocalUnsent, span(1, 30)...),
			verdict{knownUnsent: span(1, 20), unsent: span(21, 30)},
		},
		{
			"the batch of others begins after what was settled last",
			claims("a", dead, 41, 70),
			map[string]crm.EntryID{"a": 40},
			0,
			knows(ledger.LocalUnsent, span(41, 70)...),
			verdict{knownUnsent: span(41, 60), unsent: span(61, 70)},
		},
		{
			"a mail in hand is uncertain at once",
			claims("a", ledgertest.Noon, 1, 3), nil, 0,
			knows(ledger.LocalBegun, 2),
			verdict{alive: []crm.EntryID{1, 3}, uncertain: span(2, 2)},
		},
		{
			"a mail that left is sent, young or dead",
			append(claims("a", dead, 1, 2), claims("b", ledgertest.Noon, 3, 4)...), nil, 0,
			knows(ledger.LocalSent, 1, 3),
			verdict{alive: span(4, 4), uncertain: span(2, 2), sent: []crm.EntryID{1, 3}},
		},
		{
			"what is known to be sent does not move the batch of what is not",
			claims("a", dead, 1, 25), nil, 0,
			knows(ledger.LocalSent, span(1, 5)...),
			verdict{sent: span(1, 5), uncertain: span(6, 20), unsent: span(21, 25)},
		},
		{
			"a noted claim is not given back, whatever this host knows",
			claims("a", dead, 1, 2), nil, 1,
			knows(ledger.LocalUnsent, 1, 2),
			verdict{noted: span(1, 1), knownUnsent: span(2, 2)},
		},
		{
			"a noted claim whose mail left is sent",
			claims("a", dead, 1, 1), nil, 1,
			knows(ledger.LocalSent, 1),
			verdict{sent: span(1, 1)},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := ledger.Classify(c.pending, c.settled,
				func(e crm.Entry) bool { return e.ID == c.noted },
				func(e crm.Entry) ledger.LocalStatus { return c.known[e.ID] }, ledgertest.Noon)
			assert.Equal(t, c.want, verdict{
				idsOf(v.Alive), idsOf(v.Unsent), idsOf(v.KnownUnsent), idsOf(v.Uncertain), idsOf(v.Noted), idsOf(v.Sent),
			})
		})
	}
}

func TestClassifyKeepsTheListAsItWas(t *testing.T) {
	t.Parallel()
	list := append(claims("a", ledgertest.Noon, 3, 4), claims("a", ledgertest.Noon, 1, 2)...)
	settled := map[string]crm.EntryID{"a": 1}
	ledger.Classify(list, settled, func(crm.Entry) bool { return true }, unknown, ledgertest.Noon.Add(ledger.ClaimTTL))
	assert.Equal(t, []crm.EntryID{3, 4, 1, 2}, idsOf(list))
	assert.Equal(t, map[string]crm.EntryID{"a": 1}, settled)
}

func BenchmarkClassifyTenThousand(b *testing.B) {
	var list []crm.Entry
	for run := range crm.EntryID(40) {
		list = append(list, claims(string('a'+rune(run)), ledgertest.Noon, run*250+1, run*250+250)...)
	}
	slices.Reverse(list)
	noted := func(e crm.Entry) bool { return e.ID%17 == 0 }
	b.ReportAllocs()
	for b.Loop() {
		ledger.Classify(list, map[string]crm.EntryID{"a": 100}, noted, unknown, ledgertest.Noon.Add(ledger.ClaimTTL))
	}
}

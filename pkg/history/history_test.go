package history_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/history"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// fakeStore keeps chapters in memory.
type fakeStore struct {
	chapters []crm.RunRecord
	pruned   []time.Time
	refusal  error
	// stuck is what PruneRuns returns.
	stuck error
}

func (a *fakeStore) SaveRun(ctx context.Context, c crm.RunRecord) error {
	if err := errors.Join(ctx.Err(), a.refusal); err != nil {
		return err
	}
	a.chapters = append([]crm.RunRecord{c}, a.chapters...)
	return nil
}

func (a *fakeStore) PruneRuns(ctx context.Context, before time.Time) error {
	a.pruned = append(a.pruned, before)
	return errors.Join(ctx.Err(), a.stuck)
}

func (a *fakeStore) RunRecords(_ context.Context, limit int) ([]crm.RunRecord, error) {
	return a.chapters[:min(limit, len(a.chapters))], nil
}

func (a *fakeStore) RunRecord(_ context.Context, name string) (crm.RunRecord, bool, error) {
	for _, c := range a.chapters {
		if c.Run == name {
			return c, true, nil
		}
	}
	return crm.RunRecord{}, false, nil
}

func (*fakeStore) OpportunityNames(_ context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]string, error) {
	names := map[crm.OpportunityID]string{}
	for _, id := range ids {
		names[id] = fmt.Sprint("name of ", id)
	}
	return names, nil
}

func (*fakeStore) DoneActivities(_ context.Context, ids []crm.EntryID) (map[crm.EntryID]crm.DoneActivity, error) {
	done := map[crm.EntryID]crm.DoneActivity{}
	for _, id := range ids {
		done[id] = crm.DoneActivity{Message: id, TypeName: fmt.Sprint("type of ", id)}
	}
	return done, nil
}

// remember lets a run remember items, and end.
func remember(t *testing.T, h *history.Recorder, items []report.Item, e history.End) {
	t.Helper()
	for _, item := range items {
		h.Remember(item)
	}
	require.NoError(t, h.Close(t.Context(), e, ledgertest.Noon))
}

func named(a *fakeStore, command string) *history.Recorder {
	return &history.Recorder{
		Store: a, Host: "web1", KeepDays: 90,
		Head: report.Head{Command: command, Run: "20261123T115900Z-7f3a", Started: ledgertest.Noon.Add(-time.Minute)},
	}
}

func TestARunIsRememberedWithoutNamesAndAddresses(t *testing.T) {
	a := &fakeStore{}
	step := 7
	remember(t, named(a, "remind"), []report.Item{
		{Opportunity: 43, Name: "Desks", Step: &step, Outcome: report.Skipped, Reason: crm.NoEmail},
		{Opportunity: 42, Name: "Chairs", Step: &step, To: []string{"zoe@client.example"}, CC: []string{"sam@example.com"}, Outcome: report.Sent},
		{Opportunity: 44, Name: "Lamps", Step: &step, Outcome: report.Failed, Error: "550 no zoe here"},
	}, history.End{Finished: ledgertest.Noon, Exit: 1})
	assert.Equal(t, []crm.RunRecord{{
		Run: "20261123T115900Z-7f3a",
		Head: `{"version":1,"command":"remind","host":"web1","started":"2026-11-23T11:59:00Z","finished":"2026-11-23T12:00:00Z","exit":1,` +
			`"counts":[{"step":7,"outcome":"skipped","reason":"no-email","count":1},{"step":7,"outcome":"sent","count":1},` +
			`{"step":7,"outcome":"failed","count":1}],"named":3}`,
		Items: `{"version":1,"groups":[{"step":7,"outcome":"skipped","reason":"no-email","opportunities":[43]},` +
			`{"step":7,"outcome":"sent","opportunities":[42]},{"step":7,"outcome":"failed","opportunities":[44]}]}`,
	}}, a.chapters)
	assert.Equal(t, []time.Time{ledgertest.Noon.AddDate(0, 0, -90)}, a.pruned)

	run, err := history.Find(t.Context(), a, "last")
	require.NoError(t, err)
	var items []report.Item
	require.NoError(t, run.Items(t.Context(), a, func(i report.Item) error { items = append(items, i); return nil }))
	assert.Equal(t, []report.Item{
		{Opportunity: 42, Name: "name of 42", Step: &step, Outcome: report.Sent},
		{Opportunity: 43, Name: "name of 43", Step: &step, Outcome: report.Skipped, Reason: crm.NoEmail},
		{Opportunity: 44, Name: "name of 44", Step: &step, Outcome: report.Failed, Error: "the cause was reported by the run itself and is not kept"},
	}, items)
	assert.Equal(t, "1 sent, 1 skipped (1 no-email), 1 failed", run.Counts.Brief(run.Head))
	assert.Equal(t, time.Minute, run.Took())
}

func TestOneOfAllPartsRemovesOldRecords(t *testing.T) {
	for _, c := range []struct {
		keep int
		want []time.Time
	}{
		{90, []time.Time{ledgertest.Noon.AddDate(0, 0, -90)}},
		{0, []time.Time{ledgertest.Noon.AddDate(0, 0, 1)}},
	} {
		a := &fakeStore{}
		for part := range 3 {
			h := named(a, "remind")
			h.KeepDays, h.Part = c.keep, crm.Shard{Index: part, Count: 3}
			remember(t, h, []report.Item{{Opportunity: 42, Outcome: report.Sent}}, history.End{Finished: ledgertest.Noon})
		}
		assert.Equal(t, c.want, a.pruned)
		assert.Len(t, a.chapters, 3*min(1, c.keep))
	}
}

func TestQuestionnairesAreRememberedWithTheirActivities(t *testing.T) {
	a := &fakeStore{}
	h := named(a, "feedback send")
	h.Head.Activities = true
	remember(t, h, []report.Item{{Opportunity: 42, Activity: 901, ActivityType: "Meeting", Outcome: report.Sent}}, history.End{Finished: ledgertest.Noon})
	run, err := history.Find(t.Context(), a, "20261123T115900Z-7f3a")
	require.NoError(t, err)
	require.NoError(t, run.Items(t.Context(), a, func(i report.Item) error {
		assert.Equal(t, report.Item{Opportunity: 42, Name: "name of 42", Activity: 901, ActivityType: "type of 901", Outcome: report.Sent}, i)
		return nil
	}))
}

func TestOnlyARunThatDidSomethingOrWasStoppedIsRemembered(t *testing.T) {
	sent := report.Item{Opportunity: 1, Outcome: report.Sent}
	skipped := report.Item{Opportunity: 1, Outcome: report.Skipped, Reason: crm.Won}
	cases := map[string]struct {
		items []report.Item
		end   history.End
		want  int
	}{
		"nothing was due":                       {nil, history.End{}, 0},
		"records were skipped":                  {[]report.Item{skipped}, history.End{}, 0},
		"a mail left":                           {[]report.Item{skipped, sent}, history.End{}, 1},
		"an error stopped it before any record": {nil, history.End{Exit: 69, Stopped: true}, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a := &fakeStore{}
			remember(t, named(a, "remind"), c.items, c.end)
			assert.Len(t, a.chapters, c.want)
			assert.Len(t, a.pruned, c.want, "nothing else is asked of Odoo")
		})
	}
}

func TestACauseAndItsHintAreRemembered(t *testing.T) {
	a := &fakeStore{}
	end := history.End{Finished: ledgertest.Noon, Exit: 69, Stopped: true, Cause: "mail server: auth, 454", Hint: "run again later"}
	remember(t, named(a, "remind"), nil, end)
	run, err := history.Find(t.Context(), a, "last")
	require.NoError(t, err)
	assert.Equal(t, end, run.End)
}

func TestOldRecordsThatStayAreNoMissingRecord(t *testing.T) {
	a := &fakeStore{stuck: errors.New("no")}
	h := named(a, "remind")
	h.Remember(report.Item{Opportunity: 1, Outcome: report.Sent})
	err := h.Close(t.Context(), history.End{Finished: ledgertest.Noon}, ledgertest.Noon)
	var stuck *history.PruneError
	require.ErrorAs(t, err, &stuck)
	assert.Len(t, a.chapters, 1)
	require.EqualError(t, err, "remove old histories of runs: no")

	a.refusal = errors.New("no")
	err = h.Close(t.Context(), history.End{Finished: ledgertest.Noon}, ledgertest.Noon)
	assert.EqualError(t, err, "write the history of the run: no")
}

func TestARunThatWasToldToStopIsRemembered(t *testing.T) {
	a := &fakeStore{}
	h := named(a, "remind")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, h.Close(ctx, history.End{Finished: ledgertest.Noon, Exit: 143, Stopped: true}, ledgertest.Noon))
	require.Len(t, a.chapters, 1)
}

func TestALargeRunIsCountedWholeAndNamedInPart(t *testing.T) {
	a := &fakeStore{}
	items := make([]report.Item, 25_000)
	for i := range items {
		items[i] = report.Item{Opportunity: crm.OpportunityID(1_000_000 + i), Outcome: report.Archived}
	}
	h := named(a, "archive")
	h.Head.Done = []report.Outcome{report.Archived, report.Restored}
	remember(t, h, items, history.End{Finished: ledgertest.Noon})
	run, err := history.Find(t.Context(), a, "last")
	require.NoError(t, err)
	assert.Equal(t, 25_000, run.Total())
	assert.Equal(t, 10_000, run.Named)
	assert.Less(t, len(a.chapters[0].Items), 100_000)
	shown := 0
	require.NoError(t, run.Items(t.Context(), a, func(report.Item) error { shown++; return nil }))
	assert.Equal(t, 10_000, shown)
}

func TestNothingIsKeptForNoDays(t *testing.T) {
	a := &fakeStore{}
	h := named(a, "remind")
	h.KeepDays = 0
	remember(t, h, []report.Item{{Opportunity: 1, Outcome: report.Sent}}, history.End{})
	assert.Empty(t, a.chapters)
	require.Len(t, a.pruned, 1)
	assert.True(t, a.pruned[0].After(ledgertest.Noon), "what was kept before goes")
}

func TestAHistoryThatCannotBeReadIsNamed(t *testing.T) {
	a := &fakeStore{chapters: []crm.RunRecord{{Run: "20261123T115900Z-7f3a", Head: "oops"}, {Run: "20261123T115800Z-7f3a", Head: `{"version":9}`}}}
	list, err := history.Runs(t.Context(), a, 20)
	require.NoError(t, err)
	require.Len(t, list, 2)
	assert.EqualError(t, list[0].Damaged,
		"the history of run 20261123T115900Z-7f3a in Odoo cannot be read: invalid character 'o' looking for beginning of value")
	assert.EqualError(t, list[1].Damaged, "the history of run 20261123T115800Z-7f3a in Odoo cannot be read: version 9 is unknown to this crm-tool")
	_, err = history.Find(t.Context(), a, "last")
	assert.Equal(t, list[0].Damaged, err)
}

func TestARunThatIsNotRecordedIsNotFound(t *testing.T) {
	for _, name := range []string{"last", "20261123T115900Z-7f3a", "%", ""} {
		_, err := history.Find(t.Context(), &fakeStore{}, name)
		assert.Equal(t, &history.UnrecordedRunError{Run: name}, err)
	}
}

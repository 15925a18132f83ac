package remind_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// notebook is an Odoo in which opportunities have notes.
type notebook struct {
	run.Odoo

	entries map[crm.OpportunityID][]crm.Entry
	// late are notes that another run writes while this one does.
	late  []crm.Entry
	notes []ledger.Note
}

func (n *notebook) Opportunities(_ context.Context, ids []crm.OpportunityID) (list []crm.Opportunity, _ error) {
	for _, id := range ids {
		list = append(list, crm.Opportunity{ID: id, Active: true, Created: time.Now()})
	}
	return list, nil
}

func (*notebook) Salespeople(context.Context, []crm.UserID) (map[crm.UserID]crm.Salesperson, error) {
	return nil, nil
}

func (n *notebook) History(
	_ context.Context, _ []crm.OpportunityID, _ time.Time,
) (map[crm.OpportunityID][]crm.Entry, map[crm.OpportunityID][]crm.Message, error) {
	return n.entries, nil, nil
}

// Note writes what has no external id of another run's, which is the same for the same
// wish.
func (n *notebook) Note(_ context.Context, notes []ledger.Note) ([]bool, error) {
	n.notes = append(n.notes, notes...)
	mine := make([]bool, len(notes))
	for i := range notes {
		mine[i] = len(n.late) == 0
	}
	for _, e := range n.late {
		n.entries[e.On] = append(n.entries[e.On], e)
	}
	return mine, nil
}

// snoozed is a note on the opportunity 1.
func snoozed(id crm.EntryID, date string) crm.Entry {
	return crm.Entry{ID: id, On: 1, Key: crm.SnoozeKey(1, date)}
}

func TestASnoozeIsNotedOnceAndTheNewestCounts(t *testing.T) {
	t.Parallel()
	const date, other = "2026-12-24", "2027-01-07"
	for _, c := range []struct {
		name  string
		there []crm.Entry
		late  []crm.Entry
		date  string
		// want is the external id of the note, empty if there is none.
		want   string
		failed bool
	}{
		{"nothing was noted", nil, nil, date, "crm_tool.snooze_1_20261224_0", false},
		{"the same was", []crm.Entry{snoozed(7, date)}, nil, date, "", false},
		{"another day was", []crm.Entry{snoozed(7, other)}, nil, date, "crm_tool.snooze_1_20261224_7", false},
		{"the same was, and was lifted", []crm.Entry{snoozed(7, date), snoozed(8, "")}, nil, date, "crm_tool.snooze_1_20261224_8", false},
		{"it is lifted", []crm.Entry{snoozed(7, date)}, nil, "", "crm_tool.snooze_1_0_7", false},
		{"there is nothing to lift", nil, nil, "", "", false},
		{"another run writes the same", nil, []crm.Entry{snoozed(9, date)}, date, "crm_tool.snooze_1_20261224_0", false},
		{"odoo refuses the note", nil, []crm.Entry{{ID: 9, On: 2}}, date, "crm_tool.snooze_1_20261224_0", true},
	} {
		n := &notebook{entries: map[crm.OpportunityID][]crm.Entry{1: c.there}, late: c.late}
		s := remind.Snooze{
			Base: run.Base{Odoo: n, Begin: func(context.Context) error { return nil }}, Notes: n, Texts: mailingtest.Notes(), Token: "a", Domain: "odoo.example",
		}
		before, err := s.Until(t.Context(), []crm.OpportunityID{1}, c.date)
		assert.Equal(t, c.failed, err != nil, c.name)
		if c.want == "" {
			assert.Empty(t, n.notes, c.name)
			assert.True(t, before[1], c.name)
			continue
		}
		require.Len(t, n.notes, 1, c.name)
		assert.Equal(t, c.want, n.notes[0].ExternalID, c.name)
		assert.False(t, before[1], c.name)
	}
}

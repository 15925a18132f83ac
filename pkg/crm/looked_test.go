package crm_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

func TestHowFarMessagesWereLookedAt(t *testing.T) {
	t.Parallel()
	var l crm.Looked
	assert.True(t, l.NeedsPoint(noon))
	assert.Zero(t, l.Before(noon))
	_, ok := l.Mark(crm.Reminder, noon)
	assert.False(t, ok, "nothing is known")

	l = l.WithPoint(crm.Point{ID: 70, At: noon})
	assert.False(t, l.NeedsPoint(noon.Add(19*time.Hour)))
	assert.True(t, l.NeedsPoint(noon.Add(20*time.Hour)))
	assert.Equal(t, crm.EntryID(70), l.Before(noon))
	assert.Zero(t, l.Before(noon.Add(-time.Second)), "an earlier mail can have a lower id")

	young := l.WithMark(crm.Reminder, nil, noon.Add(2*time.Hour-time.Second), noon)
	assert.Equal(t, l, young, "what was being written then may not be seen yet")

	later := noon.Add(2 * time.Hour)
	l = l.WithMark(crm.Reminder, []crm.EntryID{9, 70, 71}, later, later)
	m, ok := l.Mark(crm.Reminder, later.Add(time.Hour))
	assert.True(t, ok)
	assert.Equal(t, crm.LookedMark{Up: 70, Open: []crm.EntryID{9, 70}, Full: later}, m)
	_, ok = l.Mark(crm.Archived, later)
	assert.False(t, ok, "of another kind nothing is known")
	_, ok = l.Mark(crm.Reminder, later.Add(7*24*time.Hour))
	assert.False(t, ok, "once a week all messages are looked at")
	_, ok = l.Mark(crm.Reminder, later.Add(-time.Second))
	assert.False(t, ok, "the clock went back")

	many := make([]crm.EntryID, 101)
	assert.Equal(t, l, l.WithMark(crm.Reminder, many, later.Add(time.Hour), later), "too many are open")
}

func TestWhatTwoCommandsLookedAtIsJoined(t *testing.T) {
	t.Parallel()
	one := crm.Looked{}.WithPoint(crm.Point{ID: 70, At: noon}).WithMark(crm.Reminder, nil, noon.Add(day), noon)
	two := crm.Looked{}.WithPoint(crm.Point{ID: 50, At: noon.Add(-day)}).WithMark(crm.Reminder, []crm.EntryID{3}, noon, noon).
		WithMark(crm.Archived, nil, noon, noon)
	both := one.Join(two)
	assert.Equal(t, both, both.Join(one))
	assert.Equal(t, []crm.Point{{ID: 50, At: noon.Add(-day)}, {ID: 70, At: noon}}, both.Points)
	assert.Equal(t, map[crm.EntryKind]crm.LookedMark{crm.Reminder: {Up: 70, Full: noon}, crm.Archived: {Up: 50, Full: noon}}, both.Marks)

	text, err := json.Marshal(both)
	require.NoError(t, err)
	var again crm.Looked
	require.NoError(t, json.Unmarshal(text, &again))
	assert.Equal(t, both, again)
	for range 100 {
		noon := noon.Add(day)
		both = both.WithPoint(crm.Point{ID: 80, At: noon})
	}
	assert.Len(t, both.Points, 16)
}

const day = 24 * time.Hour

package crm_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// fourDays is the window of a step at seven days that may be three days late, at noon.
func fourDays(at time.Time) []crm.Window {
	return []crm.Window{{Step: 7, From: at.Add(-10 * day), Until: at.Add(-6 * day)}}
}

func TestConversionsTellOfWindowsForAWhile(t *testing.T) {
	t.Parallel()
	const bot = crm.UserID(7)
	known := crm.NewConversions(noon.Add(time.Millisecond), bot, noon.Add(-10*day), nil)
	assert.Equal(t, noon, known.At)
	assert.Equal(t, noon.Add(-2*time.Hour), known.Created, "what is being made then may not be seen yet")
	with := func(change func(*crm.Conversions)) crm.Conversions {
		c := known
		change(&c)
		return c
	}
	for _, c := range []struct {
		name    string
		known   crm.Conversions
		windows []crm.Window
		after   time.Duration
		want    bool
	}{
		{"at once", known, fourDays(noon), 0, true},
		{"three days later", known, fourDays(noon.Add(3 * day)), 3 * day, true},
		{"not later than that: somebody may have changed an old one", known, fourDays(noon.Add(3*day + 1)), 3*day + 1, false},
		{"no longer than the window is left", known, []crm.Window{{From: noon.Add(-9 * day), Until: noon.Add(-7 * day)}}, day + 1, false},
		{"until then", known, []crm.Window{{From: noon.Add(-9 * day), Until: noon.Add(-7 * day)}}, day, true},
		{"a window of one day is gone too soon", known, []crm.Window{{From: noon.Add(-8 * day), Until: noon.Add(-7 * day)}}, time.Second, false},
		{"one that goes on for some salespeople is not", known, append(fourDays(noon), crm.Window{
			Step: 7, From: noon.Add(-10 * day), Until: noon.Add(-9 * day), Resources: []crm.ResourceID{1},
		}), time.Hour, true},
		{"another step that begins earlier", known, append(fourDays(noon), crm.Window{From: noon.Add(-14 * day), Until: noon.Add(-10 * day)}), 0, false},
		{"no beginning at all", known, []crm.Window{{Until: noon.Add(-30 * day)}}, 0, false},
		{"what was converted since", known, []crm.Window{{From: noon.Add(-5 * day), Until: noon.Add(-2*time.Hour + 1)}}, 0, false},
		{"just not since", known, []crm.Window{{From: noon.Add(-5 * day), Until: noon.Add(-2 * time.Hour)}}, 0, true},
		{"asked in the future", known, fourDays(noon), -time.Second, false},
		{"nothing", crm.Conversions{}, fourDays(noon), 0, false},
		{"nothing, and no windows", crm.Conversions{}, nil, 0, false},
		{"somebody wrote a later day into it", with(func(c *crm.Conversions) { c.Created = noon }), fourDays(noon), 0, false},
		{"somebody wrote too many into it", with(func(c *crm.Conversions) { c.Among = make([]crm.OpportunityID, 101) }), fourDays(noon), 0, false},
	} {
		assert.Equal(t, c.want, c.known.Tell(c.windows, noon.Add(c.after)), c.name)
	}
}

func TestConversionsNameTheOldestAndBoundTheOthers(t *testing.T) {
	t.Parallel()
	var oldest []crm.Opportunity
	for i := range 100 {
		oldest = append(oldest, crm.Opportunity{ID: crm.OpportunityID(i + 1), Created: noon.Add(time.Duration(i-900) * day)})
	}
	all := crm.NewConversions(noon, 7, noon.Add(-33*day), oldest)
	assert.Len(t, all.Among, 100)
	assert.Equal(t, noon.Add(-2*time.Hour), all.Created)
	more := crm.NewConversions(noon, 7, noon.Add(-33*day), append(oldest, crm.Opportunity{ID: 101, Created: noon.Add(-800 * day)}))
	assert.Equal(t, all.Among, more.Among)
	assert.Equal(t, noon.Add(-800*day), more.Created)
	young := crm.NewConversions(noon, 7, noon.Add(-33*day), append(oldest, crm.Opportunity{ID: 101, Created: noon.Add(-time.Hour)}))
	assert.Equal(t, all, young)
	text, err := json.Marshal(more)
	require.NoError(t, err)
	var read crm.Conversions
	require.NoError(t, json.Unmarshal(text, &read))
	assert.Equal(t, more, read)
}

func TestOfTwoRunsThatAskedTheLaterOneIsBelieved(t *testing.T) {
	t.Parallel()
	first, second := crm.NewConversions(noon, 7, noon.Add(-10*day), nil), crm.NewConversions(noon.Add(day), 7, noon.Add(-10*day), nil)
	now := noon.Add(day)
	assert.Equal(t, second, first.Join(second, 7, now))
	assert.Equal(t, second, second.Join(first, 7, now))
	assert.Equal(t, first, first.Join(crm.Conversions{}, 7, now))
	assert.Equal(t, first, first.Join(second, 7, now.Add(-time.Second)), "that time has not come: a clock was wrong")
	assert.Zero(t, crm.Conversions{}.Join(first, 8, now), "another user sees other opportunities")
}

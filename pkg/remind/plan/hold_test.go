package plan_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/remind/plan"
)

func TestWhatIsHeldIsMailedLaterWithinCatchUp(t *testing.T) {
	t.Parallel()
	monday := calendar.Date{Year: 2026, Month: time.November, Day: 23}
	frozen := policy(t)
	frozen.Freeze = []calendar.Period{{First: monday.AddDays(-30), Last: monday.AddDays(-20)}, {First: monday, Last: monday.AddDays(2)}}
	nights := policy(t)
	nights.Window = calendar.Hours{From: 22 * 60, Until: 6 * 60}
	hour := func(h int) time.Time { return time.Date(2026, 11, 23, h, 0, 0, 0, time.UTC) }
	r := aged(7)
	for _, c := range []struct {
		name   string
		policy plan.Policy
		at     time.Time
		want   crm.Reason
		held   bool
	}{
		{"before the freeze its day has not come", frozen, now.AddDate(0, 0, -1), crm.OutsideWindow, false},
		{"the first day is frozen", frozen, now, crm.Frozen, true},
		{"the last day is frozen until its end in Paris", frozen, time.Date(2026, 11, 25, 22, 59, 59, 0, time.UTC), crm.Frozen, true},
		{"then it is mailed", frozen, time.Date(2026, 11, 25, 23, 0, 0, 0, time.UTC), "", false},
		{"after that it is missed", frozen, now.AddDate(0, 0, 4), crm.Missed, false},
		{"the day is not in the night's hours", nights, hour(8), crm.OffHours, true},
		{"the evening is", nights, hour(21), "", false},
	} {
		d := plan.Decide([]crm.Record{r}, c.policy, c.at)[0]
		assert.Equal(t, c.want, d.Reason, c.name)
		assert.Equal(t, c.held, d.Held(), c.name)
		assert.Equal(t, c.want == "", d.Send(), c.name)
	}
}

func TestWhatSpeaksAgainstAMailIsSaidBeforeWhatHoldsIt(t *testing.T) {
	t.Parallel()
	p := policy(t)
	p.Freeze = []calendar.Period{{First: calendar.Of(now, p.Zone), Last: calendar.Of(now, p.Zone)}}
	for want, change := range map[crm.Reason]func(*crm.Record){
		crm.Won:         func(r *crm.Record) { r.Opportunity.Stage.Won = true },
		crm.NoEmail:     func(r *crm.Record) { r.Opportunity.Email, r.Contact.Email = "", "" },
		crm.OptedOut:    func(r *crm.Record) { r.OptedOut = true },
		crm.AlreadyDone: mailed(7, time.Hour),
		crm.Frozen:      func(*crm.Record) {},
	} {
		assert.Equal(t, want, plan.Decide([]crm.Record{aged(7, change)}, p, now)[0].Reason)
	}
}

func TestAPersonsDecisionIsNotHeld(t *testing.T) {
	t.Parallel()
	p := policy(t)
	p.Freeze = []calendar.Period{{First: calendar.Of(now, p.Zone), Last: calendar.Of(now, p.Zone)}}
	assert.Empty(t, plan.Again(aged(7), 7, p).Reason)
	assert.Equal(t, crm.OptedOut, plan.Again(aged(7, func(r *crm.Record) { r.OptedOut = true }), 7, p).Reason)
}

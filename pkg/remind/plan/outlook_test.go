package plan_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/remind/plan"
)

func TestAStepIsForeseenWithAllThatSpeaksAgainstIt(t *testing.T) {
	t.Parallel()
	won := func(r *crm.Record) { r.Opportunity.Stage.Won = true }
	archived := func(r *crm.Record) { r.Opportunity.Active = false }
	mailed := func(step int) func(*crm.Record) { return entry(crm.Reminder, step, true, 24*time.Hour) }
	day := func(n int) *int { return &n }
	for _, c := range []struct {
		name    string
		record  crm.Record
		step    *int
		want    int
		against []crm.Reason
	}{
		{"the step that is due is next", aged(8), nil, 7, nil},
		{"before the first, the first is next", aged(2), nil, 7, []crm.Reason{crm.OutsideWindow}},
		{"after one that was mailed comes the one after it", aged(8, mailed(7)), nil, 15, []crm.Reason{crm.OutsideWindow}},
		{"a missed one is over", aged(12), nil, 15, []crm.Reason{crm.OutsideWindow}},
		{"after the last, it is the last", aged(31, mailed(30)), nil, 30, []crm.Reason{crm.AlreadyDone}},
		{"a won opportunity keeps its step", aged(15, won), nil, 15, []crm.Reason{crm.Won}},
		{"so does an archived one", aged(15, archived), nil, 15, []crm.Reason{crm.Gone}},
		{"a later step was asked for", aged(8), day(30), 30, []crm.Reason{crm.OutsideWindow}},
		{"all that speaks against it is told", aged(2, won), day(15), 15, []crm.Reason{crm.OutsideWindow, crm.Won}},
		{"an earlier one was missed", aged(15), day(7), 7, []crm.Reason{crm.Missed}},
		{"an earlier one is behind the one that is due", aged(15), day(13), 13, []crm.Reason{crm.Superseded}},
		{"an earlier one was mailed", aged(15, mailed(7)), day(7), 7, []crm.Reason{crm.AlreadyDone}},
		{"a day that is no step", aged(45), day(45), 45, nil},
	} {
		o := plan.Foresee(c.record, c.step, policy(t), now)
		assert.Equal(t, c.want, o.Step, c.name)
		assert.True(t, o.HasStep, c.name)
		assert.Equal(t, c.against, o.Against, c.name)
		assert.Equal(t, zoe, o.To, c.name)
		assert.Equal(t, sam, o.CC, c.name)
		assert.Equal(t, calendar.Of(c.record.Opportunity.Created, paris(t)).AddDays(c.want), o.Due, c.name)
	}
}

func TestWhomAPreviewIsForIsKnownWhateverSpeaksAgainstMailingHim(t *testing.T) {
	t.Parallel()
	blacklisted := aged(8, func(r *crm.Record) { r.Opportunity.Blacklisted = true })
	o := plan.Foresee(blacklisted, nil, policy(t), now)
	assert.Equal(t, []crm.Reason{crm.Blacklisted}, o.Against)
	assert.Equal(t, zoe, o.To)
	assert.Equal(t, sam, o.CC)

	nobody := aged(8, func(r *crm.Record) { r.Opportunity.Email, r.Contact.Email = "", "" })
	o = plan.Foresee(nobody, nil, policy(t), now)
	assert.Equal(t, []crm.Reason{crm.NoEmail}, o.Against)
	assert.Equal(t, address.Address{}, o.To)
	assert.Equal(t, sam, o.CC)
}

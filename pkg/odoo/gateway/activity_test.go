package gateway_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// withoutIDs returns activities as they can be compared after an undo.
func withoutIDs(list []crm.Activity) []crm.Activity {
	var plain []crm.Activity
	for _, a := range list {
		a.ID = 0
		plain = append(plain, a)
	}
	return plain
}

func TestActivitiesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		on := d.opportunity(t, "busy", nil)
		sam, call := d.id(t, "res.users", "login", "sam"), d.id(t, "mail.activity.type", "name", "Call")
		event := d.create(t, "calendar.event", meeting(d, t))
		first := d.activity(t, on, "Call about <chairs> & desks", map[string]any{"note": "<p>Ask <b>her</b>.</p>", "automated": true})
		second := d.activity(t, on, "Meet", map[string]any{"calendar_event_id": event, "user_id": d.id(t, "res.users", "login", "admin")})
		done := d.activity(t, on, "Done", nil)
		d.call(t, "mail.activity", "action_feedback", []any{int64(done)})
		other := d.opportunity(t, "other", nil)
		others := d.activity(t, other, "Not asked for", nil)

		before, err := g.Activities(t.Context(), []crm.OpportunityID{on, 999999})
		require.NoError(t, err)
		require.Len(t, before, 1)
		require.Len(t, before[on], 2)
		want := before[on][0]
		assert.Equal(t, crm.Activity{
			ID: first, Opportunity: on, Type: crm.ActivityTypeID(call), TypeName: "Call", Summary: "Call about <chairs> & desks",
			Note: "<p>Ask <b>her</b>.</p>", Deadline: "2026-12-24", User: crm.UserID(sam), UserName: want.UserName, Automated: true,
		}, want)
		assert.Equal(t, event, before[on][1].CalendarEvent)

		all(t)(g.Archive(t.Context(), []crm.OpportunityID{on}))
		standing, err := g.StandingActivities(t.Context(), []crm.ActivityID{first, second, done, others})
		require.NoError(t, err)
		if d.version >= 19 {
			assert.Equal(t, map[crm.ActivityID]bool{first: true, second: true, done: true, others: true}, standing, "done ones are archived")
			d.call(t, "mail.activity", "unlink", []any{int64(first), int64(second)})
		} else {
			assert.Equal(t, map[crm.ActivityID]bool{others: true}, standing)
		}

		for range 3 {
			errs, err := g.PlanActivities(t.Context(), again(before[on]...))
			require.NoError(t, err)
			assert.Equal(t, []error{nil, nil}, errs)
		}
		all(t)(g.Unarchive(t.Context(), []crm.OpportunityID{on}, time.Time{}))
		after, err := g.Activities(t.Context(), []crm.OpportunityID{on, other})
		require.NoError(t, err)
		assert.Equal(t, withoutIDs(before[on]), withoutIDs(after[on]))
		assert.Len(t, after[other], 1)
	})
}

func TestFinishedActivitiesAreReadInPages(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		since, want := g.Now().Add(-time.Minute), []string(nil)
		on := d.opportunity(t, "done", nil)
		for i := range 5 {
			d.call(t, "mail.activity", "action_feedback", []any{int64(d.activity(t, on, fmt.Sprint("number ", i), nil))})
			want = append(want, "Call")
		}
		for limit, calls := range map[int]int{2: 3, 5: 2, 6: 1} {
			var got []string
			for after := crm.EntryID(0); ; calls-- {
				list, last, err := g.Finished(t.Context(), since, after, limit)
				require.NoError(t, err)
				for _, done := range list {
					assert.Greater(t, done.Message, after)
					got = append(got, done.TypeName)
				}
				if after = last; after == 0 {
					break
				}
			}
			assert.Equal(t, want, got)
			assert.Equal(t, 1, calls, "pages of %d", limit)
		}
	})
}

// again are the rows with which an undo plans activities again.
func again(list ...crm.Activity) []crm.PlannedActivity {
	rows := make([]crm.PlannedActivity, len(list))
	for i, a := range list {
		rows[i] = crm.PlannedActivity{ExternalID: crm.UndoneExternalID("abc", a.ID), Activity: a}
	}
	return rows
}

// meeting are the values of a calendar.event.
func meeting(d database, t *testing.T) map[string]any {
	t.Helper()
	values := map[string]any{"name": "Meeting"}
	if _, isReal := d.fields(t, "calendar.event")["start"]; isReal {
		values["start"], values["stop"] = "2026-12-24 08:00:00", "2026-12-24 09:00:00"
	}
	return values
}

// fields returns the fields of a model.
func (d database) fields(t *testing.T, model string) map[string]any {
	t.Helper()
	return d.call(t, model, "fields_get", []any{}, []any{"type"}).(map[string]any)
}

func TestPlanningAgainMailsNobody(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		on := d.opportunity(t, "quiet", nil)
		before := d.chatter(t, on)
		// The stand-in shows by a message to sam what Odoo mails.
		told := func() int {
			messages, err := d.execute("sam", "mail.message", "search", []any{[]any{[]any{"message_type", "=", "user_notification"}}}, nil)
			require.NoError(t, err)
			n := len(messages.([]any))
			for _, model := range []string{"mail.mail", "mail.notification"} {
				if records, err := d.execute("admin", model, "search", []any{[]any{}}, nil); err == nil {
					n += len(records.([]any))
				}
			}
			return n
		}
		mails := told()
		activity := crm.Activity{
			ID: 77, Opportunity: on, Type: crm.ActivityTypeID(d.id(t, "mail.activity.type", "name", "Call")), Summary: "Call",
			Deadline: "2026-12-24", User: crm.UserID(d.id(t, "res.users", "login", "sam")),
		}
		errs, err := g.PlanActivities(t.Context(), again(activity))
		require.NoError(t, err)
		assert.Equal(t, []error{nil}, errs)
		assert.Equal(t, mails, told())
		assert.Equal(t, before, d.chatter(t, on))

		_, err = d.execute("bot", "mail.activity", "create", []any{[]any{map[string]any{
			"res_model_id": d.modelID(t), "res_id": int64(on), "summary": "loud", "user_id": int64(activity.User), "activity_type_id": int64(activity.Type),
		}}}, nil)
		require.NoError(t, err)
		assert.Greater(t, told(), mails, "an ordinary one is told to its responsible")
	})
}

func TestARefusedActivityStopsNoOther(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		on := d.opportunity(t, "busy", nil)
		sam := d.id(t, "res.users", "login", "sam")
		call := crm.ActivityTypeID(d.id(t, "mail.activity.type", "name", "Call"))
		activity := func(id crm.ActivityID, user int64, event int64) crm.Activity {
			return crm.Activity{ID: id, Opportunity: on, Type: call, Summary: fmt.Sprint(id), Deadline: "2026-12-24", User: crm.UserID(user), CalendarEvent: event}
		}
		d.write(t, "res.users", sam, map[string]any{"active": false})
		errs, err := g.PlanActivities(t.Context(), again(
			activity(1, sam, 0), activity(2, d.id(t, "res.users", "login", "bot"), 0), activity(3, d.id(t, "res.users", "login", "bot"), 999999),
		))
		require.NoError(t, err)
		require.Len(t, errs, 3)
		assert.Equal(t, d.version == 16, errs[0] != nil, "16 takes nothing for who was deactivated: %v", errs[0])
		assert.NoError(t, errs[1])
		assert.Error(t, errs[2], "its meeting is gone")
		found, err := g.Activities(t.Context(), []crm.OpportunityID{on})
		require.NoError(t, err)
		var summaries []string
		for _, a := range found[on] {
			summaries = append(summaries, a.Summary)
		}
		want := []string{"1", "2"}
		if d.version == 16 {
			want = []string{"2"}
		}
		assert.Equal(t, want, summaries)
	})
}

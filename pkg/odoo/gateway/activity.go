package gateway

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/records"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

const (
	activityModel = "mail.activity"
	roleField     = "role_id"
)

// activities asks for open activities of opportunities. Odoo 20 refuses a search that
// does not name the model if it finds thousands.
func activities(domain odoo.Domain, fields ...string) recordset.Query {
	return recordset.Query{Model: activityModel, Domain: odoo.And(odoo.Term("res_model", "=", leadModel), domain), Fields: fields}
}

// Activities returns the open activities of opportunities.
func (g *Gateway) Activities(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Activity, error) {
	var list []crm.Activity
	err := g.versions.With(ctx, activityModel, []string{roleField}, func(role []string) (err error) {
		fields := append(role, "res_id", "activity_type_id", "summary", "note", "date_deadline", "user_id", "calendar_event_id", "automated", "create_uid")
		list, err = recordset.FindAmong(ctx, g.client, activities(odoo.And(), fields...), "res_id", ids, g.activityOf,
			func(on crm.OpportunityID, err error) crm.Activity {
				return crm.Activity{Opportunity: on, Unreadable: err}
			})
		return err
	})
	return recordset.Group(list, func(a crm.Activity) crm.OpportunityID { return a.Opportunity }), err
}

func (g *Gateway) activityOf(r *recordset.Row) crm.Activity {
	a := crm.Activity{
		ID:            crm.ActivityID(r.ID()),
		Opportunity:   crm.OpportunityID(r.Int("res_id")),
		Type:          crm.ActivityTypeID(r.Ref("activity_type_id")),
		TypeName:      r.Label("activity_type_id"),
		Summary:       r.Text("summary"),
		Note:          r.Text("note"),
		Deadline:      r.Date("date_deadline"),
		User:          crm.UserID(r.Ref("user_id")),
		UserName:      r.Label("user_id"),
		CalendarEvent: r.Ref("calendar_event_id"),
		Automated:     r.Bool("automated"),
	}
	if r.Has(roleField) {
		a.Role = r.Ref(roleField)
	}
	a.FollowUp = strings.Contains(a.Note, crm.FollowUpMark) && g.ours.HasUser(crm.UserID(r.Ref("create_uid")))
	a.Unreadable = r.Unreadable("res_id")
	return a
}

// Meetings returns when those meetings with the clients of opportunities begin that
// begin at from or later, and before until.
func (g *Gateway) Meetings(ctx context.Context, ids []crm.OpportunityID, from, until time.Time) (map[crm.OpportunityID][]time.Time, error) {
	type meeting struct {
		with crm.OpportunityID
		at   time.Time
	}
	list, err := recordset.Find(ctx, g.client, recordset.Query{
		Model: "calendar.event", Fields: []string{"opportunity_id", "start"},
		Domain: odoo.And(odoo.Term("opportunity_id", "in", ids), odoo.Term("start", ">=", from), odoo.Term("start", "<", until)),
	}, func(r *recordset.Row) meeting {
		m := meeting{crm.OpportunityID(r.Ref("opportunity_id")), r.Time("start")}
		_ = r.Unreadable()
		return m
	})
	meetings := map[crm.OpportunityID][]time.Time{}
	for _, m := range list {
		meetings[m.with] = append(meetings[m.with], m.at)
	}
	return meetings, err
}

// StandingActivities returns those of the ids that exist. Done activities do if
// Odoo archives them instead of deleting them.
func (g *Gateway) StandingActivities(ctx context.Context, ids []crm.ActivityID) (map[crm.ActivityID]bool, error) {
	q := activities(odoo.Term("id", "in", ids), "res_id")
	q.Archived = true
	return recordset.FindMap(ctx, g.client, q, recordset.Member[crm.ActivityID])
}

// PlanActivities plans activities, each external id once, and notifies nobody. It
// returns an error for each, nil unless Odoo refused the activity.
func (g *Gateway) PlanActivities(ctx context.Context, list []crm.PlannedActivity) ([]error, error) {
	if len(list) == 0 {
		return nil, nil
	}
	columns := []string{
		"id", "res_id", "res_model_id/id", "activity_type_id/.id", "summary", "note", "date_deadline",
		"user_id/.id", "calendar_event_id/.id", "automated",
	}
	rows := make([][]string, len(list))
	for i, a := range list {
		rows[i] = []string{
			a.ExternalID, fmt.Sprint(a.Opportunity), "crm.model_crm_lead",
			recordset.RefCell(a.Type), a.Summary, a.Note, a.Deadline, recordset.RefCell(a.User), recordset.RefCell(a.CalendarEvent), recordset.Flag(a.Automated),
		}
	}
	if slices.ContainsFunc(list, func(a crm.PlannedActivity) bool { return a.Role != 0 }) {
		columns = append(columns, roleField+"/.id")
		for i, a := range list {
			rows[i] = append(rows[i], recordset.RefCell(a.Role))
		}
	}
	rows, err := g.ours.Hide(ctx, rows)
	if err != nil {
		return nil, err
	}
	loaded, err := g.client.Load(ctx, activityModel, columns, rows, map[string]any{"mail_activity_quick_update": true})
	if err != nil {
		return nil, err
	}
	return recordset.Refusals(loaded), nil
}

// Finished returns the activities that were finished since with a message above after,
// by ascending message, at most limit, and the last message; 0 when there are no more.
// The message that names the activity's type is what every version keeps.
func (g *Gateway) Finished(ctx context.Context, since time.Time, after crm.EntryID, limit int) (list []crm.DoneActivity, last crm.EntryID, err error) {
	list, err = g.doneActivities(ctx, odoo.And(
		odoo.Term("mail_activity_type_id", "!=", false), records.Since(g.looked, since), odoo.Term("id", ">", after),
	), limit)
	if len(list) == limit {
		last = list[limit-1].Message
	}
	return list, last, err
}

// FinishedOn returns the newest activities that were finished on an
// opportunity, oldest first.
func (g *Gateway) FinishedOn(ctx context.Context, id crm.OpportunityID, limit int) ([]crm.DoneActivity, error) {
	list, err := g.doneActivities(ctx, odoo.And(odoo.Term("res_id", "=", id), odoo.Term("mail_activity_type_id", "!=", false)), 0)
	return list[max(0, len(list)-limit):], err
}

// DoneActivities returns finished activities, by their messages.
func (g *Gateway) DoneActivities(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]crm.DoneActivity, error) {
	list, err := g.doneActivities(ctx, odoo.Term("id", "in", ids), 0)
	done := make(map[crm.EntryID]crm.DoneActivity, len(list))
	for _, d := range list {
		done[d.Message] = d
	}
	return done, err
}

func (g *Gateway) doneActivities(ctx context.Context, domain odoo.Domain, limit int) ([]crm.DoneActivity, error) {
	q := messages(domain, "res_id", "mail_activity_type_id", "create_date")
	q.NoNames, q.Limit = false, limit
	return recordset.Find(ctx, g.client, q, func(r *recordset.Row) crm.DoneActivity {
		return crm.DoneActivity{
			Message:     crm.EntryID(r.ID()),
			Opportunity: crm.OpportunityID(r.Int("res_id")),
			Type:        crm.ActivityTypeID(r.Ref("mail_activity_type_id")),
			TypeName:    r.Label("mail_activity_type_id"),
			At:          r.Created(),
			Unreadable:  r.Unreadable(),
		}
	})
}

// ActivityTypeNames returns the names of all types of activities in a language. It is
// nil for English, in which Odoo answers if it is not asked for another language, and
// for a language that Odoo does not have any more.
func (g *Gateway) ActivityTypeNames(ctx context.Context, language string) (map[crm.ActivityTypeID]string, error) {
	if names, known := g.typeNames[language]; known || language == "" || language == english {
		return names, nil
	}
	names, err := recordset.FindMap(ctx, g.client, recordset.Query{
		Model: "mail.activity.type", Fields: []string{"name"}, Archived: true, Language: language,
	}, func(r *recordset.Row) (crm.ActivityTypeID, string) { return crm.ActivityTypeID(r.ID()), named(r).Name })
	if err != nil && !odoo.IsKind(err, odoo.Invalid) {
		return nil, err
	}
	g.typeNames[language] = names
	return names, nil
}

// Ours returns those of the finished activities that crm-tool had planned.
func (g *Gateway) Ours(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]bool, error) {
	q := messages(odoo.And(odoo.Term("id", "in", ids), odoo.Term("body", "like", crm.FollowUpMark)), "res_id")
	return recordset.FindMap(ctx, g.client, q, recordset.Member[crm.EntryID])
}

// mailedAtOnce is of how many entries [Gateway.Mailed] reads the activities in one call.
const mailedAtOnce = 2000

// Mailed returns the activities with an entry of the kind that was made since,
// whatever became of its mail.
func (g *Gateway) Mailed(ctx context.Context, kind crm.EntryKind, since time.Time) (map[crm.EntryID]bool, error) {
	mailed := map[crm.EntryID]bool{}
	made := odoo.And(hasMessageID(kind.MessageIDs()), odoo.Term("message_type", "!=", typeEmail), records.Since(g.looked, since))
	for after := crm.EntryID(0); ; {
		page, err := g.chatterEntries(ctx, odoo.And(made, odoo.Term("id", ">", after)), mailedAtOnce)
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			if after = max(after, e.ID); e.ours {
				mailed[e.Key.Activity] = true
			}
		}
		if len(page) < mailedAtOnce {
			return mailed, nil
		}
	}
}

// Asked returns the activities of opportunities whose questionnaire is known to
// have left.
func (g *Gateway) Asked(ctx context.Context, ids []crm.OpportunityID) (map[crm.EntryID]bool, error) {
	entries, _, err := g.entries(ctx, odoo.And(
		hasMessageID(crm.Feedback.MessageIDs()), odoo.Term("res_id", "in", ids), odoo.Term("message_type", "=", typeComment),
	))
	asked := make(map[crm.EntryID]bool, len(entries))
	for _, e := range entries {
		asked[e.Key.Activity] = true
	}
	return asked, err
}

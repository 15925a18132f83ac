package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

const activityModel = "mail.activity"

// Activities returns the open activities of opportunities.
func (g *Gateway) Activities(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Activity, error) {
	activities := map[crm.OpportunityID][]crm.Activity{}
	if len(ids) == 0 {
		return activities, nil
	}
	records, err := g.search(ctx, activityModel, odoo.And(odoo.Term("res_model", "=", leadModel), odoo.Term("res_id", "in", ids)), 0,
		"res_id", "activity_type_id", "summary", "note", "date_deadline", "user_id", "calendar_event_id", "automated")
	if err != nil {
		return nil, err
	}
	for _, record := range records {
		a, err := activityOf(record)
		if err != nil {
			return nil, err
		}
		activities[a.Opportunity] = append(activities[a.Opportunity], a)
	}
	return activities, nil
}

func activityOf(record odoo.Record) (crm.Activity, error) {
	r := row{record: record, model: activityModel}
	_, typeName, _ := record.Ref("activity_type_id")
	_, userName, _ := record.Ref("user_id")
	return crm.Activity{
		ID:            crm.ActivityID(r.id()),
		Opportunity:   crm.OpportunityID(r.int("res_id")),
		Type:          crm.ActivityTypeID(r.ref("activity_type_id")),
		TypeName:      typeName,
		Summary:       r.text("summary"),
		Note:          r.text("note"),
		Deadline:      r.text("date_deadline"),
		User:          crm.UserID(r.ref("user_id")),
		UserName:      userName,
		CalendarEvent: r.ref("calendar_event_id"),
		Automated:     r.bool("automated"),
	}, r.err
}

// StandingActivities returns those of the ids that exist. Done ones do, where
// Odoo archives them.
func (g *Gateway) StandingActivities(ctx context.Context, ids []crm.ActivityID) (map[crm.ActivityID]bool, error) {
	standing := map[crm.ActivityID]bool{}
	if len(ids) == 0 {
		return standing, nil
	}
	records, err := g.searchAll(ctx, activityModel, odoo.Term("id", "in", ids), "res_id")
	if err != nil {
		return nil, err
	}
	for _, record := range records {
		id, err := record.Int("id")
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", activityModel, err)
		}
		standing[crm.ActivityID(id)] = true
	}
	return standing, nil
}

// PlanActivities plans activities, each external id once, and notifies nobody. A
// refused activity's error stands in its place.
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
		automated := "0"
		if a.Automated {
			automated = "1"
		}
		rows[i] = []string{
			a.ExternalID, fmt.Sprint(a.Opportunity), "crm.model_crm_lead",
			refCell(a.Type), a.Summary, a.Note, a.Deadline, refCell(a.User), refCell(a.CalendarEvent), automated,
		}
	}
	loaded, err := g.client.Load(ctx, activityModel, columns, rows, map[string]any{"mail_activity_quick_update": true})
	if err != nil {
		return nil, err
	}
	return refusals(loaded), nil
}

// refCell is how a reference travels in a load; an empty one is empty.
func refCell[T ~int64](id T) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprint(id)
}

// Archive archives opportunities and touches nothing else: action_archive would
// set the probability to 0 before Odoo 19, which reads as lost.
func (g *Gateway) Archive(ctx context.Context, ids []crm.OpportunityID) error {
	return g.writeQuietly(ctx, ids, map[string]any{"active": false})
}

// Unarchive restores opportunities with the date of closing that they had;
// un-archiving alone would leave that of the archiving.
func (g *Gateway) Unarchive(ctx context.Context, ids []crm.OpportunityID, closed time.Time) error {
	values := map[string]any{"active": true, "date_closed": false}
	if !closed.IsZero() {
		values["date_closed"] = closed
	}
	return g.writeQuietly(ctx, ids, values)
}

// writeQuietly changes opportunities without a message of Odoo's own about it
// (mail.thread, context mail_notrack): it would call an opportunity with the
// probability 0 lost, or restored, and mail that to followers.
func (g *Gateway) writeQuietly(ctx context.Context, ids []crm.OpportunityID, values map[string]any) error {
	return g.confirmed(ctx, odoo.Request{
		Model: leadModel, Method: "write", Args: []any{ids, values},
		Kwargs: withContext(map[string]any{}, "mail_notrack", true), Repeatable: true,
	})
}

// SaveSnapshots attaches to each opportunity what the archiving run of the token is
// going to change, once. A refused row's error stands in its place.
func (g *Gateway) SaveSnapshots(ctx context.Context, token string, kept []crm.Snapshot) ([]error, error) {
	rows := make([][]string, len(kept))
	for i, k := range kept {
		content, err := json.Marshal(k)
		if err != nil {
			return nil, fmt.Errorf("encode what opportunity %d had: %w", k.Opportunity, err)
		}
		rows[i] = []string{
			crm.SnapshotExternalID(token, k.Opportunity), crm.SnapshotAttachment(token), string(content), leadModel, fmt.Sprint(k.Opportunity),
		}
	}
	loaded, err := g.client.Load(ctx, attachmentModel, []string{"id", "name", "description", "res_model", "res_id"}, rows, nil)
	if err != nil {
		return nil, err
	}
	return refusals(loaded), nil
}

// refusals returns the errors of the rows of a load, nil for a good one.
func refusals(loaded []odoo.Loaded) []error {
	errs := make([]error, len(loaded))
	for i, l := range loaded {
		errs[i] = l.Err
	}
	return errs
}

// Snapshots returns what the archiving run of the token kept. A description that
// somebody changed so that it cannot be read counts as removed.
func (g *Gateway) Snapshots(ctx context.Context, token string, ids []crm.OpportunityID) (map[crm.OpportunityID]crm.Snapshot, error) {
	records, err := g.keptRecords(ctx, token, ids)
	if err != nil {
		return nil, err
	}
	kept := map[crm.OpportunityID]crm.Snapshot{}
	for _, record := range records {
		r := row{record: record, model: attachmentModel}
		var k crm.Snapshot
		damage := json.Unmarshal([]byte(r.text("description")), &k)
		k.Opportunity = crm.OpportunityID(r.int("res_id"))
		if r.err != nil {
			return nil, r.err
		}
		if damage == nil {
			kept[k.Opportunity] = k
		}
	}
	return kept, nil
}

// DeleteSnapshots removes what a run kept for opportunities that it did not archive.
func (g *Gateway) DeleteSnapshots(ctx context.Context, token string, ids []crm.OpportunityID) error {
	records, err := g.keptRecords(ctx, token, ids)
	if err != nil || len(records) == 0 {
		return err
	}
	attachments, err := idList(records, attachmentModel)
	if err != nil {
		return err
	}
	return g.unlink(ctx, attachmentModel, attachments)
}

func (g *Gateway) keptRecords(ctx context.Context, token string, ids []crm.OpportunityID) ([]odoo.Record, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return g.search(ctx, attachmentModel, odoo.And(
		odoo.Term("res_model", "=", leadModel), odoo.Term("res_id", "in", ids), odoo.Term("name", "=", crm.SnapshotAttachment(token)),
	), 0, "res_id", "description")
}

// ArchivedBy returns the archivings with a token, claims too, by ascending id
// above after, at most limit.
func (g *Gateway) ArchivedBy(ctx context.Context, token string, after crm.EntryID, limit int) ([]crm.Entry, error) {
	return g.archivings(ctx, odoo.And(odoo.Term("id", ">", after), archivingOf(token)), limit)
}

// LastArchiving returns the newest archiving, also one that is only claimed; ok
// is false when there is none.
func (g *Gateway) LastArchiving(ctx context.Context) (crm.Entry, bool, error) {
	kwargs := fieldList([]string{"res_id", "message_id", "message_type", "create_date"})
	kwargs["order"], kwargs["limit"] = "id desc", 1
	records, err := g.records(ctx, odoo.Request{
		Model: messageModel, Method: "search_read", Args: []any{archivingOf("%")}, Kwargs: kwargs, Repeatable: true,
	})
	if err != nil || len(records) == 0 {
		return crm.Entry{}, false, err
	}
	return entryOf(records[0])
}

func archivingOf(token string) odoo.Domain {
	return odoo.And(
		odoo.Term("model", "=", leadModel),
		odoo.Term("message_id", "=like", crm.Archived.RunMessageIDs(token)),
		odoo.Term("message_type", "!=", typeEmail),
	)
}

func (g *Gateway) archivings(ctx context.Context, domain odoo.Domain, limit int) ([]crm.Entry, error) {
	records, err := g.search(ctx, messageModel, domain, limit, "res_id", "message_id", "message_type", "create_date")
	if err != nil {
		return nil, err
	}
	var entries []crm.Entry
	for _, record := range records {
		e, isOurs, err := entryOf(record)
		if err != nil {
			return nil, err
		}
		if isOurs {
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// WroteSince returns the opportunities on which somebody from outside wrote
// after the instant.
func (g *Gateway) WroteSince(ctx context.Context, since time.Time) ([]crm.OpportunityID, error) {
	records, err := g.search(ctx, messageModel, odoo.And(
		odoo.Term("model", "=", leadModel), odoo.Term("create_date", ">=", since), fromOutside(),
	), 0, "res_id")
	if err != nil {
		return nil, err
	}
	var ids []crm.OpportunityID
	for _, record := range records {
		id, err := record.Int("res_id")
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", messageModel, err)
		}
		ids = append(ids, crm.OpportunityID(id))
	}
	return ids, nil
}

// ArchivedAmong returns those of the ids that are archived and hold an entry that
// looks like an archiving of ours.
func (g *Gateway) ArchivedAmong(ctx context.Context, ids []crm.OpportunityID) ([]crm.Opportunity, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	records, err := g.search(ctx, leadModel, odoo.And(
		odoo.Term("id", "in", ids), odoo.Term("active", "=", false),
		odoo.Term("message_ids.message_id", "=like", crm.Archived.MessageIDs()),
	), 0, leadFields()...)
	if err != nil {
		return nil, err
	}
	return g.opportunities(ctx, records)
}

// Named is a record and its name.
type Named struct {
	ID   int64
	Name string
}

// Names returns all records of a model with their names, in English and in the
// given language.
func (g *Gateway) Names(ctx context.Context, model, language string) ([]Named, error) {
	var names []Named
	languages := slices.Compact([]string{"en_US", cmp.Or(language, "en_US")})
	for _, lang := range languages {
		kwargs := withContext(fieldList([]string{"name"}), "lang", lang)
		kwargs["order"] = "id"
		records, err := g.records(ctx, odoo.Request{Model: model, Method: "search_read", Args: []any{odoo.And()}, Kwargs: kwargs, Repeatable: true})
		if err != nil {
			return nil, err
		}
		for _, record := range records {
			r := row{record: record, model: model}
			n := Named{ID: r.id(), Name: r.text("name")}
			if r.err != nil {
				return nil, r.err
			}
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names, nil
}

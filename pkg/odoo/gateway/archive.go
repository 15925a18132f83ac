package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/records"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
	"github.com/crm-tool/crm-tool/pkg/odoo/shared"
)

// Archive archives opportunities and touches nothing else: action_archive would
// set the probability to 0 before Odoo 19, which counts as lost. It returns why
// Odoo refused to archive which of them; the others are archived.
func (g *Gateway) Archive(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]error, error) {
	return g.archiveAll(ctx, ids, map[string]any{"active": false})
}

// Unarchive restores opportunities with their former date of closing; without it
// Odoo would keep that of the archiving. It returns what Archive does.
func (g *Gateway) Unarchive(ctx context.Context, ids []crm.OpportunityID, closed time.Time) (map[crm.OpportunityID]error, error) {
	values := map[string]any{"active": true, "date_closed": false}
	if !closed.IsZero() {
		values["date_closed"] = closed
	}
	return g.archiveAll(ctx, ids, values)
}

func (g *Gateway) archiveAll(ctx context.Context, ids []crm.OpportunityID, values map[string]any) (map[crm.OpportunityID]error, error) {
	refusals, err := odoo.Bisect(len(ids), func(from, to int) (refusal, err error) {
		err = g.writeQuietly(ctx, ids[from:to], values)
		if odoo.IsKind(err, odoo.MissingRecord, odoo.Invalid) {
			return err, nil
		}
		return nil, err
	})
	refused := map[crm.OpportunityID]error{}
	for i, refusal := range refusals {
		if refusal != nil {
			refused[ids[i]] = refusal
		}
	}
	return refused, err
}

// writeQuietly changes opportunities without a message of Odoo's own about it
// (mail.thread, context mail_notrack): it would call an opportunity with the
// probability 0 lost, or restored, and mail that to followers.
func (g *Gateway) writeQuietly(ctx context.Context, ids []crm.OpportunityID, values map[string]any) error {
	return recordset.Change(ctx, g.client, odoo.Request{
		Model: leadModel, Method: "write", Args: []any{ids, values}, Kwargs: map[string]any{"context": map[string]any{"mail_notrack": true}},
	}, len(ids))
}

// Written returns when those of the opportunities that exist were changed last, archived
// ones included; zero if that cannot be read.
func (g *Gateway) Written(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]time.Time, error) {
	return recordset.FindMap(ctx, g.client, recordset.Query{
		Model: leadModel, Domain: odoo.Term("id", "in", ids), Fields: []string{records.WrittenField}, Archived: true,
	}, func(r *recordset.Row) (crm.OpportunityID, time.Time) {
		id, at := crm.OpportunityID(r.ID()), r.Time(records.WrittenField)
		if r.Unreadable() != nil {
			at = time.Time{}
		}
		return id, at
	})
}

// SaveSnapshots attaches to each opportunity, once, what the archiving run of the
// token is going to change. It returns an error for each, nil unless Odoo refused
// the attachment.
func (g *Gateway) SaveSnapshots(ctx context.Context, token string, list []crm.Snapshot) ([]error, error) {
	attachments := make([]shared.Attachment, len(list))
	for i, s := range list {
		content, err := json.Marshal(s)
		if err != nil {
			return nil, fmt.Errorf("encode what opportunity %d had: %w", s.Opportunity, err)
		}
		attachments[i] = shared.Attachment{
			ExternalID: crm.SnapshotExternalID(token, s.Opportunity), Name: crm.SnapshotAttachment(token), Text: string(content),
			Model: leadModel, On: int64(s.Opportunity),
		}
	}
	loaded, err := g.Attach(ctx, attachments...)
	if err != nil {
		return nil, err
	}
	return recordset.Refusals(loaded), nil
}

// Snapshots returns what the archiving run of the token saved. One that was edited
// in Odoo so that it cannot be read counts as deleted.
func (g *Gateway) Snapshots(ctx context.Context, token string, ids []crm.OpportunityID) (map[crm.OpportunityID]crm.Snapshot, error) {
	type saved struct {
		crm.Snapshot

		damage error
	}
	list, err := recordset.Find(ctx, g.client, g.snapshotsOf(token, ids), func(r *recordset.Row) (s saved) {
		s.damage = json.Unmarshal([]byte(r.Text("description")), &s.Snapshot)
		s.Opportunity = crm.OpportunityID(r.Int("res_id"))
		s.damage = cmp.Or(r.Unreadable(), s.damage)
		return s
	})
	snapshots := make(map[crm.OpportunityID]crm.Snapshot, len(list))
	for _, s := range list {
		if s.damage == nil {
			snapshots[s.Opportunity] = s.Snapshot
		}
	}
	return snapshots, err
}

// DeleteSnapshots deletes those of opportunities that the run did not archive.
func (g *Gateway) DeleteSnapshots(ctx context.Context, token string, ids []crm.OpportunityID) error {
	return recordset.DeleteAll(ctx, g.client, g.snapshotsOf(token, ids))
}

// snapshotsOf selects what our users saved. A salesperson can change attachments
// of their opportunities; what somebody changed since does not count.
func (g *Gateway) snapshotsOf(token string, ids []crm.OpportunityID) recordset.Query {
	return recordset.Query{
		Model: attachmentModel, Fields: []string{"res_id", "description"},
		Domain: odoo.And(
			odoo.Term("res_model", "=", leadModel), odoo.Term("res_id", "in", ids), odoo.Term("name", "=", crm.SnapshotAttachment(token)),
			g.ours.Made(), g.ours.Changed(),
		),
	}
}

// ArchivedBy returns the archivings with a token, claims too, by ascending id
// above after, at most limit, those included that cannot be read.
func (g *Gateway) ArchivedBy(ctx context.Context, token string, after crm.EntryID, limit int) ([]crm.Entry, error) {
	all, err := g.chatterEntries(ctx, odoo.And(odoo.Term("id", ">", after), g.archivingOf(token)), limit)
	entries := make([]crm.Entry, len(all))
	for i, e := range all {
		entries[i] = e.Entry
	}
	return entries, err
}

// LastArchiving returns the newest archiving, also one that is only claimed; ok
// is false when there is none.
func (g *Gateway) LastArchiving(ctx context.Context) (last crm.Entry, ok bool, err error) {
	const some = 20 // of which most can be read
	q := messages(g.archivingOf("%"), entryFields()...)
	q.Newest, q.Limit = true, some
	list, err := recordset.Find(ctx, g.client, q, g.anyEntryOf)
	for _, e := range list {
		if e.ours {
			return e.Entry, true, nil
		}
		err = cmp.Or(err, e.Unreadable)
	}
	return crm.Entry{}, false, err
}

func (g *Gateway) archivingOf(token string) odoo.Domain {
	return odoo.And(hasMessageID(crm.Archived.RunMessageIDs(token)), odoo.Term("message_type", "!=", typeEmail), g.ours.Made())
}

// ArchivedAmong returns those of the ids that are archived and hold an entry that
// looks like an archiving of ours.
func (g *Gateway) ArchivedAmong(ctx context.Context, ids []crm.OpportunityID) ([]crm.Opportunity, error) {
	return g.opportunitiesAmong(ctx, ids, odoo.And(
		odoo.Term("active", "=", false), odoo.Term("message_ids.message_id", "=like", crm.Archived.MessageIDs()),
	))
}

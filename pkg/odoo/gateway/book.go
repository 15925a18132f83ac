package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// noteSubtype is the external id of the subtype of internal notes, and
// discussionsSubtype that of messages which clients may see.
const (
	noteSubtype        = "mail.mt_note"
	discussionsSubtype = "mail.mt_comment"
)

// ErrVanished says that an entry was deleted between two calls.
var ErrVanished = errors.New("somebody deleted the entry")

func entryColumns() []string {
	return []string{
		"id", "model", "res_id", "message_id", "message_type", "subtype_id/id", "subject", "body", "email_from", "reply_to",
	}
}

// Claim makes internal notes out of the rows, each external id once, and reads
// back what stands there.
func (g *Gateway) Claim(ctx context.Context, claims []ledger.Claim) ([]ledger.Claimed, error) {
	rows := make([][]string, len(claims))
	for i, c := range claims {
		rows[i] = []string{
			c.Key.ExternalID(),
			leadModel, fmt.Sprint(c.Key.Opportunity), c.MessageID, typeOpen, noteSubtype, c.Subject, c.Body, c.From, c.ReplyTo,
		}
	}
	return g.load(ctx, rows)
}

// Note writes internal notes, each external id once, and tells which of them
// stand there with the caller's Message-ID.
func (g *Gateway) Note(ctx context.Context, notes []ledger.Note) ([]bool, error) {
	rows := make([][]string, len(notes))
	for i, n := range notes {
		rows[i] = []string{
			n.ExternalID, leadModel, fmt.Sprint(n.On), n.MessageID, typeOpen, noteSubtype, "", n.Body, "", "",
		}
	}
	written, err := g.load(ctx, rows)
	if err != nil {
		return nil, err
	}
	mine := make([]bool, len(notes))
	for i, w := range written {
		mine[i] = w.Err == nil && w.Entry.MessageID == notes[i].MessageID
	}
	return mine, nil
}

// load makes the entries that do not exist, and returns what stands there.
func (g *Gateway) load(ctx context.Context, rows [][]string) ([]ledger.Claimed, error) {
	out := make([]ledger.Claimed, len(rows))
	if len(rows) == 0 {
		return out, nil
	}
	loaded, err := g.client.Load(ctx, messageModel, entryColumns(), rows, nil)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, l := range loaded {
		if l.Err == nil {
			ids = append(ids, l.ID)
		}
	}
	records, err := g.read(ctx, messageModel, ids, "res_id", "message_id", "message_type", "create_date")
	if err != nil {
		return nil, err
	}
	found := map[int64]crm.Entry{}
	for _, record := range records {
		e, _, err := entryOf(record)
		if err != nil {
			return nil, err
		}
		found[int64(e.ID)] = e
	}
	for i, l := range loaded {
		entry, ok := found[l.ID]
		switch {
		case l.Err != nil:
			out[i].Err = l.Err
		case !ok:
			out[i].Err = ErrVanished
		default:
			out[i].Entry = entry
		}
	}
	return out, nil
}

// Confirm turns claims into discussion entries.
func (g *Gateway) Confirm(ctx context.Context, ids []crm.EntryID) error {
	if len(ids) == 0 {
		return nil
	}
	subtype, err := g.discussionsID(ctx)
	if err != nil {
		return err
	}
	return g.confirm(ctx, ids, map[string]any{"message_type": typeComment, "subtype_id": subtype})
}

// ConfirmNotes marks claims as done. They stay internal notes.
func (g *Gateway) ConfirmNotes(ctx context.Context, ids []crm.EntryID) error {
	if len(ids) == 0 {
		return nil
	}
	return g.confirm(ctx, ids, map[string]any{"message_type": typeComment})
}

// confirm writes the values on those of the entries that exist. Odoo refuses
// them all when the first was deleted: see _invalidate_documents of
// mail.message.
func (g *Gateway) confirm(ctx context.Context, ids []crm.EntryID, values map[string]any) error {
	for len(ids) > 0 {
		err := g.write(ctx, messageModel, ids, values)
		if e, ok := errors.AsType[*odoo.Error](err); !ok || e.Kind != odoo.MissingRecord {
			return err
		}
		left, reading := g.existing(ctx, ids)
		if reading != nil || len(left) == len(ids) {
			return errors.Join(err, reading)
		}
		ids = left
	}
	return nil
}

// existing returns those of the entries that nobody deleted.
func (g *Gateway) existing(ctx context.Context, ids []crm.EntryID) ([]crm.EntryID, error) {
	records, err := g.read(ctx, messageModel, ids, "message_type")
	if err != nil {
		return nil, err
	}
	left := make([]crm.EntryID, len(records))
	for i, record := range records {
		r := row{record: record, model: messageModel}
		if left[i] = crm.EntryID(r.id()); r.err != nil {
			return nil, r.err
		}
	}
	return left, nil
}

// Unconfirmed returns the ids that do not stand there as confirmed.
func (g *Gateway) Unconfirmed(ctx context.Context, ids []crm.EntryID) ([]crm.EntryID, error) {
	records, err := g.search(ctx, messageModel, odoo.And(odoo.Term("id", "in", ids), odoo.Term("message_type", "=", typeComment)), 0, "message_type")
	if err != nil {
		return nil, err
	}
	confirmed, err := idSet[crm.EntryID](records, messageModel)
	if err != nil {
		return nil, err
	}
	var missing []crm.EntryID
	for _, id := range ids {
		if !confirmed[id] {
			missing = append(missing, id)
		}
	}
	return missing, nil
}

// Release deletes claims.
func (g *Gateway) Release(ctx context.Context, ids []crm.EntryID) error {
	if len(ids) == 0 {
		return nil
	}
	return g.unlink(ctx, messageModel, ids)
}

// discussionsID looks the subtype up by its external id: its name is for
// people, and they translate it.
func (g *Gateway) discussionsID(ctx context.Context) (int64, error) {
	if g.discussions != 0 {
		return g.discussions, nil
	}
	id, err := g.byExternalID(ctx, "mail.message.subtype", odoo.Term("res_model", "=", false), discussionsSubtype)
	g.discussions = id
	return id, err
}

// byExternalID returns the record of the domain that has the external id. The
// user may not read ir.model.data, but get_metadata tells of any record.
func (g *Gateway) byExternalID(ctx context.Context, model string, domain odoo.Domain, xmlid string) (int64, error) {
	records, err := g.searchAll(ctx, model, domain, "id")
	if err != nil {
		return 0, err
	}
	ids, err := idList(records, model)
	if err != nil {
		return 0, err
	}
	metadata, err := g.records(ctx, odoo.Request{Model: model, Method: "get_metadata", Args: []any{ids}, Repeatable: true})
	if err != nil {
		return 0, err
	}
	for _, record := range metadata {
		r := row{record: record, model: model}
		if r.text("xmlid") == xmlid {
			return r.id(), r.err
		}
	}
	return 0, fmt.Errorf("find %s: Odoo has no such record among %d of %s", xmlid, len(ids), model)
}

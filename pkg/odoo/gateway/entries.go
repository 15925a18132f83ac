package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

// messageIDColumn is where a row of loadEntries has its Message-ID.
const messageIDColumn = 3

// templateField is the field of a message that says how its mail was made, as an
// external id. Odoo reads it only when it mails the message itself, which it never does
// with ours. templatePrefix makes it one of ours.
const (
	templateField  = "email_layout_xmlid"
	templatePrefix = "crm_tool."
)

// templateCell is what a claim's row has in that field.
func templateCell(c ledger.Claim) string {
	if c.Template == "" {
		return ""
	}
	return templatePrefix + c.Template
}

// noteSubtype is the external id of the subtype of internal notes,
// discussionsSubtype that of messages which clients may see.
const (
	noteSubtype        = "mail.mt_note"
	discussionsSubtype = "mail.mt_comment"
)

// Claim makes internal notes of the claims, each external id once, and returns
// the entries that exist then. In the same call it takes the clients' turns.
func (g *Gateway) Claim(ctx context.Context, claims []ledger.Claim) ([]ledger.Claimed, error) {
	rows := make([][]string, len(claims))
	for i, c := range claims {
		rows[i] = []string{
			c.Key.ExternalID(),
			leadModel, fmt.Sprint(c.Key.Opportunity), c.MessageID, typeOpen, noteSubtype, c.Subject, c.Body, c.From, c.ReplyTo,
			templateCell(c),
		}
	}
	turns, err := g.turnRows(ctx, claims)
	if err != nil {
		return nil, err
	}
	entries, refused, err := g.loadEntries(ctx, append(rows, turns...))
	if err != nil {
		return nil, err
	}
	taken := map[string]int{}
	for i, row := range turns {
		taken[row[0]] = len(claims) + i
	}
	claimed := make([]ledger.Claimed, len(claims))
	for i, c := range claims {
		if errors.Is(refused[i], recordset.ErrVanished) {
			refused[i] = ledger.ErrReleased
		}
		claimed[i] = ledger.Claimed{Entry: entries[i], Err: refused[i]}
		if turn, ok := taken[c.Turn.ExternalID()]; ok {
			claimed[i].Err = cmp.Or(refused[i], refused[turn])
			claimed[i].TurnOf = turnOf(entries[turn], c)
		}
	}
	return claimed, nil
}

// Note writes internal notes, each external id once, and returns which of them
// have the caller's Message-ID.
func (g *Gateway) Note(ctx context.Context, notes []ledger.Note) ([]bool, error) {
	rows := make([][]string, len(notes))
	for i, n := range notes {
		rows[i] = []string{
			n.ExternalID, leadModel, fmt.Sprint(n.On), n.MessageID, typeOpen, noteSubtype, n.Subject, n.Body, "", "", "",
		}
	}
	entries, refused, err := g.loadEntries(ctx, rows)
	if err != nil {
		return nil, err
	}
	mine := make([]bool, len(notes))
	for i, e := range entries {
		mine[i] = refused[i] == nil && e.MessageID == notes[i].MessageID
	}
	return mine, nil
}

// TakenError says that the external id of an entry belongs to a record that is
// not ours.
type TakenError struct {
	ExternalID string
	Record     int64
	Maker      crm.UserID
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("the external id %s belongs to mail.message %d in Odoo, which user %d made and not crm-tool", e.ExternalID, e.Record, e.Maker)
}

// Hint says what a person can do about it.
func (e *TakenError) Hint() string {
	return fmt.Sprintf("delete the external id %s in Odoo (Settings, Technical, External Identifiers), and ask its user what it was for", e.ExternalID)
}

// loadedEntry is what was found under an external id.
type loadedEntry struct {
	chatterEntry

	maker crm.UserID
}

// loadEntries makes the entries that do not exist, and returns those that do. What
// is not ours under an external id is a [TakenError].
func (g *Gateway) loadEntries(ctx context.Context, rows [][]string) ([]crm.Entry, []error, error) {
	if len(rows) == 0 {
		return nil, nil, nil
	}
	columns := []string{ // See messageIDColumn; templateField is the last one.
		"id", "model", "res_id", "message_id", "message_type", "subtype_id/id", "subject", "body", "email_from", "reply_to",
	}
	hidden, err := g.ours.Hide(ctx, rows)
	if err != nil {
		return nil, nil, err
	}
	var loaded []loadedEntry
	var refused []error
	err = g.versions.With(ctx, messageModel, []string{templateField}, func(template []string) (err error) {
		if len(template) == 0 {
			hidden = withoutTemplates(hidden)
		}
		loaded, refused, err = recordset.LoadAndRead(ctx, g.client, messageModel, append(columns, template...), hidden,
			func(ids []int64) (map[int64]loadedEntry, error) { return g.readLoaded(ctx, ids, rows) })
		return err
	})
	entries := make([]crm.Entry, len(loaded))
	for i, e := range loaded {
		// A note's external id is not its key's: its claim is in it.
		id := rows[i][0]
		another := e.ours && e.Key.ExternalID() != "" && e.Key.ExternalID() != id
		switch {
		case refused[i] != nil:
		case e.Unreadable != nil:
			refused[i] = e.Unreadable
		case !e.ours || another:
			refused[i] = &TakenError{ExternalID: hidden[i][0], Record: int64(e.ID), Maker: e.maker}
		default:
			entries[i] = e.Entry
		}
	}
	return entries, refused, err
}

// withoutTemplates returns rows without their last column, for an Odoo that has no
// templateField.
func withoutTemplates(rows [][]string) [][]string {
	shorter := make([][]string, len(rows))
	for i, row := range rows {
		shorter[i] = row[:len(row)-1]
	}
	return shorter
}

// readLoaded reads the entries that a load of rows returned. If they are all there, and the
// rows', a replica of the database is not behind.
func (g *Gateway) readLoaded(ctx context.Context, ids []int64, rows [][]string) (map[int64]loadedEntry, error) {
	change := g.client.Changed()
	fields := append(entryFields(), "subtype_id")
	read := func(aside bool) (map[int64]loadedEntry, error) {
		records, err := recordset.Call(ctx, g.client, odoo.Request{
			Model: messageModel, Method: "read", Args: []any{ids}, Kwargs: map[string]any{"fields": fields, "load": ""}, Repeatable: true, Aside: aside,
		})
		if odoo.IsKind(err, odoo.AccessDenied) {
			// A turn that a former user of ours took: a search leaves it out.
			records, err = recordset.Search(ctx, g.client, recordset.Query{
				Model: messageModel, Domain: odoo.Term("id", "in", ids), Fields: fields, Aside: aside, NoNames: true,
			})
		}
		if err != nil {
			return nil, err
		}
		return recordset.EachMap(messageModel, records, func(r *recordset.Row) (int64, loadedEntry) {
			maker := crm.UserID(r.Ref("create_uid"))
			if r.Text("message_type") == typeTurn && g.isOurs(r) {
				g.discussions.CompareAndSwap(0, r.Ref("subtype_id"))
			}
			return r.ID(), loadedEntry{g.anyEntryOf(r), maker}
		})
	}
	there, err := read(true)
	if err != nil || !g.client.MayBeStale() {
		return there, err
	}
	mine := map[string]bool{}
	for _, e := range there {
		mine[e.MessageID] = true
	}
	if len(ids) == len(rows) && !slices.ContainsFunc(rows, func(row []string) bool { return !mine[row[messageIDColumn]] }) {
		g.client.Seen(change)
		return there, nil
	}
	return read(false)
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
	return g.confirm(ctx, ids, map[string]any{"message_type": typeComment})
}

// confirm changes entries. Up to 19 Odoo refuses to only if the first of them was
// deleted: see _invalidate_documents of mail.message.
func (g *Gateway) confirm(ctx context.Context, ids []crm.EntryID, values map[string]any) error {
	return recordset.ChangeExisting(ctx, g.client, messageModel, ids, func(ids []crm.EntryID) error {
		err := recordset.Write(ctx, g.client, messageModel, ids, values)
		g.confirmed.change, g.confirmed.ids = g.client.Changed(), ids
		return err
	})
}

// Unconfirmed returns those of the entries that Odoo does not have as confirmed.
func (g *Gateway) Unconfirmed(ctx context.Context, ids []crm.EntryID) ([]crm.EntryID, error) {
	change := g.client.Changed()
	missing, err := g.unconfirmed(ctx, ids, true)
	if err != nil || !g.client.MayBeStale() {
		return missing, err
	}
	others := func(id crm.EntryID) bool { return !slices.Contains(ids, id) }
	if len(missing) > 0 || g.confirmed.change != change || slices.ContainsFunc(g.confirmed.ids, others) {
		return g.unconfirmed(ctx, ids, false)
	}
	g.client.Seen(change) // The last change shows.
	return nil, nil
}

func (g *Gateway) unconfirmed(ctx context.Context, ids []crm.EntryID, aside bool) ([]crm.EntryID, error) {
	q := messages(odoo.And(odoo.Term("id", "in", ids), odoo.Term("message_type", "=", typeComment)), "message_type")
	q.Aside = aside
	confirmed, err := recordset.FindMap(ctx, g.client, q, recordset.Member[crm.EntryID])
	return recordset.Unknown(ids, confirmed), err
}

// Release deletes claims.
func (g *Gateway) Release(ctx context.Context, ids []crm.EntryID) error {
	return recordset.Unlink(ctx, g.client, messageModel, ids)
}

// discussionsID looks the subtype up by its external id: its name is for
// people, and they translate it.
func (g *Gateway) discussionsID(ctx context.Context) (int64, error) {
	if id := g.discussions.Load(); id != 0 {
		return id, nil
	}
	id, err := recordset.ByExternalID(ctx, g.client, "mail.message.subtype", odoo.Term("res_model", "=", false), discussionsSubtype)
	g.discussions.Store(id)
	return id, err
}

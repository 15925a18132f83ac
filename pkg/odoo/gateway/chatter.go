package gateway

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/records"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

const (
	messageModel = "mail.message"

	// The types of mail.message that matter. An entry of ours is never of
	// type email: only a mail from outside is, and its sender can give it any
	// Message-ID. A mailbox that Odoo fetches can be one of our user's, who is
	// then the maker of those mails.
	typeEmail    = "email"
	typeComment  = "comment"
	typeOutgoing = "email_outgoing"
	typeOpen     = "notification"
	// typeTurn is of messages that stand in no chatter, and only their makers read.
	typeTurn = "user_notification"
)

func entryFields() []string {
	return []string{"res_id", "message_id", "subject", "message_type", "create_date", "create_uid", "write_uid"}
}

// ourEntries selects our entries, and isOurs tells whether a message with a Message-ID
// of ours is one; looksLikeOurs selects forged ones, too: people in Odoo can give
// any Message-ID to what they write.
func (g *Gateway) ourEntries() odoo.Domain {
	return odoo.And(looksLikeOurs(), odoo.Term("message_type", "!=", typeEmail), g.ours.Made())
}

func (g *Gateway) isOurs(r *recordset.Row) bool {
	return r.Text("message_type") != typeEmail && g.ours.HasUser(crm.UserID(r.Ref("create_uid")))
}

// fromOutside selects what clients and other strangers wrote. Of authors it names those
// that are the company's own: PostgreSQL keeps these few at hand, and would read the
// many others anew for each message.
func fromOutside() odoo.Domain {
	return odoo.And(
		odoo.Term("message_type", "in", []string{typeEmail, typeComment}),
		odoo.Not(looksLikeOurs()),
		odoo.Or(odoo.Term("author_id", "=", false), odoo.Not(odoo.Term("author_id.partner_share", "=", false))),
	)
}

// toClients selects what the company's people wrote to clients: no internal notes, and
// nothing of ours.
func toClients() odoo.Domain {
	return odoo.And(
		odoo.Term("message_type", "in", []string{typeEmail, typeComment, typeOutgoing}),
		odoo.Not(looksLikeOurs()),
		odoo.Term("author_id.partner_share", "=", false),
		odoo.Term("subtype_id", "!=", false), odoo.Term("subtype_id.internal", "=", false),
	)
}

// messages asks for messages on opportunities. Odoo 20 refuses a search that does not
// name the model if it finds thousands.
func messages(domain odoo.Domain, fields ...string) recordset.Query {
	return recordset.Query{Model: messageModel, Domain: odoo.And(odoo.Term("model", "=", leadModel), domain), Fields: fields, NoNames: true}
}

func looksLikeOurs() odoo.Domain { return hasMessageID(crm.AnyMessageID) }

// hasMessageID selects messages by a pattern of their Message-IDs.
func hasMessageID(pattern string) odoo.Domain { return odoo.Term("message_id", "=like", pattern) }

// chatterEntry is a message that looks like an entry of ours, and whether it is. One
// that cannot be read may be.
type chatterEntry struct {
	crm.Entry

	ours bool
}

// entryOf reads a message as an entry. If it is not ours, or cannot be read, its key
// and its Message-ID are not set.
func (g *Gateway) entryOf(r *recordset.Row) chatterEntry {
	changed := !g.ours.HasUser(crm.UserID(r.Ref("write_uid")))
	e := entryFrom(r, g.isOurs(r))
	e.Changed = e.ours && changed
	return e
}

// entryFrom is entryOf for a message of which is known whether our user made it.
func entryFrom(r *recordset.Row, ours bool) chatterEntry {
	e := crm.Entry{
		ID:        crm.EntryID(r.ID()),
		On:        crm.OpportunityID(r.Int("res_id")),
		MessageID: r.Text("message_id"),
		Subject:   r.Text("subject"),
		Confirmed: r.Text("message_type") == typeComment,
		At:        r.Created(),
	}
	if e.Unreadable = r.Unreadable("res_id"); e.Unreadable != nil {
		return chatterEntry{Entry: crm.Entry{ID: e.ID, On: e.On, Unreadable: e.Unreadable}}
	}
	var ok bool
	if e.Key, e.Token, ok = crm.ParseMessageID(e.MessageID); !ok || !ours {
		return chatterEntry{Entry: crm.Entry{ID: e.ID, On: e.On, At: e.At}}
	}
	if e.Key.Opportunity == 0 {
		e.Key.Opportunity = e.On // Its Message-ID does not name one.
	}
	if e.Key.Opportunity != e.On {
		// merge_opportunity puts the name of the other one before it, which no client is to read.
		e.Subject = ""
	}
	return chatterEntry{Entry: e, ours: true}
}

// chatterEntries returns the messages of a domain on opportunities as entries.
func (g *Gateway) chatterEntries(ctx context.Context, domain odoo.Domain, limit int) ([]chatterEntry, error) {
	q := messages(domain, entryFields()...)
	q.Limit = limit
	return recordset.Find(ctx, g.client, q, g.anyEntryOf)
}

// anyEntryOf is entryOf, also for a message that does not tell what it is on.
func (g *Gateway) anyEntryOf(r *recordset.Row) chatterEntry {
	e := g.entryOf(r)
	if why := r.Unreadable(); why != nil {
		e = chatterEntry{Entry: crm.Entry{ID: crm.EntryID(r.ID()), Unreadable: why}}
	}
	return e
}

// entries returns our entries among the messages of a domain on opportunities,
// and the opportunities of those that only look like ours or cannot be read.
func (g *Gateway) entries(ctx context.Context, domain odoo.Domain) (list []crm.Entry, forged []crm.OpportunityID, err error) {
	all, err := g.chatterEntries(ctx, domain, 0)
	for _, e := range all {
		if e.ours {
			list = append(list, e.Entry)
		} else {
			forged = append(forged, e.On)
		}
	}
	return list, forged, err
}

// History returns our entries and the incoming messages of opportunities. A
// message that only looks like ours counts as neither. What cannot be read counts
// as a message. Unless since is zero, what the company's people wrote to clients from
// then on is among the messages, too: only the author tells it from the others.
func (g *Gateway) History(ctx context.Context, ids []crm.OpportunityID, since time.Time) (map[crm.OpportunityID][]crm.Entry, map[crm.OpportunityID][]crm.Message, error) {
	type either struct {
		entry   chatterEntry
		message crm.Message
	}
	which := odoo.Or(g.ourEntries(), fromOutside())
	if !since.IsZero() {
		which = odoo.Or(which, odoo.And(odoo.Term("create_date", ">=", since), toClients()))
	}
	q := messages(which, append(entryFields(), "author_id")...)
	list, err := recordset.FindAmong(ctx, g.client, q, "res_id", ids, func(r *recordset.Row) either {
		author := crm.ContactID(r.Ref("author_id"))
		x := either{g.entryOf(r), records.Message(r)}
		x.message.Author = author
		x.message.Unreadable = cmp.Or(x.entry.Unreadable, x.message.Unreadable)
		return x
	}, func(on crm.OpportunityID, err error) either {
		return either{message: records.UnreadableMessage(on, err)}
	})
	entries, messages := map[crm.OpportunityID][]crm.Entry{}, map[crm.OpportunityID][]crm.Message{}
	for _, x := range list {
		on := x.message.Opportunity
		if x.entry.ours && x.message.Unreadable == nil {
			entries[on] = append(entries[on], x.entry.Entry)
			continue
		}
		x.message.Incoming = true
		messages[on] = append(messages[on], x.message)
	}
	return entries, messages, err
}

// Outgoing returns what the company's people wrote to clients: mails and
// comments, but no internal notes and nothing of ours.
func (g *Gateway) Outgoing(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Message, error) {
	q := messages(toClients(), "res_id", "create_date", "subject")
	list, err := recordset.FindAmong(ctx, g.client, q, "res_id", ids, records.Message, records.UnreadableMessage)
	return recordset.Group(list, func(m crm.Message) crm.OpportunityID { return m.Opportunity }), err
}

// OpenClaims returns all unconfirmed entries of a kind, the opportunities with a message
// that only looks like an entry of it, confirmed or not, or cannot be read, and what
// came in from outside since some time; nothing for a zero time. It is one search.
func (g *Gateway) OpenClaims(ctx context.Context, kind crm.EntryKind, since time.Time) (crm.Pending, error) {
	type either struct {
		entry chatterEntry
		mail  crm.ClientMail
	}
	began := g.Now()
	unseen, full := records.Unseen(g.looked, kind, since, began)
	q := messages(odoo.And(
		hasMessageID(kind.MessageIDs()),
		odoo.Or(odoo.Term("message_type", "in", []string{typeOpen, typeEmail}), odoo.Not(g.ours.Made())),
	), entryFields()...)
	if !since.IsZero() {
		q.Domain = odoo.And(odoo.Term("model", "=", leadModel), odoo.Or(q.Domain, odoo.And(odoo.Term("create_date", ">=", since), fromOutside())))
		q.Fields = append(q.Fields, "email_from", "author_id")
	}
	q.Domain = odoo.And(unseen, q.Domain)
	var p crm.Pending
	list, err := recordset.Find(ctx, g.client, q, func(r *recordset.Row) (x either) {
		if !since.IsZero() && !strings.HasPrefix(r.Text("message_id"), crm.MessageIDPrefix) {
			x.mail = crm.ClientMail{Message: records.Message(r), From: r.Text("email_from"), Author: crm.ContactID(r.Ref("author_id"))}
			x.mail.Incoming = true
		}
		x.entry = g.anyEntryOf(r)
		return x
	})
	var open []crm.EntryID
	for _, x := range list {
		if !x.entry.ours && x.mail.ID != 0 && x.mail.Unreadable == nil && x.entry.Unreadable == nil {
			p.Mails = append(p.Mails, x.mail)
			continue
		}
		open = append(open, x.entry.ID)
		if x.entry.ours {
			p.Claims = append(p.Claims, x.entry.Entry)
		} else {
			p.Forged = append(p.Forged, x.entry.On)
		}
	}
	if err == nil {
		g.note(ctx, kind, open, began, full)
	}
	return p, err
}

// Settled returns, for each token, the highest confirmed entry above from.
func (g *Gateway) Settled(ctx context.Context, tokens []string, from crm.EntryID) (map[string]crm.EntryID, error) {
	patterns := make([]odoo.Domain, len(tokens))
	for i, token := range tokens {
		patterns[i] = hasMessageID(crm.RunMessageIDs(token))
	}
	list, err := g.chatterEntries(ctx, odoo.And(
		odoo.Term("id", ">", from), odoo.Term("message_type", "=", typeComment), odoo.Or(patterns...),
	), 0)
	settled := map[string]crm.EntryID{}
	for _, e := range list {
		if e.Unreadable != nil {
			return nil, e.Unreadable // Without it, a mail that left would be sent again.
		}
		if !e.ours {
			continue
		}
		settled[e.Token] = max(settled[e.Token], e.ID)
	}
	return settled, err
}

// NewestMessage returns the newest message on opportunities, 0 if there is none.
func (g *Gateway) NewestMessage(ctx context.Context) (crm.EntryID, error) {
	q := messages(odoo.And(), "id")
	q.Newest, q.Limit = true, 1
	ids, err := recordset.FindIDs[crm.EntryID](ctx, g.client, q)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return ids[0], nil
}

// HasEntries returns whether this Odoo holds any entry of ours, or of somebody who
// made shared state: without the note about the first run, that is all to tell by.
func (g *Gateway) HasEntries(ctx context.Context) (bool, error) {
	q := messages(odoo.And(looksLikeOurs(), odoo.Term("message_type", "!=", typeEmail), g.ours.MaybeMade()), "message_type")
	q.Limit = 1
	records, err := recordset.Search(ctx, g.client, q)
	return len(records) > 0, err
}

// Bodies returns the HTML of messages; what cannot be read is empty.
func (g *Gateway) Bodies(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]string, error) {
	return recordset.FindMap(ctx, g.client, messages(odoo.Term("id", "in", ids), "body"),
		func(r *recordset.Row) (crm.EntryID, string) {
			id, body := crm.EntryID(r.ID()), r.Text("body")
			_ = r.Unreadable()
			return id, body
		})
}

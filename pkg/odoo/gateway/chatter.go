package gateway

import (
	"context"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

const (
	messageModel = "mail.message"

	// The types of mail.message that matter. An entry of ours is never of
	// type email: only a mail from outside can be that and carry any
	// Message-ID that its sender likes.
	typeEmail    = "email"
	typeComment  = "comment"
	typeOutgoing = "email_outgoing"
	typeOpen     = "notification"
)

func onLeads(ids []crm.OpportunityID) odoo.Domain {
	return odoo.And(odoo.Term("model", "=", leadModel), odoo.Term("res_id", "in", ids))
}

// ours selects our entries; looksLikeOurs also what was forged.
func ours() odoo.Domain {
	return odoo.And(looksLikeOurs(), odoo.Term("message_type", "!=", typeEmail))
}

// fromOutside selects what clients and other strangers wrote.
func fromOutside() odoo.Domain {
	return odoo.And(
		odoo.Term("message_type", "in", []string{typeEmail, typeComment}),
		odoo.Not(looksLikeOurs()),
		odoo.Or(odoo.Term("author_id", "=", false), odoo.Term("author_id.partner_share", "=", true)),
	)
}

func looksLikeOurs() odoo.Domain { return odoo.Term("message_id", "=like", crm.AnyMessageID) }

// History returns our entries and the incoming messages of opportunities. A
// message that merely looks like ours counts as neither.
func (g *Gateway) History(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Entry, map[crm.OpportunityID][]crm.Message, error) {
	entries, messages := map[crm.OpportunityID][]crm.Entry{}, map[crm.OpportunityID][]crm.Message{}
	if len(ids) == 0 {
		return entries, messages, nil
	}
	records, err := g.search(ctx, messageModel, odoo.And(onLeads(ids), odoo.Or(ours(), fromOutside())), 0,
		"res_id", "message_id", "message_type", "create_date", "subject")
	if err != nil {
		return nil, nil, err
	}
	for _, record := range records {
		entry, isOurs, err := entryOf(record)
		if err != nil {
			return nil, nil, err
		}
		if isOurs {
			entries[entry.On] = append(entries[entry.On], entry)
			continue
		}
		m, err := messageOf(record)
		if err != nil {
			return nil, nil, err
		}
		m.Incoming = true
		messages[m.Opportunity] = append(messages[m.Opportunity], m)
	}
	return entries, messages, nil
}

// Outgoing returns what the company's people wrote to clients: mails and
// comments, but no internal notes and nothing of ours.
func (g *Gateway) Outgoing(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Message, error) {
	subtype, err := g.discussionsID(ctx)
	if err != nil {
		return nil, err
	}
	records, err := g.search(ctx, messageModel, odoo.And(
		onLeads(ids),
		odoo.Term("message_type", "in", []string{typeEmail, typeComment, typeOutgoing}),
		odoo.Not(looksLikeOurs()),
		odoo.Term("author_id.partner_share", "=", false),
		odoo.Term("subtype_id", "=", subtype),
	), 0, "res_id", "create_date", "subject")
	if err != nil {
		return nil, err
	}
	messages := map[crm.OpportunityID][]crm.Message{}
	for _, record := range records {
		m, err := messageOf(record)
		if err != nil {
			return nil, err
		}
		messages[m.Opportunity] = append(messages[m.Opportunity], m)
	}
	return messages, nil
}

// OpenClaims returns all unconfirmed entries of a kind, and the opportunities
// with a mail from outside that looks like one.
func (g *Gateway) OpenClaims(ctx context.Context, kind crm.EntryKind) ([]crm.Entry, []crm.OpportunityID, error) {
	records, err := g.search(ctx, messageModel, odoo.And(
		odoo.Term("model", "=", leadModel),
		odoo.Term("message_id", "=like", kind.MessageIDs()),
		odoo.Term("message_type", "in", []string{typeOpen, typeEmail}),
	), 0, "res_id", "message_id", "message_type", "create_date")
	if err != nil {
		return nil, nil, err
	}
	var claims []crm.Entry
	var forged []crm.OpportunityID
	for _, record := range records {
		entry, isOurs, err := entryOf(record)
		switch {
		case err != nil:
			return nil, nil, err
		case isOurs:
			claims = append(claims, entry)
		default:
			forged = append(forged, entry.On)
		}
	}
	return claims, forged, nil
}

// Settled returns, for each token, the highest confirmed entry above from.
func (g *Gateway) Settled(ctx context.Context, tokens []string, from crm.EntryID) (map[string]crm.EntryID, error) {
	patterns := make([]odoo.Domain, len(tokens))
	for i, token := range tokens {
		patterns[i] = odoo.Term("message_id", "=like", crm.RunMessageIDs(token))
	}
	records, err := g.search(ctx, messageModel, odoo.And(
		odoo.Term("id", ">", from),
		odoo.Term("model", "=", leadModel),
		odoo.Term("message_type", "=", typeComment),
		odoo.Or(patterns...),
	), 0, "res_id", "message_id", "message_type", "create_date")
	if err != nil {
		return nil, err
	}
	settled := map[string]crm.EntryID{}
	for _, record := range records {
		entry, isOurs, err := entryOf(record)
		if err != nil {
			return nil, err
		}
		if isOurs {
			settled[entry.Token] = max(settled[entry.Token], entry.ID)
		}
	}
	return settled, nil
}

// entryOf reads a message as an entry. When it is none of ours, only On and At
// are set.
func entryOf(record odoo.Record) (crm.Entry, bool, error) {
	r := row{record: record, model: messageModel}
	kind := r.text("message_type")
	e := crm.Entry{
		ID:        crm.EntryID(r.id()),
		On:        crm.OpportunityID(r.int("res_id")),
		MessageID: r.text("message_id"),
		Confirmed: kind == typeComment,
		At:        r.time("create_date"),
	}
	if r.err != nil {
		return crm.Entry{}, false, r.err
	}
	var ok bool
	if e.Key, e.Token, ok = crm.ParseMessageID(e.MessageID); !ok || kind == typeEmail {
		return crm.Entry{On: e.On, At: e.At}, false, nil
	}
	if e.Key.Opportunity == 0 {
		e.Key.Opportunity = e.On // Its Message-ID names the activity alone.
	}
	return e, true, nil
}

func messageOf(record odoo.Record) (crm.Message, error) {
	r := row{record: record, model: messageModel}
	return crm.Message{
		ID:          crm.EntryID(r.id()),
		Opportunity: crm.OpportunityID(r.int("res_id")),
		At:          r.time("create_date"),
		Subject:     r.text("subject"),
	}, r.err
}

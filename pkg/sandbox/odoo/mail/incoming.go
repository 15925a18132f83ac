package mail

import (
	"bufio"
	"bytes"
	"io"
	"net/mail"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-message"

	_ "github.com/emersion/go-message/charset" // clients write in any charset

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/base"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/value"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// clients write in any charset

// messageIDs finds the Message-IDs in a References or In-Reply-To header.
var messageIDs = regexp.MustCompile(`<[^<>]+>`)

// incoming is a mail as Odoo parses it.
type incoming struct {
	messageID  string
	subject    string
	from, to   string
	date       string
	references []string
	body       string
	// report is true for a delivery status notification, failed the address
	// that it is about.
	report bool
	failed string
}

// callMessageProcess is mail.thread.message_process: what Odoo does with a
// mail that it fetches from its mailbox. It returns the id of the record that
// the mail went to, or false for one that was ignored.
func callMessageProcess(e *orm.Env, _ *orm.Table, a orm.Arguments) (any, error) {
	raw, _ := a["message"].(string)
	m, err := parseIncoming(raw)
	if err != nil {
		return nil, orm.ServerError("ValueError: %s", err)
	}
	var result any
	err = e.AsSystem(func() error {
		result, err = receive(e, m, a["model"])
		return err
	})
	return result, err
}

// receive routes a mail.
func receive(e *orm.Env, m *incoming, model any) (any, error) {
	if m.messageID != "" && len(e.Table("mail.message").Find("message_id", m.messageID)) > 0 {
		return false, nil
	}
	parent := answered(e, m)
	if m.report {
		bounce(e, m.failed, parent)
		return false, nil
	}
	if local, _, _ := strings.Cut(base.NormalizeEmail(m.from), "@"); local == "mailer-daemon" {
		return false, nil
	}
	resetBounces(e, base.NormalizeEmail(m.from))
	if parent != nil {
		if on := e.Target(parent); on != nil {
			_, err := store(e, m, on, parent.ID, "mail.mt_comment")
			return on.ID, err
		}
	}
	if model != "crm.lead" {
		return nil, orm.ServerError("ValueError: No possible route found for incoming message from %s to %s (Message-Id %s:). "+
			"Create an appropriate mail.alias or force the destination model.", m.from, m.to, m.messageID)
	}
	return newLead(e, m)
}

// answered returns the newest stored message that the mail refers to, or nil.
func answered(e *orm.Env, m *incoming) *orm.Record {
	var newest *orm.Record
	for _, reference := range m.references {
		for _, r := range e.Table("mail.message").Find("message_id", reference) {
			if newest == nil || r.ID > newest.ID {
				newest = r
			}
		}
	}
	return newest
}

// store writes the mail as a message on a record. Its author is the contact
// with that address, or nobody; its date is the client's own.
func store(e *orm.Env, m *incoming, on *orm.Record, parent int64, subtype string) (*orm.Record, error) {
	values := map[string]any{
		"model": on.Table.Name, "res_id": on.ID, "message_type": "email", "subject": m.subject, "body": m.body,
		"email_from": m.from, "reply_to": m.from, "author_id": false, "message_id": false,
		"subtype_id": e.Ref(subtype),
	}
	if author := contact(e, base.NormalizeEmail(m.from)); author != nil {
		values["author_id"] = author.ID
	}
	if m.messageID != "" {
		values["message_id"] = m.messageID
	}
	if at, err := mail.ParseDate(m.date); err == nil {
		values["date"] = at.UTC().Format(time.DateTime)
	}
	if parent != 0 {
		values["parent_id"] = parent
	}
	return e.Create(e.Table("mail.message"), values)
}

// contact returns the contact with an address, one of the company's own
// people first.
func contact(e *orm.Env, address string) *orm.Record {
	var found *orm.Record
	for _, r := range e.Table("res.partner").All() {
		if address == "" || e.Text(r, "email_normalized") != address || !e.Flag(r, "active") {
			continue
		}
		if !e.Flag(r, "partner_share") {
			return r
		}
		if found == nil {
			found = r
		}
	}
	return found
}

// newLead makes an opportunity of a mail that answers nothing. The mail is
// its first message, of the same instant.
func newLead(e *orm.Env, m *incoming) (any, error) {
	values := map[string]any{"name": m.subject, "email_from": m.from, "user_id": false}
	if m.subject == "" {
		values["name"] = "No Subject"
	}
	if author := contact(e, base.NormalizeEmail(m.from)); author != nil {
		values["partner_id"] = author.ID
	}
	before := e.Context
	e.Context = map[string]any{"mail_create_nolog": true}
	lead, err := e.Create(e.Table("crm.lead"), values)
	e.Context = before
	if err != nil {
		return nil, err
	}
	_, err = store(e, m, lead, 0, "crm.mt_lead_create")
	return lead.ID, err
}

// bounce counts a delivery failure on every lead and contact with the address,
// and on the record whose message could not be delivered.
func bounce(e *orm.Env, address string, original *orm.Record) {
	counted := withAddress(e, address)
	if original != nil {
		if on := e.Target(original); on != nil && !slices.Contains(counted, on) && address != "" {
			counted = append(counted, on)
		}
	}
	for _, r := range counted {
		e.Set(r, "message_bounce", int64(value.Number(e.Get(r, "message_bounce")))+1)
	}
}

// resetBounces forgets the failures of an address that writes.
func resetBounces(e *orm.Env, address string) {
	for _, r := range withAddress(e, address) {
		if r.Values["message_bounce"] != nil {
			e.Set(r, "message_bounce", int64(0))
		}
	}
}

// withAddress returns the leads and contacts with an address.
func withAddress(e *orm.Env, address string) []*orm.Record {
	var found []*orm.Record
	for _, model := range []string{"crm.lead", "res.partner"} {
		for _, r := range e.Table(model).Rows {
			if address != "" && e.Text(r, "email_normalized") == address {
				found = append(found, r)
			}
		}
	}
	return found
}

// parseIncoming reads a mail (RFC 5322) or a report (RFC 3464).
func parseIncoming(raw string) (*incoming, error) {
	entity, err := message.Read(strings.NewReader(raw))
	if entity == nil || err != nil && !message.IsUnknownCharset(err) {
		return nil, err
	}
	h := entity.Header
	m := &incoming{messageID: strings.TrimSpace(h.Get("Message-Id")), date: h.Get("Date")}
	m.subject, m.from, m.to = decoded(h, "Subject"), decoded(h, "From"), decoded(h, "To")
	if name, address := base.FirstAddress(m.from); address != "" {
		m.from = base.FormatAddress(name, address)
	}
	m.references = messageIDs.FindAllString(h.Get("References")+" "+h.Get("In-Reply-To"), -1)
	kind, _, _ := h.ContentType()
	m.report = kind == "multipart/report"
	var plainText string
	err = entity.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil && !message.IsUnknownCharset(err) {
			return err
		}
		return m.readPart(part, &plainText)
	})
	if m.body == "" && plainText != "" {
		m.body = "<pre>" + xmlrpc.Escape(plainText) + "</pre>\n"
	}
	return m, err
}

// decoded returns a header's text without its encoding.
func decoded(h message.Header, name string) string {
	s, err := h.Text(name)
	if err != nil {
		return h.Get(name)
	}
	return s
}

// readPart takes from one part of a mail what Odoo keeps of it.
func (m *incoming) readPart(part *message.Entity, plainText *string) error {
	kind, _, _ := part.Header.ContentType()
	if strings.HasPrefix(kind, "multipart/") {
		return nil
	}
	content, err := io.ReadAll(part.Body)
	if err != nil {
		return err
	}
	switch kind {
	case "text/html":
		m.body = string(content)
	case "text/plain", "":
		if *plainText == "" {
			*plainText = string(content)
		}
	case "message/delivery-status":
		m.failed = failedRecipient(content)
	case "message/rfc822", "text/rfc822-headers":
		header, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(content))).ReadMIMEHeader()
		if err == nil || len(header) > 0 {
			m.references = append(m.references, messageIDs.FindAllString(header.Get("Message-Id"), -1)...)
		}
	}
	return nil
}

// failedRecipient returns the address that a delivery status is about.
func failedRecipient(status []byte) string {
	for line := range strings.SplitSeq(string(status), "\n") {
		name, value, found := strings.Cut(line, ":")
		if found && strings.EqualFold(strings.TrimSpace(name), "Final-Recipient") {
			_, address, _ := strings.Cut(value, ";")
			return base.NormalizeEmail(address)
		}
	}
	return ""
}

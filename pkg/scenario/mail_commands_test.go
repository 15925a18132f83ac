package scenario_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

func mailCommands() map[string]func(*script, []string) {
	return map[string]func(*script, []string){
		"incoming": incoming,
		"enquiry":  enquiry,
		"outgoing": outgoing,
		"mailbox":  mailbox,
		"header":   header,
		"text":     text,
		"trial":    trial,
		"agree":    agree,

		"undeliverable": undeliverable,
	}
}

// letter is a mail that somebody writes to the company.
type letter struct {
	from, subject, messageID, inReplyTo string
	// body is what it says, "Hello" if it is empty; \n ends a line.
	body string
	// auto is a mail that no person wrote (RFC 3834).
	auto bool
}

func (l letter) String() string {
	lines := []string{
		"From: " + l.from,
		"To: sales@example.com",
		"Subject: " + l.subject,
		"Message-ID: " + l.messageID,
		"Date: " + time.Now().Format(time.RFC1123Z),
	}
	if l.inReplyTo != "" {
		lines = append(lines, "In-Reply-To: "+l.inReplyTo, "References: "+l.inReplyTo)
	}
	if l.auto {
		lines = append(lines, "Auto-Submitted: auto-replied")
	}
	text := strings.ReplaceAll(cmp.Or(l.body, "Hello"), `\n`, "\r\n")
	return strings.Join(append(lines, "Content-Type: text/plain; charset=utf-8", "", text, ""), "\r\n")
}

// receive gives a mail to Odoo as its mailbox would, and returns the record
// that it went to.
func (s *script) receive(l letter) int64 {
	if l.messageID == "" {
		s.strangers++
		l.messageID = fmt.Sprintf("<mail-%d@client.example>", s.strangers)
	}
	answer := s.execute(admin, "mail.thread", "message_process", []any{leadModel, l.String()}, nil)
	id, ok := answer.(int64)
	require.True(s, ok, "message_process returned %v", answer)
	return id
}

// incoming is a mail that answers something in an opportunity's chatter.
func incoming(s *script, args []string) {
	require.NotEmpty(s, args, "write: incoming NAME OPTION...")
	id, o := s.lead(args[0]), s.options(args[1:], "from", "subject", "message-id", "step", "kind", "auto", "back", "text")
	l := letter{
		from: cmp.Or(o["from"], args[0]+"@client.example"), subject: cmp.Or(o["subject"], "Re: "+args[0]),
		messageID: o["message-id"], auto: o["auto"] != "", body: o["text"],
	}
	if o["back"] != "" {
		l.body = "I am out of the office. I will be back on " + s.dayIn(o["back"]) + "."
	}
	if o["step"] != "" {
		l.inReplyTo = "<" + s.mailed(args[0], o["step"])[0].MessageID + ">"
	} else {
		messages := s.messages(id)
		if o["kind"] != "" {
			messages = s.entriesOf(args[0], o["kind"])
		}
		require.NotEmpty(s, messages, "nothing to answer on %s", args[0])
		l.inReplyTo = messages[len(messages)-1].text("message_id")
	}
	require.Equal(s, id, s.receive(l), "the opportunity that the mail went to")
}

// undeliverable is a report that a step's reminder could not be delivered to
// an address, as a mail server sends it (RFC 3464).
func undeliverable(s *script, args []string) {
	s.arguments(args, "NAME", "STEP", "ADDRESS")
	s.report(strings.Join([]string{
		"From: Mail Delivery System <MAILER-DAEMON@mx.example.com>",
		"To: bounce@example.com",
		"Subject: Undelivered Mail Returned to Sender",
		fmt.Sprintf("Message-ID: <report-%d@mx.example.com>", time.Now().UnixNano()),
		"Auto-Submitted: auto-replied",
		"MIME-Version: 1.0",
		"Content-Type: multipart/report; report-type=delivery-status; boundary=part",
		"",
		"--part",
		"Content-Type: text/plain; charset=us-ascii",
		"",
		"I am sorry to have to inform you that your message could not be delivered.",
		"--part",
		"Content-Type: message/delivery-status",
		"",
		"Reporting-MTA: dns; mx.example.com",
		"",
		"Final-Recipient: rfc822; " + args[2],
		"Action: failed",
		"Status: 5.1.1",
		"",
		"--part",
		"Content-Type: text/rfc822-headers",
		"",
		"Message-ID: <" + s.mailed(args[0], args[1])[0].MessageID + ">",
		"",
		"--part--",
		"",
	}, "\r\n"))
}

// report gives a delivery report to Odoo, which keeps no message of it.
func (s *script) report(raw string) {
	answer := s.execute(admin, "mail.thread", "message_process", []any{leadModel, raw}, nil)
	require.Equal(s, false, answer, "message_process of a delivery report")
}

// enquiry is a mail of which Odoo makes an opportunity.
func enquiry(s *script, args []string) {
	require.NotEmpty(s, args, "write: enquiry NAME OPTION...")
	name, o := args[0], s.options(args[1:], "age", "from", "salesperson", "subject", "text")
	id := s.receive(letter{from: cmp.Or(o["from"], name+"@client.example"), subject: cmp.Or(o["subject"], name), body: o["text"]})
	s.names[id] = name
	s.ts.Setenv(name, strconv.FormatInt(id, 10))
	s.write(leadModel, []int64{id}, map[string]any{"user_id": s.salesperson(o["salesperson"])})
	if o["age"] != "" {
		s.born(id, time.Now().Add(-s.duration(o["age"])))
	}
}

// outgoing is what sam writes to the client: in Odoo or, with by=mail, in his
// own mail program.
func outgoing(s *script, args []string) {
	require.NotEmpty(s, args, "write: outgoing NAME by=mail|odoo|note")
	id, o := s.lead(args[0]), s.options(args[1:], "by")
	switch by := cmp.Or(o["by"], "odoo"); by {
	case "odoo", "note":
		subtype := map[string]string{"odoo": "mail.mt_comment", "note": "mail.mt_note"}[by]
		s.execute(sam, leadModel, "message_post", []any{[]int64{id}}, map[string]any{
			"body": "Hello", "message_type": "comment", "subtype_xmlid": subtype,
		})
	case "mail":
		incoming(s, []string{args[0], "from=Sam Seller <sam@example.com>"})
	default:
		s.ts.Fatalf("by=%s", by)
	}
}

// arrived is a reminder that the mail server accepted.
type arrived struct {
	sandboxsmtp.Mail
	sandboxsmtp.Message

	opportunity, step int64
	token             string
}

// arrivals returns the reminders, by opportunity and step, in the order of
// their arrival.
func (s *site) arrivals(t require.TestingT) []arrived {
	var mails []arrived
	for _, m := range s.mailbox.Messages() {
		require.NotEqual(t, s.clear, m.Encrypted)
		l, err := m.Parse()
		require.NoError(t, err)
		parts := ourMessageID.FindStringSubmatch("<" + l.MessageID + ">")
		require.NotNil(t, parts, "Message-ID %s", l.MessageID)
		if parts[1] == "warning" {
			continue
		}
		require.Equal(t, "remind", parts[1])
		one := arrived{Mail: l, Message: m, token: parts[4]}
		one.opportunity, err = strconv.ParseInt(parts[2], 10, 64)
		require.NoError(t, err)
		one.step, err = strconv.ParseInt(parts[3], 10, 64)
		require.NoError(t, err)
		mails = append(mails, one)
	}
	slices.SortStableFunc(mails, func(a, b arrived) int {
		return cmp.Or(cmp.Compare(a.opportunity, b.opportunity), cmp.Compare(a.step, b.step))
	})
	return mails
}

// requireAgreement checks that exactly the mails which the mail server took
// stand in Odoo as sent, each on its opportunity, under its Message-ID.
func (s *site) requireAgreement(t require.TestingT) {
	left, noted := []string{}, []string{}
	for _, m := range s.arrivals(t) {
		left = append(left, fmt.Sprintf("%d <%s>", m.opportunity, m.MessageID))
	}
	for _, r := range s.search(messageModel, []any{
		[]any{"model", "=", leadModel}, []any{"message_id", "=like", "<crm-tool.remind.%"}, []any{"message_type", "=", "comment"},
	}, "res_id", "message_id") {
		noted = append(noted, fmt.Sprintf("%d %s", r.number("res_id"), r.text("message_id")))
	}
	slices.Sort(left)
	slices.Sort(noted)
	require.Equal(t, left, noted, "what left, and what stands in Odoo as sent")
}

// mailbox prints the mails: opportunity, step and token of the Message-ID, and
// the envelope's recipients.
func mailbox(s *script, args []string) {
	s.arguments(args)
	for _, m := range s.arrivals(s) {
		s.print("%s %d %s to %s", s.names[m.opportunity], m.step, s.token(m.token), strings.Join(m.Recipients, ","))
	}
	if len(s.mailbox.Messages()) == 0 {
		s.print("empty")
	}
}

// mailed returns the mails about an opportunity's step, newest first.
func (s *script) mailed(name, step string) []arrived {
	mails := slices.DeleteFunc(s.arrivals(s), func(m arrived) bool {
		return m.opportunity != s.lead(name) || strconv.FormatInt(m.step, 10) != step
	})
	require.NotEmpty(s, mails, "no mail about %s, step %s", name, step)
	slices.Reverse(mails)
	return mails
}

// header prints the envelope of the newest mail about a step, and what its
// reader's mail program shows above the text.
func header(s *script, args []string) {
	s.arguments(args, "NAME", "STEP")
	m := s.mailed(args[0], args[1])[0]
	s.printHeader(m.Message, m.Mail)
}

// trial prints the newest mail, which must be one that nobody can take for the
// tool's own.
func trial(s *script, args []string) {
	s.arguments(args)
	messages := s.mailbox.Messages()
	require.NotEmpty(s, messages, "no mail arrived")
	m := messages[len(messages)-1]
	l, err := m.Parse()
	require.NoError(s, err)
	require.NotContains(s, l.MessageID, "crm-tool.")
	require.NotEmpty(s, l.HTML, "the mail has no HTML part")
	s.printHeader(m, l)
}

// printHeader prints envelope and header of a mail.
func (s *script) printHeader(m sandboxsmtp.Message, l sandboxsmtp.Mail) {
	s.print("MAIL FROM %s", m.Sender)
	s.print("RCPT TO %s", strings.Join(m.Recipients, ", "))
	for _, line := range []struct {
		name   string
		values []string
	}{{"From", l.From}, {"To", l.To}, {"Cc", l.Cc}, {"Reply-To", l.ReplyTo}} {
		if len(line.values) > 0 {
			s.print("%s: %s", line.name, strings.Join(line.values, ", "))
		}
	}
	s.print("Subject: %s", l.Subject)
	if id := l.Header.Get("In-Reply-To"); id != "" {
		require.Equal(s, id, l.Header.Get("References"))
		parts := ourMessageID.FindStringSubmatch(id)
		require.NotNil(s, parts, "In-Reply-To: %s", id)
		opportunity, err := strconv.ParseInt(parts[2], 10, 64)
		require.NoError(s, err)
		s.print("In-Reply-To: %s %s %s %s", parts[1], s.names[opportunity], parts[3], s.token(parts[4]))
	}
	for _, name := range []string{"Auto-Submitted", "Content-Language"} {
		if value := l.Header.Get(name); value != "" {
			s.print("%s: %s", name, value)
		}
	}
}

// text prints the newest mail about a step as plain text.
func text(s *script, args []string) {
	s.arguments(args, "NAME", "STEP")
	m := s.mailed(args[0], args[1])[0]
	require.NotEmpty(s, m.HTML, "the mail has no HTML part")
	s.print("%s", strings.TrimSpace(m.Text))
}

// agree is requireAgreement.
func agree(s *script, args []string) {
	s.arguments(args)
	s.requireAgreement(s)
}

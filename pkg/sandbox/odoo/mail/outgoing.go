package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// outgoing is a mail on its way.
type outgoing struct {
	from, to, cc, replyTo, subject, messageID, references, html, envelopeFrom string

	headers map[string]string
	date    time.Time
}

// pair is a name and a value of a dictionary of Python.
var pair = regexp.MustCompile(`("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*:\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')`)

// newOutgoing reads the values of a mail.
func newOutgoing(values map[string]any) (*outgoing, error) {
	text := func(name string) string { s, _ := values[name].(string); return s }
	m := &outgoing{
		from: text("email_from"), to: text("email_to"), cc: text("email_cc"), replyTo: text("reply_to"), subject: text("subject"),
		messageID: text("message_id"), references: text("references"), html: text("body_html"), headers: map[string]string{},
	}
	for _, found := range pair.FindAllStringSubmatch(text("headers"), -1) {
		m.headers[unquote(found[1])] = unquote(found[2])
	}
	if mailboxOf(m.from) == "" {
		return nil, orm.ServerError("%s%s", deliveryException, "Malformed 'Return-Path' or 'From' address. It should contain one valid plain ASCII email")
	}
	return m, nil
}

// unquote reads a text of Python's.
func unquote(literal string) string {
	if literal[0] == '\'' {
		literal = `"` + strings.ReplaceAll(strings.ReplaceAll(literal[1:len(literal)-1], `\'`, `'`), `"`, `\"`) + `"`
	}
	text, err := strconv.Unquote(literal)
	if err != nil {
		return literal
	}
	return text
}

// splitAddresses splits a list of addresses.
func splitAddresses(text string) []string {
	list, err := netmail.ParseAddressList(text)
	if err != nil {
		return strings.Split(text, ",")
	}
	parts := make([]string, len(list))
	for i, a := range list {
		parts[i] = a.Address
	}
	return parts
}

// mailboxOf returns the address in a sender.
func mailboxOf(from string) string {
	a, err := netmail.ParseAddress(from)
	if err != nil {
		return ""
	}
	return a.Address
}

var tags = regexp.MustCompile(`(?s)<(style|head)\b.*?</(style|head)>|<[^>]*>`)

// raw is the mail as it goes to the mail server.
func (m *outgoing) raw() []byte {
	var body, head bytes.Buffer
	parts := multipart.NewWriter(&body)
	for _, p := range [][2]string{{"text/plain", html.UnescapeString(tags.ReplaceAllString(m.html, ""))}, {"text/html", m.html}} {
		part, _ := parts.CreatePart(textproto.MIMEHeader{ // A buffer takes everything.
			"Content-Type": {p[0] + `; charset="utf-8"`}, "Content-Transfer-Encoding": {"quoted-printable"},
		})
		w := quotedprintable.NewWriter(part)
		_, _ = w.Write([]byte(p[1]))
		_ = w.Close()
	}
	_ = parts.Close()
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&head, "%s: %s\r\n", name, text)
		}
	}
	line("Message-Id", m.messageID)
	line("references", m.references)
	line("Subject", mime.QEncoding.Encode("utf-8", m.subject))
	for _, a := range [][2]string{{"From", m.from}, {"Reply-To", m.replyTo}, {"To", m.to}, {"Cc", m.cc}} {
		line(a[0], encoded(a[1]))
	}
	line("Date", m.date.UTC().Format(time.RFC1123Z))
	for name, text := range m.headers {
		line(name, text)
	}
	line("MIME-Version", "1.0")
	line("Content-Type", `multipart/alternative; boundary="`+parts.Boundary()+`"`)
	return append(append(head.Bytes(), '\r', '\n'), body.Bytes()...)
}

// encoded returns addresses as they stand in a header.
func encoded(text string) string {
	list, err := netmail.ParseAddressList(text)
	if err != nil {
		return text
	}
	parts := make([]string, len(list))
	for i, a := range list {
		parts[i] = a.String()
	}
	return strings.Join(parts, ", ")
}

const deliveryException = "odoo.addons.base.models.ir_mail_server.MailDeliveryException: "

// stepTimeout is how long Odoo waits for its mail server at each step.
const stepTimeout = time.Minute

// send hands the mail to the mail server, as Python's smtplib does: if it takes one of the
// recipients, the others are left out.
func (m *outgoing) send(dial func(context.Context) (net.Conn, error)) error {
	c, err := connect(dial)
	if err != nil {
		return err
	}
	defer c.conn.Close() //nolint:errcheck // What was to be sent has been sent.
	if code, text, err := c.step("mail", "MAIL FROM:<%s>", m.envelopeFrom); err != nil || code != 250 {
		return c.refused(err, "SMTPSenderRefused", "(%d, %s, %s)", code, literal(text), xmlrpc.Repr(m.envelopeFrom))
	}
	refused, all := []string{}, m.recipients()
	for _, to := range all {
		code, text, err := c.step("rcpt", "RCPT TO:<%s>", to)
		if err != nil {
			return c.refused(err, "", "")
		}
		if code != 250 && code != 251 {
			refused = append(refused, fmt.Sprintf("%s: (%d, %s)", xmlrpc.Repr(to), code, literal(text)))
		}
		if code == 421 || len(refused) == len(all) {
			return c.refused(nil, "SMTPRecipientsRefused", "{%s}", strings.Join(refused, ", "))
		}
	}
	code, text, err := c.step("data", "DATA")
	if err != nil || code != 354 {
		return c.refused(err, "SMTPDataError", "(%d, %s)", code, literal(text))
	}
	w := c.text.DotWriter()
	_, err = w.Write(m.raw())
	if err = errors.Join(err, w.Close()); err == nil {
		code, text, err = c.answer()
	}
	if err != nil || code != 250 {
		return c.refused(err, "SMTPDataError", "(%d, %s)", code, literal(text))
	}
	_, _, _ = c.step("quit", "QUIT") // It left.
	return nil
}

// conversation is one with the mail server.
type conversation struct {
	conn net.Conn
	text *textproto.Conn
	// at is the function of smtplib that speaks.
	at string
}

// connect greets the mail server.
func connect(dial func(context.Context) (net.Conn, error)) (*conversation, error) {
	unable := func(format string, args ...any) error {
		return orm.ServerError("%s('Unable to connect to SMTP Server', %s)", deliveryException, fmt.Sprintf(format, args...))
	}
	var conn net.Conn
	err := error(syscall.ECONNREFUSED)
	if dial != nil {
		conn, err = dial(context.Background())
	}
	if err != nil {
		return nil, unable("ConnectionRefusedError(111, 'Connection refused')")
	}
	c := &conversation{conn: conn, text: textproto.NewConn(conn)}
	code, text, err := c.answer()
	if err == nil && code == 220 {
		if code, text, err = c.step("ehlo", "EHLO odoo.example"); err == nil && code == 250 {
			return c, nil
		}
	}
	_ = conn.Close() // It is of no use.
	if err != nil {
		return nil, unable("SMTPServerDisconnected('Connection unexpectedly closed')")
	}
	return nil, unable("SMTPConnectError(%d, %s)", code, literal(text))
}

// step says a line and reads the answer. A code of -1 is one that is no number.
func (c *conversation) step(at, format string, args ...any) (int, string, error) {
	c.at = at
	if err := c.text.PrintfLine(format, args...); err != nil {
		return 0, "", err
	}
	return c.answer()
}

func (c *conversation) answer() (int, string, error) {
	patience := time.AfterFunc(stepTimeout, func() { _ = c.conn.Close() }) // As after a broken connection.
	defer patience.Stop()
	var lines []string
	for {
		line, err := c.text.ReadLine()
		if err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) && line != "" {
				return -1, line, nil
			}
			return 0, "", err
		}
		if len(line) < 3 {
			return -1, line, nil
		}
		code, err := strconv.Atoi(line[:3])
		if err != nil {
			return -1, strings.TrimSpace(line[min(4, len(line)):]), nil
		}
		if lines = append(lines, strings.TrimSpace(line[min(4, len(line)):])); len(line) < 4 || line[3] != '-' {
			return code, strings.Join(lines, "\n"), nil
		}
	}
}

// refused is what Odoo raises: the connection broke, or smtplib says what the server said.
func (c *conversation) refused(broken error, exception, format string, args ...any) error {
	if broken != nil {
		return orm.ServerError("  File \"/usr/lib/python3.13/smtplib.py\", line 900, in sendmail\n    ...\n"+
			"  File \"/usr/lib/python3.13/smtplib.py\", line 554, in %s\n    ...\n"+
			"  File \"/usr/lib/python3.13/smtplib.py\", line 405, in getreply\n    ...\n"+
			"smtplib.SMTPServerDisconnected: Connection unexpectedly closed", c.at)
	}
	told := fmt.Sprintf("Mail delivery failed via SMTP server 'None'.\n%s: "+format, append([]any{exception}, args...)...)
	return orm.ServerError("%s('Mail Delivery Failed', %s)", deliveryException, strings.ReplaceAll(xmlrpc.Repr(told), "\n", `\n`))
}

// literal is how Python shows bytes.
func literal(text string) string { return "b" + xmlrpc.Repr(text) }

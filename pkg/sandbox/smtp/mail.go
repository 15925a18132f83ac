package smtp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
)

// Mail is a mail as its reader sees it.
type Mail struct {
	Header    mail.Header
	Subject   string
	MessageID string
	// From, To, Cc and ReplyTo are mailboxes as `"Name" <address>`, or the
	// address alone where there is no name.
	From, To, Cc, ReplyTo []string
	// Text and HTML are the first parts of their type, decoded, with LF line
	// ends.
	Text, HTML string
}

// Parse reads the mail (RFC 5322, RFC 2045).
func (m Message) Parse() (Mail, error) {
	reader, err := mail.CreateReader(bytes.NewReader(m.Data))
	if err != nil {
		return Mail{}, fmt.Errorf("parse mail: %w", err)
	}
	l := Mail{Header: reader.Header}
	if l.Subject, err = reader.Header.Subject(); err != nil {
		return Mail{}, fmt.Errorf("parse subject: %w", err)
	}
	if l.MessageID, err = reader.Header.MessageID(); err != nil {
		return Mail{}, fmt.Errorf("parse message-id: %w", err)
	}
	for name, list := range map[string]*[]string{"From": &l.From, "To": &l.To, "Cc": &l.Cc, "Reply-To": &l.ReplyTo} {
		addresses, err := reader.Header.AddressList(name)
		if err != nil {
			return Mail{}, fmt.Errorf("parse %s: %w", name, err)
		}
		for _, a := range addresses {
			*list = append(*list, formatAddress(a.Name, a.Address))
		}
	}
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil && !message.IsUnknownCharset(err) {
			return Mail{}, fmt.Errorf("parse a part: %w", err)
		}
		if err := l.take(part); err != nil {
			return Mail{}, err
		}
	}
}

// take adds what one part holds.
func (l *Mail) take(part *mail.Part) error {
	content, err := io.ReadAll(part.Body)
	if err != nil {
		return fmt.Errorf("read a part: %w", err)
	}
	h, ok := part.Header.(*mail.InlineHeader)
	if !ok { // an attachment
		return nil
	}
	kind, _, err := h.ContentType()
	if err != nil {
		return fmt.Errorf("read the type of a part: %w", err)
	}
	s := strings.ReplaceAll(string(content), "\r\n", "\n")
	if kind == "text/html" && l.HTML == "" {
		l.HTML = s
	} else if kind == "text/plain" && l.Text == "" {
		l.Text = s
	}
	return nil
}

// formatAddress writes a mailbox: the name in quotes, unencoded.
func formatAddress(name, address string) string {
	if name == "" {
		return address
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `" <` + address + ">"
}

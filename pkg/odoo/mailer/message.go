package mailer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"slices"
	"strconv"
	"strings"
)

// written are the headers that Odoo writes itself, of the fields of a mail. A
// Content-Language would stand in a part of its own, which is empty.
func written() []string {
	return []string{
		"Date", "From", "Reply-To", "To", "Cc", "Subject", "Message-Id", "References", "Mime-Version",
		"Content-Type", "Content-Transfer-Encoding", "Content-Language",
	}
}

// read returns what a composed mail is in the fields of Odoo's mail.mail. All fields
// that a template could fill are there.
func read(raw []byte) (map[string]any, error) {
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	html, err := readHTML(m)
	if err != nil {
		return nil, err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return nil, fmt.Errorf("subject: %w", err)
	}
	values := map[string]any{
		"subject": subject, "body_html": html, "message_id": m.Header.Get("Message-Id"), "references": m.Header.Get("References"),
		"headers": dictionary(m.Header),
		// Deleted with its message once it left: the opportunity has the claim.
		"auto_delete": true, "message_type": "email",
		// What a template could have, had a stranger changed it.
		"attachment_ids": []any{}, "attachments": []any{}, "recipient_ids": []any{}, "partner_ids": []any{}, "mail_server_id": false, "scheduled_date": false,
	}
	for field, header := range map[string]string{"email_from": "From", "reply_to": "Reply-To", "email_to": "To", "email_cc": "Cc"} {
		if values[field], err = addresses(m.Header, header); err != nil {
			return nil, fmt.Errorf("%s: %w", header, err)
		}
	}
	if values["reply_to"] == "" {
		values["reply_to"] = values["email_from"]
	}
	return values, nil
}

// readHTML returns the HTML of a mail.
func readHTML(m *netmail.Message) (string, error) {
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return "", errors.New("the mail has no HTML")
	}
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if err != nil {
			return "", fmt.Errorf("find the HTML: %w", err)
		}
		if kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type")); kind != "text/html" {
			continue
		}
		var body io.Reader = part
		if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			body = quotedprintable.NewReader(part)
		}
		html, err := io.ReadAll(body)
		return strings.ReplaceAll(string(html), "\r\n", "\n"), err
	}
}

// addresses returns the addresses in a header, with their names as quoted text (RFC
// 5322, section 3.2.4).
func addresses(h netmail.Header, name string) (string, error) {
	if h.Get(name) == "" {
		return "", nil
	}
	list, err := h.AddressList(name)
	if err != nil {
		return "", err
	}
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = a.Address
		if a.Name != "" {
			texts[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.Name) + `" <` + a.Address + `>`
		}
	}
	return strings.Join(texts, ", "), nil
}

// dictionary returns the other headers as a dictionary of Python, which Odoo reads with
// literal_eval. Go's quoted ASCII is Python's.
func dictionary(h netmail.Header) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if !slices.Contains(written(), name) {
			pairs = append(pairs, strconv.QuoteToASCII(name)+": "+strconv.QuoteToASCII(h.Get(name)))
		}
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}

package mails_test

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/scenario/mails"
)

// The mail server of these mails offers no 8BITMIME and no SMTPUTF8, and refuses what
// would need them. What it took is what RFC 5322 and RFC 2047 permit.
func TestMailsAreLinesOfSevenBits(t *testing.T) {
	t.Parallel()
	const maxLine, maxEncoded = 998, 76
	for _, m := range all(t) {
		require.True(t, bytes.HasSuffix(m.Raw, []byte("\r\n")), m.Name())
		header, _, _ := bytes.Cut(m.Raw, []byte("\r\n\r\n"))
		for line := range bytes.SplitSeq(m.Raw, []byte("\r\n")) {
			assert.NotRegexp(t, `[^\t -~]`, string(line), m.Name())
			assert.LessOrEqual(t, len(line), maxLine, m.Name())
		}
		for line := range bytes.SplitSeq(header, []byte("\r\n")) {
			if bytes.Contains(line, []byte("=?UTF-8?")) {
				assert.LessOrEqual(t, len(line), maxEncoded, "%s: %s", m.Name(), line)
			}
		}
	}
}

// parsed is a mail as a library reads it: the same of each.
type parsed struct {
	Subject string `json:"subject"`
	// From, To and Cc are names and mailboxes by turns.
	From []string `json:"from"`
	To   []string `json:"to"`
	Cc   []string `json:"cc"`
	// Types are those of the mail and its parts, with their charsets.
	Types []string `json:"types"`
	Text  string   `json:"text"`
	HTML  string   `json:"html"`
	// Defects is what a library has to say against the mail.
	Defects []string `json:"defects"`
}

// The stand-in for a mail server reads mails with another library than Go's own.
func TestGoReadsMailsAsGoMessageDoes(t *testing.T) {
	t.Parallel()
	for _, m := range all(t) {
		p := parse(t, m)
		assert.Equal(t, m.Subject, p.Subject, m.Name())
		assert.Equal(t, m.Text, p.Text, m.Name())
		assert.Equal(t, m.HTML, p.HTML, m.Name())
		for field, addresses := range map[string][]string{"From": p.From, "To": p.To, "Cc": p.Cc} {
			list, err := m.Header.AddressList(field)
			require.NoError(t, err, m.Name())
			var other []string
			for _, a := range list {
				other = append(other, a.Name, a.Address)
			}
			assert.Equal(t, other, addresses, "%s: %s", m.Name(), field)
		}
	}
}

// parse reads a mail with the standard library.
func parse(t *testing.T, m mails.Mail) parsed {
	t.Helper()
	message, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	require.NoError(t, err, m.Name())
	var p parsed
	p.Subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	require.NoError(t, err, m.Name())
	for field, list := range map[string]*[]string{"From": &p.From, "To": &p.To, "Cc": &p.Cc} {
		if message.Header.Get(field) == "" {
			continue
		}
		addresses, err := message.Header.AddressList(field)
		require.NoError(t, err, m.Name())
		for _, a := range addresses {
			*list = append(*list, a.Name, a.Address)
		}
	}
	kind, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	require.NoError(t, err, m.Name())
	p.Types = append(p.Types, kind)
	parts := multipart.NewReader(message.Body, parameters["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return p
		}
		require.NoError(t, err, m.Name())
		require.Equal(t, "quoted-printable", part.Header.Get("Content-Transfer-Encoding"), m.Name())
		content, err := io.ReadAll(quotedprintable.NewReader(part))
		require.NoError(t, err, m.Name())
		kind, parameters, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		require.NoError(t, err, m.Name())
		p.Types = append(p.Types, kind+" "+strings.ToLower(parameters["charset"]))
		if text := strings.ReplaceAll(string(content), "\r\n", "\n"); kind == "text/html" {
			p.HTML = text
		} else {
			p.Text = text
		}
	}
}

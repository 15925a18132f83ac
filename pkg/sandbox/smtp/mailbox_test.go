package smtp_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

const letter = "From: \"Example Sales\" <sales@example.com>\r\nTo: =?utf-8?q?Zo=C3=AB?= <zoe@client.example>\r\n" +
	"Cc: sam@example.com\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\nMessage-Id: <1@example.com>\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n.dot\r\n" +
	"--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p>\r\n--x--\r\n"

// newMailbox starts a mailbox for the time of a test.
func newMailbox(t *testing.T, options smtp.Options) *smtp.Mailbox {
	t.Helper()
	box, err := smtp.New(options)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, box.Close()) })
	return box
}

// trusting is a TLS configuration that trusts the mailbox's authority.
func trusting(t *testing.T, box *smtp.Mailbox) *tls.Config {
	t.Helper()
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(box.CA()))
	return &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
}

// dial opens a conversation in clear.
func dial(t *testing.T, box *smtp.Mailbox) *gosmtp.Client {
	t.Helper()
	client, err := gosmtp.Dial(box.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// deliver sends the letter from sales to the recipients.
func deliver(client *gosmtp.Client, recipients ...string) error {
	return client.SendMail("sales@example.com", recipients, strings.NewReader(letter))
}

// reply returns the code, enhanced code and text of a refusal.
func reply(t *testing.T, err error) string {
	t.Helper()
	var refusal *gosmtp.SMTPError
	require.True(t, errors.As(err, &refusal), "not a refusal: %v", err)
	return refusal.Error()
}

func TestMailboxKeepsWhatItAccepts(t *testing.T) {
	box := newMailbox(t, smtp.Options{TLS: smtp.NoTLS})
	client := dial(t, box)
	require.NoError(t, deliver(client, "zoe@client.example", "sam@example.com"))
	require.NoError(t, deliver(client, "zoe@client.example"))

	messages, err := box.Wait(t.Context(), 2)
	require.NoError(t, err)
	assert.Equal(t, []smtp.Message{
		{Sender: "sales@example.com", Recipients: []string{"zoe@client.example", "sam@example.com"}, Data: []byte(letter)},
		{Sender: "sales@example.com", Recipients: []string{"zoe@client.example"}, Data: []byte(letter)},
	}, messages)
	assert.Equal(t, 1, box.Connections())

	read, err := messages[0].Parse()
	require.NoError(t, err)
	assert.NotEmpty(t, read.Header.Get("Mime-Version"))
	read.Header = smtp.Mail{}.Header
	assert.Equal(t, smtp.Mail{
		Subject: "Café", MessageID: "1@example.com",
		From: []string{`"Example Sales" <sales@example.com>`}, To: []string{`"Zoë" <zoe@client.example>`}, Cc: []string{"sam@example.com"},
		Text: "Hello\n.dot", HTML: "<p>Hello</p>",
	}, read)

	box.Reset()
	assert.Empty(t, box.Messages())
}

func TestMailboxEncrypts(t *testing.T) {
	t.Run("after STARTTLS, with a login", func(t *testing.T) {
		box := newMailbox(t, smtp.Options{User: "mailer", Password: "secret"})
		client, err := gosmtp.DialStartTLS(box.Addr(), trusting(t, box))
		require.NoError(t, err)
		defer client.Close()
		assert.Equal(t, "SMTP error 530: Authentication required", reply(t, deliver(client, "zoe@client.example")))
		assert.Equal(t, "SMTP error 535: Authentication credentials invalid", reply(t, client.Auth(sasl.NewPlainClient("", "mailer", "wrong"))))
		require.NoError(t, client.Auth(sasl.NewPlainClient("", "mailer", "secret")))
		require.NoError(t, deliver(client, "zoe@client.example"))
		assert.Equal(t, []smtp.Message{{
			Sender: "sales@example.com", Recipients: []string{"zoe@client.example"}, Data: []byte(letter), User: "mailer", Encrypted: true,
		}}, box.Messages())
	})
	t.Run("from the first byte, with the other way of logging in", func(t *testing.T) {
		box := newMailbox(t, smtp.Options{TLS: smtp.ImplicitTLS, User: "mailer", Password: "secret"})
		client, err := gosmtp.DialTLS(box.Addr(), trusting(t, box))
		require.NoError(t, err)
		defer client.Close()
		require.NoError(t, client.Auth(sasl.NewLoginClient("mailer", "secret")))
		require.NoError(t, deliver(client, "zoe@client.example"))
		assert.Len(t, box.Messages(), 1)
	})
	t.Run("and refuses mail and logins in clear", func(t *testing.T) {
		box := newMailbox(t, smtp.Options{User: "mailer", Password: "secret"})
		client := dial(t, box)
		assert.Error(t, client.Auth(sasl.NewPlainClient("", "mailer", "secret")))
		assert.Equal(t, "SMTP error 530: Must issue a STARTTLS command first", reply(t, deliver(client, "zoe@client.example")))
	})
	t.Run("with a certificate that nobody else vouches for", func(t *testing.T) {
		box := newMailbox(t, smtp.Options{})
		client, err := gosmtp.DialStartTLS(box.Addr(), &tls.Config{ServerName: "127.0.0.1"})
		require.NoError(t, err)
		var unknown x509.UnknownAuthorityError
		assert.ErrorAs(t, client.Noop(), &unknown)
	})
}

func TestMailboxRefusesAtEachStep(t *testing.T) {
	const user, password = "mailer", "secret"
	for _, step := range []smtp.Step{
		smtp.AtConnect, smtp.AtHello, smtp.AtStartTLS, smtp.AtAuth, smtp.AtMail, smtp.AtRcpt, smtp.AtData, smtp.AtFinal,
	} {
		t.Run("once at "+string(step), func(t *testing.T) {
			box := newMailbox(t, smtp.Options{User: user, Password: password})
			box.Inject(smtp.Fault{Step: step, Times: 1, Reply: "451 4.7.1 Not now"})
			send := func() error {
				client, err := gosmtp.DialStartTLS(box.Addr(), trusting(t, box))
				if err != nil {
					return err
				}
				defer client.Close()
				if err := client.Auth(sasl.NewPlainClient("", user, password)); err != nil {
					return err
				}
				return deliver(client, "zoe@client.example")
			}
			assert.Equal(t, "SMTP error 451: Not now", reply(t, send()))
			assert.Empty(t, box.Messages())
			require.NoError(t, send())
			assert.Len(t, box.Messages(), 1)
		})
	}
}

func TestMailboxFaults(t *testing.T) {
	t.Run("one recipient can be refused for ever", func(t *testing.T) {
		box := newMailbox(t, smtp.Options{TLS: smtp.NoTLS})
		box.Inject(smtp.Fault{Step: smtp.AtRcpt, Address: "gone@client.example", Reply: "550 5.1.1 No such user"})
		client := dial(t, box)
		for range 2 {
			assert.Equal(t, "SMTP error 550: No such user", reply(t, deliver(client, "gone@client.example")))
			require.NoError(t, client.Reset())
		}
		require.NoError(t, deliver(client, "zoe@client.example"))
	})
	t.Run("a mail can be stored although the connection breaks before the reply", func(t *testing.T) {
		box := newMailbox(t, smtp.Options{TLS: smtp.NoTLS})
		box.Inject(smtp.Fault{Step: smtp.AtFinal, Cut: true, Stored: true})
		assert.Error(t, deliver(dial(t, box), "zoe@client.example"))
		assert.Len(t, box.Messages(), 1)
	})
	t.Run("a mail can be lost with the connection", func(t *testing.T) {
		box := newMailbox(t, smtp.Options{TLS: smtp.NoTLS})
		box.Inject(smtp.Fault{Step: smtp.AtFinal, Cut: true})
		assert.Error(t, deliver(dial(t, box), "zoe@client.example"))
		assert.Empty(t, box.Messages())
	})
	t.Run("a step can go well before it fails", func(t *testing.T) {
		box := newMailbox(t, smtp.Options{TLS: smtp.NoTLS})
		box.Inject(smtp.Fault{Step: smtp.AtFinal, Skip: 1, Times: 1, Reply: "451 4.3.0 Try again"})
		client := dial(t, box)
		require.NoError(t, deliver(client, "zoe@client.example"))
		assert.Equal(t, "SMTP error 451: Try again", reply(t, deliver(client, "zoe@client.example")))
		require.NoError(t, deliver(client, "zoe@client.example"))
		assert.Len(t, box.Messages(), 2)
	})
	t.Run("a reply can end in its midst", func(t *testing.T) {
		box := newMailbox(t, smtp.Options{TLS: smtp.NoTLS})
		box.Inject(smtp.Fault{Step: smtp.AtConnect, Half: true})
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", box.Addr())
		require.NoError(t, err)
		defer conn.Close()
		heard, err := io.ReadAll(conn)
		require.NoError(t, err)
		assert.Equal(t, "220 mail.sandbo", string(heard))
	})
	t.Run("a mail can be cut in its midst", func(t *testing.T) {
		box := newMailbox(t, smtp.Options{TLS: smtp.NoTLS})
		box.Inject(smtp.Fault{Step: smtp.AtBody, Times: 1, Cut: true})
		assert.Error(t, deliver(dial(t, box), "zoe@client.example"))
		assert.Empty(t, box.Messages())
	})
	t.Run("a goodbye can be left without an answer", func(t *testing.T) {
		box := newMailbox(t, smtp.Options{TLS: smtp.NoTLS})
		box.Inject(smtp.Fault{Step: smtp.AtQuit, Cut: true})
		client := dial(t, box)
		require.NoError(t, deliver(client, "zoe@client.example"))
		assert.Error(t, client.Quit())
	})
	t.Run("a 421 ends the conversation", func(t *testing.T) {
		box := newMailbox(t, smtp.Options{TLS: smtp.NoTLS})
		box.Inject(smtp.Fault{Step: smtp.AtMail, Times: 1, Reply: "421 4.7.0 Too busy"})
		client := dial(t, box)
		assert.Equal(t, "SMTP error 421: Too busy", reply(t, deliver(client, "zoe@client.example")))
		assert.Error(t, client.Noop())
	})
	t.Run("something can happen meanwhile, and time can pass", func(t *testing.T) {
		box := newMailbox(t, smtp.Options{TLS: smtp.NoTLS})
		happened := false
		box.Inject(smtp.Fault{Step: smtp.AtMail, Delay: time.Millisecond, Meanwhile: func() { happened = true }})
		require.NoError(t, deliver(dial(t, box), "zoe@client.example"))
		assert.True(t, happened)
	})
	t.Run("waiting ends with the context", func(t *testing.T) {
		box := newMailbox(t, smtp.Options{TLS: smtp.NoTLS})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := box.Wait(ctx, 1)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestMailboxIsStrict(t *testing.T) {
	for _, tc := range []struct{ name, line, want string }{
		{"a recipient outside angle brackets", "RCPT TO:zoe@client.example", "501 5.5.4 Syntax: RCPT TO:<address>"},
		{"a recipient with a space", "RCPT TO:<zoe client@client.example>", "501 5.5.4 Syntax: RCPT TO:<address>"},
		{"parameters smuggled in by an address", "RCPT TO:<\"zoe> NOTIFY=NEVER <\"@client.example>", "501 5.5.4 Syntax: RCPT TO:<address>"},
		{"a mail without a recipient", "DATA", "503 5.5.1 No valid recipients"},
		{"a second sender", "MAIL FROM:<sam@example.com>", "503 5.5.1 Nested MAIL command"},
		{"an unknown command", "BDAT 3", "500 5.5.2 Command unrecognized"},
	} {
		t.Run("it refuses "+tc.name, func(t *testing.T) {
			box := newMailbox(t, smtp.Options{TLS: smtp.NoTLS})
			assert.Equal(t, tc.want, talk(t, box.Addr(), "EHLO me", "MAIL FROM:<sales@example.com>", tc.line))
		})
	}
	for _, tc := range []struct{ name, data, want string }{
		{"a bare line feed", "a\nb\r\n.\r\n", "550 5.6.0 Bare line feed or carriage return"},
		{"a line that is too long", strings.Repeat("x", 999) + "\r\n.\r\n", "550 5.6.0 Line too long"},
	} {
		t.Run("it refuses "+tc.name, func(t *testing.T) {
			box := newMailbox(t, smtp.Options{TLS: smtp.NoTLS})
			got := talk(t, box.Addr(), "EHLO me", "MAIL FROM:<sales@example.com>", "RCPT TO:<zoe@client.example>", "DATA", strings.TrimSuffix(tc.data, "\r\n"))
			assert.Equal(t, tc.want, got)
			assert.Empty(t, box.Messages())
		})
	}
}

func TestAServerOfSevenBitsTakesNoOther(t *testing.T) {
	box, err := smtp.New(smtp.Options{TLS: smtp.NoTLS, SevenBit: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, box.Close()) }()
	begin := []string{"EHLO client.example", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA"}
	assert.Equal(t, "555 5.5.4 BODY was not offered", talk(t, box.Addr(), "EHLO client.example", "MAIL FROM:<a@example.com> BODY=8BITMIME"))
	assert.Equal(t, "554 5.6.1 A byte has eight bits", talk(t, box.Addr(), append(begin, "Subject: é\r\n\r\nx\r\n.")...))
	assert.Equal(t, "250 2.0.0 Queued", talk(t, box.Addr(), append(begin, "Subject: e\r\n\r\nx\r\n.")...))
	assert.Len(t, box.Messages(), 1)
}

package mail_test

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message"
	gomail "github.com/emersion/go-message/mail"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/mail"
)

func reminder() mail.Message {
	return mail.Message{
		From:      address.Address{Name: "Example, Sales", Mailbox: "sales@example.com"},
		ReplyTo:   address.Address{Mailbox: "catchall@example.com"},
		To:        []address.Address{{Name: "Zoë (Client)", Mailbox: "zoe@client.example"}},
		CC:        []address.Address{{Name: "Sam", Mailbox: "sam@example.com"}},
		Subject:   "Vos chaises élégantes",
		Text:      "Bonjour Zoë,\n\n.un point au début\n",
		HTML:      "<p>Bonjour Zoë,</p>\n",
		MessageID: "<crm-tool.remind.42.7.abc123@example.com>",
		Date:      time.Date(2026, time.November, 23, 9, 0, 0, 0, time.FixedZone("CET", 3600)),
		Language:  "fr",
	}
}

func TestAMailThatContinuesAnotherNamesIt(t *testing.T) {
	t.Parallel()
	msg := reminder()
	msg.Answers = "<crm-tool.remind.42.7.abc123@example.com>"
	msg.MessageID = "<crm-tool.remind.42.15.def456@example.com>"
	raw, err := mail.Compose(msg)
	require.NoError(t, err)
	assert.Contains(t, string(raw), "Message-ID: <crm-tool.remind.42.15.def456@example.com>\r\n"+
		"In-Reply-To: <crm-tool.remind.42.7.abc123@example.com>\r\nReferences: <crm-tool.remind.42.7.abc123@example.com>\r\n")
}

func TestCompose(t *testing.T) {
	want := strings.Join([]string{
		`Date: Mon, 23 Nov 2026 09:00:00 +0100`,
		`From: "Example, Sales" <sales@example.com>`,
		`Reply-To: catchall@example.com`,
		`To: =?UTF-8?b?Wm/DqyAoQ2xpZW50KQ==?= <zoe@client.example>`,
		`Cc: "Sam" <sam@example.com>`,
		`Subject: =?UTF-8?q?Vos_chaises_=C3=A9l=C3=A9gantes?=`,
		`Message-ID: <crm-tool.remind.42.7.abc123@example.com>`,
		`Auto-Submitted: auto-generated`,
		`X-Auto-Response-Suppress: OOF, AutoReply`,
		`Content-Language: fr`,
		`Mime-Version: 1.0`,
		`Content-Type: multipart/alternative;`,
		` boundary="=_025b1c89dfba9c8041579adec8c82f21"`,
		``,
		`--=_025b1c89dfba9c8041579adec8c82f21`,
		`Content-Transfer-Encoding: quoted-printable`,
		`Content-Type: text/plain; charset=UTF-8`,
		``,
		`Bonjour Zo=C3=AB,`,
		``,
		`.un point au d=C3=A9but`,
		``,
		`--=_025b1c89dfba9c8041579adec8c82f21`,
		`Content-Transfer-Encoding: quoted-printable`,
		`Content-Type: text/html; charset=UTF-8`,
		``,
		`<p>Bonjour Zo=C3=AB,</p>`,
		``,
		`--=_025b1c89dfba9c8041579adec8c82f21--`,
		``,
	}, "\r\n")
	t.Run("the same message gives the same bytes each time", func(t *testing.T) {
		for range 20 {
			got, err := mail.Compose(reminder())
			require.NoError(t, err)
			require.Equal(t, want, string(got))
		}
	})

	t.Run("also with two ways to ask for no more mails", func(t *testing.T) {
		msg := reminder()
		msg.Unsubscribe, msg.UnsubscribeURL = msg.From, "https://example.com/stop"
		for range 20 {
			got, err := mail.Compose(msg)
			require.NoError(t, err)
			require.Regexp(t, "^List-Unsubscribe: .*\r\n .*\r\nList-Unsubscribe-Post: .*\r\nDate: ", string(got))
		}
	})
	t.Run("without HTML it is plain text alone", func(t *testing.T) {
		msg := reminder()
		msg.HTML, msg.Language, msg.ReplyTo, msg.CC, msg.Text = "", "", address.Address{}, nil, "Bonjour"
		got, err := mail.Compose(msg)
		require.NoError(t, err)
		assert.Equal(t, strings.Join([]string{
			`Date: Mon, 23 Nov 2026 09:00:00 +0100`,
			`From: "Example, Sales" <sales@example.com>`,
			`To: =?UTF-8?b?Wm/DqyAoQ2xpZW50KQ==?= <zoe@client.example>`,
			`Subject: =?UTF-8?q?Vos_chaises_=C3=A9l=C3=A9gantes?=`,
			`Message-ID: <crm-tool.remind.42.7.abc123@example.com>`,
			`Auto-Submitted: auto-generated`,
			`X-Auto-Response-Suppress: OOF, AutoReply`,
			`Mime-Version: 1.0`,
			`Content-Transfer-Encoding: quoted-printable`,
			`Content-Type: text/plain; charset=UTF-8`,
			``,
			`Bonjour`,
			``,
		}, "\r\n"), string(got))
	})
}

// received is a mail as another program reads it.
type received struct {
	fields  map[string][]string
	from    []*gomail.Address
	to, cc  []*gomail.Address
	subject string
	types   []string
	bodies  []string
}

func receive(t *testing.T, raw []byte) received {
	t.Helper()
	r, err := gomail.CreateReader(bytes.NewReader(raw))
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	got := received{fields: r.Header.Map()}
	got.subject, err = r.Header.Subject()
	require.NoError(t, err)
	for field, list := range map[string]*[]*gomail.Address{"From": &got.from, "To": &got.to, "Cc": &got.cc} {
		*list, err = r.Header.AddressList(field)
		require.NoError(t, err)
	}
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return got
		}
		require.NoError(t, err)
		header, ok := part.Header.(*gomail.InlineHeader)
		require.True(t, ok)
		mediaType, params, err := header.ContentType()
		require.NoError(t, err)
		require.Equal(t, "UTF-8", params["charset"])
		body, err := io.ReadAll(part.Body)
		require.NoError(t, err)
		got.types = append(got.types, mediaType)
		got.bodies = append(got.bodies, string(body))
	}
}

func TestComposedMailIsReadBack(t *testing.T) {
	long := strings.Repeat("Ein langer Satz über Bürostühle aus Ahornholz. ", 400)
	msg := reminder()
	msg.Subject = "日本語の件名 " + strings.Repeat("é", 100)
	msg.Text = long + "\r\n\ttab\rend \n.\nFrom here\n"
	msg.HTML = "<p>" + strings.Repeat("x", 5000) + "</p>"
	msg.To = append(msg.To, address.Address{Name: `Max "the \ chair" Client`, Mailbox: "max@client.example"})

	raw, err := mail.Compose(msg)
	require.NoError(t, err)
	got := receive(t, raw)
	assert.Equal(t, msg.Subject, got.subject)
	assert.Equal(t, []*gomail.Address{{Name: "Example, Sales", Address: "sales@example.com"}}, got.from)
	assert.Equal(t, []*gomail.Address{
		{Name: "Zoë (Client)", Address: "zoe@client.example"},
		{Name: `Max "the \ chair" Client`, Address: "max@client.example"},
	}, got.to)
	assert.Equal(t, []*gomail.Address{{Name: "Sam", Address: "sam@example.com"}}, got.cc)
	assert.Equal(t, []string{"text/plain", "text/html"}, got.types)
	assert.Equal(t, []string{long + "\r\n\ttab\r\nend \r\n.\r\nFrom here\r\n", msg.HTML + "\r\n"}, got.bodies)
	for line := range strings.SplitSeq(string(raw), "\r\n") {
		assert.LessOrEqual(t, len(line), 76, line)
	}
}

func TestComposeFoldsLongHeaders(t *testing.T) {
	msg := reminder()
	var copies []string
	for i := range 20 {
		mailbox := strings.Repeat("x", 60) + strconv.Itoa(i) + "@" + strings.Repeat(strings.Repeat("d", 60)+".", 3) + "example"
		copies = append(copies, mailbox)
	}
	msg.CC = nil
	for _, mailbox := range copies {
		msg.CC = append(msg.CC, address.Address{Mailbox: mailbox})
	}
	msg.MessageID = "<" + strings.Repeat("i", 236) + "@example.com>"
	raw, err := mail.Compose(msg)
	require.NoError(t, err)
	got := receive(t, raw)
	assert.Equal(t, copies, mailboxes(got.cc))
	assert.Equal(t, []string{msg.MessageID}, got.fields["Message-Id"])
}

func TestComposeWithHostileInput(t *testing.T) {
	plain, err := mail.Compose(reminder())
	require.NoError(t, err)
	want := receive(t, plain).fields

	tests := []struct {
		name   string
		change func(*mail.Message)
	}{
		{"a subject with line breaks", func(m *mail.Message) { m.Subject = "Chairs\r\nBcc: max@client.example\n\n<p>" }},
		{"a subject with a bare carriage return", func(m *mail.Message) { m.Subject = "Chairs\rBcc: max@client.example" }},
		{"a subject of one endless word", func(m *mail.Message) { m.Subject = strings.Repeat("x", 5000) }},
		{"a subject that is encoded already", func(m *mail.Message) { m.Subject = "=?utf-8?b?DQpCY2M6IG1heEBjbGllbnQuZXhhbXBsZQ==?=" }},
		{"a subject with NUL and bytes that are not UTF-8", func(m *mail.Message) { m.Subject = "Chairs\x00\xff\xfe" }},
		{"a name with line breaks", func(m *mail.Message) { m.To[0].Name = "Zoë\r\nBcc: max@client.example" }},
		{"a name that is encoded already", func(m *mail.Message) { m.CC[0].Name = "=?utf-8?b?Ij4NCkJjYzogeA==?=" }},
		{"a name that closes its quotes", func(m *mail.Message) { m.From.Name = `Sales" <max@client.example>, "` }},
		{"an endless name", func(m *mail.Message) { m.From.Name = strings.Repeat("x", 5000) }},
		{"a text that looks like a boundary", func(m *mail.Message) {
			m.Text = "\n--=_025b1c89dfba9c8041579adec8c82f21--\n--=_025b1c89dfba9c8041579adec8c82f21\n\nx"
		}},
		{"a text with control characters", func(m *mail.Message) { m.Text = "a\x00b\x1b[31m\r\r\n.\r\n\xff" }},
	}
	for _, tt := range tests {
		t.Run(tt.name+" adds no header, recipient or part", func(t *testing.T) {
			msg := reminder()
			tt.change(&msg)
			raw, err := mail.Compose(msg)
			require.NoError(t, err)
			got := receive(t, raw)
			assert.ElementsMatch(t, keys(want), keys(got.fields))
			assert.Equal(t, []string{"sales@example.com", "zoe@client.example", "sam@example.com"}, mailboxes(got.from, got.to, got.cc))
			assert.Equal(t, []string{"text/plain", "text/html"}, got.types)
			for line := range strings.SplitSeq(string(raw), "\r\n") {
				assert.LessOrEqual(t, len(line), 998)
				assert.NotContains(t, line, "\n")
				assert.NotContains(t, line, "\r")
			}
		})
	}
}

func keys(fields map[string][]string) []string {
	var all []string
	for key, values := range fields {
		for range values {
			all = append(all, key)
		}
	}
	return all
}

func mailboxes(lists ...[]*gomail.Address) []string {
	var all []string
	for _, list := range lists {
		for _, a := range list {
			all = append(all, a.Address)
		}
	}
	return all
}

func TestSubject(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"line breaks become blanks":            {"Office\r\n chairs\x00", "Office chairs"},
		"direction overrides vanish":           {"Office \u202echairs\u2069", "Office chairs"},
		"a long one is cut with an ellipsis":   {strings.Repeat("ü", 300), strings.Repeat("ü", 199) + "…"},
		"200 characters are kept":              {strings.Repeat("ü", 200), strings.Repeat("ü", 200)},
		"an encoded word is shown as it stood": {"=?utf-8?q?a?=", "= ?utf-8?q?a?="},
	} {
		t.Run(name, func(t *testing.T) {
			msg := reminder()
			msg.Subject = tt.in
			raw, err := mail.Compose(msg)
			require.NoError(t, err)
			assert.Equal(t, tt.want, receive(t, raw).subject)
		})
	}
}

func TestComposeRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*mail.Message)
		want   string
	}{
		{"no sender", func(m *mail.Message) { m.From = address.Address{} }, `From: "" is not an e-mail address: it has no @`},
		{"no recipient", func(m *mail.Message) { m.To = nil }, "To: there is no recipient"},
		{"a recipient that was not cleaned", func(m *mail.Message) { m.To[0].Mailbox = "zoe@client.example>\r\nBcc: x" }, `To: "zoe@client.example> Bcc: x" is not an e-mail address: the part after the @ is not a mail domain`},
		{"a copy that was not cleaned", func(m *mail.Message) { m.CC[0].Mailbox = "sam" }, `Cc: "sam" is not an e-mail address: it has no @`},
		{"an answer address that was not cleaned", func(m *mail.Message) { m.ReplyTo.Mailbox = "a b@example.com" }, `Reply-To: "a b@example.com" is not an e-mail address: a character before the @ is not allowed`},
		{"a subject without a word", func(m *mail.Message) { m.Subject = "\r\n\u202e" }, "Subject: it is empty"},
		{"no text", func(m *mail.Message) { m.Text = " \n" }, "Text: it is empty"},
		{"no Message-ID", func(m *mail.Message) { m.MessageID = "" }, `Message-ID: "" has not the form <id@domain>`},
		{"a Message-ID with a line break", func(m *mail.Message) { m.MessageID = "<a@example.com>\r\nBcc: x" }, `Message-ID: "<a@example.com>\r\nBcc: x" has not the form <id@domain>`},
		{"an answer to what is no Message-ID", func(m *mail.Message) { m.Answers = "<a@example.com>\r\nBcc: x" }, `In-Reply-To: "<a@example.com>\r\nBcc: x" has not the form <id@domain>`},
		{"no date", func(m *mail.Message) { m.Date = time.Time{} }, "Date: it is not set"},
		{"a language with a line break", func(m *mail.Message) { m.Language = "fr\r\nBcc: x" }, `Content-Language: "fr\r\nBcc: x" is not a language tag`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			msg := reminder()
			tt.change(&msg)
			raw, err := mail.Compose(msg)
			assert.Nil(t, raw)
			var field *mail.FieldError
			require.ErrorAs(t, err, &field)
			assert.EqualError(t, err, tt.want)
		})
	}
	t.Run("the cause can be told", func(t *testing.T) {
		msg := reminder()
		msg.To[0].Mailbox = "zoe"
		_, err := mail.Compose(msg)
		var invalid *address.InvalidError
		assert.ErrorAs(t, err, &invalid)
	})
}

func TestEnvelope(t *testing.T) {
	good := mail.Envelope{From: "bounce@example.com", To: "zoe@client.example", CC: []string{"sam@example.com"}}
	require.NoError(t, good.Validate())
	for want, change := range map[string]func(*mail.Envelope){
		`envelope sender: "" is not an e-mail address: it has no @`:                                                          func(e *mail.Envelope) { e.From = "" },
		`envelope recipient: "zoe@CLIENT.example" is not in the form "zoe@client.example"`:                                   func(e *mail.Envelope) { e.To = "zoe@CLIENT.example" },
		`envelope copy: "sam@example.com> NOTIFY=NEVER" is not an e-mail address: the part after the @ is not a mail domain`: func(e *mail.Envelope) { e.CC = []string{"sam@example.com> NOTIFY=NEVER"} },
	} {
		t.Run("refuses "+want, func(t *testing.T) {
			bad := good
			change(&bad)
			var field *mail.FieldError
			require.ErrorAs(t, bad.Validate(), &field)
			assert.EqualError(t, field, want)
		})
	}
}

func FuzzCompose(f *testing.F) {
	f.Add("Chairs", "Zoë", "text", "<p>")
	f.Add("a\r\nBcc: x", "=?utf-8?q?=0A?=", "\n.\n", "\r\r\n")
	f.Fuzz(func(t *testing.T, subject, name, text, html string) {
		msg := reminder()
		msg.Subject, msg.To[0].Name, msg.CC[0].Name, msg.Text, msg.HTML = subject, name, name, text, html
		raw, err := mail.Compose(msg)
		if err != nil {
			return
		}
		entity, err := message.Read(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		want := 12
		if html == "" {
			want = 13 // the encoding of the only part
		}
		if n := len(keys(entity.Header.Map())); n != want {
			t.Fatalf("%d header fields in %q", n, raw)
		}
		if bytes.ContainsAny(bytes.ReplaceAll(raw, []byte("\r\n"), nil), "\r\n") || bytes.ContainsFunc(raw, func(r rune) bool { return r > '~' }) {
			t.Fatalf("not ASCII in lines: %q", raw)
		}
	})
}

func BenchmarkCompose(b *testing.B) {
	msg := reminder()
	msg.HTML = strings.Repeat("<p>Bonjour Zoë, voici vos chaises élégantes.</p>\n", 200)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mail.Compose(msg); err != nil {
			b.Fatal(err)
		}
	}
}

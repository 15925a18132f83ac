package smtp_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
)

// received is one mail in a mailbox.
type received struct {
	From string
	To   []string
	Raw  string
}

// mailbox is what a whole server keeps of its mails and connections.
type mailbox struct {
	mu          sync.Mutex
	login       bool // whether a login is required
	mails       []received
	connections int
}

func (m *mailbox) NewSession(*gosmtp.Conn) (gosmtp.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.connections++
	return &visit{mailbox: m, known: !m.login}, nil
}

// visit is one connection to a mailbox, between two greetings.
type visit struct {
	mailbox *mailbox
	known   bool
	mail    received
}

func (v *visit) AuthMechanisms() []string { return []string{sasl.Plain} }

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, given string) error {
		if user != "tool" || given != password {
			return gosmtp.ErrAuthFailed
		}
		v.known = true
		return nil
	}), nil
}

func (v *visit) Mail(from string, _ *gosmtp.MailOptions) error {
	if !v.known {
		return gosmtp.ErrAuthRequired
	}
	v.mail = received{From: from}
	return nil
}

func (v *visit) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	v.mail.To = append(v.mail.To, to)
	return nil
}

func (v *visit) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	v.mail.Raw = string(data)
	v.mailbox.mu.Lock()
	defer v.mailbox.mu.Unlock()
	v.mailbox.mails = append(v.mailbox.mails, v.mail)
	return nil
}

func (v *visit) Reset() { v.mail = received{} }

func (v *visit) Logout() error { return nil }

// serve starts a whole server and returns how to reach it.
func serve(tb testing.TB, m *mailbox, configure func(*gosmtp.Server)) smtp.Options {
	tb.Helper()
	server := gosmtp.NewServer(m)
	server.ErrorLog = log.New(io.Discard, "", 0)
	server.ReadTimeout = 20 * time.Second
	configure(server)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	tb.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
	return optionsFor(listener)
}

func composed(t *testing.T, i int) []byte {
	t.Helper()
	raw, err := mail.Compose(mail.Message{
		From:      address.Address{Name: "Example", Mailbox: "sales@example.com"},
		To:        []address.Address{{Mailbox: "zoe" + strconv.Itoa(i) + "@client.example"}},
		Subject:   "Chairs",
		Text:      ".\n..\nHello " + strconv.Itoa(i),
		HTML:      "<p>" + strings.Repeat("Hello. ", 2000) + "</p>",
		MessageID: fmt.Sprintf("<%d@example.com>", i),
		Date:      time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC),
	})
	require.NoError(t, err)
	return raw
}

// openConnections counts those that a sender has open; the server hears of the
// end of one only later.
type openConnections struct {
	mu        sync.Mutex
	now, most int
}

func (o *openConnections) add(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now += n
	o.most = max(o.most, o.now)
}

func (o *openConnections) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	o.add(1)
	return &openConnection{Conn: conn, closed: sync.OnceFunc(func() { o.add(-1) })}, nil
}

type openConnection struct {
	net.Conn

	closed func()
}

func (c *openConnection) Close() error {
	c.closed()
	return c.Conn.Close()
}

func TestManyMailsOverFewConnections(t *testing.T) {
	config, caFile := certificate(t)
	m := &mailbox{login: true}
	options := serve(t, m, func(s *gosmtp.Server) { s.TLSConfig = config })
	options.TLS, options.CAFile = smtp.StartTLS, caFile
	options.User, options.Password = "tool", func() string { return password }
	options.Connections, options.MaxPerConnection = 3, 10
	open := &openConnections{}
	options.Dial = open.dial

	sender := newSender(t, options)
	const count = 60
	want := make([]received, count)
	var senders sync.WaitGroup
	for i := range want {
		want[i] = received{
			From: "bounce@example.com", To: []string{"zoe" + strconv.Itoa(i) + "@client.example", "sam@example.com"},
			Raw: string(composed(t, i)),
		}
		senders.Go(func() {
			refused, err := sender.Deliver(t.Context(), mail.Envelope{From: want[i].From, To: want[i].To[0], CC: want[i].To[1:]}, []byte(want[i].Raw), begin)
			assert.NoError(t, err)
			assert.Empty(t, refused)
		})
	}
	senders.Wait()
	sender.Close()

	m.mu.Lock()
	defer m.mu.Unlock()
	assert.ElementsMatch(t, want, m.mails)
	assert.Equal(t, 3, open.most)
	// go-smtp makes a session for each greeting: one in clear, one over TLS.
	assert.GreaterOrEqual(t, m.connections, 2*count/10)
	assert.LessOrEqual(t, m.connections, 2*(count/10+3))
}

func TestLoginThatTheServerRefuses(t *testing.T) {
	config, caFile := certificate(t)
	options := serve(t, &mailbox{login: true}, func(s *gosmtp.Server) { s.TLSConfig = config })
	options.TLS, options.CAFile = smtp.StartTLS, caFile
	options.User, options.Password = "tool", func() string { return "wrong horse" }
	err := newSender(t, options).Check(t.Context())
	require.EqualError(t, err, "log in to the mail server: 535 5.7.8 Authentication failed")

	options.User = ""
	_, err = newSender(t, options).Deliver(t.Context(), envelope(), raw, begin)
	assert.Equal(t, verdict{Stage: smtp.StageMail, Failure: ledger.FailureServer}, verdictOf(t, err))
}

func TestAMailArrivesAsItIs(t *testing.T) {
	t.Parallel()
	m := &mailbox{}
	sender := newSender(t, serve(t, m, func(*gosmtp.Server) {}))
	long := "Subject: Chairs\r\n\r\n" + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 200)
	mails := []string{".\r\n", "..\r\n.\r\nA: b\r\n.\r\n.c\r\n\r\n.", long + ".\r\n", "Subject: Chairs\r\n\r\nHello"}
	for _, raw := range mails {
		_, err := sender.Deliver(t.Context(), envelope(), []byte(raw), begin)
		require.NoError(t, err)
	}
	for i, raw := range mails {
		assert.Equal(t, strings.TrimSuffix(raw, "\r\n")+"\r\n", m.mails[i].Raw)
	}
}

// BenchmarkSend shows what a mail costs here, without a network between.
func BenchmarkSend(b *testing.B) {
	small := bytes.Repeat([]byte("Subject: Chairs\r\n\r\nHello\r\n"), 40)
	for _, connections := range []int{1, 2} {
		b.Run(fmt.Sprintf("1000 mails over %d connections", connections), func(b *testing.B) {
			options := serve(b, &mailbox{}, func(*gosmtp.Server) {})
			options.Connections, options.MaxPerConnection = connections, 1000
			sender, err := smtp.New(options)
			require.NoError(b, err)
			defer sender.Close()
			for b.Loop() {
				queue := make(chan struct{})
				var senders sync.WaitGroup
				for range connections {
					senders.Go(func() {
						for range queue {
							_, err := sender.Deliver(b.Context(), envelope(), small, begin)
							assert.NoError(b, err)
						}
					})
				}
				for range 1000 {
					queue <- struct{}{}
				}
				close(queue)
				senders.Wait()
			}
			b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "mails/s")
		})
	}
}

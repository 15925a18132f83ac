package mailer_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/mailer"
	"github.com/crm-tool/crm-tool/pkg/odoo/ownership"
	"github.com/crm-tool/crm-tool/pkg/odoo/versions"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// through is an Odoo of a version that sends to a mailbox, and a sender through it.
type through struct {
	*mailer.Sender

	odoo    *sandboxodoo.Server
	mailbox *sandboxsmtp.Mailbox
	proxy   *proxy
	lead    int64
	sent    int
}

// proxy stands before Odoo. While Odoo is restarted, it answers by itself.
type proxy struct{ restarting bool }

func (p *proxy) RoundTrip(r *http.Request) (*http.Response, error) {
	if !p.restarting {
		return http.DefaultTransport.RoundTrip(r)
	}
	w := httptest.NewRecorder()
	w.WriteHeader(http.StatusBadGateway)
	return w.Result(), nil
}

func newThrough(t *testing.T, version int) *through {
	t.Helper()
	mailbox, err := sandboxsmtp.New(sandboxsmtp.Options{TLS: sandboxsmtp.NoTLS})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, mailbox.Close()) })
	s, err := sandboxodoo.New(sandboxodoo.Options{Version: version, Clock: time.Now})
	require.NoError(t, err)
	url, err := s.Start()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	s.SetMailServer(func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(mailbox.Port())))
	})
	lead, err := s.Execute(sandboxodoo.AdminLogin, "crm.lead", "create", []any{map[string]any{"name": "Chairs", "type": "opportunity"}}, nil)
	require.NoError(t, err)
	p := &proxy{}
	c, err := odoo.New(odoo.Options{
		Transport: p, Sleep: func(context.Context, time.Duration) {}, URL: url, Database: sandboxodoo.Database, User: sandboxodoo.BotLogin, Password: func() string { return sandboxodoo.BotPassword }, Now: time.Now,
	})
	require.NoError(t, err)
	uid, err := c.Login(t.Context())
	require.NoError(t, err)
	ours := ownership.New(c, versions.New(c))
	ours.Begin(crm.UserID(uid))
	return &through{Sender: mailer.New(c, ours, slog.New(slog.DiscardHandler)), odoo: s, mailbox: mailbox, proxy: p, lead: lead.(int64)}
}

// send sends one more mail.
func (o *through) send(t *testing.T) error {
	t.Helper()
	o.sent++
	id := fmt.Sprintf("<crm-tool.remind.%d.7.%d@example.com>", o.lead, o.sent)
	raw, err := mail.Compose(mail.Message{
		From: address.Address{Mailbox: "sales@example.com"}, To: []address.Address{{Mailbox: "zoe@client.example"}},
		Subject: "How is it going?", Text: "Hello\n", HTML: "<p>Hello</p>\n", MessageID: id, Date: time.Now(),
	})
	require.NoError(t, err)
	_, err = o.Send(t.Context(), ledger.Mail{
		Claim:    ledger.Claim{Key: crm.Key{Kind: crm.Reminder, Opportunity: crm.OpportunityID(o.lead), Step: 7}, MessageID: id},
		Envelope: mail.Envelope{From: "sales@example.com", To: "zoe@client.example"}, Raw: raw,
	}, func() error { return nil })
	return err
}

// tamper changes a field of the only mail template, as an administrator.
func (o *through) tamper(t *testing.T) {
	t.Helper()
	found, err := o.odoo.Execute(sandboxodoo.AdminLogin, "mail.template", "search", []any{[]any{}}, map[string]any{"context": map[string]any{"active_test": false}})
	require.NoError(t, err)
	require.Len(t, found, 1)
	_, err = o.odoo.Execute(sandboxodoo.AdminLogin, "mail.template", "write", []any{found, map[string]any{"subject": "{{ object.unlink() }}"}}, nil)
	require.NoError(t, err)
}

func TestEveryVersionSends(t *testing.T) {
	t.Parallel()
	for version := 16; version <= 20; version++ {
		o := newThrough(t, version)
		require.NoError(t, o.send(t))
		require.Len(t, o.mailbox.Messages(), 1)
	}
}

func TestAStrangersChangeOfTheTemplateEndsTheRun(t *testing.T) {
	t.Parallel()
	o := newThrough(t, 19)
	for range ledger.BatchSize - 1 {
		require.NoError(t, o.send(t))
	}
	o.tamper(t)
	require.NoError(t, o.send(t), "it is looked at before each batch")
	err := o.send(t)
	var changed *mailer.TemplateError
	require.ErrorAs(t, err, &changed)
	assert.True(t, changed.Changed)
	var failure ledger.DeliveryError
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, ledger.FailureServer, failure.Failure(), "no mail would leave")
	assert.Len(t, o.mailbox.Messages(), ledger.BatchSize)
	require.NoError(t, o.send(t), "the next run makes it anew")
}

func TestWhileOdooIsRestartedOneMailAloneIsInDoubt(t *testing.T) {
	t.Parallel()
	o := newThrough(t, 19)
	require.NoError(t, o.send(t))
	var failure ledger.DeliveryError
	o.proxy.restarting = true
	require.ErrorAs(t, o.send(t), &failure)
	assert.Equal(t, ledger.FailureUnknown, failure.Failure())
	require.ErrorAs(t, o.send(t), &failure)
	assert.Equal(t, ledger.FailureServer, failure.Failure(), "no mail would leave")
	o.proxy.restarting = false
	require.NoError(t, o.send(t))
	assert.Len(t, o.mailbox.Messages(), 2)
}

func TestAMailIsHeldBackBeforeTheCall(t *testing.T) {
	t.Parallel()
	o := newThrough(t, 19)
	require.NoError(t, o.send(t))
	_, err := o.Send(t.Context(), ledger.Mail{Raw: []byte("Subject: x\r\n\r\nx")}, func() error { return nil })
	require.ErrorContains(t, err, "read the mail for Odoo")
	assert.Error(t, o.Takes(t.Context(), mail.Envelope{}))
	assert.Len(t, o.mailbox.Messages(), 1)
}

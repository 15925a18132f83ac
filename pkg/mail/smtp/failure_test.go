package smtp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
)

func TestReplies(t *testing.T) {
	const mailFrom, rcpt = "MAIL FROM:<bounce@example.com>", "RCPT TO:<zoe@client.example>"
	untilFinal := func(p *peer) { p.greet(); p.envelope(); p.data() }
	bye := func(p *peer) { p.silence() }
	quit := func(p *peer) { p.converse("QUIT", "221 bye") }
	reset := func(p *peer) { p.converse("RSET", "250 OK", "EHLO tool.example.com", "250 hello", "QUIT", "221 bye") }
	tests := []struct {
		name   string
		script func(*peer)
		want   verdict
		err    string
	}{
		{
			"the greeting is 421",
			func(p *peer) { p.say("421 4.3.2 too busy") },
			verdict{Stage: smtp.StageGreeting, Server: true, Temporary: true},
			"greet the mail server: 421 4.3.2 too busy",
		},
		{
			"the greeting is 554",
			func(p *peer) { p.say("554 we do not know you"); bye(p) },
			verdict{Stage: smtp.StageGreeting, Server: true},
			"greet the mail server: 554 we do not know you",
		},
		{
			"the greeting is of another kind of server",
			func(p *peer) { p.say("HTTP/1.1 400 Bad Request", ""); bye(p) },
			verdict{Stage: smtp.StageGreeting, Server: true},
			`greet the mail server: the server does not answer as a mail server does: short response: "HTTP/1.1 400 Bad Request"`,
		},
		{
			"the connection ends without a greeting",
			func(*peer) {},
			verdict{Stage: smtp.StageGreeting, Server: true, Temporary: true},
			"greet the mail server: the server closed the connection: EOF",
		},
		{
			"the greeting never ends",
			func(p *peer) {
				line := []byte("220-" + strings.Repeat("x", 1000) + "\r\n")
				for {
					if _, err := p.Write(line); err != nil {
						return
					}
				}
			},
			verdict{Stage: smtp.StageGreeting, Server: true},
			"greet the mail server: the server does not answer as a mail server does: the reply has no end",
		},
		{
			"a line never ends",
			func(p *peer) { p.say("220 " + strings.Repeat("x", 3000)); bye(p) },
			verdict{Stage: smtp.StageGreeting, Server: true},
			"greet the mail server: the server does not answer as a mail server does",
		},
		{
			"EHLO is answered with 421",
			func(p *peer) {
				p.say("220 hello")
				p.converse("EHLO tool.example.com", "421 4.7.0 try again later")
				bye(p)
			},
			verdict{Stage: smtp.StageGreeting, Server: true, Temporary: true},
			"greet the mail server: 421 4.7.0 try again later",
		},
		{
			"MAIL is answered with 421",
			func(p *peer) { p.greet(); p.converse(mailFrom, "421 4.7.0 too many mails"); bye(p) },
			verdict{Stage: smtp.StageMail, Temporary: true},
			"send MAIL command: 421 4.7.0 too many mails",
		},
		{
			"MAIL is answered with 451",
			func(p *peer) { p.greet(); p.converse(mailFrom, "451 4.3.0 later"); reset(p) },
			verdict{Stage: smtp.StageMail, Temporary: true},
			"send MAIL command: 451 4.3.0 later",
		},
		{
			"the sender is refused",
			func(p *peer) { p.greet(); p.converse(mailFrom, "553 5.7.1 not your address"); reset(p) },
			verdict{Stage: smtp.StageMail, Server: true},
			"send MAIL command: 553 5.7.1 not your address",
		},
		{
			"the size is refused",
			func(p *peer) { p.greet(); p.converse(mailFrom, "552 5.3.4 too big"); reset(p) },
			verdict{Stage: smtp.StageMail},
			"send MAIL command: 552 5.3.4 too big",
		},
		{
			"MAIL is answered with nonsense",
			func(p *peer) { p.greet(); p.converse(mailFrom, "what?"); bye(p) },
			verdict{Stage: smtp.StageMail},
			`send MAIL command: the server does not answer as a mail server does: short response: "what?"`,
		},
		{
			"MAIL is answered with a code that has no place there",
			func(p *peer) { p.greet(); p.converse(mailFrom, "354 go on"); bye(p) },
			verdict{Stage: smtp.StageMail},
			"send MAIL command: the server does not answer as a mail server does: 354 go on",
		},
		{
			"the client's mailbox does not exist",
			func(p *peer) {
				p.greet()
				p.converse(mailFrom, "250 OK", rcpt, "550-5.1.1 <zoe@client.example>\x1b[31m:\n550-5.1.1 Recipient address rejected:\n550 5.1.1 unknown")
				reset(p)
			},
			verdict{Stage: smtp.StageRcpt, ClientRefused: true},
			"send RCPT command: 550 5.1.1 <zoe@client.example> [31m: Recipient address rejected: unknown",
		},
		{
			"the client's mailbox is disabled",
			func(p *peer) { p.greet(); p.converse(mailFrom, "250 OK", rcpt, "550 #5.2.1 disabled"); reset(p) },
			verdict{Stage: smtp.StageRcpt, ClientRefused: true},
			"send RCPT command: 550 5.2.1 disabled",
		},
		{
			"the client is refused with a bare code",
			func(p *peer) { p.greet(); p.converse(mailFrom, "250 OK", rcpt, "550 5.1.0"); reset(p) },
			verdict{Stage: smtp.StageRcpt, ClientRefused: true},
			"send RCPT command: 550 5.1.0",
		},
		{
			"the client is refused without an enhanced code",
			func(p *peer) { p.greet(); p.converse(mailFrom, "250 OK", rcpt, "550 No such user"); reset(p) },
			verdict{Stage: smtp.StageRcpt, ClientRefused: true},
			"send RCPT command: 550 No such user",
		},
		{
			"the client's server does not like this one",
			func(p *peer) { p.greet(); p.converse(mailFrom, "250 OK", rcpt, "550 5.7.1 blocked"); reset(p) },
			verdict{Stage: smtp.StageRcpt},
			"send RCPT command: 550 5.7.1 blocked",
		},
		{
			"the client is greylisted",
			func(p *peer) { p.greet(); p.converse(mailFrom, "250 OK", rcpt, "450 4.2.0 greylisted"); reset(p) },
			verdict{Stage: smtp.StageRcpt, Temporary: true},
			"send RCPT command: 450 4.2.0 greylisted",
		},
		{
			"RCPT is answered with 421",
			func(p *peer) { p.greet(); p.converse(mailFrom, "250 OK", rcpt, "421 bye") },
			verdict{Stage: smtp.StageRcpt, Temporary: true},
			"send RCPT command: 421 bye",
		},
		{
			"DATA is refused",
			func(p *peer) { p.greet(); p.envelope(); p.converse("DATA", "554 5.5.1 no valid recipients"); reset(p) },
			verdict{Stage: smtp.StageData},
			"send mail data: 554 5.5.1 no valid recipients",
		},
		{
			"DATA is answered with 421",
			func(p *peer) { p.greet(); p.envelope(); p.converse("DATA", "421 bye") },
			verdict{Stage: smtp.StageData, Temporary: true},
			"send mail data: 421 bye",
		},
		{
			"DATA is answered as if it were the mail",
			func(p *peer) { p.greet(); p.envelope(); p.converse("DATA", "250 OK"); bye(p) },
			verdict{Stage: smtp.StageData},
			"send mail data: the server does not answer as a mail server does: 250 OK",
		},
		{
			"the connection ends instead of an answer to DATA",
			func(p *peer) { p.greet(); p.envelope(); p.hear("DATA") },
			verdict{Stage: smtp.StageData, Temporary: true},
			"send mail data: the server closed the connection: EOF",
		},
		{
			"the mail is refused",
			func(p *peer) { untilFinal(p); p.say("554 5.7.1 looks like spam"); quit(p) },
			verdict{Stage: smtp.StageFinal},
			"await the mail server's verdict: 554 5.7.1 looks like spam",
		},
		{
			"the client, the only recipient, is refused in the end",
			func(p *peer) { untilFinal(p); p.say("550 5.1.1 unknown"); quit(p) },
			verdict{Stage: smtp.StageFinal, ClientRefused: true},
			"await the mail server's verdict: 550 5.1.1 unknown",
		},
		{
			"the mail is refused without an enhanced code",
			func(p *peer) { untilFinal(p); p.say("550 no"); quit(p) },
			verdict{Stage: smtp.StageFinal},
			"await the mail server's verdict: 550 no",
		},
		{
			"the mail is to be sent later",
			func(p *peer) { untilFinal(p); p.say("421 4.3.2 shutting down") },
			verdict{Stage: smtp.StageFinal, Temporary: true},
			"await the mail server's verdict: 421 4.3.2 shutting down",
		},
		{
			"the connection ends instead of a verdict",
			untilFinal,
			verdict{Stage: smtp.StageFinal, Unknown: true},
			"await the mail server's verdict: the server closed the connection: EOF",
		},
		{
			"the verdict is nonsense",
			func(p *peer) { untilFinal(p); p.say("taken"); bye(p) },
			verdict{Stage: smtp.StageFinal, Unknown: true},
			`await the mail server's verdict: the server does not answer as a mail server does: short response: "taken"`,
		},
		{
			"the verdict is a code that has no place there",
			func(p *peer) { untilFinal(p); p.say("354 go on"); bye(p) },
			verdict{Stage: smtp.StageFinal, Unknown: true},
			"await the mail server's verdict: the server does not answer as a mail server does: 354 go on",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sender := newSender(t, play(t, tt.script))
			refused, err := sender.Send(t.Context(), envelope(), raw, begin)
			sender.Close()
			assert.Empty(t, refused)
			require.EqualError(t, err, tt.err)
			assert.Equal(t, tt.want, verdictOf(t, err))
		})
	}
}

func TestVerdictOtherThan250(t *testing.T) {
	sender := newSender(t, play(t, func(p *peer) {
		p.greet()
		p.envelope()
		p.data()
		p.say("251 forwarded")
		p.converse("QUIT", "221 bye")
	}))
	_, err := sender.Send(t.Context(), envelope(), raw, begin)
	require.NoError(t, err, "a mail that was taken must not be sent again")
	sender.Close()
}

func TestLostWhileDataIsWritten(t *testing.T) {
	large := bytes.Repeat([]byte(strings.Repeat("x", 70)+"\r\n"), 500_000)

	t.Run("a mail that was cut off is surely unsent", func(t *testing.T) {
		sender := newSender(t, play(t, func(p *peer) {
			p.greet()
			p.envelope()
			p.converse("DATA", "354 go on")
			p.reset()
		}))
		_, err := sender.Send(t.Context(), envelope(), large, begin)
		assert.Equal(t, verdict{Stage: smtp.StageData, Temporary: true}, verdictOf(t, err))
	})
	t.Run("a mail whose end may have gone out is unknown", func(t *testing.T) {
		sender := newSender(t, play(t, func(p *peer) {
			p.greet()
			p.envelope()
			p.converse("DATA", "354 go on")
			_, err := io.ReadFull(p.lines, make([]byte, 5))
			assert.NoError(t, err)
			p.reset()
		}))
		_, err := sender.Send(t.Context(), envelope(), raw, begin)
		assert.Equal(t, verdict{Stage: smtp.StageFinal, Unknown: true}, verdictOf(t, err))
	})
	t.Run("a server that stops reading is left without the end of the data", func(t *testing.T) {
		stopped := make(chan struct{})
		options := play(t, func(p *peer) {
			p.greet()
			p.envelope()
			p.converse("DATA", "354 go on")
			<-stopped
			assert.NotContains(t, p.silence(), "\r\n.\r\n")
		})
		options.DataTimeout = 300 * time.Millisecond
		_, err := newSender(t, options).Send(t.Context(), envelope(), large, begin)
		close(stopped)
		require.EqualError(t, err, "send mail data: no answer within 300ms")
		assert.Equal(t, verdict{Stage: smtp.StageData, Temporary: true}, verdictOf(t, err))
	})
	t.Run("a mail that is interrupted is left without the end of the data", func(t *testing.T) {
		stopped := make(chan struct{})
		ctx, cancel := context.WithCancelCause(t.Context())
		errSignal := errors.New("terminated")
		sender := newSender(t, play(t, func(p *peer) {
			p.greet()
			p.envelope()
			p.converse("DATA", "354 go on")
			time.AfterFunc(100*time.Millisecond, func() { cancel(errSignal) })
			<-stopped
			assert.NotContains(t, p.silence(), "\r\n.\r\n")
		}))
		_, err := sender.Send(ctx, envelope(), large, begin)
		close(stopped)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, errSignal)
		assert.Equal(t, verdict{Stage: smtp.StageData, Temporary: true}, verdictOf(t, err))
	})
}

func TestSlowServer(t *testing.T) {
	tests := []struct {
		name   string
		script func(*peer)
		want   verdict
		err    string
	}{
		{
			"no greeting", func(p *peer) { p.silence() },
			verdict{Stage: smtp.StageGreeting, Server: true, Temporary: true}, "greet the mail server: no answer within 200ms",
		},
		{
			"a greeting letter by letter",
			func(p *peer) {
				for range 100 {
					if _, err := p.Write([]byte("2")); err != nil {
						return
					}
					time.Sleep(20 * time.Millisecond)
				}
			},
			verdict{Stage: smtp.StageGreeting, Server: true, Temporary: true}, "greet the mail server: no answer within 200ms",
		},
		{
			"no answer to MAIL", func(p *peer) { p.greet(); p.silence() },
			verdict{Stage: smtp.StageMail, Temporary: true}, "send MAIL command: no answer within 200ms",
		},
		{
			"no answer to DATA", func(p *peer) { p.greet(); p.envelope(); p.silence() },
			verdict{Stage: smtp.StageData, Temporary: true}, "send mail data: no answer within 200ms",
		},
		{
			"no verdict", func(p *peer) { p.greet(); p.envelope(); p.data(); p.silence() },
			verdict{Stage: smtp.StageFinal, Unknown: true}, "await the mail server's verdict: no answer within 400ms",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			options := play(t, tt.script)
			options.Timeout, options.DataTimeout = 200*time.Millisecond, 400*time.Millisecond
			started := time.Now()
			_, err := newSender(t, options).Send(t.Context(), envelope(), raw, begin)
			assert.Less(t, time.Since(started), 5*time.Second)
			require.EqualError(t, err, tt.err)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, tt.want, verdictOf(t, err))
		})
	}
	t.Run("a verdict that takes longer than a command may is awaited", func(t *testing.T) {
		t.Parallel()
		options := play(t, func(p *peer) {
			p.greet()
			p.envelope()
			p.data()
			time.Sleep(500 * time.Millisecond)
			p.say("250 OK")
			p.converse("QUIT", "221 bye")
		})
		options.Timeout = 200 * time.Millisecond
		_, err := newSender(t, options).Send(t.Context(), envelope(), raw, begin)
		require.NoError(t, err)
	})
}

func TestInterruption(t *testing.T) {
	t.Run("before the first command", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		sender := newSender(t, play(t))
		_, err := sender.Send(ctx, envelope(), raw, begin)
		require.EqualError(t, err, "wait for a connection to the mail server: context canceled")
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("while connecting it is not the server's fault", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		sender := newSender(t, play(t, func(p *peer) { cancel(); p.silence() }))
		_, err := sender.Send(ctx, envelope(), raw, begin)
		require.ErrorIs(t, err, context.Canceled)
		assert.False(t, asError(t, err).Server())
		assert.Empty(t, asError(t, err).Hint())
	})
	t.Run("while the server thinks about the client", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		sender := newSender(t, play(t, func(p *peer) {
			p.greet()
			p.converse("MAIL FROM:<bounce@example.com>", "250 OK")
			p.hear("RCPT TO:<zoe@client.example>")
			cancel()
			p.silence()
		}))
		_, err := sender.Send(ctx, envelope(), raw, begin)
		require.EqualError(t, err, "send RCPT command: context canceled")
		assert.Equal(t, verdict{Stage: smtp.StageRcpt, Temporary: true}, verdictOf(t, err))
	})
	t.Run("while the verdict is awaited the outcome is unknown", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		sender := newSender(t, play(t, func(p *peer) {
			p.greet()
			p.envelope()
			p.data()
			cancel()
			p.silence()
		}))
		_, err := sender.Send(ctx, envelope(), raw, begin)
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, verdict{Stage: smtp.StageFinal, Unknown: true}, verdictOf(t, err))
	})
	t.Run("while all connections are in use", func(t *testing.T) {
		holding, release := make(chan struct{}), make(chan struct{})
		sender := newSender(t, play(t, func(p *peer) {
			p.greet()
			p.envelope()
			close(holding)
			<-release
			p.data()
			p.say("250 OK")
			p.converse("QUIT", "221 bye")
		}))
		done := make(chan error)
		go func() {
			_, err := sender.Send(t.Context(), envelope(), raw, begin)
			done <- err
		}()
		<-holding
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := sender.Send(ctx, envelope(), raw, begin)
		require.EqualError(t, err, "wait for a connection to the mail server: context deadline exceeded")
		close(release)
		require.NoError(t, <-done)
	})
}

func TestUnreachable(t *testing.T) {
	t.Run("a port where nothing listens", func(t *testing.T) {
		options := play(t)
		options.Port = 1
		_, err := newSender(t, options).Send(t.Context(), envelope(), raw, begin)
		require.EqualError(t, err, "connect to the mail server: dial tcp 127.0.0.1:1: connect: connection refused")
		assert.Equal(t, verdict{Stage: smtp.StageDial, Server: true, Temporary: true}, verdictOf(t, err))
		assert.Equal(t, "check smtp.host and smtp.port, and whether a firewall is between", asError(t, err).Hint())
	})
	t.Run("a host that does not exist", func(t *testing.T) {
		options := play(t)
		options.Host = "mail.invalid"
		_, err := newSender(t, options).Send(t.Context(), envelope(), raw, begin)
		assert.Equal(t, verdict{Stage: smtp.StageDial, Server: true, Temporary: true}, verdictOf(t, err))
		assert.Equal(t, "check smtp.host", asError(t, err).Hint())
	})
}

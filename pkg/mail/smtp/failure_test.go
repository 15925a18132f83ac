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

	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
)

func TestLostWhileDataIsWritten(t *testing.T) {
	large := bytes.Repeat([]byte(strings.Repeat("x", 70)+"\r\n"), 500_000)

	t.Run("a mail that was cut off is surely unsent", func(t *testing.T) {
		sender := newSender(t, play(t, func(p *peer) {
			p.greet()
			p.envelope()
			p.converse("DATA", "354 go on")
			p.reset()
		}))
		_, err := sender.Deliver(t.Context(), envelope(), large, begin)
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
		_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
		assert.Equal(t, verdict{Stage: smtp.StageFinal, Failure: ledger.FailureUnknown}, verdictOf(t, err))
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
		options.DataTimeout = time.Second
		_, err := newSender(t, options).Deliver(t.Context(), envelope(), large, begin)
		close(stopped)
		require.EqualError(t, err, "send mail data: no answer within 1s")
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
		_, err := sender.Deliver(ctx, envelope(), large, begin)
		close(stopped)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, errSignal)
		assert.Equal(t, verdict{Stage: smtp.StageData, Temporary: true}, verdictOf(t, err))
	})
}

func TestHalfAVerdictIsNone(t *testing.T) {
	t.Parallel()
	options := play(t, func(p *peer) { p.greet(); p.envelope(); p.data(); _, _ = p.Write([]byte("250 2.0.0 Que")) })
	_, err := newSender(t, options).Deliver(t.Context(), envelope(), raw, begin)
	require.EqualError(t, err, "await the mail server's verdict: the server closed the connection")
	assert.Equal(t, verdict{Stage: smtp.StageFinal, Failure: ledger.FailureUnknown}, verdictOf(t, err))
}

func TestAVerdictBeforeItCanBeOneIsUnknown(t *testing.T) {
	large := bytes.Repeat([]byte(strings.Repeat("x", 70)+"\r\n"), 1000)
	unknown := verdict{Stage: smtp.StageFinal, Failure: ledger.FailureUnknown}
	const accepted = "await the mail server's verdict: the server accepted the mail before its end"
	tests := []struct {
		name  string
		raw   []byte
		early []string
		want  verdict
		err   string
	}{
		{"with the reply to DATA", raw, []string{"DATA", "354 go on\n250 2.0.0 taken"}, unknown, accepted},
		{"upon the first line", raw, []string{"DATA", "354 go on", "Subject: Chairs", "250 2.0.0 taken"}, unknown, accepted},
		{"in the midst of a long mail", large, []string{"DATA", "354 go on", strings.Repeat("x", 70), "250 2.0.0 taken"}, unknown, accepted},
		{
			"but a refusal is one at any time", raw,
			[]string{"DATA", "354 go on", "Subject: Chairs", "552 5.3.4 too large"},
			verdict{Stage: smtp.StageFinal},
			"await the mail server's verdict: 552 5.3.4 too large",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sender := newSender(t, play(t, func(p *peer) {
				p.greet()
				p.envelope()
				p.converse(tt.early...)
				assert.NotContains(p.t, p.silence(), "\r\n.\r\n")
			}))
			_, err := sender.Deliver(t.Context(), envelope(), tt.raw, begin)
			require.EqualError(t, err, tt.err)
			assert.Equal(t, tt.want, verdictOf(t, err))
		})
	}
}

func TestAnEarlyVerdictIsSeenAfterATimelyOne(t *testing.T) {
	config, caFile := certificate(t)
	for name, encryption := range map[string]smtp.TLSMode{"plain": smtp.NoTLS, "over TLS": smtp.ImplicitTLS} {
		t.Run(name, func(t *testing.T) {
			options := play(t, func(p *peer) {
				if encryption == smtp.ImplicitTLS {
					p.startTLS(config)
				}
				p.greet()
				p.accept()
				p.accept()
				p.envelope()
				p.converse("DATA", "354 go on\n250 2.0.0 taken")
				assert.NotContains(p.t, p.silence(), "\r\n.\r\n")
			})
			options.TLS, options.CAFile = encryption, caFile
			sender := newSender(t, options)
			for range 2 {
				_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
				require.NoError(t, err)
			}
			_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
			require.EqualError(t, err, "await the mail server's verdict: the server accepted the mail before its end")
		})
	}
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
			verdict{Stage: smtp.StageGreeting, Failure: ledger.FailureServer, Temporary: true},
			"greet the mail server: no answer within 500ms",
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
			verdict{Stage: smtp.StageGreeting, Failure: ledger.FailureServer, Temporary: true},
			"greet the mail server: no answer within 500ms",
		},
		{
			"no answer to MAIL", func(p *peer) { p.greet(); p.silence() },
			verdict{Stage: smtp.StageMail, Temporary: true},
			"send MAIL command: no answer within 500ms",
		},
		{
			"no answer to DATA", func(p *peer) { p.greet(); p.envelope(); p.silence() },
			verdict{Stage: smtp.StageData, Temporary: true},
			"send mail data: no answer within 500ms",
		},
		{
			"no verdict", func(p *peer) { p.greet(); p.envelope(); p.data(); p.silence() },
			verdict{Stage: smtp.StageFinal, Failure: ledger.FailureUnknown},
			"await the mail server's verdict: no answer within 800ms",
		},
		{
			"half a verdict, and silence",
			func(p *peer) { p.greet(); p.envelope(); p.data(); _, _ = p.Write([]byte("250 2.0.0 Que")); p.silence() },
			verdict{Stage: smtp.StageFinal, Failure: ledger.FailureUnknown},
			"await the mail server's verdict: no answer within 800ms",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			options := play(t, tt.script)
			options.Timeout = 500 * time.Millisecond
			if tt.want.Stage == smtp.StageFinal {
				options.Timeout, options.DataTimeout = options.DataTimeout, 800*time.Millisecond
			}
			started := time.Now()
			_, err := newSender(t, options).Deliver(t.Context(), envelope(), raw, begin)
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
			time.Sleep(time.Second)
			p.say("250 OK")
			p.converse("QUIT", "221 bye")
		})
		options.Timeout = 500 * time.Millisecond
		_, err := newSender(t, options).Deliver(t.Context(), envelope(), raw, begin)
		require.NoError(t, err)
	})
}

func TestInterruption(t *testing.T) {
	t.Run("before the first command", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		sender := newSender(t, play(t))
		_, err := sender.Deliver(ctx, envelope(), raw, begin)
		require.EqualError(t, err, "wait for a connection to the mail server: context canceled")
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("while connecting it is not the server's fault", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		sender := newSender(t, play(t, func(p *peer) { cancel(); p.silence() }))
		_, err := sender.Deliver(ctx, envelope(), raw, begin)
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, ledger.FailureMail, asError(t, err).Failure())
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
		_, err := sender.Deliver(ctx, envelope(), raw, begin)
		require.EqualError(t, err, "send RCPT command: context canceled")
		assert.Equal(t, verdict{Stage: smtp.StageRcpt, Temporary: true}, verdictOf(t, err))
	})
	t.Run("while the mail is allowed to begin nothing is sent", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		sender := newSender(t, play(t, func(p *peer) {
			p.greet()
			p.envelope()
			if said := p.silence(); said != "" {
				assert.Equal(t, "DATA\r\n", said)
			}
		}))
		_, err := sender.Deliver(ctx, envelope(), raw, func() error { cancel(); return nil })
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, verdict{Stage: smtp.StageData, Temporary: true}, verdictOf(t, err))
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
		_, err := sender.Deliver(ctx, envelope(), raw, begin)
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, verdict{Stage: smtp.StageFinal, Failure: ledger.FailureUnknown}, verdictOf(t, err))
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
			_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
			done <- err
		}()
		<-holding
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := sender.Deliver(ctx, envelope(), raw, begin)
		require.EqualError(t, err, "wait for a connection to the mail server: context deadline exceeded")
		close(release)
		require.NoError(t, <-done)
	})
}

func TestUnreachable(t *testing.T) {
	t.Run("a port where nothing listens", func(t *testing.T) {
		options := play(t)
		options.Port = 1
		_, err := newSender(t, options).Deliver(t.Context(), envelope(), raw, begin)
		require.EqualError(t, err, "connect to the mail server: no connection to 127.0.0.1:1: connect: connection refused")
		assert.Equal(t, verdict{Stage: smtp.StageDial, Failure: ledger.FailureServer, Temporary: true}, verdictOf(t, err))
		assert.Equal(t, "check smtp.host and smtp.port, and whether a firewall is between", asError(t, err).Hint())
	})
	t.Run("a host that does not exist", func(t *testing.T) {
		options := play(t)
		options.Host = "mail.invalid"
		_, err := newSender(t, options).Deliver(t.Context(), envelope(), raw, begin)
		assert.Equal(t, verdict{Stage: smtp.StageDial, Failure: ledger.FailureServer, Temporary: true}, verdictOf(t, err))
		assert.Contains(t, err.Error(), `connect to the mail server: the host name "mail.invalid" cannot be found`)
		assert.Equal(t, "check smtp.host", asError(t, err).Hint())
	})
}

package smtp_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
)

func TestBegin(t *testing.T) {
	t.Run("is called between the recipients and DATA", func(t *testing.T) {
		allowed := make(chan struct{})
		sender := newSender(t, play(t, func(p *peer) {
			p.greet()
			p.converse("MAIL FROM:<bounce@example.com>", "250 OK")
			p.hear("RCPT TO:<zoe@client.example>")
			select {
			case <-allowed:
				t.Error("begun before the client was accepted")
			default:
			}
			p.say("250 OK")
			<-allowed
			p.data()
			p.say("250 OK")
			p.converse("QUIT", "221 bye")
		}))
		_, err := sender.Deliver(t.Context(), envelope(), raw, func() error { close(allowed); return nil })
		require.NoError(t, err)
		sender.Close()
	})
	t.Run("holds the mail back by an error and leaves the connection for the next", func(t *testing.T) {
		errStale := errors.New("stale")
		sender := newSender(t, play(t, func(p *peer) {
			p.greet()
			p.envelope()
			p.converse("RSET", "250 OK")
			p.accept()
			p.converse("QUIT", "221 bye")
		}))
		_, err := sender.Deliver(t.Context(), envelope(), raw, func() error { return errStale })
		require.EqualError(t, err, "hold the mail back: stale")
		require.ErrorIs(t, err, errStale)
		var refusal *smtp.Error
		require.NotErrorAs(t, err, &refusal)

		_, err = sender.Deliver(t.Context(), envelope(), raw, begin)
		require.NoError(t, err)
		sender.Close()
	})
	t.Run("is not called twice when the connection is lost after it", func(t *testing.T) {
		sender := newSender(t, play(t,
			func(p *peer) { p.greet(); p.accept(); p.envelope(); p.hear("DATA") }))
		_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
		require.NoError(t, err)
		calls := 0
		_, err = sender.Deliver(t.Context(), envelope(), raw, func() error { calls++; return nil })
		assert.Equal(t, verdict{Stage: smtp.StageData, Temporary: true}, verdictOf(t, err))
		assert.Equal(t, 1, calls)
	})
	t.Run("is not called for a client who is refused", func(t *testing.T) {
		sender := newSender(t, play(t, func(p *peer) {
			p.greet()
			p.converse("MAIL FROM:<bounce@example.com>", "250 OK", "RCPT TO:<zoe@client.example>", "550 no", "RSET", "421 bye")
		}))
		_, err := sender.Deliver(t.Context(), envelope(), raw, func() error { t.Error("begun"); return nil })
		require.EqualError(t, err, "send RCPT command: 550 no")
	})
}

func TestCopies(t *testing.T) {
	const sam, eve, kim = "RCPT TO:<sam@example.com>", "RCPT TO:<eve@example.com>", "RCPT TO:<kim@example.com>"
	finish := func(p *peer) { p.data(); p.say("250 taken"); p.converse("QUIT", "221 bye") }
	tests := []struct {
		name    string
		cc      []string
		scripts []func(*peer)
		want    []string
	}{
		{
			"each gets the mail",
			[]string{"sam@example.com", "eve@example.com"},
			[]func(*peer){func(p *peer) {
				p.greet()
				p.envelope()
				p.converse(sam, "250 OK", eve, "251 OK")
				finish(p)
			}},
			nil,
		},
		{
			"the client and repetitions are left out",
			[]string{"Zoe@client.example", "sam@example.com", "SAM@example.com"},
			[]func(*peer){func(p *peer) { p.greet(); p.envelope(); p.converse(sam, "250 OK"); finish(p) }},
			nil,
		},
		{
			"refused ones do not keep the mail from the client",
			[]string{"sam@example.com", "eve@example.com", "kim@example.com"},
			[]func(*peer){func(p *peer) {
				p.greet()
				p.envelope()
				p.converse(sam, "550 5.1.1 unknown", eve, "452 4.5.3 too many", kim, "250 OK")
				finish(p)
			}},
			[]string{"sam@example.com: 550 5.1.1 unknown", "eve@example.com: 452 4.5.3 too many"},
		},
		{
			"those upon which the server hangs up are left out on the next connection",
			[]string{"sam@example.com", "eve@example.com", "kim@example.com"},
			[]func(*peer){
				func(p *peer) { p.greet(); p.envelope(); p.converse(sam, "550 no", eve, "421 4.7.0 enough") },
				func(p *peer) { p.greet(); p.envelope(); p.converse(sam, "421 4.7.0 enough") },
				func(p *peer) { p.greet(); p.envelope(); p.converse(kim, "250 OK"); finish(p) },
			},
			[]string{"eve@example.com: 421 4.7.0 enough", "sam@example.com: 421 4.7.0 enough"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sender := newSender(t, play(t, tt.scripts...))
			refused, err := sender.Deliver(t.Context(), envelope(tt.cc...), raw, begin)
			sender.Close()
			require.NoError(t, err)
			assert.Equal(t, tt.want, refused)
		})
	}
	t.Run("those upon which the server ends an old connection are offered again", func(t *testing.T) {
		sender := newSender(t, play(t,
			func(p *peer) { p.greet(); p.accept(); p.envelope(); p.converse(sam, "421 4.4.2 idle") },
			func(p *peer) { p.greet(); p.envelope(); p.converse(sam, "250 OK"); finish(p) }))
		_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
		require.NoError(t, err)
		refused, err := sender.Deliver(t.Context(), envelope("sam@example.com"), raw, begin)
		require.NoError(t, err)
		assert.Empty(t, refused)
		sender.Close()
	})
	t.Run("a verdict on several recipients does not speak of the client", func(t *testing.T) {
		sender := newSender(t, play(t, func(p *peer) {
			p.greet()
			p.envelope()
			p.converse(sam, "250 OK")
			p.data()
			p.say("550 5.1.1 unknown")
			p.converse("QUIT", "221 bye")
		}))
		_, err := sender.Deliver(t.Context(), envelope("sam@example.com"), raw, begin)
		assert.Equal(t, verdict{Stage: smtp.StageFinal}, verdictOf(t, err))
		assert.Equal(t, 2, asError(t, err).Recipients)
		sender.Close()
	})
	t.Run("a connection lost upon a copy fails the mail, unsent", func(t *testing.T) {
		sender := newSender(t, play(t, func(p *peer) { p.greet(); p.envelope(); p.hear(sam) }))
		_, err := sender.Deliver(t.Context(), envelope("sam@example.com"), raw, begin)
		assert.Equal(t, verdict{Stage: smtp.StageRcpt, Temporary: true}, verdictOf(t, err))
	})
}

func TestEnvelopeIsChecked(t *testing.T) {
	sender := newSender(t, play(t))
	env := mail.Envelope{From: "bounce@example.com", To: "zoe@client.example>\r\nRCPT TO:<max@client.example"}
	_, err := sender.Deliver(t.Context(), env, raw, begin)
	var field *mail.FieldError
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "envelope recipient", field.Field)
}

func TestConnectionIsReused(t *testing.T) {
	sendTwice := func(t *testing.T, scripts ...func(*peer)) {
		t.Helper()
		sender := newSender(t, play(t, scripts...))
		for range 2 {
			_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
			require.NoError(t, err)
		}
		sender.Close()
	}
	once := func(p *peer) { p.greet(); p.accept(); p.converse("QUIT", "221 bye") }

	t.Run("for the next mail", func(t *testing.T) {
		sendTwice(t, func(p *peer) { p.greet(); p.accept(); p.accept(); p.converse("QUIT", "221 bye") })
	})
	t.Run("unless the server closed it meanwhile", func(t *testing.T) {
		sendTwice(t, func(p *peer) { p.greet(); p.accept() }, once)
	})
	t.Run("unless the server reset it meanwhile", func(t *testing.T) {
		sendTwice(t, func(p *peer) { p.greet(); p.accept(); p.reset() }, once)
	})
	t.Run("unless the server said goodbye meanwhile", func(t *testing.T) {
		sendTwice(t, func(p *peer) { p.greet(); p.accept(); p.say("421 4.4.2 idle for too long") }, once)
	})
	t.Run("unless the server says goodbye upon the recipient", func(t *testing.T) {
		sendTwice(t, func(p *peer) {
			p.greet()
			p.accept()
			p.converse("MAIL FROM:<bounce@example.com>", "250 OK", "RCPT TO:<zoe@client.example>", "421 enough mails")
		}, once)
	})
	t.Run("unless the server takes no more mails over it", func(t *testing.T) {
		sendTwice(t, func(p *peer) {
			p.greet()
			p.accept()
			p.converse("MAIL FROM:<bounce@example.com>", "452 4.5.3 too many mails in this session", "RSET", "250 OK", "QUIT", "221 bye")
		}, once)
	})
	t.Run("after a refusal", func(t *testing.T) {
		sender := newSender(t, play(t, func(p *peer) {
			p.greet()
			p.envelope()
			p.data()
			p.say("554 5.7.1 spam")
			p.converse("MAIL FROM:<bounce@example.com>", "451 later", "RSET", "250 OK")
			p.accept()
			p.converse("QUIT", "221 bye")
		}))
		_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
		require.EqualError(t, err, "await the mail server's verdict: 554 5.7.1 spam")
		_, err = sender.Deliver(t.Context(), envelope(), raw, begin)
		require.EqualError(t, err, "send MAIL command: 451 later")
		_, err = sender.Deliver(t.Context(), envelope(), raw, begin)
		require.NoError(t, err)
		sender.Close()
	})
	t.Run("but a server that refuses a new one is not asked again", func(t *testing.T) {
		sender := newSender(t, play(t,
			func(p *peer) { p.greet(); p.accept() },
			func(p *peer) { p.say("421 too busy") }))
		_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
		require.NoError(t, err)
		_, err = sender.Deliver(t.Context(), envelope(), raw, begin)
		require.EqualError(t, err, "greet the mail server: 421 too busy")
	})
	t.Run("after RSET failed the next mail gets a new one", func(t *testing.T) {
		sender := newSender(t, play(t, func(p *peer) {
			p.greet()
			p.converse("MAIL FROM:<bounce@example.com>", "451 later", "RSET", "500 what?")
			p.silence()
		}, once))
		_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
		require.EqualError(t, err, "send MAIL command: 451 later")
		_, err = sender.Deliver(t.Context(), envelope(), raw, begin)
		require.NoError(t, err)
		sender.Close()
	})
	t.Run("for as many mails as it may carry", func(t *testing.T) {
		twice := func(p *peer) { p.greet(); p.accept(); p.accept(); p.converse("QUIT", "221 bye") }
		options := play(t, twice, twice, once)
		options.MaxPerConnection = 2
		sender := newSender(t, options)
		for range 5 {
			_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
			require.NoError(t, err)
		}
		sender.Close()
	})
	t.Run("for a mail after a check", func(t *testing.T) {
		sender := newSender(t, play(t, func(p *peer) {
			p.greet()
			p.converse("NOOP", "250 OK")
			p.accept()
			p.converse("QUIT", "221 bye")
		}))
		require.NoError(t, sender.Check(t.Context()))
		_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
		require.NoError(t, err)
		sender.Close()
	})
}

func TestClose(t *testing.T) {
	t.Run("does not wait for a server that does not say goodbye", func(t *testing.T) {
		options := play(t, func(p *peer) { p.greet(); p.accept(); p.hear("QUIT"); p.silence() })
		options.Timeout = 500 * time.Millisecond // below the time that is given to a goodbye
		sender := newSender(t, options)
		_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
		require.NoError(t, err)
		sender.Close()
	})
	t.Run("lets the mail in hand finish and takes no other", func(t *testing.T) {
		inHand, closed, quit := make(chan struct{}), make(chan struct{}), make(chan struct{})
		sender := newSender(t, play(t, func(p *peer) {
			p.greet()
			p.envelope()
			p.data()
			close(inHand)
			<-closed
			p.say("250 taken")
			p.converse("QUIT", "221 bye")
			close(quit)
		}))
		done := make(chan error)
		go func() {
			_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
			done <- err
		}()
		<-inHand
		sender.Close()
		close(closed)
		require.NoError(t, <-done)
		select {
		case <-quit:
		case <-time.After(10 * time.Second):
			t.Error("the connection was kept")
		}
		_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
		require.ErrorIs(t, err, smtp.ErrClosed)
		require.ErrorIs(t, sender.Check(t.Context()), smtp.ErrClosed)
	})
}

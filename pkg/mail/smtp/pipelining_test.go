package smtp_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPipelining plays servers that take commands together (RFC 2920).
func TestPipelining(t *testing.T) {
	const from, zoe, sam = "MAIL FROM:<bounce@example.com>", "RCPT TO:<zoe@client.example>", "RCPT TO:<sam@example.com>"
	// together hears the whole envelope before it answers any of it.
	together := func(p *peer, answers ...string) {
		for _, line := range []string{from, zoe, sam} {
			p.hear(line)
		}
		p.say(answers...)
	}
	accept := func(p *peer) { together(p, "250 OK", "250 OK", "250 OK"); p.data(); p.say("250 taken") }
	tests := []struct {
		name    string
		answer  func(*peer)
		want    string
		copies  []string
		another bool // The next mail comes over another connection.
	}{
		{name: "all accepted", answer: accept},
		{
			name: "the copy refused", copies: []string{"sam@example.com: 550 5.1.1 unknown"},
			answer: func(p *peer) { together(p, "250 OK", "250 OK", "550 5.1.1 unknown"); p.data(); p.say("250 taken") },
		},
		{
			name: "the client refused, the copy accepted", want: "send RCPT command: 450 4.2.0 later",
			answer: func(p *peer) { together(p, "250 OK", "450 4.2.0 later", "250 OK"); p.converse("RSET", "250 OK") },
		},
		{
			name: "the sender refused", want: "send MAIL command: 550 5.7.1 not you",
			answer: func(p *peer) {
				together(p, "550 5.7.1 not you", "503 5.5.1 no sender", "503 5.5.1 no sender")
				p.converse("RSET", "250 OK")
			},
		},
		{
			name: "the connection ended with the sender", want: "send MAIL command: 421 4.7.0 enough", another: true,
			answer: func(p *peer) { together(p, "421 4.7.0 enough") },
		},
		{
			name: "the connection ended with the client", want: "send RCPT command: 421 4.7.0 enough", another: true,
			answer: func(p *peer) { together(p, "250 OK", "421 4.7.0 enough") },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			next := func(p *peer) { accept(p); p.converse("QUIT", "221 bye") }
			scripts := []func(*peer){func(p *peer) { p.greet("PIPELINING"); tt.answer(p); next(p) }}
			if tt.another {
				scripts = []func(*peer){
					func(p *peer) { p.greet("PIPELINING"); tt.answer(p) },
					func(p *peer) { p.greet("PIPELINING"); next(p) },
				}
			}
			sender := newSender(t, play(t, scripts...))
			copies, err := sender.Deliver(t.Context(), envelope("sam@example.com"), raw, begin)
			if tt.want == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, tt.want)
			}
			assert.Equal(t, tt.copies, copies)
			copies, err = sender.Deliver(t.Context(), envelope("sam@example.com"), raw, begin)
			require.NoError(t, err, "what the server said of a mail must not be taken for what it says of the next one")
			assert.Empty(t, copies)
			sender.Close()
		})
	}
	t.Run("only asked", func(t *testing.T) {
		sender := newSender(t, play(t, func(p *peer) {
			p.greet("PIPELINING")
			p.hear(from)
			p.hear(zoe)
			p.say("550 5.7.1 not you", "503 5.5.1 no sender")
			p.converse("RSET", "250 OK")
			accept(p)
			p.converse("QUIT", "221 bye")
		}))
		require.EqualError(t, sender.Takes(t.Context(), envelope()), "send MAIL command: 550 5.7.1 not you")
		_, err := sender.Deliver(t.Context(), envelope("sam@example.com"), raw, begin)
		require.NoError(t, err)
		sender.Close()
	})
}

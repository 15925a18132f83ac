package smtp_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
)

func TestReplies(t *testing.T) {
	const mailFrom, rcpt = "MAIL FROM:<bounce@example.com>", "RCPT TO:<zoe@client.example>"
	untilFinal := func(p *peer) { p.greet(); p.envelope(); p.data() }
	bye := func(p *peer) { assert.Empty(p.t, p.silence()) }
	quit := func(p *peer) { p.converse("QUIT", "221 bye") }
	reset := func(p *peer) { p.converse("RSET", "250 OK", "QUIT", "221 bye") }
	tests := []struct {
		name   string
		script func(*peer)
		want   verdict
		err    string
	}{
		{
			"the greeting is 421",
			func(p *peer) { p.say("421 4.3.2 too busy") },
			verdict{Stage: smtp.StageGreeting, Failure: ledger.FailureServer, Temporary: true},
			"greet the mail server: 421 4.3.2 too busy",
		},
		{
			"the greeting is 554",
			func(p *peer) { p.say("554 we do not know you"); bye(p) },
			verdict{Stage: smtp.StageGreeting, Failure: ledger.FailureServer},
			"greet the mail server: 554 we do not know you",
		},
		{
			"the greeting is of another kind of server",
			func(p *peer) { p.say("HTTP/1.1 400 Bad Request", ""); p.silence() },
			verdict{Stage: smtp.StageGreeting, Failure: ledger.FailureServer},
			`greet the mail server: the server does not answer as a mail server does: it says "HTTP/1.1 400 Bad Request"`,
		},
		{
			"the connection ends without a greeting",
			func(*peer) {},
			verdict{Stage: smtp.StageGreeting, Failure: ledger.FailureServer, Temporary: true},
			"greet the mail server: the server closed the connection",
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
			verdict{Stage: smtp.StageGreeting, Failure: ledger.FailureServer},
			"greet the mail server: the server does not answer as a mail server does: the reply has no end",
		},
		{
			"a line never ends",
			func(p *peer) { p.say("220 " + strings.Repeat("x", 3000)); bye(p) },
			verdict{Stage: smtp.StageGreeting, Failure: ledger.FailureServer},
			"greet the mail server: the server does not answer as a mail server does",
		},
		{
			"EHLO is answered with 421",
			func(p *peer) {
				p.say("220 hello")
				p.converse("EHLO tool.example.com", "421 4.7.0 try again later")
				bye(p)
			},
			verdict{Stage: smtp.StageGreeting, Failure: ledger.FailureServer, Temporary: true},
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
			verdict{Stage: smtp.StageMail, Failure: ledger.FailureServer},
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
			`send MAIL command: the server does not answer as a mail server does: it says "what?"`,
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
			verdict{Stage: smtp.StageRcpt, Failure: ledger.FailureClient},
			"send RCPT command: 550 5.1.1 <zoe@client.example> [31m: Recipient address rejected: unknown",
		},
		{
			"the client's mailbox is disabled",
			func(p *peer) { p.greet(); p.converse(mailFrom, "250 OK", rcpt, "550 #5.2.1 disabled"); reset(p) },
			verdict{Stage: smtp.StageRcpt, Failure: ledger.FailureClient},
			"send RCPT command: 550 5.2.1 disabled",
		},
		{
			"the client is refused with a bare code",
			func(p *peer) { p.greet(); p.converse(mailFrom, "250 OK", rcpt, "550 5.1.0"); reset(p) },
			verdict{Stage: smtp.StageRcpt, Failure: ledger.FailureClientPerhaps},
			"send RCPT command: 550 5.1.0",
		},
		{
			"the client is refused without an enhanced code",
			func(p *peer) { p.greet(); p.converse(mailFrom, "250 OK", rcpt, "550 No such user"); reset(p) },
			verdict{Stage: smtp.StageRcpt, Failure: ledger.FailureClientPerhaps},
			"send RCPT command: 550 No such user",
		},
		{
			"the client's server does not like this one",
			func(p *peer) { p.greet(); p.converse(mailFrom, "250 OK", rcpt, "550 5.7.1 blocked"); reset(p) },
			verdict{Stage: smtp.StageRcpt, Failure: ledger.FailureSender},
			"send RCPT command: 550 5.7.1 blocked",
		},
		{
			"the client is greylisted",
			func(p *peer) { p.greet(); p.converse(mailFrom, "250 OK", rcpt, "450 4.2.0 greylisted"); reset(p) },
			verdict{Stage: smtp.StageRcpt, Failure: ledger.FailureClientForNow, Temporary: true},
			"send RCPT command: 450 4.2.0 greylisted",
		},
		{
			"RCPT is answered with 421",
			func(p *peer) { p.greet(); p.converse(mailFrom, "250 OK", rcpt, "421 bye") },
			verdict{Stage: smtp.StageRcpt, Failure: ledger.FailureClientForNow, Temporary: true},
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
			"send mail data: the server closed the connection",
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
			verdict{Stage: smtp.StageFinal, Failure: ledger.FailureClient},
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
			verdict{Stage: smtp.StageFinal, Failure: ledger.FailureUnknown},
			"await the mail server's verdict: the server closed the connection",
		},
		{
			"the verdict is nonsense",
			func(p *peer) { untilFinal(p); p.say("taken"); bye(p) },
			verdict{Stage: smtp.StageFinal, Failure: ledger.FailureUnknown},
			`await the mail server's verdict: the server does not answer as a mail server does: it says "taken"`,
		},
		{
			"the verdict is a code that has no place there",
			func(p *peer) { untilFinal(p); p.say("354 go on"); bye(p) },
			verdict{Stage: smtp.StageFinal, Failure: ledger.FailureUnknown},
			"await the mail server's verdict: the server does not answer as a mail server does: 354 go on",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sender := newSender(t, play(t, tt.script))
			refused, err := sender.Deliver(t.Context(), envelope(), raw, begin)
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
	_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
	require.NoError(t, err, "a mail that was taken must not be sent again")
	sender.Close()
}

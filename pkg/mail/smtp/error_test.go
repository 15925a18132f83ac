package smtp_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
)

// reply is what a server says at RCPT to the only recipient.
func reply(code int, text string) smtp.Error {
	return smtp.Error{Stage: smtp.StageRcpt, Code: code, Text: text, Recipients: 1}
}

func TestAClientIsRefusedOnlyByWordsAboutTheClient(t *testing.T) {
	final := func(recipients, code int, text string) smtp.Error {
		return smtp.Error{Stage: smtp.StageFinal, Code: code, Text: text, Recipients: recipients}
	}
	for want, replies := range map[ledger.Failure][]smtp.Error{
		ledger.FailureClient: {
			{Stage: smtp.StageRcpt, Code: 550, Enhanced: [3]int{5, 1, 1}, Recipients: 1},
			reply(550, "5.1.1 unknown"), reply(550, "sorry, no mailbox here by that name (#5.1.1)"), reply(554, "[5.1.2] no such domain"),
			reply(550, "zoe@client.example... User unknown in relay recipient table, 5.1.1."), reply(550, "SMTP;550-5.1.10 null MX"),
			reply(550, "5.2.1 mailbox disabled"), reply(550, "5.1.6 moved"), final(1, 550, "5.1.1 unknown"),
			reply(550, "5.1.1 User unknown; Exim 4.96.2"),
		},
		ledger.FailureClientPerhaps: {
			reply(550, ""), reply(551, "User not local"), reply(553, "no"), reply(550, "No such user here"), reply(550, "5.1.0"),
			reply(550, "#5.1.0 Address rejected."), reply(550, "5.5.0 Requested action not taken: mailbox unavailable"),
			reply(550, "Unrouteable address"), reply(550, "Invalid recipient: <zoe@client.example>"), reply(550, "<zoe@limit.example>: unknown"), reply(550, "5.1.1@client.example? no"),
			reply(550, "5.1.1 <sales@example.com>: Sender address rejected: User unknown"), reply(550, "5.1.1 blocked by our spam filter"),
		},
		ledger.FailureSender: {
			reply(550, "relay not permitted"), reply(550, "Domain example.com has exceeded the max emails per hour (60/50 (120%)) allowed"),
			reply(550, "5.1.90 Your message can't be sent because you've reached your daily limit"),
			reply(553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"), reply(550, "Message blocked using zen.example.org"),
			reply(550, "5.1.0 Sender rejected"), reply(550, "5.1.7 bad sender"), reply(550, "5.1.8 bad domain of sender"), reply(550, "5.7.1 policy"),
			reply(550, "5.1.1 unknown, says mx.client.example: 5.7.1 blocked"), reply(554, "no"), reply(552, "no"), reply(530, "5.7.0 Authentication required"),
			reply(550, "authentication required"), reply(550, "SPF check failed"), reply(451, "4.7.1 too many mails this hour"),
			// A missing login, the sender or this host, and no later try helps. The first is Postfix's own default.
			reply(454, "4.7.1 <zoe@client.example>: Relay access denied"), reply(450, "4.1.8 <a@b.example>: Sender address rejected: Domain not found"),
			reply(450, "4.7.25 Client host rejected: cannot find your reverse hostname, blocked"),
			reply(550, "Verification failed for <sales@example.com> Unrouteable address Sender verify failed"),
			reply(553, "5.7.1 <sales@example.com>: Sender address rejected: not owned by user crm-tool"),
			{Stage: smtp.StageRcpt, Code: 550, Enhanced: [3]int{4, 1, 1}, Recipients: 1},
		},
		ledger.FailureClientForNow: {
			reply(450, "4.2.0 greylisted"), reply(450, "4.1.1 try again"), reply(451, "Temporary local problem - please try later"),
			reply(450, "4.7.1 <zoe@client.example>: Recipient address rejected: policy: greylisted"), reply(450, "4.7.1 policy: wait 5 minutes"),
			reply(450, "4.1.7 <a@b.example>: Sender address rejected: unverified address: Address verification in progress"), reply(552, "5.2.2 mailbox over quota"), reply(452, "4.2.2 over quota"),
			reply(550, "5.2.1 The user you are trying to contact is receiving mail too quickly"),
		},
		ledger.FailureMail: {
			final(2, 550, "5.1.1 unknown"), final(1, 550, "no"), final(1, 554, "5.7.1 spam"), final(1, 550, "5.1.0 Sender rejected"),
		},
		ledger.FailureServer: {{Stage: smtp.StageMail, Code: 550, Enhanced: [3]int{5, 1, 1}}},
	} {
		for _, e := range replies {
			assert.Equal(t, want, e.Failure(), e.Error())
		}
	}
}

func TestADenialIsNotTemporaryWhateverItsCode(t *testing.T) {
	denied, later := reply(454, "4.7.1 <zoe@client.example>: Relay access denied"), reply(451, "4.7.1 Greylisted, access denied for now, come again")
	assert.False(t, denied.Temporary())
	assert.Equal(t, "if the server wants a login, set smtp.user and smtp.password_file", denied.Hint())
	assert.True(t, later.Temporary())
}

func TestWhatAServerSaysOfTwoClientsIsTheSame(t *testing.T) {
	same := reply(550, "Zoe@client.example limit of 50 reached (AUP#1304, id a7f3)")
	other := reply(550, "<bob@other.example> limit of 60 reached (AUP#1304, id 99c1)")
	assert.Equal(t, "550 limit of reached id", same.Words())
	assert.Equal(t, same.Words(), other.Words())
	unlike := reply(553, "limit of 60 reached id")
	assert.NotEqual(t, same.Words(), unlike.Words())
}

func TestHint(t *testing.T) {
	const login = "if the server wants a login, set smtp.user and smtp.password_file"
	for want, all := range map[string][]smtp.Error{
		login: {
			{Stage: smtp.StageMail, Code: 530, Enhanced: [3]int{5, 7, 0}},
			{Stage: smtp.StageRcpt, Code: 554, Enhanced: [3]int{5, 7, 1}, Recipients: 1},
			reply(550, "relay not permitted"), reply(553, "sorry (#5.7.1)"),
		},
		"check mail.envelope_from and mail.from, or from in rules: the server refuses this sender": {
			{Stage: smtp.StageMail, Code: 553, Enhanced: [3]int{5, 7, 1}}, reply(550, "5.1.0 Sender rejected"), reply(550, "5.1.7 no"),
		},
		"the mail server's limit is the one to raise, or the template the one to shorten": {
			{Stage: smtp.StageMail, Err: smtp.ErrTooLarge},
			{Stage: smtp.StageMail, Code: 552},
		},
		"check smtp.host and smtp.port: this is not a mail server": {
			{Stage: smtp.StageGreeting, Err: smtp.ErrNotSMTP},
		},
		"check smtp.port and smtp.tls": {
			{Stage: smtp.StageTLS, Err: io.EOF},
		},
		"the mail server limits how many mails it takes: the next run goes on; ask its provider, or spread the mails with --limit": {
			reply(550, "exceeded the max emails per hour"), reply(451, "4.7.1 rate limited"), {Stage: smtp.StageMail, Code: 452, Text: "too many mails"},
		},
		"the server refuses mail from this host or sender: see what it says, or ask its provider": {
			reply(550, "blocked using zen.example.org"),
		},
		"see in the mail server's log why; if it refuses this client alone, correct the address in Odoo": {
			reply(550, "No such user"),
		},
		"": {
			{Stage: smtp.StageDial, Err: context.Canceled},
			{Stage: smtp.StageRcpt, Code: 550, Enhanced: [3]int{5, 1, 1}, Recipients: 1},
			{Stage: smtp.StageMail, Code: 451},
			{Stage: smtp.StageFinal, Err: io.EOF},
			{Stage: smtp.StageGreeting, Code: 421},
		},
	} {
		for _, e := range all {
			assert.Equal(t, want, e.Hint(), e.Error())
		}
	}
}

func TestReply(t *testing.T) {
	assert.Equal(t, "550 5.1.1 unknown", (&smtp.Error{Code: 550, Enhanced: [3]int{5, 1, 1}, Text: "unknown"}).Reply())
	assert.Equal(t, "421", (&smtp.Error{Code: 421}).Reply())
	assert.Empty(t, (&smtp.Error{Err: errors.New("lost")}).Reply())
}

package mailer_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/mailer"
)

const exception = "odoo.addons.base.models.ir_mail_server.MailDeliveryException: "

// What Odoo 19 answered, and what follows for the mail.
func TestAnAnswerOfOdooSaysWhetherTheMailLeft(t *testing.T) {
	t.Parallel()
	delivery := func(text string) *odoo.Error {
		return &odoo.Error{Kind: odoo.ServerFault, FaultCode: 1, Exception: exception + text}
	}
	refused := func(text string) *odoo.Error {
		return delivery(`('Échec de livraison du mail', "La livraison a échoué via le serveur SMTP 'None'.\n` + text + `")`)
	}
	broken := func(command string) *odoo.Error {
		return &odoo.Error{
			Kind: odoo.ServerFault, Exception: "smtplib.SMTPServerDisconnected: Connection unexpectedly closed",
			Detail: fmt.Sprintf("  File \"/usr/lib/python3.13/smtplib.py\", line 881, in sendmail\n  File \"/usr/lib/python3.13/smtplib.py\", line 554, in %s\n"+
				"  File \"/usr/lib/python3.13/smtplib.py\", line 405, in getreply", command),
		}
	}
	for name, c := range map[string]struct {
		err   error
		want  ledger.Failure
		words string
	}{
		"no mail server": {
			delivery(`('Unable to connect to SMTP Server', ConnectionRefusedError(111, 'Connection refused'))`), ledger.FailureServer, "ConnectionRefusedError: Connection refused",
		},
		"a mail server without a name": {
			delivery(`('Unable to connect to SMTP Server', gaierror(-2, 'Name or service not known'))`), ledger.FailureServer, "Name or service not known",
		},
		"a wrong password there": {
			delivery(`('Unable to connect to SMTP Server', SMTPAuthenticationError(535, b'5.7.8 Authentication failed'))`), ledger.FailureServer, "535 5.7.8 Authentication failed",
		},
		"too many connections": {delivery(`("Can't connect", SMTPConnectError(421, b'too many'))`), ledger.FailureServer, "421 too many"},
		"no server in Odoo": {
			delivery(`('Unable to connect to SMTP Server', UserError('Missing SMTP Server\nPlease define one'))`), ledger.FailureServer, "Missing SMTP Server Please define one",
		},
		"an unknown client": {
			refused(`SMTPRecipientsRefused: {'zoe@client.example': (550, b'5.1.1 No such user'), 'sam@example.com': (550, b'5.7.1 No')}`), ledger.FailureClient, "550 5.1.1 No such user",
		},
		"a client in other letters": {refused(`SMTPRecipientsRefused: {'Zoe@client.example': (550, b'5.1.1 No such user')}`), ledger.FailureClient, "5.1.1"},
		"quotes in the reply": {
			delivery(`('Failed', 'Failed via \'None\'.\nSMTPRecipientsRefused: {\'zoe@client.example\': (550, b"5.1.1 It\'s unknown")}')`), ledger.FailureClient, "It's unknown",
		},
		"a client greylisted":     {refused(`SMTPRecipientsRefused: {'zoe@client.example': (451, b'4.7.1 Greylisted')}`), ledger.FailureClientForNow, "451 4.7.1"},
		"a copy ends it":          {refused(`SMTPRecipientsRefused: {'sam@example.com': (421, b'4.3.2 Closing')}`), ledger.FailureMail, "421"},
		"a client without reason": {refused(`SMTPRecipientsRefused: {'zoe@client.example': (550, b'Rejected')}`), ledger.FailureClientPerhaps, "550 Rejected"},
		"a sender":                {refused(`SMTPSenderRefused: (553, b'5.7.1 Not yours', 'sales@example.com')`), ledger.FailureServer, "553 5.7.1 Not yours"},
		"a mail for now":          {refused(`SMTPDataError: (451, b'4.3.0 Try again')`), ledger.FailureMail, "451 4.3.0"},
		"a mail":                  {refused(`SMTPDataError: (554, b'5.7.1 Spam')`), ledger.FailureMail, "554"},
		"a verdict that is none":  {refused(`SMTPDataError: (-1, b'garbage')`), ledger.FailureUnknown, "does not answer as a mail server"},
		"an unknown exception":    {refused(`TimeoutError: timed out`), ledger.FailureUnknown, ""},
		"a sender that is none":   {delivery(`Malformed 'Return-Path' or 'From' address: nonsense`), ledger.FailureMail, ""},

		"hung up at MAIL":          {broken("mail"), ledger.FailureMail, ""},
		"hung up at RCPT":          {broken("rcpt"), ledger.FailureMail, ""},
		"hung up with the mail":    {broken("data"), ledger.FailureUnknown, ""},
		"hung up nobody knows":     {&odoo.Error{Kind: odoo.ServerFault, Exception: "smtplib.SMTPServerDisconnected: x"}, ledger.FailureUnknown, ""},
		"a lost transaction":       {&odoo.Error{Kind: odoo.Temporary, Exception: "psycopg2.errors.SerializationFailure: could not"}, ledger.FailureUnknown, ""},
		"a dead database":          {&odoo.Error{Kind: odoo.Temporary, Exception: "psycopg2.InterfaceError: connection already closed"}, ledger.FailureUnknown, ""},
		"a missing right":          {&odoo.Error{Kind: odoo.AccessDenied, FaultCode: 4}, ledger.FailureMail, ""},
		"a deleted opportunity":    {&odoo.Error{Kind: odoo.MissingRecord, FaultCode: 2}, ledger.FailureMail, ""},
		"values that cannot be":    {&odoo.Error{Kind: odoo.Invalid, FaultCode: 2}, ledger.FailureMail, ""},
		"no answer in time":        {&odoo.Error{Kind: odoo.Timeout}, ledger.FailureUnknown, ""},
		"a proxy":                  {&odoo.Error{Kind: odoo.ProxyFailed}, ledger.FailureUnknown, ""},
		"a page":                   {&odoo.Error{Kind: odoo.NotOdoo}, ledger.FailureUnknown, ""},
		"a broken connection":      {&odoo.Error{Kind: odoo.Unreachable}, ledger.FailureUnknown, ""},
		"half an answer":           {&odoo.Error{Kind: odoo.Truncated}, ledger.FailureUnknown, ""},
		"a request that cannot be": {&odoo.Error{Kind: odoo.Defect}, ledger.FailureServer, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := mailer.Failed(c.err, mail.Envelope{From: "sales@example.com", To: "zoe@client.example", CC: []string{"sam@example.com"}})
			d, ok := errors.AsType[ledger.DeliveryError](err)
			require.True(t, ok)
			assert.Equal(t, c.want, d.Failure(), "%v", err)
			assert.ErrorContains(t, err, c.words)
		})
	}
	assert.ErrorIs(t, mailer.Failed(context.Canceled, mail.Envelope{}), context.Canceled, "the ledger knows whether it was begun")
}

package mailer

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// Error says why Odoo did not send a mail, or why nobody knows whether it did.
//
// The mail surely did not leave if Odoo got no request; if Odoo refused it before it
// looked for a mail server, which it does last (a missing right or record, values that
// cannot be); if Odoo could not connect to its mail server; if that server refused; or
// if the connection broke before the server was given the mail. Anything else may have
// happened after the mail left.
type Error struct {
	failure ledger.Failure
	// said is what the mail server said, or nil.
	said *smtp.Error
	err  error
}

var _ ledger.DeliveryError = (*Error)(nil)

func (e *Error) Error() string { return "send through Odoo: " + e.Unwrap().Error() }

// Unwrap returns what the mail server said, else what went wrong in Odoo or on the way.
func (e *Error) Unwrap() error {
	if e.said != nil {
		return e.said
	}
	return e.err
}

// Failure implements [ledger.DeliveryError].
func (e *Error) Failure() ledger.Failure { return e.failure }

// Words implements [ledger.DeliveryError].
func (e *Error) Words() string {
	if e.said == nil {
		return ""
	}
	return e.said.Words()
}

// Hint says what a person can do about it. The settings smtp.* have nothing to do with
// it.
func (e *Error) Hint() string {
	const servers = "Settings, Technical, Outgoing Mail Servers"
	switch {
	case e.said == nil:
		return ""
	case e.said.Stage == smtp.StageMail, e.failure == ledger.FailureSender:
		return "let a mail server in Odoo (" + servers + ") send for mail.from: see its FROM Filtering, and what the server says"
	case e.failure == ledger.FailureServer:
		return "test the mail server in Odoo: " + servers
	}
	return ""
}

// deliveryException is what Odoo raises about its mail server, in all versions. Its words
// are for people, and translated; its form is not. Without a parenthesis it says that an
// address cannot be used.
const deliveryException = "odoo.addons.base.models.ir_mail_server.MailDeliveryException: "

var (
	// The second argument is an exception: the connection failed.
	connectForm = regexp.MustCompile(`^\((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"), ([A-Za-z]+)\((?:(-?[0-9]+), )?(.*)\)\)$`)
	// Odoo's sentence, a line end as Python writes it, and smtplib's exception.
	refusalForm = regexp.MustCompile(`\\n(SMTP[A-Za-z]+): (.*)$`)
	replyForm   = regexp.MustCompile(`^\((-?[0-9]+), b(.*)`)
	// The last function of smtplib that speaks a command of its own.
	commandForm = regexp.MustCompile(`smtplib\.py", line [0-9]+, in (mail|rcpt|data)\b`)
)

// failed returns what an error of the call says about the mail.
func failed(err error, env mail.Envelope) error {
	e, ok := errors.AsType[*odoo.Error](err)
	if !ok {
		return err // It was cut off.
	}
	if told, found := strings.CutPrefix(strings.TrimSpace(e.Exception), deliveryException); found {
		return delivery(told, e, env)
	}
	switch {
	case e.Unsent():
		return &Error{failure: ledger.FailureServer, err: err}
	case e.Kind == odoo.AccessDenied, e.Kind == odoo.LoginRefused, e.Kind == odoo.MissingRecord, e.Kind == odoo.Invalid, e.Kind == odoo.UnknownName:
		return &Error{failure: ledger.FailureMail, err: err}
	case strings.HasPrefix(e.Exception, "smtplib.SMTPServerDisconnected") && !inData(e.Detail):
		return &Error{failure: ledger.FailureMail, err: err}
	}
	return &Error{failure: ledger.FailureUnknown, err: err}
}

// inData tells whether the mail server may have had the mail when the connection broke.
func inData(traceback string) bool {
	commands := commandForm.FindAllStringSubmatch(traceback, -1)
	return len(commands) == 0 || commands[len(commands)-1][1] == "data"
}

// delivery reads what Odoo says about its mail server.
func delivery(told string, e *odoo.Error, env mail.Envelope) *Error {
	if m := connectForm.FindStringSubmatch(told); m != nil {
		return &Error{failure: ledger.FailureServer, said: connection(m[1], m[2], m[3])}
	}
	if m := refusalForm.FindStringSubmatch(told); m != nil {
		if said := refusal(m[1], m[2], env); said != nil {
			return &Error{failure: said.Failure(), said: said}
		}
		return &Error{failure: ledger.FailureUnknown, err: e}
	}
	if !strings.HasPrefix(told, "(") {
		return &Error{failure: ledger.FailureMail, err: e}
	}
	return &Error{failure: ledger.FailureUnknown, err: e}
}

// connection returns why Odoo has no connection to its mail server.
func connection(exception, code, text string) *smtp.Error {
	number, _ := strconv.Atoi(code) // 0 without one.
	switch exception {
	case "SMTPAuthenticationError":
		return smtp.Said(smtp.StageAuth, 0, number, literal(text))
	case "SMTPConnectError", "SMTPHeloError":
		return smtp.Said(smtp.StageGreeting, 0, number, literal(text))
	}
	return &smtp.Error{Stage: smtp.StageDial, Err: errors.New(exception + ": " + literal(text))}
}

// refusal returns what the mail server said of the mail; nil if that is not clear. The
// server has not taken a mail of which Python's smtplib says so.
func refusal(exception, told string, env mail.Envelope) *smtp.Error {
	stage, recipients := smtp.StageFinal, 1+len(env.CC)
	switch exception {
	case "SMTPRecipientsRefused": // {'zoe@client.example': (550, b'No such user')}
		stage, recipients = smtp.StageRcpt, 2
		client := regexp.MustCompile(`(?i)['"]` + regexp.QuoteMeta(env.To) + `\\?['"]: `)
		if at := client.FindStringIndex(told); at != nil {
			told, recipients = told[at[1]:], 1
		} else {
			_, told, _ = strings.Cut(told, ": ")
		}
	case "SMTPSenderRefused":
		stage = smtp.StageMail
	case "SMTPDataError":
	case "SMTPHeloError":
		stage = smtp.StageGreeting
	default:
		return nil
	}
	m := replyForm.FindStringSubmatch(told)
	if m == nil {
		return nil
	}
	code, _ := strconv.Atoi(m[1]) // The form says that it is one.
	return smtp.Said(stage, recipients, code, literal(m[2]))
}

// literal returns the text that begins with a literal of Python: up to its other quote,
// of which Odoo may have escaped both.
func literal(s string) string {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "b"), `\`)
	if s == "" || s[0] != '\'' && s[0] != '"' {
		return s
	}
	text, _, _ := strings.Cut(s[1:], s[:1])
	return strings.NewReplacer(`\\n`, " ", `\n`, " ", `\`, "").Replace(text)
}

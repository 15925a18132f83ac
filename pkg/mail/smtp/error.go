package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail/token"
	"github.com/crm-tool/crm-tool/pkg/netfault"
	"github.com/crm-tool/crm-tool/pkg/plaintext"
)

// Stage is the part of the conversation with the server that failed.
type Stage string

// The stages, in their order.
const (
	StageDial     Stage = "dial"
	StageTLS      Stage = "tls"
	StageGreeting Stage = "greeting"
	// StageToken comes before all others: an access token is fetched for the login.
	StageToken Stage = "token"
	StageAuth  Stage = "auth"
	StageMail  Stage = "mail"
	StageRcpt  Stage = "rcpt"
	// StageData lasts from the DATA command until all but the end of the data
	// is written.
	StageData Stage = "data"
	// StageFinal is the end of the data and the server's verdict on the mail.
	StageFinal Stage = "final"
)

// Failures without a reply of the server.
var (
	// ErrNoStartTLS says that the server does not offer STARTTLS, or that a
	// device on the way removed the offer.
	ErrNoStartTLS = errors.New("the server does not offer STARTTLS")
	// ErrNoLogin says that the server offers no login by user and password.
	ErrNoLogin = errors.New("the server offers neither PLAIN nor LOGIN")
	// ErrTooLarge says that the mail exceeds the server's limit (RFC 1870).
	ErrTooLarge = errors.New("the mail is larger than the server takes")
	// ErrEarlyVerdict says that the server accepted the mail before it had all of
	// it, so that nobody knows what became of it.
	ErrEarlyVerdict = errors.New("the server accepted the mail before its end")
	// ErrNotSMTP says that what the server said is no valid SMTP reply here.
	ErrNotSMTP = errors.New("the server does not answer as a mail server does")
)

// maxText is how many characters of a reply are kept.
const maxText = 300

// Error says why a mail did not leave, or why nobody knows whether it did.
type Error struct {
	Stage Stage
	// Code is the code of the server's reply, 400 to 599, or 0 if there was no
	// valid reply. Enhanced is its enhanced status code (RFC 3463), all 0 if it
	// has none.
	Code     int
	Enhanced [3]int
	// Text is the text of the reply as one printable line.
	Text string
	// Recipients is how many recipients the reply is about.
	Recipients int
	// Err is the cause if there was no reply.
	Err error

	// byToken says that the login was by an access token.
	byToken bool
}

var _ ledger.DeliveryError = (*Error)(nil)

// Error names the step and quotes the server.
func (e *Error) Error() string {
	step := map[Stage]string{ //nolint:gosec // Words for people, and no credentials.
		StageDial:     "connect to the mail server",
		StageTLS:      "encrypt the connection to the mail server",
		StageGreeting: "greet the mail server",
		StageToken:    "log in to the mail server",
		StageAuth:     "log in to the mail server",
		StageMail:     "send MAIL command",
		StageRcpt:     "send RCPT command",
		StageData:     "send mail data",
		StageFinal:    "await the mail server's verdict",
	}[e.Stage]
	if e.Code == 0 {
		return step + ": " + e.Err.Error()
	}
	return step + ": " + e.Reply()
}

// Reply returns the server's reply, or an empty text if there was none.
func (e *Error) Reply() string {
	if e.Code == 0 {
		return ""
	}
	reply := strconv.Itoa(e.Code)
	if e.Enhanced != [3]int{} {
		reply += fmt.Sprintf(" %d.%d.%d", e.Enhanced[0], e.Enhanced[1], e.Enhanced[2])
	}
	return strings.TrimSpace(reply + " " + e.Text)
}

// Unwrap returns the cause if there was no reply.
func (e *Error) Unwrap() error { return e.Err }

// Failure implements [ledger.DeliveryError].
func (e *Error) Failure() ledger.Failure {
	switch {
	case e.Code == 0 && (e.Stage == StageFinal || errors.Is(e.Err, ErrEarlyVerdict)):
		// The end of the data was being written, and no verdict came back.
		return ledger.FailureUnknown
	case e.serverRefused():
		return ledger.FailureServer
	case e.Code != 0 && e.Stage != StageMail:
		return e.refusal()
	default:
		return ledger.FailureMail
	}
}

// serverRefused reports whether the server would refuse every mail under this
// configuration: it cannot be reached, does not encrypt, does not accept the
// login, or does not accept the sender.
func (e *Error) serverRefused() bool {
	switch e.Stage {
	case StageDial, StageTLS, StageGreeting, StageToken, StageAuth:
		return !errors.Is(e.Err, context.Canceled)
	case StageMail:
		return e.Code >= 500 && !e.tooLarge()
	default:
		return false
	}
}

func (e *Error) tooLarge() bool {
	return e.Code == 552 || e.Enhanced[1] == 3 && e.Enhanced[2] == 4 || errors.Is(e.Err, ErrTooLarge)
}

// Temporary reports whether the mail surely did not leave, and may leave later
// with nothing changed: the server says so, or the connection was lost.
func (e *Error) Temporary() bool {
	if e.Code != 0 {
		return e.Code < 500 && (e.Stage != StageRcpt || !e.denied())
	}
	if failed, ok := errors.AsType[*token.Error](e.Err); ok {
		return failed.Temporary()
	}
	var network net.Error
	return e.Stage != StageFinal && !errors.Is(e.Err, ErrNotSMTP) && (errors.As(e.Err, &network) || errors.Is(e.Err, io.EOF) ||
		errors.Is(e.Err, io.ErrUnexpectedEOF) || errors.Is(e.Err, net.ErrClosed) || errors.Is(e.Err, context.Canceled))
}

// Hint returns advice about the setting to look at, or nothing.
func (e *Error) Hint() string {
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		record    tls.RecordHeaderError
		timeout   timeoutError
		notFound  *net.DNSError
	)
	switch {
	case errors.Is(e.Err, context.Canceled):
		return ""
	case e.Stage == StageToken || e.Stage == StageAuth:
		return e.loginHint()
	case errors.As(e.Err, &notFound):
		return "check smtp.host"
	case e.Stage == StageDial:
		return "check smtp.host and smtp.port, and whether a firewall is between"
	case errors.Is(e.Err, ErrNoStartTLS):
		return "check smtp.port; a server that encrypts from the start wants smtp.tls: implicit (usually port 465)"
	case errors.As(e.Err, &authority):
		return "set smtp.ca_file to the certificate of the authority that signed the mail server's"
	case errors.As(e.Err, &name):
		return "set smtp.host to a name that the mail server's certificate is for"
	case errors.As(e.Err, &record):
		return "the server does not encrypt from the start: set smtp.tls to starttls, or smtp.port to 465"
	case e.Stage == StageTLS && (e.Code == 0 || e.Code >= 500):
		return "check smtp.port and smtp.tls"
	case e.Stage == StageGreeting && errors.As(e.Err, &timeout):
		return "check smtp.port; a server that encrypts from the start wants smtp.tls: implicit"
	case e.Stage == StageGreeting && errors.Is(e.Err, ErrNotSMTP):
		return "check smtp.host and smtp.port: this is not a mail server"
	case e.Stage == StageMail && e.tooLarge():
		return "the mail server's limit is the one to raise, or the template the one to shorten"
	case e.Code == 530:
		return "if the server wants a login, set smtp.user and smtp.password_file"
	default:
		return e.refusalHint()
	}
}

// timeoutError says that the server took too long.
type timeoutError time.Duration

func (e timeoutError) Error() string { return "no answer within " + time.Duration(e).String() }
func (e timeoutError) Timeout() bool { return true }

// Temporary makes it a net.Error.
func (e timeoutError) Temporary() bool { return true }

func (e timeoutError) Is(target error) bool {
	return target == os.ErrDeadlineExceeded || target == context.DeadlineExceeded
}

// interruption returns why a context ended.
func interruption(ctx context.Context) error {
	switch cause := context.Cause(ctx); {
	case cause == nil:
		return net.ErrClosed
	case errors.Is(cause, ctx.Err()):
		return cause
	default:
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
}

// Said returns the error for what a mail server said at a stage, about so many
// recipients, to somebody who tells it. A code that no server refuses with says nothing:
// see [ErrNotSMTP].
func Said(stage Stage, recipients, code int, text string) *Error {
	return newError(stage, recipients, &textproto.Error{Code: code, Msg: text})
}

// newError makes an Error of an error of go-smtp or the network.
func newError(stage Stage, recipients int, err error) *Error {
	e := &Error{Stage: stage, Recipients: recipients}
	var (
		reply   *gosmtp.SMTPError
		plain   *textproto.Error
		garbled textproto.ProtocolError
	)
	switch {
	case errors.As(err, &reply):
		e.Code, e.Enhanced, e.Text = reply.Code, reply.EnhancedCode, clean(reply.Message)
	case errors.As(err, &plain):
		e.Code, e.Text = plain.Code, clean(plain.Msg)
	case errors.As(err, &garbled):
		e.Err = fmt.Errorf("%w: %s", ErrNotSMTP, garbledWords(string(garbled)))
		return e
	case errors.Is(err, gosmtp.ErrTooLongLine):
		e.Err = ErrNotSMTP
		return e
	default:
		e.Err = netfault.InWords(err)
		return e
	}
	if e.Enhanced == [3]int{} {
		e.Enhanced, e.Text = cutEnhanced(e.Text)
	}
	if e.Code < 400 || e.Code > 599 {
		return &Error{Stage: stage, Recipients: recipients, Err: fmt.Errorf("%w: %d %s", ErrNotSMTP, e.Code, e.Text)}
	}
	return e
}

var enhancedForm = regexp.MustCompile(`^#?([245])\.([0-9]{1,3})\.([0-9]{1,3})(?:\s+|$)`)

// cutEnhanced finds the enhanced codes that go-smtp misses: without a text after
// them, and with the # that some servers write.
func cutEnhanced(text string) (code [3]int, rest string) {
	m := enhancedForm.FindStringSubmatch(text)
	if m == nil {
		return code, text
	}
	for i := range code {
		code[i], _ = strconv.Atoi(m[i+1]) // One to three digits always are a number.
	}
	return code, text[len(m[0]):]
}

// garbledWords quotes a reply that is none.
func garbledWords(err string) string {
	if _, reply, ok := strings.Cut(err, ": "); ok {
		err = "it says " + reply
	}
	return clean(err)
}

// clean makes one short line of a server's text, safe for a terminal.
func clean(s string) string { return plaintext.OneLine(s, maxText) }

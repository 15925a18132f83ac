package odoo

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Kind says what went wrong, as far as it decides what a person can do.
type Kind string

// The kinds of failures.
const (
	Misconfigured   Kind = "misconfigured"    // a setting of the connection cannot be right
	Unreachable     Kind = "unreachable"      // no connection, or it broke before the answer
	Untrusted       Kind = "untrusted"        // no TLS, or the certificate is not trusted
	Timeout         Kind = "timeout"          // no whole answer within Options.Timeout
	ProxyFailed     Kind = "proxy-failed"     // HTTP 5xx or 413: a proxy or Odoo's HTTP server, not Odoo's API
	NotOdoo         Kind = "not-odoo"         // the answer is not of Odoo's API
	Redirected      Kind = "redirected"       // the address points to another one
	Truncated       Kind = "truncated"        // the answer ended too early
	TooLarge        Kind = "too-large"        // the answer is longer than Options.MaxAnswer
	TooDeep         Kind = "too-deep"         // the answer is nested deeper than anything Odoo sends
	Malformed       Kind = "malformed"        // the answer is not of the form that Odoo promises
	NoClock         Kind = "no-clock"         // the answer has no time
	ClocksApart     Kind = "clocks-apart"     // the clocks of Odoo and this host cannot both be right
	TooOld          Kind = "too-old"          // Odoo is older than version 16
	UnknownDatabase Kind = "unknown-database" // Odoo has no database of this name
	LoginRefused    Kind = "login-refused"    // the user or the password is wrong
	AccessDenied    Kind = "access-denied"    // the user lacks a right
	MissingRecord   Kind = "missing-record"   // a record does not exist any more
	UnknownName     Kind = "unknown-name"     // this Odoo does not have the model, field or method
	MissingApp      Kind = "missing-app"      // this Odoo lacks the Survey app
	Invalid         Kind = "invalid"          // Odoo refuses the values
	Temporary       Kind = "temporary"        // Odoo was too busy, at each attempt, or wants the call later
	ServerFault     Kind = "server-fault"     // anything else that went wrong inside Odoo
	Defect          Kind = "defect"           // the program used the client wrongly
)

// Error is any failure of a call but the end of the caller's context. Its
// text is one sentence, without the password and without a traceback.
type Error struct {
	Kind Kind
	// Step is what was being done, such as "call crm.lead.read"; empty before
	// the first call.
	Step string
	// Message is what went wrong, in one line.
	Message string
	// FaultCode is the code of Odoo's XML-RPC fault (odoo/http.py: 1 server,
	// 2 warning, 3 login, 4 access), or the one that it would be; 0 when the failure
	// is no fault.
	FaultCode int
	// Exception is the exception that a Python traceback ends with, its name first; empty
	// without a traceback.
	Exception string
	// Detail is what Odoo sent: a Python traceback or the beginning of a web
	// page. It may be empty.
	Detail string
	// Err is the cause, when another package named one.
	Err error
	// Cure is the hint; empty for the usual one of the kind.
	Cure string

	// transient: the same request may succeed a moment later. unsent: Odoo
	// surely did nothing of it. turnedAway: it was refused before it was read. putOff:
	// the server asks to make it again after so long.
	transient  bool
	unsent     bool
	turnedAway bool
	putOff     bool
	after      time.Duration
	// status is that of an HTTP answer that was not the API's.
	status int
}

// Error returns the step and the message.
func (e *Error) Error() string {
	if e.Step == "" {
		return e.Message
	}
	return e.Step + ": " + e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint says what a person can do about it; it is never empty.
func (e *Error) Hint() string {
	if e.Cure != "" {
		return e.Cure
	}
	switch e.Kind {
	case Unreachable:
		return "see whether Odoo runs at odoo.url, and whether a firewall stands between"
	case Untrusted:
		return "set odoo.ca_file to the certificate of the authority that signed Odoo's"
	case Timeout:
		return "see why Odoo is slow, or raise odoo.timeout"
	case ProxyFailed:
		return "see whether Odoo runs behind the proxy at odoo.url, and read the proxy's log"
	case NotOdoo, Redirected:
		return "set odoo.url to the host that answers POST " + pathPrefix + "common as Odoo itself, such as https://odoo.example.com, without a path"
	case Truncated, Temporary:
		return "run again later; if it stays so, read the logs of Odoo and of the proxy before it"
	case TooLarge, TooDeep, Malformed:
		return "see what stands at odoo.url and between, and read its log"
	case NoClock:
		return "let the proxy before Odoo pass on the Date header of its answers"
	case ClocksApart:
		return "let both machines set their clocks by the network (NTP)"
	case TooOld:
		return "upgrade Odoo to version 16 or later"
	case UnknownDatabase:
		return "set odoo.database to the name of a database of this Odoo"
	case LoginRefused:
		return "check odoo.user and odoo.password_file; an API key may have expired (Odoo 18 and later) or been deleted, " +
			"and a user with two-factor authentication needs one"
	case AccessDenied:
		return "give the user in odoo.user the rights that the message names"
	case MissingRecord:
		return "run again: the record was deleted meanwhile"
	case UnknownName:
		return "see whether the database in odoo.database has the CRM app, in version 16 or later"
	case MissingApp:
		return "run once: crm-tool setup"
	case Invalid:
		return "correct the values that the message names, in Odoo"
	case Misconfigured:
		return "correct the setting"
	case ServerFault, Defect: // Only the developers can do something.
	}
	return "run again with --verbose, and report what it says together with Odoo's version"
}

// Unsent tells whether Odoo surely did nothing of the request: there was no
// connection, or it was turned away before Odoo looked at it.
func (e *Error) Unsent() bool { return e.unsent || e.Kind == Misconfigured || e.Kind == Defect }

// repeatable returns whether the request may be made again.
func (e *Error) repeatable(harmless bool) bool {
	return e.transient && (harmless || e.unsent)
}

const (
	maxLine   = 400   // runes of a foreign text in one of our sentences
	maxDetail = 20000 // runes of a detail
)

// oneLine makes a foreign text fit into a sentence and harmless on a terminal:
// one line, no control characters, not too long.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	words := strings.Join(strings.Fields(strings.Map(visible, s)), " ")
	return cut(words, maxLine)
}

// visible keeps what can be seen, turns line ends and the like into spaces
// and drops the rest, such as terminal escapes and marks that turn the
// direction of writing.
func visible(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
		return -1
	}
	return r
}

// cut shortens s to at most limit runes.
func cut(s string, limit int) string {
	runes := 0
	for i := range s {
		if runes == limit {
			return s[:i] + "…"
		}
		runes++
	}
	return s
}

// block makes a text of several lines harmless on a terminal.
func block(s string) string {
	clean := strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return visible(r)
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return cut(strings.TrimSpace(clean), maxDetail)
}

func quote(s string) string { return strconv.Quote(cut(s, maxLine)) }

// IsKind returns whether the error is an [Error] of one of the kinds.
func IsKind(err error, kinds ...Kind) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && slices.Contains(kinds, e.Kind)
}

// MalformedAnswer returns the [Error] for an answer that a call cannot have.
func MalformedAnswer(call string, answer any) error {
	return &Error{Kind: Malformed, Step: "call " + call, Message: fmt.Sprintf("Odoo answered %T where it should not", answer)}
}

package odoo

import (
	"regexp"
	"strings"
)

// Odoo's fault codes (odoo/addons/base/controllers/rpc.py): 3 is a refused
// login and 4 a missing right, but 1 is any exception, as a traceback, and 2
// any message for a person, in that person's language. Only the text of 1 and 2
// says what they are about. If it is for people, its form is matched, not its
// words.
const (
	faultServer  = 1
	faultWarning = 2
	faultLogin   = 3
	faultAccess  = 4
)

const (
	// conflict is PostgreSQL's message for a transaction that lost against
	// another. Odoo passes it on as it comes.
	conflict = "could not serialize access"

	tracebackStart = "Traceback (most recent call last):"
)

var (
	// The second line of a MissingError: "(Record: crm.lead(7,), User: 6)".
	missingRecord = regexp.MustCompile(`\n\([^\n]*[a-z_]+(\.[a-z0-9_]+)+\(\d+[0-9, ]*\)[^\n]*\d+\)\s*$`)

	unknownModel = regexp.MustCompile(`^Object \S+ doesn't exist$`)

	// The same for a model of the Survey app.
	unknownSurvey = regexp.MustCompile(`^Object survey\.\S+ doesn't exist$`)

	// ValueError of a field in read, search and load (18, 19); KeyError of a
	// column in load (16, 17) is told by the method.
	unknownField  = regexp.MustCompile(`^ValueError: Invalid field `)
	unknownMethod = regexp.MustCompile(`^AttributeError: The method '[^']*' does not exist`)

	// FATAL of PostgreSQL when a database is opened; in Odoo 19 some lines
	// after the exception's first.
	unknownDatabase = regexp.MustCompile(`FATAL:\s+database "[^"]*" does not exist`)

	// Exceptions after which the same call can succeed: a lost transaction,
	// or a lost, refused or exhausted connection to PostgreSQL.
	transientFault = regexp.MustCompile(`^(psycopg2\.(InterfaceError|OperationalError)|` +
		`psycopg2\.errors\.(SerializationFailure|DeadlockDetected|LockNotAvailable|AdminShutdown)|` +
		`odoo\.sql_db\.PoolError)\b`)
)

// fault turns an XML-RPC fault, or what would be one, into an Error without a step.
func fault(code int, text, database, method string) *Error {
	e := &Error{FaultCode: code, Kind: ServerFault}
	exception, rest, traceback := lastException(text)
	if traceback {
		e.Message, e.Detail, e.Exception = "Odoo says: "+oneLine(exception), block(text), block(rest)
	} else {
		e.Message = "Odoo says: " + oneLine(text)
	}
	switch {
	case code == faultLogin:
		e.Kind = LoginRefused
	case code == faultAccess:
		e.Kind = AccessDenied
	case code == faultWarning && missingRecord.MatchString(text):
		e.Kind = MissingRecord
	case code == faultWarning && unknownSurvey.MatchString(strings.TrimSpace(text)):
		e.Kind, e.Message = MissingApp, "Odoo has no Survey app"
	case code == faultWarning && unknownModel.MatchString(strings.TrimSpace(text)):
		e.Kind = UnknownName
	case code == faultWarning:
		e.Kind = Invalid
	case unknownDatabase.MatchString(rest):
		e.Kind, e.Message = UnknownDatabase, "Odoo has no database "+quote(database)
	case transientFault.MatchString(exception), strings.Contains(exception, conflict):
		e.Kind, e.transient = Temporary, true
	case unknownField.MatchString(exception), unknownMethod.MatchString(exception),
		method == "load" && strings.HasPrefix(exception, "KeyError: "):
		e.Kind = UnknownName
	}
	return e
}

// lastException finds in a Python traceback the line that names the last
// exception, and what follows from there: an exception's own text can have
// several lines.
func lastException(text string) (line, rest string, ok bool) {
	at := strings.LastIndex(text, tracebackStart)
	if at < 0 {
		return strings.TrimSpace(text), text, false
	}
	rest = text[at+len(tracebackStart):]
	for rest != "" {
		first, after, _ := strings.Cut(rest, "\n")
		if first != "" && first[0] != ' ' {
			return strings.TrimSpace(first), rest, true
		}
		rest = after
	}
	return "an exception without a name", "", true
}

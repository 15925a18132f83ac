// Package smtp is a mail server in memory that stands in for a company's own,
// on the loopback interface. A [Mailbox] accepts mail, keeps it, and can be
// told to refuse or to break at each step of the conversation. The
// demonstration mails to one, and so do the tests.
//
// It is strict: it refuses what RFC 5321 and RFC 5322 do not allow, so that no
// client passes its tests by a server's leniency.
package smtp

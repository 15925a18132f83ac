// Package report writes what a run did, for people and for programs.
//
// Items are written one by one or in pages, so that a report of a hundred thousand
// opportunities needs no more memory than one of a thousand. Every [Writer]
// produces a complete document: Close ends it properly, also after a run that
// stopped half-way.
//
// The package is pure except for the io.Writer that it gets: it reads no clock and
// no environment, and decides nothing. Names, addresses and answers of servers
// come from strangers. In no format can they move the cursor of a terminal, add a
// line, or become a formula in a spreadsheet.
package report

import (
	"io"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Version is the version of the machine-readable formats. It changes when programs
// that read them have to change.
const Version = 1

// Outcome says what happened to one item. The set is closed and part of the public
// interface.
type Outcome string

// The outcomes.
const (
	// Planned is an item that would have been done without --dry-run.
	Planned Outcome = "planned"
	// Sent is a mail that the mail server has accepted.
	Sent Outcome = "sent"
	// Archived is an opportunity that was archived.
	Archived Outcome = "archived"
	// Restored is an archived opportunity that was put back.
	Restored Outcome = "restored"
	// Collected is an answer that was written onto its opportunity.
	Collected Outcome = "collected"
	// Skipped is an item that was left alone, for the reason that it gives.
	Skipped Outcome = "skipped"
	// Failed is an item that could not be done, or may or may not have been.
	Failed Outcome = "failed"
)

// Outcomes returns all outcomes.
func Outcomes() []Outcome {
	return []Outcome{Planned, Sent, Archived, Restored, Collected, Skipped, Failed}
}

// Head is what is known of a run before its first item.
type Head struct {
	// Command is the command as it was called: "remind".
	Command string `json:"command"`
	// Run is the run's name.
	Run string `json:"run"`
	// DryRun says that nothing was written or sent.
	DryRun bool `json:"dry_run"`
	// Done are the successful outcomes of such a run; nil means only Sent. A
	// dry run has Planned instead.
	Done []Outcome `json:"-"`
	// Activities is set when the items are about finished activities instead
	// of steps.
	Activities bool `json:"-"`
	// NoMails is set when the items are no mails and have neither step nor
	// addresses.
	NoMails bool `json:"-"`
	// Started is when the run began; it is written in UTC.
	Started time.Time `json:"started"`
}

// Item is one opportunity of the run.
type Item struct {
	Opportunity crm.OpportunityID `json:"opportunity"`
	// Name is the opportunity's title, as somebody typed it.
	Name string `json:"name"`
	// Rule is the number of the rule that counts for it; 0 for none.
	Rule int `json:"rule,omitempty"`
	// Step is the reminder's day; nil when no step is due.
	Step *int `json:"step,omitempty"`
	// Activity is the finished activity that a questionnaire is about, or 0.
	Activity     crm.EntryID `json:"activity,omitempty"`
	ActivityType string      `json:"activity_type,omitempty"`
	// Reminder says that the mail reminds of a questionnaire.
	Reminder bool `json:"reminder,omitempty"`
	// To and CC are bare addresses, without names.
	To      []string `json:"to,omitzero"`
	CC      []string `json:"cc,omitzero"`
	Outcome Outcome  `json:"outcome"`
	// Reason is set when the item was skipped, and when it failed for a
	// reason of the closed set.
	Reason crm.Reason `json:"reason,omitempty"`
	// Error is the cause of a failure, without secrets.
	Error string `json:"error,omitempty"`
	// Note is what else a person should know of it, such as what is wrong with
	// an address.
	Note string `json:"note,omitempty"`
}

// Tail is what is known of a run after its last item.
type Tail struct {
	// Finished is when the run ended; it is written in UTC.
	Finished time.Time `json:"finished"`
	// Exit is the exit status of the process.
	Exit int `json:"exit"`
	// Error is what ended the run early; nil when it came to its end.
	Error *Failure `json:"error,omitempty"`
	// Counts are the run's counts when the report does not have all items; nil
	// when it has.
	Counts *Counts `json:"-"`
}

// Failure is an error that ended a run, for a person who has to mend it.
type Failure struct {
	// Message names the step and the cause, without secrets.
	Message string `json:"message"`
	// Hint says what to do about it; it may be empty.
	Hint string `json:"hint"`
}

// Writer writes one report. It is used by one goroutine at a time.
//
// Each method returns a [*WriteError] when the output cannot be written. After the
// first one, nothing more is written and every call returns that error, so a
// caller may go on with its work and look at the error of Close.
type Writer interface {
	// Item adds an item.
	Item(item Item) error
	// Close ends the document. It does not close the underlying writer.
	Close(tail Tail) error
}

// Format is a way to write a report. The set is closed and part of the public
// interface.
type Format string

// The formats.
const (
	// Table is for people, on a terminal or in a file. See [TableOptions].
	Table Format = "table"
	// JSON is one document, {"version": 1, …, "items": […], …, "exit": 0}.
	JSON Format = "json"
	// NDJSON has one item a line, and a last line with everything else, which
	// has "exit". Output without it was cut off.
	NDJSON Format = "ndjson"
	// CSV follows RFC 4180, with a header line. It is for spreadsheets: text
	// is cleaned as in tables, and a cell that begins with = + - or @, which a
	// spreadsheet would calculate, gets an apostrophe in front. A cell has at
	// most 1,000 characters. JSON has every text as it was read.
	CSV Format = "csv"
)

// Formats returns all formats, the default one first.
func Formats() []Format {
	return []Format{Table, JSON, NDJSON, CSV}
}

// New returns a writer of that format on w. It writes nothing yet. Only tables use
// the options.
func New(f Format, w io.Writer, h Head, o TableOptions) Writer {
	base := newFrame(w, h)
	switch f {
	case JSON, NDJSON:
		return &jsonWriter{frame: base, lines: f == NDJSON}
	case CSV:
		return &csvWriter{frame: base}
	case Table:
	}
	return &tableWriter{frame: base, grid: newGrid(base.out, tableHeader(h), o)}
}

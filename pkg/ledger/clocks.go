package ledger

import (
	"fmt"
	"time"
)

// maxApart is how far Odoo's clock and the dates of its records may differ. The
// rules of this package have minutes to spare.
const maxApart = time.Minute

// ClocksError says that Odoo's clock, which is the Date of its answers, and the
// dates of its records differ. Then nobody can tell how old a claim is: of two
// runs, each could take the other one for dead, and both would mail.
type ClocksError struct {
	// Clock is the time on Odoo's clock, and Record the date of a record that
	// was made at that time.
	Clock, Record time.Time
}

func (e *ClocksError) Error() string {
	return fmt.Sprintf("Odoo's answers are dated %s, and what it stored at that moment %s; nobody can tell which runs are alive",
		e.Clock.UTC().Format(time.RFC3339), e.Record.UTC().Format(time.RFC3339))
}

// Hint tells how to mend it.
func (e *ClocksError) Hint() string {
	return "let Odoo's hosts, its database server and each proxy before it set their clocks by the network (NTP)"
}

// CompareClocks returns a [ClocksError] unless the date of a record fits the
// times on Odoo's clock before and after it was made.
func CompareClocks(record, before, after time.Time) error {
	switch {
	case record.Before(before.Add(-maxApart)):
		return &ClocksError{Clock: before, Record: record}
	case record.After(after.Add(maxApart)):
		return &ClocksError{Clock: after, Record: record}
	}
	return nil
}

// compareClocks returns a [ClocksError] if claims that were made just now are too
// old to begin their mails.
func (d *delivery) compareClocks(won []slot) error {
	now := d.Entries.Now()
	for _, s := range won {
		if !now.Before(s.entry.At.Add(SendDeadline)) {
			return &ClocksError{Clock: now, Record: s.entry.At}
		}
	}
	return nil
}

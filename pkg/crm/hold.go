package crm

import (
	"fmt"
	"time"
)

// Holds is what is known of an opportunity that holds its reminders back.
type Holds struct {
	// Appointments are what the company's people have planned with the client.
	Appointments []Appointment
	// Wrote is when somebody of the company last wrote to the client, if that was
	// lately; zero otherwise.
	Wrote time.Time
	// Away is the date, as 2006-01-02, on which the client is back, by their newest
	// automatic answer; empty if it names none.
	Away string
	// FollowUp says that a to-do of ours about a low score is open, LowScore when the
	// newest such score was written onto the opportunity; zero if there is none.
	FollowUp bool
	LowScore time.Time
}

// Appointment is an open activity, or a meeting with the client.
type Appointment struct {
	// Date is written as 2006-01-02.
	Date    string
	Meeting bool
}

// Snoozed returns the date, as 2006-01-02, until which a person wants no reminders of
// the opportunity; empty if nobody does. The newest of their notes counts, whichever
// opportunity it was on before Odoo merged two.
func (r Record) Snoozed() string {
	var newest Entry
	for _, e := range r.Entries {
		if e.Key.Kind == Snoozed && e.ID > newest.ID {
			newest = e
		}
	}
	if newest.Key.Date == 0 {
		return ""
	}
	return newest.Key.Until()
}

// Until is the date of a Snoozed note, as 2006-01-02.
func (k Key) Until() string {
	const year, month = 10_000, 100
	return fmt.Sprintf("%04d-%02d-%02d", k.Date/year, k.Date/month%month, k.Date%month)
}

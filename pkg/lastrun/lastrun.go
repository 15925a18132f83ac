// Package lastrun keeps when each scheduled command last ran, on each host, so that
// "nothing was due" and "nothing runs any more" differ.
//
// A [Record] is one text for each command in the state that all hosts share. It holds
// names of hosts, names of runs, times and exit statuses. It is bounded: of more than 16
// hosts, as Kubernetes makes one for each run, those that ran last are kept, and of the
// pauses between runs, those of the last weeks. The package is pure.
package lastrun

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

const (
	// hostsMost is how many hosts a record names, nameMost the longest name in bytes.
	hostsMost = 16
	nameMost  = 100
	// daysMost is for how many days with runs the longest pause is kept, and pausesFor
	// for how long at most.
	daysMost  = 15
	pausesFor = 22 * day
	// judgedAfter is for how long a command has to be known before it can be late: a
	// weekend has passed.
	judgedAfter = 8 * day
	day         = 24 * time.Hour
)

// Commands returns the commands that are recorded: those that schedules run.
func Commands() []string { return []string{"remind", "archive", "feedback send", "feedback collect"} }

// Key returns the key of a command's record in the shared state.
func Key(command string) string { return crm.LastRunKey(command) }

// Run is the last run of a command on a host.
type Run struct {
	Host string `json:"host"`
	// Run is the run's name, Finished when it ended, Exit its exit status.
	Run      string    `json:"run"`
	Finished time.Time `json:"finished"`
	Exit     int       `json:"exit"`
}

// Record says when a command last ran. The zero value is that of one that never did.
type Record struct {
	// Runs has one run a host, the last one first.
	Runs []Run `json:"runs"`
	// Pauses are the longest pauses that ended on each day with a run, by day in UTC,
	// the oldest first.
	Pauses []Pause `json:"pauses,omitempty"`
	// Told is when people were told that the command does not run any more; zero if
	// they were not, or it runs again.
	Told time.Time `json:"told,omitzero"`
	// Alert is kept here on hosts that have no state_dir.
	Alert string `json:"alert,omitempty"`
	// ManyWon is what archive.Run remembers of won opportunities.
	ManyWon bool `json:"many_won,omitempty"`
	// Looked is how far the command has looked at the messages in Odoo.
	Looked crm.Looked `json:"looked,omitzero"`
	// Conversions is what a run that reminds knows of leads that became opportunities.
	Conversions crm.Conversions `json:"conversions,omitzero"`
	// Reactivated is what a run that archives knows of opportunities that are active again.
	Reactivated crm.Reactivated `json:"reactivated,omitzero"`
}

// Pause is the longest time without a run that ended on a day.
type Pause struct {
	Day     string `json:"day"`
	Seconds int64  `json:"seconds"`
}

// Read reads a record; an empty text is the zero record, and so is one that is damaged.
// Sales managers can write it, too: what it says of hosts is no more than a name, and no
// pause is longer than those that are kept.
func Read(text string) Record {
	var r Record
	if json.Unmarshal([]byte(text), &r) != nil {
		return Record{}
	}
	for i := range r.Runs {
		r.Runs[i].Host, r.Runs[i].Run = name(r.Runs[i].Host), name(r.Runs[i].Run)
	}
	for i, p := range r.Pauses {
		r.Pauses[i].Seconds = min(max(0, p.Seconds), int64(pausesFor/time.Second))
	}
	return r
}

// Records returns the records in the shared state by command, without those of commands
// that never ran.
func Records(shared map[string]string) map[string]Record {
	records := map[string]Record{}
	for _, command := range Commands() {
		if r := Read(shared[Key(command)]); len(r.Runs) > 0 {
			records[command] = r
		}
	}
	return records
}

// Text returns the record as it is kept.
func (r Record) Text() (string, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("encode when the command last ran: %w", err)
	}
	return string(text), nil
}

// Add returns the record with one more run. Runs that ended a day or more after it are
// left out: a clock was wrong, and no run would be the last one until then.
func (r Record) Add(run Run) Record {
	run.Finished, run.Host = run.Finished.UTC().Truncate(time.Second), name(run.Host)
	next := r
	next.Told = time.Time{}
	next.Pauses = r.pauses(run.Finished)
	others := slices.DeleteFunc(slices.Clone(r.Runs), func(other Run) bool {
		return other.Host == run.Host || other.Finished.Sub(run.Finished) >= day
	})
	next.Runs = append([]Run{run}, others...)
	slices.SortStableFunc(next.Runs, func(a, b Run) int { return b.Finished.Compare(a.Finished) })
	next.Runs = next.Runs[:min(hostsMost, len(next.Runs))]
	return next
}

// pauses returns the pauses with that which a run at this time ends.
func (r Record) pauses(at time.Time) []Pause {
	oldest := at.Add(-pausesFor).Format(time.DateOnly)
	kept := slices.DeleteFunc(slices.Clone(r.Pauses), func(p Pause) bool { return p.Day < oldest })
	today := Pause{Day: at.Format(time.DateOnly)}
	if last, ok := r.Last(); ok {
		today.Seconds = max(0, int64(at.Sub(last.Finished)/time.Second))
	}
	if i := slices.IndexFunc(kept, func(p Pause) bool { return p.Day == today.Day }); i >= 0 {
		kept[i].Seconds = max(kept[i].Seconds, today.Seconds)
	} else {
		kept = append(kept, today)
	}
	return kept[max(0, len(kept)-daysMost):]
}

// Last returns the last run on any host.
func (r Record) Last() (Run, bool) {
	if len(r.Runs) == 0 {
		return Run{}, false
	}
	return r.Runs[0], true
}

// Late tells whether the command has not run for far longer than it used to: more than
// twice its longest pause of the last weeks, and an hour. A command that is not known
// for long enough, or that runs less than once a week, is never late.
func (r Record) Late(now time.Time) bool {
	last, ran := r.Last()
	if !ran || len(r.Pauses) == 0 {
		return false
	}
	first, err := time.Parse(time.DateOnly, r.Pauses[0].Day)
	if err != nil || last.Finished.Sub(first) < judgedAfter {
		return false
	}
	longest := slices.MaxFunc(r.Pauses, func(a, b Pause) int { return int(a.Seconds - b.Seconds) })
	usual := time.Duration(longest.Seconds) * time.Second
	return usual <= judgedAfter && now.Sub(last.Finished) > 2*usual+time.Hour
}

// name returns the name of a host or a run, of at most nameMost bytes. What names do not
// have, as a blank or a slash, becomes a question mark: it stands in mails and on terminals.
func name(text string) string {
	clean := []byte(text[:min(nameMost, len(text))])
	for i, c := range clean {
		isLetter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !isLetter && c != '-' && c != '_' && c != '.' {
			clean[i] = '?'
		}
	}
	return string(clean)
}

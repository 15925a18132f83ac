package crm

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Reactivated is what a run found out about opportunities that were archived by crm-tool and
// are active again. They have an entry, for which a later search need not look. Among a
// million opportunities, looking takes PostgreSQL longer than all else.
//
// The zero value knows nothing.
type Reactivated struct {
	// At is when the run asked Odoo.
	At time.Time `json:"at"`
	// IDs are in ascending order, at most [ReactivatedMost].
	IDs SortedIDs `json:"ids"`
}

const (
	// ReactivatedMost is how many opportunities are named at most, in some 100 kB of a call.
	ReactivatedMost = 5000
	// reactivatedFor is for how long what is known is trusted at most: somebody may have
	// deleted an entry.
	reactivatedFor = 3 * day
)

// Among returns what is known at a time.
func (r Reactivated) Among(now time.Time) ([]OpportunityID, bool) {
	old := now.Sub(r.At)
	if r.At.IsZero() || old < 0 || old > reactivatedFor {
		return nil, false
	}
	return r.IDs, true
}

// Join returns what is known at a time, together with what another run knows: what was
// asked last. What was asked in the future does not count.
func (r Reactivated) Join(other Reactivated, now time.Time) Reactivated {
	if other.At.After(r.At) && !other.At.After(now) {
		return other
	}
	return r
}

// SortedIDs are ids in ascending order. Their text has how far each is from the one before it,
// in base 36.
type SortedIDs []OpportunityID

// MarshalText implements encoding.TextMarshaler.
func (l SortedIDs) MarshalText() ([]byte, error) {
	var b strings.Builder
	last := OpportunityID(0)
	for _, id := range l {
		if last != 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.FormatInt(int64(id-last), 36))
		last = id
	}
	return []byte(b.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *SortedIDs) UnmarshalText(text []byte) error {
	*l = nil
	last := OpportunityID(0)
	for word := range strings.FieldsSeq(string(text)) {
		step, err := strconv.ParseInt(word, 36, 32)
		if err != nil || step <= 0 || len(*l) == ReactivatedMost {
			return fmt.Errorf("%q is not one of at most %d steps between ids", word, ReactivatedMost)
		}
		last += OpportunityID(step)
		*l = append(*l, last)
	}
	return nil
}

package crm

import "time"

// Conversions is what a run found out about the leads that became opportunities. With it,
// a later search for what is due can name when the opportunities were made, of which
// PostgreSQL has an index. It has none of when leads became opportunities.
//
// The zero value knows nothing.
type Conversions struct {
	// At is when the run asked Odoo, and User whose rights counted then.
	At   time.Time `json:"at"`
	User UserID    `json:"user"`
	// Since is from when on conversions are known.
	Since time.Time `json:"since"`
	// Among are the oldest of the opportunities that were converted since then. All
	// others were made at Created or later.
	Among   []OpportunityID `json:"among,omitempty"`
	Created time.Time       `json:"created"`
}

const (
	// ConvertedMost is how many opportunities Among names.
	ConvertedMost = 100
	// convertedFor is for how long what is known is trusted at most: somebody may have
	// changed when an old lead was converted, or what the user may see.
	convertedFor = 3 * day
	day          = 24 * time.Hour
)

// NewConversions returns what is known after Odoo was asked at a time about the leads that
// were converted since another one. Oldest are those that were made first, with the
// times at which they were made: all of them, or more than [ConvertedMost].
func NewConversions(at time.Time, user UserID, since time.Time, oldest []Opportunity) Conversions {
	at = at.Truncate(time.Second)
	// What was made later could perhaps not be seen yet.
	c := Conversions{At: at, User: user, Since: since, Created: at.Add(-visibleAfter)}
	for i, o := range oldest {
		if i == ConvertedMost {
			if o.Created.Before(c.Created) {
				c.Created = o.Created
			}
			break
		}
		c.Among = append(c.Among, o.ID)
	}
	return c
}

// Tell tells whether all opportunities that were converted within the windows are known at
// a time: each is in Among or was made at Created or later.
//
// Somebody can change by hand when an opportunity was converted. A search that looks for
// all of them comes in time for that, as long as a window is a day longer than what is
// known is old. A window of some salespeople's only goes on where another one ends.
func (c Conversions) Tell(windows []Window, now time.Time) bool {
	seen, old := c.At.Add(-visibleAfter), now.Sub(c.At)
	if c.At.IsZero() || old < 0 || old > convertedFor || c.Created.After(seen) || len(c.Among) > ConvertedMost {
		return false
	}
	for _, w := range windows {
		isShort := len(w.Resources) == 0 && old > w.Until.Sub(w.From)-day
		if w.From.IsZero() || w.From.Before(c.Since) || w.Until.After(seen) || isShort {
			return false
		}
	}
	return true
}

// Join returns what is known to a user at a time, together with what another run knows:
// what was asked last. What was asked in the future, or by another user, who may see other
// opportunities, does not count.
func (c Conversions) Join(other Conversions, user UserID, now time.Time) Conversions {
	if other.User == user && other.At.After(c.At) && !other.At.After(now) {
		return other
	}
	return c
}

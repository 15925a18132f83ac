// Package replica is a copy of a database that is behind by some time, as far as those
// who read it can tell. It is the database itself, with the last changes taken back
// while it is read.
package replica

import (
	"slices"
	"time"
)

// Change is a step of a transaction that can be taken back and made again.
type Change struct{ Undo, Redo func() }

// Replica is behind by Delay; there is none if that is 0.
type Replica struct {
	Delay time.Duration

	changes []Change
	at      []time.Time
	// shown is true while the replica is read.
	shown bool
}

// Note keeps a change, which was made now, until the replica has it.
func (r *Replica) Note(now time.Time, c Change) {
	if r.Delay == 0 || r.shown {
		return
	}
	r.changes, r.at = append(r.changes, c), append(r.at, now)
}

// Settle lets the replica catch up.
func (r *Replica) Settle() { r.changes, r.at = nil, nil }

// Read runs what only reads, on the replica if there is one.
func (r *Replica) Read(now time.Time, read func() (any, error)) (any, error) {
	has, _ := slices.BinarySearchFunc(r.at, now.Add(-r.Delay), func(at, shown time.Time) int {
		if at.After(shown) {
			return 1
		}
		return -1
	})
	r.changes, r.at = slices.Delete(r.changes, 0, has), slices.Delete(r.at, 0, has)
	r.shown = true
	for _, c := range slices.Backward(r.changes) {
		c.Undo()
	}
	result, err := read()
	for _, c := range r.changes {
		c.Redo()
	}
	r.shown = false
	return result, err
}

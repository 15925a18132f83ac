package orm

import (
	"slices"
	"time"
)

// change is a step of a transaction that can be taken back and made again.
type change struct{ undo, redo func() }

// replica is a copy of the database that is behind by some time. It is the database
// itself, with the last changes taken back while it is read.
type replica struct {
	delay   time.Duration
	changes []change
	at      []time.Time
	// shown is true while the replica is read.
	shown bool
}

// note keeps a change until the replica has it.
func (r *replica) note(now time.Time, c change) {
	if r.delay == 0 || r.shown {
		return
	}
	r.changes, r.at = append(r.changes, c), append(r.at, now)
}

// Delay gives the database a replica that is behind by that much; 0 is none.
func (db *Database) Delay(d time.Duration) { db.replica.delay = d }

// Settle lets the replica catch up.
func (db *Database) Settle() { db.replica.changes, db.replica.at = nil, nil }

// OnReplica runs what only reads, on the replica if there is one.
func (db *Database) OnReplica(read func() (any, error)) (any, error) {
	r := &db.replica
	has, _ := slices.BinarySearchFunc(r.at, db.Now().Add(-r.delay), func(at, shown time.Time) int {
		if at.After(shown) {
			return 1
		}
		return -1
	})
	r.changes, r.at = slices.Delete(r.changes, 0, has), slices.Delete(r.at, 0, has)
	r.shown = true
	for _, c := range slices.Backward(r.changes) {
		c.undo()
	}
	result, err := read()
	for _, c := range r.changes {
		c.redo()
	}
	r.shown = false
	return result, err
}

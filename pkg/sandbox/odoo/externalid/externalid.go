// Package externalid is what ir.model.data is to Odoo: names by which other software,
// or Odoo itself, knows records. A name stands for one record, which may have several.
package externalid

// Record says which record of which model.
type Record struct {
	Model string
	ID    int64
}

// ID is an external id. A module's update leaves a record alone whose id says so.
type ID struct {
	Record

	Name     string
	Noupdate bool
}

// IDs finds external ids by their name and by their record.
type IDs struct {
	byName   map[string]ID
	byRecord map[Record][]string
}

// New returns no external ids.
func New() IDs { return IDs{byName: map[string]ID{}, byRecord: map[Record][]string{}} }

// Find returns what a name stands for; it is false when nothing.
func (x IDs) Find(name string) (ID, bool) {
	id, found := x.byName[name]
	return id, found
}

// Names returns the external ids of a record, in the order in which it got them.
func (x IDs) Names(r Record) []string { return x.byRecord[r] }

// Bind gives a record an external id.
func (x IDs) Bind(r Record, name string, noupdate bool) {
	x.byName[name] = ID{Record: r, Name: name, Noupdate: noupdate}
	x.byRecord[r] = append(x.byRecord[r], name)
}

// Release forgets the external ids of a record and returns them.
func (x IDs) Release(r Record) []ID {
	var gone []ID
	for _, name := range x.byRecord[r] {
		gone = append(gone, x.byName[name])
		delete(x.byName, name)
	}
	delete(x.byRecord, r)
	return gone
}

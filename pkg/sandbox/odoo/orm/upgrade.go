package orm

import (
	"fmt"
	"slices"
	"strings"
)

// Upgrade makes the database one of another version, as Odoo's upgrades do: the
// models of the apps get the fields of that version, and all records stay. What an
// app brings from a later version on is made, or changed.
func (e *Env) Upgrade(version Version, apps []App) error {
	e.Replica.Settle()
	before := e.Version
	e.Version = version
	for _, a := range apps {
		schema, err := a.schema()
		if err != nil {
			return fmt.Errorf("upgrade %s: %w", a.Name, err)
		}
		for _, m := range schema.Models {
			if !e.within(m.Since, 0) {
				continue
			}
			m.Behavior = a.Behavior[m.Name]
			t := newTable(&m, version)
			if old := e.tables[m.Name]; old != nil {
				t.take(old)
			}
			e.tables[m.Name] = t
		}
		later := slices.DeleteFunc(schema.Data, func(d Dataset) bool { return d.Since <= before })
		if err := e.Fill(later); err != nil {
			return fmt.Errorf("upgrade %s: %w", a.Name, err)
		}
	}
	return nil
}

// take moves the records of the table of an earlier version, and the fields that an
// administrator made.
func (t *Table) take(old *Table) {
	for _, name := range old.names {
		if strings.HasPrefix(name, "x_") {
			t.AddField(*old.fields[name])
		}
	}
	t.lastID = old.lastID
	for _, r := range old.All() {
		r.Table = t
		if groups, has := r.Values["groups_id"]; has && t.fields["group_ids"] != nil {
			delete(r.Values, "groups_id")
			r.Values["group_ids"] = groups
		}
		t.add(r)
	}
}

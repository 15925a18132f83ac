package odoo

import (
	"fmt"
	"time"
)

// database is one database of an Odoo server, kept in memory. It answers one
// call at a time: whoever uses it from several goroutines locks it.
type database struct {
	// version is Odoo's major version, 16 to 19.
	version int
	// clock is the server's clock.
	clock func() time.Time
	// aliasDomain is the domain of the company's catchall and bounce addresses;
	// empty when Odoo receives no mail.
	aliasDomain string
	// baseURL is the address that Odoo gives to clients.
	baseURL string
	// serial numbers the Message-IDs that Odoo makes itself.
	serial int
	// available are the apps that an administrator may install, by name.
	available map[string]app

	// generic are the methods of every model.
	generic  map[string]method
	tables   map[string]*table
	external externalIDs
	secrets  map[int64][]string // passwords and API keys, by user
	roles    map[int64]role
}

// app is what an installed app adds to a database: models, and records that
// come with it.
type app struct {
	name   string
	models []*model
	data   []dataset
}

// dataset is records of one model. Their values are those of a call of create;
// "id" is the external id.
type dataset struct {
	model string
	rows  []map[string]any
}

// newDatabase returns an empty database.
func newDatabase(version int, clock func() time.Time) *database {
	return &database{
		version:   version,
		clock:     clock,
		available: map[string]app{},
		generic:   genericMethods(),
		tables:    map[string]*table{},
		external:  externalIDs{byName: map[string]externalID{}, byRecord: map[*record][]string{}},
		secrets:   map[int64][]string{},
		roles:     map[int64]role{},
	}
}

// now is the time of the clock as the database would keep it.
func (db *database) now() time.Time { return db.clock().UTC().Truncate(time.Microsecond) }

// table returns the table of a model, or nil.
func (db *database) table(model string) *table { return db.tables[model] }

// ref returns the id of the record with that external id; 0 when there is none.
func (db *database) ref(name string) int64 { return db.external.byName[name].id }

// system returns what Odoo's own work runs in, on behalf of a user; no rights
// are checked in it.
func (db *database) system(user *record) *env {
	return &env{db: db, user: user, role: roleAdministrator, system: true, context: map[string]any{}, now: db.now()}
}

// install adds an app's models and its records.
func (e *env) install(a app) error {
	for _, m := range a.models {
		e.db.tables[m.name] = newTable(m)
	}
	for _, set := range a.data {
		for _, row := range set.rows {
			values := eachMember(row)
			delete(values, "id")
			made, err := e.create(e.table(set.model), values)
			if err != nil {
				return fmt.Errorf("install %s: fill %s: %w", a.name, set.model, err)
			}
			if id, ok := row["id"].(string); ok {
				e.bind(made, id, true)
			}
		}
	}
	for _, module := range e.table("ir.module.module").find("name", a.name) {
		e.set(module, "state", "installed")
	}
	return nil
}

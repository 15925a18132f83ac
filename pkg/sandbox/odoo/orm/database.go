// Package orm is the part of Odoo that keeps records: models and their fields,
// domains, rights, transactions, and the methods that every model has.
//
// Package apps brings models and records to a [Database]. A call runs in an [Env],
// which knows its user, its context and what it changed, so that a refusal takes
// everything back. A value in a [Record] is nil, bool, int64, float64, string,
// time.Time or []int64; over the wire travels what package xmlrpc knows.
//
// The words of refusals and the differences between versions are Odoo's. The
// store is made for thousands of records, not for millions.
package orm

import (
	"context"
	"net"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/externalid"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/replica"
)

// Version is Odoo's major version, 16 to 20.
type Version int

// Since returns the first text from that version on, the other before it.
func (v Version) Since(version Version, then, before string) string {
	if v >= version {
		return then
	}
	return before
}

// Within says whether the version is between two others; 0 means no limit.
func (v Version) Within(since, until Version) bool { return v >= since && (until == 0 || v <= until) }

// Database is one database of an Odoo server, kept in memory. It is not safe for
// concurrent use: the caller locks it for each call.
type Database struct {
	// Replica is what reads may be served from.
	Replica replica.Replica

	Version
	// Clock is the server's clock.
	Clock func() time.Time
	// AliasDomain is the domain of the company's catchall and bounce addresses;
	// empty when Odoo receives no mail.
	AliasDomain string
	// MailServer connects to the mail server through which Odoo sends; nil for none.
	MailServer func(context.Context) (net.Conn, error)
	// BaseURL is the address that Odoo gives to clients.
	BaseURL string
	// Serial numbers the Message-IDs that Odoo makes itself.
	Serial int
	// Available installs the apps that an administrator may install, by their names.
	Available map[string]func(*Env) error

	// Unchosen are the searches that did not choose by [Model.SearchedBy], by user: the
	// model and the domain of each.
	Unchosen map[int64][]string
	// Passwords are those of users, by their ids.
	Passwords map[int64]string
	// Keys are the API keys themselves, by the ids of their records in res.users.apikeys.
	Keys map[int64]string
	// ManagesKeys says that this build of 19 lets programs make and revoke API keys. 20
	// always does, and earlier builds do not.
	ManagesKeys bool
	// Generic are the methods of every model.
	Generic  map[string]Method
	tables   map[string]*Table
	external externalid.IDs
	roles    map[int64]Role
}

// NewDatabase returns an empty database.
func NewDatabase(version Version, clock func() time.Time) *Database {
	return &Database{
		Version:   version,
		Clock:     clock,
		Available: map[string]func(*Env) error{},
		Generic:   genericMethods(),
		tables:    map[string]*Table{},
		external:  externalid.New(),
		Unchosen:  map[int64][]string{},
		Passwords: map[int64]string{},
		Keys:      map[int64]string{},
		roles:     map[int64]Role{},
	}
}

// Now is the time of the clock as the database would keep it.
func (db *Database) Now() time.Time { return db.Clock().UTC().Truncate(time.Microsecond) }

// Table returns the table of a model, or nil.
func (db *Database) Table(model string) *Table { return db.tables[model] }

// Ref returns the id of the record with that external id; 0 when there is none.
func (db *Database) Ref(name string) int64 {
	x, _ := db.external.Find(name)
	return x.ID
}

// System returns what Odoo's own work runs in, on behalf of a user; no rights
// are checked in it.
func (db *Database) System(user *Record) *Env {
	return &Env{Database: db, User: user, Role: RoleAdministrator, system: true, Context: map[string]any{}, Now: db.Now()}
}

// ForgetExternalIDs takes a record's external ids from it.
func (db *Database) ForgetExternalIDs(model string, id int64) {
	db.external.Release(externalid.Record{Model: model, ID: id})
}

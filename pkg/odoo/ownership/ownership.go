// Package ownership tells which records of an Odoo are crm-tool's own, and gives new
// ones external ids that nobody else can guess.
//
// A record is ours if one of our users made it: Odoo itself sets the maker of a
// record, and no call can. What a record says of itself, anybody can write.
package ownership

import (
	"slices"
	"sync"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/versions"
)

// Ours is what is ours in one Odoo. It is not safe for concurrent use, but after
// [Ours.Learn] everything may ask it for a secret.
type Ours struct {
	client   *odoo.Client
	versions *versions.Odoo

	// users are our users: first the one of the client, then those of whom the note
	// about the first run says that they are or were ours.
	users []crm.UserID
	// stateMakers made shared state.
	stateMakers []crm.UserID
	// keyID is the attachment with the key of external ids, 0 if there is none; key
	// is nil until it is needed.
	keyID int64
	key   []byte
	// reading is held by who reads the key.
	reading sync.Mutex
	// read are the keys that were read, by their attachments.
	read map[int64][]byte
}

// New returns what is ours in the Odoo of a client; nothing before [Ours.Begin].
func New(c *odoo.Client, v *versions.Odoo) *Ours {
	return &Ours{client: c, versions: v, read: map[int64][]byte{}}
}

// Begin takes the user of the client for our only one.
func (o *Ours) Begin(user crm.UserID) { o.users = []crm.UserID{user} }

// Learn takes the users that the note about the first run names for ours, too, and
// its key for that of our external ids.
func (o *Ours) Learn(f crm.FirstRun) {
	o.keyID = f.Key
	for _, user := range crm.Distinct(append(slices.Clone(f.Former), f.User)) {
		if !o.HasUser(user) {
			o.users = append(o.users, user)
		}
	}
}

// MadeState notes who made shared state.
func (o *Ours) MadeState(makers []crm.UserID) { o.stateMakers = makers }

// HasUser tells whether a user is one of ours.
func (o *Ours) HasUser(id crm.UserID) bool { return slices.Contains(o.users, id) }

// Made selects what our users made.
func (o *Ours) Made() odoo.Domain { return odoo.Term("create_uid", "in", o.users) }

// Changed selects what one of our users changed last.
func (o *Ours) Changed() odoo.Domain { return odoo.Term("write_uid", "in", o.users) }

// MaybeMade selects what our users made, or somebody who made shared state.
func (o *Ours) MaybeMade() odoo.Domain {
	return odoo.Term("create_uid", "in", crm.Distinct(append(slices.Clone(o.users), o.stateMakers...)))
}

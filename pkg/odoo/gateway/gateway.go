// Package gateway turns Odoo's values into the records of package crm, and what
// crm-tool wants to know and do into calls.
//
// Its [Gateway] implements what the other packages ask of Odoo, each in an
// interface of its own. Odoo's wire values, false for what is empty and
// [id, "name"] for a reference, end here. Records are read in batches, by the
// names of their fields, and every write can be repeated: what must exist once
// has an external id.
//
// A Gateway remembers users, companies, stages and surveys, so it is for one run.
package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
	"github.com/crm-tool/crm-tool/pkg/odoo/versions"
)

// Gateway reads and writes one Odoo, as the user of its client.
type Gateway struct {
	client *odoo.Client
	// versions tells what this version of Odoo has.
	versions *versions.Odoo

	// What a run needs again and again and does not change meanwhile.
	users     map[crm.UserID]crm.Salesperson
	companies map[crm.CompanyID]crm.Company
	won       map[crm.StageID]bool
	typeNames map[string]map[crm.ActivityTypeID]string // by language
	// discussions is the subtype of messages that clients may see.
	discussions int64
	// surveys are those that do not differ from their files.
	surveys map[string]crm.Survey
	// team is the sales team that holds the shared state.
	team int64
	// makers are our users: the one of the client, and from Shared on those of
	// whom the shared state says that they are or were ours.
	makers []crm.UserID
	// keyID is the attachment with the key of external ids, 0 if there is none; key
	// is nil until it is needed.
	keyID int64
	key   []byte
	// stateMakers are also those who made shared state. ignored is what only looked
	// like it.
	stateMakers []crm.UserID
	ignored     []Ignored
	// confirmed are the entries that were confirmed last, and by which change.
	confirmed struct {
		change odoo.Change
		ids    []crm.EntryID
	}
}

var _ ledger.Entries = (*Gateway)(nil)

// New returns a gateway over a client. It is not safe for concurrent use.
func New(c *odoo.Client) *Gateway {
	g := &Gateway{
		client:    c,
		versions:  versions.New(c),
		users:     map[crm.UserID]crm.Salesperson{},
		companies: map[crm.CompanyID]crm.Company{},
		surveys:   map[string]crm.Survey{},
		typeNames: map[string]map[crm.ActivityTypeID]string{},
	}
	c.Fence(g.fence)
	return g
}

// Now returns the time by Odoo's clock, see [odoo.Client.Now].
func (g *Gateway) Now() time.Time { return g.client.Now() }

// Session is what crm-tool learns about its user when it logs in.
type Session struct {
	User crm.UserID
	// Name is the user's login.
	Name string
	// Zone is the integration user's time zone; it may be empty.
	Zone string
	// Language is the integration user's.
	Language string
	Company  crm.CompanyID
	Version  odoo.Version
}

// Open logs in.
func (g *Gateway) Open(ctx context.Context) (Session, error) {
	uid, err := g.client.Login(ctx)
	if err != nil {
		return Session{}, err
	}
	g.makers = []crm.UserID{crm.UserID(uid)}
	records, err := recordset.Read(ctx, g.client, userModel, []int64{uid}, "login", "tz", "lang", "company_id")
	if err != nil {
		return Session{}, err
	}
	if len(records) != 1 {
		return Session{}, &odoo.Error{
			Kind: odoo.Malformed, Step: "read the integration user",
			Message: fmt.Sprintf("Odoo answered with %d users where one was asked for", len(records)),
		}
	}
	r := recordset.Row{Record: records[0], Model: userModel}
	s := Session{
		User: crm.UserID(uid), Name: r.Text("login"),
		Zone: r.Text("tz"), Language: r.Text("lang"),
		Company: crm.CompanyID(r.Ref("company_id")),
		Version: g.client.Version(),
	}
	return s, r.Err
}

// Package gateway turns Odoo's values into the records of package crm, and what
// crm-tool wants to know and do into calls.
//
// Its [Gateway] implements what the other packages ask of Odoo, each in an
// interface of its own; what is about surveys it has from package surveys, what is known
// about clients' addresses from package clients, and what all hosts share from package shared. Odoo's
// wire values, false for what is empty and [id, "name"] for a reference, end here.
// Records are read in batches, by the names of their fields, and every write can be
// repeated: what must exist once has an external id.
//
// A Gateway remembers users, companies, stages and surveys, so it is for one run.
package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/clients"
	"github.com/crm-tool/crm-tool/pkg/odoo/keys"
	"github.com/crm-tool/crm-tool/pkg/odoo/mailer"
	"github.com/crm-tool/crm-tool/pkg/odoo/ownership"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
	"github.com/crm-tool/crm-tool/pkg/odoo/shared"
	"github.com/crm-tool/crm-tool/pkg/odoo/surveys"
	"github.com/crm-tool/crm-tool/pkg/odoo/versions"
	"github.com/crm-tool/crm-tool/pkg/odoo/worktime"
)

// Gateway reads and writes one Odoo, as the user of its client.
type Gateway struct {
	// Store has the surveys and participations.
	*surveys.Store
	// Registry has what is known about clients' addresses.
	*clients.Registry
	// Reader has the working times.
	*worktime.Reader
	// State has what all hosts share.
	*shared.State

	client *odoo.Client
	// versions tells what this version of Odoo has.
	versions *versions.Odoo
	// ours tells which records are crm-tool's own, from Shared on for all its users.
	ours *ownership.Ours

	// What a run needs again and again and does not change meanwhile.
	user      crm.UserID // ours
	users     map[crm.UserID]crm.Salesperson
	companies map[crm.CompanyID]crm.Company
	partners  map[crm.ContactID]crm.Contact // of the companies
	stages    map[crm.StageID]crm.Stage
	typeNames map[string]map[crm.ActivityTypeID]string // by language
	// discussions is the subtype of messages that clients may see.
	discussions atomic.Int64
	// looked is how far messages were looked at, slow how long a slow search takes.
	looked crm.Looked
	slow   time.Duration
	// conversions is what is known about leads that became opportunities, slowDue how long
	// a search takes for which it pays to learn that.
	conversions crm.Conversions
	slowDue     time.Duration
	// reactivated is what is known of reactivated opportunities.
	reactivated crm.Reactivated
	// learns says that the next run will know what this one learns of either.
	learns bool
	// confirmed are the entries that were confirmed last, and by which change.
	confirmed struct {
		change odoo.Change
		ids    []crm.EntryID
	}
}

var _ ledger.Entries = (*Gateway)(nil)

// New returns a gateway over a client. It is not safe for concurrent use, but over XML-RPC
// one goroutine may settle entries while a second one claims and a third one reads.
func New(c *odoo.Client) *Gateway {
	v := versions.New(c)
	ours := ownership.New(c, v)
	g := &Gateway{
		Store:     surveys.NewStore(c, v, ours),
		Reader:    worktime.New(c, v),
		State:     shared.New(c, v, ours),
		client:    c,
		versions:  v,
		ours:      ours,
		users:     map[crm.UserID]crm.Salesperson{},
		companies: map[crm.CompanyID]crm.Company{},
		partners:  map[crm.ContactID]crm.Contact{},
		typeNames: map[string]map[crm.ActivityTypeID]string{},
		slow:      slowSearch,
		slowDue:   slowDue,
	}
	g.Registry = clients.NewRegistry(c, ours, g.Team)
	c.Fence(g.fence)
	return g
}

// Now returns the time by Odoo's clock, see [odoo.Client.Now].
func (g *Gateway) Now() time.Time { return g.client.Now() }

// Mailer returns what sends mails through this Odoo.
func (g *Gateway) Mailer(log *slog.Logger) *mailer.Sender { return mailer.New(g.client, g.ours, log) }

// MayMail tells whether our user may send mails through this Odoo.
func (g *Gateway) MayMail(ctx context.Context) (bool, error) {
	return mailer.MayUse(ctx, g.versions.May)
}

// EnsureKey returns the id if it is that of a key of ours, else that of a new one,
// see [ownership.Ours.EnsureKey].
func (g *Gateway) EnsureKey(ctx context.Context, id int64) (int64, error) {
	return g.ours.EnsureKey(ctx, id)
}

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
	API      odoo.API
	// Keys are the API keys of the user, by ascending id; none before 18, where they do
	// not end.
	Keys []keys.Key
}

// Open logs in.
func (g *Gateway) Open(ctx context.Context) (Session, error) {
	uid, err := g.client.Login(ctx)
	if err != nil {
		return Session{}, err
	}
	g.user = crm.UserID(uid)
	g.ours.Begin(g.user)
	user, err := g.readUser(ctx, uid)
	if err != nil {
		return Session{}, err
	}
	r := recordset.Row{Record: user, Model: userModel}
	s := Session{
		User: g.user, Name: r.Text("login"),
		Zone: r.Text("tz"), Language: r.Text("lang"),
		Company: companyOf(&r),
		Version: g.client.Version(),
		API:     g.client.API(),
		Keys:    keys.Of(user),
	}
	return s, r.Err
}

// companyOf returns the company of a user: read names it, web_read does not.
func companyOf(r *recordset.Row) crm.CompanyID {
	const name = "company_id"
	if _, bare := r.Record[name].(int64); bare {
		return crm.CompanyID(r.Int(name))
	}
	return crm.CompanyID(r.Ref(name))
}

// readUser reads the integration user, and their keys in the same call if those can end.
// If Odoo does not tell the keys, the user is all that matters.
func (g *Gateway) readUser(ctx context.Context, uid int64) (odoo.Record, error) {
	fields := []string{"login", "tz", "lang", "company_id"}
	ids := []int64{uid}
	withKeys := map[string]any{keys.Field: keys.Specification()}
	for _, name := range fields {
		withKeys[name] = map[string]any{}
	}
	ends := g.client.Version().Major >= keys.EndSince
	var records []odoo.Record
	var err error
	if ends {
		records, err = recordset.Call(ctx, g.client, odoo.Request{Model: userModel, Method: "web_read", Args: []any{ids, withKeys}, Repeatable: true})
	}
	if !ends || odoo.IsKind(err, odoo.UnknownName, odoo.AccessDenied, odoo.Invalid, odoo.ServerFault) {
		records, err = recordset.Read(ctx, g.client, userModel, ids, fields...)
	}
	if err != nil {
		return nil, err
	}
	if len(records) != 1 {
		return nil, &odoo.Error{
			Kind: odoo.Malformed, Step: "read the integration user",
			Message: fmt.Sprintf("Odoo answered with %d users where one was asked for", len(records)),
		}
	}
	return records[0], nil
}

// OptOut is [clients.Registry.OptOut]. Before the first opt-out, it notes in the shared
// state that there are some.
func (g *Gateway) OptOut(ctx context.Context, list []crm.OptOut) ([]bool, error) {
	if !g.HasOptOuts() && len(list) > 0 {
		if _, err := g.ShareOnce(ctx, map[string]string{crm.OptOutsKey: list[0].Since.UTC().Format(time.RFC3339)}); err != nil {
			return nil, fmt.Errorf("note that there are opt-outs: %w", err)
		}
		g.KnowOptOuts(true)
	}
	return g.Registry.OptOut(ctx, list)
}

// MayShare returns whether the user can write the shared state, and with it all
// that crm-tool writes: these are the rights of Sales / Administrator.
func (g *Gateway) MayShare(ctx context.Context) (bool, error) {
	return g.May(ctx, teamModel, "write")
}

// May returns whether the user has a right on a model: read, create, write or
// unlink.
func (g *Gateway) May(ctx context.Context, model, operation string) (bool, error) {
	return g.versions.May(ctx, model, operation)
}

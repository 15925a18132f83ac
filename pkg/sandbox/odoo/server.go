package odoo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/apps"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/base"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/crm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/load"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/mail"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/survey"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// Database is the name of the only database, if the options give no other.
const Database = "sandbox"

// Options says which Odoo to stand in for.
type Options struct {
	// Version is the major version, 16 to 20; 0 means 19, the newest that was seen
	// running.
	Version int
	// Database is the name of the only database; empty means [Database].
	Database string
	// Clock is the server's clock; nil is one that stands still at
	// 2026-11-23 08:00:00 UTC.
	Clock func() time.Time
	// AliasDomain is the domain of the company's catchall and bounce
	// addresses; empty when Odoo receives no mail.
	AliasDomain string
	// PublicURL is the address that Odoo gives to clients, without a slash at
	// its end; empty means the one under which Start serves.
	PublicURL string
	// WithoutSurveys leaves the Survey app to be installed by an administrator.
	WithoutSurveys bool
	// ReplicaDelay is by how much a replica of the database is behind, which JSON-2
	// reads; 0 is for a server without one.
	ReplicaDelay time.Duration
	// SeveralDatabases makes all web pages 404 for somebody without a session,
	// as on a server with several databases and no filter by host name.
	SeveralDatabases bool
}

// Server is an Odoo server with one database, kept in memory. It answers one
// call at a time; all its methods may be used from several goroutines.
type Server struct {
	database  string
	publicURL string

	mu          sync.Mutex
	db          *orm.Database
	site        *survey.Site
	traffic     traffic
	server      *http.Server
	url         string
	serveResult chan error
}

// New returns a stand-in with Odoo's standard data and the users admin, bot and
// sam. It refuses a version outside 16 to 20.
func New(options Options) (*Server, error) {
	version := orm.Version(cmp.Or(options.Version, 19))
	if version < 16 || version > 20 {
		return nil, fmt.Errorf("no stand-in for Odoo %d, only for 16 to 20", version)
	}
	if options.Clock == nil {
		options.Clock = func() time.Time { return time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC) }
	}
	db := orm.NewDatabase(version, options.Clock)
	db.AliasDomain, db.BaseURL = options.AliasDomain, options.PublicURL
	db.Generic["load"] = load.Method()
	db.Available["survey"] = func(e *orm.Env) error { return apps.Install(e, survey.App()) }
	e := db.System(nil)
	for _, a := range installed(!options.WithoutSurveys) {
		if err := apps.Install(e, a); err != nil {
			return nil, err
		}
	}
	o := &Server{
		database:  cmp.Or(options.Database, Database),
		publicURL: options.PublicURL,
		db:        db,
		site:      survey.NewSite(db, options.SeveralDatabases),
		traffic:   traffic{tally: map[string]int{}},
	}
	if err := o.fill(users); err != nil {
		return nil, err
	}
	db.Replica.Delay = options.ReplicaDelay
	return o, nil
}

// installed are the apps of a database, with that for surveys or without.
func installed(surveys bool) []apps.App {
	list := []apps.App{base.App(), mail.App()}
	if surveys {
		list = append(list, survey.App())
	}
	return append(list, crm.App())
}

// Upgrade turns the stand-in into a later version, with all its records.
func (o *Server) Upgrade(version int) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if version <= int(o.db.Version) || version > 20 {
		return fmt.Errorf("upgrade from Odoo %d to %d: there is no such way", o.db.Version, version)
	}
	return apps.Upgrade(o.db.System(o.db.UserByLogin(AdminLogin)), orm.Version(version), installed(o.db.Table("survey.survey") != nil))
}

// Start serves on a free port of the loopback interface and returns the URL.
func (o *Server) Start() (string, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen for the odoo stand-in: %w", err)
	}
	o.url = "http://" + listener.Addr().String()
	o.db.BaseURL = cmp.Or(o.publicURL, o.url)
	o.server = &http.Server{Handler: o, ReadHeaderTimeout: time.Minute}
	o.serveResult = make(chan error, 1)
	go func() { o.serveResult <- o.server.Serve(listener) }()
	return o.url, nil
}

// Close ends what Start began, open connections included. The records stay.
func (o *Server) Close() error {
	if o.server == nil {
		return nil
	}
	err := o.server.Close()
	if served := <-o.serveResult; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	o.server = nil
	return err
}

// URL is the address under which Start serves; empty before it.
func (o *Server) URL() string { return o.url }

// Execute calls a method of a model as the user with that login would over
// RPC, without the network; it counts no call and injects no fault. Structs
// of the answer are map[string]any, lists []any, integers int64. A refusal is
// a [*FaultError].
func (o *Server) Execute(login, model, method string, args []any, kwargs map[string]any) (any, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	user := o.db.UserByLogin(login)
	if user == nil {
		return nil, fmt.Errorf("execute %s.%s: no user %s", model, method, login)
	}
	result, err := o.db.Execute(user, model, method, xmlrpc.List(args), xmlrpc.Members(kwargs))
	if err != nil {
		return nil, err
	}
	return xmlrpc.Plain(result), nil
}

// SetCreateDate changes when a record was created, which no call can do.
func (o *Server) SetCreateDate(model string, id int64, created time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	t := o.db.Table(model)
	if t == nil || t.Rows[id] == nil {
		return fmt.Errorf("set the creation date: no record %s(%d)", model, id)
	}
	t.Set(t.Rows[id], "create_date", created.UTC())
	return nil
}

// ForgetExternalIDs takes a record's external ids from it.
func (o *Server) ForgetExternalIDs(model string, id int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.db.ForgetExternalIDs(model, id)
}

// Blacklist puts an address on the mail blacklist.
func (o *Server) Blacklist(address string) error {
	_, err := o.Execute(AdminLogin, "mail.blacklist", "create", []any{map[string]any{"email": address}}, nil)
	return err
}

// SetAliasDomain changes the domain of the company's catchall and bounce
// addresses; see [Options].
func (o *Server) SetAliasDomain(domain string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.db.AliasDomain = domain
}

// SetMailServer lets Odoo send its mails through the mail server to which dial connects;
// nil is for one that is down.
func (o *Server) SetMailServer(dial func(context.Context) (net.Conn, error)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.db.MailServer = dial
}

// SettleReplica lets the replica catch up with the database.
func (o *Server) SettleReplica() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.db.Replica.Settle()
}

package odoo

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"sync"
	"time"
)

// Logins and passwords of the users that every stand-in has. Bot is the
// least-privileged integration user, a sales manager; Sam is a salesperson
// who sees his own opportunities and those of nobody.
const (
	Database = "sandbox"

	AdminLogin    = "admin"
	AdminPassword = "admin"
	BotLogin      = "bot"
	BotPassword   = "bot-password"
	SamLogin      = "sam"
	SamPassword   = "sam-password"
)

// Options says which Odoo to stand in for.
type Options struct {
	// Version is the major version, 16 to 19; 0 means 19.
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
	// SeveralDatabases makes all web pages 404 for somebody without a session,
	// as on a server with several databases and no filter by host name.
	SeveralDatabases bool
}

// Server is an Odoo server with one database, kept in memory. It answers one
// call at a time; all its methods may be used from several goroutines.
type Server struct {
	version     int
	database    string
	clock       func() time.Time
	aliasDomain string
	publicURL   string
	pageless    bool // no web pages without a session
	pages       *template.Template
	generic     map[string]method

	mu          sync.Mutex
	tables      map[string]*table
	external    externalIDs
	secrets     map[int64][]string // passwords and API keys, by user
	roles       map[int64]role
	serial      int // numbers the Message-IDs that Odoo makes itself
	traffic     traffic
	server      *http.Server
	url         string
	serveResult chan error
}

// New returns a stand-in with Odoo's standard data and the users admin,
// bot and sam. It refuses a version outside 16 to 19.
func New(options Options) (*Server, error) {
	if options.Version == 0 {
		options.Version = 19
	}
	if options.Version < 16 || options.Version > 19 {
		return nil, fmt.Errorf("no stand-in for Odoo %d, only for 16 to 19", options.Version)
	}
	if options.Database == "" {
		options.Database = Database
	}
	if options.Clock == nil {
		options.Clock = func() time.Time { return time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC) }
	}
	o := &Server{
		version:     options.Version,
		database:    options.Database,
		clock:       options.Clock,
		aliasDomain: options.AliasDomain,
		publicURL:   options.PublicURL,
		pageless:    options.SeveralDatabases,
		pages:       surveyPages(),
		generic:     genericMethods(),
		tables:      map[string]*table{},
		external:    externalIDs{byName: map[string]externalID{}, byRecord: map[*record][]string{}},
		secrets:     map[int64][]string{},
		roles:       map[int64]role{},
		traffic:     traffic{tally: map[string]int{}},
	}
	for _, m := range models(o.version) {
		o.tables[m.name] = newTable(m)
	}
	if !options.WithoutSurveys {
		o.addSurveyTables()
	}
	return o, o.fill()
}

// Start serves on a free port of the loopback interface and returns the URL.
func (o *Server) Start() (string, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen for the odoo stand-in: %w", err)
	}
	o.url = "http://" + listener.Addr().String()
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

// baseURL is the address that Odoo gives to clients.
func (o *Server) baseURL() string {
	if o.publicURL != "" {
		return o.publicURL
	}
	return o.url
}

// Execute calls a method of a model as the user with that login would over
// RPC, without the network; it counts no call and injects no fault. Structs
// of the answer are map[string]any, lists []any, integers int64. A refusal is
// a [*FaultError].
func (o *Server) Execute(login, model, method string, args []any, kwargs map[string]any) (any, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	user := o.userByLogin(login)
	if user == nil {
		return nil, fmt.Errorf("execute %s.%s: no user %s", model, method, login)
	}
	result, err := o.execute(user, model, method, each(args), eachMember(kwargs))
	if err != nil {
		return nil, err
	}
	return plain(result), nil
}

// now is the time of the clock as the database would keep it.
func (o *Server) now() time.Time { return o.clock().UTC().Truncate(time.Microsecond) }

// SetCreateDate changes when a record was created, which no call can do.
func (o *Server) SetCreateDate(model string, id int64, created time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	t := o.tables[model]
	if t == nil || t.rows[id] == nil {
		return fmt.Errorf("set the creation date: no record %s(%d)", model, id)
	}
	t.set(t.rows[id], "create_date", created.UTC())
	return nil
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
	o.aliasDomain = domain
}

// AddKey gives a user an API key, which works wherever the password does.
func (o *Server) AddKey(login, key string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	user := o.userByLogin(login)
	if user == nil {
		return fmt.Errorf("add a key: no user %s", login)
	}
	o.secrets[user.id] = append(o.secrets[user.id], key)
	return nil
}

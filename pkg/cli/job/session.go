package job

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/cli/names"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
	"github.com/crm-tool/crm-tool/pkg/odoo/keys"
)

// Session is an open connection to Odoo, with the settings that count on this
// host.
type Session struct {
	Log *slog.Logger
	// Settings are this host's, over those that all hosts share.
	Settings *config.Settings
	Gateway  *gateway.Gateway
	Login    gateway.Session
	Instance instance.Instance
	// Shared is the state that all hosts share.
	Shared map[string]string

	// Config and Zone are there once the settings were checked. Zone is where
	// days begin.
	Config config.Config
	Zone   *time.Location
	// KeyEnds is when the API key in use ends; zero if it does not, or if that is not known.
	KeyEnds time.Time

	client *odoo.Client
	// keys are those of which one is in use.
	keys []keys.Key
	// known are the names that were read.
	known names.Known
}

// Open connects to Odoo and checks the settings that a command needs. It warns of an API
// key that ends soon.
func (h *Host) Open(ctx context.Context, need config.Need) (*Session, error) {
	s, err := h.OpenUnwarned(ctx, need)
	if err == nil {
		s.warnOfKey()
	}
	return s, err
}

// OpenUnwarned is [Host.Open] for the command that ends the reason to warn.
func (h *Host) OpenUnwarned(ctx context.Context, need config.Need) (*Session, error) {
	s, err := h.Connect(ctx, h.Settings())
	if err != nil {
		return nil, err
	}
	if err = s.configure(need); err == nil {
		err = s.Locate()
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Connect logs in to Odoo and adds the shared settings. Apart from the
// connection, the settings need not be right.
func (h *Host) Connect(ctx context.Context, settings *config.Settings) (*Session, error) {
	connection, err := settings.Connection()
	if err != nil {
		return nil, err
	}
	s, err := h.Login(ctx, h.OdooOptions(connection))
	if err != nil {
		return nil, err
	}
	if err := s.Refresh(ctx, settings); err != nil {
		s.Close()
		return nil, err
	}
	s.WarnOfIgnored()
	return s, nil
}

// Login logs in to Odoo, and reads no settings there.
func (h *Host) Login(ctx context.Context, options odoo.Options) (*Session, error) {
	client, err := odoo.New(options)
	if err != nil {
		return nil, err
	}
	s := &Session{
		Log: options.Logger, Gateway: gateway.New(client), Instance: instance.New(options.URL, options.Database), client: client,
	}
	if s.Login, err = s.Gateway.Open(ctx); err == nil {
		err = s.checkUser(options.User)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	s.Instance.User = s.Login.User
	s.findKey(options.Password())
	return s, nil
}

// checkUser refuses an API key that belongs to another user than the settings name. A
// login by name and password cannot.
func (s *Session) checkUser(name string) error {
	if s.client.API() == odoo.XMLRPC || name == "" || name == s.Login.Name {
		return nil
	}
	return &odoo.Error{
		Kind: odoo.Misconfigured, Message: fmt.Sprintf("the API key in odoo.password_file belongs to %s, not to %s", s.Login.Name, name),
		Cure: "write a key of the user in odoo.user into odoo.password_file, or correct odoo.user",
	}
}

// Ignored names what looks like shared state and is not, and who made it; some of it, if
// it is much.
func (s *Session) Ignored() (number int, some string) {
	const named = 5
	ignored := s.Gateway.Ignored()
	var list []string
	for _, a := range ignored[:min(named, len(ignored))] {
		list = append(list, fmt.Sprintf("%d by %s (user %d)", a.ID, a.MakerName, a.Maker))
	}
	return len(ignored), strings.Join(list, ", ")
}

// WarnOfIgnored warns of what [Session.Ignored] names.
func (s *Session) WarnOfIgnored() {
	if number, some := s.Ignored(); number > 0 {
		s.Log.Warn("attachments in Odoo that look like shared settings are ignored: they do not stand on the sales team Website, "+
			"everybody can read them, or another one has their name",
			"number", number, "attachments", some)
	}
}

// CheckRights refuses a user that does not see all opportunities: to that user a
// run finds little or nothing to do, which looks like a good run.
func (s *Session) CheckRights(ctx context.Context) error {
	may, err := s.Gateway.MayShare(ctx)
	if err != nil {
		return fmt.Errorf("check the rights of the user: %w", err)
	}
	if !may {
		return &odoo.Error{
			Kind: odoo.AccessDenied, Message: s.Login.Name + " may not work on all opportunities",
			Cure: "give this user the right Sales / Administrator in Odoo",
		}
	}
	return nil
}

// showWithin is how long a command waits at its end until others can read what it did.
const showWithin = 5 * time.Second

// Show waits, for some time, until what this command changed can be read: Odoo may answer
// the next command from a replica of its database.
func (s *Session) Show(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, showWithin)
	defer cancel()
	if !s.client.MayBeStale() {
		return
	}
	if err := s.client.CatchUp(ctx); err != nil {
		s.Log.Debug("Odoo may not show yet what was changed", "error", err.Error())
	}
}

// Close ends the connection.
func (s *Session) Close() { s.client.Close() }

// Refresh reads the shared state anew, and lays its settings under this host's.
func (s *Session) Refresh(ctx context.Context, settings *config.Settings) error {
	shared, err := s.Gateway.Shared(ctx)
	if err != nil {
		return fmt.Errorf("read the shared settings: %w", err)
	}
	s.Shared = shared
	s.Settings = settings.WithShared(instance.Settings(shared))
	return nil
}

// configure checks the settings, and warns of those that work but should be
// changed.
func (s *Session) configure(need config.Need) error {
	c, err := s.Settings.Config(need)
	if err != nil {
		return err
	}
	for _, w := range s.Settings.Warnings() {
		s.Log.Warn("a setting should be mended", "problem", w.Error())
	}
	s.Config = c
	return nil
}

// Locate finds the time zone: the configured one, else the integration user's
// in Odoo, else UTC.
func (s *Session) Locate() error {
	name := s.Config.Timezone
	if name == "" {
		name = s.Login.Zone
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return &config.ProblemsError{Problems: []config.Problem{{
			Key: "timezone", Value: name, Place: "the integration user in Odoo", Cause: "is no time zone known here: set timezone",
		}}}
	}
	s.Zone = zone
	return nil
}

// API is the protocol in which Odoo is called.
func (s *Session) API() odoo.API { return s.client.API() }

// Certificate is Odoo's; nil without encryption.
func (s *Session) Certificate() *x509.Certificate { return s.client.Certificate() }

// Names resolves names of this Odoo.
func (s *Session) Names() names.Resolver {
	if s.known == nil {
		s.known = names.Known{}
	}
	return names.Resolver{Odoo: s.Gateway, Language: s.Login.Language, Settings: s.Settings, Company: s.Login.Company, Known: s.known}
}

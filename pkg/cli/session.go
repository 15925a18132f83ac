package cli

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
)

// session is an open connection to Odoo with the settings that count.
type session struct {
	log      *slog.Logger
	settings *config.Settings
	client   *odoo.Client
	gateway  *gateway.Gateway
	odoo     gateway.Session
	instance instance.Instance
	// shared is the whole state that all hosts share.
	shared map[string]string
}

// settings reads the settings of this host.
func (g *globals) settings() *config.Settings {
	files := g.Files
	if files == nil {
		files = config.OSFiles{}
	}
	return config.Load(config.Options{
		Path: g.configFile, Environ: g.Environ, Superuser: g.Root, Files: files,
	})
}

// connect logs in to Odoo and adds the shared settings. The settings need not
// be right but for the connection.
func (g *globals) connect(ctx context.Context, settings *config.Settings) (*session, error) {
	connection, err := settings.Connection()
	if err != nil {
		return nil, err
	}
	log := g.Logger()
	client, err := odoo.New(odoo.Options{
		URL: connection.URL, AllowHTTP: connection.AllowHTTP, Database: connection.Database, User: connection.User,
		Password: connection.Password.Reveal, CAFile: connection.CAFile, Timeout: connection.Timeout,
		Version: version(), Logger: log, Now: g.Clock, Proxy: g.Proxy, Transport: g.Transport,
	})
	if err != nil {
		return nil, err
	}
	s := &session{
		log: log, client: client, gateway: gateway.New(client),
		instance: instance.New(connection.URL, connection.Database),
	}
	if s.odoo, err = s.gateway.Open(ctx); err != nil {
		client.Close()
		return nil, err
	}
	if err := s.refresh(ctx, settings); err != nil {
		client.Close()
		return nil, err
	}
	return s, nil
}

// refresh reads the shared state and lays its settings under this host's.
func (s *session) refresh(ctx context.Context, settings *config.Settings) error {
	shared, err := s.gateway.Shared(ctx)
	if err != nil {
		return fmt.Errorf("read the shared settings: %w", err)
	}
	s.shared = shared
	s.settings = settings.WithShared(instance.Settings(shared))
	return nil
}

func (s *session) close() { s.client.Close() }

// warn logs what works and should be mended.
func warn(log *slog.Logger, settings *config.Settings) {
	for _, w := range settings.Warnings() {
		log.Warn("a setting should be mended", "problem", w.Error())
	}
}

// zone is where days begin: as configured, else as the integration user has
// it in Odoo, else UTC.
func (s *session) zone(c config.Config) (*time.Location, error) {
	name := c.Timezone
	if name == "" {
		name = s.odoo.Zone
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, &config.ProblemsError{Problems: []config.Problem{{
			Key: "timezone", Value: name, Place: "the integration user in Odoo", Cause: "is no time zone known here: set timezone",
		}}}
	}
	return zone, nil
}

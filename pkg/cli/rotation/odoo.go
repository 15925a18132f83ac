package rotation

import (
	"context"
	"errors"
	"time"

	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/keys"
)

// odooKeys makes and revokes keys in Odoo, with a login for each key.
type odooKeys struct {
	host       *job.Host
	connection config.Odoo
	// session is that of the key in use.
	session *job.Session
	// name and end are those of a new key.
	name string
	end  time.Time
}

// Generate makes a key, and waits until a replica of Odoo's database knows it.
func (o odooKeys) Generate(ctx context.Context, by string) (string, error) {
	key, err := o.session.Keys().Generate(ctx, by, o.name, o.end)
	if err == nil {
		o.session.Show(ctx)
	}
	return key, err
}

// Works logs in with a key.
func (o odooKeys) Works(ctx context.Context, key string) (bool, error) {
	s, err := o.login(ctx, key)
	if odoo.IsKind(err, odoo.LoginRefused) {
		return false, nil
	}
	if err == nil {
		s.Close()
	}
	return err == nil, err
}

// Revoke deletes a key.
func (o odooKeys) Revoke(ctx context.Context, by, key string) error {
	s, err := o.login(ctx, by)
	if err != nil {
		return err
	}
	defer s.Close()
	err = s.Keys().Revoke(ctx, key)
	if errors.Is(err, keys.ErrUnknownKey) {
		if works, failed := o.Works(ctx, key); failed == nil && !works {
			return nil
		}
	}
	return err
}

func (o odooKeys) login(ctx context.Context, key string) (*job.Session, error) {
	options := o.host.OdooOptions(o.connection)
	options.Password = func() string { return key }
	return o.host.Login(ctx, options)
}

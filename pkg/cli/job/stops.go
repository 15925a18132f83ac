package job

import (
	"context"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
)

// Stops finds the mails in which clients ask for no more mails; nil for a command
// that mails nobody.
func (j *Job) Stops() *mailing.Stops {
	if j.spec.ReadOnly || !j.spec.Mails {
		return nil
	}
	s := &mailing.Stops{
		Store: stopStore{j.Gateway, instance.HasRun(j.Shared)}, Since: j.Gateway.Now().Add(-mailing.StopsBack),
		Ours: []address.Address{j.Config.Mail.From, j.Config.Mail.ReplyTo},
	}
	// A damaged note counts as none: the next run writes it again.
	if at, err := time.Parse(time.RFC3339, j.Shared[instance.StopsKey]); err == nil && !at.After(j.Gateway.Now()) {
		s.Since = at.Add(-mailing.StopOverlap)
	}
	if j.dry {
		s.Store = mailing.DryStops{StopStore: s.Store}
	}
	return s
}

// stopStore is the Odoo in which crm-tool ran before, or not.
type stopStore struct {
	*gateway.Gateway

	hasRun bool
}

var _ mailing.StopStore = stopStore{}

// Looked notes the time up to which mails were looked at, and forgets what was kept
// for mails from before. The first run ever notes nothing: it may have nothing to write.
func (s stopStore) Looked(ctx context.Context, at time.Time) error {
	if !s.hasRun {
		return nil
	}
	if err := s.Share(ctx, instance.StopsKey, at.UTC().Format(time.RFC3339)); err != nil || !s.HasOptOuts() {
		return err
	}
	return s.ForgetLifted(ctx, at.Add(-mailing.StopOverlap))
}

package cli

import (
	"context"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
	"github.com/crm-tool/crm-tool/pkg/state"
)

// job is what a run is called, and whether it writes.
type job struct {
	command string
	dry     bool
}

func jobOf(h report.Head) job { return job{command: h.Command, dry: h.DryRun} }

// base builds what every one-shot run has: it refuses an Odoo that is not to
// be served, and takes the lock of this host, which release gives back.
func (g *globals) base(ctx context.Context, s *session, c config.Config, j job, part run.Shard) (run.Base, func(), error) {
	known, err := s.instance.Known(ctx, s.gateway, s.shared)
	if err != nil {
		return run.Base{}, nil, err
	}
	release := func() {}
	if !j.dry && c.StateDir != "" {
		release, err = state.Lock(c.StateDir, state.Job{
			Command: j.command, Instance: s.instance.URL + " " + s.instance.Database,
			Shard: fmt.Sprintf("%d/%d", part.Index, part.Count),
		}, g.env.Clock())
		if err != nil {
			return run.Base{}, nil, err
		}
	}
	base := run.Base{
		Odoo: s.gateway, Now: s.gateway.Now(), DryRun: j.dry, Log: s.log, Company: s.odoo.Company,
		Guard: run.Guard{MaxRecords: c.Guard.MaxRecords, MaxShare: c.Guard.MaxShare},
		Begin: func(context.Context) error { return nil },
	}
	if !j.dry && !known {
		base.Begin = once(func(ctx context.Context) error { return s.instance.Adopt(ctx, s.gateway, s.gateway.Now()) })
	}
	return base, release, nil
}

// once runs the step until it succeeds, and never again.
func once(step func(context.Context) error) func(context.Context) error {
	done := false
	return func(ctx context.Context) error {
		if done {
			return nil
		}
		err := step(ctx)
		done = err == nil
		return err
	}
}

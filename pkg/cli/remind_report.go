package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/scorecard"
)

func newRemindReportCmd(h *job.Host) *cobra.Command {
	return newReportCmd(h, reading{command: "remind report", nothing: scorecard.Reminders{}, read: readReminders})
}

func readReminders(ctx context.Context, s *job.Session) (scorecard.Report, error) {
	r := remind.Report{Odoo: s.Gateway, Store: s.Gateway, Zone: s.Zone, Log: s.Log}
	return r.Summary(ctx)
}

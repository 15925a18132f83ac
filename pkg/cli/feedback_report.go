package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/catalog"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	"github.com/crm-tool/crm-tool/pkg/scorecard"
)

func newFeedbackReportCmd(h *job.Host) *cobra.Command {
	return newReportCmd(h, reading{command: "feedback report", nothing: scorecard.Feedback{}, read: readFeedback})
}

func readFeedback(ctx context.Context, s *job.Session) (scorecard.Report, error) {
	forms, err := catalog.Folder(s.Config.Templates.Dir).Questionnaires()
	if err != nil {
		return nil, err
	}
	r := feedback.Report{Odoo: s.Gateway, History: s.Gateway, Finished: s.Gateway, Forms: forms.All(), Zone: s.Zone, Log: s.Log}
	return r.Summary(ctx)
}

package doctor

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/checks"
	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
)

// NewConfigCheckCmd returns the command config check.
func NewConfigCheckCmd(h *job.Host) *cobra.Command {
	return &cobra.Command{
		Use:  "check",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return runConfigCheck(cmd.Context(), h) },
	}
}

func runConfigCheck(ctx context.Context, h *job.Host) error {
	results := try(ctx, h, checks.OfConfiguration()...)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, r := range results {
		if err := h.Tell("%s", line(r)); err != nil {
			return err
		}
	}
	if err := checks.Err(results); err != nil {
		return err
	}
	verdict := "the settings are right, and what they name works"
	if warnings := count(results, checks.Warning); warnings > 0 {
		verdict += fmt.Sprintf("; warnings: %d", warnings)
	}
	return h.Tell("%s", verdict)
}

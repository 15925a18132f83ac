package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/checks"
	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/report"
)

func newConfigCheckCmd(h *job.Host) *cobra.Command {
	return &cobra.Command{
		Use:  "check",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return runConfigCheck(cmd.Context(), h) },
	}
}

func runConfigCheck(ctx context.Context, h *job.Host) error {
	subject := &checks.Subject{Host: h, Settings: h.Settings()}
	defer subject.Close()
	results := subject.Try(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	warnings := 0
	for _, r := range results {
		if err := h.Tell("%s", checkLine(r)); err != nil {
			return err
		}
		if r.Status == checks.Warning {
			warnings++
		}
	}
	if err := checks.Err(results); err != nil {
		return err
	}
	verdict := "the settings are right, and what they name works"
	if warnings > 0 {
		verdict += fmt.Sprintf("; warnings: %d", warnings)
	}
	return h.Tell("%s", verdict)
}

// checkLine is a line about a check; advice stands on the next one. What went wrong
// is told with the advice at the end, on standard error.
func checkLine(r checks.Result) string {
	line := strings.TrimRight(fmt.Sprintf("%-8s %-18s", r.Status, r.Name), " ")
	if r.Status == checks.Failed {
		return line
	}
	line = fmt.Sprintf("%-8s %-18s %s", r.Status, r.Name, report.Visible(strings.ReplaceAll(r.Message, "\n", "; ")))
	if r.Status == checks.Warning {
		for _, hint := range exit.Hints(r.Err) {
			line += "\n         hint: " + hint
		}
	}
	return line
}

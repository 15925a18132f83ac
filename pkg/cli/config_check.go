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

// briefly is the length of an error in the list of checks, in characters. Its line has
// 80 columns.
const briefly = 52

// checkLine tells what a check found, with a line of its own for each finding. The
// advice of a warning follows. All about an error stands at the end, on standard
// error, so that the beginning of its first line will do here.
func checkLine(r checks.Result) string {
	findings := strings.Split(r.Message, "\n")
	if r.Status == checks.Failed {
		findings = []string{report.Short(strings.TrimSuffix(findings[0], ":"), briefly)}
	}
	if r.Status == checks.Warning {
		for _, hint := range exit.Hints(r.Err) {
			findings = append(findings, "hint: "+hint)
		}
	}
	for i := range findings {
		findings[i] = report.Visible(findings[i])
	}
	return fmt.Sprintf("%-8s %-18s %s", r.Status, r.Name, strings.Join(findings, fmt.Sprintf("\n%28s", "")))
}

// Package doctor has the commands that try what crm-tool needs, before a client notices
// that something is wrong: doctor tries everything, config check the settings and what
// they name.
package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/checks"
	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// NewCmd returns the command doctor.
func NewCmd(h *job.Host) *cobra.Command {
	output := report.Table
	cmd := &cobra.Command{
		Use:  "doctor",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), h, output) },
	}
	cmd.Flags().VarP(command.NewChoice(&output, report.Table, report.JSON), "output", "o", "format of the checks")
	return cmd
}

// runDoctor ends as the worst check does, of which the output tells all. If a signal came,
// it tells of the checks before.
func runDoctor(ctx context.Context, h *job.Host, output report.Format) error {
	results := try(ctx, h)
	err := exit.Told(checks.Err(results))
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	write := writeTable
	if output == report.JSON {
		write = writeJSON
	}
	if unwritten := write(h, results, exit.Code(err)); unwritten != nil {
		return errors.Join(err, unwritten)
	}
	return err
}

// try makes the named checks, or all of them without a name.
func try(ctx context.Context, h *job.Host, names ...checks.Name) []checks.Result {
	subject := &checks.Subject{Host: h, Settings: h.Settings()}
	defer subject.Close()
	return subject.Try(ctx, names...)
}

// writeTable writes a line for each check and, in the end, all about the errors. A quiet
// host writes what is not right alone.
func writeTable(h *job.Host, results []checks.Result, _ int) error {
	for _, r := range results {
		tell := h.Tell
		if r.Status == checks.Warning {
			tell = func(format string, args ...any) error { return h.Print(format+"\n", args...) }
		}
		if err := tell("%s", line(r)); err != nil {
			return err
		}
	}
	if err := h.Print("%s", mending(results)); err != nil {
		return err
	}
	return h.Tell("checks: %d; errors: %d; warnings: %d; skipped: %d", len(results),
		count(results, checks.Failed), count(results, checks.Warning), count(results, checks.Skipped))
}

// mending tells all about each error and how to mend it.
func mending(results []checks.Result) string {
	var b strings.Builder
	for _, r := range results {
		if r.Status != checks.Failed {
			continue
		}
		fmt.Fprintf(&b, "\n%s: %s\n", r.Name, report.Visible(r.Message))
		for _, hint := range exit.Hints(r.Err) {
			fmt.Fprintf(&b, "hint: %s\n", report.Visible(hint))
		}
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}

// document is what -o json writes. It is part of the public interface.
type document struct {
	Version int         `json:"version"`
	Checks  []checkJSON `json:"checks"`
	Exit    int         `json:"exit"`
}

type checkJSON struct {
	Name    checks.Name   `json:"name"`
	Status  checks.Status `json:"status"`
	Message string        `json:"message"`
	Hint    string        `json:"hint,omitempty"`
}

func writeJSON(h *job.Host, results []checks.Result, code int) error {
	d := document{Version: 1, Checks: []checkJSON{}, Exit: code}
	for _, r := range results {
		c := checkJSON{Name: r.Name, Status: r.Status, Message: r.Message}
		if r.Status == checks.Failed || r.Status == checks.Warning {
			c.Hint = strings.Join(exit.Hints(r.Err), "; ")
		}
		d.Checks = append(d.Checks, c)
	}
	text, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return err
	}
	return h.Print("%s\n", text)
}

// briefly is the length of an error in the list of checks, in characters. Its line has
// 80 columns.
const briefly = 52

// line tells what a check found, with a line of its own for each finding. The
// advice of a warning follows. All about an error stands at the end, so that the
// beginning of its first line will do here.
func line(r checks.Result) string {
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

// count returns how many checks ended so.
func count(results []checks.Result, status checks.Status) int {
	n := 0
	for _, r := range results {
		if r.Status == status {
			n++
		}
	}
	return n
}

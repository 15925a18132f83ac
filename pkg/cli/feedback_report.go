package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/catalog"
	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/scorecard"
)

type reportFlags struct {
	output report.Format
	html   string
}

func newFeedbackReportCmd(h *job.Host) *cobra.Command {
	flags := &reportFlags{output: report.Table}
	cmd := &cobra.Command{
		Use:  "report",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return runFeedbackReport(cmd.Context(), h, flags) },
	}
	cmd.Flags().VarP(command.NewChoice(&flags.output, report.Table, report.JSON, report.CSV), "output", "o", "format of the report")
	cmd.Flags().StringVar(&flags.html, "html", "", "also write a page with charts to `FILE`")
	return cmd
}

func runFeedbackReport(ctx context.Context, h *job.Host, flags *reportFlags) error {
	head := h.Head("feedback report")
	stop := h.Progress(console.Busy(head.Command))
	page, err := readScores(ctx, h)
	stop()
	if err == nil && flags.html != "" {
		err = writePage(flags.html, page)
	}
	switch {
	case flags.output == report.JSON:
		return errors.Join(err, scorecard.WriteJSON(h.Stdout, head, page.Summary, exit.Tail(h.Clock(), err)))
	case err != nil:
		return err
	case flags.output == report.CSV:
		return scorecard.WriteCSV(h.Stdout, page.Summary)
	case h.Quiet:
		return nil
	}
	return scorecard.WriteTable(h.Stdout, page.Summary, h.TableOptions())
}

// readScores reads everything that the report shows. It changes nothing in Odoo.
func readScores(ctx context.Context, h *job.Host) (page scorecard.Page, err error) {
	defer exit.RecoverPanic(&err)
	s, err := h.Open(ctx, config.NeedOdoo)
	if err != nil {
		return page, err
	}
	defer s.Close()
	folder := catalog.Folder(s.Config.Templates.Dir)
	if page.Texts, err = folder.ReportTexts(); err != nil {
		return page, err
	}
	forms, err := folder.Questionnaires()
	if err != nil {
		return page, err
	}
	companies, err := s.Gateway.Companies(ctx, []crm.CompanyID{s.Login.Company})
	if err != nil {
		return page, fmt.Errorf("read companies: %w", err)
	}
	r := feedback.Report{Odoo: s.Gateway, History: s.Gateway, Finished: s.Gateway, Forms: forms.All(), Zone: s.Zone, Log: s.Log}
	page.Summary, err = r.Summary(ctx)
	page.Organization, page.Language = companies[s.Login.Company].Name, cmp.Or(s.Config.Mail.Language, s.Login.Language)
	page.Made = s.Gateway.Now()
	return page, err
}

// writePage writes the page for a meeting. Only the user may read the file: it
// shows how clients judge salespeople.
func writePage(file string, p scorecard.Page) error {
	var page bytes.Buffer
	if err := scorecard.WritePage(&page, p); err != nil {
		return err
	}
	return os.WriteFile(file, page.Bytes(), 0o600)
}

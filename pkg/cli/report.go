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
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/scorecard"
)

type reportFlags struct {
	output report.Format
	html   string
}

// reading reads what a report over a long time shows. It changes nothing in Odoo.
type reading struct {
	command string
	// nothing is the report when nothing could be read.
	nothing scorecard.Report
	read    func(ctx context.Context, s *job.Session) (scorecard.Report, error)
}

// newReportCmd returns a command that shows a report over a long time.
func newReportCmd(h *job.Host, r reading) *cobra.Command {
	flags := &reportFlags{output: report.Table}
	cmd := &cobra.Command{
		Use:  "report",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return runReport(cmd.Context(), h, flags, r) },
	}
	cmd.Flags().VarP(command.NewChoice(&flags.output, report.Table, report.JSON, report.CSV), "output", "o", "format of the report")
	cmd.Flags().StringVar(&flags.html, "html", "", "also write a page with charts to `FILE`")
	return cmd
}

func runReport(ctx context.Context, h *job.Host, flags *reportFlags, r reading) error {
	head := h.Head(r.command)
	stop := h.Progress(console.Busy(head.Command))
	page, err := readPage(ctx, h, r)
	stop()
	if err == nil && flags.html != "" {
		err = writePage(flags.html, page)
	}
	switch {
	case flags.output == report.JSON:
		return errors.Join(err, scorecard.WriteJSON(h.Stdout, head, page.Report, exit.Tail(h.Clock(), err)))
	case err != nil:
		return err
	case flags.output == report.CSV:
		return scorecard.WriteCSV(h.Stdout, page.Report)
	case h.Quiet:
		return nil
	}
	return scorecard.WriteTable(h.Stdout, page.Report, h.TableOptions())
}

// readPage reads everything that the report shows.
func readPage(ctx context.Context, h *job.Host, r reading) (page scorecard.Page, err error) {
	defer exit.RecoverPanic(&err)
	page.Report = r.nothing
	s, err := h.Open(ctx, config.NeedOdoo)
	if err != nil {
		return page, err
	}
	defer s.Close()
	if page.Texts, err = catalog.Folder(s.Config.Templates.Dir).ReportTexts(); err != nil {
		return page, err
	}
	companies, err := s.Gateway.Companies(ctx, []crm.CompanyID{s.Login.Company})
	if err != nil {
		return page, fmt.Errorf("read companies: %w", err)
	}
	found, err := r.read(ctx, s)
	if err == nil {
		page.Report = found
	}
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

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
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/scorecard"
)

// scoreFlags are the flags of `feedback report`.
type scoreFlags struct {
	output report.Format
	html   string
}

func newFeedbackReportCmd(g *globals) *cobra.Command {
	flags := &scoreFlags{output: report.Table}
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Response rate and scores, by salesperson, activity type and month",
		Long: "Sum up the questionnaires that were sent and what came back: response rate, mean score (0 to 100) and Net\n" +
			"Promoter Score, by month, salesperson and activity type. A questionnaire counts in the month in which it was\n" +
			"sent. One that was prepared and never mailed does not count.",
		Example: "  crm-tool feedback report                       as tables\n" +
			"  crm-tool feedback report --html feedback.html  a page for a meeting, in one file\n" +
			"  crm-tool feedback report -o csv                for a spreadsheet",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return g.runFeedbackReport(cmd.Context(), flags) },
	}
	cmd.Flags().VarP(command.NewChoice(&flags.output, report.Table, report.JSON, report.CSV), "output", "o", "form of the report")
	cmd.Flags().StringVar(&flags.html, "html", "", "write a page with charts, too, into `FILE`")
	return cmd
}

func (g *globals) runFeedbackReport(ctx context.Context, flags *scoreFlags) error {
	head := report.Head{Command: "feedback report", Run: newRunID(g.Clock()), Started: g.Clock()}
	stop := g.Progress(console.Busy(head.Command))
	page, err := g.score(ctx)
	stop()
	if err == nil && flags.html != "" {
		err = writePage(flags.html, page)
	}
	switch {
	case flags.output == report.JSON:
		return errors.Join(err, scorecard.WriteJSON(g.Stdout, head, page.Summary, exit.Tail(g.Clock(), err)))
	case err != nil:
		return err
	case flags.output == report.CSV:
		return scorecard.WriteCSV(g.Stdout, page.Summary)
	case g.Quiet:
		return nil
	}
	return scorecard.WriteTable(g.Stdout, page.Summary, g.TableOptions())
}

// score reads everything that the report shows. It changes nothing in Odoo.
func (g *globals) score(ctx context.Context) (page scorecard.Page, err error) {
	defer exit.RecoverPanic(&err)
	s, err := g.connect(ctx, g.settings())
	if err != nil {
		return page, err
	}
	defer s.close()
	c, err := s.settings.Config(config.NeedOdoo)
	if err != nil {
		return page, err
	}
	warn(s.log, s.settings)
	folder := catalog.Folder(c.Templates.Dir)
	if page.Texts, err = folder.ReportTexts(); err != nil {
		return page, err
	}
	forms, err := folder.Questionnaires()
	if err != nil {
		return page, err
	}
	zone, err := s.zone(c)
	if err != nil {
		return page, err
	}
	companies, err := s.gateway.Companies(ctx, []crm.CompanyID{s.odoo.Company})
	if err != nil {
		return page, fmt.Errorf("read companies: %w", err)
	}
	r := feedback.Report{Odoo: s.gateway, History: s.gateway, Forms: forms.All(), Zone: zone}
	page.Summary, err = r.Summary(ctx)
	page.Organization, page.Language = companies[s.odoo.Company].Name, cmp.Or(c.Mail.Language, s.odoo.Language)
	page.Made = s.gateway.Now()
	return page, err
}

// writePage writes the page for a meeting. It is for the user's eyes first: it
// tells how salespeople are judged.
func writePage(file string, p scorecard.Page) error {
	var page bytes.Buffer
	if err := scorecard.WritePage(&page, p); err != nil {
		return err
	}
	return os.WriteFile(file, page.Bytes(), 0o600)
}

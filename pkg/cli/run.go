package cli

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// inJob returns what runs a command whose work needs a [job.Job] that is ready,
// and the command's arguments.
func inJob(h *job.Host, spec *job.Spec, work func(context.Context, *job.Job, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		j := job.New(h, *spec)
		defer j.End(cmd.Context(), &err)
		if err := j.Begin(cmd.Context()); err != nil {
			return err
		}
		return work(cmd.Context(), j, args)
	}
}

// bindRun binds the flags that every run has.
func bindRun(flags *pflag.FlagSet, spec *job.Spec) {
	f := &job.Flags{}
	spec.Flags, spec.Scheduled = f, true
	flags.BoolVar(&f.DryRun, "dry-run", false, "show what would be done; write nothing to Odoo, send nothing")
	flags.StringVar(&f.AsOf, "as-of", "", "dry run as if it were noon on `DATE` (YYYY-MM-DD)")
	flags.IntVar(&f.Limit, "limit", 0, "at most `N` records this run")
	flags.StringSliceVar(&f.Only, "opportunity", nil, "only the opportunities with these `ID`s, each with its reason")
	flags.StringVar(&f.Shard, "shard", "", "only part `I/N` of the opportunities, split by client; I counts from 0")
	flags.IntVar(&f.Rate, "rate", 0, "at most `N` mails a minute, all parts of this host together")
	flags.StringVar(&f.MetricsFile, "metrics-file", "", "write metrics for Prometheus' textfile collector into `FILE`; see monitor.metrics_file")
	flags.BoolVarP(&f.Yes, "yes", "y", false, "go on even if a guard would stop an unusually large run")
	bindOutput(flags, &spec.Format)
}

// bindMails binds the flags of a run that mails.
func bindMails(flags *pflag.FlagSet, spec *job.Spec) {
	bindRun(flags, spec)
	flags.StringVar(&spec.Flags.SaveMails, "save-mails", "", "dry run that saves every mail in `DIR`, with an index.html")
}

// bindOutput binds the form of a report.
func bindOutput(flags *pflag.FlagSet, format *report.Format) {
	*format = report.Table
	flags.VarP(command.NewChoice(format, report.Formats()...), "output", "o", "format of the report")
}

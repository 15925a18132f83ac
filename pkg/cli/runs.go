package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// recorded does the work of a run, and has Odoo remember it. Whether that
// succeeds changes nothing about what was done.
func (g *globals) recorded(ctx context.Context, w *workplace, head report.Head, work func() error) error {
	if head.DryRun {
		return work()
	}
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	history := &run.History{Annals: w.gateway, Head: head, Host: host, KeepDays: w.config.History.KeepDays}
	w.base.History = history
	err = caught(work)
	end := run.End{Finished: g.env.Clock(), Exit: exitCode(err)}
	end.Stopped = err != nil && !silent(err) && mayHaveWritten(end.Exit)
	if failure := history.Close(ctx, end, w.gateway.Now()); failure != nil {
		w.log.Warn("this run will be missing in `crm-tool runs`", "error", failure)
	}
	return err
}

// mayHaveWritten tells whether a run that ends with the status can have begun
// its work.
func mayHaveWritten(exit int) bool {
	for _, s := range ExitStatuses() {
		if s.Code == exit {
			return s.Mails
		}
	}
	return true
}

// runsFlags are the flags of `runs`.
type runsFlags struct {
	limit  int
	output string
}

func newRunsCmd(g *globals) *cobra.Command {
	flags := &runsFlags{}
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List the last runs: when, what they did, how they ended",
		Long: "List the last runs on all hosts: when each was, what it did and how it ended. A run that had nothing to do,\n" +
			"or only skipped records, leaves no trace. Odoo keeps the history for history.keep_days.",
		Example: "  crm-tool runs                              the last 20\n" +
			"  crm-tool runs show last                    what the last one did\n" +
			"  crm-tool runs show 20261123T080000Z-7f3a   what this one did\n" +
			"  crm-tool runs uncertain                    mails of which nobody can know whether they left",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return strayArgument(cmd, args[0])
			}
			return g.runRuns(cmd.Context(), flags)
		},
	}
	const most = 20
	cmd.Flags().IntVar(&flags.limit, "limit", most, "the last `N` runs")
	formats := []string{string(report.Table), string(report.JSON), string(report.CSV)}
	cmd.Flags().VarP(&choice{value: &flags.output, allowed: formats}, "output", "o", "form of the list")
	cmd.AddCommand(newShowRunCmd(g), newUncertainCmd(g))
	return cmd
}

func newShowRunCmd(g *globals) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "show RUN",
		Short: "Show what one run did with which opportunity",
		Long: "Show what one run did with which opportunity, as the run itself reported it: with its counts and its exit\n" +
			"status, and with the names that Odoo has today. Addresses and causes of failures are not kept. RUN is the\n" +
			"run's name, or `last`.",
		Example: "  crm-tool runs show last\n  crm-tool runs show 20261123T080000Z-7f3a -o json",
		Args:    exactly(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return g.runShowRun(cmd.Context(), args[0], output) },
	}
	bindOutput(cmd.Flags(), &output)
	return cmd
}

// reader is an open connection of a command that only reads.
func (g *globals) reader(ctx context.Context) (*session, *time.Location, error) {
	s, err := g.connect(ctx, g.settings())
	if err != nil {
		return nil, nil, err
	}
	zone, err := s.readZone()
	if err != nil {
		s.close()
		return nil, nil, err
	}
	return s, zone, nil
}

func (s *session) readZone() (*time.Location, error) {
	c, err := s.settings.Config(config.NeedOdoo)
	if err != nil {
		return nil, err
	}
	warn(s.log, s.settings)
	return s.zone(c)
}

func (g *globals) runRuns(ctx context.Context, flags *runsFlags) error {
	head := report.Head{Command: "runs", Run: newRunID(g.env.Clock()), Started: g.env.Clock()}
	var list []run.Past
	zone := time.UTC
	err := caught(func() error {
		if flags.limit < 1 {
			return &usageError{err: fmt.Errorf("--limit %d: give a number above 0", flags.limit)}
		}
		s, local, err := g.reader(ctx)
		if err != nil {
			return err
		}
		defer s.close()
		zone = local
		list, err = run.PastRuns(ctx, s.gateway, flags.limit)
		return err
	})
	switch {
	case report.Format(flags.output) == report.JSON:
		return errors.Join(err, report.WriteDocument(g.env.Stdout, head, runsDocument(list), g.tail(err)))
	case err != nil:
		return err
	case report.Format(flags.output) == report.CSV:
		header, rows := runsTable(list, time.UTC, 0)
		return report.WriteCSV(g.env.Stdout, header, rows)
	case len(list) == 0 && !g.quiet:
		g.say("no run has left a history yet\n")
		return nil
	}
	header, rows := runsTable(list, zone, g.env.Width)
	return report.WriteRows(g.env.Stdout, header, rows, report.TableOptions{Width: g.env.Width, Color: g.color()})
}

// roomForAll is the width of a terminal on which all columns of the list have
// their place. On a narrower one the name of a run tells when it was.
const roomForAll = 110

// runsTable is the list as a table.
func runsTable(list []run.Past, zone *time.Location, width int) (header []string, rows [][]string) {
	narrow := width > 0 && width < roomForAll
	header = []string{"RUN", "BEGAN", "TOOK", "HOST", "COMMAND", "EXIT", "RESULT"}
	if narrow {
		header = []string{"RUN", "COMMAND", "EXIT", "RESULT"}
	}
	for i := range list {
		p := &list[i]
		row := []string{p.Head.Run, p.Head.Started.In(zone).Format("2006-01-02 15:04"), report.Duration(p.Took()), p.Host}
		if narrow {
			row = row[:1]
		}
		row = append(row, p.Head.Command, strconv.Itoa(p.End.Exit), p.Counts.Brief(p.Head))
		if p.Damaged != nil {
			row = make([]string, len(header))
			row[0], row[len(row)-1] = p.Head.Run, p.Damaged.Error()
		}
		rows = append(rows, row)
	}
	return header, rows
}

// The types below are the JSON form of the list.

type pastRuns struct {
	Runs []pastRun `json:"runs"`
}

type pastRun struct {
	Run      string                 `json:"run"`
	Command  string                 `json:"command"`
	Host     string                 `json:"host"`
	Started  time.Time              `json:"started"`
	Finished time.Time              `json:"finished"`
	Counts   map[report.Outcome]int `json:"counts"`
	Exit     int                    `json:"exit"`
	Error    string                 `json:"error,omitempty"`
}

func runsDocument(list []run.Past) pastRuns {
	document := pastRuns{Runs: []pastRun{}}
	for i := range list {
		p := &list[i]
		r := pastRun{
			Run: p.Head.Run, Command: p.Head.Command, Host: p.Host,
			Started: p.Head.Started.Truncate(time.Second), Finished: p.End.Finished.Truncate(time.Second),
			Counts: map[report.Outcome]int{}, Exit: p.End.Exit,
		}
		for _, o := range report.Outcomes() {
			if n := p.Counts.Of(o); n > 0 {
				r.Counts[o] = n
			}
		}
		if p.Damaged != nil {
			r.Error = p.Damaged.Error()
		}
		document.Runs = append(document.Runs, r)
	}
	return document
}

// runShowRun writes the report of an earlier run. It is written whole, or not at
// all: what fails is this command, not that run.
func (g *globals) runShowRun(ctx context.Context, name, output string) error {
	var text bytes.Buffer
	p, err := g.showRun(ctx, &text, name, output)
	format := report.Format(output)
	switch {
	case err != nil && (format == report.JSON || format == report.NDJSON):
		return g.reported(report.Head{Command: "runs show"}, output, func(report.Head, report.Writer) error { return err })
	case err != nil:
		return err
	}
	if _, err := g.env.Stdout.Write(text.Bytes()); err != nil {
		return &outputError{err: err}
	}
	if p.Named < p.Total() && !g.quiet {
		g.say("the history names the first %d of %d records\n", p.Named, p.Total())
	}
	return nil
}

func (g *globals) showRun(ctx context.Context, out io.Writer, name, output string) (run.Past, error) {
	s, _, err := g.reader(ctx)
	if err != nil {
		return run.Past{}, err
	}
	defer s.close()
	p, err := run.PastRun(ctx, s.gateway, name)
	if unrecorded, ok := errors.AsType[*run.UnrecordedRunError](err); ok {
		return p, &usageError{err: unrecorded}
	}
	if err != nil {
		return p, err
	}
	format := report.Table
	if output != "" {
		format = report.Format(output)
	}
	w := report.New(format, out, p.Head, report.TableOptions{Width: g.env.Width, Color: g.color()})
	if err := p.Items(ctx, s.gateway, w.Item); err != nil {
		return p, err
	}
	tail := report.Tail{Finished: p.End.Finished, Exit: p.End.Exit, Counts: &p.Counts}
	if p.End.Stopped {
		tail.Error = &report.Failure{Message: exitMeaning(p.End.Exit)}
	}
	return p, w.Close(tail)
}

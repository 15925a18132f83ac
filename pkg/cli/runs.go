package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/history"
	"github.com/crm-tool/crm-tool/pkg/lastrun"
	"github.com/crm-tool/crm-tool/pkg/report"
)

type runsFlags struct {
	limit  int
	output report.Format
}

func newRunsCmd(h *job.Host) *cobra.Command {
	flags := &runsFlags{output: report.Table}
	cmd := &cobra.Command{
		Use:  "runs",
		Args: command.Subcommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return runRuns(cmd.Context(), h, flags) },
	}
	const most = 20
	cmd.Flags().IntVar(&flags.limit, "limit", most, "the last `N` runs")
	cmd.Flags().VarP(command.NewChoice(&flags.output, report.Table, report.JSON, report.CSV), "output", "o", "format of the list")
	cmd.AddCommand(newShowRunCmd(h), newUncertainCmd(h))
	return cmd
}

func newShowRunCmd(h *job.Host) *cobra.Command {
	var output report.Format
	cmd := &cobra.Command{
		Use:  "show RUN",
		Args: command.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runShowRun(cmd.Context(), h, args[0], output) },
	}
	bindOutput(cmd.Flags(), &output)
	return cmd
}

func runRuns(ctx context.Context, h *job.Host, flags *runsFlags) error {
	head := h.Head("runs")
	list, last, zone, err := listRuns(ctx, h, flags.limit)
	switch {
	case flags.output == report.JSON:
		document := newRunsJSON(list)
		document.Last = newLastRunsJSON(last)
		return errors.Join(err, report.WriteDocument(h.Stdout, head, document, exit.Tail(h.Clock(), err)))
	case err != nil:
		return err
	case flags.output == report.CSV:
		header, rows := runsTable(list, time.UTC, 0)
		return report.WriteCSV(h.Stdout, header, rows)
	case len(list) == 0 && !h.Quiet:
		h.Say("no run has left a history yet\n")
	}
	if len(list) > 0 {
		header, rows := runsTable(list, zone, h.Width)
		if err := report.WriteRows(h.Stdout, header, rows, h.TableOptions()); err != nil {
			return err
		}
	}
	return writeLastRuns(h, last, zone, len(list) > 0)
}

// writeLastRuns writes when each command last ran, on each host, below other lines or
// not.
func writeLastRuns(h *job.Host, last map[string]lastrun.Record, zone *time.Location, below bool) error {
	var rows [][]string
	for _, command := range lastrun.Commands() {
		for _, r := range last[command].Runs {
			rows = append(rows, []string{command, r.Finished.In(zone).Format("2006-01-02 15:04"), r.Host, strconv.Itoa(r.Exit)})
		}
	}
	if rows == nil {
		return nil
	}
	if below {
		if err := h.Print("\n"); err != nil {
			return err
		}
	}
	return report.WriteRows(h.Stdout, []string{"COMMAND", "LAST RUN", "HOST", "EXIT"}, rows, h.TableOptions())
}

// listRuns returns the last runs that did something, the last ones of each command, and
// the zone in which days are shown.
func listRuns(ctx context.Context, h *job.Host, limit int) (_ []history.Run, _ map[string]lastrun.Record, _ *time.Location, err error) {
	defer exit.RecoverPanic(&err)
	if limit < 1 {
		return nil, nil, nil, exit.Usagef("--limit %d: give a number above 0", limit)
	}
	s, err := h.Open(ctx, config.NeedOdoo)
	if err != nil {
		return nil, nil, nil, err
	}
	defer s.Close()
	list, err := history.Runs(ctx, s.Gateway, limit)
	return list, lastrun.Records(s.Shared), s.Zone, err
}

// allColumns is the width of a terminal on which all columns of the list fit. On
// a narrower one, the name of a run shows when it began.
const allColumns = 110

func runsTable(list []history.Run, zone *time.Location, width int) (header []string, rows [][]string) {
	narrow := width > 0 && width < allColumns
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

type runsJSON struct {
	Runs []runJSON     `json:"runs"`
	Last []lastRunJSON `json:"last"`
}

// lastRunJSON is the last run of a command on a host.
type lastRunJSON struct {
	Command string `json:"command"`
	lastrun.Run
}

func newLastRunsJSON(last map[string]lastrun.Record) []lastRunJSON {
	list := []lastRunJSON{}
	for _, command := range lastrun.Commands() {
		for _, r := range last[command].Runs {
			list = append(list, lastRunJSON{command, r})
		}
	}
	return list
}

type runJSON struct {
	Run      string                 `json:"run"`
	Command  string                 `json:"command"`
	Host     string                 `json:"host"`
	Started  time.Time              `json:"started"`
	Finished time.Time              `json:"finished"`
	Counts   map[report.Outcome]int `json:"counts"`
	Exit     int                    `json:"exit"`
	Error    string                 `json:"error,omitempty"`
	Cause    string                 `json:"cause,omitempty"`
	Hint     string                 `json:"hint,omitempty"`
}

func newRunsJSON(list []history.Run) runsJSON {
	document := runsJSON{Runs: []runJSON{}}
	for i := range list {
		p := &list[i]
		r := runJSON{
			Run: p.Head.Run, Command: p.Head.Command, Host: p.Host,
			Started: p.Head.Started.Truncate(time.Second), Finished: p.End.Finished.Truncate(time.Second),
			Counts: map[report.Outcome]int{}, Exit: p.End.Exit, Cause: p.End.Cause, Hint: p.End.Hint,
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

// runShowRun writes the report of an earlier run, whole or not at all. An error is
// this command's, not that run's.
func runShowRun(ctx context.Context, h *job.Host, name string, output report.Format) (err error) {
	var text bytes.Buffer
	p, err := showRun(ctx, h, &text, name, output)
	switch {
	case err != nil && (output == report.JSON || output == report.NDJSON):
		j := job.New(h, job.Spec{Head: report.Head{Command: "runs show"}, Format: output})
		defer j.End(ctx, &err)
		return err
	case err != nil:
		return err
	}
	if err := h.Print("%s", text.Bytes()); err != nil {
		return err
	}
	if p.End.Stopped && output == report.Table {
		h.Note("it was stopped: %s\n", causeOf(p))
		if p.End.Hint != "" {
			h.Note("hint: %s\n", p.End.Hint)
		}
	}
	if p.Named < p.Total() {
		h.Note("the history names the first %d of %d records\n", p.Named, p.Total())
	}
	return nil
}

func showRun(ctx context.Context, h *job.Host, out io.Writer, name string, output report.Format) (history.Run, error) {
	s, err := h.Open(ctx, config.NeedOdoo)
	if err != nil {
		return history.Run{}, err
	}
	defer s.Close()
	p, err := history.Find(ctx, s.Gateway, name)
	if err != nil {
		return p, err
	}
	w := report.New(output, out, p.Head, h.TableOptions())
	if err := p.Items(ctx, s.Gateway, w.Item); err != nil {
		return p, err
	}
	tail := report.Tail{Finished: p.End.Finished, Exit: p.End.Exit, Counts: &p.Counts}
	if p.End.Stopped {
		tail.Error = &report.Failure{Message: causeOf(p), Hint: p.End.Hint}
	}
	return p, w.Close(tail)
}

// causeOf returns what stopped a run, as far as that is kept.
func causeOf(p history.Run) string {
	meaning := exit.Lookup(p.End.Exit).Meaning
	if p.End.Cause == "" {
		return meaning
	}
	return meaning + " (" + p.End.Cause + ")"
}

package cli

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// runFlags are the flags that all one-shot runs share.
type runFlags struct {
	dryRun    bool
	saveMails string
	asOf      string
	limit     int
	only      []string
	shard     string
	yes       bool
	output    string
}

// bindMails adds the flags of a run that sends mails.
func (f *runFlags) bindMails(flags *pflag.FlagSet) {
	f.bindRun(flags)
	flags.StringVar(&f.saveMails, "save-mails", "", "dry run that saves every mail into `DIR`, with an index.html over them")
}

func (f *runFlags) bindRun(flags *pflag.FlagSet) {
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what would be done; write nothing to Odoo, send nothing")
	flags.StringVar(&f.asOf, "as-of", "", "dry run as if it were noon of `DATE` (YYYY-MM-DD)")
	flags.IntVar(&f.limit, "limit", 0, "at most `N` records this run")
	flags.StringSliceVar(&f.only, "opportunity", nil, "only the opportunities with these `ID`s, each with its reason")
	flags.StringVar(&f.shard, "shard", "", "the `I/N`-th part of the opportunities (0-based), by id")
	flags.BoolVarP(&f.yes, "yes", "y", false, "go on although a guard says that this is unusually much")
	bindOutput(flags, &f.output)
}

func bindOutput(flags *pflag.FlagSet, value *string) {
	var formats []string
	for _, format := range report.Formats() {
		formats = append(formats, string(format))
	}
	flags.VarP(&choice{value: value, allowed: formats}, "output", "o", "form of the report")
}

// isDry tells whether the run writes nothing.
func (f *runFlags) isDry() bool { return f.dryRun || f.saveMails != "" || f.asOf != "" }

// selection reads the flags that narrow a run down.
func (f *runFlags) selection(env Env) (run.Selection, error) {
	if f.limit < 0 {
		return run.Selection{}, &usageError{err: fmt.Errorf("--limit %d: give a number above 0", f.limit)}
	}
	s := run.Selection{Limit: f.limit}
	var err error
	if s.Only, err = opportunityIDs(f.only); err != nil {
		return s, err
	}
	s.Shard, err = shard(f.shard, env)
	return s, err
}

// opportunityIDs reads ids as the user typed them.
func opportunityIDs(texts []string) ([]crm.OpportunityID, error) {
	var ids []crm.OpportunityID
	for _, text := range texts {
		id, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil || id <= 0 {
			return nil, &usageError{err: fmt.Errorf("%q is not the id of an opportunity: give its number in Odoo", text)}
		}
		ids = append(ids, crm.OpportunityID(id))
	}
	return ids, nil
}

// shard reads I/N. Without the flag, an indexed Kubernetes job says I, and
// CRM_TOOL_SHARDS says N.
func shard(text string, env Env) (run.Shard, error) {
	where := "--shard"
	if text == "" {
		index, count := env.getenv("JOB_COMPLETION_INDEX"), env.getenv("CRM_TOOL_SHARDS")
		if count == "" {
			return run.Shard{}, nil
		}
		text, where = index+"/"+count, "JOB_COMPLETION_INDEX/CRM_TOOL_SHARDS"
	}
	first, second, _ := strings.Cut(text, "/")
	index, errIndex := strconv.Atoi(first)
	count, errCount := strconv.Atoi(second)
	if errIndex != nil || errCount != nil || index < 0 || count < 1 || index >= count {
		return run.Shard{}, &usageError{err: fmt.Errorf("%s %q: write I/N with 0 <= I < N, as in 0/4", where, text)}
	}
	return run.Shard{Index: index, Count: count}, nil
}

// instant returns what --as-of means in the zone, or now.
func (f *runFlags) instant(now time.Time, zone *time.Location) (time.Time, error) {
	if f.asOf == "" {
		return now, nil
	}
	date, err := calendar.Parse(f.asOf)
	if err != nil {
		return time.Time{}, &usageError{err: fmt.Errorf("--as-of: %w", err)}
	}
	return date.Noon(zone), nil
}

// reported runs a command with a report, which is a whole document whatever
// happens. It names the run.
func (g *globals) reported(head report.Head, output string, work func(report.Head, report.Writer) error) error {
	format := report.Table
	if output != "" {
		format = report.Format(output)
	}
	head.Run, head.Started = newRunID(g.env.Clock()), g.env.Clock()
	w := report.New(format, g.env.Stdout, head, report.TableOptions{Width: g.env.Width, Color: g.color()})
	if g.quiet && format == report.Table {
		w = report.NewProblems(g.env.Stderr, head)
	}
	counted := &counting{Writer: w, head: head}
	stop := g.tellProgress(counted.soFar)
	err := caught(func() error { return work(head, counted) })
	stop()
	tail := report.Tail{Finished: g.env.Clock(), Exit: exitCode(err)}
	if err != nil && !silent(err) {
		tail.Error = &report.Failure{Message: err.Error(), Hint: strings.Join(hints(err), "; ")}
	}
	if closing := w.Close(tail); closing != nil && !errors.Is(err, closing) {
		return errors.Join(err, closing)
	}
	return err
}

// newRunID names a run: when it began, and something to tell it from others.
func newRunID(now time.Time) string {
	var b [2]byte
	_, _ = rand.Read(b[:]) // Never fails; see crypto/rand.
	return now.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(b[:])
}

package cli

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
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
	output    report.Format
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

func bindOutput(flags *pflag.FlagSet, value *report.Format) {
	*value = report.Table
	flags.VarP(command.NewChoice(value, report.Formats()...), "output", "o", "form of the report")
}

// isDry tells whether the run writes nothing.
func (f *runFlags) isDry() bool { return f.dryRun || f.saveMails != "" || f.asOf != "" }

// selection reads the flags that narrow a run down.
func (f *runFlags) selection(env console.Env) (run.Selection, error) {
	if f.limit < 0 {
		return run.Selection{}, exit.Usagef("--limit %d: give a number above 0", f.limit)
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
			return nil, exit.Usagef("%q is not the id of an opportunity: give its number in Odoo", text)
		}
		ids = append(ids, crm.OpportunityID(id))
	}
	return ids, nil
}

// shard reads I/N. Without the flag, an indexed Kubernetes job says I, and
// CRM_TOOL_SHARDS says N.
func shard(text string, env console.Env) (crm.Shard, error) {
	where := "--shard"
	if text == "" {
		index, count := env.Getenv("JOB_COMPLETION_INDEX"), env.Getenv("CRM_TOOL_SHARDS")
		if count == "" {
			return crm.Shard{}, nil
		}
		text, where = index+"/"+count, "JOB_COMPLETION_INDEX/CRM_TOOL_SHARDS"
	}
	first, second, _ := strings.Cut(text, "/")
	index, errIndex := strconv.Atoi(first)
	count, errCount := strconv.Atoi(second)
	if errIndex != nil || errCount != nil || index < 0 || count < 1 || index >= count {
		return crm.Shard{}, exit.Usagef("%s %q: write I/N with 0 <= I < N, as in 0/4", where, text)
	}
	return crm.Shard{Index: index, Count: count}, nil
}

// instant returns what --as-of means in the zone, or now.
func (f *runFlags) instant(now time.Time, zone *time.Location) (time.Time, error) {
	if f.asOf == "" {
		return now, nil
	}
	date, err := calendar.Parse(f.asOf)
	if err != nil {
		return time.Time{}, exit.Usagef("--as-of: %w", err)
	}
	return date.Noon(zone), nil
}

// reported runs a command with a report, which is a whole document whatever
// happens. It names the run.
func (g *globals) reported(head report.Head, format report.Format, work func(report.Head, report.Writer) error) error {
	head.Run, head.Started = newRunID(g.Clock()), g.Clock()
	w := report.New(format, g.Stdout, head, g.TableOptions())
	if g.Quiet && format == report.Table {
		w = report.NewProblems(g.Stderr, head)
	}
	counted := &counting{Writer: w, head: head}
	stop := g.Progress(counted.soFar)
	err := func() (err error) {
		defer exit.RecoverPanic(&err)
		return work(head, counted)
	}()
	stop()
	tail := exit.Tail(g.Clock(), err)
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

// counting passes a report on and counts its items, for the line of progress.
type counting struct {
	report.Writer
	head report.Head

	mu     sync.Mutex
	counts report.Counts
}

// Item counts an item and passes it on.
func (c *counting) Item(item report.Item) error {
	c.mu.Lock()
	c.counts.Add(item)
	c.mu.Unlock()
	return c.Writer.Item(item)
}

// soFar is the line of progress.
func (c *counting) soFar(passed time.Duration) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return report.Interim(c.head, &c.counts, passed)
}

package history

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// Run is an earlier run.
type Run struct {
	Head report.Head
	Host string
	End  End
	// Counts are of all items, Named is how many of them the record names.
	Counts report.Counts
	Named  int
	// Damaged is why the record cannot be read. Nothing but the run's name is
	// known then.
	Damaged error

	items string
}

// Total is how many items the run had.
func (p *Run) Total() int {
	total := 0
	for _, o := range report.Outcomes() {
		total += p.Counts.Of(o)
	}
	return total
}

// Took is how long the run took.
func (p *Run) Took() time.Duration { return p.End.Finished.Sub(p.Head.Started) }

// RunReader is where records are read.
type RunReader interface {
	// RunRecords returns the heads of the newest records, at most limit, newest
	// first.
	RunRecords(ctx context.Context, limit int) ([]crm.RunRecord, error)
	// RunRecord returns the record of a run; ok is false when there is none.
	RunRecord(ctx context.Context, run string) (c crm.RunRecord, ok bool, err error)
}

// Names is where the current names are read. Ids that do not exist any more are
// missing in the answers.
type Names interface {
	// OpportunityNames returns the names of opportunities, archived ones
	// included.
	OpportunityNames(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]string, error)
	// DoneActivities returns finished activities.
	DoneActivities(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]crm.DoneActivity, error)
}

// UnrecordedRunError says that there is no record of a run.
type UnrecordedRunError struct{ Run string }

func (e *UnrecordedRunError) Error() string {
	if e.Run == Newest {
		return "no run is recorded in this Odoo"
	}
	return fmt.Sprintf("no run %q is recorded in this Odoo", e.Run)
}

// Hint tells where to look.
func (e *UnrecordedRunError) Hint() string {
	return "`crm-tool runs` lists those that are; a run that had nothing to do leaves none, and history.keep_days removes old ones"
}

// DamagedRunError says that the record of a run cannot be read.
type DamagedRunError struct{ Run, Cause string }

func (e *DamagedRunError) Error() string {
	return fmt.Sprintf("the history of run %s in Odoo cannot be read: %s", e.Run, e.Cause)
}

// Newest stands for the name of the newest run.
const Newest = "last"

// Runs returns the newest runs, newest first.
func Runs(ctx context.Context, l RunReader, limit int) ([]Run, error) {
	records, err := l.RunRecords(ctx, limit)
	if err != nil {
		return nil, fmt.Errorf("read the history of runs: %w", err)
	}
	runs := make([]Run, len(records))
	for i, c := range records {
		runs[i] = runOf(c)
	}
	return runs, nil
}

// Find returns the run of that name.
func Find(ctx context.Context, l RunReader, name string) (Run, error) {
	if name == Newest {
		runs, err := Runs(ctx, l, 1)
		if err != nil {
			return Run{}, err
		}
		if len(runs) == 0 {
			return Run{}, &UnrecordedRunError{Run: name}
		}
		name = runs[0].Head.Run
	}
	if !crm.IsRunToken(crm.RunToken(name)) {
		return Run{}, &UnrecordedRunError{Run: name}
	}
	c, ok, err := l.RunRecord(ctx, name)
	if err != nil {
		return Run{}, fmt.Errorf("read the history of a run: %w", err)
	}
	if !ok {
		return Run{}, &UnrecordedRunError{Run: name}
	}
	p := runOf(c)
	return p, p.Damaged
}

// runOf reads the head of a record.
func runOf(c crm.RunRecord) Run {
	p := Run{Head: report.Head{Run: c.Run}, items: c.Items}
	var h recordHead
	err := json.Unmarshal([]byte(c.Head), &h)
	if err == nil && h.Version != recordVersion {
		err = fmt.Errorf("version %d is unknown to this crm-tool", h.Version)
	}
	if err != nil {
		p.Damaged = &DamagedRunError{Run: c.Run, Cause: err.Error()}
		return p
	}
	p.Head = report.Head{
		Command: h.Command, Run: c.Run, Started: h.Started, Done: h.Done, Activities: h.Activities, NoMails: h.NoMails,
	}
	p.Host, p.End, p.Named = h.Host, h.End, h.Named
	for _, g := range h.Counts {
		p.Counts.AddMany(g.Outcome, g.Reason, g.Count)
	}
	return p
}

// namedAtOnce is for how many items names are read in one call.
const namedAtOnce = 250

// causeUnkept stands for the error of a failed item, which can quote strangers.
const causeUnkept = "the cause was reported by the run itself and is not kept"

// Items passes the run's items on, sorted by opportunity, with their current names.
func (p *Run) Items(ctx context.Context, names Names, pass func(report.Item) error) error {
	var kept recordItems
	if err := json.Unmarshal([]byte(p.items), &kept); err != nil {
		return &DamagedRunError{Run: p.Head.Run, Cause: err.Error()}
	}
	var items []report.Item
	for _, g := range kept.Groups {
		for i, id := range g.Opportunities {
			item := report.Item{Opportunity: id, Step: g.Step, Outcome: g.Outcome, Reason: g.Reason}
			if len(g.Activities) == len(g.Opportunities) {
				item.Activity = g.Activities[i]
			}
			if g.Outcome == report.Failed {
				item.Error = causeUnkept
			}
			items = append(items, item)
		}
	}
	slices.SortStableFunc(items, func(a, b report.Item) int { return cmp.Compare(a.Opportunity, b.Opportunity) })
	for page := range slices.Chunk(items, namedAtOnce) {
		if err := name(ctx, names, page); err != nil {
			return err
		}
		for _, item := range page {
			if err := pass(item); err != nil {
				return err
			}
		}
	}
	return nil
}

// name fills in the current names of items.
func name(ctx context.Context, names Names, page []report.Item) error {
	var ids []crm.OpportunityID
	var activities []crm.EntryID
	for _, item := range page {
		ids, activities = append(ids, item.Opportunity), append(activities, item.Activity)
	}
	titles, err := names.OpportunityNames(ctx, crm.Distinct(ids))
	if err != nil {
		return fmt.Errorf("read the names of opportunities: %w", err)
	}
	finished := map[crm.EntryID]crm.DoneActivity{}
	if activities = crm.Distinct(activities); len(activities) > 0 {
		if finished, err = names.DoneActivities(ctx, activities); err != nil {
			return fmt.Errorf("read finished activities: %w", err)
		}
	}
	for i, item := range page {
		page[i].Name, page[i].ActivityType = titles[item.Opportunity], finished[item.Activity].TypeName
	}
	return nil
}

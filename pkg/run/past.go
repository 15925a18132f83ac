package run

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

// Past is a run of which the annals tell.
type Past struct {
	Head report.Head
	Host string
	End  End
	// Counts are of all items, Named is how many of them the chapter names.
	Counts report.Counts
	Named  int
	// Damaged is why its chapter cannot be read; nothing but the name of the
	// run is known then.
	Damaged error

	items string
}

// Total is how many items the run had.
func (p *Past) Total() int {
	total := 0
	for _, o := range report.Outcomes() {
		total += p.Counts.Of(o)
	}
	return total
}

// Library is where histories are read.
type Library interface {
	// Chapters returns the heads of the newest ones, at most limit, newest
	// first.
	Chapters(ctx context.Context, limit int) ([]Chapter, error)
	// Chapter returns that of a run; ok is false when there is none.
	Chapter(ctx context.Context, run string) (c Chapter, ok bool, err error)
}

// Titles is where the names of what items are about are read afresh. Ids that
// do not exist are missing in the answers.
type Titles interface {
	// OpportunityNames returns the names of opportunities, archived ones
	// included.
	OpportunityNames(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]string, error)
	// DoneActivities returns finished activities.
	DoneActivities(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]crm.DoneActivity, error)
}

// UnrecordedRunError says that there is no history of a run.
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

// DamagedRunError says that the history of a run cannot be read.
type DamagedRunError struct{ Run, Cause string }

func (e *DamagedRunError) Error() string {
	return fmt.Sprintf("the history of run %s in Odoo cannot be read: %s", e.Run, e.Cause)
}

// Newest stands for the name of the newest run.
const Newest = "last"

// PastRuns returns the newest runs, newest first.
func PastRuns(ctx context.Context, l Library, limit int) ([]Past, error) {
	chapters, err := l.Chapters(ctx, limit)
	if err != nil {
		return nil, fmt.Errorf("read the history of runs: %w", err)
	}
	runs := make([]Past, len(chapters))
	for i, c := range chapters {
		runs[i] = pastOf(c)
	}
	return runs, nil
}

// PastRun returns the run of that name.
func PastRun(ctx context.Context, l Library, name string) (Past, error) {
	if name == Newest {
		runs, err := PastRuns(ctx, l, 1)
		if err != nil {
			return Past{}, err
		}
		if len(runs) == 0 {
			return Past{}, &UnrecordedRunError{Run: name}
		}
		name = runs[0].Head.Run
	}
	if !isToken(TokenOf(name)) {
		return Past{}, &UnrecordedRunError{Run: name}
	}
	c, ok, err := l.Chapter(ctx, name)
	if err != nil {
		return Past{}, fmt.Errorf("read the history of a run: %w", err)
	}
	if !ok {
		return Past{}, &UnrecordedRunError{Run: name}
	}
	p := pastOf(c)
	return p, p.Damaged
}

// pastOf reads the head of a chapter.
func pastOf(c Chapter) Past {
	p := Past{Head: report.Head{Run: c.Run}, items: c.Items}
	var h chapterHead
	if err := json.Unmarshal([]byte(c.Head), &h); err != nil {
		p.Damaged = &DamagedRunError{Run: c.Run, Cause: err.Error()}
		return p
	}
	if h.Version != chapterVersion {
		p.Damaged = &DamagedRunError{Run: c.Run, Cause: fmt.Sprintf("version %d is unknown to this crm-tool", h.Version)}
		return p
	}
	p.Head = report.Head{
		Command: h.Command, Run: c.Run, Started: h.Started, Done: h.Done, Activities: h.Activities, NoMails: h.NoMails,
	}
	p.Host, p.Named = h.Host, h.Named
	p.End = End{Finished: h.Finished, Exit: h.Exit, Stopped: h.Stopped}
	for _, t := range h.Counts {
		p.Counts.AddMany(t.Outcome, t.Reason, t.Count)
	}
	return p
}

// causeUnkept stands for the error of a failed item: it can quote strangers.
const causeUnkept = "the cause was reported by the run itself and is not kept"

// Items passes the run's items on, by opportunity, with the names that Odoo has
// for them now.
func (p *Past) Items(ctx context.Context, titles Titles, pass func(report.Item) error) error {
	var kept chapterItems
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
	for page := range slices.Chunk(items, pageSize) {
		if err := name(ctx, titles, page); err != nil {
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

// name completes items by today's names.
func name(ctx context.Context, titles Titles, page []report.Item) error {
	var ids []crm.OpportunityID
	var activities []crm.EntryID
	for _, item := range page {
		ids, activities = append(ids, item.Opportunity), append(activities, item.Activity)
	}
	names, err := titles.OpportunityNames(ctx, distinct(ids))
	if err != nil {
		return fmt.Errorf("read the names of opportunities: %w", err)
	}
	finished := map[crm.EntryID]crm.DoneActivity{}
	if activities = distinct(activities); len(activities) > 0 {
		if finished, err = titles.DoneActivities(ctx, activities); err != nil {
			return fmt.Errorf("read finished activities: %w", err)
		}
	}
	for i, item := range page {
		page[i].Name, page[i].ActivityType = names[item.Opportunity], finished[item.Activity].TypeName
	}
	return nil
}

// Took is how long the run took.
func (p *Past) Took() time.Duration { return p.End.Finished.Sub(p.Head.Started) }

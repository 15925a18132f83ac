// Package history keeps what each run did: its outcomes and reasons by record, its
// counts, its host and its times.
//
// A [Recorder] gathers the items of a run's report and writes them at its end; the
// readers list the runs and show one of them. A record holds ids and words of
// crm-tool's own, no names and no addresses. Its size is bounded.
package history

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
)

const (
	// namedMost is how many items a history names; those after them are
	// counted only. Of 10,000 it takes about 80 kB.
	namedMost = 10_000
	// historyGrace is how long writing a history may take, and stoppedGrace how
	// long when the run was told to stop.
	historyGrace = 5 * time.Second
	stoppedGrace = time.Second
	// recordVersion is the version of a chapter's form.
	recordVersion = 1
)

// RunStore is where histories are kept.
type RunStore interface {
	// SaveRun writes a chapter, once for a run.
	SaveRun(ctx context.Context, c crm.RunRecord) error
	// PruneRuns removes chapters that were entered before the instant, a bounded
	// number of them at a time.
	PruneRuns(ctx context.Context, before time.Time) error
}

// Recorder remembers a run for its chapter. A nil one remembers nothing.
//
// Memory is bounded: items are grouped by what became of them, and beyond
// namedMost they are only counted.
type Recorder struct {
	Store RunStore
	// Head is that of the run's report.
	Head report.Head
	// Host is the name of the host on which it runs.
	Host string
	// KeepDays is for how many days chapters are kept.
	KeepDays int

	acted  bool
	named  int
	groups []*group
}

// outcome is what became of an item; those with the same one are a group.
type outcome struct {
	Step    *int           `json:"step,omitempty"`
	Outcome report.Outcome `json:"outcome"`
	Reason  crm.Reason     `json:"reason,omitempty"`
}

func (o outcome) same(p outcome) bool {
	return o.Outcome == p.Outcome && o.Reason == p.Reason &&
		(o.Step == nil) == (p.Step == nil) && (o.Step == nil || *o.Step == *p.Step)
}

// group is what a chapter says about items with one outcome. Activities, where
// there are any, lie beside their opportunities.
type group struct {
	outcome

	Opportunities []crm.OpportunityID `json:"opportunities"`
	Activities    []crm.EntryID       `json:"activities,omitempty"`

	count int
}

// groupCount counts a group.
type groupCount struct {
	outcome

	Count int `json:"count"`
}

// recordHead is the form of RunRecord.Head, recordItems the one of
// RunRecord.Items.
type recordHead struct {
	Version    int              `json:"version"`
	Command    string           `json:"command"`
	Host       string           `json:"host,omitempty"`
	Started    time.Time        `json:"started"`
	Finished   time.Time        `json:"finished"`
	Exit       int              `json:"exit"`
	Stopped    bool             `json:"stopped,omitempty"`
	Done       []report.Outcome `json:"done,omitempty"`
	Activities bool             `json:"activities,omitempty"`
	NoMails    bool             `json:"no_mails,omitempty"`
	Counts     []groupCount     `json:"counts"`
	Named      int              `json:"named"`
}

type recordItems struct {
	Version int      `json:"version"`
	Groups  []*group `json:"groups"`
}

// BeforeWrite notes that the run writes about records.
func (h *Recorder) BeforeWrite() {
	if h != nil {
		h.acted = true
	}
}

// Remember takes an item of the run's report.
func (h *Recorder) Remember(i report.Item) {
	if h == nil {
		return
	}
	h.acted = h.acted || i.Outcome != report.Skipped
	g := h.group(outcome{Step: i.Step, Outcome: i.Outcome, Reason: i.Reason})
	g.count++
	if h.named == namedMost {
		return
	}
	h.named++
	g.Opportunities = append(g.Opportunities, i.Opportunity)
	if h.Head.Activities || i.Activity != 0 {
		g.Activities = append(g.Activities, i.Activity)
	}
}

func (h *Recorder) group(o outcome) *group {
	for _, g := range h.groups {
		if g.same(o) {
			return g
		}
	}
	if o.Step != nil {
		o.Step = new(*o.Step) // The item's own may change.
	}
	g := &group{outcome: o, Opportunities: []crm.OpportunityID{}}
	h.groups = append(h.groups, g)
	return g
}

// End is how a run ended.
type End struct {
	Finished time.Time
	// Exit is the exit status of the process.
	Exit int
	// Stopped says that an error ended the run early.
	Stopped bool
}

// Close enters the chapter of a run that did something or was stopped, and
// prunes the annals as of now. A run that merely skipped records leaves none.
// It may still write when ctx has ended.
func (h *Recorder) Close(ctx context.Context, e End, now time.Time) error {
	if h == nil || !h.acted && !e.Stopped {
		return nil
	}
	grace := historyGrace
	if ctx.Err() != nil {
		grace = stoppedGrace
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	before := now.AddDate(0, 0, 1) // Whatever there is.
	if h.KeepDays > 0 {
		before = now.AddDate(0, 0, -h.KeepDays)
		chapter, err := h.record(e)
		if err != nil {
			return fmt.Errorf("encode the history of the run: %w", err)
		}
		if err := h.Store.SaveRun(ctx, chapter); err != nil {
			return fmt.Errorf("write the history of the run: %w", err)
		}
	}
	if err := h.Store.PruneRuns(ctx, before); err != nil {
		return fmt.Errorf("remove old histories of runs: %w", err)
	}
	return nil
}

func (h *Recorder) record(e End) (crm.RunRecord, error) {
	head := recordHead{
		Version: recordVersion, Command: h.Head.Command, Host: h.Host,
		Started: h.Head.Started.UTC().Truncate(time.Millisecond), Finished: e.Finished.UTC().Truncate(time.Millisecond),
		Exit: e.Exit, Stopped: e.Stopped,
		Done: h.Head.Done, Activities: h.Head.Activities, NoMails: h.Head.NoMails,
		Counts: []groupCount{}, Named: h.named,
	}
	for _, g := range h.groups {
		head.Counts = append(head.Counts, groupCount{outcome: g.outcome, Count: g.count})
	}
	first, err := json.Marshal(head)
	if err != nil {
		return crm.RunRecord{}, err
	}
	second, err := json.Marshal(recordItems{Version: recordVersion, Groups: h.groups})
	return crm.RunRecord{Run: h.Head.Run, Head: string(first), Items: string(second)}, err
}

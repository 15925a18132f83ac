// Package history keeps what each run did: its outcomes and reasons by opportunity, its
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
	// namedMost is how many items a record names; those after them are counted
	// only. Of 10,000 it takes about 80 kB.
	namedMost = 10_000
	// saveTimeout is how long writing a record may take, and stoppedTimeout how
	// long when there is no time left. It takes three calls, which may wait for each
	// other.
	saveTimeout    = 10 * time.Second
	stoppedTimeout = time.Second
	// recordVersion is the version of a record's form.
	recordVersion = 1
)

// RunStore is where records are kept.
type RunStore interface {
	// SaveRun writes a record, once for a run.
	SaveRun(ctx context.Context, c crm.RunRecord) error
	// PruneRuns removes records that were written before the instant, a bounded
	// number of them at a time.
	PruneRuns(ctx context.Context, before time.Time) error
}

// Recorder gathers what a run did. A nil one gathers nothing.
//
// Memory is bounded: items are grouped by what became of them, and beyond
// namedMost they are only counted.
type Recorder struct {
	Store RunStore
	// Head describes the run, as in its report.
	Head report.Head
	// Host is the name of the host on which it runs.
	Host string
	// KeepDays is for how many days records are kept.
	KeepDays int
	// Part is the part of the records that the run takes. Of all parts the first one
	// removes old records.
	Part crm.Shard

	acted  bool
	named  int
	groups []*group
}

// End is how a run ended.
type End struct {
	Finished time.Time `json:"finished"`
	// Exit is the exit status of the process.
	Exit int `json:"exit"`
	// Stopped says that an error ended the run early.
	Stopped bool `json:"stopped,omitempty"`
	// Cause is the kind of that error, in words of crm-tool's own; Hint says
	// what to do about it. Neither quotes anybody.
	Cause string `json:"cause,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

// PruneError says that old records could not be removed. That of the run itself
// was written.
type PruneError struct{ Err error }

func (e *PruneError) Error() string { return "remove old histories of runs: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *PruneError) Unwrap() error { return e.Err }

// The types below fix the form of a record: recordHead that of RunRecord.Head,
// recordItems that of RunRecord.Items.
type (
	recordHead struct {
		Version int       `json:"version"`
		Command string    `json:"command"`
		Host    string    `json:"host,omitempty"`
		Started time.Time `json:"started"`
		End
		Done       []report.Outcome `json:"done,omitempty"`
		Activities bool             `json:"activities,omitempty"`
		NoMails    bool             `json:"no_mails,omitempty"`
		Counts     []groupCount     `json:"counts"`
		Named      int              `json:"named"`
	}
	recordItems struct {
		Version int      `json:"version"`
		Groups  []*group `json:"groups"`
	}
	// group names the items with one outcome. Activities, where there are any,
	// stand beside their opportunities.
	group struct {
		outcome

		Opportunities []crm.OpportunityID `json:"opportunities"`
		Activities    []crm.EntryID       `json:"activities,omitempty"`

		count int
	}
	groupCount struct {
		outcome

		Count int `json:"count"`
	}
	// outcome is what became of an item.
	outcome struct {
		Step    *int           `json:"step,omitempty"`
		Outcome report.Outcome `json:"outcome"`
		Reason  crm.Reason     `json:"reason,omitempty"`
	}
)

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

// group returns the group of an outcome, a new one for the first item.
func (h *Recorder) group(o outcome) *group {
	for _, g := range h.groups {
		sameStep := g.Step == o.Step || g.Step != nil && o.Step != nil && *g.Step == *o.Step
		if sameStep && g.Outcome == o.Outcome && g.Reason == o.Reason {
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

// Close writes the record of a run that did something or was stopped, and removes
// those that are too old now, unless another part does. A run that merely skipped records
// leaves none. It may still write when ctx has ended.
func (h *Recorder) Close(ctx context.Context, e End, now time.Time) error {
	if h == nil || !h.acted && !e.Stopped {
		return nil
	}
	timeout := saveTimeout
	if ctx.Err() != nil {
		ctx, timeout = context.WithoutCancel(ctx), stoppedTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	before := now.AddDate(0, 0, 1) // All records there are.
	if h.KeepDays > 0 {
		before = now.AddDate(0, 0, -h.KeepDays)
		record, err := h.record(e)
		if err != nil {
			return fmt.Errorf("encode the history of the run: %w", err)
		}
		if err := h.Store.SaveRun(ctx, record); err != nil {
			return fmt.Errorf("write the history of the run: %w", err)
		}
	}
	if h.Part.Index > 0 {
		return nil
	}
	if err := h.Store.PruneRuns(ctx, before); err != nil {
		return &PruneError{Err: err}
	}
	return nil
}

func (h *Recorder) record(e End) (crm.RunRecord, error) {
	e.Finished = e.Finished.UTC().Truncate(time.Millisecond)
	head := recordHead{
		Version: recordVersion, Command: h.Head.Command, Host: h.Host, Started: h.Head.Started.UTC().Truncate(time.Millisecond), End: e,
		Done: h.Head.Done, Activities: h.Head.Activities, NoMails: h.Head.NoMails, Counts: []groupCount{}, Named: h.named,
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

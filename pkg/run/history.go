package run

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
	// chapterVersion is the version of a chapter's form.
	chapterVersion = 1
)

// Annals is where histories are kept.
type Annals interface {
	// Enter writes a chapter, once for a run.
	Enter(ctx context.Context, c Chapter) error
	// Prune removes chapters that were entered before the instant, a bounded
	// number of them at a time.
	Prune(ctx context.Context, before time.Time) error
}

// History remembers a run for its chapter. A nil one remembers nothing.
//
// Memory is bounded: items are grouped by what became of them, and beyond
// namedMost they are only counted.
type History struct {
	Annals Annals
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

// tallied counts a group.
type tallied struct {
	outcome

	Count int `json:"count"`
}

// chapterHead is the form of Chapter.Head, and chapterItems that of
// Chapter.Items.
type chapterHead struct {
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
	Counts     []tallied        `json:"counts"`
	Named      int              `json:"named"`
}

type chapterItems struct {
	Version int      `json:"version"`
	Groups  []*group `json:"groups"`
}

// begin notes that the run writes about records.
func (h *History) begin() {
	if h != nil {
		h.acted = true
	}
}

// Remember takes an item of the run's report.
func (h *History) Remember(i report.Item) {
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

func (h *History) group(o outcome) *group {
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
func (h *History) Close(ctx context.Context, e End, now time.Time) error {
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
		chapter, err := h.chapter(e)
		if err != nil {
			return fmt.Errorf("encode the history of the run: %w", err)
		}
		if err := h.Annals.Enter(ctx, chapter); err != nil {
			return fmt.Errorf("write the history of the run: %w", err)
		}
	}
	if err := h.Annals.Prune(ctx, before); err != nil {
		return fmt.Errorf("remove old histories of runs: %w", err)
	}
	return nil
}

func (h *History) chapter(e End) (Chapter, error) {
	head := chapterHead{
		Version: chapterVersion, Command: h.Head.Command, Host: h.Host,
		Started: h.Head.Started.UTC().Truncate(time.Millisecond), Finished: e.Finished.UTC().Truncate(time.Millisecond),
		Exit: e.Exit, Stopped: e.Stopped,
		Done: h.Head.Done, Activities: h.Head.Activities, NoMails: h.Head.NoMails,
		Counts: []tallied{}, Named: h.named,
	}
	for _, g := range h.groups {
		head.Counts = append(head.Counts, tallied{outcome: g.outcome, Count: g.count})
	}
	first, err := json.Marshal(head)
	if err != nil {
		return Chapter{}, err
	}
	second, err := json.Marshal(chapterItems{Version: chapterVersion, Groups: h.groups})
	return Chapter{Run: h.Head.Run, Head: string(first), Items: string(second)}, err
}

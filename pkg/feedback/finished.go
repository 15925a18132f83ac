package feedback

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// atOnce is how many finished activities, or participations, are read in one call: a
// megabyte of the former over XML-RPC.
const atOnce = 2000

// finished are finished activities by ascending message. A run may find a hundred
// thousand, so each takes 32 bytes.
type finished struct {
	pages [][]listed
	// types has the names of types. Few activities are ours, or unreadable.
	types      map[crm.ActivityTypeID]string
	ours       map[crm.EntryID]bool
	unreadable map[crm.EntryID]error
}

// listed is a finished activity, without what is the same for many.
type listed struct {
	message     crm.EntryID
	opportunity crm.OpportunityID
	kind        crm.ActivityTypeID
	// at is in nanoseconds since 1970.
	at int64
}

// add adds a page.
func (f *finished) add(list []crm.DoneActivity) {
	page := make([]listed, len(list))
	for i, d := range list {
		page[i] = listed{d.Message, d.Opportunity, d.Type, d.At.UnixNano()}
		if d.Unreadable != nil {
			f.unreadable[d.Message] = d.Unreadable
			continue
		}
		if f.types[d.Type] = d.TypeName; d.Ours {
			f.ours[d.Message] = true
		}
	}
	if len(page) > 0 {
		f.pages = append(f.pages, page)
	}
}

// count is how many there are.
func (f *finished) count() int {
	total := 0
	for _, page := range f.pages {
		total += len(page)
	}
	return total
}

// has tells whether an activity is there.
func (f *finished) has(id crm.EntryID) bool {
	for _, page := range f.pages {
		if page[len(page)-1].message >= id {
			_, there := slices.BinarySearchFunc(page, id, func(l listed, id crm.EntryID) int { return cmp.Compare(l.message, id) })
			return there
		}
	}
	return false
}

// all returns the activities.
func (f *finished) all() iter.Seq[crm.DoneActivity] {
	return func(yield func(crm.DoneActivity) bool) {
		for _, page := range f.pages {
			for _, l := range page {
				if !yield(f.done(l)) {
					return
				}
			}
		}
	}
}

// drain returns the activities, and keeps none of a page that was returned: by then
// clients take its place in [Send.asked].
func (f *finished) drain() iter.Seq[crm.DoneActivity] {
	return func(yield func(crm.DoneActivity) bool) {
		for len(f.pages) > 0 {
			for _, l := range f.pages[0] {
				if !yield(f.done(l)) {
					return
				}
			}
			f.pages[0], f.pages = nil, f.pages[1:]
		}
	}
}

// done returns the activity that is listed.
func (f *finished) done(l listed) crm.DoneActivity {
	return crm.DoneActivity{
		Message: l.message, Opportunity: l.opportunity, Type: l.kind, TypeName: f.types[l.kind], At: time.Unix(0, l.at).UTC(),
		Ours: f.ours[l.message], Unreadable: f.unreadable[l.message],
	}
}

// findFinished returns the finished activities that the run may ask about, without those
// that were mailed. These are only looked for if there are any.
func (a *Send) findFinished(ctx context.Context, mailed func() (map[crm.EntryID]bool, error)) (*finished, error) {
	found := &finished{types: map[crm.ActivityTypeID]string{}, ours: map[crm.EntryID]bool{}, unreadable: map[crm.EntryID]error{}}
	var done map[crm.EntryID]bool
	for after := crm.EntryID(0); ; {
		page, last, err := a.Activities.Finished(ctx, a.since(), after, atOnce)
		if err != nil {
			return nil, fmt.Errorf("look for finished activities: %w", err)
		}
		has, err := a.Selected(ctx, crm.IDs(page, func(d crm.DoneActivity) crm.OpportunityID { return d.Opportunity }))
		if err != nil {
			return nil, err
		}
		page = slices.DeleteFunc(page, func(d crm.DoneActivity) bool {
			unnamed := len(a.Select.Only) == 0
			return !has(d.Opportunity) || unnamed && d.Unreadable == nil && a.Policy.BeforeInstall(d)
		})
		if len(page) > 0 && done == nil {
			if done, err = mailed(); err != nil {
				return nil, err
			}
		}
		page = slices.DeleteFunc(page, func(d crm.DoneActivity) bool { return done[d.Message] })
		if err := a.mark(ctx, page); err != nil {
			return nil, err
		}
		found.add(page)
		if after = last; after == 0 {
			return found, nil
		}
	}
}

// mark tells crm-tool's own activities from people's.
func (a *Send) mark(ctx context.Context, list []crm.DoneActivity) error {
	for page := range slices.Chunk(list, run.PageSize) {
		ours, err := a.Activities.Ours(ctx, crm.IDs(page, func(d crm.DoneActivity) crm.EntryID { return d.Message }))
		if err != nil {
			return fmt.Errorf("look for activities of our own: %w", err)
		}
		for i := range page {
			page[i].Ours = ours[page[i].Message]
		}
	}
	return nil
}

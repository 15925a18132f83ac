package archive_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/archive"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
)

// inPages is a run that archives in pages of at least 3. Before is called before
// each call with how often there was one of its name.
func inPages(a *fakeOdoo, before func(call string, number int) error) (*archive.Run, *mailingtest.Sink, *ledgertest.Process) {
	var mu sync.Mutex
	made := map[string]int{}
	p := &ledgertest.Process{Backend: a.Backend, Before: func(call string) error {
		mu.Lock()
		made[call]++
		number := made[call]
		mu.Unlock()
		return before(call, number)
	}}
	r, items := a.archivingBy(p, "r")
	r.BeginWithPagesOf(3)
	return r, items, p
}

func TestTheNextPageIsClaimedWhileOneIsArchived(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 5, 30)
	claimed := make(chan struct{})
	r, items, _ := inPages(a, func(call string, number int) error {
		switch {
		case call == "Claim" && number == 2:
			close(claimed)
		case call == "Keep" && number == 1:
			<-claimed
		}
		return nil
	})
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, each(5, "archived N"), items.Lines())
}

func TestCallsFollowEachOtherIfTheyHaveTo(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 5, 30)
	r, items, p := inPages(a, func(string, int) error { return nil })
	r.OneByOne = true
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, each(5, "archived N"), items.Lines())
	steps := slices.DeleteFunc(slices.Clone(p.Calls), func(call string) bool {
		return !slices.Contains([]string{"Claim", "Keep", "Shelve", "Confirm"}, call)
	})
	assert.Equal(t, []string{"Claim", "Keep", "Shelve", "Confirm", "Claim", "Keep", "Shelve", "Confirm"}, steps)
}

// Whatever ends a run in the middle, each has one item, and the claims of the page after
// it are given back at once.
func TestWhatEndsARunKeepsTheNextPageFromBeingArchived(t *testing.T) {
	t.Parallel()
	lost, stop := errors.New("connection lost"), errors.New("told to stop")
	first, second := each(3, "archived N"), each(5, "skipped N interrupted")[3:]
	for name, c := range map[string]struct {
		call   string
		number int
		// ends is what happens at the call.
		ends func(cancel context.CancelCauseFunc) error
		want []string
		open int
	}{
		"the first page is not archived": {"Shelve", 1, func(context.CancelCauseFunc) error { return lost }, append(each(3, "failed N: archive opportunities: connection lost"), second...), 3},
		"the second page is not claimed": {"Claim", 2, func(context.CancelCauseFunc) error { return lost }, append(first, each(5, "failed N: claim archivings in Odoo: connection lost")[3:]...), 0},
		"the third page is not read":     {"Due", 4, func(context.CancelCauseFunc) error { return lost }, each(6, "archived N"), 0},
		"it is told to stop":             {"Keep", 1, func(cancel context.CancelCauseFunc) error { cancel(stop); return nil }, append(first, second...), 0},
		"a defect":                       {"Keep", 1, func(context.CancelCauseFunc) error { panic("oops") }, append(each(3, "failed N: panic: oops"), second...), 3},
		"a defect in the other page":     {"Claim", 2, func(context.CancelCauseFunc) error { panic("oops") }, append(first, each(5, "failed N: panic: oops")[3:]...), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newFakeOdoo(true).old(1, 5, 30)
			if c.call == "Due" {
				a.old(6, 9, 30)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			var over atomic.Bool
			claimed := make(chan struct{})
			r, items, _ := inPages(a, func(call string, number int) error {
				if call == "Claim" && number == 2 {
					defer close(claimed)
				}
				if call != c.call || number != c.number {
					return nil
				}
				if call != "Claim" && call != "Due" {
					<-claimed
				}
				over.Store(true)
				return c.ends(cancel)
			})
			err := r.Run(ctx)
			require.True(t, over.Load())
			require.Error(t, err)
			_, defect := errors.AsType[*ledger.PanicError](err)
			assert.True(t, defect || errors.Is(err, lost) || errors.Is(err, stop))
			assert.Equal(t, c.want, items.Lines())
			assert.Equal(t, c.open, a.open())
			a.Pass(beyond)
			next, _ := a.archiving("next")
			require.NoError(t, next.Run(t.Context()))
			assert.Len(t, a.archived(), len(a.Opportunities))
			assert.Len(t, a.Stored(), len(a.Opportunities))
		})
	}
}

// open counts the entries that are not confirmed.
func (a *fakeOdoo) open() (n int) {
	for _, e := range a.Stored() {
		if !e.Confirmed {
			n++
		}
	}
	return n
}

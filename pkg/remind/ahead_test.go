package remind_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// twoPages is a run over 300 clients, whose second page is claimed while the third
// client's mail is in hand. Then meanwhile happens.
func twoPages(t *testing.T, p *ledgertest.Process, meanwhile func() error) (*remind.Run, *mailingtest.Sink) {
	t.Helper()
	p.Open(1, 300, 7)
	claimed := make(chan struct{})
	p.Replies[ledgertest.Client(3)] = ledgertest.Reply{During: func(context.Context) error {
		<-claimed
		return meanwhile()
	}}
	var claims atomic.Int64
	after := p.After
	p.After = func(name string) {
		if after != nil {
			after(name)
		}
		if name == "Claim" && claims.Add(1) == 2 {
			close(claimed)
		}
	}
	r, items, _ := reminders(t, p, "a")
	return r, items
}

// inOrder requires items about the opportunities from 1 on, in their order.
func inOrder(t *testing.T, items *mailingtest.Sink, last crm.OpportunityID) {
	t.Helper()
	var ids []crm.OpportunityID
	for _, item := range items.Items {
		ids = append(ids, item.Opportunity)
	}
	assert.Equal(t, mailingtest.IDs(1, last), ids)
}

func TestTheNextPageIsClaimedWhileMailsGoOut(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend()
	r, items := twoPages(t, &ledgertest.Process{Backend: o}, func() error { return nil })
	o.Change(100, func(l *crm.Opportunity) { l.Email = "" })
	o.Change(270, func(l *crm.Opportunity) { l.Email = "" })
	require.NoError(t, r.Run(t.Context()))
	assert.Len(t, o.Mails, 298)
	assert.Equal(t, []string{"skipped 100 no-email", "sent 1"}, items.Lines()[:2], "a page's mails come after the rest of it")
	assert.Equal(t, []string{"sent 250", "skipped 270 no-email", "sent 251"}, items.Lines()[249:252])
	assert.Len(t, items.Items, 300)
	for _, e := range o.Entries() {
		assert.True(t, e.Confirmed)
	}
}

func TestAPageIsReadWhileTheOneBeforeItIsClaimed(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 3*run.PageSize, 7)
	var claims, reads atomic.Int64
	read := make(chan struct{})
	p := &ledgertest.Process{
		Backend: o,
		Before: func(name string) error {
			if name == "Claim" && claims.Add(1) == 2 {
				select {
				case <-read:
				case <-time.After(10 * time.Second):
					return errors.New("the third page was not read meanwhile")
				}
			}
			return nil
		},
		After: func(name string) {
			if name == "History" && reads.Add(1) == 3 {
				close(read)
			}
		},
	}
	r, items, _ := reminders(t, p, "a")
	require.NoError(t, r.Run(t.Context()))
	assert.Len(t, o.Mails, 3*run.PageSize)
	inOrder(t, items, 3*run.PageSize)
}

func TestThePagesBeforeOneThatCannotBeReadAreMailed(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 3*run.PageSize, 7)
	var reads atomic.Int64
	p := &ledgertest.Process{Backend: o, Before: func(name string) error {
		if name == "History" && reads.Add(1) == 3 {
			return ledgertest.ErrOdooLost
		}
		return nil
	}}
	r, items, _ := reminders(t, p, "a")
	require.ErrorIs(t, r.Run(t.Context()), ledgertest.ErrOdooLost)
	assert.Len(t, o.Mails, 2*run.PageSize)
	inOrder(t, items, 2*run.PageSize)
	for _, e := range o.Entries() {
		assert.True(t, e.Confirmed)
	}
}

func TestNoCallIsMadeBesideAnotherWhereThatIsNotPermitted(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 300, 7)
	p := &ledgertest.Process{Backend: o}
	r, _, _ := reminders(t, p, "a")
	r.OneByOne = true
	require.NoError(t, r.Run(t.Context()))
	verified := slices.Index(p.Calls, "Unconfirmed")
	assert.Equal(t, "Due", p.Calls[verified+1])
	assert.Len(t, o.Mails, 300)
}

func TestARunThatIsToldToStopReleasesThePageAhead(t *testing.T) {
	t.Parallel()
	stopped := errors.New("ended by SIGTERM")
	ctx, stop := context.WithCancelCause(t.Context())
	o := ledgertest.NewBackend()
	released := make(chan struct{})
	var first sync.Once
	p := &ledgertest.Process{Backend: o, After: func(name string) {
		if name == "Release" {
			first.Do(func() { close(released) })
		}
	}}
	r, items := twoPages(t, p, func() error {
		stop(stopped)
		<-released // At once: the mail in hand is not waited for.
		return nil
	})
	require.ErrorIs(t, r.Run(ctx), stopped)
	assert.Equal(t, []string{"sent 1", "sent 2", "sent 3", "skipped 4 interrupted"}, items.Lines()[:4])
	inOrder(t, items, 300)
	assert.Len(t, o.Entries(), 3)
	assert.Len(t, o.Mails, 3)
}

func TestAPageAheadIsReleasedWhenTheRunCannotGoOn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		process ledgertest.Process
		reply   error
		want    error
		entries int
	}{
		"the mail server takes nothing more": {reply: ledgertest.ErrUnreachable, want: ledgertest.ErrUnreachable, entries: 2},
		"Odoo is lost at a confirmation":     {process: ledgertest.Process{Before: lostAt("Confirm")}, want: ledgertest.ErrOdooLost, entries: 20},
		"Odoo is lost at the end of a page":  {process: ledgertest.Process{Before: lostAt("Unconfirmed")}, want: ledgertest.ErrOdooLost, entries: 250},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ledgertest.NewBackend()
			p := &c.process
			p.Backend = o
			r, items := twoPages(t, p, func() error { return c.reply })
			require.ErrorIs(t, r.Run(t.Context()), c.want)
			inOrder(t, items, 300)
			assert.Equal(t, "skipped 251 interrupted", items.Lines()[250])
			assert.Len(t, o.Entries(), c.entries, "no claim of the second page is left")
		})
	}
}

func lostAt(call string) func(string) error {
	return func(name string) error {
		if name == call {
			return ledgertest.ErrOdooLost
		}
		return nil
	}
}

func TestAPageAheadIsPlannedAgainIfThePageBeforeComesLate(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend()
	var claimed crm.EntryID
	r, items := twoPages(t, &ledgertest.Process{Backend: o}, func() error {
		claimed = o.Last
		o.Change(280, func(l *crm.Opportunity) { l.Stage.Won = true })
		o.Change(100, func(l *crm.Opportunity) { l.Stage.Won = true })
		o.Pass(49500 * time.Millisecond)
		return nil
	})
	r.Select.Limit = 290
	for id := crm.OpportunityID(4); id <= 30; id++ {
		o.Replies[ledgertest.Client(id)] = ledgertest.Reply{During: func(context.Context) error { o.Pass(100 * time.Millisecond); return nil }}
	}
	require.NoError(t, r.Run(t.Context()))
	assert.Len(t, items.Items, 300)
	assert.Len(t, o.Mails, 290)
	assert.Empty(t, o.Stale)
	lines := items.Lines()
	assert.Contains(t, lines, "skipped 100 won")
	assert.Contains(t, lines, "skipped 280 won")
	assert.Contains(t, lines, "sent 292", "the two that were won meanwhile leave their places to others")
	assert.Contains(t, lines, "skipped 293 limit")
	for _, e := range o.Entries() {
		late := e.On > 250
		assert.False(t, late && e.ID <= claimed, "the entry of %d is from the first time", e.On)
	}
}

func TestALimitCountsThePageWhoseMailsGoOut(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend()
	r, items := twoPages(t, &ledgertest.Process{Backend: o}, func() error { return nil })
	r.Select.Limit = 260
	require.NoError(t, r.Run(t.Context()))
	assert.Len(t, o.Mails, 260)
	assert.Len(t, items.Items, 300)
	over := slices.DeleteFunc(items.Lines(), func(line string) bool { return !strings.Contains(line, " limit") })
	assert.Len(t, over, 40)
}

func TestAnEntryThatWasDeletedLetsThePageAheadBeClaimedAnew(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend()
	var claimed crm.EntryID
	r, _ := twoPages(t, &ledgertest.Process{Backend: o}, func() error {
		claimed = o.Last
		o.Delete(ledgertest.Reminder(1))
		return nil
	})
	require.NoError(t, r.Run(t.Context()))
	assert.Len(t, o.Mails, 300)
	again, _ := o.Entry(ledgertest.Reminder(1))
	for _, e := range o.Entries() {
		assert.True(t, e.Confirmed)
		assert.True(t, e.On <= 250 || e.ID > again.ID && e.ID > claimed, "what is sent later is newer: %d", e.On)
	}
}

// Wherever a run of several pages dies, the claims of the page ahead count as unsent.
func TestWhereverARunOfSeveralPagesDiesNobodyIsMailedTwiceOrForgotten(t *testing.T) {
	t.Parallel()
	const clients = 2*run.PageSize + 30
	for seed := range uint64(1 + 2*thorough) {
		t.Run(fmt.Sprintf("by chance %d", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 7))
			o := ledgertest.NewBackend().Open(1, clients, 7)
			for round := range 3 {
				p := &ledgertest.Process{Backend: o, DieAfter: 1 + random.IntN(2*clients)}
				r, _, _ := reminders(t, p, fmt.Sprintf("r%d", round))
				r.Courier.Connections = 1 + random.IntN(3)
				_ = r.Run(t.Context())
				checkOnce(t, o, clients)
				o.Pass(ledger.ClaimTTL + time.Second)
			}
			r, _, _ := reminders(t, &ledgertest.Process{Backend: o}, "end")
			requireOnlyFailures(t, r.Run(t.Context()))
			checkOnce(t, o, clients)
			listed := doubted(t, o)
			assert.LessOrEqual(t, len(listed), 3*ledger.BatchSize)
			for id := crm.OpportunityID(1); id <= clients; id++ {
				assert.True(t, len(o.Mails[ledgertest.Client(id)]) == 1 || slices.Contains(listed, id), "client %d", id)
			}
		})
	}
}

//go:build !odoo

package scenario_test

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/ledger"
)

// overlap is what happens while a run is at one of its calls.
type overlap struct {
	title string
	// after: Odoo has done the call's work.
	after bool
	// dies: the run gets no answer any more. The other hosts come so much later.
	dies  bool
	later time.Duration
}

func overlaps() []overlap {
	dead := ledger.ClaimTTL + time.Minute
	return []overlap{
		{title: "Two hosts run before Odoo gets the call"},
		{title: "Two hosts run when Odoo has done the work", after: true},
		{title: "Odoo is lost before the call, and two hosts run at once", dies: true},
		{title: "Odoo is lost after the call's work, and two hosts run at once", dies: true, after: true},
		{title: "Odoo is lost before the call, and two hosts run 16 minutes later", dies: true, later: dead},
		{title: "Odoo is lost after the call's work, and two hosts run 16 minutes later", dies: true, after: true, later: dead},
	}
}

// hostsOverlap runs an operation on three hosts. While the first one is at its
// n-th call, counted from 0, or has lost Odoo there, the two others run at the same
// time. One of them sees a clock of Odoo that is a quarter of an hour fast: it takes
// no claim for dead, and says why.
func hostsOverlap(t *testing.T, o operation, over overlap, n int) faultCounts {
	t.Helper()
	var counts faultCounts
	simulate(t, false, func(t *testing.T, sim *simulation) {
		about := o.prepare(t, sim)
		where := named{t, fmt.Sprintf("%s, %s, call %d", o, over.title, n+1)}
		first, second := sim.host(t, "first", 0), sim.host(t, "second", 0)
		skewed := sim.host(t, "skewed", ledger.ClaimTTL+time.Second)
		sim.mailbox.Reset()
		met := make(chan struct{})
		meet := sync.OnceFunc(func() { close(met) })
		others := func() {
			var both sync.WaitGroup
			both.Go(func() {
				_, status := second.tool(t, o.command...)
				assert.Contains(where, statuses(o), status)
			})
			both.Go(func() {
				d, status := skewed.tool(t, o.command...)
				if o.claims {
					assert.Contains(where, []int{0, 78}, status, "the host with the fast clock")
					assert.Zero(where, d.acted(), "the host with the fast clock")
				}
			})
			both.Wait()
		}
		does := func(w http.ResponseWriter, r *http.Request, work func() *httptest.ResponseRecorder) {
			answer := func() { _, _ = w.Write(work().Body.Bytes()) }
			switch {
			case over.dies:
				if over.after {
					work()
				}
				meet()
				hangUp(w, r, work)
			case over.after:
				body := work().Body.Bytes()
				meet()
				others()
				_, _ = w.Write(body)
			default:
				meet()
				others()
				answer()
			}
		}
		times := 1
		if over.dies {
			times = math.MaxInt
		}
		first.proxy.inject(proxyFault{skip: n, times: times, does: does})
		first.tool(t, o.command...)
		select {
		case <-met:
		default:
			return
		}
		if over.dies {
			time.Sleep(over.later)
			others()
		}
		endAll(where, second, o)
		counts = faultCounts{runs: 1, worst: o.verify(where, sim, about)}
	})
	return counts
}

// endAll runs an operation, which needs no more than a few runs, until there is
// nothing left to do.
func endAll(t named, host *simulation, o operation) {
	for range 5 {
		time.Sleep(ledger.ClaimTTL + time.Minute)
		if d, status := host.tool(t, o.command...); d.acted() == 0 {
			assert.Equal(t, 0, status, "the last run")
			return
		}
	}
	assert.Fail(t, "there is always something left to do")
}

// odooIsRestored puts Odoo back from before a run that lost it at a call, and so many
// others before, and lets a person settle what the host knows.
func odooIsRestored(t *testing.T, o operation, call string, before int) faultCounts {
	t.Helper()
	var counts faultCounts
	simulate(t, false, func(t *testing.T, sim *simulation) {
		about := o.prepare(t, sim)
		where := named{t, fmt.Sprintf("%s, restored after call %s %d", o, call, before+1)}
		host := sim.host(t, "first", 0)
		sim.mailbox.Reset()
		backup := sim.backup()
		fault := &proxyFault{call: call, skip: before, times: math.MaxInt, does: hangUp}
		host.proxy.faults = []*proxyFault{fault}
		host.tool(t, o.command...)
		if fault.times == math.MaxInt {
			return
		}
		host.proxy.reset()
		sim.restore(backup)
		left := len(sim.mailbox.Messages())
		_, status := host.tool(t, o.command...)
		if left > 0 {
			assert.Equal(where, 65, status, "%d mails have left", left)
			assert.Len(where, sim.mailbox.Messages(), left)
			host.settle(where, o)
		}
		endAll(where, host, o)
		counts = faultCounts{runs: 1, worst: o.verify(where, sim, about)}
	})
	return counts
}

// settle writes into Odoo again what has left.
func (sim *simulation) settle(t named, o operation) {
	settle := append(strings.Fields(o.command[0]), "settle")
	_, status := sim.tool(t, append(settle, "--all", "--as", "sent")...)
	assert.Equal(t, 0, status)
}

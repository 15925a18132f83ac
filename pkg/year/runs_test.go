package year_test

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/crm"
	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
)

// This file is what runs do: the planners decide, the model has its say, and what they
// agree on happens.

// claimLife is how long nobody touches the mails that another run has in hand.
const claimLife = 15 * time.Minute

// plansRuns plans the runs of a day: none, or up to two at any time of the day, and two
// hosts at once now and then.
func (w *world) plansRuns(page int) {
	runs := []int{0, 1, 1, 1, 1, 1, 1, 1, 2, 2}[w.random.IntN(10)]
	for range runs {
		w.at(page, func() {
			if w.chance(6) {
				w.remindTwice()
				return
			}
			w.remind()
		})
	}
	if runs > 0 {
		w.at(page, w.archive)
	}
	if w.chance(10) && w.set.from != w.set.until {
		// The hours begin, and end.
		d := w.wall[page]
		for _, minute := range []int{w.set.from, w.set.until} {
			at := time.Date(d.Year, d.Month, d.Day, 0, minute, 0, 0, w.zone)
			w.schedule(at.Add(-time.Second), w.remind)
			w.schedule(at, w.remind)
		}
	}
	if w.wall[page].Month == time.March && w.wall[page].Day == 29 {
		// The clocks go from 2 to 3.
		w.schedule(time.Date(2026, time.March, 29, 0, 59, 59, 0, time.UTC), w.remind)
		w.schedule(time.Date(2026, time.March, 29, 1, 0, 0, 0, time.UTC), w.remind)
	}
	if w.wall[page].Month == time.October && w.wall[page].Day == 25 {
		// It is half past two, twice.
		w.schedule(time.Date(2026, time.October, 25, 0, 30, 0, 0, time.UTC), w.remind)
		w.schedule(time.Date(2026, time.October, 25, 1, 30, 0, 0, time.UTC), w.remind)
	}
}

// recover settles what runs left in hand that died.
func (w *world) recover(sameHost bool) {
	for _, d := range w.deals {
		for _, m := range slices.Clone(d.mails) {
			if m.state != inHand || !sameHost && w.clock.Sub(m.at) < claimLife {
				continue
			}
			switch {
			case sameHost && m.arrived:
				m.state = left
			case sameHost && w.chance(2):
				w.release(d, m)
			default:
				m.state, m.note = doubtful, w.nextID()
				w.at(w.page(w.clock)+w.random.IntN(12), func() { w.settle(d, m) })
			}
		}
	}
}

func (w *world) release(d *deal, m *mail) {
	d.mails = slices.DeleteFunc(d.mails, func(other *mail) bool { return other == m })
}

// settle is a person who says whether a doubtful mail left, and has it mailed again if
// not.
func (w *world) settle(d *deal, m *mail) {
	if m.state != doubtful || w.chance(3) {
		return
	}
	note := settlement{w.nextID(), m.step, w.clock}
	if m.arrived {
		m.state, d.settled = left, append(d.settled, note)
		return
	}
	again := remindplan.Again(w.record(d), m.step, w.policy())
	said := model{w, w.set, w.clock}
	want := said.again(d, m.step)
	w.check.same(w, d, "settle", string(again.Reason), want)
	if want == "" {
		m.state, d.settled = left, append(d.settled, note)
		w.arrives(d, m.step, true)
	}
}

// lively returns the deals of which anything can still become, and some of the others:
// most of them are gone, or over.
func (w *world) lively() []*deal {
	const lively = 130 // A last step waits for long for somebody who is on leave.
	return slices.DeleteFunc(slices.Clone(w.deals), func(d *deal) bool {
		return w.page(w.clock)-w.page(d.origin()) > lively && !w.chance(15)
	})
}

// plan is what a run decided.
type plan struct {
	deals     []*deal
	decisions []remindplan.Decision
}

// decide lets the planner decide about deals, and compares.
func (w *world) decide(deals []*deal) plan {
	policy := w.policy()
	records := make([]crm.Record, len(deals))
	for i, d := range deals {
		records[i] = w.record(d)
		records[i].Turns = w.takenTurns(records[i], d, policy)
	}
	p := plan{deals, remindplan.Decide(records, policy, w.clock)}
	verdicts := model{w, w.set, w.clock}.reminders(deals)
	windows := policy.Windows(w.clock)
	for i, d := range deals {
		got := p.decisions[i]
		if got.Send() && w.turnGone(d) {
			got.Reason = crm.RecentlyMailed
		}
		w.compare(d, got, verdicts[i])
		m := model{w, w.set, w.clock}
		// By working days a search finds some that are too late, whatever else is against them.
		tooLate := w.set.workingDays && verdicts[i].hasStep && m.late(d, verdicts[i].step) != ""
		if found := searched(windows, records[i]); !tooLate {
			w.check.search(w, d, found, m.inQuestion(d))
		}
	}
	return p
}

// searched tells whether Odoo's search finds a record for a run.
func searched(windows []crm.Window, r crm.Record) bool {
	if !r.Opportunity.Active || r.Opportunity.Lead {
		return false
	}
	return slices.ContainsFunc(windows, func(win crm.Window) bool {
		done := slices.ContainsFunc(r.Entries, func(e crm.Entry) bool { return e.Key == crm.ReminderKey(r.Opportunity.ID, win.Step) })
		theirs := len(win.Resources) == 0 || slices.ContainsFunc(r.Salesperson.Resources, func(id crm.ResourceID) bool {
			return slices.Contains(win.Resources, id)
		})
		return win.Has(r.Opportunity) && theirs && !done
	})
}

// compare holds the planner to the model.
func (w *world) compare(d *deal, got remindplan.Decision, want verdict) {
	require.NoError(w.t, got.Err)
	w.check.same(w, d, "reason", string(got.Reason), want.reason)
	if want.reason != "gone" {
		w.check.same(w, d, "step", [2]any{got.HasStep, got.Step}, [2]any{want.hasStep, want.step})
	}
	w.check.same(w, d, "held", got.Held(), want.held())
	if want.mails() {
		w.check.same(w, d, "to", got.To.Mailbox, d.client.mailbox)
		seller := d.seller != nil && d.seller.active
		w.check.same(w, d, "cc", !got.CC.IsZero(), seller)
	}
	w.check.seen[want.reason]++
}

// turnGone tells whether another deal has the client's turn today, which Odoo tells a
// run that claims a mail.
func (w *world) turnGone(d *deal) bool {
	return w.set.between > 0 && slices.ContainsFunc(d.client.turns, func(t turn) bool { return t.deal != d && w.page(t.at) == w.page(w.clock) })
}

// remind is a run on some host, the one of the last run or another one.
func (w *world) remind() { w.remindOn(w.chance(2)) }

func (w *world) remindOn(sameHost bool) {
	if !w.set.reminders {
		return
	}
	w.recover(sameHost)
	deals := w.lively()
	if w.chance(10) { // Another host does the other part, at another time.
		part := w.random.IntN(2)
		deals = slices.DeleteFunc(deals, func(d *deal) bool { return d.id%2 != part })
	}
	w.carryOut(w.decide(deals))
}

// remindTwice is two hosts that decide at the same moment.
func (w *world) remindTwice() {
	if !w.set.reminders {
		return
	}
	w.recover(false)
	deals := w.lively()
	first := w.decide(deals)
	second := first
	if w.chance(2) {
		first = w.decide(slices.DeleteFunc(slices.Clone(deals), func(d *deal) bool { return d.id%2 == 0 }))
		second = w.decide(slices.DeleteFunc(slices.Clone(deals), func(d *deal) bool { return d.id%2 == 1 }))
	}
	w.carryOut(first)
	w.carryOut(second)
}

// carryOut claims and sends what was decided. A run may have a limit, and it may die.
func (w *world) carryOut(p plan) {
	limit := len(p.deals)
	if w.chance(12) {
		limit = 3
	}
	dies := w.chance(10)
	if dies { // Another host may come by before the claims are dead.
		w.schedule(w.clock.Add(5*time.Minute), func() { w.remindOn(false) })
	}
	for i, d := range p.deals {
		got := p.decisions[i]
		if !got.Send() || limit == 0 || d.mailOf(got.Step) != nil || w.turnGone(d) {
			continue
		}
		limit--
		m := &mail{id: w.nextID(), step: got.Step, at: w.clock}
		d.mails = append(d.mails, m)
		if w.set.between > 0 && !slices.ContainsFunc(d.client.turns, func(t turn) bool { return w.page(t.at) == w.page(w.clock) }) {
			d.client.turns = append(d.client.turns, turn{w.clock, d, m.step})
		}
		if dies && w.chance(3) {
			if m.arrived = w.chance(2); m.arrived {
				w.arrives(d, m.step, false)
			}
			continue
		}
		w.send(d, m)
	}
}

// send is what the mail server makes of a mail.
func (w *world) send(d *deal, m *mail) {
	switch {
	case d.client.refuses:
		d.refusals = append(d.refusals, refusal{m.step, d.client.mailbox})
		w.release(d, m)
	case w.chance(w.set.flaky): // It takes no mails for a while.
		w.release(d, m)
	default:
		m.state, m.arrived = left, true
		w.arrives(d, m.step, false)
	}
}

// arrives is a mail in the client's hands.
func (w *world) arrives(d *deal, step int, decided bool) {
	w.check.arrival(w, d, step, decided)
	d.reached = append(d.reached, reached{w.clock, step, d.client, decided})
	w.reads(d)
}

// archive is a run that archives.
func (w *world) archive() {
	for _, d := range w.deals {
		if d.comesBack {
			d.open, d.comesBack = true, false
		}
		if d.archiving == beingArchived && w.clock.Sub(d.claimed) > claimLife {
			d.archiving = neverArchived
		}
	}
	w.recoverWarnings(w.chance(2))
	policy := w.archivePolicy()
	deals := w.lively()
	records := make([]archiveplan.Record, len(deals))
	for i, d := range deals {
		records[i] = archiveplan.Record{Record: w.record(d)}
		w.addRemarks(&records[i], d)
		for _, t := range d.todos {
			records[i].Activities = append(records[i].Activities, crm.Activity{Deadline: t.deadline.String()})
		}
	}
	windows := policy.Windows(w.clock)
	said := model{w, w.set, w.clock}
	var warned []*deal
	for i, got := range archiveplan.Decide(records, policy, w.clock) {
		d := deals[i]
		want := said.archive(d)
		require.NoError(w.t, got.Err)
		if got.Warn {
			got.Reason = "warn"
			warned = append(warned, d)
		}
		w.check.same(w, d, "archive", string(got.Reason), want)
		w.check.kept[want]++
		found := slices.ContainsFunc(windows, func(win crm.Window) bool { return win.Has(records[i].Opportunity) })
		w.check.same(w, d, "search of archive", found, said.old(d))
		switch {
		case want != "":
		case w.chance(30): // The run dies, and another host comes by.
			d.archiving, d.claimed = beingArchived, w.clock
			w.schedule(w.clock.Add(5*time.Minute), w.archive)
		default:
			w.check.archiving(w, d)
			d.open, d.archiving = false, wasArchived
		}
	}
	w.warn(warned)
}

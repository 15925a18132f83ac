package year_test

import (
	"fmt"
	"reflect"
)

// checks counts what happened, and collects what must not.
type checks struct {
	// seen are the reasons of reminders, kept those of archiving, and how often each was
	// given.
	seen, kept map[string]int
	compared   int
	arrivals   int
	wrong      []string
}

func newChecks() *checks { return &checks{seen: map[string]int{}, kept: map[string]int{}} }

// mostWrong is how many differences are told.
const mostWrong = 20

func (c *checks) fail(w *world, d *deal, format string, args ...any) {
	if len(c.wrong) < mostWrong {
		c.wrong = append(c.wrong, fmt.Sprintf("%s, deal %d: ", w.clock.In(w.zone).Format("2006-01-02 15:04:05 MST"), d.id)+
			fmt.Sprintf(format, args...)+"\n\t"+d.String())
	}
}

// same compares what a planner and the model say.
func (c *checks) same(w *world, d *deal, what string, planner, model any) {
	c.compared++
	if !reflect.DeepEqual(planner, model) {
		c.fail(w, d, "%s: the planner says %v, the model %v", what, planner, model)
	}
}

// search compares what a run looks at with what is in question.
func (c *checks) search(w *world, d *deal, found, inQuestion bool) {
	c.compared++
	if found != inQuestion {
		c.fail(w, d, "the search finds it: %t, it is in question: %t", found, inQuestion)
	}
}

// arrival checks a reminder that reaches its client.
func (c *checks) arrival(w *world, d *deal, step int, decided bool) {
	c.arrivals++
	for _, r := range d.reached {
		if r.step == step {
			c.fail(w, d, "step %d reaches the client twice", step)
		}
	}
	if d.client.optedOut || d.tags[optOutTag] {
		c.fail(w, d, "who asked to stop is mailed step %d", step)
	}
	for _, other := range w.deals {
		for _, r := range other.reached {
			if r.by == d.client && !r.decided && !decided && w.page(w.clock)-w.page(r.at) < w.set.between {
				c.fail(w, d, "the client was reminded of deal %d on %s", other.id, r.at)
			}
		}
	}
}

// archiving checks that nothing is archived untold.
func (c *checks) archiving(w *world, d *deal) {
	if w.set.warnDays == 0 || d.seller == nil || !d.seller.active {
		return
	}
	x := d.lastWarning()
	if x == nil || !x.arrived || x.to != d.seller || w.page(w.clock)-w.page(x.at) < w.set.warnDays {
		c.fail(w, d, "it is archived, and its salesperson was not told in time")
	}
}

// String tells what is known of a deal.
func (d *deal) String() string {
	text := fmt.Sprintf("of %s, converted %s; lead %t, open %t, team %d, stage %d, company %d, tags %v, typed %q, contact %t, client %+v",
		d.created, d.converted, d.lead, d.open, d.team, d.stage, d.company, d.tags, d.typed, d.hasContact, d.client.mailbox)
	for _, m := range d.mails {
		text += fmt.Sprintf("\n\tmail of day %d at %s: state %d", m.step, m.at, m.state)
	}
	for _, l := range d.letters {
		text += fmt.Sprintf("\n\tletter by %d at %s: %s", l.by, l.at, l.subject)
	}
	for _, x := range d.warnings {
		text += fmt.Sprintf("\n\twarning %d at %s: state %d", x.number, x.at, x.state)
	}
	for _, t := range d.client.turns {
		text += fmt.Sprintf("\n\tturn at %s: deal %d, day %d", t.at, t.deal.id, t.step)
	}
	return text
}

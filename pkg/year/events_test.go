package year_test

import (
	"fmt"
	"time"
)

// This file is what people and their computers do.

// found is the beginning of a deal.
func (w *world) found(id int) {
	d := &deal{
		id: id, created: w.clock, open: true, client: w.someClient(), tags: map[int]bool{},
		company: 1 + w.random.IntN(companies), team: 1 + w.random.IntN(teams), stage: 1 + w.random.IntN(2),
	}
	if w.chance(8) {
		d.stage = parkStage
	}
	d.hasContact = !d.client.noContact
	w.address(d)
	w.newSeller(d)
	if w.chance(3) {
		d.tags[1+w.random.IntN(tags)] = true
	}
	if w.chance(3) {
		d.letters = append(d.letters, letter{at: w.clock, by: byFounder, subject: "We need chairs"})
	}
	if w.chance(5) {
		d.lead = true
		w.at(w.page(w.clock)+1+w.random.IntN(30), func() { w.convert(d) })
	}
	w.deals = append(w.deals, d)
}

func (w *world) convert(d *deal) {
	if d.open {
		d.lead, d.converted = false, w.clock
	}
}

// someClient returns a new client, or one with another deal of the last weeks.
func (w *world) someClient() *client {
	const lately = 40
	if known := w.clients[max(0, len(w.clients)-lately):]; len(known) > 0 && w.chance(2) {
		return known[w.random.IntN(len(known))]
	}
	c := &client{mailbox: fmt.Sprintf("zoe%d@client.example", len(w.clients)+1), noContact: w.chance(6)}
	w.clients = append(w.clients, c)
	return c
}

// address types the client's address into the field, somehow.
func (w *world) address(d *deal) {
	switch w.random.IntN(20) {
	case 0:
		d.typed = ""
	case 1:
		d.typed = "zoe at client"
	case 2:
		d.typed = fmt.Sprintf(" \"Zoe M\u00fcller\" <%s> ", d.client.mailbox)
	default:
		d.typed = d.client.mailbox
	}
}

func (w *world) newSeller(d *deal) {
	d.seller = nil
	if id := w.random.IntN(sellers + 1); id < sellers {
		d.seller = w.people[id]
	}
}

// habit is something that happens on so many of a thousand days of a deal.
type habit struct {
	often int
	do    func(*deal)
}

// habits are those of the people around a deal.
func (w *world) habits() []habit {
	return []habit{
		{6, w.clientWrites},
		{4, w.programWrites},
		{12, w.companyWrites},
		{6, w.remarks},
		{6, func(d *deal) { d.stage = 1 + w.random.IntN(stages) }},
		{6, func(d *deal) { tag := 1 + w.random.IntN(tags); d.tags[tag] = !d.tags[tag] }},
		{3, w.newSeller},
		{3, func(d *deal) { d.team = 1 + w.random.IntN(teams) }},
		{2, func(d *deal) { d.company = 1 + w.random.IntN(companies) }},
		{3, func(d *deal) { d.open = false }},
		{3, func(d *deal) { d.open, d.comesBack = true, false }},
		{2, func(d *deal) { d.client.bounced = true }},
		{2, func(d *deal) { d.client.blacklisted = !d.client.blacklisted }},
		{2, func(d *deal) { d.client.optedOut = true }},
		{2, func(d *deal) { d.client.refuses = !d.client.refuses }},
		{3, w.address},
		{1, w.moves},
		{5, func(d *deal) { d.todos = append(d.todos, todo{w.wall[w.page(w.clock)+w.random.IntN(20)]}) }},
		{5, func(d *deal) { d.todos, d.upset = nil, false }},
		{4, func(d *deal) {
			d.meetings = append(d.meetings, w.clock.Add(time.Duration(w.random.IntN(24*20))*time.Hour))
		}},
		{2, func(d *deal) { d.meetings = nil }},
		{4, w.snoozes},
		{2, func(d *deal) { d.scores, d.upset = append(d.scores, w.clock), w.chance(2) }},
	}
}

// moves gives a deal another client, with another address.
func (w *world) moves(d *deal) {
	d.client = w.someClient()
	d.hasContact = !d.client.noContact
	w.address(d)
}

// snoozes is a person who wants no reminders for a while, or wants them again.
func (w *world) snoozes(d *deal) {
	s := snooze{id: w.nextID()}
	if !w.chance(4) {
		s.until = w.wall[w.page(w.clock)+1+w.random.IntN(15)]
	}
	d.snoozed = append(d.snoozed, s)
}

// live plans what happens on a day.
func (w *world) live(page int) {
	habits := w.habits()
	for _, d := range w.deals {
		if page-w.page(d.created) > 80 && !w.chance(20) || w.page(d.created) == page {
			continue
		}
		drawn := w.random.IntN(1000)
		for _, h := range habits {
			if drawn -= h.often; drawn < 0 {
				w.at(page, func() { h.do(d) })
				break
			}
		}
	}
	for _, c := range w.clients {
		if c.optedOut && w.chance(60) {
			w.at(page, func() { c.optedOut = false })
		}
	}
	if w.chance(30) {
		p := w.people[w.random.IntN(sellers)]
		w.at(page, func() { p.active = !p.active })
	}
}

// clientWrites is a mail by a person. After a mail of ours it takes them a while.
func (w *world) clientWrites(d *deal) {
	subject := "Re: chairs"
	if n := len(d.reached); n == 0 || w.clock.Sub(d.reached[n-1].at) > 5*time.Minute {
		subject = []string{subject, "How much are your chairs?", "RE: AW: chairs"}[w.random.IntN(3)]
	}
	w.cameIn(d, letter{at: w.clock, by: byClient, subject: subject})
}

func (w *world) programWrites(d *deal) {
	subjects := []string{"Out of office", "Automatic reply: chairs", "Réponse automatique : chairs", "[EXT] Abwesenheitsnotiz: chairs"}
	l := letter{at: w.clock, by: byProgram, subject: subjects[w.random.IntN(len(subjects))]}
	if w.chance(2) {
		l.back = w.wall[w.page(w.clock)+1+w.random.IntN(12)]
	}
	w.cameIn(d, l)
}

// cameIn is a mail from the client's mailbox: Odoo forgets what bounced.
func (w *world) cameIn(d *deal, l letter) {
	d.letters = append(d.letters, l)
	d.client.bounced = false
	d.comesBack = d.comesBack || !d.open && d.archiving == wasArchived && l.by == byClient
}

// reads is what becomes of a reminder that got to the client.
func (w *world) reads(d *deal) {
	switch drawn := w.random.IntN(40); {
	case drawn < 3:
		w.at(w.page(w.clock)+1+w.random.IntN(6), func() { w.clientWrites(d) })
	case drawn == 3: // It has a subject of its own; only the time tells.
		w.schedule(w.clock.Add(40*time.Second), func() { w.cameIn(d, letter{at: w.clock, by: byProgram, subject: "Thank you for your mail"}) })
	case drawn == 4:
		w.schedule(w.clock.Add(time.Minute), func() { w.programWrites(d) })
	case drawn == 5:
		w.at(w.page(w.clock)+1, func() { d.client.bounced = true })
	case drawn == 6:
		w.at(w.page(w.clock)+1, func() { d.client.optedOut = true })
	}
}

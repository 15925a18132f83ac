package year_test

import (
	"fmt"
	"slices"
	"time"

	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/crm"
)

// This file is about the mails that tell salespeople what will be archived: in the
// world, by the guide, and in Odoo.

// warning is that a mail to a salesperson has a deal on its list.
type warning struct {
	id, note int64
	number   int
	to       *person
	at       time.Time
	state    mailState
	arrived  bool
	// token is the same for all deals of a mail.
	token string
}

// remark is what one of our people wrote: on a deal, or as an answer to a mail.
type remark struct {
	at      time.Time
	by      *person
	program bool
}

// remarks is a note, or a notice that somebody is away.
func (w *world) remarks(d *deal) {
	d.remarks = append(d.remarks, remark{w.clock, w.colleague(d), w.chance(5)})
}

// companyWrites is a mail to the client.
func (w *world) companyWrites(d *deal) {
	d.letters = append(d.letters, letter{at: w.clock, by: byCompany, subject: "Your chairs"})
	d.remarks = append(d.remarks, remark{w.clock, w.colleague(d), false})
}

// colleague is the salesperson of a deal, or somebody else.
func (w *world) colleague(d *deal) *person {
	if d.seller != nil && w.chance(2) {
		return d.seller
	}
	return w.people[w.random.IntN(sellers)]
}

// lastWarning returns the newest warning about a deal; nil if there is none.
func (d *deal) lastWarning() *warning {
	if n := len(d.warnings); n > 0 {
		return d.warnings[n-1]
	}
	return nil
}

// warn sends each salesperson one mail about their deals.
func (w *world) warn(list []*deal) {
	bySeller := map[*person][]*deal{}
	for _, d := range list {
		bySeller[d.seller] = append(bySeller[d.seller], d)
	}
	for _, p := range w.people {
		theirs := bySeller[p]
		if len(theirs) == 0 {
			continue
		}
		lead := crm.WarningKey(crm.OpportunityID(theirs[0].id), theirs[0].nextWarning())
		token := crm.WarningToken(fmt.Sprintf("run%d", w.nextID()), lead, crm.UserID(p.id))
		fate := w.random.IntN(12)
		for _, d := range theirs {
			x := &warning{id: w.nextID(), number: d.nextWarning(), to: p, at: w.clock, token: token, arrived: fate != 1}
			switch fate {
			case 0, 1: // The run dies.
			case 2: // The mail server takes no mails.
				continue
			default:
				x.state = left
			}
			d.warnings = append(d.warnings, x)
		}
		if fate > 2 {
			w.isTold(p, token)
		}
	}
}

func (d *deal) nextWarning() int {
	if x := d.lastWarning(); x != nil {
		return x.number + 1
	}
	return 1
}

// isTold is a salesperson who gets a mail, and may answer it.
func (w *world) isTold(p *person, token string) {
	if !w.chance(4) {
		return
	}
	program := w.chance(3)
	w.at(w.page(w.clock)+1+w.random.IntN(9), func() { w.replies[token] = append(w.replies[token], remark{w.clock, p, program}) })
}

// recoverWarnings settles what runs left in hand that died.
func (w *world) recoverWarnings(sameHost bool) {
	for _, d := range w.deals {
		x := d.lastWarning()
		switch {
		case x == nil || x.state != inHand || !sameHost && w.clock.Sub(x.at) < claimLife:
		case sameHost && x.arrived:
			x.state = left
		case sameHost:
			d.warnings = d.warnings[:len(d.warnings)-1]
		default:
			x.state, x.note = doubtful, w.nextID()
			w.at(w.page(w.clock)+w.random.IntN(12), func() { w.settleWarning(d, x) })
		}
	}
}

// settleWarning is a person who says whether the mail left.
func (w *world) settleWarning(d *deal, x *warning) {
	if x.arrived {
		x.state = left
		return
	}
	d.warnings = slices.DeleteFunc(d.warnings, func(other *warning) bool { return other == x })
}

// told: what nothing keeps is archived some days after its salesperson was told.
func (m model) told(d *deal, after int) string {
	today, due := m.w.page(m.now), m.w.page(d.origin())+after
	x := d.lastWarning()
	if x != nil {
		switch x.state {
		case doubtful:
			return "uncertain"
		case inHand:
			return "claimed-elsewhere"
		case left:
		}
		kept := m.keptOn(d, x)
		if kept >= 0 && today < kept+after {
			return "kept-answer"
		}
		// A new salesperson is told anew, and so is one who was told long ago.
		if told := m.w.page(x.at); kept < 0 && x.to == d.seller && today <= told+m.set.warnDays+after {
			if today >= due && today >= told+m.set.warnDays {
				return ""
			}
			return "outside-window"
		}
	}
	if d.seller != nil && d.seller.active {
		return "warn"
	}
	if today < due {
		return "outside-window"
	}
	return ""
}

// keptOn returns the day on which somebody last answered the mail, or the salesperson
// wrote on the deal since; noBody if nobody did.
func (m model) keptOn(d *deal, x *warning) int {
	day := noBody
	for _, r := range m.w.replies[x.token] {
		if !r.program && !r.at.Before(x.at) {
			day = max(day, m.w.page(r.at))
		}
	}
	for _, r := range d.remarks {
		if !r.program && r.by == d.seller && !r.at.Before(x.at) {
			day = max(day, m.w.page(r.at))
		}
	}
	return day
}

func (p *person) contact() crm.ContactID { return crm.ContactID(100_000 + p.id) }

// entries returns the claim of a warning, and the note that it is uncertain.
func (x *warning) entries(d *deal) []crm.Entry {
	key := crm.WarningKey(crm.OpportunityID(d.id), x.number)
	claim := crm.Entry{
		ID: crm.EntryID(x.id), Key: key, On: key.Opportunity, Token: x.token, MessageID: key.MessageID(x.token, "odoo.example"),
		Confirmed: x.state == left, At: x.at,
	}
	if x.note == 0 {
		return []crm.Entry{claim}
	}
	return []crm.Entry{claim, {ID: crm.EntryID(x.note), Key: key.Note(crm.Uncertain), On: key.Opportunity, At: x.at}}
}

// addRemarks adds to a record what was written since a warning.
func (w *world) addRemarks(r *archiveplan.Record, d *deal) {
	x := d.lastWarning()
	if w.set.warnDays == 0 || x == nil || x.state != left {
		return
	}
	add := func(list []remark, answers string) {
		for _, one := range list {
			c := crm.Colleague{Opportunity: r.Opportunity.ID, At: one.at, Subject: "Re: chairs", Author: one.by.contact(), Answers: answers}
			if one.program {
				c.Subject = "Out of office"
			}
			if answers != "" { // It is on the first deal of the list.
				c.Opportunity = 0
			}
			r.Colleagues = append(r.Colleagues, c)
		}
	}
	add(d.remarks, "")
	add(w.replies[x.token], x.entries(d)[0].SentAs())
}

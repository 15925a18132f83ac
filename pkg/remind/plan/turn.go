package plan

import (
	"cmp"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
)

// ClientTurn returns the turn that a reminder to the client takes at now; zero if reminders
// take none.
func (p Policy) ClientTurn(d Decision, now time.Time) crm.Turn {
	if p.DaysBetween == 0 {
		return crm.Turn{}
	}
	return crm.Turn{Client: crm.AddressToken(d.To.Mailbox), Day: calendar.Of(now, p.Zone).String()}
}

// Since is the earliest instant at which a turn was taken that matters at now.
func (p Policy) Since(now time.Time) time.Time {
	return calendar.Of(now, p.Zone).AddDays(1 - p.DaysBetween).Start(p.Zone)
}

// takeTurns holds those reminders back whose client was reminded lately, or is
// reminded of an older opportunity now.
func (p Policy) takeTurns(records []crm.Record, decisions []Decision, now time.Time) {
	order := make([]int, 0, len(records))
	for i, d := range decisions {
		if d.Send() {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := records[a].Opportunity, records[b].Opportunity
		return cmp.Or(x.Origin().Compare(y.Origin()), cmp.Compare(x.ID, y.ID))
	})
	first := map[string]crm.OpportunityID{}
	for _, i := range order {
		d := &decisions[i]
		client := crm.AddressToken(d.To.Mailbox)
		if by, taken := p.taken(records[i], client, *d, now); taken {
			d.hold(by)
		} else if by, taken := first[client]; taken {
			d.hold(by)
		} else {
			first[client] = d.Opportunity
		}
	}
}

// taken returns the opportunity of which the client was reminded within the days
// between reminders. A turn of the same reminder, which did not leave then, does not
// count.
func (p Policy) taken(r crm.Record, client string, d Decision, now time.Time) (crm.OpportunityID, bool) {
	own := crm.ReminderKey(d.Opportunity, d.Step).Turn()
	for _, t := range r.Turns {
		if t.Client == client && t.By != own && !t.At.Before(p.Since(now)) {
			return t.By.Opportunity, true
		}
	}
	return 0, false
}

// hold lets the reminder wait for another one to the same client.
func (d *Decision) hold(by crm.OpportunityID) {
	d.Reason, d.TurnOf = crm.RecentlyMailed, by
}

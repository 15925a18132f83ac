package plan

import (
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Outlook is a decision to be looked at: who would get which mail, whatever
// speaks against sending it.
type Outlook struct {
	// Decision has step, To and CC in any case, To only when the client has a
	// valid address.
	Decision

	// Against is all that speaks against mailing the step now.
	Against []crm.Reason
	// Due is the day on which the step falls due, or the working day after it.
	Due calendar.Date
}

// Foresee returns the outlook of one opportunity for a step, which need not be
// one of the policy's. A nil step is the one that is due, or else the next, or
// the last when all are over.
func Foresee(r crm.Record, step *int, p Policy, now time.Time) Outlook {
	p = p.For(r.Opportunity)
	open := r
	open.Opportunity.Active, open.Opportunity.Lead = true, false
	planned := decide(open, p, now)
	chosen := p.upcoming(planned)
	if step != nil {
		chosen = *step
	}
	alone := p
	alone.Days = []int{chosen}
	d := decide(r, alone, now)
	if d.Reason == "" && planned.Step > chosen {
		d.Reason = crm.Superseded
	}
	o := Outlook{Decision: d, Due: p.Workday(r, calendar.Of(r.Opportunity.Origin(), p.Zone).AddDays(chosen))}
	o.Step, o.HasStep = chosen, true
	for _, reason := range []crm.Reason{d.Reason, Again(r, chosen, p).Reason} {
		if reason != "" && !slices.Contains(o.Against, reason) {
			o.Against = append(o.Against, reason)
		}
	}
	o.To, o.CC = r.Addressees()
	return o
}

// upcoming is the step that a decision is about or, when that one is over, the
// one after it.
func (p Policy) upcoming(d Decision) int {
	if !d.HasStep {
		return p.Days[0]
	}
	switch d.Reason {
	case crm.AlreadyDone, crm.Superseded, crm.Missed, crm.ClaimedElsewhere:
		at := slices.Index(p.Days, d.Step)
		return p.Days[min(at+1, len(p.Days)-1)]
	default:
		return d.Step
	}
}

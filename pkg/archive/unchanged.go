package archive

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
)

// settled is for how long a record must have been left alone so that the time of its last
// change tells it apart from every later state. Odoo dates a change by the second at which
// its transaction began, and ends a call after two minutes (limit_time_real).
const settled = 3 * time.Minute

// unchanged looks once more, immediately before opportunities are archived, and leaves
// alone what somebody is working on: Odoo 16 to 18 would delete an activity that was
// planned meanwhile. A claim that grew too old may be another run's by now.
func (a *Run) unchanged(ctx context.Context, p *page) error {
	there, err := a.lookAgain(ctx, p.mine)
	if err != nil {
		return fmt.Errorf("read opportunities again: %w", err)
	}
	activities, err := a.Store.Activities(ctx, opportunities(p.mine))
	if err != nil {
		return fmt.Errorf("read activities again: %w", err)
	}
	deadline := a.Store.Now().Add(-ledger.SendDeadline)
	var same, changed []claimed
	for _, m := range p.mine {
		o := m.record.Opportunity
		var reason crm.Reason
		switch now, exists := there[o.ID]; {
		case !exists:
			reason = crm.Gone
		case !reflect.DeepEqual(now, o) || !slices.Equal(activities[o.ID], m.record.Activities):
			reason = crm.Changed
		case m.entry.At.Before(deadline):
			reason = crm.Interrupted
		default:
			same = append(same, m)
			continue
		}
		p.add(a.skipped(o, reason))
		changed = append(changed, m)
	}
	p.mine = same
	return a.drop(ctx, changed)
}

// lookAgain returns those of the opportunities that still exist, as they are now but for
// what does not matter: when they were changed last, and what they say of their
// activities. Only those are read in full that may have changed.
func (a *Run) lookAgain(ctx context.Context, mine []claimed) (map[crm.OpportunityID]crm.Opportunity, error) {
	was := make(map[crm.OpportunityID]crm.Opportunity, len(mine))
	var dated, unsure []crm.OpportunityID
	for _, m := range mine {
		o := m.record.Opportunity
		was[o.ID] = o
		if o.Written.IsZero() || o.Written.After(m.entry.At.Add(-settled)) {
			unsure = append(unsure, o.ID)
		} else {
			dated = append(dated, o.ID)
		}
	}
	there := make(map[crm.OpportunityID]crm.Opportunity, len(mine))
	if len(dated) > 0 {
		written, err := a.Store.Written(ctx, dated)
		if err != nil {
			return nil, err
		}
		for _, id := range dated {
			switch at, exists := written[id]; {
			case !exists:
			case at.Equal(was[id].Written):
				there[id] = was[id]
			default:
				unsure = append(unsure, id)
			}
		}
	}
	if len(unsure) == 0 {
		return there, nil
	}
	list, err := a.Odoo.Opportunities(ctx, unsure)
	for _, o := range list {
		o.Written, o.OpenActivities, o.NextActivity = was[o.ID].Written, was[o.ID].OpenActivities, was[o.ID].NextActivity
		there[o.ID] = o
	}
	return there, err
}

package job

import (
	"context"
	"fmt"

	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
)

// WorkingPolicy is [Job.ReminderPolicy] with the working days in Odoo, if reminders
// keep to them.
func (j *Job) WorkingPolicy(ctx context.Context) (remindplan.Policy, error) {
	p := j.ReminderPolicy()
	if !j.Config.Reminders.WorkingDays {
		return p, nil
	}
	from, until := p.Span(j.Base.Now)
	work, err := j.Gateway.WorkingTimes(ctx, from, until)
	if err != nil {
		return p, fmt.Errorf("read the working days: %w", err)
	}
	p.Work = work
	return p, nil
}

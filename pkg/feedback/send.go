// Package feedback asks clients about finished activities, and records what they
// answer.
//
// [Send] mails the questionnaires and the reminders of them, [Collect] writes the
// answers onto their opportunities, [Report] sums them up, and [Setup] makes the
// surveys. Each is one shot and may be repeated. Questionnaires are surveys of
// Odoo; a participation in one is a survey.user_input.
package feedback

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// Send is the run that mails a questionnaire for each finished activity.
type Send struct {
	run.Base

	Activities     DoneActivities
	Surveys        Surveys
	Participations Participations
	// Pages is nil if the pages are not looked at.
	Pages    Pages
	Courier  *ledger.Courier
	Composer *mailing.Composer
	Forms    *questionnaire.Set
	Policy   plan.Policy
	// Stops finds the mails in which clients ask for no more mails.
	Stops *mailing.Stops
	// LookbackDays is for how long a finished activity is looked for,
	// DeadlineDays for how long its questionnaire can be answered, and
	// RemindAfterDays when its client is reminded of it; 0 is never.
	LookbackDays    int
	DeadlineDays    int
	RemindAfterDays int
	// PublicURL is where clients reach Odoo's pages; if it is empty, Odoo's own
	// base URL counts. In a dry run without a survey yet, OdooURL stands for it.
	PublicURL string
	OdooURL   string

	// looked says which surveys' pages were seen, asked when clients were sent
	// questionnaires, and inHand which mails go out now.
	looked map[int64]bool
	asked  plan.Recent
	inHand func() []outgoing
}

// mailer returns the part of the run that deals with earlier claims of a kind.
func (a *Send) mailer(kind crm.EntryKind) *mailing.Mailer {
	return &mailing.Mailer{
		Base: &a.Base, Courier: a.Courier, Notes: a.Composer.Notes, Kind: kind, SettleCommand: "crm-tool feedback settle", Stops: a.Stops,
		Item: func(o crm.Opportunity, claim crm.Entry) report.Item {
			return report.Item{
				Opportunity: claim.On, Name: o.Name, Activity: claim.Key.Activity, Reminder: kind == crm.FeedbackReminder,
			}
		},
	}
}

// Run asks about finished activities, and reminds clients who did not answer. The
// error is the one that ended the run early, or [run.ErrFailures].
func (a *Send) Run(ctx context.Context) error {
	a.looked = map[int64]bool{}
	asking, reminding, err := a.recoveries(ctx)
	if err != nil {
		return err
	}
	open, err := a.open(ctx, asking)
	if err != nil {
		return err
	}
	pending, err := a.pending(ctx, reminding)
	if err != nil {
		return err
	}
	if err := a.checkForgotten(ctx, open, pending, asking, reminding); err != nil {
		return err
	}
	// The first run is noted also when it finds nothing: what is finished from
	// then on is asked about.
	if err := a.Begin(ctx); err != nil {
		return err
	}
	if err := a.mailer(crm.Feedback).ApplyRecovery(ctx, asking); err != nil {
		return err
	}
	if err := a.mailer(crm.FeedbackReminder).ApplyRecovery(ctx, reminding); err != nil {
		return err
	}
	if open.count()+len(pending) == 0 {
		return a.End()
	}
	if err := a.readAsked(ctx, open); err != nil {
		return err
	}
	if err := a.guard(ctx, open, len(pending), asking); err != nil {
		return err
	}
	if err := a.mail(ctx, aboutAll(open.drain()), func(ctx context.Context, page []*question) ([]outgoing, error) {
		return a.plan(ctx, activities(page), asking)
	}); err != nil {
		return err
	}
	if err := a.mail(ctx, remindersOf(pending), func(ctx context.Context, page []*question) ([]outgoing, error) {
		return a.planReminders(ctx, page, reminding)
	}); err != nil {
		return err
	}
	return a.End()
}

// recoveries looks for claims of runs that died, about questionnaires and about
// reminders of them.
func (a *Send) recoveries(ctx context.Context) (asking, reminding mailing.Recovery, err error) {
	if asking, err = a.mailer(crm.Feedback).Recover(ctx); err != nil || a.RemindAfterDays == 0 {
		return asking, reminding, err
	}
	reminding, err = a.mailer(crm.FeedbackReminder).Recover(ctx)
	return asking, reminding, err
}

// since is from when on finished activities are looked at.
func (a *Send) since() time.Time {
	since := a.Now.AddDate(0, 0, -a.LookbackDays)
	if len(a.Select.Only) == 0 && a.Policy.Installed.After(since) {
		return a.Policy.Installed
	}
	return since
}

// open returns the finished activities that nobody was mailed about.
func (a *Send) open(ctx context.Context, recovery mailing.Recovery) (*finished, error) {
	if a.Policy.FirstRun && len(a.Select.Only) == 0 {
		return &finished{}, nil // What is finished was finished before.
	}
	return a.findFinished(ctx, func() (map[crm.EntryID]bool, error) {
		mailed, err := a.Activities.Mailed(ctx, crm.Feedback, a.since())
		if err != nil {
			return nil, fmt.Errorf("look for mails that were sent: %w", err)
		}
		for _, e := range recovery.GivenBack() {
			delete(mailed, e.Key.Activity)
		}
		if len(a.Select.Only) > 0 {
			clear(mailed) // Each is to be shown with its reason.
		}
		return mailed, nil
	})
}

// readAsked reads when clients were asked lately. What was made ready for an
// open activity by a run that died has not been mailed, and does not count.
func (a *Send) readAsked(ctx context.Context, open *finished) error {
	a.asked = plan.Recent{}
	if a.Policy.CooldownDays == 0 {
		return nil
	}
	since := a.since().AddDate(0, 0, -a.Policy.CooldownDays)
	for after := int64(0); ; {
		page, last, err := a.Participations.Invited(ctx, since, after, atOnce)
		if err != nil {
			return fmt.Errorf("look for earlier questionnaires: %w", err)
		}
		for _, p := range page {
			if p.Again || len(a.Select.Only) == 0 && open.has(p.Activity) {
				continue
			}
			if p.Err != nil {
				p.Created = a.Now // Some time lately.
			}
			a.asked.Add(p.Email, p.Created)
		}
		if after = last; after == 0 {
			return nil
		}
	}
}

// guard stops a run that would ask about unusually many activities, or remind
// of so many questionnaires.
func (a *Send) guard(ctx context.Context, open *finished, reminders int, recovery mailing.Recovery) error {
	return a.CheckGuard(ctx, open.count()+reminders, func() (int, error) {
		asked, total := a.asked.Over(), reminders
		for page := range pagesOf(open.all(), run.PageSize) {
			records, err := a.records(ctx, page, recovery)
			if err != nil {
				return total, err
			}
			for _, d := range plan.Decide(records, a.Policy, asked, a.Now) {
				if d.Ask() {
					total++
					asked.Add(d.To.Mailbox, a.Now)
				}
			}
		}
		return total, nil
	})
}

// plan decides about a page of finished activities, as Odoo has them now.
func (a *Send) plan(ctx context.Context, page []crm.DoneActivity, recovery mailing.Recovery) ([]outgoing, error) {
	records, err := a.records(ctx, page, recovery)
	if err != nil {
		return nil, err
	}
	planned := make([]outgoing, len(records))
	for i, d := range plan.Decide(records, a.Policy, a.recent(), a.Now) {
		planned[i] = (&question{kind: crm.Feedback, record: records[i], decision: d}).outgoing()
	}
	return planned, nil
}

// records completes finished activities by their opportunities.
func (a *Send) records(ctx context.Context, page []crm.DoneActivity, recovery mailing.Recovery) ([]plan.Record, error) {
	opportunities, err := a.Odoo.Opportunities(ctx, crm.IDs(page, func(d crm.DoneActivity) crm.OpportunityID { return d.Opportunity }))
	if err != nil {
		return nil, fmt.Errorf("read opportunities: %w", err)
	}
	complete, err := a.Complete(ctx, opportunities)
	if err != nil {
		return nil, err
	}
	records := make([]plan.Record, len(page))
	for i, d := range page {
		records[i].Activity = d
		at := slices.IndexFunc(complete, func(r crm.Record) bool { return r.Opportunity.ID == d.Opportunity })
		if at >= 0 {
			records[i].Record = complete[at]
			records[i].Entries = slices.DeleteFunc(slices.Clone(complete[at].Entries), recovery.Released)
		}
	}
	return records, nil
}

// survey returns the survey with the questionnaire for an activity, in the
// client's language.
func (a *Send) survey(ctx context.Context, q *question) (crm.Survey, error) {
	form, err := a.Forms.Find(q.decision.Questionnaire, a.Composer.Languages(q.record.Record))
	if err != nil {
		return crm.Survey{}, err
	}
	return a.Surveys.Survey(ctx, form, a.DryRun)
}
